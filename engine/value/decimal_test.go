package value

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// randomDecimal has any number of digits, often few.
func randomDecimal(r *rand.Rand) Decimal {
	m := new(big.Int)
	for range r.IntN(r.IntN(65) + 1) {
		m.Mul(m, big.NewInt(10)).Add(m, big.NewInt(int64(r.IntN(10))))
	}
	if r.IntN(2) == 0 {
		m.Neg(m)
	}
	return DecimalOfBig(m, r.IntN(MaxScale+1))
}

func rat(d Decimal) *big.Rat { return new(big.Rat).SetFrac(d.Unscaled(), tenTo(d.Scale())) }

// TestDecimalIsExact holds every operation against fractions of any length.
func TestDecimalIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 20000 {
		a, b := randomDecimal(r), randomDecimal(r)
		x, y := rat(a), rat(b)
		if got := rat(a.Add(b)); got.Cmp(new(big.Rat).Add(x, y)) != 0 {
			t.Fatalf("%s + %s = %s", a, b, a.Add(b))
		}
		if got := rat(a.Sub(b)); got.Cmp(new(big.Rat).Sub(x, y)) != 0 {
			t.Fatalf("%s - %s = %s", a, b, a.Sub(b))
		}
		if p, ok := a.Mul(b); ok && p.Scale() == a.Scale()+b.Scale() && rat(p).Cmp(new(big.Rat).Mul(x, y)) != 0 {
			t.Fatalf("%s * %s = %s", a, b, p)
		}
		if q, ok := a.Div(b, 4); ok {
			rest := new(big.Rat).Sub(new(big.Rat).Quo(x, y), rat(q))
			if rest.Abs(rest).Cmp(new(big.Rat).SetFrac(big.NewInt(1), tenTo(q.Scale()))) >= 0 {
				t.Fatalf("%s / %s = %s", a, b, q)
			}
		}
		if got := a.Cmp(b); got != x.Cmp(y) {
			t.Fatalf("%s <=> %s = %d", a, b, got)
		}
		half := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(big.NewInt(2), tenTo(r.IntN(8))))
		for n := range 8 {
			if tenTo(n).Cmp(new(big.Int).Quo(half.Denom(), big.NewInt(2))) == 0 {
				diff := new(big.Rat).Sub(x, rat(a.Round(n)))
				if diff.Abs(diff).Cmp(half) > 0 {
					t.Fatalf("ROUND(%s,%d) = %s", a, n, a.Round(n))
				}
			}
		}
		if q, m, ok := a.QuoRem(b); ok {
			back, _ := q.Mul(b)
			if back.Scale() == b.Scale() && rat(back.Add(m)).Cmp(x) != 0 || m.Abs().Cmp(b.Abs()) >= 0 {
				t.Fatalf("%s DIV %s = %s, MOD %s", a, b, q, m)
			}
		}
		if back, whole := ParseDecimal([]byte(a.String())); !whole || back.Cmp(a) != 0 || back.String() != a.String() {
			if words(a.Digits())+words(a.Scale()) <= maxWords {
				t.Fatalf("%s reads back as %s", a, back)
			}
		}
	}
}

func TestDecimalRounds(t *testing.T) {
	for _, c := range []struct {
		in  string
		n   int
		out string
	}{
		{"2.5", 0, "3"}, {"-2.5", 0, "-3"}, {"2.4999", 0, "2"}, {"150", -2, "200"}, {"149", -2, "100"},
		{"0.05", 1, "0.1"}, {"-0.04", 1, "0.0"}, {"9.995", 2, "10.00"}, {"1", 3, "1.000"},
		{"99999999999999999999999999999999999999.5", 0, "100000000000000000000000000000000000000"},
	} {
		d, _ := ParseDecimal([]byte(c.in))
		if got := d.Round(c.n).String(); got != c.out {
			t.Errorf("ROUND(%s,%d) = %s, want %s", c.in, c.n, got, c.out)
		}
	}
}

func TestDecimalsOfOneWordAllocateNothing(t *testing.T) {
	a, b := DecimalOfUnscaled(123456789012, 4), DecimalOfUnscaled(-99999999, 2)
	if n := testing.AllocsPerRun(100, func() {
		c, _ := a.Add(b).Mul(b)
		c = c.Sub(a).Round(2)
		c, _ = c.Div(b, 4)
		_ = c.Cmp(a)
		_ = Dec(c).Decimal()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
