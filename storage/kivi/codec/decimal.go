package codec

import (
	"fmt"
	"math/big"
)

// MaxPrecision is the largest number of digits of a DECIMAL.
const MaxPrecision = 65

// maxInt64Precision is the largest precision whose unscaled values all fit int64.
const maxInt64Precision = 18

// pow10[n] is 10^n: one more than the largest unscaled value of n digits.
var pow10 = powersOfTen()

func powersOfTen() (p [MaxPrecision + 1]*big.Int) {
	p[0] = big.NewInt(1)
	for n := 1; n <= MaxPrecision; n++ {
		p[n] = new(big.Int).Mul(p[n-1], big.NewInt(10))
	}
	return p
}

// DecimalWidth is the number of bytes of a DECIMAL(precision, any scale): the
// smallest two's complement that holds precision nines. It is 0 for a precision
// that does not exist.
func DecimalWidth(precision int) int {
	if precision < 1 || precision > MaxPrecision {
		return 0
	}
	// 10^p is no power of two, so it has the bit length of p nines; one bit
	// more is for the sign.
	return (pow10[precision].BitLen() + 1 + 7) / 8
}

// DecimalKind returns how a column DECIMAL(precision) is stored: KindInt with
// the unscaled integer up to 18 digits, KindDecimal above. Both give the same
// key bytes as AppendDecimal. ok is false for a precision that does not exist.
func DecimalKind(precision int) (kind Kind, width int, ok bool) {
	width = DecimalWidth(precision)
	if precision <= maxInt64Precision {
		return KindInt, width, width > 0
	}
	return KindDecimal, width, width > 0
}

// AppendDecimal appends a decimal as its unscaled integer (12.50 of
// DECIMAL(6,2) is 1250): DecimalWidth bytes of big-endian two's complement with
// the sign bit flipped. All values of a column have its scale, so their order
// is that of the integers. More digits than precision are ErrRange.
func AppendDecimal(dst []byte, unscaled *big.Int, precision int) ([]byte, error) {
	width := DecimalWidth(precision)
	if width == 0 {
		return dst, fmt.Errorf("%w: DECIMAL precision %d, not 1 to %d", ErrRange, precision, MaxPrecision)
	}
	if unscaled.CmpAbs(pow10[precision]) >= 0 {
		return dst, fmt.Errorf("%w: more than %d digits", ErrRange, precision)
	}
	from := len(dst)
	dst = append(dst, zeros[:width]...)
	out := dst[from:]
	unscaled.FillBytes(out)
	if unscaled.Sign() < 0 {
		negate(out)
	}
	out[0] ^= 0x80
	return dst, nil
}

// DecodeDecimal is the inverse of AppendDecimal.
func DecodeDecimal(key []byte, precision int) (unscaled *big.Int, rest []byte, err error) {
	width := DecimalWidth(precision)
	if width == 0 || len(key) < width {
		return nil, nil, ErrShortKey
	}
	var buf [maxDecimalWidth]byte
	b := buf[:width]
	copy(b, key)
	b[0] ^= 0x80
	negative := b[0]&0x80 != 0
	if negative {
		negate(b)
	}
	unscaled = new(big.Int).SetBytes(b)
	if unscaled.CmpAbs(pow10[precision]) >= 0 {
		return nil, nil, ErrCorruptKey
	}
	if negative {
		unscaled.Neg(unscaled)
	}
	return unscaled, key[width:], nil
}

// Decimal makes the datum of a column DECIMAL(precision), of the kind that
// DecimalKind names. scratch is where the bytes of a long decimal are appended.
func Decimal(scratch []byte, unscaled *big.Int, precision int) (Datum, error) {
	if precision > maxInt64Precision {
		from := len(scratch)
		b, err := AppendDecimal(scratch, unscaled, precision)
		if err != nil {
			return Datum{}, err
		}
		return Bytes(b[from:len(b):len(b)]), nil
	}
	if DecimalWidth(precision) == 0 || unscaled.CmpAbs(pow10[precision]) >= 0 {
		return Datum{}, fmt.Errorf("%w: more than %d digits", ErrRange, precision)
	}
	return Int(unscaled.Int64()), nil
}

// Decimal returns the unscaled integer of a datum of a column DECIMAL(precision).
func (d Datum) Decimal(precision int) (*big.Int, error) {
	if precision <= maxInt64Precision {
		return big.NewInt(d.Int()), nil
	}
	v, rest, err := DecodeDecimal(d.bytes, precision)
	if err == nil && len(rest) != 0 {
		err = ErrCorruptKey
	}
	return v, err
}

const maxDecimalWidth = 28

var zeros [maxDecimalWidth]byte

// negate turns b into its two's complement.
func negate(b []byte) {
	carry := true
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = ^b[i]
		if carry {
			b[i]++
			carry = b[i] == 0
		}
	}
}
