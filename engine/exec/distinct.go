package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Distinct gives the first of the rows that are equal in all columns.
type Distinct struct {
	Child Node
	Keys  []Key // of the columns
}

// NewDistinct compares rows by the types of their columns.
func NewDistinct(child Node) *Distinct {
	d := &Distinct{Child: child}
	types := child.Types()
	for i := range types {
		d.Keys = append(d.Keys, KeyOf(&types[i]))
	}
	return d
}

// Types implements Node.
func (d *Distinct) Types() []value.Type { return d.Child.Types() }

// Open implements Node.
func (d *Distinct) Open(c *expr.Ctx) (Rows, error) {
	rows, err := d.Child.Open(c)
	if err != nil {
		return nil, err
	}
	return &distinctRows{Rows: rows, keys: d.Keys}, nil
}

type distinctRows struct {
	Rows
	keys []Key
	seen keyTable
	key  []byte
	sel  []int32
	out  Batch
}

// Next implements Rows.
func (d *distinctRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		b, err := d.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		d.sel = d.sel[:0]
		for i := range b.Len() {
			at := b.At(i)
			d.key = appendRowKey(d.key[:0], d.keys, b, at)
			_, fresh, err := d.seen.find(c, d.key)
			if err != nil {
				return nil, err
			}
			if fresh {
				d.sel = append(d.sel, int32(at))
			}
		}
		if len(d.sel) > 0 {
			d.out = Batch{Batch: b.Batch, Sel: d.sel}
			return &d.out, nil
		}
	}
}

// appendRowKey adds the keys of all columns at a place.
func appendRowKey(dst []byte, keys []Key, b *Batch, at int) []byte {
	for n := range keys {
		dst = keys[n].append(dst, b.Value(n, at))
	}
	return dst
}

// Close implements Rows.
func (d *distinctRows) Close() error {
	d.seen.release()
	return d.Rows.Close()
}

// SetOp is INTERSECT and EXCEPT. UNION is Concat, with Distinct above it when it is not ALL.
type SetOp struct {
	Left, Right Node // with the same columns
	Except      bool
	All         bool
}

// Types implements Node.
func (s *SetOp) Types() []value.Type { return s.Left.Types() }

// Open implements Node.
func (s *SetOp) Open(c *expr.Ctx) (Rows, error) {
	left, err := s.Left.Open(c)
	if err != nil {
		return nil, err
	}
	r := &setRows{Rows: left, s: s}
	types := s.Types()
	for i := range types {
		r.keys = append(r.keys, KeyOf(&types[i]))
	}
	return r, nil
}

// setRows counts the rows of the right side, and lets those of the left pass by that.
type setRows struct {
	Rows
	s     *SetOp
	keys  []Key
	table keyTable
	left  []int64 // by key: how many rows of the right side are not used up
	ready bool
	key   []byte
	sel   []int32
	out   Batch
}

func (r *setRows) count(c *expr.Ctx) error {
	return each(c, r.s.Right, func(b *Batch) error {
		for i := range b.Len() {
			r.key = appendRowKey(r.key[:0], r.keys, b, b.At(i))
			if err := r.note(c, 1); err != nil {
				return err
			}
		}
		return nil
	})
}

// note adds to the count of r.key.
func (r *setRows) note(c *expr.Ctx, n int64) error {
	at, fresh, err := r.table.find(c, r.key)
	if err != nil {
		return err
	}
	if fresh {
		r.left = append(r.left, 0)
	}
	r.left[at] += n
	return nil
}

// usedUp marks a key whose row was given, where each is given once.
const usedUp = -1

// passes decides about the row with the key r.key.
func (r *setRows) passes(c *expr.Ctx) (bool, error) {
	at := r.table.get(r.key)
	in := at >= 0 && r.left[at] > 0
	switch {
	case r.s.All && in:
		r.left[at]--
		return !r.s.Except, nil
	case r.s.All:
		return r.s.Except, nil
	case at >= 0 && r.left[at] == usedUp:
		return false, nil
	case in == r.s.Except:
		return false, nil
	}
	if at < 0 {
		if err := r.note(c, 0); err != nil {
			return false, err
		}
		at = r.table.get(r.key)
	}
	r.left[at] = usedUp
	return true, nil
}

// Next implements Rows.
func (r *setRows) Next(c *expr.Ctx) (*Batch, error) {
	if !r.ready {
		if err := r.count(c); err != nil {
			return nil, err
		}
		r.ready = true
	}
	for {
		b, err := r.Rows.Next(c)
		if err != nil || b == nil {
			return nil, err
		}
		r.sel = r.sel[:0]
		for i := range b.Len() {
			at := b.At(i)
			r.key = appendRowKey(r.key[:0], r.keys, b, at)
			yes, err := r.passes(c)
			if err != nil {
				return nil, err
			}
			if yes {
				r.sel = append(r.sel, int32(at))
			}
		}
		if len(r.sel) > 0 {
			r.out = Batch{Batch: b.Batch, Sel: r.sel}
			return &r.out, nil
		}
	}
}

// Close implements Rows.
func (r *setRows) Close() error {
	r.table.release()
	return r.Rows.Close()
}

// Concat gives the rows of one node after those of the other.
type Concat struct{ Parts []Node }

// Types implements Node.
func (u *Concat) Types() []value.Type { return u.Parts[0].Types() }

// Open implements Node.
func (u *Concat) Open(*expr.Ctx) (Rows, error) { return &concatRows{parts: u.Parts}, nil }

type concatRows struct {
	parts []Node
	rows  Rows
}

// Next implements Rows.
func (u *concatRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		if u.rows == nil {
			if len(u.parts) == 0 {
				return nil, nil
			}
			rows, err := u.parts[0].Open(c)
			if err != nil {
				return nil, err
			}
			u.rows, u.parts = rows, u.parts[1:]
		}
		b, err := u.rows.Next(c)
		if b != nil || err != nil {
			return b, err
		}
		if err := u.Close(); err != nil {
			return nil, err
		}
	}
}

// Close implements Rows.
func (u *concatRows) Close() error {
	if u.rows == nil {
		return nil
	}
	rows := u.rows
	u.rows = nil
	return rows.Close()
}
