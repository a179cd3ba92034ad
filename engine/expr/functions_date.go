package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// dateFunctions work on dates and times.
var dateFunctions = []Function{
	{Name: "now", Aliases: []string{"current_timestamp", "localtime", "localtimestamp"}, Min: 0, Max: 1, Stable: true, Args: []Arg{Int}, Result: nowType, Eval: evalNow, About: "when the statement began"},
	{Name: "curdate", Aliases: []string{"current_date"}, Stable: true, Result: returns(value.DateOfDay), Eval: evalCurdate, About: "the day when the statement began"},
	{Name: "year", Min: 1, Max: 1, Args: []Arg{DateTime}, Result: nullable(value.BigInt), Eval: evalYear, About: "the year of a date"},
	{Name: "datediff", Min: 2, Max: 2, Args: []Arg{DateTime}, Result: nullable(value.BigInt), Eval: evalDateDiff, About: "days between two dates"},
}

// nullable is a result that may be NULL though no argument is: what is no date.
func nullable(t value.Type) func(*Call) (value.Type, error) {
	t.Nullable = true
	return returns(t)
}

func nowType(f *Call) (value.Type, error) {
	fsp, _ := f.ConstInt(0)
	return value.DateTimeOf(max(0, min(fsp, value.MaxFsp))), nil
}

func evalNow(c *Ctx, f *Call, _ []value.Value) (value.Value, error) {
	d, _ := value.PackTime(c.Clock())
	return value.DateTime(value.CutFraction(d, int(f.of.Scale))), nil
}

func evalCurdate(c *Ctx, _ *Call, _ []value.Value) (value.Value, error) {
	return value.Date(c.Today()), nil
}

func evalYear(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(value.CivilOf(a[0].DateTime()).Year)), nil
}

func evalDateDiff(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	x, y := value.CivilOf(a[0].DateTime()), value.CivilOf(a[1].DateTime())
	for _, c := range []value.Civil{x, y} {
		if c.Month == 0 || c.Day == 0 {
			return value.Null, nil
		}
	}
	return value.Int(int64(value.DayNumber(x.Year, x.Month, x.Day) - value.DayNumber(y.Year, y.Month, y.Day))), nil
}
