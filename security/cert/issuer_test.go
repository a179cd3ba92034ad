package cert

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// office is a catalog in memory with an issuer attached.
type office struct {
	t       *testing.T
	catalog *catalog.Catalog
	auth    *Authority
	clock   *clock
	issuer  *Issuer
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 1 << 20, MemtableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := &office{t: t}
	if o.catalog, err = catalog.Open(context.Background(), db); err != nil {
		t.Fatal(err)
	}
	o.auth, o.clock = newAuth(t)
	if o.issuer, err = Attach(context.Background(), o.catalog, o.auth); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) update(change func(*catalog.Tx) error) {
	o.t.Helper()
	if err := o.catalog.Update(context.Background(), change); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) make(kind catalog.PrincipalKind, name string) principal.ID {
	o.t.Helper()
	var id catalog.ID
	o.update(func(tx *catalog.Tx) (err error) {
		if id, err = tx.AllocID(); err != nil {
			return err
		}
		return tx.PutPrincipal(&catalog.Principal{ID: principal.ID(id), Name: name, Kind: kind})
	})
	return principal.ID(id)
}

// table makes a database of that name, if need be, with one table more in it.
func (o *office) table(database string) (d, id catalog.ID) {
	o.t.Helper()
	o.update(func(tx *catalog.Tx) (err error) {
		if rec := tx.Database(database); rec != nil {
			d = rec.ID
		} else {
			if d, err = tx.AllocID(); err != nil {
				return err
			}
			if err = tx.PutDatabase(&catalog.Database{ID: d, Name: database, Owner: catalog.Root}); err != nil {
				return err
			}
		}
		if id, err = tx.AllocID(); err != nil {
			return err
		}
		return tx.PutTable(&catalog.Table{ID: id, Database: d, Name: fmt.Sprint("t", id), Data: id, Owner: catalog.Root,
			Columns: []catalog.Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1})
	})
	return d, id
}

func grantIn(tx *catalog.Tx, to principal.ID, on catalog.ID, atoms ...privilege.Atom) error {
	return tx.PutGrant(&catalog.Grant{Grantee: to, Object: on, Kind: tx.Object(on).Kind, Atoms: privilege.Of(atoms...),
		Grantor: catalog.SystemGrantor})
}

func (o *office) grant(to principal.ID, on catalog.ID, atoms ...privilege.Atom) {
	o.t.Helper()
	o.update(func(tx *catalog.Tx) error { return grantIn(tx, to, on, atoms...) })
}

// held verifies the certificate in force and checks it against its record.
func (o *office) held(id principal.ID) *Permissions {
	o.t.Helper()
	rec := o.catalog.Snapshot().Certificate(id)
	if rec == nil {
		o.t.Fatalf("principal %d has no certificate", id)
	}
	p, err := o.auth.Verify(rec.DER)
	if err != nil {
		o.t.Fatal(err)
	}
	if p.Principal != id || p.Serial != rec.Serial || p.Epoch != rec.Epoch || fmt.Sprintf("%x", p.Instance) != o.catalog.Snapshot().Instance() {
		o.t.Errorf("certificate %+v does not agree with record %+v", p, rec)
	}
	return p
}

func (o *office) serials() map[principal.ID]uint64 {
	out := map[principal.ID]uint64{}
	for _, rec := range o.catalog.Snapshot().Certificates() {
		out[rec.Principal] = rec.Serial
	}
	return out
}

func TestNewStoreGetsCertificates(t *testing.T) {
	o := newOffice(t)
	root := o.held(catalog.Root)
	if want := []Entry{{Object: catalog.System, Atoms: privilege.Of(privilege.SysAdmin)}}; !reflect.DeepEqual(root.Entries, want) {
		t.Errorf("root holds %+v", root.Entries)
	}
	if p := o.held(catalog.Public); len(p.Entries) != 0 || p.Name != "PUBLIC" {
		t.Errorf("PUBLIC: %+v", p)
	}
}

