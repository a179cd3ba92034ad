package kivi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

var bg = context.Background()

// fakeGuard allows what is set and counts the questions.
type fakeGuard struct {
	rights atomic.Uint32
	epoch  atomic.Uint64
	policy atomic.Uint64 // what Restricted answers
	asked  atomic.Int64
	object ObjectID // the only one it knows
}

func newGuard(object ObjectID, r Rights) *fakeGuard {
	g := &fakeGuard{object: object}
	g.rights.Store(uint32(r))
	return g
}

func (g *fakeGuard) Allows(data ObjectID, want Rights) bool {
	g.asked.Add(1)
	return data == g.object && Rights(g.rights.Load())&want == want
}

func (g *fakeGuard) Epoch() uint64 { return g.epoch.Load() }

func (g *fakeGuard) Restricted(ObjectID, Rights) uint64 { return g.policy.Load() }

func (g *fakeGuard) set(r Rights) {
	g.rights.Store(uint32(r))
	g.epoch.Add(1)
}

const all = Read | Insert | Update | Delete | Truncate | Alter | Use

var testWork = Internal("test")

func openDB(t testing.TB) *DB {
	t.Helper()
	db, err := Open(Options{InMemory: true, CacheBytes: 8 << 20, MemtableBytes: 4 << 20,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func begin(t testing.TB, db *DB) *Txn {
	t.Helper()
	x, err := db.Begin(bg, kv.TxnOptions{})
	ok(t, err)
	return x
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func rowKey(id ObjectID, n int) []byte {
	return fmt.Appendf(codec.AppendHeader(nil, codec.SpaceData, id, codec.IndexRows), "%05d", n)
}

// fill commits n rows of an object.
func fill(t testing.TB, db *DB, id ObjectID, n int) {
	t.Helper()
	x := begin(t, db)
	tab := x.Table(id, testWork, Insert)
	for i := range n {
		ok(t, tab.Put(bg, rowKey(id, i), fmt.Appendf(nil, "v%d", i)))
	}
	ok(t, x.Commit(bg))
}

func count(t testing.TB, db *DB, id ObjectID) (n int) {
	t.Helper()
	x := begin(t, db)
	defer x.Rollback()
	lo, hi := codec.ObjectBounds(codec.SpaceData, id)
	s, err := x.Table(id, testWork, Read).Scan(bg, lo, hi, false)
	ok(t, err)
	for s.Next() {
		n++
	}
	ok(t, s.Err())
	ok(t, s.Close())
	return n
}

// TestLockScanReturnsWhatItLocked: rows that others change or delete before the
// scan reaches them come as they are, or not at all.
func TestLockScanReturnsWhatItLocked(t *testing.T) {
	db := openDB(t)
	const id = 2000
	fill(t, db, id, 6)
	for _, reverse := range []bool{false, true} {
		x, y := begin(t, db), begin(t, db)
		lo, hi := codec.ObjectBounds(codec.SpaceData, id)
		s, err := x.Table(id, testWork, Update).LockScan(bg, lo, hi, reverse)
		ok(t, err)
		tab := y.Table(id, testWork, all)
		ok(t, tab.Put(bg, rowKey(id, 2), fmt.Appendf(nil, "changed %v", reverse)))
		ok(t, tab.Delete(bg, rowKey(id, 4)))
		ok(t, y.Commit(bg))
		var got []string
		for s.Next() {
			got = append(got, string(s.Value()))
		}
		ok(t, s.Err())
		ok(t, s.Close())
		want := []string{"v0", "v1", fmt.Sprintf("changed %v", reverse), "v3", "v5"}
		if reverse {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("reverse %v: got %v, want %v", reverse, got, want)
		}
		z := begin(t, db)
		z.SetLockWait(0)
		if err := z.Table(id, testWork, Update).Lock(bg, rowKey(id, 5)); !errors.Is(err, kv.ErrLockWait) {
			t.Errorf("a scanned row is not locked: %v", err)
		}
		ok(t, z.Rollback())
		ok(t, x.Rollback())
		fill(t, db, id, 6)
	}
}

func TestPutLocksAndPutEntryDoesNot(t *testing.T) {
	db := openDB(t)
	const id = 2000
	x, y := begin(t, db), begin(t, db)
	y.SetLockWait(0)
	a, b := x.Table(id, testWork, all), y.Table(id, testWork, all)
	ok(t, a.Put(bg, rowKey(id, 1), []byte("v")))
	ok(t, a.Delete(bg, rowKey(id, 2)))
	ok(t, a.PutEntry(bg, rowKey(id, 3), []byte("v")))
	for n, want := range map[int]error{1: kv.ErrLockWait, 2: kv.ErrLockWait, 3: nil} {
		if err := b.Put(bg, rowKey(id, n), []byte("w")); !errors.Is(err, want) {
			t.Errorf("row %d: %v, want %v", n, err, want)
		}
	}
	ok(t, x.Rollback())
	ok(t, y.Rollback())
}

func TestObjectIDs(t *testing.T) {
	db := openDB(t)
	first, err := db.AllocID(bg)
	ok(t, err)
	block, err := db.AllocIDs(bg, 10)
	ok(t, err)
	next, err := db.AllocID(bg)
	ok(t, err)
	if first != codec.FirstFreeID || block != first+1 || next != first+11 {
		t.Errorf("ids %d, %d.., %d", first, block, next)
	}
	if _, err := db.AllocIDs(bg, 1<<32-1); !errors.Is(err, kv.ErrTooLarge) {
		t.Errorf("more ids than there are: %v", err)
	}
	private := codec.AppendHeader(nil, codec.SpaceData, 2000, codec.IndexPrivate)
	for want := uint64(1); want < 30; want += 10 {
		n, err := db.AllocCounter(bg, private, 10)
		ok(t, err)
		if n != want {
			t.Errorf("counter at %d, want %d", n, want)
		}
	}
	if n, err := db.AllocCounter(bg, []byte{codec.SpaceMeta, 1, 2}, 1); err != nil || n != 1 {
		t.Errorf("meta counter: %d, %v", n, err)
	}
	for _, key := range [][]byte{nil, rowKey(2000, 1), idCounterKey, {codec.SpaceMeta}} {
		if _, err := db.AllocCounter(bg, key, 1); !errors.Is(err, ErrAssertion) {
			t.Errorf("counter at %x: %v, want ErrAssertion", key, err)
		}
	}
}

func TestDataObjectsAndPurge(t *testing.T) {
	db := openDB(t)
	_, err := db.AllocID(bg) // meta keys are nobody's data
	ok(t, err)
	want := []ObjectID{1, 1000, 1001, 70000, 1<<32 - 1}
	for _, id := range want {
		fill(t, db, id, 3)
	}
	list := func() []ObjectID {
		ids, err := db.DataObjects(bg)
		ok(t, err)
		return ids
	}
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("objects %v, want %v", got, want)
	}
	ok(t, db.Purge(bg, 1000))
	ok(t, db.Purge(bg, 1<<32-1))
	ok(t, db.Purge(bg, 4711)) // nothing there
	if got := list(); !slices.Equal(got, []ObjectID{1, 1001, 70000}) {
		t.Errorf("objects after purge %v", got)
	}
	if n := count(t, db, 1001); n != 3 {
		t.Errorf("a neighbour lost rows: %d left", n)
	}
}

func TestBulk(t *testing.T) {
	db := openDB(t)
	const id, n = 2000, 1000
	rows := func(id ObjectID, each func(i int)) func() ([]byte, []byte, bool, error) {
		i := -1
		return func() ([]byte, []byte, bool, error) {
			i++
			each(i)
			return rowKey(id, i), []byte("v"), i < n, nil
		}
	}
	nothing := func(int) {}
	for _, g := range []Guard{nil, newGuard(id, all&^Alter), newGuard(id+1, all)} {
		if err := db.Bulk(bg, id, g, rows(id, nothing)); !errors.Is(err, ErrDenied) {
			t.Errorf("bulk: %v, want denied", err)
		}
	}
	if err := db.Bulk(bg, id, testWork, rows(id+1, nothing)); !errors.Is(err, ErrAssertion) {
		t.Errorf("bulk of another object's keys: %v", err)
	}
	g := newGuard(id, Alter)
	err := db.Bulk(bg, id, g, rows(id, func(i int) {
		if i == n/2 {
			g.set(0)
		}
	}))
	var denied *DeniedError
	if !errors.As(err, &denied) || !denied.Revoked {
		t.Errorf("bulk after a revoke: %v", err)
	}
	if c := count(t, db, id); c != 0 {
		t.Errorf("%d rows of failed bulks", c)
	}
	ok(t, db.Bulk(bg, id, newGuard(id, Alter), rows(id, nothing)))
	if c := count(t, db, id); c != n {
		t.Errorf("%d rows, want %d", c, n)
	}
}

func TestMeta(t *testing.T) {
	db := openDB(t)
	x := begin(t, db)
	m := x.Meta()
	key := func(s string) []byte { return append([]byte{codec.SpaceMeta}, s...) }
	ok(t, m.Put(bg, key("a1"), []byte("1")))
	ok(t, m.Put(bg, key("a2"), []byte("2")))
	ok(t, m.Delete(bg, key("a1")))
	ok(t, x.Commit(bg))
	_, err := db.AllocID(bg)
	ok(t, err)
	x = begin(t, db)
	m = x.Meta()
	lo, hi := codec.SpaceBounds(codec.SpaceMeta)
	for _, scan := range []func(context.Context, []byte, []byte) (kv.Iterator, error){m.Scan, m.CurrentScan} {
		it, err := scan(bg, lo, hi)
		ok(t, err)
		got := ""
		for it.Next() {
			got += fmt.Sprintf("%s=%s ", it.Key()[1:], it.Value())
		}
		ok(t, it.Close())
		if got != "a2=2 " {
			t.Errorf("the catalog sees %q", got)
		}
	}
	for _, get := range []func(context.Context, []byte) ([]byte, error){m.Get, m.CurrentGet, m.LockGet} {
		if v, err := get(bg, key("a2")); err != nil || string(v) != "2" {
			t.Errorf("get: %q, %v", v, err)
		}
		if _, err := get(bg, rowKey(2000, 1)); !errors.Is(err, ErrAssertion) {
			t.Errorf("a row through Meta: %v", err)
		}
		if _, err := get(bg, idCounterKey); !errors.Is(err, ErrAssertion) {
			t.Errorf("kivi's own key through Meta: %v", err)
		}
	}
	if err := errors.Join(m.Put(bg, rowKey(2000, 1), []byte("v")), m.Delete(bg, idCounterKey)); !errors.Is(err, ErrAssertion) {
		t.Errorf("writes outside: %v", err)
	}
	if _, err := m.Scan(bg, lo, rowKey(2000, 1)); !errors.Is(err, ErrAssertion) {
		t.Errorf("scan into the data: %v", err)
	}
	ok(t, x.Rollback())
}

func TestErrorsSayWhat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Rights(0).String(), "nothing"},
		{(Read | Use).String(), "read+use"},
		{(&DeniedError{Object: 7, Want: Delete}).Error(), "kivi: delete on object 7 denied"},
		{(&DeniedError{Object: 7, Want: Read, Revoked: true}).Error(), "kivi: read on object 7 was revoked"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestTransactionEndClosesItsScans: a forgotten scan holds nothing up.
func TestTransactionEndClosesItsScans(t *testing.T) {
	db := openDB(t)
	fill(t, db, 2000, 10)
	lo, hi := codec.ObjectBounds(codec.SpaceData, 2000)
	for _, end := range []func(*Txn) error{(*Txn).Rollback, func(x *Txn) error { return x.Commit(bg) }} {
		x := begin(t, db)
		tab := x.Table(2000, testWork, Read)
		var scans []*Scan
		for i := range 4 {
			s, err := tab.Scan(bg, lo, hi, i%2 == 0)
			ok(t, err)
			s.Next()
			scans = append(scans, s)
		}
		ok(t, scans[1].Close()) // out of the middle of the list
		ok(t, scans[1].Close())
		ok(t, end(x))
		for i, s := range scans {
			if s.Next() {
				t.Errorf("scan %d goes on after the transaction", i)
			}
			if err := s.Err(); i != 1 && !errors.Is(err, kv.ErrClosed) {
				t.Errorf("scan %d: %v, want kv.ErrClosed", i, err)
			}
			ok(t, s.Close())
		}
		if st, _ := db.Stats(); st.OpenTransactions != 0 {
			t.Errorf("%d iterators or transactions are open", st.OpenTransactions)
		}
	}
}
