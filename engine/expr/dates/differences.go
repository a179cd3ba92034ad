package dates

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// differenceFunctions compare two dates or times.
var differenceFunctions = []expr.Function{
	{Name: "datediff", Min: 2, Max: 2, Args: oneDate, Result: digitsOf(8), Eval: evalDateDiff, About: "days between two dates"},
	{Name: "timediff", Min: 2, Max: 2, Args: []expr.Arg{expr.Any}, Result: timeDiffType, Eval: evalTimeDiff, About: "the time between two times, or between two datetimes"},
	{Name: "timestampdiff", Min: 3, Max: 3, Args: []expr.Arg{expr.Text, expr.DateTime, expr.DateTime}, Result: unitNumber, Prepare: unitOf(0), Eval: evalTimestampDiff, Print: printTimestampDiff, About: "whole units between two datetimes: timestampdiff('DAY', a, b)"},
}

func evalDateDiff(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	x, ok, err := dayNumber(c, f, 0, a[0])
	if !ok {
		return value.Null, err
	}
	y, ok, err := dayNumber(c, f, 1, a[1])
	return intOr(int64(x-y), ok), err
}

func timeDiffType(f *expr.Call) (value.Type, error) {
	return timeType(max(fraction(f, 0, true), fraction(f, 1, true)))
}

// evalTimeDiff: both must be of one kind. Beside an argument with a date, a text is
// one, too.
func evalTimeDiff(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	dated := f.Arg(0).HasDate() || f.Arg(1).HasDate()
	if dated && (f.Arg(0).Kind == value.TypeTime || f.Arg(1).Kind == value.TypeTime) {
		return value.Null, nil
	}
	var at [2]int64
	var class [2]value.Class
	for i := range at {
		convert := value.ToClock
		if dated {
			convert = value.ToDateTime
		}
		v, err := convert(c.Env, a[i], f.Arg(i))
		if err != nil || v.IsNull() {
			return value.Null, err
		}
		class[i], at[i] = v.Class(), v.Micros()
		if v.Class() == value.ClassDateTime {
			at[i] = sinceZero(value.CivilOf(v.DateTime()))
		}
	}
	if class[0] != class[1] {
		return value.Null, nil
	}
	m := at[0] - at[1]
	return clipped(c, m, func() string { return string(value.AppendTime(nil, m, 0)) })
}

// sinceZero is microseconds since the year 0.
func sinceZero(d value.Civil) int64 {
	return int64(value.DayNumber(d.Year, d.Month, d.Day))*value.MicrosPerDay + d.Micros()
}

func unitNumber(f *expr.Call) (value.Type, error) {
	_, err := unitArgument(f, 0)
	t, _ := number(f)
	return t, err
}

func printTimestampDiff(args []expr.Expr) string {
	return "timestampdiff(" + unitText(args[0]) + "," + args[1].String() + "," + args[2].String() + ")"
}

func evalTimestampDiff(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	from, ok, err := calendar(c, f, 1, a[1])
	if !ok {
		return value.Null, err
	}
	to, ok, err := calendar(c, f, 2, a[2])
	if !ok {
		return value.Null, err
	}
	micros := sinceZero(to) - sinceZero(from)
	switch f.State.(unit) {
	case unitYear:
		return value.Int(monthsBetween(from, to) / 12), nil
	case unitQuarter:
		return value.Int(monthsBetween(from, to) / 3), nil
	case unitMonth:
		return value.Int(monthsBetween(from, to)), nil
	case unitWeek:
		return value.Int(micros / value.MicrosPerDay / 7), nil
	case unitDay:
		return value.Int(micros / value.MicrosPerDay), nil
	case unitHour:
		return value.Int(micros / value.MicrosPerHour), nil
	case unitMinute:
		return value.Int(micros / value.MicrosPerMinute), nil
	case unitMicrosecond:
		return value.Int(micros), nil
	}
	return value.Int(micros / value.MicrosPerSecond), nil
}

// monthsBetween counts months that are over; negative when to is before from.
func monthsBetween(from, to value.Civil) int64 {
	sign := int64(1)
	if sinceZero(to) < sinceZero(from) {
		from, to, sign = to, from, -1
	}
	n := int64(to.Year*12+to.Month) - int64(from.Year*12+from.Month)
	if to.Day < from.Day || to.Day == from.Day && to.Micros() < from.Micros() {
		n--
	}
	return sign * n
}
