package state

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Makers are whose will it is what the session makes now, to act for a definer: who it is, who he was before he
// acted as him, the makers of the programs that it runs in, and those of the statement that it is a part of.
func (s *Session) Makers(definer principal.ID) catalog.Makers {
	out := append(catalog.Makers{s.User.ID()}, s.Sent...)
	if a := s.Acting(); a != nil {
		for _, step := range a.steps {
			out = append(out, step.from.ID())
		}
	}
	for a := s.Calls; a != nil; a = a.Outer {
		out = append(out, a.Makers...)
	}
	return out.Without(definer)
}

// MayStandFor says whether what an actor makes may act for an account: he holds all that the account holds of the system,
// by itself, by its roles and by the accounts that it may become, or may become it anyway. Whatever else the
// account holds takes SET_ANY_DEFINER alone, which is not asked here.
func MayStandFor(snap *catalog.Snapshot, actor access.Actor, id principal.ID) bool {
	held := access.Held(actor, access.System())
	return held.Has(privilege.SysAdmin) || held.HasAll(accounts.SystemAtoms(snap, id)) ||
		accounts.MayImpersonate(snap, actor, snap.PrincipalByID(id), access.Simulate) || accounts.MayProxy(snap, actor, snap.PrincipalByID(id), access.Simulate)
}

// Outgrown says what is wrong with an object that acts for a definer who by now holds rights on the system that
// one of its makers does not hold, and so would get by it; "" for nothing.
func (in *Instance) Outgrown(makers catalog.Makers, definer principal.ID) string {
	if len(makers) == 0 {
		return ""
	}
	snap := in.Cat.Snapshot()
	for _, id := range makers {
		if MayStandFor(snap, access.As(in.StandingOf(id), nil), definer) {
			continue
		}
		maker := "an account that is gone"
		if name := in.AccountOf(id); name != "" {
			maker = "'" + name + "'"
		}
		return "was made by " + maker + " to act for '" + in.AccountOf(definer) + "', who holds rights on the system that its maker does not hold"
	}
	return ""
}

// MakeAgain is the hint beside it.
const MakeAgain = "have it made again by its definer, or by an account that holds as much of the system"

// MayAct refuses a program that its definer has outgrown.
func (a *Activation) MayAct(in *Instance) error {
	if why := in.Outgrown(a.Makers, a.User.ID()); why != "" {
		return sqlerr.SpecificAccessDenied.Errorf("Access denied; the program %s", why).WithHint(MakeAgain)
	}
	return nil
}
