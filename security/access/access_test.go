package access_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// world is a catalog with one database, one table and one user, who holds
// SELECT on the table.
type world struct {
	catalog         *catalog.Catalog
	bucket          *bucket.Bucket
	ann             principal.Principal
	database, table catalog.ID
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	ok(err)
	t.Cleanup(func() { _ = db.Close() })
	w := &world{}
	w.catalog, err = catalog.Open(ctx, db)
	ok(err)
	authority, err := cert.NewAuthority(nil)
	ok(err)
	_, err = cert.Attach(ctx, w.catalog, authority)
	ok(err)
	w.bucket = bucket.Open(w.catalog, authority, bucket.Options{})
	t.Cleanup(w.bucket.Close)
	ok(w.catalog.Update(ctx, func(tx *catalog.Tx) error {
		user, err := tx.AllocID()
		if err != nil {
			return err
		}
		if w.database, err = tx.AllocID(); err != nil {
			return err
		}
		if w.table, err = tx.AllocID(); err != nil {
			return err
		}
		w.ann = principal.Trusted(principal.ID(user), "ann")
		if err := tx.PutPrincipal(&catalog.Principal{ID: w.ann.ID(), Kind: catalog.KindUser, Name: "ann"}); err != nil {
			return err
		}
		if err := tx.PutDatabase(&catalog.Database{ID: w.database, Name: "shop", Owner: catalog.Root}); err != nil {
			return err
		}
		if err := tx.PutTable(&catalog.Table{
			ID: w.table, Data: w.table, Database: w.database, Name: "orders", Owner: catalog.Root,
			Columns: []catalog.Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1,
		}); err != nil {
			return err
		}
		return tx.PutGrant(&catalog.Grant{
			Object: w.table, Kind: privilege.KindTable, Grantee: w.ann.ID(), Grantor: catalog.SystemGrantor, Atoms: privilege.Of(privilege.Select),
		})
	}))
	return w
}

func (w *world) actor(audit access.Audit) access.Actor {
	return access.As(w.bucket.Session(w.ann), audit)
}

func (w *world) orders() access.Object { return access.In(privilege.KindTable, w.table, w.database) }

func TestCheck(t *testing.T) {
	w := newWorld(t)
	ann := w.actor(nil)
	both := privilege.Of(privilege.Select, privilege.Insert)
	for _, c := range []struct {
		name   string
		actor  access.Actor
		object access.Object
		want   access.Want
		intent access.Intent
		yes    bool
	}{
		{"held", ann, w.orders(), access.One(privilege.Select), access.Enforce, true},
		{"listed", ann, w.orders(), access.One(privilege.Select), access.List, true},
		{"not held", ann, w.orders(), access.One(privilege.Insert), access.Enforce, false},
		{"one of two", ann, w.orders(), access.All(both), access.Enforce, false},
		{"any of two", ann, w.orders(), access.Any(both), access.Enforce, true},
		{"anything", ann, w.orders(), access.Anything(), access.List, true},
		{"widened", ann, w.orders(), access.One(privilege.Select).And(privilege.Of(privilege.Update)), access.Enforce, false},
		{"on the database", ann, access.Database(w.database), access.One(privilege.Select), access.Enforce, false},
		{"inside the database", ann, access.Inside(w.database), access.Anything(), access.List, true},
		{"inside, with a right", ann, access.Inside(w.database), access.One(privilege.Select), access.List, false},
		{"system", ann, access.System(), access.SystemPrivilege(privilege.UserAdmin), access.Enforce, false},
		{"nothing wanted", ann, w.orders(), access.Want{}, access.Enforce, false},
		{"nothing wanted of all", ann, w.orders(), access.All(0), access.Enforce, false},
		{"no intent", ann, w.orders(), access.One(privilege.Select), 0, false},
		{"nobody", access.As((*bucket.Rights)(nil), nil), w.orders(), access.Anything(), access.Enforce, false},
		{"the zero actor", access.Actor{}, w.orders(), access.Anything(), access.Enforce, false},
		{"the zero object", ann, access.Object{}, access.Anything(), access.Enforce, false},
	} {
		if got := access.Check(c.actor, c.object, c.want, c.intent).Allowed(); got != c.yes {
			t.Errorf("%s: allowed %v", c.name, got)
		}
	}
	if (access.Decision{}).Allowed() {
		t.Error("the zero Decision allows")
	}
}

// Whoever enforces cannot forget the audit; whoever only looks does not fill it.
func TestOnlyEnforceIsAudited(t *testing.T) {
	w := newWorld(t)
	var told []access.Decision
	ann := w.actor(func(d access.Decision) error { told = append(told, d); return nil })
	for _, intent := range []access.Intent{access.List, access.Explain, access.Simulate} {
		access.Check(ann, w.orders(), access.One(privilege.Select), intent)
	}
	if len(told) != 0 {
		t.Fatalf("audited %v", told)
	}
	access.Check(ann, w.orders(), access.One(privilege.Select), access.Enforce)
	access.Check(ann, w.orders(), access.One(privilege.Delete), access.Enforce)
	if len(told) != 2 || !told[0].Allowed() || told[1].Allowed() || told[1].Actor().Principal() != w.ann.ID() || told[1].Object().ID() != w.table {
		t.Errorf("audited %v", told)
	}
}

// What cannot be recorded is denied, and only what is enforced is recorded.
func TestWhatCannotBeAuditedIsDenied(t *testing.T) {
	w := newWorld(t)
	ann := w.actor(func(access.Decision) error { return errors.New("full") })
	if access.May(ann, w.orders(), access.One(privilege.Select), access.Enforce) {
		t.Error("allowed")
	}
	if !access.May(ann, w.orders(), access.One(privilege.Select), access.List) {
		t.Error("a list is denied")
	}
}

