package exec

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// partition is the rows of one partition of a window, in its order.
type partition struct {
	r    *windowRows
	spec *WindowSpec
	rows []int32
	// first and last are those of a row's peers: the rows with an equal key.
	first, last []int32
	numbers     []value.Decimal // the key of ORDER BY, for frames by values
	nulls       []bool
}

func (p *partition) peers(key func(int32) []byte) {
	p.first, p.last = make([]int32, len(p.rows)), make([]int32, len(p.rows))
	for from := 0; from < len(p.rows); {
		to := from + 1
		for to < len(p.rows) && bytes.Equal(key(p.rows[to]), key(p.rows[from])) {
			to++
		}
		for i := from; i < to; i++ {
			p.first[i], p.last[i] = int32(from), int32(to-1)
		}
		from = to
	}
}

// function computes a function for all rows.
func (p *partition) function(c *expr.Ctx, f *WindowFunc, out []value.Value) error {
	if err := ended(c); err != nil {
		return err
	}
	if f.Call != nil {
		return p.aggregate(c, f, out)
	}
	dense := int64(0)
	for i, n := range p.rows {
		if int(p.first[i]) == i {
			dense++
		}
		v, err := p.named(c, f, i, dense)
		if err != nil {
			return err
		}
		out[n] = v
	}
	return nil
}

func (p *partition) named(c *expr.Ctx, f *WindowFunc, i int, dense int64) (value.Value, error) {
	m := len(p.rows)
	switch f.Name {
	case "row_number":
		return value.Uint(uint64(i + 1)), nil
	case "rank":
		return value.Uint(uint64(p.first[i]) + 1), nil
	case "dense_rank":
		return value.Uint(uint64(dense)), nil
	case "percent_rank":
		if m == 1 {
			return value.Double(0), nil
		}
		return value.Double(float64(p.first[i]) / float64(m-1)), nil
	case "cume_dist":
		return value.Double(float64(p.last[i]+1) / float64(m)), nil
	case "ntile":
		return value.Uint(uint64(tile(i, m, int(min(f.Shift, int64(m)))))), nil
	case "lag", "lead":
		at := int64(i) - f.Shift
		if f.Name == "lead" {
			at = int64(i) + f.Shift
		}
		if at >= 0 && at < int64(m) {
			return p.arg(c, f, 0, int(at))
		}
		if len(f.Args) > 1 {
			return p.arg(c, f, 1, i)
		}
		return value.Null, nil
	case "first_value", "last_value", "nth_value":
		from, to, err := p.frame(c, f, i)
		if err != nil || from >= to {
			return value.Null, err
		}
		if f.Name == "nth_value" {
			if f.Shift > int64(to-from) {
				return value.Null, nil
			}
			return p.arg(c, f, 0, from+int(f.Shift)-1)
		}
		if f.Name == "first_value" {
			return p.arg(c, f, 0, from)
		}
		return p.arg(c, f, 0, to-1)
	}
	return value.Null, fmt.Errorf("exec: window function %s", f.Name)
}

// tile is the number of the group of row i, of m rows in so many groups.
func tile(i, m, groups int) int {
	size, more := m/groups, m%groups
	if i < more*(size+1) {
		return i/(size+1) + 1
	}
	return more + (i-more*(size+1))/size + 1
}

// arg is an argument of a function at a row of the partition.
func (p *partition) arg(c *expr.Ctx, f *WindowFunc, n, at int) (value.Value, error) {
	p.r.rows.read(int(p.rows[at]), p.r.row)
	v, err := f.Args[n].Eval(c, p.r.row)
	return v.Clone(), err
}

// aggregate computes an aggregate over the frame of each row: rows are added as the frame
// grows, and taken out where the aggregate can do that.
func (p *partition) aggregate(c *expr.Ctx, f *WindowFunc, out []value.Value) error {
	state := f.Call.Aggregate.New(f.Call)
	from, to := 0, 0
	for i, n := range p.rows {
		s, e, err := p.frame(c, f, i)
		if err != nil {
			return err
		}
		if s != from || e < to { // it moved: begin again
			state, from, to = f.Call.Aggregate.New(f.Call), s, s
			if i&15 == 0 {
				if err := ended(c); err != nil {
					return err
				}
			}
		}
		for ; to < e; to++ {
			p.r.rows.read(int(p.rows[to]), p.r.row)
			if err := f.Call.Add(c, state, p.r.row); err != nil {
				return err
			}
		}
		v, err := state.Result(c)
		if err != nil {
			return err
		}
		out[n] = v.Clone()
	}
	return nil
}

