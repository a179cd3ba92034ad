package catalog

import (
	"fmt"
	"slices"

	"github.com/lxdb/lxdb/security/principal"
)

// PutMembership makes m.Member a holder of m.Role, or changes how. A role that
// PUBLIC holds is every user's. Groups hold roles, roles no groups. A cycle is
// ErrCycle.
func (tx *Tx) PutMembership(m *Membership) error {
	member, role := tx.principals.get(m.Member), tx.principals.get(m.Role)
	switch {
	case member == nil:
		return fmt.Errorf("%w: member %d", ErrNotFound, m.Member)
	case role == nil:
		return fmt.Errorf("%w: role %d", ErrNotFound, m.Role)
	case role.Kind != KindRole && role.Kind != KindGroup, (member.Kind == KindPublic || member.Kind == KindRole) && role.Kind != KindRole:
		return fmt.Errorf("%w: %q cannot be a member of %q", ErrInvalid, member.Name, role.Name)
	case !tx.givenWell(m):
		return fmt.Errorf("%w: membership of %q in %q, given by %v", ErrInvalid, member.Name, role.Name, m.Givers)
	case tx.reaches(m.Role, m.Member, map[principal.ID]bool{}):
		return fmt.Errorf("%w: %q as a member of %q", ErrCycle, member.Name, role.Name)
	}
	kept, err := put(tx, m, recMembership, uint32(m.Member), uint32(m.Role))
	if err != nil {
		return err
	}
	tx.setMembership(kept)
	tx.touchPrincipal(m.Member)
	return nil
}

// givenWell checks who gave a membership.
func (tx *Tx) givenWell(m *Membership) bool {
	if len(m.Givers) == 0 {
		return true
	}
	want := Membership{Member: m.Member, Role: m.Role}
	want.SetGiven(m.Givers)
	if want.Admin != m.Admin || want.Grantor != m.Grantor || !slices.Equal(want.Givers, m.Givers) {
		return false
	}
	for i, g := range m.Givers {
		if g.Until < 0 || g.AdminUntil < 0 || g.AdminUntil != 0 && !g.Admin {
			return false
		}
		if i > 0 && m.Givers[i-1].Grantor == g.Grantor || g.Grantor != SystemGrantor && tx.principals.get(g.Grantor) == nil {
			return false
		}
	}
	return true
}

// reaches reports whether from holds to, directly or through roles.
func (s *Snapshot) reaches(from, to principal.ID, seen map[principal.ID]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, m := range s.MembershipsOf(from) {
		if s.reaches(m.Role, to, seen) {
			return true
		}
	}
	return false
}

// DropMembership ends a membership.
func (tx *Tx) DropMembership(member, role principal.ID) error {
	if tx.membershipsOf.get(member, role) == nil {
		return fmt.Errorf("%w: membership of %d in %d", ErrNotFound, member, role)
	}
	if err := tx.remove(recMembership, uint32(member), uint32(role)); err != nil {
		return err
	}
	tx.membershipsOf.delete(member, role)
	tx.membersOf.delete(role, member)
	tx.timedMembers.delete(member, role)
	tx.touchPrincipal(member)
	return nil
}

// StillGive are who may pass a role on, of whose members these are all: the administrators, and whom that reaches from them
// through gifts WITH ADMIN OPTION. Members who only keep each other in the role are never reached.
func StillGive(members []*Membership) map[principal.ID]bool {
	may := map[principal.ID]bool{SystemGrantor: true}
	for changed := true; changed; {
		changed = false
		for _, m := range members {
			if may[m.Member] || !slices.ContainsFunc(m.Given(), func(g Giver) bool { return g.Admin && may[g.Grantor] }) {
				continue
			}
			may[m.Member], changed = true, true
		}
	}
	return may
}

// EndGiven takes from a membership what some gave of it; it ends with the last of them. left is
// false when it has ended.
func (tx *Tx) EndGiven(m Membership, takes func(Giver) bool) (left bool, err error) {
	givers := slices.DeleteFunc(slices.Clone(m.Given()), takes)
	switch len(givers) {
	case 0:
		return false, tx.DropMembership(m.Member, m.Role)
	case len(m.Given()):
		return true, nil
	}
	m.SetGiven(givers)
	return true, tx.PutMembership(&m)
}