// TestOnlyTouchedAreReissued is the promise on which the cost of GRANT rests.
func TestOnlyTouchedAreReissued(t *testing.T) {
	o := newOffice(t)
	d, id := o.table("d")
	ann, bob, clerks := o.make(catalog.KindUser, "ann"), o.make(catalog.KindUser, "bob"), o.make(catalog.KindRole, "clerks")
	for _, c := range []struct {
		what   string
		change func(*catalog.Tx) error
		issued []principal.ID
	}{
		{"grant", func(tx *catalog.Tx) error { return grantIn(tx, ann, id, privilege.Select) }, []principal.ID{ann}},
		{"the same grant again", func(tx *catalog.Tx) error { return grantIn(tx, ann, id, privilege.Select) }, nil},
		{"two grants at once", func(tx *catalog.Tx) error {
			return errors.Join(grantIn(tx, ann, d, privilege.Create), grantIn(tx, clerks, id, privilege.Select))
		}, []principal.ID{ann, clerks}},
		{"grant that a wider one contains", func(tx *catalog.Tx) error { return grantIn(tx, catalog.Root, id, privilege.Index) }, nil},
		{"grant that SYSTEM ADMIN does not contain everywhere", func(tx *catalog.Tx) error { return grantIn(tx, catalog.Root, id, privilege.Select) }, []principal.ID{catalog.Root}},
		{"role", func(tx *catalog.Tx) error {
			return tx.PutMembership(&catalog.Membership{Member: bob, Role: clerks, Grantor: catalog.SystemGrantor})
		}, []principal.ID{bob}},
		{"new name", func(tx *catalog.Tx) error {
			p := *tx.PrincipalByID(bob)
			p.Name = "robert"
			return tx.PutPrincipal(&p)
		}, []principal.ID{bob}},
		{"revoke", func(tx *catalog.Tx) error { return tx.DropGrant(ann, id, catalog.SystemGrantor) }, []principal.ID{ann}},
		{"drop of the table", func(tx *catalog.Tx) error { return tx.DropTable(id) }, []principal.ID{clerks, catalog.Root}},
	} {
		before := o.serials()
		o.update(c.change)
		want := map[principal.ID]bool{}
		for _, p := range c.issued {
			want[p] = true
		}
		for p, serial := range o.serials() {
			if got := serial != before[p]; got != want[p] || serial < before[p] {
				t.Errorf("%s: certificate of %d issued: %t; serial %x after %x", c.what, p, got, serial, before[p])
			}
			o.held(p)
		}
	}
	if p := o.held(bob); p.Name != "robert" || !reflect.DeepEqual(p.Roles, []principal.ID{clerks}) {
		t.Errorf("bob: %+v", p)
	}
	o.update(func(tx *catalog.Tx) error { return tx.DropPrincipal(bob) })
	if o.catalog.Snapshot().Certificate(bob) != nil {
		t.Error("a dropped user kept his certificate")
	}
}

func TestFailedUpdateIssuesNothing(t *testing.T) {
	o := newOffice(t)
	_, id := o.table("d")
	ann := o.make(catalog.KindUser, "ann")
	before := o.serials()
	late := errors.New("a later hook fails")
	fail := true
	o.catalog.BeforeCommit(func(*catalog.Tx, catalog.Touched) error {
		if fail {
			return late
		}
		return nil
	})
	err := o.catalog.Update(context.Background(), func(tx *catalog.Tx) error { return grantIn(tx, ann, id, privilege.Select) })
	if !errors.Is(err, late) || !reflect.DeepEqual(before, o.serials()) {
		t.Errorf("%v; serials %v after %v", err, o.serials(), before)
	}
	// What was signed for the failed change must not pass for what is in force.
	fail = false
	o.grant(ann, id, privilege.Select)
	if p := o.held(ann); len(p.Entries) != 1 || p.Serial == before[ann] {
		t.Errorf("after the second try: %+v", p)
	}
}

