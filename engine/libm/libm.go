// Package libm has the functions of package math that are wrong in the last digit or
// two of 17 there. SQL shows all digits: LOG10(1000) would be 2.9999999999999996.
// They compute with pairs of doubles, about 30 digits, and round once.
package libm

import (
	"math"
	"math/big"
	"sync"
)

// pair is an unevaluated sum; lo is below half a digit of hi.
type pair struct{ hi, lo float64 }

func (a pair) round() float64 { return a.hi + a.lo }

func sum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

func (a pair) add(b pair) pair {
	s, t := sum(a.hi, b.hi), sum(a.lo, b.lo)
	s = sum(s.hi, s.lo+t.hi)
	return sum(s.hi, s.lo+t.lo)
}

func (a pair) neg() pair { return pair{-a.hi, -a.lo} }

func (a pair) times(b pair) pair {
	p := a.hi * b.hi
	return sum(p, math.FMA(a.hi, b.hi, -p)+(a.hi*b.lo+a.lo*b.hi))
}

func (a pair) over(b pair) pair {
	q := a.hi / b.hi
	rest := a.add(b.times(pair{q, 0}).neg())
	return sum(q, rest.round()/b.round())
}

func (a pair) root() pair {
	if a.hi <= 0 {
		return pair{}
	}
	s := math.Sqrt(a.hi)
	return sum(s, a.add(pair{s, 0}.times(pair{s, 0}).neg()).round()/(2*s))
}

var (
	ln2Pair  = pair{0.6931471805599453, 2.3190468138462996e-17}
	ln10Pair = pair{2.302585092994046, -2.1707562233822494e-16}
	halfPi   = pair{1.5707963267948966, 6.123233995736766e-17}
	halfPi3  = -1.4973849048591833e-33 // the third part of pi/2
)

// expPair is e to the x, as a pair and a power of two.
func expPair(x pair) (pair, int) {
	k := math.Round(x.hi / math.Ln2)
	r := x.add(ln2Pair.times(pair{-k, 0}))
	const halvings = 8
	r = pair{math.Ldexp(r.hi, -halvings), math.Ldexp(r.lo, -halvings)}
	e, term := pair{}, r // e to the r less 1, which has more digits
	for i := 2.0; i < 12; i++ {
		e = e.add(term)
		term = term.times(r).over(pair{i, 0})
	}
	for range halvings {
		e = e.add(e).add(e.times(e)) // (1+e)^2 - 1
	}
	return e.add(pair{1, 0}), int(k)
}

// Exp is e to the power x.
func Exp(x float64) float64 {
	if !(math.Abs(x) < 709) {
		return math.Exp(x)
	}
	e, k := expPair(pair{x, 0})
	return math.Ldexp(e.round(), k)
}

// logPair is the natural logarithm of x, which is finite and above 0.
func logPair(x float64) pair {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	y := math.Log(m)
	g, k := expPair(pair{-y, 0})
	g = pair{math.Ldexp(g.hi, k), math.Ldexp(g.lo, k)}
	return ln2Pair.times(pair{float64(e), 0}).add(sum(y, g.times(pair{m, 0}).add(pair{-1, 0}).round()))
}

// Ln and Log10 want a finite number above 0.
func Ln(x float64) float64    { return logPair(x).round() }
func Log10(x float64) float64 { return logPair(x).over(ln10Pair).round() }

// Pow is x to the power y, with the special cases of math.Pow.
func Pow(x, y float64) float64 {
	if x == 0 || y == 0 || x < 0 && y != math.Trunc(y) || math.IsInf(x, 0) || math.Abs(y) > 1e18 {
		return math.Pow(x, y)
	}
	l := logPair(math.Abs(x)).times(pair{y, 0})
	if !(math.Abs(l.hi) < 709) {
		return math.Pow(x, y)
	}
	e, k := expPair(l)
	r := math.Ldexp(e.round(), k)
	if x < 0 && math.Mod(y, 2) != 0 {
		return -r
	}
	return r
}

// bigHalfPi has as many bits as the largest double needs to be reduced by it.
var bigHalfPi = sync.OnceValue(func() *big.Float {
	const bits = 1024 + 256
	atan := func(n int64) *big.Float { // of 1/n, by its series
		x := new(big.Float).SetPrec(bits).Quo(big.NewFloat(1).SetPrec(bits), new(big.Float).SetInt64(n))
		square := new(big.Float).SetPrec(bits).Mul(x, x)
		total, power := new(big.Float).SetPrec(bits).Set(x), x
		for i := int64(3); ; i += 2 {
			power = new(big.Float).SetPrec(bits).Mul(power, square)
			power.Neg(power)
			term := new(big.Float).SetPrec(bits).Quo(power, new(big.Float).SetInt64(i))
			if term.Sign() == 0 || term.MantExp(nil) < -bits {
				return total
			}
			total.Add(total, term)
		}
	}
	pi := new(big.Float).SetPrec(bits).Mul(new(big.Float).SetInt64(8), atan(5)) // Machin, halved
	return pi.Sub(pi, new(big.Float).SetPrec(bits).Mul(new(big.Float).SetInt64(2), atan(239)))
})

