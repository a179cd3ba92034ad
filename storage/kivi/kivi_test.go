package kivi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
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

// calls are all the ways into a table.
var calls = []struct {
	name  string
	write bool
	call  func(tab *Table, key []byte) error
}{
	{"Get", false, func(tab *Table, k []byte) error { _, err := tab.Get(bg, k); return err }},
	{"GetBatch", false, func(tab *Table, k []byte) error { _, err := tab.GetBatch(bg, [][]byte{k}); return err }},
	{"CurrentGet", false, func(tab *Table, k []byte) error { _, err := tab.CurrentGet(bg, k); return err }},
	{"CurrentGetBatch", false, func(tab *Table, k []byte) error { _, err := tab.CurrentGetBatch(bg, [][]byte{k}); return err }},
	{"LockGet", false, func(tab *Table, k []byte) error { _, err := tab.LockGet(bg, k); return err }},
	{"Lock", false, func(tab *Table, k []byte) error { return tab.Lock(bg, k) }},
	{"Scan", false, func(tab *Table, k []byte) error { return scanOnce(tab.Scan(bg, k, codec.Next(k), false)) }},
	{"CurrentScan", false, func(tab *Table, k []byte) error { return scanOnce(tab.CurrentScan(bg, k, codec.Next(k), true)) }},
	{"LockScan", false, func(tab *Table, k []byte) error { return scanOnce(tab.LockScan(bg, k, codec.Next(k), false)) }},
	{"Put", true, func(tab *Table, k []byte) error { return tab.Put(bg, k, []byte("new")) }},
	{"Delete", true, func(tab *Table, k []byte) error { return tab.Delete(bg, k) }},
	{"PutEntry", true, func(tab *Table, k []byte) error { return tab.PutEntry(bg, k, []byte("new")) }},
	{"DeleteEntry", true, func(tab *Table, k []byte) error { return tab.DeleteEntry(bg, k) }},
}

func scanOnce(s *Scan, err error) error {
	if err != nil {
		return err
	}
	s.Next()
	return errors.Join(s.Err(), s.Close())
}

// TestGuardIsAskedOnEveryCall: allowed passes, everything else is denied, and a
// denied write leaves nothing behind.
func TestGuardIsAskedOnEveryCall(t *testing.T) {
	db := openDB(t)
	const id, other = 2000, 2001
	fill(t, db, id, 3)
	for _, c := range calls {
		want := Read
		if c.write {
			want = Read | Update
		}
		guards := []struct {
			name    string
			guard   Guard
			want    Rights
			allowed bool
		}{
			{"allowed", newGuard(id, want), want, true},
			{"nil guard", nil, want, false},
			{"zero guard", &fakeGuard{object: id}, want, false},
			{"one right missing", newGuard(id, all&^(want&-want)), want, false},
			{"other object", newGuard(other, all), want, false},
			{"nothing wanted", newGuard(id, all), 0, false},
			{"internal without a reason", Internal(""), want, false},
			{"internal", testWork, want, true},
		}
		for _, g := range guards {
			x := begin(t, db)
			err := c.call(x.Table(id, g.guard, g.want), rowKey(id, 1))
			if g.allowed {
				if err != nil {
					t.Errorf("%s, %s: %v", c.name, g.name, err)
				}
			} else {
				var denied *DeniedError
				if !errors.Is(err, ErrDenied) || !errors.As(err, &denied) || denied.Object != id || denied.Revoked {
					t.Errorf("%s, %s: %v, want a DeniedError for object %d", c.name, g.name, err, id)
				}
				if x.Size() != 0 {
					t.Errorf("%s, %s: a denied write left %d bytes", c.name, g.name, x.Size())
				}
			}
			if f, isFake := g.guard.(*fakeGuard); isFake && g.want != 0 && f.asked.Load() == 0 {
				t.Errorf("%s, %s: the guard was not asked", c.name, g.name)
			}
			ok(t, x.Rollback())
		}
	}
}

// TestHandleWithoutAWriteRight: a handle opened for reading refuses writes even
// if the guard would allow them.
func TestHandleWithoutAWriteRight(t *testing.T) {
	db := openDB(t)
	x := begin(t, db)
	tab := x.Table(2000, newGuard(2000, all), Read)
	for _, c := range calls {
		if err := c.call(tab, rowKey(2000, 1)); c.write && !errors.Is(err, ErrDenied) {
			t.Errorf("%s through a read handle: %v", c.name, err)
		}
	}
	ok(t, x.Rollback())
}

