package bucket

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// TestAgainstModel makes random changes and compares, after each, every answer
// with one computed from the catalog's grants in the plainest way.
func TestAgainstModel(t *testing.T) {
	steps := 400
	if testing.Short() {
		steps = 100
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newModel(t, seed)
			for step := range steps {
				what := m.step()
				m.compare()
				if t.Failed() {
					t.Fatalf("seed %d, step %d: %s", seed, step, what)
				}
			}
			if err := m.reports(); err != nil {
				t.Errorf("certificates were kept out: %v", err)
			}
		})
	}
}

type model struct {
	*world
	rnd       *rand.Rand
	databases []catalog.ID
	sessions  map[principal.ID]*Rights // opened once, kept over drops
	chosen    []*Rights                // of sessions that have chosen their roles
	retired   []catalog.ID             // data ids that were in use once
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{world: newWorld(t), rnd: rand.New(rand.NewPCG(seed, 1)), sessions: map[principal.ID]*Rights{}}
	m.databases = []catalog.ID{m.database("a"), m.database("b")}
	for i := range 3 {
		m.open(m.user(fmt.Sprint("user", i)))
		m.role(fmt.Sprint("role", i))
		m.principal(fmt.Sprint("group", i), catalog.KindGroup)
	}
	m.open(catalog.Root)
	return m
}

func (m *model) open(id principal.ID) { m.sessions[id] = m.session(id) }

func pick[T any](m *model, list []T) T { return list[m.rnd.IntN(len(list))] }

func (m *model) anyTable() *catalog.Table {
	tables := m.catalog.Snapshot().Tables(pick(m, m.databases))
	if len(tables) == 0 {
		return nil
	}
	return pick(m, tables)
}

func (m *model) anyObject() (catalog.ID, privilege.Kind) {
	switch m.rnd.IntN(10) {
	case 0:
		return catalog.System, privilege.KindSystem
	case 1, 2, 3:
		return pick(m, m.databases), privilege.KindDatabase
	}
	if rec := m.anyTable(); rec != nil {
		return rec.ID, privilege.KindTable
	}
	return pick(m, m.databases), privilege.KindDatabase
}

// interesting atoms, so that random sets meet each other.
var interesting = privilege.Of(privilege.Select, privilege.Insert, privilege.Drop, privilege.Index,
	privilege.SysRead, privilege.SysWrite, privilege.SeqUse)

func (m *model) step() string {
	s := m.catalog.Snapshot()
	who := pick(m, s.Principals())
	switch m.rnd.IntN(14) {
	case 0, 1:
		m.tables(pick(m, m.databases), 1)
		return "create table"
	case 2:
		return m.dropTable()
	case 3:
		return m.editTable()
	case 4:
		return m.toggleMembership(who)
	case 7:
		m.choose()
		return "choose roles"
	case 5:
		if who.ID == catalog.Root || who.ID == catalog.Public {
			return "nothing"
		}
		m.change(who.ID, func(p *catalog.Principal) { p.Locked = !p.Locked })
		return "lock or unlock " + who.Name
	case 6:
		if m.rnd.IntN(4) > 0 || who.ID == catalog.Root || who.ID == catalog.Public {
			return "nothing"
		}
		m.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(who.ID) })
		m.replace(who)
		return "drop and make again " + who.Name
	}
	if m.rnd.IntN(4) == 0 {
		return m.except(who)
	}
	if grants := s.GrantsTo(who.ID); len(grants) > 0 && m.rnd.IntN(2) == 0 && who.ID != catalog.Root {
		m.revoke(who.ID, pick(m, grants).Object)
		return "revoke from " + who.Name
	}
	object, kind := m.anyObject()
	atoms := interesting.Intersect(privilege.Set(m.rnd.Uint64())).Intersect(privilege.Valid(kind))
	if atoms.IsEmpty() || who.ID == catalog.Root {
		return "nothing"
	}
	m.grant(who.ID, object, atoms.Atoms()...)
	return fmt.Sprintf("grant %s on %d to %s", atoms, object, who.Name)
}

