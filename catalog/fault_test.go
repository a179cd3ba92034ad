package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var errInjected = errors.New("injected")

// faultStore fails the call number failAt, counted from 1, and every call when
// down. Of a failed commit, result says what it returns and applied whether it
// happened all the same.
type faultStore struct {
	store
	calls, failAt int
	down          bool
	result        error
	applied       bool
	failed        []string // names of the calls that failed
}

func (f *faultStore) fail(call string) error {
	f.calls++
	if f.down || f.calls == f.failAt {
		f.failed = append(f.failed, call)
		return fmt.Errorf("%s: %w", call, errInjected)
	}
	return nil
}

func (f *faultStore) begin(ctx context.Context, readOnly bool) (storeTxn, error) {
	if err := f.fail("begin"); err != nil {
		return nil, err
	}
	txn, err := f.store.begin(ctx, readOnly)
	return faultTxn{txn, f}, err
}

func (f *faultStore) allocIDs(ctx context.Context, n uint32) (ID, error) {
	if err := f.fail("allocate"); err != nil {
		return 0, err
	}
	return f.store.allocIDs(ctx, n)
}

func (f *faultStore) purge(ctx context.Context, data ID) error {
	if err := f.fail("purge"); err != nil {
		return err
	}
	return f.store.purge(ctx, data)
}

type faultTxn struct {
	storeTxn
	f *faultStore
}

func (t faultTxn) put(ctx context.Context, key, val []byte) error {
	if err := t.f.fail("put"); err != nil {
		return err
	}
	return t.storeTxn.put(ctx, key, val)
}

func (t faultTxn) delete(ctx context.Context, key []byte) error {
	if err := t.f.fail("delete"); err != nil {
		return err
	}
	return t.storeTxn.delete(ctx, key)
}

func (t faultTxn) commit(ctx context.Context) error {
	err := t.f.fail("commit")
	if err == nil {
		return t.storeTxn.commit(ctx)
	}
	if t.f.applied {
		if err := t.storeTxn.commit(ctx); err != nil {
			return err
		}
	}
	if t.f.result != nil {
		return fmt.Errorf("%w: %w", t.f.result, err)
	}
	return err
}

