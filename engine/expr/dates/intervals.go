package dates

import (
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// intervalFunctions go forwards and back.
var intervalFunctions = []expr.Function{
	{Name: "date_add", Min: 3, Max: 3, Args: []expr.Arg{expr.Any, expr.Any, expr.Text}, Text: expr.Connection, Result: addType(0, 1, 2), Prepare: unitOf(2), Eval: evalDateAdd(1), Print: printInterval("+"), About: "a date and an interval: date_add(d, 1, 'DAY') is d + INTERVAL 1 DAY"},
	{Name: "date_sub", Min: 3, Max: 3, Args: []expr.Arg{expr.Any, expr.Any, expr.Text}, Text: expr.Connection, Result: addType(0, 1, 2), Prepare: unitOf(2), Eval: evalDateAdd(-1), Print: printInterval("-"), About: "a date without an interval: date_sub(d, 1, 'DAY') is d - INTERVAL 1 DAY"},
	{Name: "adddate", Min: 2, Max: 3, Build: buildDays("date_add"), About: "a date and so many days, or as date_add"},
	{Name: "subdate", Min: 2, Max: 3, Build: buildDays("date_sub"), About: "a date without so many days, or as date_sub"},
	{Name: "timestampadd", Min: 3, Max: 3, Build: buildTimestampAdd, About: "timestampadd('DAY', 1, d) is date_add(d, 1, 'DAY')"},
	{Name: "addtime", Min: 2, Max: 2, Args: []expr.Arg{expr.Any}, Text: expr.Connection, Result: addTimeType, Eval: evalAddTime(1), About: "a time or datetime and a time"},
	{Name: "subtime", Min: 2, Max: 2, Args: []expr.Arg{expr.Any}, Text: expr.Connection, Result: addTimeType, Eval: evalAddTime(-1), About: "a time or datetime without a time"},
	{Name: "period_add", Min: 2, Max: 2, Args: []expr.Arg{expr.Int}, Result: number, Eval: evalPeriodAdd, About: "a period YYYYMM and so many months"},
	{Name: "period_diff", Min: 2, Max: 2, Args: []expr.Arg{expr.Int}, Result: number, Eval: evalPeriodDiff, About: "months between two periods YYYYMM"},
}

func unitText(e expr.Expr) string {
	if c, ok := expr.ConstOf(e); ok {
		return strings.ToLower(string(c.Val.Bytes()))
	}
	return e.String()
}

func printInterval(op string) func([]expr.Expr) string {
	return func(args []expr.Expr) string {
		return "(" + args[0].String() + " " + op + " interval " + args[1].String() + " " + unitText(args[2]) + ")"
	}
}

func buildDays(name string) func(*expr.Builder, []expr.Expr) (expr.Expr, error) {
	return func(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
		if len(args) == 2 {
			args = []expr.Expr{args[0], args[1], expr.TextLiteral("DAY", b.Env.Collation())}
		}
		return b.Call(name, args...)
	}
}

func buildTimestampAdd(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
	return b.Call("date_add", args[2], args[1], args[0])
}

// addType: a DATE stays one under units of dates, a TIME under the others; whatever is
// no date or time gives a text.
func addType(date, count, name int) func(*expr.Call) (value.Type, error) {
	return func(f *expr.Call) (value.Type, error) {
		u, err := unitArgument(f, name)
		if err != nil {
			return value.Type{}, err
		}
		fsp := 0
		switch {
		case u.hasMicros():
			fsp = value.MaxFsp
		case u == unitSecond:
			fsp = digits(f.Arg(count))
		}
		fsp = max(fsp, fraction(f, date, false))
		switch kind := f.Arg(date).Kind; {
		case kind == value.TypeDate && u.ofDate():
			return nullable(value.DateOfDay)
		case kind == value.TypeTime && !u.ofDate():
			return timeType(fsp)
		case f.Arg(date).IsTemporal():
			return dateTimeType(fsp)
		}
		return momentText()
	}
}

func evalDateAdd(sign int64) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		u := f.State.(unit)
		n, ok, err := intervalOf(c, u, a[1], f.Arg(1))
		if err != nil || !ok {
			return value.Null, err
		}
		if sign < 0 {
			n = n.negated()
		}
		if f.Type().Kind == value.TypeTime {
			return addToTime(c, a[0].Micros(), n)
		}
		v, err := value.ToDateTime(c.Env, a[0], f.Arg(0))
		if err != nil || v.IsNull() {
			return value.Null, err
		}
		if _, ok, err = calendarOf(c, f, 0, v, a[0]); !ok {
			return value.Null, err
		}
		d, ok := addTo(v.DateTime(), u, n)
		if !ok {
			return value.Null, overflow(c, "datetime")
		}
		return shaped(c, f, a[0], d, u), nil
	}
}

// shaped gives the result in the type of the call: of a text, a date without a clock
// stays one under units of dates.
func shaped(c *expr.Ctx, f *expr.Call, from value.Value, d codec.DateTime, u unit) value.Value {
	switch f.Type().Kind {
	case value.TypeDate:
		return value.Date(d)
	case value.TypeDateTime:
		return value.DateTime(value.CutFraction(d, int(f.Type().Scale)))
	}
	switch {
	case u.ofDate() && value.DateAlone(c.Env, from, f.Arg(0)):
		return value.Bytes(value.AppendDate(nil, d))
	case value.CivilOf(d).Micro != 0:
		return value.Bytes(value.AppendDateTime(nil, d, value.MaxFsp))
	}
	return value.Bytes(value.AppendDateTime(nil, d, 0))
}

