package catalog

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// openKivi opens a store in dir, or in memory when dir is "".
func openKivi(t testing.TB, dir string) *kivi.DB {
	t.Helper()
	db, err := kivi.Open(kivi.Options{Dir: dir, InMemory: dir == "", CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func mustOpen(t testing.TB, db *kivi.DB) *Catalog {
	t.Helper()
	c, err := Open(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustUpdate(t testing.TB, c *Catalog, change func(*Tx) error) {
	t.Helper()
	if err := c.Update(context.Background(), change); err != nil {
		t.Fatal(err)
	}
}

func mustID(t testing.TB, tx *Tx) ID {
	t.Helper()
	id, err := tx.AllocID()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// shop makes a user einstein with a database and a table, and returns their ids.
func shop(t testing.TB, c *Catalog) (user principal.ID, db, table ID) {
	t.Helper()
	mustUpdate(t, c, func(tx *Tx) error {
		user, db, table = principal.ID(mustID(t, tx)), mustID(t, tx), mustID(t, tx)
		all := privilege.Owner(privilege.KindTable)
		return errors.Join(
			tx.PutPrincipal(&Principal{ID: user, Name: "Einstein", Kind: KindUser}),
			tx.PutDatabase(&Database{ID: db, Name: "Shop", Owner: user}),
			tx.PutTable(&Table{ID: table, Database: db, Name: "T", Data: table, Owner: user, Columns: []Column{{ID: 1, Name: "a", Type: "int"}}}),
			tx.PutGrant(&Grant{Grantee: user, Object: table, Kind: privilege.KindTable, Atoms: all, Options: all, Grantor: SystemGrantor}),
		)
	})
	return user, db, table
}

func TestBootstrap(t *testing.T) {
	db := openKivi(t, "")
	s := mustOpen(t, db).Snapshot()
	if len(s.Instance()) != 32 || s.Version() != 1 || s.SecurityEpoch() != 1 {
		t.Fatalf("instance %q version %d epoch %d", s.Instance(), s.Version(), s.SecurityEpoch())
	}
	root := s.Principal("ROOT")
	if root == nil || root.ID != Root || root.Password != "" || root.Kind != KindUser {
		t.Fatalf("root is %+v", root)
	}
	if p := s.Principal("public"); p == nil || p.ID != Public || p.Kind != KindPublic {
		t.Fatalf("PUBLIC is %+v", p)
	}
	grants := s.GrantsTo(Root)
	if len(grants) != 1 || grants[0].Object != System || !grants[0].Atoms.Has(privilege.SysAdmin) {
		t.Fatalf("root holds %+v", grants)
	}
	if len(s.GrantsTo(Public)) != 0 {
		t.Fatal("PUBLIC holds something")
	}
	again := mustOpen(t, db).Snapshot()
	if dump(again) != dump(s) {
		t.Fatalf("opened again:\n%s\nwas:\n%s", dump(again), dump(s))
	}
}

func TestNames(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	user, db, table := shop(t, c)
	s := c.Snapshot()
	if got := s.Database("sHOP"); got == nil || got.ID != db || got.Name != "Shop" {
		t.Fatalf("database: %+v", got)
	}
	if got := s.Table(db, "t"); got == nil || got.ID != table || got.Name != "T" {
		t.Fatalf("table: %+v", got)
	}
	if got := s.Principal("ＥＩＮＳＴＥＩＮ"); got == nil || got.ID != user {
		t.Fatalf("principal in full-width letters: %+v", got)
	}
	if s.Table(db+1000, "t") != nil || s.Table(db, "u") != nil || s.Database("") != nil || s.TableByData(0) != nil {
		t.Fatal("found what is not there")
	}
	refused := []struct {
		what   string
		want   error
		change func(tx *Tx) error
	}{
		{"database of the same name", ErrExists, func(tx *Tx) error { return tx.PutDatabase(&Database{ID: mustID(t, tx), Name: "SHOP"}) }},
		{"virtual database", ErrExists, func(tx *Tx) error {
			return tx.PutDatabase(&Database{ID: mustID(t, tx), Name: "Information_Schema"})
		}},
		{"table of the same name", ErrExists, func(tx *Tx) error {
			id := mustID(t, tx)
			return tx.PutTable(&Table{ID: id, Database: db, Name: "t", Data: id})
		}},
		{"view with a table's name", ErrExists, func(tx *Tx) error { return tx.PutView(&View{ID: mustID(t, tx), Database: db, Name: "t"}) }},
		{"table in no database", ErrNotFound, func(tx *Tx) error {
			id := mustID(t, tx)
			return tx.PutTable(&Table{ID: id, Database: 4000, Name: "u", Data: id})
		}},
		{"table of nobody", ErrNotFound, func(tx *Tx) error {
			id := mustID(t, tx)
			return tx.PutTable(&Table{ID: id, Database: db, Name: "u", Data: id, Owner: 4000})
		}},
		{"view that runs as nobody", ErrNotFound, func(tx *Tx) error {
			return tx.PutView(&View{ID: mustID(t, tx), Database: db, Name: "w", Definer: 4000})
		}},
		{"home of nobody", ErrNotFound, func(tx *Tx) error {
			return tx.PutDatabase(&Database{ID: mustID(t, tx), Name: "home", HomeOf: 4000})
		}},
		{"data id of another table", ErrInvalid, func(tx *Tx) error {
			return tx.PutTable(&Table{ID: mustID(t, tx), Database: db, Name: "u", Data: table})
		}},
		{"reserved id", ErrInvalid, func(tx *Tx) error { return tx.PutDatabase(&Database{ID: 20, Name: "x"}) }},
		{"no name", ErrInvalid, func(tx *Tx) error { return tx.PutDatabase(&Database{ID: mustID(t, tx)}) }},
		{"not UTF-8", ErrInvalid, func(tx *Tx) error {
			return tx.PutDatabase(&Database{ID: mustID(t, tx), Name: "x", Comment: "\xff"})
		}},
		{"user of the same name", ErrExists, func(tx *Tx) error {
			return tx.PutPrincipal(&Principal{ID: principal.ID(mustID(t, tx)), Name: "EINSTEIN", Kind: KindRole})
		}},
		{"user with an invisible letter", ErrInvalid, func(tx *Tx) error {
			return tx.PutPrincipal(&Principal{ID: principal.ID(mustID(t, tx)), Name: "ein\u200bstein", Kind: KindUser})
		}},
		{"principal without a kind", ErrInvalid, func(tx *Tx) error {
			return tx.PutPrincipal(&Principal{ID: principal.ID(mustID(t, tx)), Name: "bob"})
		}},
		{"a second PUBLIC", ErrInvalid, func(tx *Tx) error {
			return tx.PutPrincipal(&Principal{ID: principal.ID(mustID(t, tx)), Name: "everyone", Kind: KindPublic})
		}},
		{"dropping root", ErrInvalid, func(tx *Tx) error { return tx.DropPrincipal(Root) }},
		{"dropping an owner", ErrInvalid, func(tx *Tx) error { return tx.DropPrincipal(user) }},
		{"trigger on no table", ErrNotFound, func(tx *Tx) error {
			return tx.PutTrigger(&Trigger{ID: mustID(t, tx), Database: db, Name: "g", Table: 5000})
		}},
		{"purging what is used", ErrInvalid, func(tx *Tx) error { tx.Purge(table); return nil }},
	}
	before := dump(c.Snapshot())
	for _, r := range refused {
		err := c.Update(context.Background(), r.change)
		if !errors.Is(err, r.want) {
			t.Errorf("%s: %v, want %v", r.what, err, r.want)
		}
	}
	if after := dump(c.Snapshot()); after != before {
		t.Errorf("refused changes left:\n%s\nbefore:\n%s", after, before)
	}
}

func TestGrantRecords(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	user, db, table := shop(t, c)
	sel := privilege.Of(privilege.Select)
	good := Grant{Grantee: Public, Object: table, Kind: privilege.KindTable, Atoms: sel, Grantor: user}
	for what, spoil := range map[string]func(*Grant){
		"no atoms":          func(g *Grant) { g.Atoms = 0 },
		"options beyond":    func(g *Grant) { g.Options = privilege.Of(privilege.Insert) },
		"wrong kind":        func(g *Grant) { g.Kind = privilege.KindDatabase },
		"foreign atom":      func(g *Grant) { g.Atoms = privilege.Of(privilege.Shutdown) },
		"grant option atom": func(g *Grant) { g.Atoms = privilege.Of(privilege.GrantOption) },
		"no grantee":        func(g *Grant) { g.Grantee = 77777 },
		"no grantor":        func(g *Grant) { g.Grantor = 0 },
		"no object":         func(g *Grant) { g.Object = 77777 },
	} {
		bad := good
		spoil(&bad)
		if err := c.Update(context.Background(), func(tx *Tx) error { return tx.PutGrant(&bad) }); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	mustUpdate(t, c, func(tx *Tx) error { return tx.PutGrant(&good) })
	s := c.Snapshot()
	g := s.Grant(Public, table, user)
	if g == nil || g.Seq != s.Version() || g.By != user || len(s.GrantsOn(table)) != 2 || len(s.GrantsToOn(Public, table)) != 1 {
		t.Fatalf("grant is %+v, version %d", g, s.Version())
	}
	more := good
	more.Atoms, more.Seq, more.By = sel.Union(privilege.Of(privilege.Insert)), 99, Root
	mustUpdate(t, c, func(tx *Tx) error { return tx.PutGrant(&more) })
	if now := c.Snapshot().Grant(Public, table, user); now.Seq != g.Seq || now.By != user || now.Atoms != more.Atoms {
		t.Fatalf("the changed row is %+v, was %+v", now, g)
	}
	// A dropped table takes its grants along; one made again under its name has none.
	mustUpdate(t, c, func(tx *Tx) error { return tx.DropTable(table) })
	mustUpdate(t, c, func(tx *Tx) error {
		id := mustID(t, tx)
		return tx.PutTable(&Table{ID: id, Database: db, Name: "T", Data: id, Owner: user})
	})
	s = c.Snapshot()
	if again := s.Table(db, "t"); again == nil || len(s.GrantsOn(again.ID)) != 0 || len(s.GrantsOn(table)) != 0 || len(s.GrantsTo(Public)) != 0 {
		t.Fatalf("a new table of the old name has grants: %+v", again)
	}
}

func TestTouched(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	user, db, table := shop(t, c)
	var got Touched
	var epochs, versions uint64
	c.AfterCommit(func(s *Snapshot, touched Touched) { got, epochs, versions = touched, s.SecurityEpoch(), s.Version() })
	none := Touched{Principals: []principal.ID{}, Objects: []ID{}, Data: []ID{}, Certificates: []principal.ID{}, Accounts: []principal.ID{}}
	var other ID
	steps := []struct {
		what   string
		change func(*Tx) error
		want   func(*Touched)
	}{
		{"comment", func(tx *Tx) error {
			t := tx.TableByID(table).Clone()
			t.Comment = "c"
			return tx.PutTable(t)
		}, func(w *Touched) { w.Objects = []ID{table} }},
		{"grant", func(tx *Tx) error {
			return tx.PutGrant(&Grant{Grantee: Public, Object: table, Kind: privilege.KindTable, Atoms: privilege.Of(privilege.Select), Grantor: user})
		}, func(w *Touched) { w.Objects, w.Principals, w.Security = []ID{table}, []principal.ID{Public}, true }},
		{"another database", func(tx *Tx) error {
			other = mustID(t, tx)
			return tx.PutDatabase(&Database{ID: other, Name: "other"})
		}, func(w *Touched) { w.Objects = []ID{other} }},
		{"move", func(tx *Tx) error {
			t := tx.TableByID(table).Clone()
			t.Database = other
			return tx.PutTable(t)
		}, func(w *Touched) { w.Objects, w.Data, w.Security = []ID{db, table, other}, []ID{table}, true }},
		{"user comment", func(tx *Tx) error {
			p := tx.PrincipalByID(user).Clone()
			p.Comment, p.DefaultSchema = "c", "shop"
			return tx.PutPrincipal(p)
		}, func(w *Touched) { w.Accounts = []principal.ID{user} }},
		{"certificate", func(tx *Tx) error { return tx.PutCertificate(&Certificate{Principal: user, Serial: 9, DER: []byte{1}}) },
			func(w *Touched) { w.Certificates = []principal.ID{user} }},
		{"drop", func(tx *Tx) error { return tx.DropTable(table) }, func(w *Touched) {
			w.Objects, w.Data, w.Principals, w.Security = []ID{table}, []ID{table}, []principal.ID{Public, user}, true
		}},
	}
	for _, step := range steps {
		before := c.Snapshot()
		mustUpdate(t, c, step.change)
		want := none
		step.want(&want)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: touched %+v, want %+v", step.what, got, want)
		}
		if versions != before.Version()+1 || (epochs == versions) != want.Security || !want.Security && epochs != before.SecurityEpoch() {
			t.Errorf("%s: version %d, epoch %d after %d, %d", step.what, versions, epochs, before.Version(), before.SecurityEpoch())
		}
	}
}

func TestPrincipalEpoch(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	user, _, _ := shop(t, c)
	change := func(f func(*Principal)) uint64 {
		mustUpdate(t, c, func(tx *Tx) error {
			p := tx.PrincipalByID(user).Clone()
			f(p)
			return tx.PutPrincipal(p)
		})
		return c.Snapshot().PrincipalByID(user).Epoch
	}
	first := change(func(p *Principal) { p.Comment = "x" })
	if first != 1 {
		t.Fatalf("epoch %d after a comment, want 1", first)
	}
	if e := change(func(p *Principal) { p.Password = "$argon2id$" }); e != 2 {
		t.Errorf("epoch %d after a password, want 2", e)
	}
	if e := change(func(p *Principal) { p.Locked = true }); e != 3 {
		t.Errorf("epoch %d after a lock, want 3", e)
	}
	if e := change(func(p *Principal) { p.Epoch = 0 }); e != 3 {
		t.Errorf("epoch %d after an attempt to lower it, want 3", e)
	}
}

func TestMembershipCycle(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	var roles [3]principal.ID
	mustUpdate(t, c, func(tx *Tx) error {
		for i := range roles {
			roles[i] = principal.ID(mustID(t, tx))
			if err := tx.PutPrincipal(&Principal{ID: roles[i], Name: fmt.Sprint("r", i), Kind: KindRole}); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutMembership(&Membership{Member: roles[0], Role: roles[1]}),
			tx.PutMembership(&Membership{Member: roles[1], Role: roles[2]}))
	})
	for _, m := range []Membership{{Member: roles[2], Role: roles[0]}, {Member: roles[0], Role: roles[0]}, {Member: roles[0], Role: Root}} {
		if err := c.Update(context.Background(), func(tx *Tx) error { return tx.PutMembership(&m) }); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v, want ErrInvalid", m, err)
		}
	}
	mustUpdate(t, c, func(tx *Tx) error { return tx.DropPrincipal(roles[1]) })
	s := c.Snapshot()
	if len(s.MembershipsOf(roles[0])) != 0 || len(s.MembersOf(roles[2])) != 0 {
		t.Error("memberships outlive the role")
	}
}
