package grant

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// endsByMoments is roleEnds, moment by moment, as Expire goes.
func endsByMoments(s *catalog.Snapshot, role principal.ID) (member, admin map[principal.ID]int64) {
	var moments []int64
	for _, m := range s.TimedMemberships() {
		if m.Role == role {
			for _, g := range m.Givers {
				moments = append(moments, g.Until, g.AdminUntil)
			}
		}
	}
	if len(moments) == 0 {
		return nil, nil
	}
	slices.Sort(moments)
	member, admin = map[principal.ID]int64{}, map[principal.ID]int64{}
	members := s.MembersOf(role)
	for _, at := range slices.Compact(moments) {
		if at == 0 {
			continue
		}
		for i, givers := range givenAfter(members, at) {
			who := members[i].Member
			if len(givers) == 0 && member[who] == 0 {
				member[who] = at
			}
			passes := slices.ContainsFunc(givers, func(g catalog.Giver) bool { return g.Admin })
			if members[i].Admin && !passes && admin[who] == 0 {
				admin[who] = at
			}
		}
	}
	return member, admin
}

// roleOf makes a role with members, by whom gives it to whom.
func roleOf(t testing.TB, n int, gifts func(ids []principal.ID, i int) []catalog.Giver) (*catalog.Snapshot, principal.ID) {
	t.Helper()
	w := newWorld(t)
	var role principal.ID
	err := w.update(func(tx *catalog.Tx) error {
		made := func(kind catalog.PrincipalKind, name string) (principal.ID, error) {
			id, err := tx.AllocID()
			if err != nil {
				return 0, err
			}
			return principal.ID(id), tx.PutPrincipal(&catalog.Principal{ID: principal.ID(id), Kind: kind, Name: name})
		}
		var err error
		if role, err = made(catalog.KindRole, "r"); err != nil {
			return err
		}
		var ids []principal.ID
		for i := range n {
			id, err := made(catalog.KindUser, fmt.Sprintf("u%d", i))
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		for i, id := range ids {
			given := gifts(ids, i)
			if len(given) == 0 {
				continue
			}
			m := catalog.Membership{Member: id, Role: role}
			m.SetGiven(given)
			if err := tx.PutMembership(&m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.c.Snapshot(), role
}

// TestRoleEnds: ends are those that Expire comes to, one after the other.
func TestRoleEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		s, role := roleOf(t, 8, func(ids []principal.ID, i int) (out []catalog.Giver) {
			by := []principal.ID{catalog.SystemGrantor}
			if i > 0 {
				by = ids[:i] // so that each is reached
			}
			for range 1 + r.IntN(2) {
				g := catalog.Giver{Grantor: by[r.IntN(len(by))], Admin: true}
				if slices.ContainsFunc(out, func(o catalog.Giver) bool { return o.Grantor == g.Grantor }) {
					continue
				}
				if r.IntN(2) == 0 {
					g.Until = int64(1 + r.IntN(6))
				}
				if g.AdminUntil = g.Until; r.IntN(2) == 0 {
					g.AdminUntil = int64(1 + r.IntN(6))
				}
				out = append(out, g)
			}
			return out
		})
		member, admin := roleEnds(s, role)
		wantMember, wantAdmin := endsByMoments(s, role)
		if !maps.Equal(member, wantMember) || !maps.Equal(admin, wantAdmin) {
			t.Fatalf("round %d: %v and %v, want %v and %v", round, member, admin, wantMember, wantAdmin)
		}
	}
}

// TestManyEnds: of many members, each with an end of his own.
func TestManyEnds(t *testing.T) {
	s, role := roleOf(t, 3000, func(_ []principal.ID, i int) []catalog.Giver {
		return []catalog.Giver{{Grantor: catalog.SystemGrantor, Until: int64(i + 1)}}
	})
	began := time.Now()
	if member, _ := roleEnds(s, role); len(member) != 3000 {
		t.Errorf("%d ends", len(member))
	}
	if took := time.Since(began); took > time.Second { // it was more than three
		t.Errorf("%v", took)
	}
}
