package dates

import (
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

var (
	oneDate  = []expr.Arg{expr.DateTime}
	oneTime  = []expr.Arg{expr.Time}
	number   = expr.Nullable(value.BigInt)
	digit    = digitsOf(1)
	two      = digitsOf(2)
	dateType = expr.Nullable(value.DateOfDay)
)

// digitsOf is an integer of at most so many digits.
func digitsOf(n int) func(*expr.Call) (value.Type, error) {
	t := value.BigInt.Digits(n)
	t.Length = uint32(n) // without a sign
	return expr.Nullable(t)
}

// partFunctions take dates and times apart.
var partFunctions = []expr.Function{
	{Name: "year", Min: 1, Max: 1, Args: oneDate, Result: digitsOf(4), Eval: ofDate(func(d value.Civil) int { return d.Year }), About: "the year of a date"},
	{Name: "quarter", Min: 1, Max: 1, Args: oneDate, Result: digit, Eval: ofDate(quarter), About: "the quarter of a date, 1 to 4"},
	{Name: "month", Min: 1, Max: 1, Args: oneDate, Result: two, Eval: ofDate(func(d value.Civil) int { return d.Month }), About: "the month of a date"},
	{Name: "dayofmonth", Aliases: []string{"day"}, Min: 1, Max: 1, Args: oneDate, Result: two, Eval: ofDate(func(d value.Civil) int { return d.Day }), About: "the day of the month"},
	{Name: "hour", Min: 1, Max: 1, Args: oneTime, Result: digitsOf(3), Eval: ofTime(func(d value.Civil) int { return d.Hour }), About: "the hours of a time, which may be above 23"},
	{Name: "minute", Min: 1, Max: 1, Args: oneTime, Result: two, Eval: ofTime(func(d value.Civil) int { return d.Minute }), About: "the minutes of a time"},
	{Name: "second", Min: 1, Max: 1, Args: oneTime, Result: two, Eval: ofTime(func(d value.Civil) int { return d.Second }), About: "the seconds of a time"},
	{Name: "microsecond", Min: 1, Max: 1, Args: oneTime, Result: digitsOf(6), Eval: ofTime(func(d value.Civil) int { return d.Micro }), About: "the fraction of a second, in microseconds"},
	{Name: "extract", Min: 2, Max: 2, Args: []expr.Arg{expr.Text, expr.Any}, Result: extractType, Prepare: asExtract, Eval: evalExtract, Print: printExtract, About: "a part of a date or time, by its unit: extract('DAY_HOUR', x) is EXTRACT(DAY_HOUR FROM x)"},
	{Name: "time_to_sec", Min: 1, Max: 1, Args: oneTime, Result: digitsOf(10), Eval: evalTimeToSec, About: "a time in seconds"},
}

// ofDate takes dates loosely.
func ofDate(part func(value.Civil) int) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
		return value.Int(int64(part(value.CivilOf(a[0].DateTime())))), nil
	}
}

func ofTime(part func(value.Civil) int) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
		return value.Int(int64(part(value.CivilOfTime(a[0].Micros())))), nil
	}
}

func quarter(d value.Civil) int { return (d.Month + 2) / 3 }

func evalTimeToSec(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	return value.Int(a[0].Micros() / value.MicrosPerSecond), nil
}

// unitOf finds the unit that argument i names, as State.
func unitOf(i int) func(f *expr.Call) (any, error) {
	return func(f *expr.Call) (any, error) { return unitArgument(f, i) }
}

func unitArgument(f *expr.Call, i int) (unit, error) {
	v, ok := f.Const(i)
	u, known := units[strings.TrimPrefix(strings.ToLower(string(v.Bytes())), "sql_tsi_")]
	if !ok || !known {
		return 0, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s: a unit of time is a word such as DAY", f.Function.Name)
	}
	return u, nil
}

