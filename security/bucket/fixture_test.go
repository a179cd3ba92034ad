package bucket

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// world is a real catalog on a store in memory, with issuer and bucket.
type world struct {
	t         testing.TB
	catalog   *catalog.Catalog
	authority *cert.Authority
	issuer    *cert.Issuer
	bucket    *Bucket

	mu       sync.Mutex
	now      time.Time
	reported []error
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	w.ok(err)
	t.Cleanup(func() { _ = db.Close() })
	w.catalog, err = catalog.Open(context.Background(), db)
	w.ok(err)
	w.authority, err = cert.NewAuthority(w.clock)
	w.ok(err)
	w.issuer, err = cert.Attach(context.Background(), w.catalog, w.authority)
	w.ok(err)
	w.open()
	return w
}

// open makes the bucket, as a start of the server does.
func (w *world) open() {
	w.bucket = Open(w.catalog, w.authority, Options{Report: func(err *Refused) {
		w.mu.Lock()
		w.reported = append(w.reported, err)
		w.mu.Unlock()
	}})
	w.t.Cleanup(w.bucket.Close)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) sleep(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
}

func (w *world) reports() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.reported...)
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(change func(*catalog.Tx) error) {
	w.t.Helper()
	w.ok(w.catalog.Update(context.Background(), change))
}

func (w *world) principal(name string, kind catalog.PrincipalKind) principal.ID {
	w.t.Helper()
	var id catalog.ID
	w.update(func(tx *catalog.Tx) (err error) {
		if id, err = tx.AllocID(); err != nil {
			return err
		}
		return tx.PutPrincipal(&catalog.Principal{ID: principal.ID(id), Name: name, Kind: kind})
	})
	return principal.ID(id)
}

func (w *world) user(name string) principal.ID { return w.principal(name, catalog.KindUser) }
func (w *world) role(name string) principal.ID { return w.principal(name, catalog.KindRole) }

func (w *world) session(id principal.ID) *Rights {
	return w.bucket.Session(principal.Trusted(id, fmt.Sprint(id)))
}

func (w *world) database(name string) (id catalog.ID) {
	w.t.Helper()
	w.update(func(tx *catalog.Tx) (err error) {
		if id, err = tx.AllocID(); err != nil {
			return err
		}
		return tx.PutDatabase(&catalog.Database{ID: id, Name: name, Owner: catalog.Root})
	})
	return id
}

// tables makes n tables t0, t1, … in one transaction.
func (w *world) tables(database catalog.ID, n int) []catalog.ID {
	w.t.Helper()
	ids := make([]catalog.ID, n)
	w.update(func(tx *catalog.Tx) (err error) {
		for i := range ids {
			if ids[i], err = tx.AllocID(); err != nil {
				return err
			}
			if err := tx.PutTable(table(ids[i], database, fmt.Sprintf("t%d", ids[i]))); err != nil {
				return err
			}
		}
		return nil
	})
	return ids
}

func table(id, database catalog.ID, name string) *catalog.Table {
	return &catalog.Table{ID: id, Database: database, Name: name, Data: id, Owner: catalog.Root,
		Columns: []catalog.Column{{ID: 1, Name: "a", Type: "int"}}, NextColumn: 2, NextIndex: 1, Version: 1}
}

func (w *world) grant(to principal.ID, on catalog.ID, atoms ...privilege.Atom) {
	w.t.Helper()
	w.update(func(tx *catalog.Tx) error { return putGrant(tx, to, on, privilege.Of(atoms...)) })
}

func putGrant(tx *catalog.Tx, to principal.ID, on catalog.ID, atoms privilege.Set) error {
	return tx.PutGrant(&catalog.Grant{Grantee: to, Object: on, Kind: tx.Object(on).Kind, Atoms: atoms, Grantor: catalog.SystemGrantor})
}

func (w *world) revoke(from principal.ID, on catalog.ID) {
	w.t.Helper()
	w.update(func(tx *catalog.Tx) error { return tx.DropGrant(from, on, catalog.SystemGrantor) })
}

func (w *world) member(member, role principal.ID) {
	w.t.Helper()
	w.update(func(tx *catalog.Tx) error {
		return tx.PutMembership(&catalog.Membership{Member: member, Role: role, Grantor: catalog.SystemGrantor})
	})
}

// change edits a principal's record.
func (w *world) change(id principal.ID, edit func(*catalog.Principal)) {
	w.t.Helper()
	w.update(func(tx *catalog.Tx) error {
		p := *tx.PrincipalByID(id)
		edit(&p)
		return tx.PutPrincipal(&p)
	})
}

// expect checks what r may do with a data id, twice: compiled and remembered.
func expect(t testing.TB, what string, r *Rights, data kivi.ObjectID, want kivi.Rights) {
	t.Helper()
	for range 2 {
		for i := range 8 {
			right := kivi.Rights(1) << i
			if got := r.Allows(data, right); got != (want&right != 0) {
				t.Errorf("%s: %s on %d allowed: %t", what, right, data, got)
			}
		}
		if want != 0 && !r.Allows(data, want) || r.Allows(data, 0) {
			t.Errorf("%s: all of %s, or nothing, on %d", what, want, data)
		}
	}
}
