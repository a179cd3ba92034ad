package value

import (
	"math/big"
	"math/bits"
)

// Decimal is an exact number: a magnitude, a sign, and how many digits stand behind
// the point. Magnitudes below 2^128, 38 digits, are held without an allocation.
// The zero Decimal is 0.
type Decimal struct {
	lo, hi uint64
	big    *big.Int // magnitude, if above 128 bits; never changed
	scale  uint8
	neg    bool
}

const maxPow128 = 38 // 10^38 < 2^128 < 10^39

var (
	pow10Small = smallPowers() // lo, hi
	pow10Big   = bigPowers()
)

func smallPowers() (p [maxPow128 + 1][2]uint64) {
	lo, hi := uint64(1), uint64(0)
	for i := range p {
		p[i] = [2]uint64{lo, hi}
		carry, l := bits.Mul64(lo, 10)
		lo, hi = l, hi*10+carry
	}
	return p
}

func bigPowers() (p [181]*big.Int) {
	p[0] = big.NewInt(1)
	for i := 1; i < len(p); i++ {
		p[i] = new(big.Int).Mul(p[i-1], big.NewInt(10))
	}
	return p
}

func tenTo(n int) *big.Int {
	if n < len(pow10Big) {
		return pow10Big[n]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// DecimalOfInt is v.
func DecimalOfInt(v int64) Decimal {
	if v < 0 {
		return Decimal{lo: -uint64(v), neg: true}
	}
	return Decimal{lo: uint64(v)}
}

// DecimalOfUint is v.
func DecimalOfUint(v uint64) Decimal { return Decimal{lo: v} }

// DecimalOfUnscaled is v / 10^scale: what a DECIMAL column of up to 18 digits stores.
func DecimalOfUnscaled(v int64, scale int) Decimal {
	d := DecimalOfInt(v)
	d.scale = uint8(scale)
	return d
}

// DecimalOfBig is v / 10^scale. It keeps nothing of v.
func DecimalOfBig(v *big.Int, scale int) Decimal {
	return fromBig(new(big.Int).Abs(v), scale, v.Sign() < 0)
}

// fromBig takes a magnitude, which it keeps.
func fromBig(m *big.Int, scale int, neg bool) Decimal {
	d := Decimal{scale: uint8(scale), neg: neg && m.Sign() != 0}
	if m.BitLen() > 128 {
		d.big = m
		return d
	}
	var buf [16]byte
	m.FillBytes(buf[:])
	for i := range 8 {
		d.hi, d.lo = d.hi<<8|uint64(buf[i]), d.lo<<8|uint64(buf[8+i])
	}
	return d
}

// magnitude is the unscaled number without its sign.
func (d Decimal) magnitude() *big.Int {
	if d.big != nil {
		return d.big
	}
	var buf [16]byte
	for i := range 8 {
		buf[i], buf[8+i] = byte(d.hi>>(56-8*i)), byte(d.lo>>(56-8*i))
	}
	return new(big.Int).SetBytes(buf[:])
}

// Unscaled is the number times 10^Scale.
func (d Decimal) Unscaled() *big.Int {
	m := new(big.Int).Set(d.magnitude())
	if d.neg {
		m.Neg(m)
	}
	return m
}

// Int64 is the unscaled number when it fits.
func (d Decimal) Int64() (v int64, ok bool) {
	if d.big != nil || d.hi != 0 || d.lo > 1<<63 || d.lo == 1<<63 && !d.neg {
		return 0, false
	}
	if d.neg {
		return -int64(d.lo), true
	}
	return int64(d.lo), true
}

// Scale is the number of digits behind the point.
func (d Decimal) Scale() int { return int(d.scale) }

// IsZero says 0, of any scale.
func (d Decimal) IsZero() bool { return d.lo == 0 && d.hi == 0 && d.big == nil }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.IsZero():
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// Neg is -d.
func (d Decimal) Neg() Decimal {
	d.neg = !d.neg && !d.IsZero()
	return d
}

// Abs is d without its sign.
func (d Decimal) Abs() Decimal {
	d.neg = false
	return d
}

// Digits is how many digits d has before the point, leading zeros not counted.
func (d Decimal) Digits() int { return max(0, d.length()-int(d.scale)) }

// length is how many digits the magnitude has; 0 of 0.
func (d Decimal) length() int {
	if d.big != nil {
		return len(d.big.Text(10))
	}
	n := 0
	for n <= maxPow128 && !less128(d.lo, d.hi, pow10Small[n][0], pow10Small[n][1]) {
		n++
	}
	return n
}

func less128(alo, ahi, blo, bhi uint64) bool { return ahi < bhi || ahi == bhi && alo < blo }

// mul128 is (lo,hi) times (blo,bhi), if that is below 2^128.
func mul128(lo, hi, blo, bhi uint64) (rlo, rhi uint64, ok bool) {
	if hi != 0 && bhi != 0 {
		return 0, 0, false
	}
	carry, rlo := bits.Mul64(lo, blo)
	over1, cross1 := bits.Mul64(hi, blo)
	over2, cross2 := bits.Mul64(lo, bhi)
	rhi, c1 := bits.Add64(carry, cross1, 0)
	rhi, c2 := bits.Add64(rhi, cross2, 0)
	return rlo, rhi, over1|over2|c1|c2 == 0
}

// div128 is (lo,hi) divided by d, which is not 0.
func div128(lo, hi, d uint64) (qlo, qhi, rest uint64) {
	qhi = hi / d
	qlo, rest = bits.Div64(hi%d, lo, d)
	return qlo, qhi, rest
}

// up gives d so many digits more behind the point; the number stays.
func (d Decimal) up(n int) Decimal {
	if n <= 0 {
		return d
	}
	if d.big == nil && n <= maxPow128 {
		if lo, hi, ok := mul128(d.lo, d.hi, pow10Small[n][0], pow10Small[n][1]); ok {
			d.lo, d.hi = lo, hi
			d.scale += uint8(n)
			return d
		}
	}
	return fromBig(new(big.Int).Mul(d.magnitude(), tenTo(n)), int(d.scale)+n, d.neg)
}

// Add is d + e, with the larger scale.
func (d Decimal) Add(e Decimal) Decimal {
	d, e = d.up(int(e.scale)-int(d.scale)), e.up(int(d.scale)-int(e.scale))
	if d.big == nil && e.big == nil {
		if d.neg == e.neg {
			lo, c := bits.Add64(d.lo, e.lo, 0)
			hi, c := bits.Add64(d.hi, e.hi, c)
			if c == 0 {
				d.lo, d.hi = lo, hi
				return d
			}
		} else {
			if less128(d.lo, d.hi, e.lo, e.hi) {
				d, e = e, d
			}
			var b uint64
			d.lo, b = bits.Sub64(d.lo, e.lo, 0)
			d.hi, _ = bits.Sub64(d.hi, e.hi, b)
			d.neg = d.neg && !d.IsZero()
			return d
		}
	}
	sum := new(big.Int).Add(d.Unscaled(), e.Unscaled())
	return DecimalOfBig(sum, int(d.scale))
}

// Sub is d - e.
func (d Decimal) Sub(e Decimal) Decimal { return d.Add(e.Neg()) }

// MySQL computes with nine words of nine digits, whole ones before and behind the
// point: what a quotient or a product has beyond its type's scale counts in what is
// computed from it, and is rounded away when it is shown or stored.
const (
	wordDigits = 9
	maxWords   = 9
)

func words(digits int) int { return (digits + wordDigits - 1) / wordDigits }

// bounded is d with as many words behind the point as there is room for. ok is false
// when the digits before the point alone are too many.
func (d Decimal) bounded() (r Decimal, ok bool) {
	room := maxWords - words(d.Digits())
	if room < 0 {
		return d, false
	}
	if int(d.scale) > room*wordDigits {
		d = d.Truncate(room * wordDigits)
	}
	return d, true
}

// WithoutZeros is d without the words at its end that are zero, but for those that some digits behind the point need.
func (d Decimal) WithoutZeros(digits int) Decimal {
	for scale := words(digits) * wordDigits; scale < int(d.scale); scale += wordDigits {
		if short := d.Truncate(scale); short.Cmp(d) == 0 {
			return short
		}
	}
	return d
}

// Mul is d * e. ok is false when the product has too many digits.
func (d Decimal) Mul(e Decimal) (p Decimal, ok bool) {
	scale, neg := int(d.scale)+int(e.scale), d.neg != e.neg
	if lo, hi, fits := mul128(d.lo, d.hi, e.lo, e.hi); fits && d.big == nil && e.big == nil {
		p = Decimal{lo: lo, hi: hi, scale: uint8(scale), neg: neg && lo|hi != 0}
		if scale <= maxPow128 {
			return p, true
		}
	} else {
		p = fromBig(new(big.Int).Mul(d.magnitude(), e.magnitude()), scale, neg)
	}
	return p.bounded()
}

// Div is d / e with at least the digits of d and more behind the point (more is the
// variable div_precision_increment), to whole words of nine. ok is false when e is 0,
// or the quotient has too many digits.
func (d Decimal) Div(e Decimal, more int) (q Decimal, ok bool) {
	if e.IsZero() {
		return q, false
	}
	f1, f2 := words(int(d.scale))*wordDigits, words(int(e.scale))*wordDigits
	more = max(0, more-(f1-int(d.scale)+f2-int(e.scale)))
	scale := words(f1+f2+more) * wordDigits
	n := scale + int(e.scale) - int(d.scale) // d*10^n / e has the scale
	if d.big == nil && e.big == nil && e.hi == 0 && n <= maxPow128 {
		if lo, hi, fits := mul128(d.lo, d.hi, pow10Small[n][0], pow10Small[n][1]); fits {
			q.lo, q.hi, _ = div128(lo, hi, e.lo)
			q.scale, q.neg = uint8(scale), d.neg != e.neg && q.lo|q.hi != 0
			return q.bounded()
		}
	}
	num := new(big.Int).Mul(d.magnitude(), tenTo(n))
	return fromBig(num.Quo(num, e.magnitude()), scale, d.neg != e.neg).bounded()
}

// QuoRem is what DIV and MOD give: the quotient cut to an integer, and what is left
// of d, with the sign of d. ok is false when e is 0.
func (d Decimal) QuoRem(e Decimal) (q, r Decimal, ok bool) {
	if e.IsZero() {
		return q, r, false
	}
	scale := max(int(d.scale), int(e.scale))
	a, b := d.up(scale-int(d.scale)), e.up(scale-int(e.scale))
	if a.big == nil && b.big == nil && a.hi == 0 && b.hi == 0 {
		q = Decimal{lo: a.lo / b.lo}
		r = Decimal{lo: a.lo % b.lo, scale: uint8(scale)}
	} else {
		qm, rm := new(big.Int).QuoRem(a.magnitude(), b.magnitude(), new(big.Int))
		q, r = fromBig(qm, 0, false), fromBig(rm, scale, false)
	}
	q.neg = a.neg != b.neg && !q.IsZero()
	r.neg = a.neg && !r.IsZero()
	return q, r, true
}

// Cmp is -1, 0 or 1.
func (d Decimal) Cmp(e Decimal) int {
	if ds, es := d.Sign(), e.Sign(); ds != es {
		if ds < es {
			return -1
		}
		return 1
	}
	a, b := d.up(int(e.scale)-int(d.scale)), e.up(int(d.scale)-int(e.scale))
	c := 0
	if a.big == nil && b.big == nil {
		switch {
		case less128(a.lo, a.hi, b.lo, b.hi):
			c = -1
		case a.lo != b.lo || a.hi != b.hi:
			c = 1
		}
	} else {
		c = a.magnitude().Cmp(b.magnitude())
	}
	if d.neg {
		return -c
	}
	return c
}

// Round is d with n digits behind the point, the half away from 0; n may be
// negative, the scale is 0 then. A larger scale adds zeros.
func (d Decimal) Round(n int) Decimal { return d.cut(n, true) }

// Truncate is Round without rounding.
func (d Decimal) Truncate(n int) Decimal { return d.cut(n, false) }

func (d Decimal) cut(n int, round bool) Decimal {
	drop := int(d.scale) - n
	if drop <= 0 {
		return d.up(-drop)
	}
	var q Decimal
	if d.big == nil && drop <= 19 {
		p := pow10Small[drop][0]
		lo, hi, rest := div128(d.lo, d.hi, p)
		if round && rest >= p-rest {
			var carry uint64
			lo, carry = bits.Add64(lo, 1, 0)
			hi += carry
		}
		q = Decimal{lo: lo, hi: hi}
	} else {
		m, rest := new(big.Int).QuoRem(d.magnitude(), tenTo(drop), new(big.Int))
		if round && rest.Lsh(rest, 1).Cmp(tenTo(drop)) >= 0 {
			m.Add(m, big.NewInt(1))
		}
		q = fromBig(m, 0, false)
	}
	if n < 0 {
		q = q.up(-n)
		q.scale = 0
	} else {
		q.scale = uint8(n)
	}
	q.neg = d.neg && !q.IsZero()
	return q
}

// Floor and Ceil are the integers beside d.
func (d Decimal) Floor() Decimal {
	q := d.Truncate(0)
	if d.neg && q.Cmp(d) != 0 {
		return q.Sub(Decimal{lo: 1})
	}
	return q
}

// Ceil is the smallest integer that is not below d.
func (d Decimal) Ceil() Decimal { return d.Neg().Floor().Neg() }

// Fit is d as a DECIMAL(precision, scale): rounded, and the number of so many nines
// that is nearest when it does not fit.
func (d Decimal) Fit(precision, scale int) (r Decimal, fits bool) {
	r = d.Round(scale)
	if r.length() <= precision {
		return r, true
	}
	nines := new(big.Int).Sub(tenTo(precision), big.NewInt(1))
	return fromBig(nines, scale, d.neg), false
}

// Double is the nearest double.
func (d Decimal) Double() float64 {
	if d.big == nil && d.hi == 0 && d.lo < 1<<53 && d.scale <= 22 {
		f := float64(d.lo) / float64Pow10[d.scale]
		if d.neg {
			return -f
		}
		return f
	}
	var buf [96]byte
	return parseDouble(d.Append(buf[:0]))
}

var float64Pow10 = [23]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// ToInt is d rounded to an integer that fits, the nearest one if none does.
func (d Decimal) ToInt() (v int64, fits bool) {
	r := d.Round(0)
	if v, ok := r.Int64(); ok {
		return v, true
	}
	if d.neg {
		return -1 << 63, false
	}
	return 1<<63 - 1, false
}

// ToUint is ToInt of an unsigned integer. Below 0 it is 0, and does not fit.
func (d Decimal) ToUint() (v uint64, fits bool) {
	r := d.Round(0)
	switch {
	case r.neg:
		return 0, false
	case r.big != nil || r.hi != 0:
		return 1<<64 - 1, false
	}
	return r.lo, true
}

// Append writes d with all its digits.
func (d Decimal) Append(dst []byte) []byte {
	var buf [128]byte
	digits := buf[:0]
	if d.big != nil {
		digits = d.big.Append(digits, 10)
	} else {
		digits = append128(digits, d.lo, d.hi)
	}
	if d.neg {
		dst = append(dst, '-')
	}
	scale := int(d.scale)
	if len(digits) > scale {
		dst = append(dst, digits[:len(digits)-scale]...)
	} else {
		dst = append(dst, '0')
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits[max(0, len(digits)-scale):]...)
}

// append128 writes a number; 0 is "0".
func append128(dst []byte, lo, hi uint64) []byte {
	const e19 = 10_000_000_000_000_000_000
	if hi == 0 {
		return appendUint(dst, lo, 1)
	}
	q1, r1 := bits.Div64(hi%e19, lo, e19) // low 64 bits of the quotient
	if top := hi / e19; top > 0 || q1 >= e19 {
		q2, r2 := bits.Div64(top, q1, e19)
		return appendUint(appendUint(appendUint(dst, q2, 1), r2, 19), r1, 19)
	}
	return appendUint(appendUint(dst, q1, 1), r1, 19)
}

// appendUint writes v with at least width digits.
func appendUint(dst []byte, v uint64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for v > 0 || len(buf)-i < width {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, buf[i:]...)
}

func (d Decimal) String() string { return string(d.Append(nil)) }
