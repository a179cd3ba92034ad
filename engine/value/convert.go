package value

import (
	"bytes"
	"math"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The conversions of an expression: v is a value of type t. None fails because of
// what v is; the error is that of Env.Warn or of the budget. NULL becomes 0 or
// nothing: ask IsNull first.

// ToDouble is v as a number.
func ToDouble(e *Env, v Value, t *Type) (float64, error) {
	switch v.class {
	case ClassInt:
		return float64(int64(v.n)), nil
	case ClassUint:
		return float64(v.n), nil
	case ClassDouble:
		return v.Double(), nil
	case ClassDecimal:
		return v.Decimal().Double(), nil
	case ClassString:
		if t.Hex {
			return float64(hexNumber(v.b)), nil
		}
		if m := e.moment(v, t); !m.IsNull() {
			return temporalDecimal(m, &momentDigits).Double(), nil
		}
		f, whole := stringToDouble(v.b)
		if !whole && !t.Quiet {
			return f, e.incorrect("DOUBLE", v.b)
		}
		return f, nil
	case ClassJSON:
		return jsonToDouble(e, v.doc)
	case ClassNull:
		return 0, nil
	}
	return temporalDecimal(v, t).Double(), nil
}

// ToDecimal is v as an exact number.
func ToDecimal(e *Env, v Value, t *Type) (Decimal, error) {
	switch v.class {
	case ClassInt:
		return DecimalOfInt(int64(v.n)), nil
	case ClassUint:
		return DecimalOfUint(v.n), nil
	case ClassDouble:
		d, _ := DecimalOfDouble(v.Double())
		return d, nil
	case ClassDecimal:
		return v.Decimal(), nil
	case ClassString:
		if t.Hex {
			return DecimalOfUint(hexNumber(v.b)), nil
		}
		if m := e.moment(v, t); !m.IsNull() {
			return temporalDecimal(m, &momentDigits), nil
		}
		d, whole := ParseDecimal(v.b)
		if !whole && !t.Quiet {
			return d, e.incorrect("DECIMAL", v.b)
		}
		return d, nil
	case ClassJSON:
		return jsonToDecimal(e, v.doc)
	case ClassNull:
		return Decimal{}, nil
	}
	return temporalDecimal(v, t), nil
}

// momentDigits is the type of what Env.moment reads: all digits of a fraction count.
var momentDigits = Type{Kind: TypeDateTime, Scale: MaxFsp}

// moment is the date, time or both that a text of Type.Moment holds, NULL of other texts.
func (e *Env) moment(v Value, t *Type) Value {
	if !t.Moment || len(v.b) == 0 {
		return Null
	}
	if bytes.IndexByte(v.b[1:], '-') < 0 { // a sign is no date
		m, err := ToTime(e, v, t)
		if err != nil {
			return Null
		}
		return m
	}
	p := parseDateTime(v.b, fuzzy, false)
	d, ok := p.packed(MaxFsp, false)
	switch {
	case !p.ok || !ok:
		return Null
	case p.date:
		return Date(d)
	}
	return DateTime(d)
}

// temporalDecimal is 20240131235959.25 and the like, with the digits of t.
func temporalDecimal(v Value, t *Type) Decimal {
	var whole Decimal
	micro := int64(0)
	switch v.class {
	case ClassDate:
		return DecimalOfUint(numberOfDate(v.DateTime()))
	case ClassDateTime:
		whole = DecimalOfUint(numberOfDateTime(v.DateTime()))
		micro = int64(v.n & 0xFFFFF)
	case ClassTime:
		whole = DecimalOfInt(numberOfTime(v.Micros()))
		micro = v.Micros() % MicrosPerSecond
	}
	fsp := min(int(t.Scale), MaxFsp)
	if fsp == 0 && micro == 0 {
		return whole
	}
	return whole.Add(DecimalOfUnscaled(micro, 6)).Truncate(fsp)
}

// ToInteger is v as an integer, ClassInt or ClassUint: numbers are rounded, text is
// read up to where it stops being an integer.
func ToInteger(e *Env, v Value, t *Type) (Value, error) {
	switch v.class {
	case ClassInt, ClassUint, ClassNull:
		return v, nil
	case ClassDouble:
		return doubleToInteger(v.Double()), nil
	case ClassDecimal:
		n, fits := decimalToInteger(v.Decimal())
		if !fits {
			return n, e.incorrect("DECIMAL", v.Decimal().Append(nil))
		}
		return n, nil
	case ClassString:
		if t.Hex {
			return Uint(hexNumber(v.b)), nil
		}
		if m := e.moment(v, t); !m.IsNull() {
			return ToInteger(e, m, &momentDigits)
		}
		u, neg, whole, over := stringToInt(v.b)
		var err error
		if (!whole || over) && !t.Quiet {
			err = e.incorrect("INTEGER", v.b)
		}
		if neg {
			return Int(-int64(u)), err
		}
		return smallest(u), err
	case ClassJSON:
		return jsonToInteger(e, v.doc)
	case ClassDate:
		return Int(int64(numberOfDate(v.DateTime()))), nil
	}
	return wholeSeconds(v), nil
}

// wholeSeconds is hhmmss and YYYYMMDDhhmmss of a time rounded to a second.
func wholeSeconds(v Value) Value {
	if v.class == ClassTime {
		return Int(numberOfTime(RoundTime(v.Micros(), 0, false)))
	}
	d, ok := roundDateTime(v.DateTime(), 0, false)
	if !ok {
		d = v.DateTime()
	}
	return Int(int64(numberOfDateTime(d)))
}

// smallest is an Int when u fits, else a Uint.
func smallest(u uint64) Value {
	if u <= math.MaxInt64 {
		return Int(int64(u))
	}
	return Uint(u)
}

func doubleToInteger(f float64) Value {
	f = math.RoundToEven(f)
	switch {
	case f >= 1<<64:
		return Uint(math.MaxUint64)
	case f >= 1<<63:
		return Uint(uint64(f))
	case f < -1<<63:
		return Int(math.MinInt64)
	}
	return Int(int64(f))
}

func decimalToInteger(d Decimal) (n Value, fits bool) {
	if d.Sign() >= 0 {
		u, fits := d.ToUint()
		return smallest(u), fits
	}
	i, fits := d.ToInt()
	return Int(i), fits
}

// ToInt is ToInteger with what lies above the signed integers cut to the largest one.
func ToInt(e *Env, v Value, t *Type) (int64, error) {
	if v.class == ClassInt {
		return int64(v.n), nil
	}
	i, err := ToInteger(e, v, t)
	if i.class == ClassUint && i.n > math.MaxInt64 {
		return math.MaxInt64, err
	}
	return int64(i.n), err
}

// ToUint is ToInteger as the 64 bits that BIT functions compute with: -1 has all. What
// is no integer is cut to the signed ones.
func ToUint(e *Env, v Value, t *Type) (uint64, error) {
	i, err := ToInteger(e, v, t)
	if (v.class == ClassDouble || v.class == ClassDecimal) && i.class == ClassUint && i.n > math.MaxInt64 {
		return math.MaxInt64, err
	}
	return i.n, err
}

// ToBool says whether a condition holds; NULL does not.
func ToBool(e *Env, v Value, t *Type) (bool, error) {
	switch v.class {
	case ClassNull:
		return false, nil
	case ClassInt, ClassUint:
		return v.n != 0, nil
	case ClassDecimal:
		return !v.Decimal().IsZero(), nil
	}
	f, err := ToDouble(e, v, t)
	return f != 0, err
}

// hexNumber is the number of a literal like 0xFF: its last eight bytes.
func hexNumber(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// ToText is v as text, as a client sees it. The bytes are v's own where it is a
// string; they must not be changed.
func ToText(e *Env, v Value, t *Type) ([]byte, error) {
	if v.class == ClassString {
		return v.b, nil
	}
	return AppendText(nil, v, t), nil
}

// AppendText appends v as text; NULL appends nothing.
func AppendText(dst []byte, v Value, t *Type) []byte {
	switch v.class {
	case ClassInt:
		return appendInt(dst, int64(v.n))
	case ClassUint:
		if t.ZeroFill && t.IsInteger() {
			return appendUint(dst, v.n, int(t.Length))
		}
		return appendUintAs(dst, v.n, t)
	case ClassDouble:
		from := len(dst)
		if t.Kind == TypeFloat {
			dst = AppendFloat(dst, v.Double(), t.Scale)
		} else {
			dst = AppendDouble(dst, v.Double(), t.Scale)
		}
		return zeroFilled(dst, from, t)
	case ClassDecimal:
		d := v.Decimal()
		if t.Kind == TypeDecimal && d.scale != t.Scale {
			d = d.Round(int(t.Scale))
		}
		return zeroFilled(d.Append(dst), len(dst), t)
	case ClassString:
		return append(dst, v.b...)
	case ClassDate:
		return AppendDate(dst, v.DateTime())
	case ClassDateTime:
		return AppendDateTime(dst, v.DateTime(), int(t.Scale))
	case ClassTime:
		return AppendTime(dst, v.Micros(), int(t.Scale))
	case ClassJSON:
		return v.doc.Append(dst)
	}
	return dst
}

// zeroFilled puts zeros before the number that begins at from in dst, as ZEROFILL asks for.
func zeroFilled(dst []byte, from int, t *Type) []byte {
	if !t.ZeroFill || t.IsInteger() {
		return dst
	}
	missing := int(min(t.Length, 255)) - (len(dst) - from)
	for range missing {
		dst = append(dst, '0')
	}
	if missing > 0 {
		copy(dst[from+missing:], dst[from:len(dst)-missing])
		for i := range missing {
			dst[from+i] = '0'
		}
	}
	return dst
}

func appendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return appendUint(append(dst, '-'), -uint64(v), 1)
	}
	return appendUint(dst, uint64(v), 1)
}