func overflow(c *expr.Ctx, kind string) error {
	return c.Warn(sqlerr.DatetimeFunctionOverflow, "Datetime function: %s field overflow", kind)
}

// addToTime is for a TIME, which has neither months nor an end of the day.
func addToTime(c *expr.Ctx, from int64, n interval) (value.Value, error) {
	to := from + n.micros
	if n.tooLong || to > value.MaxTime || to < -value.MaxTime {
		return value.Null, overflow(c, "time")
	}
	return value.Time(to), nil
}

// addTo is d so much later; ok is false outside the years 0 to 9999.
func addTo(d codec.DateTime, u unit, n interval) (codec.DateTime, bool) {
	if n.tooLong {
		return 0, false
	}
	p := value.CivilOf(d)
	switch {
	case u <= unitMonth || u == unitYearMonth:
		months := int64(p.Year)*12 + int64(p.Month) - 1 + n.months
		if months < 0 || months >= 120000 {
			return 0, false
		}
		p.Year, p.Month = int(months/12), int(months%12)+1
		p.Day = min(p.Day, value.DaysInMonth(p.Year, p.Month))
		return p.Pack()
	case u <= unitDay:
		return onDay(int64(value.DayNumber(p.Year, p.Month, p.Day))+n.days, p.Micros())
	}
	micros := p.Micros() + n.micros%value.MicrosPerDay
	day := int64(value.DayNumber(p.Year, p.Month, p.Day)) + n.micros/value.MicrosPerDay
	if micros < 0 {
		micros, day = micros+value.MicrosPerDay, day-1
	} else if micros >= value.MicrosPerDay {
		micros, day = micros-value.MicrosPerDay, day+1
	}
	return onDay(day, micros)
}

// onDay is a time of a day by number; days before the year 1 are 0000-00-00.
func onDay(day, micros int64) (codec.DateTime, bool) {
	if day < 0 || day > value.MaxDayNumber {
		return 0, false
	}
	p := value.CivilOfTime(micros)
	p.Year, p.Month, p.Day = value.DateOfDayNumber(int(day))
	return p.Pack()
}

// addTimeType: texts stay texts.
func addTimeType(f *expr.Call) (value.Type, error) {
	fsp := max(fraction(f, 0, true), fraction(f, 1, true))
	switch f.Arg(0).Kind {
	case value.TypeTime:
		return timeType(fsp)
	case value.TypeDateTime, value.TypeTimestamp:
		return dateTimeType(fsp)
	}
	return momentText()
}

// evalAddTime: the second argument must be a TIME; a DATE as the first one is
// midnight of no day.
func evalAddTime(sign int64) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		x, err := value.ToClock(c.Env, a[0], f.Arg(0))
		if err != nil || x.IsNull() {
			return value.Null, err
		}
		y, err := value.ToClock(c.Env, a[1], f.Arg(1))
		if err != nil || y.Class() != value.ClassTime || f.Arg(1).HasDate() {
			return value.Null, err
		}
		if x.Class() == value.ClassTime {
			v, err := clipped(c, x.Micros()+sign*y.Micros(), func() string {
				return string(value.AppendTime(nil, x.Micros()+sign*y.Micros(), 0))
			})
			return asText(f, v), err
		}
		return plusTime(f, x, sign*y.Micros()), nil
	}
}

// plusTime is NULL outside the years 0 to 9999, without a warning.
func plusTime(f *expr.Call, x value.Value, micros int64) value.Value {
	d, ok := value.AddMicros(x.DateTime(), micros)
	if !ok || d.Date() == 0 {
		return value.Null
	}
	return asText(f, value.DateTime(d))
}

// asText shows a result that is to be a text with all digits of a fraction, or none.
func asText(f *expr.Call, v value.Value) value.Value {
	if !f.Type().IsString() || v.IsNull() {
		return v
	}
	fsp := 0
	if v.Class() == value.ClassTime {
		if v.Micros()%value.MicrosPerSecond != 0 {
			fsp = value.MaxFsp
		}
		return value.Bytes(value.AppendTime(nil, v.Micros(), fsp))
	}
	if value.CivilOf(v.DateTime()).Micro != 0 {
		fsp = value.MaxFsp
	}
	return value.Bytes(value.AppendDateTime(nil, v.DateTime(), fsp))
}

// monthsOf is how many months a period YYYYMM or YYMM has.
func monthsOf(f *expr.Call, period int64) (int64, error) {
	if month := period % 100; period < 0 || month == 0 || month > 12 {
		return 0, sqlerr.WrongArguments.Errorf("Incorrect arguments to %s", f.Function.Name)
	}
	year := period / 100
	if year < 100 {
		year = int64(value.TwoDigitYear(int(year)))
	}
	return year*12 + period%100 - 1, nil
}

func evalPeriodAdd(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	months, err := monthsOf(f, a[0].Int())
	if err != nil {
		return value.Null, err
	}
	months += int64(int32(a[1].Int()))
	if months <= 0 {
		return value.Int(0), nil
	}
	year := months / 12
	if year < 100 {
		year = int64(value.TwoDigitYear(int(year)))
	}
	return value.Int(year*100 + months%12 + 1), nil
}

func evalPeriodDiff(_ *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	x, err := monthsOf(f, a[0].Int())
	if err != nil {
		return value.Null, err
	}
	y, err := monthsOf(f, a[1].Int())
	return value.Int(x - y), err
}
