package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Limit gives some of the rows of a node. What is computed of them stands above it, where the rows
// that it leaves out cannot fail, warn or set a variable: see Limited.
type Limit struct {
	Child  Node
	Offset int64
	Count  int64 // -1: all that follow the offset
	// CountAll goes on behind the last row that is given, to know how many there
	// would have been (SQL_CALC_FOUND_ROWS).
	CountAll bool
}

// Limited is a Limit over a node, below the expressions that are computed of its rows.
func Limited(l *Limit) Node {
	if p, ok := l.Child.(*Project); ok && !l.CountAll {
		below, over := *l, *p
		below.Child = p.Child
		over.Child = Limited(&below)
		return &over
	}
	return l
}

// wanter is Rows that compute no row which nobody takes.
type wanter interface {
	// want says how many rows the next batches may have together, until it is said again.
	want(rows int64)
}

// want tells rows how many of them are taken at most.
func want(r Rows, rows int64) {
	if w, ok := r.(wanter); ok {
		w.want(rows)
	}
}

// Types implements Node.
func (l *Limit) Types() []value.Type { return l.Child.Types() }

// Open implements Node. LIMIT 0 opens nothing.
func (l *Limit) Open(c *expr.Ctx) (Rows, error) {
	if l.Count == 0 && !l.CountAll {
		return empty{}, nil
	}
	rows, err := l.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return &limitRows{Rows: rows, skip: l.Offset, left: l.Count, l: l}, nil
}

type limitRows struct {
	Rows
	l          *Limit
	skip, left int64
	found      int64
	wanted     int64 // by what stands above; 0: all
	sel        []int32
	out        Batch
}

func (l *limitRows) want(rows int64) { l.wanted = rows }

// most is how many rows are given at most; 0 is all.
func (l *limitRows) most() int64 {
	switch {
	case l.l.CountAll:
		return 0
	case l.left < 0:
		return l.wanted
	case l.wanted > 0:
		return min(l.left, l.wanted)
	}
	return l.left
}

// Next implements Rows.
func (l *limitRows) Next(c *expr.Ctx) (*Batch, error) {
	for l.left != 0 {
		if most := l.most(); most > 0 {
			want(l.Rows, l.skip+most)
		}
		b, err := l.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		l.found += int64(b.Len())
		if l.skip >= int64(b.Len()) {
			l.skip -= int64(b.Len())
			continue
		}
		from := int(l.skip)
		l.skip = 0
		n := b.Len() - from
		if l.left >= 0 {
			n = int(min(int64(n), l.left))
			l.left -= int64(n)
		}
		if from == 0 && n == b.Len() {
			return b, nil
		}
		l.sel = places(l.sel, b)
		l.out = Batch{Batch: b.Batch, Sel: l.sel[from : from+n]}
		return &l.out, nil
	}
	if !l.l.CountAll {
		return nil, nil
	}
	for {
		b, err := l.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		l.found += int64(b.Len())
	}
}

// Found is how many rows there would have been without the limit.
func Found(r Rows) (n int64, counted bool) {
	if l, ok := r.(*limitRows); ok && l.l.CountAll {
		return l.found, true
	}
	return 0, false
}
