package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Span is what conditions say about one column of an index, all of them at once. Their
// other sides are constants, parameters and columns of outer rows: they are computed
// when the scan is opened.
type Span struct {
	// Equal are alternatives, any of which the column equals: of = and IN. With
	// NullSafe a NULL among them means IS NULL.
	Equal                       []expr.Expr
	NullSafe                    bool
	Low, High                   expr.Expr
	LowInclusive, HighInclusive bool
	// Stretches are alternatives like Equal, each of them between two ends or open at one.
	Stretches []Stretch
	// Convert makes a value into one that bounds the column, if there is one: not every
	// value that compares with a column lies in its order.
	Convert func(e *value.Env, v value.Value, t *value.Type) (value.Value, *value.Type, bool)
}

// Stretch is what lies between two ends; nil is none.
type Stretch struct {
	Low, High                   expr.Expr
	LowInclusive, HighInclusive bool
}

// maxRanges bounds the ranges that lists of alternatives make.
const maxRanges = 10_000

// ranges computes the ranges of spans, one span for each column from the first on. Only the
// last one may be no list of alternatives. usable is false when the values bound
// nothing, none when no row can be found.
func ranges(c *expr.Ctx, spans []Span) (out []Range, usable, none bool, err error) {
	out = []Range{{}}
	for i := range spans {
		s := &spans[i]
		if s.Stretches != nil {
			several, bounded, err := s.anyOf(c, out)
			if err != nil || !bounded {
				return out, i > 0, false, err
			}
			return several, true, len(several) == 0, nil
		}
		if s.Equal == nil {
			none, bounded, err := s.between(c, out)
			return out, bounded || i > 0, none, err
		}
		bounds, ok, err := s.alternatives(c)
		if err != nil {
			return nil, false, false, err
		}
		if !ok || len(out)*len(bounds) > maxRanges {
			return out, i > 0, false, nil
		}
		if len(bounds) == 0 {
			return nil, false, true, nil
		}
		next := make([]Range, 0, len(out)*len(bounds))
		for _, r := range out {
			for _, b := range bounds {
				next = append(next, Range{Equal: append(append(make([]Bound, 0, len(r.Equal)+1), r.Equal...), b)})
			}
		}
		out = next
	}
	return out, len(spans) > 0, false, nil
}

// Ranges computes the ranges of spans for one execution. usable is false when the values bound nothing,
// none is true when no row can be found.
func Ranges(c *expr.Ctx, spans []Span) (list []Range, usable, none bool, err error) {
	return ranges(c, spans)
}

// Only is the one value that the column equals, good until the statement goes on; none says that it equals
// nothing. ok is false when there may be others.
func (s *Span) Only(c *expr.Ctx) (b Bound, none, ok bool, err error) {
	if len(s.Equal) != 1 || s.NullSafe || s.Stretches != nil {
		return b, false, false, nil
	}
	t := s.Equal[0].Type()
	v, err := s.Equal[0].Eval(c, nil)
	if err != nil || v.IsNull() {
		return b, true, err == nil, err
	}
	v, t, ok = s.Convert(c.Env, v, t)
	return Bound{Value: v, Type: t, Inclusive: true}, false, ok, nil
}

// alternatives are the values that the column may equal; ok is false when one of
// them bounds nothing.
func (s *Span) alternatives(c *expr.Ctx) (out []Bound, ok bool, err error) {
	for _, e := range s.Equal {
		t := e.Type()
		v, err := e.Eval(c, nil)
		if err != nil {
			return nil, false, err
		}
		switch {
		case v.IsNull() && s.NullSafe:
			out = append(out, Bound{IsNull: true, Type: t})
		case v.IsNull(): // equals nothing
		default:
			if v, t, ok = s.Convert(c.Env, v, t); !ok {
				return nil, false, nil
			}
			out = append(out, Bound{Value: v.Clone(), Type: t, Inclusive: true})
		}
	}
	return out, true, nil
}

// anyOf puts the bounds of each stretch into each of the ranges. bounded is false when one of them bounds
// nothing, or when they would be too many.
func (s *Span) anyOf(c *expr.Ctx, in []Range) (out []Range, bounded bool, err error) {
	if len(in)*len(s.Stretches) > maxRanges {
		return nil, false, nil
	}
	out = make([]Range, 0, len(in)*len(s.Stretches))
	for _, st := range s.Stretches {
		low, none, err := s.bound(c, st.Low, st.LowInclusive)
		if err != nil {
			return nil, false, err
		}
		high, empty, err := s.bound(c, st.High, st.HighInclusive)
		switch {
		case err != nil:
			return nil, false, err
		case none || empty:
			continue // no row is in it
		case low == nil && high == nil:
			return nil, false, nil
		}
		for _, r := range in {
			out = append(out, Range{Equal: r.Equal, Low: low, High: high})
		}
	}
	return out, true, nil
}

// between puts the bounds of a stretch into all ranges.
func (s *Span) between(c *expr.Ctx, out []Range) (none, bounded bool, err error) {
	low, none, err := s.bound(c, s.Low, s.LowInclusive)
	if none || err != nil {
		return none, false, err
	}
	high, none, err := s.bound(c, s.High, s.HighInclusive)
	if none || err != nil {
		return none, false, err
	}
	for i := range out {
		out[i].Low, out[i].High = low, high
	}
	return false, low != nil || high != nil, nil
}

func (s *Span) bound(c *expr.Ctx, e expr.Expr, inclusive bool) (b *Bound, none bool, err error) {
	if e == nil {
		return nil, false, nil
	}
	t := e.Type()
	v, err := e.Eval(c, nil)
	switch {
	case err != nil:
		return nil, false, err
	case v.IsNull(): // compares with nothing
		return nil, true, nil
	}
	v, t, ok := s.Convert(c.Env, v, t)
	if !ok {
		return nil, false, nil
	}
	return &Bound{Value: v.Clone(), Type: t, Inclusive: inclusive}, false, nil
}
