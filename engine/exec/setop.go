package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// SetOp is INTERSECT and EXCEPT. UNION is Concat, with Distinct above it when it is not ALL.
type SetOp struct {
	Left, Right Node // with the same columns
	Except      bool
	All         bool
}

// Types implements Node.
func (s *SetOp) Types() []value.Type { return s.Left.Types() }

// Open implements Node.
func (s *SetOp) Open(*expr.Ctx) (Rows, error) {
	return newSetRows(s, s.Left.Open, s.Right.Open, 0), nil
}

type opener = func(c *expr.Ctx) (Rows, error)

func newSetRows(s *SetOp, left, right opener, level int) *setRows {
	r := &setRows{s: s, openLeft: left, openRight: right, level: level}
	types := s.Types()
	for i := range types {
		r.keys = append(r.keys, KeyOf(&types[i]))
	}
	return r
}

// setRows counts the rows of the right side, and lets those of the left pass by that. Rows of keys that
// there is no memory for wait in shards, those of the left side beside those of the right.
type setRows struct {
	s                   *SetOp
	openLeft, openRight opener
	level               int
	keys                []Key
	table               keyTable
	left                []int64 // by key: how many rows of the right side are not used up
	input               Rows    // the left side
	frozen              bool
	rest                pending // of the left side
	restRight           *shards
	ready               bool
	done                bool
	key                 []byte
	row                 []byte
	sel                 []int32
	out                 Batch
}

func (r *setRows) count(c *expr.Ctx) error {
	rows, err := r.openRight(c)
	if err != nil {
		return err
	}
	for {
		b, err := rows.Next(c)
		if err != nil || b == nil {
			return errors.Join(err, rows.Close())
		}
		for i := range b.Len() {
			r.key = appendRowKey(r.key[:0], r.keys, b, b.At(i))
			if r.note(c, 1) {
				continue
			}
			if err := r.later(c, b, b.At(i)); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
	}
}

// note adds to the count of r.key; false says that there is no memory for the key.
func (r *setRows) note(c *expr.Ctx, n int64) bool {
	at := -1
	if r.frozen {
		at = r.table.get(r.key)
	} else {
		var fresh bool
		var err error
		if at, fresh, err = r.table.find(c, r.key); err != nil {
			r.frozen = true
			at = r.table.get(r.key)
		} else if fresh {
			r.left = append(r.left, 0)
		}
	}
	if at < 0 {
		return false
	}
	r.left[at] += n
	return true
}

// usedUp marks a key whose row was given, where each is given once.
const usedUp = -1

// passes decides about the row with the key r.key. later says that its shard will.
func (r *setRows) passes(c *expr.Ctx) (yes, later bool) {
	at := r.table.get(r.key)
	if at < 0 && r.restRight != nil {
		return false, true
	}
	in := at >= 0 && r.left[at] > 0
	switch {
	case r.s.All && in:
		r.left[at]--
		return !r.s.Except, false
	case r.s.All:
		return r.s.Except, false
	case at >= 0 && r.left[at] == usedUp:
		return false, false
	case in == r.s.Except:
		return false, false
	}
	if at < 0 {
		if !r.note(c, 0) {
			return false, true
		}
		at = r.table.get(r.key)
	}
	r.left[at] = usedUp
	return true, false
}

// later writes a row with the key r.key to a shard of the side that is being read; both are split alike.
func (r *setRows) later(c *expr.Ctx, b *Batch, at int) (err error) {
	r.frozen = true
	if r.rest.s == nil {
		if r.rest.s, err = newShards(c, r.level); err != nil {
			return err
		}
		if r.restRight, err = newShards(c, r.level); err != nil {
			return err
		}
	}
	s, types := r.rest.s, r.s.Left.Types()
	if !r.ready {
		s, types = r.restRight, r.s.Right.Types()
	}
	if r.row, err = appendRow(r.row[:0], b, at, types); err != nil {
		return err
	}
	return s.add(r.rest.s.of(r.key), r.row)
}

// begin counts the right side and opens the left one.
func (r *setRows) begin(c *expr.Ctx) error {
	if err := r.count(c); err != nil {
		return err
	}
	r.ready = true
	var err error
	r.input, err = r.openLeft(c)
	return err
}

// Next implements Rows.
func (r *setRows) Next(c *expr.Ctx) (*Batch, error) {
	if !r.ready {
		if err := r.begin(c); err != nil {
			return nil, err
		}
	}
	if !r.done {
		b, err := pass(c, r.input, r.look, &r.out)
		if b != nil || err != nil {
			return b, err
		}
		if err := r.end(); err != nil {
			return nil, err
		}
	}
	return r.rest.Next(c, func(n int) (Rows, error) {
		left, right := r.rest.s.rowsOf(n, r.s.Left.Types()), r.restRight.rowsOf(n, r.s.Right.Types())
		return newSetRows(r.s, opened(left), opened(right), r.level+1), nil
	})
}

// look finds the rows that pass.
func (r *setRows) look(c *expr.Ctx, b *Batch) ([]int32, error) {
	r.sel = r.sel[:0]
	for i := range b.Len() {
		at := b.At(i)
		r.key = appendRowKey(r.key[:0], r.keys, b, at)
		yes, later := r.passes(c)
		if yes {
			r.sel = append(r.sel, int32(at))
		}
		if later {
			if err := r.later(c, b, at); err != nil {
				return nil, err
			}
		}
	}
	return r.sel, nil
}

// end gives back the memory that the rest needs.
func (r *setRows) end() error {
	r.done = true
	r.table.release()
	r.left = nil
	if r.rest.s != nil {
		if err := errors.Join(r.rest.s.finish(), r.restRight.finish()); err != nil {
			return err
		}
	}
	return r.input.Close()
}

// Close implements Rows.
func (r *setRows) Close() error {
	r.table.release()
	r.done, r.ready = true, true
	err := errors.Join(r.rest.close(), r.restRight.close())
	if r.input != nil {
		err = errors.Join(err, r.input.Close())
	}
	return err
}
