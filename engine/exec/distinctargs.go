package exec

import (
	"encoding/binary"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// distinctArgs lets a DISTINCT aggregate see each tuple of arguments of a group once. Tuples that
// there is no memory for wait in shards until all rows were seen.
type distinctArgs struct {
	call   *expr.AggregateCall
	cols   *keyColumns
	ints   intTable
	nulls  map[int32]bool // groups that had a NULL, of a number
	table  keyTable
	frozen bool
	level  int
	later  *shards
	types  []value.Type // of the rows in it
	sel    []int32
	groups []int32
	buf    []byte
	row    []byte
}

func newDistinctArgs(call *expr.AggregateCall) *distinctArgs {
	d := &distinctArgs{call: call, cols: &keyColumns{}}
	for i, e := range call.Args {
		d.cols.add(e, KeyOf(call.Arg(i)))
	}
	return d
}

// fresh are the rows of a batch, with their groups, whose arguments are seen for the first time.
func (d *distinctArgs) fresh(c *expr.Ctx, b *Batch, groups []int32) (*Batch, []int32, error) {
	if err := d.cols.eval(c, b); err != nil {
		return nil, nil, err
	}
	d.sel, d.groups = d.sel[:0], d.groups[:0]
	number, dense, typed := d.cols.number()
	for i := range b.Len() {
		at, group := b.At(i), groupAt(groups, i)
		var fresh, full bool
		var err error
		if typed {
			col := at
			if dense {
				col = i
			}
			fresh, full = d.number(c, number, col, group)
		} else {
			fresh, full, err = d.bytes(c, i, at, group)
		}
		if err == nil && full {
			err = d.put(c, b, i, at, group)
		}
		if err != nil {
			return nil, nil, err
		}
		if fresh {
			d.sel, d.groups = append(d.sel, int32(at)), append(d.groups, group)
		}
	}
	return &Batch{Batch: b.Batch, Sel: d.sel}, d.groups, nil
}

func (d *distinctArgs) number(c *expr.Ctx, number func(int) (uint64, bool), at int, group int32) (fresh, full bool) {
	bits, null := number(at)
	switch {
	case null && d.nulls[group]:
		return false, false
	case null:
		if d.nulls == nil {
			d.nulls = map[int32]bool{}
		}
		d.nulls[group] = true
		return true, false
	case d.frozen:
		return false, d.ints.get(bits, group) < 0
	}
	n, fresh := d.ints.find(c, bits, group, 0)
	return fresh, n < 0
}

func (d *distinctArgs) bytes(c *expr.Ctx, i, at int, group int32) (fresh, full bool, err error) {
	d.buf = binary.AppendUvarint(d.buf[:0], uint64(group))
	if d.buf, err = d.cols.append(c, d.buf, i, at); err != nil {
		return false, false, err
	}
	if d.frozen {
		return false, d.table.get(d.buf) < 0, nil
	}
	_, fresh, err = d.table.find(c, d.buf)
	if err != nil {
		return false, d.table.get(d.buf) < 0, nil
	}
	return fresh, false, nil
}

// put writes a row to a shard, its group behind it.
func (d *distinctArgs) put(c *expr.Ctx, b *Batch, i, at int, group int32) (err error) {
	d.frozen = true
	if d.later == nil {
		if d.later, err = newShards(c, d.level); err != nil {
			return err
		}
		for n := range b.Columns {
			d.types = append(d.types, *b.Columns[n].Type)
		}
		if d.level == 0 {
			d.types = append(d.types, value.BigInt)
		}
	}
	d.buf = binary.AppendUvarint(d.buf[:0], uint64(group))
	if d.buf, err = d.cols.append(c, d.buf, i, at); err != nil {
		return err
	}
	if d.row, err = appendRow(d.row[:0], b, at, d.types[:len(b.Columns)]); err != nil {
		return err
	}
	if d.level == 0 {
		d.row = appendIntCell(d.row, int64(group))
	}
	return d.later.add(d.later.of(d.buf), d.row)
}

// drain gives an aggregate the rows that wait.
func (d *distinctArgs) drain(c *expr.Ctx, acc accumulator) error {
	if d.later == nil {
		return nil
	}
	s := d.later
	d.later = nil
	defer s.close()
	d.release()
	if err := s.finish(); err != nil {
		return err
	}
	for n := range s.parts {
		if s.parts[n].rows == 0 {
			continue
		}
		if err := d.shard(c, s, n, acc); err != nil {
			return err
		}
	}
	return nil
}

func (d *distinctArgs) shard(c *expr.Ctx, s *shards, n int, acc accumulator) error {
	inner := newDistinctArgs(d.call)
	inner.level = d.level + 1
	defer inner.release()
	rows := s.rowsOf(n, d.types)
	var groups []int32
	for {
		b, err := rows.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			return inner.drain(c, acc)
		}
		groups = groups[:0]
		for _, g := range b.Columns[len(b.Columns)-1].Ints {
			groups = append(groups, int32(g))
		}
		fresh, of, err := inner.fresh(c, b, groups)
		if err == nil && fresh.Len() > 0 {
			err = acc.add(c, fresh, of)
		}
		if err != nil {
			return err
		}
	}
}

func (d *distinctArgs) release() {
	d.ints.release()
	d.table.release()
	d.nulls = nil
	_ = d.later.close() // nobody reads it any more
	d.later = nil
}