// choose opens a session with some roles, or closes one.
func (m *model) choose() {
	if len(m.chosen) > 5 {
		m.chosen = m.chosen[1:]
	}
	var some []principal.ID
	for _, p := range m.catalog.Snapshot().Principals() {
		if p.Kind == catalog.KindRole && m.rnd.IntN(2) == 0 {
			some = append(some, p.ID)
		}
	}
	user := pick(m, slices.Collect(maps.Values(m.sessions)))
	roles := OnlyRoles(some...)
	if m.rnd.IntN(2) == 0 {
		roles = AllRoles(some...)
	}
	m.chosen = append(m.chosen, user.WithRoles(roles))
}

// except makes, changes or ends an exception or a denial.
func (m *model) except(who *catalog.Principal) string {
	object, kind := m.anyObject()
	some := func() privilege.Set {
		return interesting.Intersect(privilege.Set(m.rnd.Uint64())).Intersect(privilege.Valid(kind))
	}
	e := catalog.Exception{Grantee: who.ID, Object: object, Kind: kind}
	if kind != privilege.KindSystem {
		e.Atoms = some()
	}
	if m.rnd.IntN(2) == 0 {
		e.Deny = some().Minus(privilege.Of(privilege.SysAdmin))
	}
	m.update(func(tx *catalog.Tx) error {
		switch {
		case !e.IsEmpty() && m.rnd.IntN(3) > 0:
			return tx.PutException(&e)
		case tx.Exception(who.ID, object).Object != 0:
			return tx.DropException(who.ID, object)
		}
		return nil
	})
	return fmt.Sprintf("exception of %s and denial of %s on %d for %s", e.Atoms, e.Deny, object, who.Name)
}

func (m *model) replace(who *catalog.Principal) {
	id := m.principal(who.Name, who.Kind)
	if who.Kind == catalog.KindUser {
		m.open(id)
	}
}

func (m *model) dropTable() string {
	rec := m.anyTable()
	if rec == nil {
		return "nothing"
	}
	m.retired = append(m.retired, rec.Data)
	m.update(func(tx *catalog.Tx) error { return tx.DropTable(rec.ID) })
	return "drop table"
}

func (m *model) editTable() string {
	rec := m.anyTable()
	if rec == nil {
		return "nothing"
	}
	moved := *rec
	move := m.rnd.IntN(2) == 0
	m.update(func(tx *catalog.Tx) (err error) {
		if move {
			moved.Database = pick(m, m.databases)
		} else if moved.Data, err = tx.AllocID(); err != nil {
			return err
		}
		return tx.PutTable(&moved)
	})
	if moved.Data != rec.Data {
		m.retired = append(m.retired, rec.Data)
	}
	return fmt.Sprintf("truncate or move %d, move %t", rec.ID, move)
}

func (m *model) toggleMembership(who *catalog.Principal) string {
	role := pick(m, m.catalog.Snapshot().Principals())
	m.update(func(tx *catalog.Tx) error {
		for _, has := range tx.MembershipsOf(who.ID) {
			if has.Role == role.ID {
				return tx.DropMembership(who.ID, role.ID)
			}
		}
		// A cycle or a member that cannot be one: refused, nothing changed.
		_ = tx.PutMembership(&catalog.Membership{Member: who.ID, Role: role.ID, Grantor: catalog.SystemGrantor})
		return nil
	})
	return fmt.Sprintf("membership of %s in %s", who.Name, role.Name)
}

// compare asks every session about every table. Some sessions are left out at
// random, so that they fall behind.
func (m *model) compare() {
	s := m.catalog.Snapshot()
	for _, p := range s.Principals() {
		m.compareCertificate(s, p.ID)
	}
	for _, r := range append(slices.Collect(maps.Values(m.sessions)), m.chosen...) {
		if m.rnd.IntN(3) == 0 {
			continue
		}
		id, holders, bound := r.id, holdersOf(s, r.id, r.roles), holdersOf(s, r.id, AllRoles())
		for _, database := range m.databases {
			for _, rec := range s.Tables(database) {
				held := heldBy(s, holders, bound, rec.ID, database)
				expect(m.t, fmt.Sprint("principal ", id), r, rec.Data, plainRights(held))
				if got := r.Atoms(rec.ID, database); got != held {
					m.t.Errorf("principal %d holds %s on %d, the model says %s", id, got, rec.ID, held)
				}
			}
		}
		for _, data := range m.retired[max(0, len(m.retired)-20):] {
			expect(m.t, fmt.Sprint("principal ", id, ", retired data"), r, data, 0)
		}
	}
}

