package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Limit gives some of the rows of a node.
type Limit struct {
	Child  Node
	Offset int64
	Count  int64 // -1: all that follow the offset
	// CountAll goes on behind the last row that is given, to know how many there
	// would have been (SQL_CALC_FOUND_ROWS).
	CountAll bool
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
	sel        []int32
	out        Batch
}

// Next implements Rows.
func (l *limitRows) Next(c *expr.Ctx) (*Batch, error) {
	for l.left != 0 {
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
