//go:build !race

package kivi

import (
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// TestReadPathAllocations fixes what a read may allocate: the LSM's iterator,
// the copy that belongs to the caller, and nothing for the guard.
func TestReadPathAllocations(t *testing.T) {
	db := openDB(t)
	fill(t, db, benchObject, 100)
	x := begin(t, db)
	defer x.Rollback()
	tab := x.Table(benchObject, newGuard(benchObject, Read), Read)
	key := rowKey(benchObject, 7)
	if n := testing.AllocsPerRun(200, func() {
		if _, err := tab.Get(bg, key); err != nil {
			t.Fatal(err)
		}
	}); n > 3 {
		t.Errorf("Get allocates %v times, want at most 3", n)
	}
	lo, hi := codec.ObjectBounds(codec.SpaceData, benchObject)
	if n := testing.AllocsPerRun(200, func() {
		s, err := tab.Scan(bg, lo, hi, false)
		ok(t, err)
		for s.Next() {
			_ = s.Value()
		}
		ok(t, s.Close())
	}); n > 6 {
		t.Errorf("a scan of 100 rows allocates %v times, want at most 6", n)
	}
}