// compareCertificate: what the issuer made step by step must be what the
// grants, looked at all at once, come to.
func (m *model) compareCertificate(s *catalog.Snapshot, id principal.ID) {
	if err := cert.Check(s, m.authority, id); err != nil {
		m.t.Errorf("certificate of %d: %v", id, err)
	}
}

// holdersOf is whose grants count for a user in a session with some roles;
// nobody's when he may not act.
func holdersOf(s *catalog.Snapshot, id principal.ID, roles Roles) map[principal.ID]bool {
	out := map[principal.ID]bool{}
	if rec := s.PrincipalByID(id); rec == nil || rec.Locked {
		return out
	}
	counts := func(role principal.ID) bool {
		return !roles.chosen || slices.Contains(roles.ids, role) != roles.all
	}
	var add func(p principal.ID, below bool)
	add = func(p principal.ID, below bool) {
		if rec := s.PrincipalByID(p); out[p] || rec.Locked {
			return
		}
		out[p] = true
		for _, has := range s.MembershipsOf(p) {
			role := s.PrincipalByID(has.Role).Kind == catalog.KindRole
			if below || !role || counts(has.Role) {
				add(has.Role, below || role)
			}
		}
	}
	add(catalog.Public, false)
	add(id, false)
	return out
}

// heldBy is the rule, atom by atom: somebody gave it who counts, and nobody denied it to
// anybody that he holds, active or not.
func heldBy(s *catalog.Snapshot, holders, bound map[principal.ID]bool, table, database catalog.ID) privilege.Set {
	if given(s, holders, catalog.System, privilege.SysAdmin) {
		return privilege.Known
	}
	denied := func(a privilege.Atom) bool {
		for holder := range bound {
			for _, object := range []catalog.ID{table, database, catalog.System} {
				if s.Exception(holder, object).Deny.Has(a) {
					return true
				}
			}
		}
		return false
	}
	var out privilege.Set
	for holder := range holders {
		one := map[principal.ID]bool{holder: true}
		for _, a := range privilege.Known.Atoms() {
			if given(s, one, table, a) || given(s, one, database, a) && !s.Exception(holder, table).Atoms.Has(a) {
				out |= privilege.Of(a)
			}
			if given(s, one, catalog.System, a) && !deniedEverywhere(s, bound, a) {
				out |= privilege.FromSystem(privilege.Of(a)) &^ s.Exception(holder, database).Atoms
			}
		}
	}
	for _, a := range out.Atoms() {
		if denied(a) {
			out &^= privilege.Of(a)
		}
	}
	return out
}

func deniedEverywhere(s *catalog.Snapshot, holders map[principal.ID]bool, a privilege.Atom) bool {
	for holder := range holders {
		if s.Exception(holder, catalog.System).Deny.Has(a) {
			return true
		}
	}
	return false
}

func given(s *catalog.Snapshot, holders map[principal.ID]bool, object catalog.ID, a privilege.Atom) bool {
	for holder := range holders {
		for _, g := range s.GrantsToOn(holder, object) {
			if g.Atoms.Has(a) {
				return true
			}
		}
	}
	return false
}

func plainRights(held privilege.Set) (out kivi.Rights) {
	for _, a := range held.Atoms() {
		out |= map[privilege.Atom]kivi.Rights{
			privilege.Select: kivi.Read, privilege.Insert: kivi.Insert, privilege.Update: kivi.Update,
			privilege.Delete: kivi.Delete, privilege.Truncate: kivi.Truncate, privilege.Drop: kivi.Truncate,
			privilege.Alter: kivi.Alter, privilege.Index: kivi.Alter, privilege.SeqUse: kivi.Use,
		}[a]
	}
	return out
}