// appendUintAs writes what only its type tells: the members of ENUM and SET, the
// bytes of a BIT, the four digits of a YEAR.
func appendUintAs(dst []byte, n uint64, t *Type) []byte {
	switch t.Kind {
	case TypeEnum:
		if t.Members != nil && n >= 1 && n <= uint64(len(*t.Members)) {
			dst = append(dst, (*t.Members)[n-1]...)
		}
		return dst
	case TypeSet:
		return appendSet(dst, n, t)
	case TypeBit:
		for width := int(t.Length+7) / 8; width > 0; width-- {
			dst = append(dst, byte(n>>(8*(width-1))))
		}
		return dst
	case TypeYear:
		return appendUint(dst, n, 4)
	}
	return appendUint(dst, n, 1)
}

func appendSet(dst []byte, bits uint64, t *Type) []byte {
	if t.Members == nil {
		return dst
	}
	first := true
	for i, m := range *t.Members {
		if i < 64 && bits>>i&1 == 1 {
			if !first {
				dst = append(dst, ',')
			}
			dst, first = append(dst, m...), false
		}
	}
	return dst
}

// ToDateTime is v as a DATETIME with as many digits of the fraction as it has, or
// NULL with warning 1292 when it is none. A TIME counts from the day of the
// statement. 0000-00-00 and dates with month or day 0 are taken; a function that
// refuses them looks by itself.
func ToDateTime(e *Env, v Value, t *Type) (Value, error) {
	return e.toDateTime(v, t, e.fuzzy(), MaxFsp)
}