func TestReason(t *testing.T) {
	w := newWorld(t)
	ann, snap := w.actor(nil), w.catalog.Snapshot()
	both := privilege.Of(privilege.Insert, privilege.Delete)
	for _, c := range []struct {
		object access.Object
		want   access.Want
		reason string
	}{
		{w.orders(), access.One(privilege.Select), "'ann' holds SELECT on table shop.orders"},
		{w.orders(), access.All(both).And(privilege.Of(privilege.Select)), "'ann' lacks INSERT and DELETE on table shop.orders"},
		{w.orders(), access.Any(both), "'ann' lacks INSERT or DELETE on table shop.orders"},
		{access.Database(w.database), access.Anything(), "'ann' lacks any right on database shop"},
		{access.Inside(w.database), access.Anything(), "'ann' holds a right on database shop or in it"},
		{access.System(), access.SystemPrivilege(privilege.UserAdmin), "'ann' lacks SYSTEM ADMIN or USER ADMIN on the system"},
		{access.In(privilege.KindTable, 77, w.database), access.One(privilege.Select), "'ann' lacks SELECT on table 77"},
	} {
		if got := access.Check(ann, c.object, c.want, access.Explain).Reason(snap); got != c.reason {
			t.Errorf("got  %s\nwant %s", got, c.reason)
		}
	}
	if got := access.Check(access.Actor{}, w.orders(), access.One(privilege.Select), access.Explain).Reason(snap); got != "'nobody' lacks SELECT on table shop.orders" {
		t.Error(got)
	}
}

// An exception to a right on the database is the answer, and the reason says so.
func TestReasonOfAnException(t *testing.T) {
	w := newWorld(t)
	err := w.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		insert := privilege.Of(privilege.Insert)
		if err := tx.PutGrant(&catalog.Grant{
			Object: w.database, Kind: privilege.KindDatabase, Grantee: w.ann.ID(), Grantor: catalog.SystemGrantor, Atoms: insert,
		}); err != nil {
			return err
		}
		return tx.PutException(&catalog.Exception{Object: w.table, Kind: privilege.KindTable, Grantee: w.ann.ID(), Atoms: insert})
	})
	if err != nil {
		t.Fatal(err)
	}
	d := access.Check(w.actor(nil), w.orders(), access.One(privilege.Insert), access.Explain)
	if got := d.Reason(w.catalog.Snapshot()); d.Allowed() || got != "'ann' lacks INSERT on table shop.orders, where it was revoked although he holds it on the database" {
		t.Errorf("allowed %t: %s", d.Allowed(), got)
	}
}

// So is a denial, whoever gave the right, and it binds nobody with SYSTEM ADMIN.
func TestReasonOfADenial(t *testing.T) {
	w := newWorld(t)
	reads := privilege.Of(privilege.Select)
	for _, grantee := range []principal.ID{catalog.Public, catalog.Root} {
		err := w.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
			return tx.PutException(&catalog.Exception{Object: catalog.System, Kind: privilege.KindSystem, Grantee: grantee, Deny: reads})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	snap := w.catalog.Snapshot()
	d := access.Check(w.actor(nil), w.orders(), access.All(reads), access.Explain)
	if got := d.Reason(snap); d.Allowed() || got != "'ann' lacks SELECT on table shop.orders, which is denied to 'PUBLIC'" {
		t.Errorf("allowed %t: %s", d.Allowed(), got)
	}
	if access.May(access.As(access.Suppose(snap, w.ann.ID(), time.Now(), false), nil), w.orders(), access.All(reads), access.Simulate) {
		t.Error("Suppose knows nothing of it")
	}
	if !access.May(access.As(access.Suppose(snap, catalog.Root, time.Now(), false), nil), w.orders(), access.All(reads), access.Simulate) {
		t.Error("root is denied")
	}
}

// A REVOKE counts at the next question, whatever was answered before.
func TestRevokeCountsAtOnce(t *testing.T) {
	w := newWorld(t)
	ann := w.actor(nil)
	if !access.May(ann, w.orders(), access.One(privilege.Select), access.Enforce) {
		t.Fatal("denied")
	}
	err := w.catalog.Update(context.Background(), func(tx *catalog.Tx) error {
		return tx.DropGrant(w.ann.ID(), w.table, catalog.SystemGrantor)
	})
	if err != nil {
		t.Fatal(err)
	}
	if access.May(ann, w.orders(), access.One(privilege.Select), access.Enforce) {
		t.Error("allowed after REVOKE")
	}
}

func TestAllowedQuestionAllocatesNothing(t *testing.T) {
	w := newWorld(t)
	calls := 0
	for name, ann := range map[string]access.Actor{"": w.actor(nil), " with an audit": w.actor(func(access.Decision) error { calls++; return nil })} {
		if n := testing.AllocsPerRun(100, func() {
			if !access.May(ann, w.orders(), access.One(privilege.Select), access.Enforce) {
				t.Fatal("denied")
			}
		}); n != 0 {
			t.Errorf("%v allocations%s", n, name)
		}
	}
	if calls == 0 {
		t.Error("the audit was not told")
	}
}

func BenchmarkCheck(b *testing.B) {
	w := newWorld(b)
	ann, orders, want := w.actor(nil), w.orders(), access.One(privilege.Select)
	b.ReportAllocs()
	for b.Loop() {
		if !access.Check(ann, orders, want, access.Enforce).Allowed() {
			b.Fatal("denied")
		}
	}
}
