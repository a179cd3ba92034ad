// Package dates has MySQL's functions of dates and times.
package dates

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Families are the functions of this package.
var Families = []expr.Family{
	{Name: "The clock", Functions: clockFunctions},
	{Name: "Parts of dates and times", Functions: partFunctions},
}

// clockFunctions tell when the statement runs.
var clockFunctions = []expr.Function{
	{Name: "now", Aliases: []string{"current_timestamp", "localtime", "localtimestamp"}, Min: 0, Max: 1, Stable: true, Args: []expr.Arg{expr.Int}, Result: nowType, Eval: evalNow, About: "when the statement began"},
	{Name: "curdate", Aliases: []string{"current_date"}, Stable: true, Result: expr.Returns(value.DateOfDay), Eval: evalCurdate, About: "the day when the statement began"},
}

func nowType(f *expr.Call) (value.Type, error) {
	fsp, _ := f.ConstInt(0)
	return value.DateTimeOf(max(0, min(fsp, value.MaxFsp))), nil
}

func evalNow(c *expr.Ctx, f *expr.Call, _ []value.Value) (value.Value, error) {
	d, _ := value.PackTime(c.Clock())
	return value.DateTime(value.CutFraction(d, int(f.Type().Scale))), nil
}

func evalCurdate(c *expr.Ctx, _ *expr.Call, _ []value.Value) (value.Value, error) {
	return value.Date(c.Today()), nil
}
