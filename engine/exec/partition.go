package exec

import (
	"fmt"
	"sort"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// partition is the rows of one partition of a window, in its order, with the results of functions.
type partition struct {
	spec *WindowSpec
	rows rowStore
	// first and last are those of a row's peers: the rows with an equal key.
	first, last []int32
	numbers     []value.Decimal // the key of ORDER BY, for frames by values
	nulls       []bool
	results     []*rowStore // of the functions
	mem         memory
}

// rowBytes are those of a row beside its columns.
const rowBytes = 8

func (p *partition) len() int { return p.rows.n }

// reset empties the partition.
func (p *partition) reset(s *stage) {
	p.release()
	p.spec, p.rows.types = s.spec, s.in
}

func (p *partition) release() {
	p.rows.release()
	for _, r := range p.results {
		r.release()
	}
	p.mem.give()
	p.first, p.last, p.numbers, p.nulls, p.results = p.first[:0], p.last[:0], nil, nil, nil
}

// add keeps a row, or nothing when there is no memory; other says that it is no peer of the one before.
func (p *partition) add(c *expr.Ctx, row []byte, other bool) error {
	if p.rows.n%batchRows == 0 {
		if err := p.mem.take(c, rowBytes*batchRows); err != nil {
			return err
		}
	}
	if err := p.rows.addRow(c, row); err != nil {
		return err
	}
	from := int32(p.rows.n - 1)
	if !other && from > 0 {
		from = p.first[from-1]
	}
	p.first = append(p.first, from)
	return nil
}

// compute runs all functions.
func (p *partition) compute(c *expr.Ctx, funcs []*WindowFunc) error {
	p.last = p.last[:0]
	for range p.first {
		p.last = append(p.last, 0)
	}
	for i := len(p.first) - 1; i >= 0; i-- {
		p.last[i] = int32(i)
		if i+1 < len(p.first) && p.first[i+1] == p.first[i] {
			p.last[i] = p.last[i+1]
		}
	}
	for _, f := range funcs {
		out := &rowStore{types: []value.Type{f.Type}}
		p.results = append(p.results, out)
		if err := p.function(c, f, out); err != nil {
			return err
		}
	}
	return nil
}

// emit adds row i with the results to a batch, whose first columns are those of the row.
func (p *partition) emit(out *Batch, i, width int) {
	b, at := p.rows.at(int32(i))
	for n := range width {
		out.Columns[n].AppendFrom(b.Columns[n].Column, at)
	}
	for n, r := range p.results {
		b, at := r.at(int32(i))
		out.Columns[width+n].AppendFrom(b.Columns[0].Column, at)
	}
	out.N++
}

// row is row i, for expressions.
func (p *partition) row(i int) expr.Row {
	b, at := p.rows.at(int32(i))
	return &expr.At{Batch: &b.Batch, I: at}
}

// function computes a function for all rows.
func (p *partition) function(c *expr.Ctx, f *WindowFunc, out *rowStore) error {
	if err := ended(c); err != nil {
		return err
	}
	if f.Call != nil {
		return p.aggregate(c, f, out)
	}
	dense, mark := int64(0), c.Transient()
	for i := range p.rows.n {
		if int(p.first[i]) == i {
			dense++
		}
		if i&1023 == 1023 {
			if err := ended(c); err != nil {
				return err
			}
		}
		v, err := p.named(c, f, i, dense)
		if err == nil {
			err = out.addValue(c, v)
		}
		if err != nil {
			return err
		}
		c.Settle(mark)
	}
	return nil
}

func (p *partition) named(c *expr.Ctx, f *WindowFunc, i int, dense int64) (value.Value, error) {
	m := p.rows.n
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
	return f.Args[n].Eval(c, p.row(at))
}

// aggregate computes an aggregate over the frame of each row: rows are added as the frame
// grows, and taken out where the aggregate can do that.
func (p *partition) aggregate(c *expr.Ctx, f *WindowFunc, out *rowStore) error {
	state := f.Call.Aggregate.New(f.Call)
	before, mark := c.Held(), c.Transient()
	defer func() { c.Drop(c.Held() - before) }()
	from, to := 0, 0
	row := &expr.At{}
	steps := 0
	for i := range p.rows.n {
		s, e, err := p.frame(c, f, i)
		if err != nil {
			return err
		}
		if rem, ok := state.(expr.Remover); ok && s > from && s <= to && e >= to {
			for ; from < s; from++ {
				if err := f.Call.Remove(c, rem, p.row(from)); err != nil {
					return err
				}
			}
		}
		if s != from || e < to { // it moved: begin again
			state, from, to = f.Call.Aggregate.New(f.Call), s, s
			c.Drop(c.Held() - before)
		}
		for ; to < e; to++ {
			if steps++; steps&1023 == 0 {
				if err := ended(c); err != nil {
					return err
				}
			}
			b, at := p.rows.at(int32(to))
			row.Batch, row.I = &b.Batch, at
			if err := f.Call.Add(c, state, row); err != nil {
				return err
			}
		}
		v, err := state.Result(c)
		if err != nil {
			return err
		}
		if err := out.addValue(c, v); err != nil {
			return err
		}
		c.Settle(mark)
	}
	return nil
}

// frame is the rows that a function sees at row i: from, up to but without to.
func (p *partition) frame(c *expr.Ctx, f *WindowFunc, i int) (from, to int, err error) {
	m := p.rows.n
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
	n, _ := b.N.ToInt() // what does not fit is the nearest one that does
	return i + int(max(-beyond, min(n, beyond)))
}

// beyond is further away than a row of a partition may be.
const beyond = 1 << 40

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
	from, to := 0, p.rows.n // of the rows that are not NULL
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
		v, err := b.Moved.Eval(c, p.row(i))
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

// numberBytes are those of a number of an ORDER BY key.
const numberBytes = 64

// keys computes the key of ORDER BY as numbers.
func (p *partition) keys(c *expr.Ctx, f *WindowFunc) error {
	if p.numbers != nil {
		return nil
	}
	if err := p.mem.take(c, numberBytes*p.rows.n); err != nil {
		return err
	}
	p.numbers, p.nulls = make([]value.Decimal, p.rows.n), make([]bool, p.rows.n)
	e := f.Frame.Key
	if e == nil {
		e = p.spec.Order[0].Expr
	}
	mark := c.Transient()
	for i := range p.rows.n {
		if i&1023 == 1023 {
			if err := ended(c); err != nil {
				return err
			}
		}
		v, err := e.Eval(c, p.row(i))
		if err != nil {
			return err
		}
		c.Settle(mark) // a key is a number, or a date
		if p.nulls[i] = v.IsNull(); p.nulls[i] {
			continue
		}
		if p.numbers[i], err = numeric(c, v, e.Type()); err != nil {
			return err
		}
	}
	return nil
}
