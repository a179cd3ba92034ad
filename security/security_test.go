package security

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Ids of the test's objects.
const (
	ann, bob        principal.ID = 1001, 1002
	shop, hidden    catalog.ID   = 2001, 2002
	orders, secrets catalog.ID   = 3001, 3002
)

func newBucket(t *testing.T) (*catalog.Catalog, *bucket.Bucket) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 1 << 20, MemtableBytes: 1 << 20})
	ok(err)
	t.Cleanup(func() { _ = db.Close() })
	c, err := catalog.Open(ctx, db)
	ok(err)
	a, err := cert.NewAuthority(nil)
	ok(err)
	_, err = cert.Attach(ctx, c, a)
	ok(err)
	ok(c.Update(ctx, func(tx *catalog.Tx) error {
		table := func(id, database catalog.ID) *catalog.Table {
			return &catalog.Table{ID: id, Database: database, Name: "t", Data: id, Owner: catalog.Root,
				Columns: []catalog.Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1}
		}
		return errors.Join(
			tx.PutPrincipal(&catalog.Principal{ID: ann, Name: "ann", Kind: catalog.KindUser}),
			tx.PutPrincipal(&catalog.Principal{ID: bob, Name: "bob", Kind: catalog.KindUser}),
			tx.PutDatabase(&catalog.Database{ID: shop, Name: "shop", Owner: catalog.Root}),
			tx.PutDatabase(&catalog.Database{ID: hidden, Name: "hidden", Owner: catalog.Root}),
			tx.PutTable(table(orders, shop)), tx.PutTable(table(secrets, hidden)),
			tx.PutGrant(&catalog.Grant{Grantee: ann, Object: orders, Kind: privilege.KindTable,
				Atoms: privilege.Of(privilege.Select, privilege.Insert), Grantor: catalog.SystemGrantor}))
	}))
	b := bucket.Open(c, a, bucket.Options{Report: func(err error) { t.Error(err) }})
	t.Cleanup(b.Close)
	return c, b
}

func TestCheck(t *testing.T) {
	_, b := newBucket(t)
	rights := func(id principal.ID) *bucket.Rights { return b.Session(principal.Trusted(id, "")) }
	sel, ins, del := privilege.Of(privilege.Select), privilege.Of(privilege.Insert), privilege.Of(privilege.Delete)
	onOrders := Question{Kind: privilege.KindTable, Object: orders, Database: shop}
	ask := func(q Question, want privilege.Set, anyOf bool) Question {
		q.Want, q.Any = want, anyOf
		return q
	}
	absent := Question{Kind: privilege.KindTable, Database: shop}
	admin := Question{Kind: privilege.KindSystem, Object: catalog.System, Want: privilege.Of(privilege.UserAdmin)}
	for what, c := range map[string]struct {
		r    *bucket.Rights
		q    Question
		want Decision
	}{
		"held":                 {rights(ann), ask(onOrders, sel|ins, false), Decision{Allowed: true, Visible: true, DatabaseVisible: true}},
		"one of two":           {rights(ann), ask(onOrders, sel|del, false), Decision{Missing: del, Visible: true, DatabaseVisible: true}},
		"one of two is enough": {rights(ann), ask(onOrders, sel|del, true), Decision{Allowed: true, Visible: true, DatabaseVisible: true}},
		"none of what is enough": {rights(ann), ask(onOrders, del, true),
			Decision{Missing: del, Visible: true, DatabaseVisible: true}},
		"nothing asked":                {rights(catalog.Root), ask(onOrders, 0, false), Decision{}},
		"nothing asked, any":           {rights(catalog.Root), ask(onOrders, 0, true), Decision{}},
		"unknown kind":                 {rights(catalog.Root), Question{Kind: 99, Object: orders, Want: sel}, Decision{Missing: sel}},
		"no kind":                      {rights(catalog.Root), Question{Object: orders, Want: sel}, Decision{Missing: sel}},
		"nobody":                       {b.Session(principal.Principal{}), ask(onOrders, sel, false), Decision{Missing: sel}},
		"nil rights":                   {nil, ask(onOrders, sel, false), Decision{Missing: sel}},
		"bob":                          {rights(bob), ask(onOrders, sel, false), Decision{Missing: sel}},
		"absent table, database seen":  {rights(ann), ask(absent, sel, false), Decision{Missing: sel, DatabaseVisible: true}},
		"absent table, nothing seen":   {rights(bob), ask(absent, sel, false), Decision{Missing: sel}},
		"absent table, administrator":  {rights(catalog.Root), ask(absent, sel, false), Decision{Allowed: true, Visible: true, DatabaseVisible: true}},
		"database by a table in it":    {rights(ann), Question{Kind: privilege.KindDatabase, Object: shop, Database: shop, Want: sel}, Decision{Missing: sel, DatabaseVisible: true}},
		"another database":             {rights(ann), Question{Kind: privilege.KindDatabase, Object: hidden, Database: hidden, Want: sel}, Decision{Missing: sel}},
		"system":                       {rights(ann), admin, Decision{Missing: admin.Want}},
		"system, by the administrator": {rights(catalog.Root), admin, Decision{Allowed: true, Visible: true}},
	} {
		var told []Decision
		checker := NewChecker(func(_ principal.ID, q Question, d Decision) {
			if q != c.q {
				t.Errorf("%s: told of %+v", what, q)
			}
			told = append(told, d)
		})
		got := checker.Check(c.r, c.q)
		c.want.question = c.q
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", what, got, c.want)
		}
		if (len(told) == 1) != !got.Allowed || len(told) > 1 {
			t.Errorf("%s: told %d times", what, len(told))
		}
		if look := checker.Look(c.r, c.q); look != got || len(told) > 1 {
			t.Errorf("%s: Look says %+v, told %d times", what, look, len(told))
		}
		if (got.Err() == nil) != got.Allowed {
			t.Errorf("%s: error %v", what, got.Err())
		}
		// Without a checker, and without somebody to tell, the same or denied.
		if none := (*Checker)(nil).Check(c.r, c.q); none.Allowed {
			t.Errorf("%s: a nil checker allows", what)
		}
		if quiet := NewChecker(nil).Check(c.r, c.q); quiet != got {
			t.Errorf("%s: with nobody to tell %+v", what, quiet)
		}
	}
}

func TestZeroDecisionDenies(t *testing.T) {
	err := Decision{}.Err()
	var denied *DeniedError
	if !errors.Is(err, ErrDenied) || !errors.As(err, &denied) || denied.Question() != (Question{}) {
		t.Errorf("got %v", err)
	}
}

// TestErrorHoldsNoNames: the text may reach a log only by number.
func TestErrorHoldsNoNames(t *testing.T) {
	_, b := newBucket(t)
	q := Question{Kind: privilege.KindTable, Object: secrets, Database: hidden, Want: privilege.Of(privilege.Select)}
	err := NewChecker(nil).Check(b.Session(principal.Trusted(bob, "bob")), q).Err()
	if err == nil || !strings.Contains(err.Error(), "select on TABLE 3002") {
		t.Errorf("got %v", err)
	}
}
