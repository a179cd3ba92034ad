package state

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Activation is one call of a routine, or one trigger that fires. While its body runs
// the session is the one that it declared: its definer's identity and rights, its
// database, its sql_mode, its character set and collation. The arguments are computed by the caller, before.
type Activation struct {
	Outer    *Activation
	Routine  *catalog.Routine // nil for a trigger
	Trigger  catalog.ID       // 0 for a routine
	Makers   catalog.Makers   // of the routine, trigger or event
	Names    catalog.Names    // likewise; none of what acts for its invoker
	Database string
	Mode     string           // sql_mode; SET in the body changes it for the rest of the body
	Charsets catalog.Charsets // likewise
	User     principal.Principal
	Rights   *bucket.Rights
	Execute  Term // the caller's right to call it; none for a trigger
	// Excused: what it does itself has taken Execute from its caller. It goes on, and what it has read is his: he has called
	// it, and may not again. It lasts until the right is given to him again. Changes of the catalog set it, which come one
	// after the other.
	Excused atomic.Bool
	// Definer: this routine, or one that called it, acts for its definer. What
	// acts for its invoker inside is held to its owner's rights, too.
	Definer bool
	// Roles is what SET ROLE in it chose, nil for nothing. What acts for its invoker chooses
	// for him, beyond its end.
	Roles *bucket.Roles
	Made  bool // it acts for its definer and runs a statement whose text it has made

	Prepared map[string]bool // statements that the body has prepared
}

// InDefiner reports whether the session runs the body of a routine that acts for
// its definer.
func (s *Session) InDefiner() bool { return s != nil && s.Calls != nil && s.Calls.Definer }

// InProgram reports whether a statement of a program runs: sql_select_limit is not for those.
func (s *Session) InProgram() bool { return s != nil && s.Calls != nil }

// ActsFor is the account whose rights are used, as CURRENT_USER() shows it: in a
// program that of its definer.
func (s *Session) ActsFor() string {
	login, host := s.User.Name(), ""
	if p := s.Inst.Cat.Snapshot().PrincipalByID(s.User.ID()); p != nil {
		login, host = p.LoginName(), p.Host
	}
	if host == "" {
		host = "%"
	}
	return login + "@" + host
}

// MayGoOn says whether its caller may still have called it.
func (a *Activation) MayGoOn() bool { return a.Excused.Load() || a.Execute.Held() }

// Admits refuses what stands under a name of the program's text, where that meant something of another account when
// the program was made: it acts for its definer, whose rights are not for whoever takes the first one's place. What is
// the definer's, its makers' or the first owner's goes on, and what is an administrator's, who holds everything anyway.
//
// A name in a text that the program has made may come from anywhere, and was never known: it is refused where its owner
// could have taken the place of somebody's there, and gains by it. a may be nil.
func (a *Activation) Admits(in *Instance, now catalog.BoundRelation) error {
	if a == nil {
		return nil
	}
	switch was := a.Names.Of(now); {
	case was != nil && was.Still(now):
		return nil
	case was != nil && !a.trusts(in, now.Owner):
		return sqlerr.SpecificAccessDenied.Errorf("Access denied; the program was made over another '%s.%s' than '%s' has put in its place", was.Database, was.Name, in.AccountOf(now.Owner)).
			WithHint("have the program made again, or give its new '%s' to the definer", was.Name)
	case was == nil && a.Made && !a.trusts(in, now.Owner) && in.takesPlaces(now):
		return sqlerr.SpecificAccessDenied.Errorf("Access denied; the program has made the name '%s.%s', which is of '%s', who could have put it in the place of another", now.Database, now.Name, in.AccountOf(now.Owner)).
			WithHint("write the name into a text of the program, or give '%s' to its definer, or its owner the rights on all that is in '%s'", now.Name, now.Database)
	}
	return nil
}

// takesPlaces says that the owner of something could have dropped or renamed what was there before, whosever it was,
// and has not the rights on all of its kind in the database, by which he would gain nothing.
func (in *Instance) takesPlaces(now catalog.BoundRelation) bool {
	db := in.Cat.Snapshot().Database(now.Database)
	if db == nil {
		return false
	}
	whole := privilege.Of(privilege.Select, privilege.Insert, privilege.Update, privilege.Delete)
	if now.Kind == privilege.KindRoutine {
		whole = whole.Union(privilege.Of(privilege.Execute))
	}
	owner, on := access.As(in.StandingOf(now.Owner), nil), access.Database(db.ID)
	return access.May(owner, on, access.Any(privilege.Of(privilege.Drop, privilege.Alter, privilege.AlterRoutine)), access.List) && !access.May(owner, on, access.All(whole), access.List)
}

func (a *Activation) trusts(in *Instance, owner principal.ID) bool {
	return owner == a.User.ID() || a.Routine != nil && owner == a.Routine.Owner || slices.Contains(a.Makers, owner) || in.holdsAll(owner)
}

// holdsAll is true of who gains nothing by a definer's rights: nobody, or an administrator who reads all data.
func (in *Instance) holdsAll(owner principal.ID) bool {
	return owner == 0 || !in.Bucket.BlindAdmins() && access.Held(access.As(in.StandingOf(owner), nil), access.System()).Has(privilege.SysAdmin)
}

// Runs says that a or one around it is a call of the routine. a may be nil.
func (a *Activation) Runs(routine catalog.ID) bool {
	for ; a != nil; a = a.Outer {
		if a.Routine != nil && a.Routine.ID == routine {
			return true
		}
	}
	return false
}

// SetUserVariable implements sql.Session. In a body the library names variables
// with their @.
func (s *Session) SetUserVariable(ctx *sql.Context, name string, value any, typ sql.Type) error {
	return s.BaseSession.SetUserVariable(ctx, strings.TrimPrefix(name, "@"), value, typ)
}

// SetStoredProcParam implements sql.Session. SELECT … INTO @x has set the user's
// variable already when the library comes here with it.
func (s *Session) SetStoredProcParam(name string, value any) error {
	if strings.HasPrefix(name, "@") {
		return nil
	}
	return sqlerr.UnknownSystemVariable.Errorf("Unknown system variable '%s'", name)
}