// extractDigits are how many characters MySQL counts for each unit.
var extractDigits = map[unit]int{
	unitYear: 4, unitYearMonth: 6, unitQuarter: 2, unitMonth: 2, unitWeek: 2, unitDay: 2, unitDayHour: 5, unitDayMinute: 7, unitDaySecond: 9,
	unitHour: 4, unitHourMinute: 6, unitHourSecond: 8, unitMinute: 3, unitMinuteSecond: 5, unitSecond: 3, unitMicrosecond: 7, unitSecondMicrosecond: 9,
}

func extractType(f *expr.Call) (value.Type, error) {
	u, err := unitArgument(f, 0)
	if n := extractDigits[u]; n > 0 {
		t, _ := digitsOf(n)(f)
		return t, err
	}
	t, _ := number(f)
	return t, err
}

// asExtract finds the unit; a part of a date is one of the number that a CASE chooses.
func asExtract(f *expr.Call) (any, error) {
	u, err := unitArgument(f, 0)
	if err == nil && u.ofDate() {
		f.Args[1] = expr.AsMoment(f.Args[1], expr.DateTime)
	}
	return u, err
}

func printExtract(args []expr.Expr) string {
	return "extract(" + unitText(args[0]) + " from " + args[1].String() + ")"
}

// evalExtract: the units from DAY_HOUR on take a TIME as well, of which the whole
// number is negative.
func evalExtract(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	u := f.State.(unit)
	t := f.Arg(1)
	if u.ofDate() {
		v, err := value.ToDateTime(c.Env, a[1], t)
		if err != nil || v.IsNull() {
			return value.Null, err
		}
		return value.Int(extractDate(c, u, value.CivilOf(v.DateTime()))), nil
	}
	v := a[1]
	if _, column := f.Args[1].(*expr.Column); !column || v.Class() != value.ClassDate { // a DATE has no time, but its column has a day (Field_temporal_with_date::get_time)
		var err error
		if v, err = value.ToClock(c.Env, v, t); err != nil || v.IsNull() {
			return value.Null, err
		}
	}
	var d value.Civil
	if v.Class() == value.ClassTime {
		d = value.CivilOfTime(v.Micros())
	} else {
		d = value.CivilOf(v.DateTime())
	}
	n := extractTime(u, d)
	if d.Neg {
		n = -n
	}
	return value.Int(n), nil
}

func extractDate(c *expr.Ctx, u unit, d value.Civil) int64 {
	switch u {
	case unitYear:
		return int64(d.Year)
	case unitQuarter:
		return int64(quarter(d))
	case unitMonth:
		return int64(d.Month)
	case unitWeek:
		n, _ := week(d, weekMode(int64(c.WeekMode)))
		return int64(n)
	case unitYearMonth:
		return int64(d.Year*100 + d.Month)
	}
	return int64(d.Day)
}

func extractTime(u unit, d value.Civil) int64 {
	day, hour, minute, second, micro := int64(d.Day), int64(d.Hour), int64(d.Minute), int64(d.Second), int64(d.Micro)
	switch u {
	case unitHour:
		return hour
	case unitMinute:
		return minute
	case unitSecond:
		return second
	case unitMicrosecond:
		return micro
	case unitDayHour:
		return day*100 + hour
	case unitDayMinute:
		return day*10000 + hour*100 + minute
	case unitDaySecond:
		return day*1000000 + hour*10000 + minute*100 + second
	case unitDayMicrosecond:
		return (day*1000000+hour*10000+minute*100+second)*1000000 + micro
	case unitHourMinute:
		return hour*100 + minute
	case unitHourSecond:
		return hour*10000 + minute*100 + second
	case unitHourMicrosecond:
		return (hour*10000+minute*100+second)*1000000 + micro
	case unitMinuteSecond:
		return minute*100 + second
	case unitMinuteMicrosecond:
		return (minute*100+second)*1000000 + micro
	}
	return second*1000000 + micro // SECOND_MICROSECOND
}
