package value

// ToClock is v for the functions that take a TIME as well as a DATETIME: a text or a
// number that is a whole DATETIME stays one, everything else is as in ToTime. A DATE
// is midnight.
func ToClock(e *Env, v Value, t *Type) (Value, error) {
	var p parsedTime
	switch v.class {
	case ClassDateTime:
		return v, nil
	case ClassString:
		p = parseTime(v.b)
	case ClassInt, ClassUint, ClassDecimal, ClassDouble:
		d, err := ToDecimal(e, v, t)
		if err != nil {
			return Null, err
		}
		p = numberParts(d)
	}
	if !p.ok || p.Month == 0 && p.Year == 0 || p.Neg {
		return ToTime(e, v, t)
	}
	if p.bad != 0 {
		if err := e.badTime("Truncated incorrect time", v, t); err != nil {
			return Null, err
		}
	}
	return e.packed(p, v, t, MaxFsp)
}

// FractionDigits is how many digits the fraction of a second has in a text that is a
// DATETIME, or a TIME when clock is set.
func FractionDigits(s []byte, clock bool) int {
	p := parseDateTime(s, fuzzy, clock)
	if clock {
		p = parseTime(s)
	}
	if !p.ok {
		return 0
	}
	return min(p.digits, MaxFsp)
}

// DateAlone says that a text or a number is a date without a time of day.
func DateAlone(e *Env, v Value, t *Type) bool {
	switch v.class {
	case ClassString:
		return parseDateTime(v.b, fuzzy, false).date
	case ClassInt, ClassUint, ClassDecimal, ClassDouble:
		quiet := *e
		quiet.Listen = nil
		p, err := quiet.numberDateTime(v, t, fuzzy)
		return err == nil && p.date
	}
	return v.class == ClassDate
}
