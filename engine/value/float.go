package value

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// AppendDouble writes f as MySQL shows a DOUBLE: the shortest digits that read back
// as f, with an exponent from 1e15 up and below 1e-15, and so many digits behind the
// point when scale is not NotFixed.
func AppendDouble(dst []byte, f float64, scale uint8) []byte {
	if scale < NotFixed {
		return appendFixed(dst, noMinusZero(f), int(scale))
	}
	return appendShortest(dst, f, 64)
}

// AppendFloat writes a FLOAT: six digits at most, as MySQL shows one.
func AppendFloat(dst []byte, f float64, scale uint8) []byte {
	if scale < NotFixed {
		return strconv.AppendFloat(dst, noMinusZero(f), 'f', int(scale), 64)
	}
	return appendShortest(dst, f, 32)
}

// appendFixed rounds to so many digits behind the point. No digit is shown that f
// needs not to be told from its neighbours: zeros stand there.
func appendFixed(dst []byte, f float64, scale int) []byte {
	begin := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	digits := 0
	if point := bytes.IndexByte(dst[begin:], '.'); point >= 0 {
		digits = len(dst) - begin - point - 1
	}
	if digits > scale {
		return strconv.AppendFloat(dst[:begin], f, 'f', scale, 64)
	}
	if digits == 0 && scale > 0 {
		dst = append(dst, '.')
	}
	for range scale - digits {
		dst = append(dst, '0')
	}
	return dst
}

func noMinusZero(f float64) float64 {
	if f == 0 {
		return 0
	}
	return f
}

func appendShortest(dst []byte, f float64, size int) []byte {
	if f == 0 { // of either sign
		return append(dst, '0')
	}
	var buf [32]byte
	var e []byte
	if size == 32 {
		e = strconv.AppendFloat(buf[:0], f, 'e', 5, 64) // FLT_DIG digits
	} else {
		e = strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	}
	at := bytes.IndexByte(e, 'e')
	exp, _ := strconv.Atoi(string(e[at+1:]))
	mantissa := e[:at]
	if size == 32 && bytes.IndexByte(mantissa, '.') >= 0 {
		mantissa = bytes.TrimRight(mantissa, "0")
		mantissa = bytes.TrimSuffix(mantissa, []byte("."))
	}
	if exp >= -15 && exp < 15 {
		return appendPlain(dst, mantissa, exp)
	}
	dst = append(append(dst, mantissa...), 'e')
	return strconv.AppendInt(dst, int64(exp), 10)
}

// appendPlain writes d.ddd times 10^exp without an exponent.
func appendPlain(dst, mantissa []byte, exp int) []byte {
	if mantissa[0] == '-' {
		dst, mantissa = append(dst, '-'), mantissa[1:]
	}
	var buf [32]byte
	digits := append(buf[:0], mantissa[0])
	if len(mantissa) > 2 {
		digits = append(digits, mantissa[2:]...)
	}
	if exp < 0 {
		dst = append(dst, "0."...)
		for range -exp - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := 0; i <= exp; i++ {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	if len(digits) > exp+1 {
		dst = append(append(dst, '.'), digits[exp+1:]...)
	}
	return dst
}

// printable shows what is no UTF-8 as \xNN.
func printable(s []byte) string {
	if utf8.Valid(s) {
		return string(s)
	}
	const hex = "0123456789ABCDEF"
	var out []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n <= 1 {
			out, n = append(out, '\\', 'x', hex[s[0]>>4], hex[s[0]&15]), 1
		} else {
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return string(out)
}
