package codec

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"strings"
)

// foldWeigher is the smallest collation that is not binary: ASCII letters are
// equal in both cases. Every rune gives one weight, 0 included, so that weights
// of all lengths and zero bytes occur.
type foldWeigher struct{ pad bool }

func (w foldWeigher) AppendWeights(dst []byte, s string) []byte {
	for _, r := range s {
		dst = AppendWeight(dst, uint32(foldRune(r)))
	}
	return dst
}
func (w foldWeigher) AppendEnd(dst []byte, _ string) []byte { return dst }
func (w foldWeigher) Most() int                             { return 4 }
func (w foldWeigher) PadSpace() bool                        { return w.pad }
func (w foldWeigher) Version() uint16                       { return 1 }

func foldRune(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// compareText is the logical order under a weigher, computed without weights.
func compareText(a, b string, w Weigher) int {
	if w == Binary {
		return strings.Compare(a, b)
	}
	if w.PadSpace() {
		a, b = strings.TrimRight(a, " "), strings.TrimRight(b, " ")
	}
	x, y := []rune(a), []rune(b)
	for i := 0; i < len(x) && i < len(y); i++ {
		if c := cmp.Compare(foldRune(x[i]), foldRune(y[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// column is a field as the tests see it, with what the field alone cannot tell.
type column struct {
	Field
	precision int // of KindDecimal
}

// compareDatum is the SQL order of two values of a column.
func (c column) compareDatum(a, b Datum) int {
	var r int
	switch {
	case a.IsNull() || b.IsNull():
		r = cmp.Compare(boolInt(b.IsNull()), boolInt(a.IsNull())) // NULL first
	case c.Kind == KindInt:
		r = cmp.Compare(a.Int(), b.Int())
	case c.Kind == KindUint:
		r = cmp.Compare(a.Uint(), b.Uint())
	case c.Kind == KindFloat:
		r = cmp.Compare(a.Float(), b.Float())
	case c.Kind == KindDecimal:
		r = mustDecimal(a, c.precision).Cmp(mustDecimal(b, c.precision))
	case c.Kind == KindText:
		r = compareText(string(a.Bytes()), string(b.Bytes()), c.Weigher)
	default:
		r = bytes.Compare(a.Bytes(), b.Bytes())
	}
	if c.Desc {
		return -r
	}
	return r
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mustDecimal(d Datum, precision int) *big.Int {
	v, err := d.Decimal(precision)
	if err != nil {
		panic(err)
	}
	return v
}

// source turns fuzz input into choices; an exhausted source answers zeros.
type source struct{ b []byte }

func (s *source) byte() byte {
	if len(s.b) == 0 {
		return 0
	}
	b := s.b[0]
	s.b = s.b[1:]
	return b
}

func (s *source) below(n int) int { return int(s.byte()) % n }

func (s *source) uint64() (u uint64) {
	for range 8 {
		u = u<<8 | uint64(s.byte())
	}
	return u
}

// column draws a column of any kind.
func (s *source) column() column {
	c := column{Field: Field{Kind: Kind(1 + s.below(6))}}
	flags := s.byte()
	c.Nullable, c.Desc = flags&1 != 0, flags&2 != 0
	switch c.Kind {
	case KindInt, KindUint:
		c.Width = uint8(1 + s.below(8))
	case KindFloat:
		c.Width = uint8(4 + 4*s.below(2))
	case KindDecimal:
		c.precision = 19 + s.below(MaxPrecision-18)
		c.Width = uint8(DecimalWidth(c.precision))
	case KindText:
		c.Weigher = []Weigher{Binary, foldWeigher{}, foldWeigher{pad: true}}[s.below(3)]
	}
	return c
}

// datum draws a value of the column, often one at an edge.
func (s *source) datum(c column) Datum {
	how := s.byte()
	if c.Nullable && how&3 == 0 {
		return Null()
	}
	edge := how&4 != 0
	switch c.Kind {
	case KindInt:
		shift := uint(64 - 8*c.Width)
		if edge {
			return Int([]int64{0, -1, 1, math.MinInt64 >> shift, math.MaxInt64 >> shift}[s.below(5)])
		}
		return Int(int64(s.uint64()) >> shift)
	case KindUint:
		shift := uint(64 - 8*c.Width)
		if edge {
			return Uint([]uint64{0, 1, math.MaxUint64 >> shift}[s.below(3)])
		}
		return Uint(s.uint64() >> shift)
	case KindFloat:
		return s.float(c.Width, edge)
	case KindDecimal:
		return s.decimal(c.precision, edge)
	default:
		b := s.string()
		if how&8 != 0 {
			return Text(string(b))
		}
		return Bytes(b)
	}
}

func (s *source) float(width uint8, edge bool) Datum {
	f := math.Float64frombits(s.uint64())
	if edge {
		f = []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat32}[s.below(7)]
	}
	if f != f {
		f = 0.5
	}
	if width == 4 {
		f = float64(float32(f))
	}
	return Float(f)
}

func (s *source) decimal(precision int, edge bool) Datum {
	v := new(big.Int)
	if edge {
		v.Sub(pow10[precision], big.NewInt(int64(1+s.below(3))))
	} else {
		var raw [28]byte
		for i := range 1 + s.below(28) {
			raw[i] = s.byte()
		}
		v.Mod(v.SetBytes(raw[:]), pow10[precision])
	}
	if s.byte()&1 != 0 {
		v.Neg(v)
	}
	d, err := Decimal(nil, v, precision)
	if err != nil {
		panic(err)
	}
	return d
}

// string draws from few characters, so that equal beginnings are common.
func (s *source) string() []byte {
	parts := []string{"\x00", "\x01", "\xff", "a", "A", "b", " ", "  ", "é", "\u0080", "中", "😀", "\x00\x00", "\x7f"}
	var b []byte
	for range s.below(7) {
		b = append(b, parts[s.below(len(parts))]...)
	}
	return b
}
