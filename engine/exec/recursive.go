package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Work is the table that the recursive part of a query reads: the rows that the step
// before has found. It is set while a Recursive runs.
type Work struct {
	Columns []value.Type
	rows    *rowBuffer
}

// Types implements Node.
func (w *Work) Types() []value.Type { return w.Columns }

// Open implements Node.
func (w *Work) Open(*expr.Ctx) (Rows, error) {
	if w.rows == nil {
		return empty{}, nil
	}
	return &buffered{buf: w.rows, types: w.Columns}, nil
}

// Recursive gives the rows of First, then those of Next over them, and so on until a
// step finds nothing new.
type Recursive struct {
	First, Next Node
	Work        *Work
	Distinct    bool // UNION: rows that were there before are not new
}

// maxSteps is cte_max_recursion_depth where nobody says another.
const maxSteps = 1000

func depthLimit(c *expr.Ctx) int64 {
	if c.HasRecursionDepth {
		return c.RecursionDepth
	}
	return maxSteps
}

// Types implements Node.
func (r *Recursive) Types() []value.Type { return r.Work.Columns }

// Open implements Node.
func (r *Recursive) Open(*expr.Ctx) (Rows, error) {
	rows := &recursiveRows{r: r}
	for i := range r.Work.Columns {
		rows.keys = append(rows.keys, KeyOf(&r.Work.Columns[i]))
	}
	return rows, nil
}

type recursiveRows struct {
	r     *Recursive
	keys  []Key
	seen  keyTable
	step  int
	fresh *rowBuffer // what the last step found
	next  int        // of its rows, to give
	key   []byte
	out   Batch
	done  bool
}

// Next implements Rows.
func (r *recursiveRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		if err := ended(c); err != nil || r.done {
			return nil, err
		}
		if r.fresh == nil || r.next == r.fresh.len() {
			more, err := r.run(c)
			if err != nil || !more {
				r.done = true
				return nil, err
			}
		}
		r.out.begin(r.r.Work.Columns)
		for ; r.next < r.fresh.len() && !r.out.full(); r.next++ {
			if err := r.out.addEncoded(r.fresh.bytes(r.next)); err != nil {
				return nil, err
			}
		}
		if r.out.N > 0 {
			return &r.out, nil
		}
	}
}

// run makes one step; false when there is nothing to go on from.
func (r *recursiveRows) run(c *expr.Ctx) (bool, error) {
	from := r.r.First
	if r.fresh != nil {
		if r.fresh.len() == 0 {
			return false, nil
		}
		if r.step++; int64(r.step) > depthLimit(c) {
			return false, sqlerr.CTEMaxRecursionDepth.Errorf("Recursive query aborted after %d iterations. Try increasing @@cte_max_recursion_depth to a larger value.", r.step)
		}
		from = r.r.Next
	}
	before := r.r.Work.rows
	r.r.Work.rows = r.fresh
	found := &rowBuffer{}
	var scratch []byte
	err := each(c, from, func(b *Batch) (err error) {
		for i := range b.Len() {
			if r.r.Distinct {
				r.key = appendRowKey(r.key[:0], r.keys, b, b.At(i))
				_, fresh, err := r.seen.find(c, r.key)
				if err != nil {
					return err
				}
				if !fresh {
					continue
				}
			}
			if scratch, err = found.add(c, b, i, scratch); err != nil {
				return err
			}
		}
		return nil
	})
	r.r.Work.rows = before
	if r.fresh != nil {
		r.fresh.release()
	}
	r.fresh, r.next = found, 0
	return err == nil && found.len() > 0, err
}

// Close implements Rows.
func (r *recursiveRows) Close() error {
	r.done = true
	r.seen.release()
	if r.fresh != nil {
		r.fresh.release()
	}
	return nil
}
