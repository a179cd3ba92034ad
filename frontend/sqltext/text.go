package sqltext

import (
	"math"
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
)

// NotFixed is Column.Decimals of a column without a number of fraction digits.
const NotFixed = 31

// Append appends v as MySQL writes a value of col's type.
func Append(b []byte, col *session.Column, v session.Value) []byte {
	switch v.Kind() {
	case session.Int:
		return appendPadded(b, col, v.Int() < 0, magnitude(v.Int()))
	case session.Uint:
		return appendPadded(b, col, false, v.Uint())
	case session.Float32:
		return filled(AppendFloat(b, sixDigits(v.Float32(), col.Decimals), 64, col.Decimals), len(b), col)
	case session.Float64:
		if shown := v.Bytes(); shown != nil {
			return append(b, shown...)
		}
		return filled(AppendFloat(b, v.Float64(), 64, col.Decimals), len(b), col)
	case session.Bytes, session.Decimal, session.Binary:
		return append(b, v.Bytes()...)
	case session.Date:
		return AppendCivil(b, v.Civil(), true, 0)
	case session.DateTime:
		return AppendCivil(b, v.Civil(), col.Type == session.TypeDate, col.Decimals)
	case session.Duration:
		return AppendDuration(b, v.Micros(), col.Decimals)
	}
	return b // Null has no text
}

// sixDigits is a FLOAT as a number of the digits that are shown of it; one with fixed decimals shows others.
func sixDigits(f float32, decimals uint8) float64 {
	if decimals > 0 && decimals < NotFixed {
		return float64(f)
	}
	shown, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'e', 5, 64), 64)
	if err != nil {
		return float64(f)
	}
	return shown
}

// filled puts the zeros of ZEROFILL before the number that begins at from.
func filled(b []byte, from int, col *session.Column) []byte {
	if !col.ZeroFill {
		return b
	}
	if missing := int(min(col.Length, 255)) - (len(b) - from); missing > 0 {
		b = append(b, strings.Repeat("0", missing)...)
		copy(b[from+missing:], b[from:len(b)-missing])
		copy(b[from:], strings.Repeat("0", missing))
	}
	return b
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// appendPadded appends an integer; ZEROFILL columns pad it to the display
// length, and YEAR always has four digits.
func appendPadded(b []byte, col *session.Column, negative bool, n uint64) []byte {
	width := 0
	switch {
	case col.Type == session.TypeYear:
		width = 4
	case col.ZeroFill:
		width = int(min(col.Length, 255))
	}
	if negative {
		b = append(b, '-')
	}
	var digits [20]byte
	d := strconv.AppendUint(digits[:0], n, 10)
	for i := len(d); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, d...)
}

// AppendFloat appends the shortest decimal that reads back as the same number,
// laid out as MySQL does: positional for exponents from -15 to 14, else as 1.5e20.
// A column with fixed decimals has exactly these.
func AppendFloat(b []byte, f float64, bits int, decimals uint8) []byte {
	if decimals > 0 && decimals < NotFixed {
		return strconv.AppendFloat(b, f, 'f', int(decimals), bits)
	}
	size := math.Abs(f)
	if size == 0 || (size >= 1e-15 && size < 1e15) {
		return strconv.AppendFloat(b, f, 'f', -1, bits)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'e', -1, bits)
	return trimExponent(b, start)
}

// trimExponent turns Go's e+07 into MySQL's e7.
func trimExponent(b []byte, start int) []byte {
	for i := start; i < len(b); i++ {
		if b[i] != 'e' {
			continue
		}
		out := i + 1
		digits := b[i+1:]
		if digits[0] == '-' {
			out++
		}
		digits = digits[1:]
		for len(digits) > 1 && digits[0] == '0' {
			digits = digits[1:]
		}
		return append(b[:out], digits...)
	}
	return b // an infinity or not a number
}

// AppendCivil appends a date, with the time of day unless dateOnly.
func AppendCivil(b []byte, c session.Civil, dateOnly bool, decimals uint8) []byte {
	b = appendDigits(b, uint32(c.Year), 4)
	b = appendDigits(append(b, '-'), uint32(c.Month), 2)
	b = appendDigits(append(b, '-'), uint32(c.Day), 2)
	if dateOnly {
		return b
	}
	b = appendDigits(append(b, ' '), uint32(c.Hour), 2)
	return appendClock(b, uint32(c.Minute), uint32(c.Sec), c.Micro, decimals)
}

// AppendDuration appends TIME: hours may have three digits, there are no days.
func AppendDuration(b []byte, micros int64, decimals uint8) []byte {
	if micros < 0 {
		b = append(b, '-')
	}
	t := magnitude(micros)
	seconds := t / 1e6
	if hours := seconds / 3600; hours < 100 {
		b = appendDigits(b, uint32(hours), 2)
	} else {
		b = strconv.AppendUint(b, hours, 10)
	}
	return appendClock(b, uint32(seconds/60%60), uint32(seconds%60), uint32(t%1e6), decimals)
}

// appendClock appends :MM:SS and as many fraction digits as the column has. A
// column that does not say shows six of them when there is a fraction.
func appendClock(b []byte, minutes, seconds, micro uint32, decimals uint8) []byte {
	b = appendDigits(append(b, ':'), minutes, 2)
	b = appendDigits(append(b, ':'), seconds, 2)
	if decimals > 6 {
		if micro == 0 {
			return b
		}
		decimals = 6
	}
	if decimals == 0 {
		return b
	}
	b = appendDigits(append(b, '.'), micro, 6)
	return b[:len(b)-6+int(decimals)]
}

// appendDigits appends n in exactly width digits.
func appendDigits(b []byte, n uint32, width int) []byte {
	for range width {
		b = append(b, '0')
	}
	for i := len(b) - 1; width > 0; i, width = i-1, width-1 {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}
