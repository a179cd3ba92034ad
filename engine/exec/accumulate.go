package exec

import (
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// accumulator is one aggregate over all groups. The commonest ones have loops over columns;
// any other has a State for each group.
type accumulator interface {
	// grow makes room for so many groups.
	grow(n int)
	// add takes the rows of a batch; groups are those of its rows.
	add(c *expr.Ctx, b *Batch, groups []int32) error
	result(c *expr.Ctx, group int) (value.Value, error)
	// bytes is about what a group takes.
	bytes() int
	release()
}

// accumulatorOf chooses.
func accumulatorOf(a *Agg) accumulator {
	call := a.Call
	whole := &stateAccumulator{call: call}
	if len(call.Args) == 0 && call.Aggregate.Name == "count" {
		return &countAccumulator{}
	}
	if len(call.Args) != 1 || !expr.Exactly(call.Args[0]) || expr.Grows(call.Args[0]) {
		return whole
	}
	t := call.Arg(0)
	in := input{e: call.Args[0]}
	if _, plain := in.e.(*expr.Column); !plain {
		in.own = expr.NewVector(t)
	}
	exact := t.IsInteger() || t.Kind == value.TypeDecimal && t.Storage() == codec.KindInt
	switch call.Aggregate.Name {
	case "count":
		return &countAccumulator{in: &in}
	case "sum", "avg":
		switch {
		case exact:
			return &sumAccumulator{in: in, call: call, average: call.Aggregate.Name == "avg"}
		case t.Kind == value.TypeDouble:
			return &doubleAccumulator{in: in, call: call, average: call.Aggregate.Name == "avg"}
		}
	case "min", "max":
		if exact || t.HasDate() || t.Kind == value.TypeTime {
			return &extremeAccumulator{in: in, of: t, most: call.Aggregate.Name == "max"}
		}
	}
	return whole
}

// input is the argument of an aggregate, as a column.
type input struct {
	e   expr.Expr
	own *expr.Vector
}

// of gives the column; dense says that it has the batch's selected rows only.
func (in *input) of(c *expr.Ctx, b *Batch) (v *expr.Vector, dense bool, err error) {
	if plain, ok := in.e.(*expr.Column); ok {
		return &b.Columns[plain.Index], false, nil
	}
	in.own.Reset()
	return in.own, true, expr.EvalBatch(in.e, c, &b.Batch, b.Sel, in.own)
}

// place is where row i of a batch stands in a column.
func place(b *Batch, dense bool, i int) int {
	if dense || b.Sel == nil {
		return i
	}
	return int(b.Sel[i])
}

func grown[T any](list []T, n int) []T {
	for len(list) < n {
		var zero T
		list = append(list, zero)
	}
	return list
}

// countAccumulator is COUNT(*), and COUNT(x) with an input.
type countAccumulator struct {
	in *input
	n  []int64
}

func (a *countAccumulator) grow(n int) { a.n = grown(a.n, n) }
func (a *countAccumulator) bytes() int { return 8 }
func (a *countAccumulator) release()   { a.n = nil }

func (a *countAccumulator) add(c *expr.Ctx, b *Batch, groups []int32) error {
	if a.in == nil {
		if groups == nil {
			a.n[0] += int64(b.Len())
			return nil
		}
		for _, g := range groups {
			a.n[g]++
		}
		return nil
	}
	v, dense, err := a.in.of(c, b)
	if err != nil {
		return err
	}
	for i := range b.Len() {
		if !v.Nulls[place(b, dense, i)] {
			a.n[groupAt(groups, i)]++
		}
	}
	return nil
}

func groupAt(groups []int32, i int) int32 {
	if groups == nil {
		return 0
	}
	return groups[i]
}

func (a *countAccumulator) result(_ *expr.Ctx, group int) (value.Value, error) {
	return value.Int(a.n[group]), nil
}

// sumAccumulator is SUM and AVG of exact numbers: what fits in small, and the rest in large.
type sumAccumulator struct {
	in      input
	call    *expr.AggregateCall
	average bool
	n       []int64
	small   []int64
	large   map[int32]value.Decimal
}

func (a *sumAccumulator) grow(n int) { a.n, a.small = grown(a.n, n), grown(a.small, n) }
func (a *sumAccumulator) bytes() int { return 16 }
func (a *sumAccumulator) release()   { a.n, a.small, a.large = nil, nil, nil }

func (a *sumAccumulator) scale() int {
	if t := a.call.Arg(0); t.Kind == value.TypeDecimal {
		return int(t.Scale)
	}
	return 0
}

func (a *sumAccumulator) add(c *expr.Ctx, b *Batch, groups []int32) error {
	v, dense, err := a.in.of(c, b)
	if err != nil {
		return err
	}
	signed := v.Kind == codec.KindInt
	for i := range b.Len() {
		at := place(b, dense, i)
		if v.Nulls[at] {
			continue
		}
		g := groupAt(groups, i)
		a.n[g]++
		var n int64
		if signed {
			n = v.Ints[at]
		} else if u := v.Uints[at]; u <= math.MaxInt64 {
			n = int64(u)
		} else {
			a.keep(g, value.DecimalOfUint(u))
			continue
		}
		if sum := a.small[g] + n; n == 0 || (sum > a.small[g]) == (n > 0) {
			a.small[g] = sum
			continue
		}
		a.keep(g, value.DecimalOfUnscaled(n, a.scale()))
	}
	return nil
}

func (a *sumAccumulator) keep(g int32, d value.Decimal) {
	if a.large == nil {
		a.large = map[int32]value.Decimal{}
	}
	a.large[g] = a.large[g].Add(d)
}

func (a *sumAccumulator) result(c *expr.Ctx, group int) (value.Value, error) {
	if a.n[group] == 0 {
		return value.Null, nil
	}
	sum := value.DecimalOfUnscaled(a.small[group], a.scale())
	if d, ok := a.large[int32(group)]; ok {
		sum = sum.Add(d)
	}
	if !a.average {
		return value.Dec(sum), nil
	}
	q, ok := sum.Div(value.DecimalOfInt(a.n[group]), c.DivisionDigits())
	if !ok {
		return value.Null, value.OutOfRange("DECIMAL", a.call.Named())
	}
	return value.Dec(q), nil
}

// doubleAccumulator is SUM and AVG of doubles.
type doubleAccumulator struct {
	in      input
	call    *expr.AggregateCall
	average bool
	n       []int64
	sum     []float64
}

func (a *doubleAccumulator) grow(n int) { a.n, a.sum = grown(a.n, n), grown(a.sum, n) }
func (a *doubleAccumulator) bytes() int { return 16 }
func (a *doubleAccumulator) release()   { a.n, a.sum = nil, nil }

func (a *doubleAccumulator) add(c *expr.Ctx, b *Batch, groups []int32) error {
	v, dense, err := a.in.of(c, b)
	if err != nil {
		return err
	}
	for i := range b.Len() {
		if at := place(b, dense, i); !v.Nulls[at] {
			g := groupAt(groups, i)
			a.n[g]++
			a.sum[g] += v.Floats[at]
		}
	}
	return nil
}

func (a *doubleAccumulator) result(_ *expr.Ctx, group int) (value.Value, error) {
	if a.n[group] == 0 {
		return value.Null, nil
	}
	sum := a.sum[group]
	if a.average {
		sum /= float64(a.n[group])
	}
	if math.IsInf(sum, 0) || sum != sum {
		return value.Null, value.OutOfRange("DOUBLE", a.call.Named())
	}
	return value.Double(sum), nil
}

// extremeAccumulator is MIN and MAX of what is ordered as its numbers are.
type extremeAccumulator struct {
	in   input
	of   *value.Type
	most bool
	some []bool
	best []uint64 // signed ones with their sign turned, so that all are ordered alike
}

const signBit = 1 << 63

func (a *extremeAccumulator) grow(n int) { a.some, a.best = grown(a.some, n), grown(a.best, n) }
func (a *extremeAccumulator) bytes() int { return 9 }
func (a *extremeAccumulator) release()   { a.some, a.best = nil, nil }

func (a *extremeAccumulator) add(c *expr.Ctx, b *Batch, groups []int32) error {
	v, dense, err := a.in.of(c, b)
	if err != nil {
		return err
	}
	signed := v.Kind == codec.KindInt
	for i := range b.Len() {
		at := place(b, dense, i)
		if v.Nulls[at] {
			continue
		}
		var n uint64
		if signed {
			n = uint64(v.Ints[at]) ^ signBit
		} else {
			n = v.Uints[at]
		}
		g := groupAt(groups, i)
		if !a.some[g] || (n > a.best[g]) == a.most {
			a.some[g], a.best[g] = true, n
		}
	}
	return nil
}

func (a *extremeAccumulator) result(_ *expr.Ctx, group int) (value.Value, error) {
	if !a.some[group] {
		return value.Null, nil
	}
	if a.of.Storage() == codec.KindInt {
		return value.FromInt(int64(a.best[group]^signBit), a.of), nil
	}
	return value.FromUint(a.best[group], a.of), nil
}

// stateAccumulator keeps a State for each group.
type stateAccumulator struct {
	call   *expr.AggregateCall
	states []expr.State
	held   held
}

func (a *stateAccumulator) grow(n int) {
	for len(a.states) < n {
		a.states = append(a.states, a.call.Aggregate.New(a.call))
	}
}

func (a *stateAccumulator) bytes() int { return stateBytes }
func (a *stateAccumulator) release()   { a.states = nil; a.held.drop() }

func (a *stateAccumulator) add(c *expr.Ctx, b *Batch, groups []int32) error {
	defer a.held.since(c, c.Held())
	row := &expr.At{Batch: &b.Batch}
	for i := range b.Len() {
		row.I = b.At(i)
		if err := a.call.Add(c, a.states[groupAt(groups, i)], row); err != nil {
			return err
		}
	}
	return nil
}

func (a *stateAccumulator) result(c *expr.Ctx, group int) (value.Value, error) {
	return a.states[group].Result(c)
}

// held is what states of aggregates hold. A subquery in their arguments has dropped what its own held
// when it has ended.
type held struct {
	bytes int
	env   *value.Env
}

// since takes over what was held beyond before.
func (h *held) since(c *expr.Ctx, before int) {
	h.bytes += c.Held() - before
	h.env = c.Env
}

func (h *held) drop() {
	if h.env != nil {
		h.env.Drop(h.bytes)
	}
	h.bytes = 0
}
