package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Open implements Node.
func (j *LoopJoin) Open(c *expr.Ctx) (Rows, error) {
	if j.Keep {
		return j.block().open(), nil
	}
	left, err := j.Left.Open(c)
	if err != nil {
		return nil, err
	}
	return j.rows(left), nil
}

// rows joins left rows.
func (j *LoopJoin) rows(left Rows) Rows {
	r := &loopRows{j: j, left: left, width: len(j.Left.Types())}
	r.pair.width = r.width
	r.pair.right = make([]value.Value, len(j.Right.Types()))
	return r
}

type loopRows struct {
	j     *LoopJoin
	left  Rows
	width int
	kept  *spool // the right side, when it is kept
	right Rows   // of the left row

	batch *Batch
	at    int
	found bool
	rb    *Batch // of the right side
	rbAt  int
	pair  both
	out   Batch
	ended bool
}

// Next implements Rows.
func (r *loopRows) Next(c *expr.Ctx) (*Batch, error) {
	if r.ended {
		return nil, nil
	}
	r.out.begin(r.j.Types())
	for !r.out.full() {
		if r.batch == nil || r.at == r.batch.Len() {
			b, err := r.left.Next(c)
			if err != nil {
				return nil, err
			}
			if b == nil {
				r.ended = true
				break
			}
			r.batch, r.at = b, 0
		}
		if err := r.row(c); err != nil {
			return nil, err
		}
	}
	return r.out.orNil(), ended(c)
}

// row joins the left row until it is done or the output is full.
func (r *loopRows) row(c *expr.Ctx) error {
	r.pair.left = expr.At{Batch: &r.batch.Batch, I: r.batch.At(r.at)}
	if r.right == nil {
		if err := r.open(c); err != nil {
			return err
		}
		r.found, r.rb = false, nil
	}
	for {
		if r.out.full() {
			return nil
		}
		if r.rb == nil || r.rbAt == r.rb.Len() {
			b, err := r.right.Next(c)
			if err != nil {
				return err
			}
			if b == nil {
				break
			}
			r.rb, r.rbAt = b, 0
		}
		if err := r.meet(c); err != nil {
			return err
		}
	}
	if !r.found && r.j.Kind == LeftJoin {
		if err := r.pair.emit(&r.out, false); err != nil {
			return err
		}
	}
	r.at++
	right := r.right
	r.right = nil
	return right.Close()
}

// meet holds the left row against the next right one.
func (r *loopRows) meet(c *expr.Ctx) error {
	at := r.rb.At(r.rbAt)
	r.rbAt++
	for n := range r.pair.right {
		r.pair.right[n] = r.rb.Value(n, at)
	}
	yes, err := holds(c, r.j.On, &r.pair)
	if err != nil || !yes {
		return err
	}
	r.found = true
	return r.pair.emit(&r.out, true)
}

func (r *loopRows) open(c *expr.Ctx) error {
	if !r.j.Keep {
		if err := set(c, r.j.Binds, &r.pair.left); err != nil {
			return err
		}
		var err error
		r.right, err = r.j.Right.Open(c)
		return err
	}
	if r.kept == nil {
		r.kept = newSpool(r.j.Right.Types())
		if err := r.kept.fill(c, r.j.Right); err != nil {
			return err
		}
	}
	r.right = r.kept.open()
	return nil
}

// Close implements Rows.
func (r *loopRows) Close() error {
	r.ended = true
	var err error
	if r.kept != nil {
		err = r.kept.release()
	}
	if r.right != nil {
		err = errors.Join(err, r.right.Close())
		r.right = nil
	}
	left := r.left
	r.left = empty{}
	return errors.Join(err, left.Close())
}
