package dates

import (
	"time"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// clockFunctions tell when the statement runs; SYSDATE when it is called.
var clockFunctions = []expr.Function{
	{Name: "now", Aliases: []string{"current_timestamp", "localtime", "localtimestamp"}, Max: 1, Stable: true, Args: []expr.Arg{expr.Int}, Result: momentType, Eval: evalNow, About: "when the statement began"},
	{Name: "utc_timestamp", Max: 1, Stable: true, Args: []expr.Arg{expr.Int}, Result: momentType, Eval: evalUTC, About: "when the statement began, in UTC"},
	{Name: "sysdate", Max: 1, Volatile: true, Args: []expr.Arg{expr.Int}, Result: momentType, Eval: evalSysdate, About: "this moment"},
	{Name: "curdate", Aliases: []string{"current_date"}, Stable: true, Result: expr.Returns(value.DateOfDay), Eval: evalCurdate, About: "the day when the statement began"},
	{Name: "utc_date", Stable: true, Result: expr.Returns(value.DateOfDay), Eval: evalUTCDate, About: "the day when the statement began, in UTC"},
	{Name: "curtime", Aliases: []string{"current_time"}, Max: 1, Stable: true, Args: []expr.Arg{expr.Int}, Result: momentType, Eval: evalCurtime, About: "the time of day when the statement began"},
	{Name: "utc_time", Max: 1, Stable: true, Args: []expr.Arg{expr.Int}, Result: momentType, Eval: evalUTCTime, About: "the time of day when the statement began, in UTC"},
}

// momentType has as many digits as the argument says, 0 to 6: error 1426.
func momentType(f *expr.Call) (value.Type, error) {
	fsp, _ := f.ConstInt(0)
	if fsp < 0 || fsp > value.MaxFsp {
		return value.Type{}, sqlerr.TooBigPrecision.Errorf("Too-big precision %d specified for '%s'. Maximum is %d.", fsp, f.Function.Name, value.MaxFsp)
	}
	if f.Function.Name == "curtime" || f.Function.Name == "utc_time" {
		return value.TimeOf(fsp), nil
	}
	return value.DateTimeOf(fsp), nil
}

func moment(t time.Time, f *expr.Call) value.Value {
	d, _ := value.PackTime(t)
	return value.DateTime(value.CutFraction(d, int(f.Type().Scale)))
}

func timeOfDay(t time.Time, f *expr.Call) value.Value {
	return value.Time(value.CivilOf(moment(t, f).DateTime()).Micros())
}

func evalNow(c *expr.Ctx, f *expr.Call, _ []value.Value) (value.Value, error) {
	return moment(c.Clock(), f), nil
}

func evalUTC(c *expr.Ctx, f *expr.Call, _ []value.Value) (value.Value, error) {
	return moment(c.Now.UTC(), f), nil
}

func evalSysdate(c *expr.Ctx, f *expr.Call, _ []value.Value) (value.Value, error) {
	return moment(time.Now().In(c.Zone()), f), nil
}

func evalCurdate(c *expr.Ctx, _ *expr.Call, _ []value.Value) (value.Value, error) {
	return value.Date(c.Today()), nil
}

func evalUTCDate(c *expr.Ctx, _ *expr.Call, _ []value.Value) (value.Value, error) {
	d, _ := value.PackTime(c.Now.UTC())
	return value.Date(d), nil
}

func evalCurtime(c *expr.Ctx, f *expr.Call, _ []value.Value) (value.Value, error) {
	return timeOfDay(c.Clock(), f), nil
}

func evalUTCTime(c *expr.Ctx, f *expr.Call, _ []value.Value) (value.Value, error) {
	return timeOfDay(c.Now.UTC(), f), nil
}
