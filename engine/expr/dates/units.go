package dates

import (
	"math"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// unit is one of INTERVAL's and EXTRACT's.
type unit uint8

const (
	unitYear unit = iota
	unitQuarter
	unitMonth
	unitWeek
	unitDay
	unitHour
	unitMinute
	unitSecond
	unitMicrosecond
	unitYearMonth
	unitDayHour
	unitDayMinute
	unitDaySecond
	unitDayMicrosecond
	unitHourMinute
	unitHourSecond
	unitHourMicrosecond
	unitMinuteSecond
	unitMinuteMicrosecond
	unitSecondMicrosecond
)

var units = map[string]unit{
	"year": unitYear, "quarter": unitQuarter, "month": unitMonth, "week": unitWeek, "day": unitDay, "hour": unitHour, "minute": unitMinute,
	"second": unitSecond, "microsecond": unitMicrosecond, "frac_second": unitMicrosecond, "year_month": unitYearMonth, "day_hour": unitDayHour,
	"day_minute": unitDayMinute, "day_second": unitDaySecond, "day_microsecond": unitDayMicrosecond, "hour_minute": unitHourMinute,
	"hour_second": unitHourSecond, "hour_microsecond": unitHourMicrosecond, "minute_second": unitMinuteSecond,
	"minute_microsecond": unitMinuteMicrosecond, "second_microsecond": unitSecondMicrosecond,
}

// ofDate says that the unit has no part of a clock.
func (u unit) ofDate() bool { return u <= unitDay || u == unitYearMonth }

// hasMicros says that the unit ends with microseconds.
func (u unit) hasMicros() bool {
	return u == unitMicrosecond || u == unitDayMicrosecond || u == unitHourMicrosecond || u == unitMinuteMicrosecond || u == unitSecondMicrosecond
}

// interval is how far to go: months and the rest stand apart, since a month has no
// length of its own.
type interval struct {
	months  int64
	micros  int64
	days    int64
	tooLong bool // beyond what any date can go
}

// fields of the composed units, in microseconds; the first one counts from the left.
var fields = map[unit][]int64{
	unitDayHour:           {value.MicrosPerDay, value.MicrosPerHour},
	unitDayMinute:         {value.MicrosPerDay, value.MicrosPerHour, value.MicrosPerMinute},
	unitDaySecond:         {value.MicrosPerDay, value.MicrosPerHour, value.MicrosPerMinute, value.MicrosPerSecond},
	unitDayMicrosecond:    {value.MicrosPerDay, value.MicrosPerHour, value.MicrosPerMinute, value.MicrosPerSecond, 1},
	unitHourMinute:        {value.MicrosPerHour, value.MicrosPerMinute},
	unitHourSecond:        {value.MicrosPerHour, value.MicrosPerMinute, value.MicrosPerSecond},
	unitHourMicrosecond:   {value.MicrosPerHour, value.MicrosPerMinute, value.MicrosPerSecond, 1},
	unitMinuteSecond:      {value.MicrosPerMinute, value.MicrosPerSecond},
	unitMinuteMicrosecond: {value.MicrosPerMinute, value.MicrosPerSecond, 1},
	unitSecondMicrosecond: {value.MicrosPerSecond, 1},
	unitYearMonth:         {12, 1}, // in months
}

// simple are the units of one number: how many of what they are.
var simple = map[unit]int64{
	unitYear: 12, unitQuarter: 3, unitMonth: 1, unitWeek: 7, unitDay: 1,
	unitHour: value.MicrosPerHour, unitMinute: value.MicrosPerMinute, unitSecond: value.MicrosPerSecond, unitMicrosecond: 1,
}

// furthest is what no date can go: 10000 years in microseconds.
const furthest = 10000 * 366 * value.MicrosPerDay

// intervalOf reads the value of an INTERVAL; ok false makes the result NULL.
func intervalOf(c *expr.Ctx, u unit, v value.Value, t *value.Type) (n interval, ok bool, err error) {
	if parts, composed := fields[u]; composed {
		text, err := value.ToText(c.Env, v, t)
		if err != nil {
			return n, false, err
		}
		return composedInterval(u, parts, string(text))
	}
	if u == unitSecond && t.Numeric() != value.ResultInt {
		d, err := value.ToDecimal(c.Env, v, t)
		if err != nil {
			return n, false, err
		}
		n.micros, ok = micros(d.Truncate(6))
		n.tooLong = !ok
		return n, true, nil
	}
	i, err := value.ToInteger(c.Env, v, t)
	if err != nil {
		return n, false, err
	}
	count := i.Int()
	if i.Class() == value.ClassUint && i.Uint() > math.MaxInt64 {
		n.tooLong = true
		return n, true, nil
	}
	return n.plus(u, count, simple[u]), true, nil
}

// plus sets what count times size is.
func (n interval) plus(u unit, count, size int64) interval {
	limit := furthest
	if u <= unitDay || u == unitYearMonth {
		limit = 1 << 40
	}
	if count > limit/size || count < -limit/size {
		n.tooLong = true
		return n
	}
	switch {
	case u <= unitMonth || u == unitYearMonth:
		n.months += count * size
	case u <= unitDay:
		n.days += count * size
	default:
		n.micros += count * size
	}
	return n
}

// composedInterval reads numbers with anything between them. Fewer than the unit has
// are its last ones; a fraction at the end is one of a second.
func composedInterval(u unit, parts []int64, s string) (n interval, ok bool, err error) {
	s = strings.TrimLeft(s, " \t\n\r\v\f")
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	var numbers []int64
	length := 0
	for len(s) > 0 && len(numbers) < len(parts) {
		var x int64
		for length = 0; length < len(s) && s[length] >= '0' && s[length] <= '9'; length++ {
			if x > math.MaxInt64/10-1 {
				return n, false, nil
			}
			x = x*10 + int64(s[length]-'0')
		}
		numbers = append(numbers, x)
		s = strings.TrimLeftFunc(s[length:], func(r rune) bool { return r < '0' || r > '9' })
	}
	if s != "" { // more numbers than the unit has
		return n, false, nil
	}
	if u.hasMicros() && len(numbers) > 0 {
		for ; length < 6; length++ {
			numbers[len(numbers)-1] *= 10
		}
	}
	for i, x := range numbers {
		if negative {
			x = -x
		}
		n = n.plus(u, x, parts[len(parts)-len(numbers)+i])
	}
	return n, true, nil
}

func (n interval) negated() interval {
	n.months, n.days, n.micros = -n.months, -n.days, -n.micros
	return n
}
