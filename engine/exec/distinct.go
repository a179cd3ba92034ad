package exec

import (
	"errors"

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
	return newDistinctRows(d, rows, 0), nil
}

func newDistinctRows(d *Distinct, rows Rows, level int) *distinctRows {
	return &distinctRows{Rows: rows, d: d, level: level, seen: newGroupTable(columnKeys(d.Child.Types(), d.Keys))}
}

// columnKeys are the columns of a row as keys.
func columnKeys(types []value.Type, keys []Key) []SortKey {
	out := make([]SortKey, len(keys))
	for i := range keys {
		out[i] = SortKey{expr.NewColumn(i, types[i], ""), keys[i]}
	}
	return out
}

// distinctRows gives rows as they come. Those that it has no memory to remember wait in shards
// until the others were given.
type distinctRows struct {
	Rows
	d      *Distinct
	level  int
	seen   *groupTable
	n      int32
	frozen bool
	rest   pending
	done   bool
	row    []byte
	sel    []int32
	out    Batch
}

// Next implements Rows.
func (d *distinctRows) Next(c *expr.Ctx) (*Batch, error) {
	if !d.done {
		b, err := pass(c, d.Rows, d.look, &d.out)
		if b != nil || err != nil {
			return b, err
		}
		if err := d.end(); err != nil {
			return nil, err
		}
	}
	return d.rest.Next(c, func(n int) (Rows, error) {
		return newDistinctRows(d.d, d.rest.s.rowsOf(n, d.d.Child.Types()), d.level+1), nil
	})
}

// look finds the rows that are new.
func (d *distinctRows) look(c *expr.Ctx, b *Batch) ([]int32, error) {
	d.sel = d.sel[:0]
	if err := d.seen.begin(c, b); err != nil {
		return nil, err
	}
	for i := range b.Len() {
		at := b.At(i)
		n, fresh, err := d.seen.find(c, i, at, d.n, d.frozen)
		if err != nil {
			return nil, err
		}
		if fresh {
			d.n++
			d.sel = append(d.sel, int32(at))
		}
		if n < 0 {
			if err := d.later(c, b, i, at); err != nil {
				return nil, err
			}
		}
	}
	return d.sel, nil
}

func (d *distinctRows) later(c *expr.Ctx, b *Batch, i, at int) (err error) {
	d.frozen = true
	if d.rest.s == nil {
		if d.rest.s, err = newShards(c, d.level); err != nil {
			return err
		}
	}
	key, err := d.seen.key(c, i, at)
	if err != nil {
		return err
	}
	if d.row, err = appendRow(d.row[:0], b, at, d.d.Child.Types()); err != nil {
		return err
	}
	return d.rest.s.add(d.rest.s.of(key), d.row)
}

// end gives back the memory that the rest needs.
func (d *distinctRows) end() error {
	d.done = true
	d.seen.release()
	if d.rest.s != nil {
		if err := d.rest.s.finish(); err != nil {
			return err
		}
	}
	return d.Rows.Close()
}

// appendRowKey adds the keys of all columns at a place.
func appendRowKey(dst []byte, keys []Key, b *Batch, at int) []byte {
	for n := range keys {
		dst = keys[n].appendAt(dst, &b.Columns[n], at)
	}
	return dst
}

// Close implements Rows.
func (d *distinctRows) Close() error {
	d.done = true
	d.seen.release()
	return errors.Join(d.rest.close(), d.Rows.Close())
}

// Concat gives the rows of one node after those of the other.
type Concat struct{ Parts []Node }

// Types implements Node.
func (u *Concat) Types() []value.Type { return u.Parts[0].Types() }

// Open implements Node.
func (u *Concat) Open(*expr.Ctx) (Rows, error) { return &concatRows{parts: u.Parts}, nil }

type concatRows struct {
	parts  []Node
	rows   Rows
	wanted int64
}

func (u *concatRows) want(rows int64) { u.wanted = rows }

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
		if u.wanted > 0 {
			want(u.rows, u.wanted)
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
