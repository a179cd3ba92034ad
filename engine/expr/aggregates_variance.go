package expr

import (
	"math"

	"github.com/lxdb/lxdb/engine/value"
)

// varianceAggregates compute with doubles, by MySQL's recurrence: other ways differ in
// the last digits.
var varianceAggregates = []Aggregate{
	{Name: "var_pop", Aliases: []string{"variance"}, Min: 1, Max: 1, Args: []Arg{Double}, Result: varianceType, New: newVariance(false, false), About: "the variance of all rows"},
	{Name: "var_samp", Min: 1, Max: 1, Args: []Arg{Double}, Result: varianceType, New: newVariance(true, false), About: "the variance of a sample, NULL of one row"},
	{Name: "stddev_pop", Aliases: []string{"std", "stddev"}, Min: 1, Max: 1, Args: []Arg{Double}, Result: varianceType, New: newVariance(false, true), About: "the standard deviation of all rows"},
	{Name: "stddev_samp", Min: 1, Max: 1, Args: []Arg{Double}, Result: varianceType, New: newVariance(true, true), About: "the standard deviation of a sample, NULL of one row"},
}

// varianceType is a double with all its digits, of exact numbers too: what is computed
// with doubles has no scale.
func varianceType(*AggregateCall) (value.Type, error) {
	t := value.DoubleType
	t.Nullable = true
	return t, nil
}

func newVariance(sample, root bool) func(*AggregateCall) State {
	return func(*AggregateCall) State { return &variance{sample: sample, root: root} }
}

type variance struct {
	sample, root bool
	n            float64
	mean, square float64
}

func (s *variance) Add(_ *Ctx, a []value.Value) error {
	x := a[0].Double()
	if s.n++; s.n == 1 {
		s.mean, s.square = x, 0
		return nil
	}
	mean := s.mean
	s.mean = mean + (x-mean)/s.n
	s.square += (x - mean) * (x - s.mean)
	return nil
}

func (s *variance) Merge(_ *Ctx, other State) error {
	o := other.(*variance)
	if o.n == 0 {
		return nil
	}
	n := s.n + o.n
	d := o.mean - s.mean
	s.square += o.square + d*d*s.n*o.n/n
	s.mean += d * o.n / n
	s.n = n
	return nil
}

func (s *variance) Result(*Ctx) (value.Value, error) {
	n := s.n
	if s.sample {
		n--
	}
	if n < 1 {
		return value.Null, nil
	}
	v := s.square / n
	if s.root {
		v = math.Sqrt(v)
	}
	if math.IsInf(v, 0) || v != v {
		return value.Null, nil
	}
	return value.Double(v), nil
}
