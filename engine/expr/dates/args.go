package dates

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// calendar takes argument i, a DATETIME, apart when a function needs a day that the
// calendar has. A text or a number with month or day 0 is warned about.
func calendar(c *expr.Ctx, f *expr.Call, i int, v value.Value) (d value.Civil, ok bool, err error) {
	return calendarOf(c, f, i, v, value.Null)
}

// calendarOf shows the text that a date was read from.
func calendarOf(c *expr.Ctx, f *expr.Call, i int, v, from value.Value) (d value.Civil, ok bool, err error) {
	d = value.CivilOf(v.DateTime())
	if d.Month != 0 && d.Day != 0 {
		return d, true, nil
	}
	if f.Arg(i).IsTemporal() {
		return d, false, nil
	}
	if from.Class() == value.ClassString {
		return d, false, c.Warn(sqlerr.TruncatedWrongValue, "Incorrect datetime value: '%s'", shorten(from.Bytes()))
	}
	shown := value.AppendDate(nil, v.DateTime())
	if d.Micros() != 0 {
		shown = value.AppendDateTime(nil, v.DateTime(), 0)
	}
	return d, false, c.Warn(sqlerr.TruncatedWrongValue, "Incorrect datetime value: '%s'", shown)
}

// dayNumber is TO_DAYS of argument i.
func dayNumber(c *expr.Ctx, f *expr.Call, i int, v value.Value) (n int, ok bool, err error) {
	d, ok, err := calendar(c, f, i, v)
	return value.DayNumber(d.Year, d.Month, d.Day), ok, err
}

// fraction is how many digits the seconds of argument i have; clock says that it is
// taken as a TIME. A text that is known when the statement is planned is looked at.
func fraction(f *expr.Call, i int, clock bool) int {
	return fractionOf(f.Args[i], clock)
}

func fractionOf(e expr.Expr, clock bool) int {
	t := e.Type()
	switch {
	case t.IsTemporal() || t.Kind == value.TypeDecimal:
		return min(int(t.Scale), value.MaxFsp)
	case t.Kind == value.TypeDouble || t.Kind == value.TypeFloat:
		return min(int(t.Scale), value.MaxFsp)
	case t.IsNumber() || t.Kind == value.TypeNull || t.Hex:
		return 0
	}
	if c, ok := expr.ConstOf(e); ok && c.Val.Class() == value.ClassString {
		return value.FractionDigits(c.Val.Bytes(), clock)
	}
	return value.MaxFsp
}

// digits is how many digits of a number argument count as a fraction of a second: all
// six of a text.
func digits(t *value.Type) int {
	switch {
	case t.Kind == value.TypeDecimal || t.IsTemporal() || t.Kind == value.TypeDouble || t.Kind == value.TypeFloat:
		return min(int(t.Scale), value.MaxFsp)
	case t.IsNumber() || t.Kind == value.TypeNull || t.Hex:
		return 0
	}
	return value.MaxFsp
}

// micros is a number of seconds in microseconds, rounded; ok is false when it has
// more than 64 bits.
func micros(d value.Decimal) (int64, bool) {
	n, ok := d.Round(6).Mul(value.DecimalOfInt(value.MicrosPerSecond))
	if !ok {
		return 0, false
	}
	return n.Round(0).Int64()
}

// clipped is a TIME in its bounds: what is beyond is the largest one, with warning
// 1292 about what the text shows.
func clipped(c *expr.Ctx, micros int64, shown func() string) (value.Value, error) {
	if micros >= -value.MaxTime && micros <= value.MaxTime {
		return value.Time(micros), nil
	}
	return largest(c, micros < 0, shown())
}

func largest(c *expr.Ctx, negative bool, shown string) (value.Value, error) {
	m := int64(value.MaxTime)
	if negative {
		m = -m
	}
	return value.Time(m), c.Warn(sqlerr.TruncatedWrongValue, "Truncated incorrect time value: '%s'", shown)
}

// momentText is a text that is the number of its moment where a number is asked for.
func momentText() (value.Type, error) {
	t, err := nullText(26)
	t.Moment = true
	return t, err
}

// nullText is a text of the connection that may be NULL.
func nullText(length int) (value.Type, error) {
	t := value.Text(nil, length)
	t.Nullable = true
	return t, nil
}

func timeType(fsp int) (value.Type, error)     { return nullable(value.TimeOf(fsp)) }
func dateTimeType(fsp int) (value.Type, error) { return nullable(value.DateTimeOf(fsp)) }

func nullable(t value.Type) (value.Type, error) {
	t.Nullable = true
	return t, nil
}

// dayOf is the DATE of a day's number, 0000-00-00 for one before the year 1.
func dayOf(n int) value.Value {
	y, m, d := value.DateOfDayNumber(n)
	p, _ := value.Civil{Year: y, Month: m, Day: d}.Pack()
	return value.Date(p)
}
