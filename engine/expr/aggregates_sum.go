package expr

import (
	"math"

	"github.com/lxdb/lxdb/engine/value"
)

// sumAggregates are exact for exact numbers.
var sumAggregates = []Aggregate{
	{Name: "sum", Min: 1, Max: 1, Args: []Arg{Number}, Result: sumType, New: newSum, About: "the sum, exact for integers and DECIMAL"},
	{Name: "avg", Min: 1, Max: 1, Args: []Arg{Number}, Result: averageType, New: newAverage, About: "the sum divided by the number of rows"},
}

// extraDigits are those that a sum of so many rows may need before the point.
const extraDigits = 22

func sumType(f *AggregateCall) (value.Type, error) {
	t := exactOrDouble(f.Arg(0), extraDigits, 0)
	t.Nullable = true
	return t, nil
}

func averageType(f *AggregateCall) (value.Type, error) {
	t := exactOrDouble(f.Arg(0), 0, f.Env().DivisionDigits())
	t.Nullable = true
	return t, nil
}

// exactOrDouble is a DECIMAL with more digits than the argument, or a double.
func exactOrDouble(t *value.Type, before, behind int) value.Type {
	if t.Numeric() == value.ResultDouble {
		d := value.DoubleType
		if s := decimalsOf(t); s < value.NotFixed {
			d.Scale = uint8(min(s+behind, value.NotFixed))
		}
		return d
	}
	scale := min(decimals(t)+behind, value.MaxScale)
	return value.DecimalOf(t.IntDigits()+before+scale, scale)
}

func newSum(f *AggregateCall) State {
	if f.Type().Kind == value.TypeDouble {
		return &doubleSum{call: f}
	}
	return &exactSum{call: f}
}

func newAverage(f *AggregateCall) State {
	if f.Type().Kind == value.TypeDouble {
		return &doubleSum{call: f, average: true}
	}
	return &exactSum{call: f, average: true}
}

// doubleSum adds in the order of the rows. It takes nothing back: what was added to a
// double is not what is left when it is subtracted.
type doubleSum struct {
	call    *AggregateCall
	average bool
	n       int64
	sum     float64
}

func (s *doubleSum) Add(_ *Ctx, a []value.Value) error {
	s.n++
	s.sum += a[0].Double()
	return nil
}

func (s *doubleSum) Merge(_ *Ctx, other State) error {
	o := other.(*doubleSum)
	s.n += o.n
	s.sum += o.sum
	return nil
}

func (s *doubleSum) Result(*Ctx) (value.Value, error) {
	if s.n == 0 {
		return value.Null, nil
	}
	sum := s.sum
	if s.average {
		sum /= float64(s.n)
	}
	if math.IsInf(sum, 0) || sum != sum {
		return value.Null, value.OutOfRange("DOUBLE", s.call.Named())
	}
	return value.Double(sum), nil
}

// exactSum has what fits in small, and the rest in sum.
type exactSum struct {
	call    *AggregateCall
	average bool
	n       int64
	small   int64
	sum     value.Decimal
}

func (s *exactSum) Add(_ *Ctx, a []value.Value) error {
	s.n++
	if v := a[0]; v.Class() == value.ClassInt {
		if sum := s.small + v.Int(); (sum > s.small) == (v.Int() > 0) {
			s.small = sum
			return nil
		}
	}
	return s.add(asDecimal(a[0]))
}

func (s *exactSum) Remove(_ *Ctx, a []value.Value) error {
	s.n--
	return s.add(asDecimal(a[0]).Neg())
}

func (s *exactSum) add(d value.Decimal) error {
	if s.sum = s.sum.Add(d); s.sum.Digits() > value.MaxWorking {
		return value.OutOfRange("DECIMAL", s.call.Named())
	}
	return nil
}

func (s *exactSum) Merge(_ *Ctx, other State) error {
	o := other.(*exactSum)
	s.n += o.n
	return s.add(o.sum.Add(value.DecimalOfInt(o.small)))
}

func (s *exactSum) Result(c *Ctx) (value.Value, error) {
	if s.n == 0 {
		return value.Null, nil
	}
	sum := s.sum.Add(value.DecimalOfInt(s.small))
	if !s.average {
		return value.Dec(sum), nil
	}
	q, ok := sum.Div(value.DecimalOfInt(s.n), c.DivisionDigits())
	if !ok {
		return value.Null, value.OutOfRange("DECIMAL", s.call.Named())
	}
	return value.Dec(q), nil
}