// ToDate is ToDateTime without the time of day.
func ToDate(e *Env, v Value, t *Type) (Value, error) {
	d, err := e.toDateTime(v, t, e.fuzzy(), MaxFsp)
	if d.class == ClassDateTime {
		d = Date(d.DateTime())
	}
	return d, err
}

func (e *Env) toDateTime(v Value, t *Type, rules dateRules, fsp int) (Value, error) {
	var p parsedTime
	var err error
	switch v.class {
	case ClassNull, ClassDateTime:
		return v, nil
	case ClassDate:
		return DateTime(v.DateTime()), nil
	case ClassTime:
		return e.timeToDateTime(v.Micros())
	case ClassString:
		p = parseDateTime(v.b, rules, false)
	case ClassUint:
		if t.Kind == TypeEnum || t.Kind == TypeSet || t.Kind == TypeBit { // by what it is as a text
			return e.toDateTime(Bytes(AppendText(nil, v, t)), &Type{Kind: TypeVarChar}, rules, fsp)
		}
		rules.noZero = false
		if p, err = e.numberDateTime(v, t, rules); err != nil {
			return Null, err
		}
	case ClassJSON:
		if s := v.doc.temporal(); !s.IsNull() {
			return e.toDateTime(s, t, rules, fsp)
		}
		p = parseDateTime(AppendText(nil, unquoted(v.doc), t), rules, false)
	default:
		rules.noZero = false // the number 0 is 0000-00-00 for whoever asks
		p, err = e.numberDateTime(v, t, rules)
		if err != nil {
			return Null, err
		}
	}
	if !p.ok {
		return Null, e.badTime("Incorrect datetime", v, t)
	}
	if p.bad != 0 {
		kind := "Truncated incorrect datetime"
		if p.date {
			kind = "Truncated incorrect date"
		}
		if err = e.badTime(kind, v, t); err != nil {
			return Null, err
		}
	}
	return e.packed(p, v, t, fsp)
}

