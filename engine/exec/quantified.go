package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Quantified compares a value with each row that a subquery gives: op ANY, or op ALL. Its
// In has no keys, and one comparison in Equal.
type Quantified struct {
	In
	All bool
}

// Eval is true for ANY when one comparison is, and for ALL when every one is; NULL when that
// depends on what is not known.
func (s *Quantified) Eval(c *expr.Ctx, f *expr.Call, args []value.Value) (value.Value, error) {
	n := len(s.Slots)
	set, done, err := s.rows(c, args[:n])
	if err != nil {
		return value.Null, err
	}
	defer done()
	row := expr.Values{args[n], value.Null}
	unknown, mark := false, c.Transient()
	for i := range set.rows.len() {
		if i&1023 == 1023 {
			if err := ended(c); err != nil {
				return value.Null, err
			}
		}
		c.Settle(mark)
		set.rows.read(i, row[1:])
		v, err := s.Equal[0].Eval(c, row)
		if err != nil {
			return value.Null, err
		}
		switch {
		case v.IsNull():
			unknown = true
		case v.Int() == 0 == s.All:
			return value.Bool(!s.All), nil
		}
	}
	if unknown {
		return value.Null, nil
	}
	return value.Bool(s.All), nil
}

// rows are those that the subquery gives for some arguments; done is called when they are
// no longer needed.
func (s *In) rows(c *expr.Ctx, args []value.Value) (set *inSet, done func(), err error) {
	at, known := s.bind(c, args)
	if known {
		return s.found[at].set, func() {}, nil
	}
	if set, err = s.collect(c); err != nil {
		return nil, nil, err
	}
	if at >= 0 {
		s.found[at] = memoized{set: set, kept: true}
		return set, func() {}, nil
	}
	return set, set.release, nil
}
