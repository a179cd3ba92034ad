package dates

import (
	"fmt"
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// makeFunctions make dates and times of numbers and of other types.
var makeFunctions = []expr.Function{
	{Name: "makedate", Min: 2, Max: 2, Args: []expr.Arg{expr.Int}, Result: dateType, Eval: evalMakeDate, About: "the date of a year and a day of the year"},
	{Name: "maketime", Min: 3, Max: 3, Args: []expr.Arg{expr.Integer, expr.Int, expr.Decimal}, Result: makeTimeType, Eval: evalMakeTime, About: "the time of hours, minutes and seconds"},
	{Name: "sec_to_time", Min: 1, Max: 1, Args: []expr.Arg{expr.Decimal}, Result: secondsType, Eval: evalSecToTime, About: "the time of a number of seconds"},
	{Name: "date", Min: 1, Max: 1, Build: buildDate, About: "the date of a datetime"},
	{Name: "time", Min: 1, Max: 1, Build: buildTime, About: "the time of a datetime"},
	{Name: "timestamp", Min: 1, Max: 2, Build: buildTimestamp, About: "a datetime; with a second argument, that much later"},
	{Name: "timestamp plus", Min: 2, Max: 2, Args: []expr.Arg{expr.DateTime, expr.Any}, Result: plusType, Eval: evalTimestampPlus, Print: printTimestamp, About: "what TIMESTAMP of two arguments is"},
}

func evalMakeDate(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	year, day := a[0].Int(), a[1].Int()
	if year < 0 || year > 9999 || day <= 0 || day > value.MaxDayNumber {
		return value.Null, nil
	}
	if year < 100 {
		year = int64(value.TwoDigitYear(int(year)))
	}
	n := value.DayNumber(int(year), 1, 1) + int(day) - 1
	if n > value.MaxDayNumber {
		return value.Null, nil
	}
	return dayOf(n), nil
}

func makeTimeType(f *expr.Call) (value.Type, error) { return timeType(digits(f.Arg(2))) }

func evalMakeTime(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	hour, minute := a[0].Int(), a[1].Int()
	second, ok := micros(a[2].Decimal())
	if !ok || minute < 0 || minute > 59 || second < 0 || second >= 60*value.MicrosPerSecond+value.MicrosPerSecond/2 || a[2].Decimal().Cmp(value.DecimalOfInt(60)) >= 0 {
		return value.Null, nil
	}
	if large := a[0].Class() == value.ClassUint && a[0].Uint() > math.MaxInt64; large || hour > 838 || hour < -838 {
		return largest(c, hour < 0 && !large, fmt.Sprintf("%s:%02d:%02d", value.AppendText(nil, a[0], f.Arg(0)), minute, second/value.MicrosPerSecond))
	}
	m := minute*value.MicrosPerMinute + second
	if hour < 0 {
		m = hour*value.MicrosPerHour - m
	} else {
		m += hour * value.MicrosPerHour
	}
	return clipped(c, m, func() string { return string(value.AppendTime(nil, m, int(f.Type().Scale))) })
}

func secondsType(f *expr.Call) (value.Type, error) { return timeType(digits(f.Arg(0))) }

func evalSecToTime(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	d := a[0].Decimal()
	m, ok := micros(d)
	if !ok {
		return largest(c, d.Sign() < 0, d.String())
	}
	return clipped(c, m, d.String)
}

func buildDate(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	return b.Cast(args[0], value.DateOfDay, expr.CastFull)
}

func buildTime(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	return b.Cast(args[0], value.TimeOf(fractionOf(args[0], true)), expr.CastFull)
}

func buildTimestamp(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	if len(args) == 2 {
		return b.Call("timestamp plus", args...)
	}
	return b.Cast(args[0], value.DateTimeOf(fractionOf(args[0], false)), expr.CastFull)
}

func printTimestamp(args []expr.Expr) string {
	return "timestamp(" + args[0].String() + "," + args[1].String() + ")"
}

func plusType(f *expr.Call) (value.Type, error) {
	return dateTimeType(max(fraction(f, 0, false), fraction(f, 1, true)))
}

func evalTimestampPlus(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	y, err := value.ToClock(c.Env, a[1], f.Arg(1))
	if err != nil || y.Class() != value.ClassTime || f.Arg(1).HasDate() {
		return value.Null, err
	}
	return plusTime(f, a[0], y.Micros()), nil
}
