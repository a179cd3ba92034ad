package kivi

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

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

// TestEveryCallIsListed: each method of a table that works in a context goes to the store, and so
// stands in calls, where the guard is put before it.
func TestEveryCallIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range calls {
		listed[c.name] = true
	}
	table, context := reflect.TypeFor[*Table](), reflect.TypeFor[context.Context]()
	found := 0
	for m := range table.Methods() {
		if m.Type.NumIn() < 2 || m.Type.In(1) != context {
			continue
		}
		found++
		if !listed[m.Name] {
			t.Errorf("Table.%s is not in calls: nothing shows that it asks the guard", m.Name)
		}
	}
	if found != len(calls) {
		t.Errorf("%d methods of a table take a context, %d are listed", found, len(calls))
	}
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
