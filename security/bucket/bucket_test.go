package bucket

import (
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

const everything = kivi.Read | kivi.Insert | kivi.Update | kivi.Delete | kivi.Truncate | kivi.Alter | kivi.Use

func TestDenyIsTheDefault(t *testing.T) {
	w := newWorld(t)
	ids := w.tables(w.database("d"), 1)
	ann, clerks := w.user("ann"), w.role("clerks")
	w.grant(clerks, ids[0], privilege.Select)
	var none *Rights
	for what, r := range map[string]*Rights{
		"nil":               none,
		"nobody":            w.bucket.Session(principal.Principal{}),
		"new user":          w.session(ann),
		"role as a user":    w.session(clerks),
		"PUBLIC as a user":  w.session(catalog.Public),
		"unknown principal": w.session(4_000_000_000),
	} {
		expect(t, what, r, ids[0], 0)
		expect(t, what, r, 4_000_000_000, 0)
		if r.Atoms(ids[0], 0) != 0 || r.AnyInDatabase(ids[0]) {
			t.Errorf("%s holds something", what)
		}
		if live := r.Live(); live != (what == "new user") {
			t.Errorf("%s: live %t", what, live)
		}
	}
	root := w.session(catalog.Root)
	expect(t, "root", root, ids[0], everything)
	expect(t, "root, id that no table has", root, ids[0]+1_000_000, 0)
	expect(t, "root, data id of the system", root, catalog.System, 0)
}

// TestMapping lists, atom by atom, what it opens in the storage.
func TestMapping(t *testing.T) {
	opens := map[privilege.Atom]kivi.Rights{
		privilege.Select: kivi.Read, privilege.Insert: kivi.Insert, privilege.Update: kivi.Update,
		privilege.Delete: kivi.Delete, privilege.Truncate: kivi.Truncate, privilege.Drop: kivi.Truncate,
		privilege.Alter: kivi.Alter, privilege.Index: kivi.Alter, privilege.SeqUse: kivi.Use,
	}
	w := newWorld(t)
	d := w.database("d")
	id := w.tables(d, 1)[0]
	for kind, object := range map[privilege.Kind]catalog.ID{
		privilege.KindTable: id, privilege.KindDatabase: d, privilege.KindSystem: catalog.System,
	} {
		for _, atom := range privilege.Valid(kind).Atoms() {
			want := opens[atom]
			switch {
			case atom == privilege.GrantOption:
				continue // never stored
			case atom == privilege.SysAdmin:
				want = everything
			case atom == privilege.SysRead:
				want = kivi.Read
			case atom == privilege.SysWrite:
				want = kivi.Insert | kivi.Update | kivi.Delete | kivi.Use
			}
			user := w.user(fmt.Sprint(kind, atom))
			w.grant(user, object, atom)
			expect(t, fmt.Sprint(atom, " on ", kind), w.session(user), id, want)
		}
	}
}

func TestWiderGrantsReachLaterTables(t *testing.T) {
	w := newWorld(t)
	d, other := w.database("d"), w.database("other")
	onDatabase, reader, writer := w.user("a"), w.user("b"), w.user("c")
	w.grant(onDatabase, d, privilege.Select, privilege.Delete)
	w.grant(reader, catalog.System, privilege.SysRead)
	w.grant(writer, catalog.System, privilege.SysWrite)
	sessions := []*Rights{w.session(onDatabase), w.session(reader), w.session(writer)}
	for _, r := range sessions { // compile something before the tables exist
		r.Allows(5000, kivi.Read)
	}
	in, out := w.tables(d, 3), w.tables(other, 1)
	writing := kivi.Insert | kivi.Update | kivi.Delete | kivi.Use
	for _, id := range in {
		expect(t, "grant on the database", sessions[0], id, kivi.Read|kivi.Delete)
		expect(t, "SYSTEM READ", sessions[1], id, kivi.Read)
		expect(t, "SYSTEM WRITE", sessions[2], id, writing)
	}
	expect(t, "another database", sessions[0], out[0], 0)
	expect(t, "SYSTEM READ", sessions[1], out[0], kivi.Read)
}

func TestUnionOverRolesAndPublic(t *testing.T) {
	w := newWorld(t)
	ids := w.tables(w.database("d"), 4)
	ann, bob := w.user("ann"), w.user("bob")
	clerks, staff := w.role("clerks"), w.role("staff")
	w.grant(ann, ids[0], privilege.Select)
	w.grant(clerks, ids[0], privilege.Insert)
	w.grant(staff, ids[1], privilege.Update)
	w.grant(catalog.Public, ids[2], privilege.Select)
	r, other := w.session(ann), w.session(bob)
	expect(t, "before the role", r, ids[0], kivi.Read)
	w.member(clerks, staff)
	w.member(ann, clerks)
	expect(t, "own and role", r, ids[0], kivi.Read|kivi.Insert)
	expect(t, "role of the role", r, ids[1], kivi.Update)
	expect(t, "PUBLIC", r, ids[2], kivi.Read)
	expect(t, "none", r, ids[3], 0)
	expect(t, "bob, table of the role", other, ids[1], 0)
	expect(t, "bob, PUBLIC", other, ids[2], kivi.Read)

	w.grant(staff, ids[3], privilege.Delete)
	expect(t, "granted to a held role", r, ids[3], kivi.Delete)
	w.revoke(catalog.Public, ids[2])
	expect(t, "revoked from PUBLIC", r, ids[2], 0)
	w.update(func(tx *catalog.Tx) error { return tx.DropMembership(clerks, staff) })
	expect(t, "role left", r, ids[1], 0)
	expect(t, "role kept", r, ids[0], kivi.Read|kivi.Insert)
	w.change(clerks, func(p *catalog.Principal) { p.Locked = true })
	expect(t, "role locked", r, ids[0], kivi.Read)
	w.change(clerks, func(p *catalog.Principal) { p.Locked = false })
	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(clerks) })
	expect(t, "role dropped", r, ids[0], kivi.Read)
}

