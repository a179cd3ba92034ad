package value

import (
	"math"
	"math/big"
	"strconv"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// isSpace is what MySQL skips around numbers and dates.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func trimLeft(s []byte) []byte {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// onlySpaces says that nothing follows a number that matters.
func onlySpaces(s []byte) bool { return len(trimLeft(s)) == 0 }

// numberPrefix is the part of s that is a number: [+-]digits[.digits][e[+-]digits].
// rest is what follows, empty text gives no number.
func numberPrefix(s []byte) (number, rest []byte, exponent bool) {
	s = trimLeft(s)
	i, digits := 0, 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	for ; i < len(s) && isDigit(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		j := i + 1
		for ; j < len(s) && isDigit(s[j]); j++ {
			digits++
		}
		if digits > 0 {
			i = j
		}
	}
	if digits == 0 {
		return nil, s, false
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for ; j < len(s) && isDigit(s[j]); j++ {
			}
			return s[:j], s[j:], true
		}
	}
	return s[:i], s[i:], false
}

// parseDouble reads what numberPrefix found; too large a number is the largest one.
func parseDouble(number []byte) float64 {
	f, _ := strconv.ParseFloat(string(number), 64)
	switch {
	case math.IsInf(f, 1):
		return math.MaxFloat64
	case math.IsInf(f, -1):
		return -math.MaxFloat64
	}
	return f
}

// stringToDouble reads the number that s begins with; whole says that s is one.
func stringToDouble(s []byte) (f float64, whole bool) {
	number, rest, _ := numberPrefix(s)
	if number == nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(number), 64)
	if math.IsInf(f, 0) {
		return math.Copysign(math.MaxFloat64, f), false
	}
	return f, err == nil && onlySpaces(rest)
}

// ParseDecimal reads the exact number that s begins with; whole says that s is one
// and nothing else. Digits that MySQL has no room for are cut off; of a number that is
// too large as a whole it is the largest one.
func ParseDecimal(s []byte) (d Decimal, whole bool) {
	number, rest, exponent := numberPrefix(s)
	if number == nil {
		return d, false
	}
	whole = onlySpaces(rest)
	exp := 0
	if exponent {
		at := len(number) - 1
		for number[at] != 'e' && number[at] != 'E' {
			at--
		}
		exp, _ = strconv.Atoi(string(number[at+1:])) // clamped by Atoi when it is too long
		exp = max(-1000, min(exp, 1000))
		number = number[:at]
	}
	neg := number[0] == '-'
	if neg || number[0] == '+' {
		number = number[1:]
	}
	d, inside := digitsToDecimal(number, exp)
	d.neg = neg && !d.IsZero()
	return d, whole && inside
}

// digitsToDecimal reads digits[.digits] times 10^exp.
func digitsToDecimal(number []byte, exp int) (d Decimal, inside bool) {
	var lo uint64
	scale, point, n := 0, false, 0
	var long []byte
	for i, c := range number {
		if c == '.' {
			point = true
			continue
		}
		if n == 19 && long == nil {
			long = make([]byte, 0, len(number))
			for _, c := range number[:i] {
				if c != '.' {
					long = append(long, c)
				}
			}
		}
		if long != nil {
			long = append(long, c)
		} else {
			lo = lo*10 + uint64(c-'0')
			if lo > 0 {
				n++
			}
		}
		if point {
			scale++
		}
	}
	scale -= exp
	m := Decimal{lo: lo}
	if long != nil {
		if len(long) > 4096 { // no DECIMAL has so many digits: what is far behind the point does not count
			cut := len(long) - 4096
			long, scale = long[:4096], scale-cut
		}
		x, _ := new(big.Int).SetString(string(long), 10)
		m = fromBig(x, 0, false)
	}
	return place(m, scale)
}

// place is m / 10^scale in DECIMAL's bounds.
func place(m Decimal, scale int) (Decimal, bool) {
	digits := m.length() - scale // before the point
	const most = maxWords * wordDigits
	switch {
	case m.IsZero():
		m.scale = uint8(max(0, min(scale, MaxScale)))
		return m, true
	case digits > most:
		return fromBig(new(big.Int).Sub(tenTo(MaxPrecision), big.NewInt(1)), 0, false), false
	case scale < 0:
		m = m.up(-scale)
		m.scale = 0
	case scale > most && scale-most > m.length():
		return Decimal{scale: MaxScale}, true
	case scale > most:
		m = fromBig(new(big.Int).Quo(m.magnitude(), tenTo(scale-most)), most, false)
	default:
		m.scale = uint8(scale)
	}
	return m.bounded()
}

// DecimalOfDouble is the shortest decimal that reads back as f, in DECIMAL's bounds.
func DecimalOfDouble(f float64) (d Decimal, inside bool) {
	var buf [32]byte
	return ParseDecimal(strconv.AppendFloat(buf[:0], f, 'e', -1, 64))
}

// stringToInt reads the integer that s begins with, as MySQL does where an integer
// is asked for: '12.9' is 12, '1e3' is 1. The result is signed or, above that,
// unsigned; over says that it had to be cut to one of them.
func stringToInt(s []byte) (u uint64, neg, whole, over bool) {
	s = trimLeft(s)
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	i := 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		d := uint64(s[i] - '0')
		if u > (math.MaxUint64-d)/10 {
			over = true
			continue
		}
		u = u*10 + d
	}
	if over {
		u = math.MaxUint64
	}
	if neg && u > 1<<63 {
		u, over = 1<<63, true
	}
	return u, neg, i > 0 && onlySpaces(s[i:]), over
}

// incorrect is warning 1292 about a text that is no number (or is more than one).
func (e *Env) incorrect(kind string, s []byte) error {
	return e.Warn(sqlerr.TruncatedWrongValue, "Truncated incorrect %s value: '%s'", kind, shown(s))
}

// shown is a value as errors quote it: its beginning, readable.
func shown(s []byte) string {
	const most = 128
	cut := false
	if len(s) > most {
		s, cut = s[:most], true
	}
	out := printable(s)
	if cut {
		out += "..."
	}
	return out
}