// TestKeyOutsideTheObject: no key leads out of the handle's object.
func TestKeyOutsideTheObject(t *testing.T) {
	db := openDB(t)
	fill(t, db, 1999, 1)
	fill(t, db, 2000, 1)
	fill(t, db, 2001, 1)
	x := begin(t, db)
	defer x.Rollback()
	tab := x.Table(2000, testWork, all)
	meta := codec.AppendHeader(nil, codec.SpaceMeta, 2000, 0)
	for _, key := range [][]byte{rowKey(1999, 0), rowKey(2001, 0), meta, rowKey(2000, 0)[:6], {codec.SpaceData}, {}, nil} {
		for _, c := range calls {
			if strings.HasSuffix(c.name, "Scan") && len(key) > 0 && key[0] == codec.SpaceData && len(key) == 6 {
				continue // a bound may be shorter than a key
			}
			if err := c.call(tab, key); !errors.Is(err, ErrAssertion) {
				t.Errorf("%s of key %x: %v, want ErrAssertion", c.name, key, err)
			}
		}
	}
	lo, hi := codec.ObjectBounds(codec.SpaceData, 2000)
	for _, r := range [][2][]byte{{nil, hi}, {lo, nil}, {lo, append(slices.Clone(hi), 0)}, {rowKey(1999, 0), hi}} {
		if _, err := tab.Scan(bg, r[0], r[1], false); !errors.Is(err, ErrAssertion) {
			t.Errorf("scan %x to %x: %v, want ErrAssertion", r[0], r[1], err)
		}
	}
	for _, id := range []ObjectID{2000, 1, 255, 256, 1<<32 - 1} { // bounds that carry
		lo, hi := codec.ObjectBounds(codec.SpaceData, id)
		ok(t, scanOnce(x.Table(id, testWork, Read).Scan(bg, lo, hi, false)))
		from, to := objectRange(id)
		if string(from[:]) > string(lo) || string(to[:]) < string(hi) {
			t.Errorf("object %d: range %x to %x, codec says %x to %x", id, from, to, lo, hi)
		}
	}
}

// TestRevokeStopsARunningScan at the next row, for every kind of scan.
func TestRevokeStopsARunningScan(t *testing.T) {
	db := openDB(t)
	const id = 2000
	fill(t, db, id, 500)
	lo, hi := codec.ObjectBounds(codec.SpaceData, id)
	for _, kind := range []func(*Table, context.Context, []byte, []byte, bool) (*Scan, error){
		(*Table).Scan, (*Table).CurrentScan, (*Table).LockScan,
	} {
		g := newGuard(id, Read)
		x := begin(t, db)
		s, err := kind(x.Table(id, g, Read), bg, lo, hi, false)
		ok(t, err)
		n := 0
		for s.Next() {
			switch n++; n {
			case 50:
				g.epoch.Add(1) // something changed, but not for us
			case 100:
				g.set(0)
			}
		}
		var denied *DeniedError
		if !errors.As(s.Err(), &denied) || !denied.Revoked || denied.Object != id || denied.Want != Read {
			t.Errorf("error %v, want a revoked DeniedError", s.Err())
		}
		if n != 100 {
			t.Errorf("%d rows were returned, the revoke came after 100", n)
		}
		if asked := g.asked.Load(); asked != 3 {
			t.Errorf("the guard was asked %d times, want 3: open and once per epoch", asked)
		}
		if s.Next() {
			t.Error("the scan goes on after it was denied")
		}
		ok(t, s.Close())
		ok(t, x.Rollback())
	}
}

// TestRevokeBeforeCommit: a write is undone when the right is gone at commit.
func TestRevokeBeforeCommit(t *testing.T) {
	db := openDB(t)
	const id = 2000
	g := newGuard(id, Insert)
	x := begin(t, db)
	ok(t, x.Table(id, g, Insert).Put(bg, rowKey(id, 1), []byte("v")))
	g.set(0)
	var denied *DeniedError
	if err := x.Commit(bg); !errors.As(err, &denied) || !denied.Revoked {
		t.Fatalf("commit after the revoke: %v", err)
	}
	if n := count(t, db, id); n != 0 {
		t.Fatalf("%d rows were committed", n)
	}
	fill(t, db, id, 3) // its locks are gone

	// What was rolled back to a mark needs no right any more.
	g.set(Insert)
	x = begin(t, db)
	m := x.Mark()
	tab := x.Table(id, g, Insert)
	ok(t, tab.Put(bg, rowKey(id, 7), []byte("v")))
	ok(t, x.RollbackTo(m))
	g.set(0)
	ok(t, x.Commit(bg))

	// But a write before the mark, or after the way back, does.
	for _, again := range []bool{false, true} {
		g.set(Insert)
		x = begin(t, db)
		tab = x.Table(id, g, Insert)
		if !again {
			ok(t, tab.Put(bg, rowKey(id, 8), []byte("v")))
		}
		m = x.Mark()
		ok(t, tab.Put(bg, rowKey(id, 9), []byte("v")))
		ok(t, x.RollbackTo(m))
		if again {
			ok(t, tab.Put(bg, rowKey(id, 8), []byte("v")))
		}
		g.set(0)
		if err := x.Commit(bg); !errors.Is(err, ErrDenied) {
			t.Errorf("again %v: %v, want denied", again, err)
		}
	}
	if n := count(t, db, id); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}

	// Reading needs no right at commit.
	g.set(Read)
	x = begin(t, db)
	_, err := x.Table(id, g, Read).Get(bg, rowKey(id, 1))
	ok(t, err)
	g.set(0)
	ok(t, x.Commit(bg))
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