func TestAccountEndsAtOnce(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	id := w.tables(d, 1)[0]
	w.grant(catalog.Public, id, privilege.Insert)
	ann := w.user("ann")
	w.grant(ann, id, privilege.Select)
	r := w.session(ann)
	expect(t, "before", r, id, kivi.Read|kivi.Insert)

	before := r.Epoch()
	w.change(ann, func(p *catalog.Principal) { p.Locked = true })
	expect(t, "locked", r, id, 0)
	if r.Live() || r.Epoch() == before || r.Atoms(id, d) != 0 || r.AnyInDatabase(d) {
		t.Error("locked, and still something")
	}
	w.change(ann, func(p *catalog.Principal) { p.Locked = false })
	expect(t, "unlocked", r, id, kivi.Read|kivi.Insert)

	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(ann) })
	expect(t, "dropped", r, id, 0)
	again := w.user("ann")
	expect(t, "old session after re-creation", r, id, 0)
	expect(t, "the new ann", w.session(again), id, kivi.Insert)
}

// TestStandingRights: what acts for an account goes on behind a lock that says so, and behind no other; nobody logs in
// behind either, and nothing that is bounded by his session's rights goes on.
func TestStandingRights(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	id := w.tables(d, 1)[0]
	ann, bob := w.user("ann"), w.user("bob")
	w.grant(ann, id, privilege.Select)
	w.grant(bob, id, privilege.Select)
	own, acts, bobs := w.session(ann), w.bucket.Standing(principal.Trusted(ann, "ann")), w.session(bob)
	chosen := acts.WithRoles(AllRoles())
	is := func(what string, session, standing kivi.Rights) {
		t.Helper()
		expect(t, what, own, id, session)
		expect(t, what+": standing", acts, id, standing)
		expect(t, what+": with roles", chosen, id, standing)
		expect(t, what+": again", chosen.WithRoles(Roles{}), id, standing)
		expect(t, what+": within", bobs.Within(acts), id, standing)
		expect(t, what+": within the session", acts.Within(own), id, session)
	}
	is("before", kivi.Read, kivi.Read)
	w.change(ann, func(p *catalog.Principal) { p.Locked, p.Standing = true, true })
	is("locked", 0, kivi.Read)
	if own.Live() || !acts.Live() || own.Stands() || !chosen.Stands() {
		t.Error("the session is live, or what acts is not")
	}
	w.revoke(ann, id)
	is("locked and revoked", 0, 0)
	w.grant(ann, id, privilege.Select)
	is("locked and granted", 0, kivi.Read)
	w.change(ann, func(p *catalog.Principal) { p.Standing = false })
	is("not activated", 0, 0)
	if own.Live() || acts.Live() {
		t.Error("not activated, and live")
	}
	w.change(ann, func(p *catalog.Principal) { p.Locked = false })
	is("activated", kivi.Read, kivi.Read)
	w.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(ann) })
	is("dropped", 0, 0)
	expect(t, "nobody", w.bucket.Standing(principal.Principal{}), id, 0)
}