// frame is the rows that a function sees at row i: from, up to but without to.
func (p *partition) frame(c *expr.Ctx, f *WindowFunc, i int) (from, to int, err error) {
	m := len(p.rows)
	if f.Frame.Rows {
		from, to = offset(f.Frame.Start, i, 0), offset(f.Frame.End, i, m-1)+1
		return max(0, min(from, m)), max(0, min(to, m)), nil
	}
	from, to = 0, m
	if !f.Frame.Start.Unbounded {
		if from, err = p.edge(c, f, f.Frame.Start, i, false); err != nil {
			return 0, 0, err
		}
	}
	if !f.Frame.End.Unbounded {
		if to, err = p.edge(c, f, f.Frame.End, i, true); err != nil {
			return 0, 0, err
		}
	}
	return from, to, nil
}

func offset(b FrameBound, i, unbounded int) int {
	switch {
	case b.Unbounded:
		return unbounded
	case b.Current:
		return i
	}
	n, fits := b.N.ToInt()
	if !fits || n > 1<<40 || n < -1<<40 {
		return unbounded
	}
	return i + int(n)
}

// edge is an end of a frame by values: at the peers of the row, or so far from its key.
func (p *partition) edge(c *expr.Ctx, f *WindowFunc, b FrameBound, i int, end bool) (int, error) {
	if b.Current {
		if end {
			return int(p.last[i]) + 1, nil
		}
		return int(p.first[i]), nil
	}
	if err := p.keys(c, f); err != nil {
		return 0, err
	}
	if p.nulls[i] { // NULL is near to NULL only
		if end {
			return int(p.last[i]) + 1, nil
		}
		return int(p.first[i]), nil
	}
	desc := p.spec.Order[0].Key.Desc
	want, err := p.limit(c, b, i, desc)
	if err != nil {
		return 0, err
	}
	from, to := 0, len(p.rows) // of the rows that are not NULL
	for from < to && p.nulls[from] {
		from++
	}
	for from < to && p.nulls[to-1] {
		to--
	}
	return from + sort.Search(to-from, func(n int) bool {
		order := p.numbers[from+n].Cmp(want)
		if desc {
			order = -order
		}
		return order > 0 || order == 0 && !end
	}), nil
}

// limit is the key at an end of the frame of row i.
func (p *partition) limit(c *expr.Ctx, b FrameBound, i int, desc bool) (value.Decimal, error) {
	if b.Moved != nil {
		p.r.rows.read(int(p.rows[i]), p.r.row)
		v, err := b.Moved.Eval(c, p.r.row)
		if err != nil || v.IsNull() { // beyond the last date
			return p.numbers[i], err
		}
		return numeric(c, v, b.Moved.Type())
	}
	if desc {
		return p.numbers[i].Sub(b.N), nil
	}
	return p.numbers[i].Add(b.N), nil
}

// numeric is a value as a number that is ordered as it is.
func numeric(c *expr.Ctx, v value.Value, t *value.Type) (value.Decimal, error) {
	switch v.Class() {
	case value.ClassDateTime, value.ClassDate:
		return value.DecimalOfUint(uint64(v.DateTime())), nil
	case value.ClassTime:
		return value.DecimalOfInt(v.Micros()), nil
	}
	return value.ToDecimal(c.Env, v, t)
}

// keys computes the key of ORDER BY as numbers.
func (p *partition) keys(c *expr.Ctx, f *WindowFunc) error {
	if p.numbers != nil {
		return nil
	}
	p.numbers, p.nulls = make([]value.Decimal, len(p.rows)), make([]bool, len(p.rows))
	e := f.Frame.Key
	if e == nil {
		e = p.spec.Order[0].Expr
	}
	for i, n := range p.rows {
		p.r.rows.read(int(n), p.r.row)
		v, err := e.Eval(c, p.r.row)
		if err != nil {
			return err
		}
		if p.nulls[i] = v.IsNull(); p.nulls[i] {
			continue
		}
		if p.numbers[i], err = numeric(c, v, e.Type()); err != nil {
			return err
		}
	}
	return nil
}
