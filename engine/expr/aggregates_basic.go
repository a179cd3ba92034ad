package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// basicAggregates are COUNT, MIN and MAX.
var basicAggregates = []Aggregate{
	{Name: "count", Min: 0, Max: -1, Result: counted, New: func(*AggregateCall) State { return new(countState) }, About: "rows in which no argument is NULL; without arguments all rows"},
	{Name: "min", Min: 1, Max: 1, Result: extremeType, New: func(f *AggregateCall) State { return newExtreme(f, -1) }, About: "the smallest value"},
	{Name: "max", Min: 1, Max: 1, Result: extremeType, New: func(f *AggregateCall) State { return newExtreme(f, 1) }, About: "the largest value"},
}

func counted(*AggregateCall) (value.Type, error) { return value.BigInt, nil }

func sameAsArgument(f *AggregateCall) (value.Type, error) {
	return PutAside(f.Arg(0)), nil
}

// PutAside is the type of a value that is kept until it is asked for: bytes and texts that are other numbers by
// themselves are plain ones then, and it may be NULL.
func PutAside(t *value.Type) value.Type {
	out := *t
	out.Nullable, out.Hex, out.Moment = true, false, false
	return out
}

// extremeType: of an ENUM or a SET it is a text.
func extremeType(f *AggregateCall) (value.Type, error) {
	t := f.Arg(0).Plain()
	return PutAside(&t), nil
}

type countState struct{ n int64 }

func (s *countState) Add(*Ctx, []value.Value) error {
	s.n++
	return nil
}

func (s *countState) Remove(*Ctx, []value.Value) error {
	s.n--
	return nil
}

func (s *countState) Merge(_ *Ctx, o State) error {
	s.n += o.(*countState).n
	return nil
}

func (s *countState) Result(*Ctx) (value.Value, error) { return value.Int(s.n), nil }

// extremeState is MIN and MAX: sign is the order that a better value has.
type extremeState struct {
	best value.Value
	of   *value.Type
	rule value.Comparison
	sign int
}

func newExtreme(f *AggregateCall, sign int) State {
	t := f.Arg(0)
	rule, _ := value.ComparisonOf(t, t, f.Aggregate.Name)
	return &extremeState{of: t, rule: rule, sign: sign}
}

func (s *extremeState) Add(c *Ctx, args []value.Value) error {
	if !s.best.IsNull() {
		order, unknown, err := s.rule.Compare(c.Env, args[0], s.of, s.best, s.of)
		if err != nil || unknown || order*s.sign <= 0 {
			return err
		}
	}
	s.best = args[0].Clone()
	return nil
}

func (s *extremeState) Merge(c *Ctx, o State) error {
	if other := o.(*extremeState); !other.best.IsNull() {
		return s.Add(c, []value.Value{other.best})
	}
	return nil
}

func (s *extremeState) Result(*Ctx) (value.Value, error) {
	if !s.best.IsNull() && (s.of.Kind == value.TypeEnum || s.of.Kind == value.TypeSet) {
		return value.Bytes(value.AppendText(nil, s.best, s.of)), nil
	}
	return s.best, nil
}
