package dates

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// partFunctions take dates and times apart.
var partFunctions = []expr.Function{
	{Name: "year", Min: 1, Max: 1, Args: []expr.Arg{expr.DateTime}, Result: expr.Nullable(value.BigInt), Eval: evalYear, About: "the year of a date"},
	{Name: "datediff", Min: 2, Max: 2, Args: []expr.Arg{expr.DateTime}, Result: expr.Nullable(value.BigInt), Eval: evalDateDiff, About: "days between two dates"},
}

func evalYear(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	return value.Int(int64(value.CivilOf(a[0].DateTime()).Year)), nil
}

func evalDateDiff(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	x, y := value.CivilOf(a[0].DateTime()), value.CivilOf(a[1].DateTime())
	for _, c := range []value.Civil{x, y} {
		if c.Month == 0 || c.Day == 0 {
			return value.Null, nil
		}
	}
	return value.Int(int64(value.DayNumber(x.Year, x.Month, x.Day) - value.DayNumber(y.Year, y.Month, y.Day))), nil
}