// reduce is x less a multiple of pi/2, and which multiple, modulo 4.
func reduce(x float64) (pair, int) {
	k := math.Round(x / (math.Pi / 2))
	if math.Abs(k) < 1<<20 {
		r := pair{x, 0}.add(pair{-k, 0}.times(pair{halfPi.hi, 0})).add(pair{-k, 0}.times(pair{halfPi.lo, 0}))
		return r.add(pair{-k * halfPi3, 0}), int(k) & 3
	}
	half := bigHalfPi()
	value := new(big.Float).SetPrec(half.Prec()).SetFloat64(x)
	q, _ := new(big.Float).SetPrec(half.Prec()).Quo(value, half).Int(nil)
	value.Sub(value, new(big.Float).SetPrec(half.Prec()).Mul(half, new(big.Float).SetPrec(half.Prec()).SetInt(q)))
	hi, _ := value.Float64()
	lo, _ := value.Sub(value, new(big.Float).SetFloat64(hi)).Float64()
	return pair{hi, lo}, int(new(big.Int).And(q, big.NewInt(3)).Int64())
}

// sinCos are both for an angle of at most pi/2.
func sinCos(r pair) (sin, cos pair) {
	square := r.times(r).neg()
	sin, cos = pair{}, pair{}
	s, c := r, pair{1, 0}
	for i := 1.0; i < 34; i += 2 {
		sin, cos = sin.add(s), cos.add(c)
		c = c.times(square).over(pair{i * (i + 1), 0})
		s = s.times(square).over(pair{(i + 1) * (i + 2), 0})
	}
	return sin, cos
}

// angle is the sine and the cosine of x.
func angle(x float64) (sin, cos pair) {
	r, quarter := reduce(x)
	sin, cos = sinCos(r)
	switch quarter {
	case 1:
		return cos, sin.neg()
	case 2:
		return sin.neg(), cos.neg()
	case 3:
		return cos.neg(), sin
	}
	return sin, cos
}

// Sin and Cos want a finite number.
func Sin(x float64) float64 { s, _ := angle(x); return s.round() }
func Cos(x float64) float64 { _, c := angle(x); return c.round() }

// Tan is the tangent.
func Tan(x float64) float64 {
	s, c := angle(x)
	return s.over(c).round()
}

// asinPair betters what package math says by one step; x is between -1 and 1.
func asinPair(x float64) pair {
	y := math.Asin(x)
	s, c := sinCos(pair{y, 0})
	other := sum(1, -x).times(sum(1, x)).root() // the cosine of what is looked for
	return sum(y, pair{x, 0}.times(c).add(other.times(s).neg()).round())
}

// Asin is the arc sine, no number outside -1 to 1.
func Asin(x float64) float64 {
	if !(math.Abs(x) <= 1) {
		return math.NaN()
	}
	return asinPair(x).round()
}

// Acos is the arc cosine, no number outside -1 to 1.
func Acos(x float64) float64 {
	if !(math.Abs(x) <= 1) {
		return math.NaN()
	}
	return max(0, halfPi.add(asinPair(x).neg()).round())
}

// Atan is the arc tangent.
func Atan(x float64) float64 {
	if math.Abs(x) > 1e15 || x == 0 {
		return math.Atan(x)
	}
	y := math.Atan(x)
	s, c := sinCos(pair{y, 0})
	v := pair{x, 0}
	return y + v.times(c).add(s.neg()).over(v.times(s).add(c)).round()
}

// Atan2 is the angle of a point; what lies on the axes is exact in package math.
func Atan2(y, x float64) float64 {
	a := math.Atan2(y, x)
	if x == 0 || y == 0 || math.Abs(y/x) > 1e15 || math.Abs(y/x) < 1e-15 {
		return a
	}
	if _, e := math.Frexp(y); e > 500 || e < -500 { // their products would leave the doubles
		y, x = math.Ldexp(y, -e), math.Ldexp(x, -e)
	}
	s, c := angle(a)
	up, along := pair{y, 0}, pair{x, 0}
	return a + up.times(c).add(along.times(s).neg()).over(up.times(s).add(along.times(c))).round()
}
