package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Work is the table that the recursive part of a query reads: the rows that the step
// before has found. It is set while a Recursive runs.
type Work struct {
	Columns []value.Type
	rows    *spool
}

// Types implements Node.
func (w *Work) Types() []value.Type { return w.Columns }

// Open implements Node.
func (w *Work) Open(*expr.Ctx) (Rows, error) {
	if w.rows == nil {
		return empty{}, nil
	}
	return w.rows.open(), nil
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
	fresh *spool // what the last step found
	given Rows   // its rows, to give
	key   []byte
	done  bool
}

// Next implements Rows.
func (r *recursiveRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		if err := ended(c); err != nil || r.done {
			return nil, err
		}
		if r.given == nil {
			more, err := r.run(c)
			if err != nil || !more {
				r.done = true
				return nil, err
			}
			r.given = r.fresh.open()
		}
		b, err := r.given.Next(c)
		if b != nil || err != nil {
			return b, err
		}
		r.given = nil
	}
}

// run makes one step; false when there is nothing to go on from.
func (r *recursiveRows) run(c *expr.Ctx) (bool, error) {
	from := r.r.First
	if r.fresh != nil {
		if r.fresh.n == 0 {
			return false, nil
		}
		if r.step++; int64(r.step) > depthLimit(c) {
			return false, sqlerr.CTEMaxRecursionDepth.Errorf("Recursive query aborted after %d iterations. Try increasing @@cte_max_recursion_depth to a larger value.", r.step)
		}
		from = r.r.Next
	}
	before := r.r.Work.rows
	r.r.Work.rows = r.fresh
	found := newSpool(r.r.Work.Columns)
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
			if err = found.add(c, b, b.At(i)); err != nil {
				return err
			}
		}
		return nil
	})
	r.r.Work.rows = before
	err = errors.Join(err, found.finish())
	if r.fresh != nil {
		err = errors.Join(err, r.fresh.release())
	}
	r.fresh = found
	return err == nil && found.n > 0, err
}

// Close implements Rows.
func (r *recursiveRows) Close() error {
	r.done = true
	r.seen.release()
	if r.fresh != nil {
		return r.fresh.release()
	}
	return nil
}
