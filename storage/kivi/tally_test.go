package kivi

import (
	"context"
	"sync/atomic"
	"testing"
)

// What is undone is not tallied, at the end or in between.
func TestTally(t *testing.T) {
	db := openDB(t)
	var rows, others atomic.Int64
	x := begin(t, db)
	x.Tally(&rows, 5)
	x.Tally(&rows, 1)
	m := x.Mark()
	x.Tally(&rows, 10)
	x.Tally(&others, 1)
	inner := x.Mark()
	x.Tally(&rows, 100)
	if n := x.Tallied(&rows); n != 116 {
		t.Errorf("%d", n)
	}
	if err := x.RollbackTo(inner); err != nil {
		t.Fatal(err)
	}
	x.Tally(&rows, 1000)
	if n := x.Tallied(&rows); n != 1016 {
		t.Errorf("%d", n)
	}
	if err := x.RollbackTo(m); err != nil {
		t.Fatal(err)
	}
	x.Tally(&rows, -1)
	for range 3 * maxTallies { // each statement marks
		x.Mark()
		x.Tally(&others, 1)
	}
	if n := len(x.tallies.list); n > maxTallies+1 {
		t.Errorf("%d tallies", n)
	}
	if err := x.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	if rows.Load() != 5 || others.Load() != 3*maxTallies {
		t.Errorf("%d %d", rows.Load(), others.Load())
	}
	x = begin(t, db)
	x.Tally(&rows, 7)
	if err := x.Rollback(); err != nil || rows.Load() != 5 {
		t.Errorf("%d %v", rows.Load(), err)
	}
}
