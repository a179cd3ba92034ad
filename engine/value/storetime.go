package value

import (
	"math"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

func storeTime(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	if to.Kind == TypeTime {
		return storeTimeOfDay(e, v, from, to, at)
	}
	p, err := e.storedDate(v, from)
	if err != nil {
		return Null, err
	}
	if !p.ok {
		return zeroTime(to), e.badForColumn(v, from, to, p.bad, at)
	}
	if p.bad&garbage != 0 {
		if err := e.badForColumn(v, from, to, garbage, at); err != nil {
			return Null, err
		}
	}
	fsp := int(to.Scale)
	if to.Kind == TypeDate {
		fsp = 0
	}
	d, ok := p.packed(fsp, e.Has(ModeTimeTruncateFractional))
	if ok && p.zone {
		if d, ok = AddMicros(d, -int64(p.offset)*MicrosPerMinute); ok {
			d, ok = e.FromUTC(d)
		}
	}
	if !ok {
		return zeroTime(to), e.badForColumn(v, from, to, outOfRange, at)
	}
	switch to.Kind {
	case TypeDate:
		if d != d.Date().DateTime() {
			e.noteTruncated(at)
		}
		return Date(d), nil
	case TypeTimestamp:
		return storeTimestamp(e, d, v, from, to, at)
	}
	return DateTime(d), nil
}

func zeroTime(to *Type) Value {
	if to.Kind == TypeDate {
		return Date(0)
	}
	return DateTime(0)
}

// storedDate reads a date as a column does: sql_mode's rules count, all of them.
func (e *Env) storedDate(v Value, from *Type) (p parsedTime, err error) {
	rules := e.dateRules()
	switch v.class {
	case ClassString:
		return parseDateTime(v.b, rules, false), nil
	case ClassDate, ClassDateTime:
		p.Civil, p.ok = CivilOf(v.DateTime()), true
		p.bad = rules.check(p.Civil, v.n != 0)
		p.ok = p.bad == 0
		return p, nil
	case ClassTime:
		d, ok := AddMicros(e.Today(), v.Micros())
		p.Civil, p.ok = CivilOf(d), ok
		return p, nil
	case ClassJSON:
		if t := v.doc.temporal(); !t.IsNull() {
			return e.storedDate(t, from)
		}
		return parseDateTime(v.doc.Unquoted(), rules, false), nil
	}
	return e.numberDateTime(v, from, rules)
}

// badForColumn: in strict mode 1292 with the value, else 1265 or 1264.
func (e *Env) badForColumn(v Value, from, to *Type, bad trouble, at Place) error {
	if e.Writing {
		kind := map[Kind]string{TypeDate: "date", TypeTime: "time"}[to.Kind]
		if kind == "" {
			kind = "datetime"
		}
		return sqlerr.TruncatedWrongValue.Errorf("Incorrect %s value: '%s' for column '%s' at row %d", kind, shown(AppendText(nil, v, from)), at.Column, at.Row)
	}
	if bad&garbage != 0 || bad == unreadable || to.Kind != TypeTime && v.isInteger() && bad&zeroDate == 0 {
		return e.dataTruncated(at)
	}
	return e.outOfColumn(at)
}

// The bounds of TIMESTAMP, in UTC.
var (
	minTimestamp = mustPack(Civil{Year: 1970, Month: 1, Day: 1, Second: 1})
	maxTimestamp = mustPack(Civil{Year: 2038, Month: 1, Day: 19, Hour: 3, Minute: 14, Second: 7, Micro: 999_999})
)

func mustPack(c Civil) codec.DateTime {
	d, _ := c.Pack()
	return d
}

// storeTimestamp looks whether a moment exists; the value stays in the session's zone.
func storeTimestamp(e *Env, d codec.DateTime, v Value, from, to *Type, at Place) (Value, error) {
	if d == 0 {
		return DateTime(0), nil
	}
	utc, ok := e.ToUTC(d)
	if _, exists := d.Time(time.UTC); !exists || !ok || utc < minTimestamp || utc > maxTimestamp {
		return DateTime(0), e.badForColumn(v, from, to, outOfRange, at)
	}
	if back, _ := e.FromUTC(utc); back != d { // the clock was put forward
		if e.Writing {
			return DateTime(0), e.badForColumn(v, from, to, outOfRange, at)
		}
		return DateTime(back), e.Warn(sqlerr.InvalidTimestamp, "Invalid TIMESTAMP value in column '%s' at row %d", at.Column, at.Row)
	}
	return DateTime(d), nil
}

func storeTimeOfDay(e *Env, v Value, from, to *Type, at Place) (Value, error) {
	var p parsedTime
	switch v.class {
	case ClassString:
		p = parseTime(v.b)
	case ClassTime:
		p.Civil, p.ok = CivilOfTime(v.Micros()), true
	case ClassDate, ClassDateTime:
		p.Civil, p.ok = CivilOf(v.DateTime()), true
		e.noteTruncated(at)
	case ClassJSON:
		if t := v.doc.temporal(); !t.IsNull() {
			return storeTimeOfDay(e, t, from, to, at)
		}
		p = parseTime(v.doc.Unquoted())
	default:
		d, err := ToDecimal(e, v, from)
		if err != nil {
			return Null, err
		}
		p = numberParts(d)
	}
	if !p.ok || p.bad != 0 {
		if err := e.badForColumn(v, from, to, p.bad, at); err != nil || !p.ok {
			return Time(0), err
		}
	}
	p.Year, p.Month, p.Day = 0, 0, 0
	micros := RoundTime(p.Micros(), int(to.Scale), e.Has(ModeTimeTruncateFractional))
	if micros > MaxTime || micros < -MaxTime {
		return Time(max(-MaxTime, min(micros, MaxTime))), e.badForColumn(v, from, to, outOfRange, at)
	}
	return Time(micros), nil
}

// numberParts reads hhmmss with a fraction.
func numberParts(d Decimal) parsedTime {
	n, _ := d.Truncate(0).ToInt()
	p := numberToTime(n)
	if micro, ok := d.Sub(d.Truncate(0)).Abs().Round(6).Int64(); ok && p.ok && p.bad == 0 {
		p.Micro += int(micro)
		p.Neg = d.neg
	}
	return p
}

// isInteger: a number in the range of BIGINT, which is no date rather than one out of range.
func (v Value) isInteger() bool {
	switch v.class {
	case ClassInt:
		return true
	case ClassUint:
		return v.n <= math.MaxInt64
	case ClassDouble:
		return math.Abs(v.Double()) < 1<<63
	case ClassDecimal:
		_, ok := v.Decimal().Truncate(0).ToInt()
		return ok
	}
	return false
}