func openFaulty(t *testing.T) (*Catalog, *faultStore) {
	t.Helper()
	f := &faultStore{store: kiviStore{openKivi(t, "")}}
	c, err := open(context.Background(), f, Sealing{})
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

// Whatever call fails, disk and memory stay as they were, or the change is in
// both (a purge that fails comes after the commit). The sweep ends when the
// change needs no more calls, and must have met every kind.
func TestErrorAtEachCall(t *testing.T) {
	ctx := context.Background()
	met := map[string]int{}
	for failAt := 1; ; failAt++ {
		c, f := openFaulty(t)
		user, db, table := shop(t, c)
		mustUpdate(t, c, func(tx *Tx) error { return tx.PutEvent(&Event{ID: 4000, Database: db, Name: "swallowed"}) })
		c.ids.left = 0 // so that the change allocates a block
		c.BeforeCommit(func(tx *Tx, _ Touched) error {
			return tx.PutCertificate(&Certificate{Principal: user, Serial: 1})
		})
		published := 0
		c.AfterCommit(func(*Snapshot, Touched) { published++ })
		before := dump(c.Snapshot())
		f.calls, f.failAt = 0, failAt
		err := c.Update(ctx, func(tx *Tx) error {
			id, err := tx.AllocID()
			if err != nil {
				return err
			}
			_ = tx.PutTable(&Table{ID: id, Database: db, Name: "swallowed", Data: id}) // its error must not be lost
			_ = tx.DropEvent(4000)                                                     // nor this one's
			return errors.Join(
				tx.PutGrant(&Grant{Grantee: Public, Object: db, Kind: privilege.KindDatabase, Atoms: privilege.Of(privilege.Select), Grantor: user}),
				tx.DropTable(table))
		})
		f.failAt = 0
		after := dump(c.Snapshot())
		if (err == nil) == (after == before) || (err == nil) != (published == 1) {
			t.Fatalf("call %d (%v): error %v, changed %v, published %d", failAt, f.failed, err, after != before, published)
		}
		if err == nil && (c.Snapshot().Table(db, "swallowed") == nil || c.Snapshot().Event(db, "swallowed") != nil) {
			t.Fatalf("call %d (%v): a write was lost and Update says nothing", failAt, f.failed)
		}
		if again, err := open(ctx, f, Sealing{}); err != nil || dump(again.Snapshot()) != after {
			t.Fatalf("call %d (%v): disk and memory differ: %v", failAt, f.failed, err)
		}
		if len(f.failed) == 0 {
			break
		}
		met[f.failed[0]]++
		if err != nil && !errors.Is(err, errInjected) {
			t.Fatalf("call %d: %v hides the cause", failAt, err)
		}
	}
	for _, call := range []string{"begin", "allocate", "put", "delete", "commit", "purge"} {
		if met[call] == 0 {
			t.Errorf("no %s failed: %v", call, met)
		}
	}
}

// A commit whose result is unknown is settled by reading the catalog again.
func TestUndeterminedCommit(t *testing.T) {
	ctx := context.Background()
	for _, applied := range []bool{true, false} {
		t.Run(fmt.Sprint("applied ", applied), func(t *testing.T) {
			c, f := openFaulty(t)
			_, db, _ := shop(t, c)
			before := dump(c.Snapshot())
			f.result, f.applied = kv.ErrUndetermined, applied
			f.calls, f.failAt = 0, 4 // begin, put view, put state, commit
			c.ids.left = 1
			err := c.Update(ctx, func(tx *Tx) error { return tx.PutView(&View{ID: mustID(t, tx), Database: db, Name: "v"}) })
			if strings.Join(f.failed, ",") != "commit" {
				t.Fatalf("failed %v, want the commit", f.failed)
			}
			if (err == nil) != applied || (dump(c.Snapshot()) != before) != applied {
				t.Fatalf("error %v, view %v", err, c.Snapshot().View(db, "v"))
			}
			again, err := open(ctx, f, Sealing{})
			if err != nil || dump(again.Snapshot()) != dump(c.Snapshot()) {
				t.Fatalf("disk and memory differ: %v", err)
			}
			mustUpdate(t, c, func(tx *Tx) error { return tx.PutEvent(&Event{ID: mustID(t, tx), Database: db, Name: "e"}) })
		})
	}
}

// When reading again fails too, nothing is believed any more.
func TestFailedCatalogRefusesChanges(t *testing.T) {
	ctx := context.Background()
	c, f := openFaulty(t)
	before := dump(c.Snapshot())
	f.result = kv.ErrUndetermined
	err := c.Update(ctx, func(tx *Tx) error {
		if err := tx.PutDatabase(&Database{ID: 5000, Name: "x"}); err != nil {
			return err
		}
		f.calls, f.failAt = -1, 1 // the state record is call 0, the commit call 1
		c.after = append(c.after, func(*Snapshot, Touched) { t.Error("published") })
		f.store = brokenReads{f.store}
		return nil
	})
	if !errors.Is(err, ErrFailed) || !errors.Is(err, kv.ErrUndetermined) {
		t.Fatalf("%v, want ErrFailed and the cause", err)
	}
	if err := c.Update(ctx, func(*Tx) error { return nil }); !errors.Is(err, ErrFailed) {
		t.Fatalf("the next update: %v, want ErrFailed", err)
	}
	if dump(c.Snapshot()) != before {
		t.Fatal("memory changed")
	}
}

type brokenReads struct{ store }

func (brokenReads) begin(context.Context, bool) (storeTxn, error) { return nil, errInjected }

func TestHookFailureUndoesAll(t *testing.T) {
	ctx := context.Background()
	db := openKivi(t, "")
	c := mustOpen(t, db)
	var calls []string
	var fail error
	c.BeforeCommit(func(tx *Tx, touched Touched) error {
		calls = append(calls, "first")
		return tx.PutCertificate(&Certificate{Principal: Root, Serial: uint64(len(touched.Principals))})
	})
	c.BeforeCommit(func(*Tx, Touched) error { calls = append(calls, "second"); return fail })
	c.AfterCommit(func(s *Snapshot, _ Touched) {
		calls = append(calls, fmt.Sprint("after ", s == c.Snapshot(), s.Certificate(Root) != nil))
	})
	create := func(tx *Tx) error {
		return tx.PutPrincipal(&Principal{ID: principal.ID(mustID(t, tx)), Name: "bob", Kind: KindUser})
	}
	before := dump(c.Snapshot())
	fail = errInjected
	if err := c.Update(ctx, create); !errors.Is(err, errInjected) {
		t.Fatalf("%v, want the hook's error", err)
	}
	if again := mustOpen(t, db); dump(c.Snapshot()) != before || dump(again.Snapshot()) != before {
		t.Fatal("a failed hook left something")
	}
	fail = nil
	mustUpdate(t, c, create)
	if got := strings.Join(calls, "; "); got != "first; second; first; second; after true true" {
		t.Fatalf("hooks ran as %q", got)
	}
	calls = nil
	mustUpdate(t, c, func(*Tx) error { return nil })
	if len(calls) != 0 || c.Snapshot().Version() != 2 {
		t.Fatalf("an empty update: hooks %v, version %d", calls, c.Snapshot().Version())
	}
}

func TestPanicReleasesEverything(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	before := dump(c.Snapshot())
	var kept *Tx
	func() {
		defer func() { _ = recover() }()
		_ = c.Update(context.Background(), func(tx *Tx) error {
			kept = tx
			if err := tx.PutDatabase(&Database{ID: 2000, Name: "x"}); err != nil {
				t.Error(err)
			}
			panic("a bug in a caller")
		})
	}()
	if err := kept.PutDatabase(&Database{ID: 2001, Name: "y"}); !errors.Is(err, errTxEnded) {
		t.Errorf("a Tx after its end: %v", err)
	}
	if dump(c.Snapshot()) != before {
		t.Error("a panic left something")
	}
	mustUpdate(t, c, func(tx *Tx) error { return tx.PutDatabase(&Database{ID: 2000, Name: "x"}) })
}