// packed rounds what was read and brings an offset to the session's zone.
func (e *Env) packed(p parsedTime, v Value, t *Type, fsp int) (Value, error) {
	d, ok := p.packed(fsp, e.Has(ModeTimeTruncateFractional))
	if ok && p.zone {
		if moment, real := AddMicros(d, -int64(p.offset)*MicrosPerMinute); real {
			d, ok = e.FromUTC(moment)
		}
	}
	if !ok {
		return Null, e.badTime("Incorrect datetime", v, t)
	}
	return DateTime(d), nil
}

func (e *Env) numberDateTime(v Value, t *Type, rules dateRules) (parsedTime, error) {
	d, err := ToDecimal(e, v, t)
	if err != nil {
		return parsedTime{}, err
	}
	whole := d.Truncate(0)
	n, fits := whole.Int64()
	if !fits || d.Sign() < 0 {
		return parsedTime{bad: unreadable}, nil
	}
	p := numberToDateTime(n, rules)
	if p.ok && p.date && d.Cmp(whole) != 0 { // a day has no fraction
		p.bad |= garbage
	}
	if micro, ok := d.Sub(whole).Round(6).Int64(); ok && p.ok && !p.date {
		p.Micro = int(micro)
		if micro == MicrosPerSecond { // .9999999
			p.Micro, p.nano = 999_999, 999
		}
	}
	return p, nil
}

func (e *Env) timeToDateTime(micros int64) (Value, error) {
	d, ok := AddMicros(e.Today(), micros)
	if !ok {
		return Null, nil
	}
	return DateTime(d), nil
}

// ToTime is v as a TIME, or NULL with warning 1292.
func ToTime(e *Env, v Value, t *Type) (Value, error) {
	var p parsedTime
	switch v.class {
	case ClassNull, ClassTime:
		return v, nil
	case ClassDate:
		return Time(0), nil
	case ClassDateTime:
		c := CivilOf(v.DateTime())
		return Time(c.Micros()), nil
	case ClassString:
		p = parseTime(v.b)
	case ClassUint:
		if t.Kind == TypeEnum || t.Kind == TypeSet || t.Kind == TypeBit {
			return ToTime(e, Bytes(AppendText(nil, v, t)), &Type{Kind: TypeVarChar})
		}
		d, err := ToDecimal(e, v, t)
		if err != nil {
			return Null, err
		}
		p = numberParts(d)
	case ClassJSON:
		if s := v.doc.temporal(); !s.IsNull() {
			return ToTime(e, s, t)
		}
		p = parseTime(AppendText(nil, unquoted(v.doc), t))
	default:
		d, err := ToDecimal(e, v, t)
		if err != nil {
			return Null, err
		}
		p = numberParts(d)
	}
	if !p.ok {
		return Null, e.badTime("Truncated incorrect time", v, t)
	}
	if p.bad != 0 {
		if err := e.badTime("Truncated incorrect time", v, t); err != nil {
			return Null, err
		}
	}
	p.Year, p.Month, p.Day = 0, 0, 0
	micros := p.Micros()
	if p.nano >= 500 && !e.Has(ModeTimeTruncateFractional) {
		if p.Neg {
			micros--
		} else {
			micros++
		}
	}
	return Time(max(-MaxTime, min(micros, MaxTime))), nil
}

// badTime is 1292 about a date or time.
func (e *Env) badTime(what string, v Value, t *Type) error {
	return e.Warn(sqlerr.TruncatedWrongValue, "%s value: '%s'", what, shown(AppendText(nil, v, t)))
}