func TestSessionsShareAndFollow(t *testing.T) {
	w := newWorld(t)
	id := w.tables(w.database("d"), 1)[0]
	ann := w.user("ann")
	a, b := w.session(ann), w.session(ann)
	if a != b || a.Principal() != ann {
		t.Error("two sessions of one principal do not share their rights")
	}
	expect(t, "before", a, id, 0)
	w.grant(ann, id, privilege.Select)
	expect(t, "granted", a, id, kivi.Read)
	w.grant(ann, id, privilege.Insert) // replaces the row
	expect(t, "changed", a, id, kivi.Insert)
	w.revoke(ann, id)
	expect(t, "revoked", a, id, 0)
}

func TestDataIdsFollowTheTable(t *testing.T) {
	w := newWorld(t)
	d, other := w.database("d"), w.database("other")
	id := w.tables(d, 1)[0]
	ann, bob := w.user("ann"), w.user("bob")
	w.grant(ann, id, privilege.Select)
	w.grant(bob, d, privilege.Insert)
	a, b := w.session(ann), w.session(bob)
	expect(t, "grant on the table", a, id, kivi.Read)
	expect(t, "grant on the database", b, id, kivi.Insert)

	data := id
	change := func(edit func(*catalog.Table)) {
		w.update(func(tx *catalog.Tx) error {
			rec := *tx.TableByID(id)
			edit(&rec)
			return tx.PutTable(&rec)
		})
	}
	var fresh catalog.ID
	w.update(func(tx *catalog.Tx) (err error) { fresh, err = tx.AllocID(); return err })
	change(func(rec *catalog.Table) { rec.Data = fresh }) // TRUNCATE
	expect(t, "old data id", a, data, 0)
	expect(t, "new data id", a, fresh, kivi.Read)
	expect(t, "new data id, grant on the database", b, fresh, kivi.Insert)

	change(func(rec *catalog.Table) { rec.Database = other }) // RENAME to another database
	expect(t, "moved, grant on the table", a, fresh, kivi.Read)
	expect(t, "moved, grant on the old database", b, fresh, 0)

	w.update(func(tx *catalog.Tx) error { return tx.DropTable(id) })
	expect(t, "dropped", a, fresh, 0)
}

// TestMovedOutOfACoveringDatabase: the certificate left the entry out because
// the database's contained it; after the move it must be there.
func TestMovedOutOfACoveringDatabase(t *testing.T) {
	w := newWorld(t)
	d, other := w.database("d"), w.database("other")
	id := w.tables(d, 1)[0]
	ann := w.user("ann")
	w.grant(ann, d, privilege.Select, privilege.Insert)
	w.grant(ann, id, privilege.Select)
	r := w.session(ann)
	expect(t, "before", r, id, kivi.Read|kivi.Insert)
	w.update(func(tx *catalog.Tx) error {
		rec := *tx.TableByID(id)
		rec.Database = other
		return tx.PutTable(&rec)
	})
	expect(t, "after", r, id, kivi.Read)
}

func TestPagesAreKept(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	far := w.tables(d, 1)[0]
	near := w.tables(d, 1<<pageBits+1)
	last := near[len(near)-1]
	ann, bob := w.user("ann"), w.user("bob")
	w.grant(ann, d, privilege.Select)
	r := w.session(ann)
	pages := func() [2]*page {
		expect(t, "far", r, far, kivi.Read)
		expect(t, "near", r, last, kivi.Read)
		v := r.view.Load()
		return [2]*page{v.page(far), v.page(last)}
	}
	before := pages()
	w.grant(bob, d, privilege.Select)
	if pages() != before {
		t.Error("a grant to somebody else threw compiled pages away")
	}
	w.update(func(tx *catalog.Tx) error { return tx.DropTable(far) })
	r.Allows(last, kivi.Read)
	if v := r.view.Load(); v.page(far) != nil || v.page(last) != before[1] {
		t.Error("dropping a table must clear its page and no other")
	}
	expect(t, "dropped", r, far, 0)
	w.grant(ann, d, privilege.Insert)
	expect(t, "own grant", r, last, kivi.Insert)
	if r.view.Load().page(last) == before[1] {
		t.Error("pages outlived a change of the principal's own grants")
	}
}

