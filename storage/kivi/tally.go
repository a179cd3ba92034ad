package kivi

import "sync/atomic"

// tally is by how much a number outside the store moves when the transaction commits.
type tally struct {
	of *atomic.Int64
	by int64
}

// tallies are what a transaction owes to such numbers, in the order of its writes, so
// that what is undone is owed no more.
type tallies struct {
	list  []tally
	fixed int // those before this place belong to a mark
}

// maxTallies bounds the list. Behind it marks are no longer told apart, and an undone
// statement may be counted.
const maxTallies = 4096

// Tally moves a number by so much if and when the transaction commits; a rollback,
// also to a mark, forgets it. It is for estimates, as the rows of a table: a
// transaction of very many statements may be off by those that failed in it.
func (t *Txn) Tally(of *atomic.Int64, by int64) {
	w := &t.tallies
	from := w.fixed
	if len(w.list) >= maxTallies {
		from = 0
	}
	for i := len(w.list) - 1; i >= from; i-- {
		if w.list[i].of == of {
			w.list[i].by += by
			return
		}
	}
	w.list = append(w.list, tally{of, by})
}

// Tallied is by how much the number will move.
func (t *Txn) Tallied(of *atomic.Int64) (by int64) {
	for _, one := range t.tallies.list {
		if one.of == of {
			by += one.by
		}
	}
	return by
}

// mark keeps what has been tallied apart from what comes.
func (w *tallies) mark() int {
	w.fixed = len(w.list)
	return w.fixed
}

func (w *tallies) rollbackTo(n int) {
	w.list, w.fixed = w.list[:min(n, len(w.list))], n
}

func (w *tallies) committed() {
	for _, one := range w.list {
		one.of.Add(one.by)
	}
	w.list = nil
}