func TestContainedEntriesAreLeftOut(t *testing.T) {
	o := newOffice(t)
	d, id := o.table("d")
	_, other := o.table("e")
	ann := o.make(catalog.KindUser, "ann")
	objects := func() (out []catalog.ID) {
		for _, e := range o.held(ann).Entries {
			out = append(out, e.Object)
		}
		return out
	}
	for _, c := range []struct {
		on    catalog.ID
		atoms []privilege.Atom
		want  []catalog.ID
	}{
		{id, []privilege.Atom{privilege.Select}, []catalog.ID{id}},
		{other, []privilege.Atom{privilege.Select}, []catalog.ID{id, other}},
		{d, []privilege.Atom{privilege.Insert}, []catalog.ID{d, id, other}},
		{d, []privilege.Atom{privilege.Insert, privilege.Select}, []catalog.ID{d, other}},
		{id, []privilege.Atom{privilege.Select, privilege.Drop}, []catalog.ID{d, id, other}},
		{catalog.System, []privilege.Atom{privilege.SysRead}, []catalog.ID{catalog.System, d, id}},
		// What reaches data stays beside SYSTEM ADMIN, which may be without it.
		{catalog.System, []privilege.Atom{privilege.SysAdmin}, []catalog.ID{catalog.System, d, other}},
		{catalog.System, []privilege.Atom{privilege.SysAdmin, privilege.SysRead, privilege.SysWrite}, []catalog.ID{catalog.System}},
		{catalog.System, []privilege.Atom{privilege.Process}, []catalog.ID{catalog.System, d, id, other}},
	} {
		o.grant(ann, c.on, c.atoms...)
		if got := objects(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("after a grant of %v on %d: objects %v, want %v", c.atoms, c.on, got, c.want)
		}
	}
}

func TestGrantorsAreMerged(t *testing.T) {
	o := newOffice(t)
	_, id := o.table("d")
	ann, bob := o.make(catalog.KindUser, "ann"), o.make(catalog.KindUser, "bob")
	o.grant(ann, id, privilege.Select)
	o.update(func(tx *catalog.Tx) error {
		return tx.PutGrant(&catalog.Grant{Grantee: ann, Object: id, Kind: privilege.KindTable,
			Atoms: privilege.Of(privilege.Insert), Grantor: bob})
	})
	want := []Entry{{Object: id, Atoms: privilege.Of(privilege.Select, privilege.Insert)}}
	if got := o.held(ann).Entries; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRenew(t *testing.T) {
	o := newOffice(t)
	ann := o.make(catalog.KindUser, "ann")
	before := o.serials()
	renew := func() {
		t.Helper()
		if err := o.issuer.Renew(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if renew(); !reflect.DeepEqual(before, o.serials()) {
		t.Error("young certificates were renewed")
	}
	o.clock.now = start.Add(lifetime - renewBefore)
	renew()
	for p, serial := range o.serials() {
		if serial == before[p] || o.held(p).NotAfter.Before(o.clock.now.Add(lifetime-time.Second)) {
			t.Errorf("certificate of %d was not renewed", p)
		}
	}
	o.clock.now = o.clock.now.Add(2 * lifetime) // the server was off for long
	if _, err := Attach(context.Background(), o.catalog, o.auth); err != nil {
		t.Fatal(err)
	}
	o.held(ann)

	// One that does not verify is left alone until somebody asks for it.
	bad := *o.catalog.Snapshot().Certificate(ann)
	bad.DER = append([]byte(nil), bad.DER...)
	bad.DER[len(bad.DER)-1] ^= 1
	o.update(func(tx *catalog.Tx) error { return tx.PutCertificate(&bad) })
	o.clock.now = o.clock.now.Add(2 * lifetime)
	renew()
	if got := o.catalog.Snapshot().Certificate(ann).Serial; got != bad.Serial {
		t.Error("a tampered certificate was replaced unasked")
	}
	if err := o.issuer.ReissueAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.held(ann)
	o.update(func(tx *catalog.Tx) error { return tx.DropCertificate(ann) })
	renew()
	o.held(ann) // a missing one is issued
}

func TestParseInstance(t *testing.T) {
	for _, text := range []string{"", "00", "zz0102030405060708090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f00"} {
		if _, err := ParseInstance(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