// TestFarBehind: a session that slept through more changes than the log holds.
func TestFarBehind(t *testing.T) {
	for _, n := range []int{1, maxChanges - 1, maxChanges, maxChanges + 1, 3 * maxChanges} {
		w := newWorld(t)
		ids := w.tables(w.database("d"), n+1)
		ann := w.user("ann")
		w.grant(ann, catalog.System, privilege.SysRead)
		r := w.session(ann)
		for _, id := range ids {
			expect(t, "before", r, id, kivi.Read)
		}
		for _, id := range ids[:n] {
			w.update(func(tx *catalog.Tx) error { return tx.DropTable(id) })
		}
		for _, id := range ids[:n] {
			if r.Allows(id, kivi.Read) {
				t.Fatalf("%d changes: dropped table %d is still allowed", n, id)
			}
		}
		expect(t, "kept", r, ids[n], kivi.Read)
	}
}

func TestAnyInDatabase(t *testing.T) {
	w := newWorld(t)
	d, e := w.database("d"), w.database("e")
	id := w.tables(d, 1)[0]
	ann, bob, admin, accounts := w.user("ann"), w.user("bob"), w.user("admin"), w.user("accounts")
	r := w.session(ann)
	check := func(what string, r *Rights, inD, inE bool) {
		t.Helper()
		if gotD, gotE := r.AnyInDatabase(d), r.AnyInDatabase(e); gotD != inD || gotE != inE {
			t.Errorf("%s: d %t, e %t", what, gotD, gotE)
		}
	}
	check("nothing", r, false, false)
	w.grant(ann, id, privilege.Insert)
	check("on a table", r, true, false)
	w.update(func(tx *catalog.Tx) error {
		rec := *tx.TableByID(id)
		rec.Database = e
		return tx.PutTable(&rec)
	})
	check("the table moved", r, false, true)
	w.revoke(ann, id)
	check("revoked", r, false, false)
	w.grant(bob, d, privilege.CreateView)
	check("on the database", w.session(bob), true, false)
	w.grant(admin, catalog.System, privilege.SysAdmin)
	check("administrator", w.session(admin), true, true)
	w.grant(accounts, catalog.System, privilege.UserAdmin)
	check("administrator of accounts", w.session(accounts), false, false)
}

func TestAtoms(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	id := w.tables(d, 1)[0]
	ann, clerks := w.user("ann"), w.role("clerks")
	w.member(ann, clerks)
	w.grant(ann, id, privilege.Select, privilege.References)
	w.grant(clerks, d, privilege.Create)
	w.grant(catalog.Public, catalog.System, privilege.Process)
	r := w.session(ann)
	for _, c := range []struct {
		object, database catalog.ID
		want             privilege.Set
	}{
		{id, d, privilege.Of(privilege.Select, privilege.References, privilege.Create, privilege.Process)},
		{d, d, privilege.Of(privilege.Create, privilege.Process)},
		{catalog.System, 0, privilege.Of(privilege.Process)},
		{0, 0, privilege.Of(privilege.Process)},
		{0, d, privilege.Of(privilege.Create, privilege.Process)}, // a table that does not exist
	} {
		if got := r.Atoms(c.object, c.database); got != c.want {
			t.Errorf("on %d in %d: %s, want %s", c.object, c.database, got, c.want)
		}
	}
	if got := w.session(catalog.Root).Atoms(0, 0); got != privilege.Known {
		t.Errorf("root holds %s", got)
	}
}

func TestRestrictedEntriesOpenNothing(t *testing.T) {
	p := &cert.Permissions{Entries: []cert.Entry{{Object: 1000, Atoms: privilege.Of(privilege.Select), Restricted: true}}}
	v := &view{live: true, set: []*cert.Permissions{p}}
	if got := v.atoms(1000, 0); got != 0 {
		t.Errorf("got %s", got)
	}
}
