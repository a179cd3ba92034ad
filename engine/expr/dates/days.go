package dates

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// dayFunctions need the calendar.
var dayFunctions = []expr.Function{
	{Name: "to_days", Min: 1, Max: 1, Args: oneDate, Result: digitsOf(8), Eval: evalToDays, About: "days since the year 0"},
	{Name: "from_days", Min: 1, Max: 1, Args: []expr.Arg{expr.Int}, Result: dateType, Eval: evalFromDays, About: "the date of a number of days since the year 0"},
	{Name: "to_seconds", Min: 1, Max: 1, Args: oneDate, Result: number, Eval: evalToSeconds, About: "seconds since the year 0"},
	{Name: "dayofyear", Min: 1, Max: 1, Args: oneDate, Result: digitsOf(3), Eval: evalDayOfYear, About: "the day of the year, 1 to 366"},
	{Name: "weekday", Min: 1, Max: 1, Args: oneDate, Result: digit, Eval: evalWeekday(false, 0), About: "the day of the week, Monday being 0"},
	{Name: "dayofweek", Min: 1, Max: 1, Args: oneDate, Result: digit, Eval: evalWeekday(true, 1), About: "the day of the week, Sunday being 1"},
	{Name: "week", Min: 1, Max: 2, Args: []expr.Arg{expr.DateTime, expr.Int}, Result: two, Eval: evalWeek, About: "the number of the week; the mode says when weeks begin, default_week_format without it"},
	{Name: "weekofyear", Min: 1, Max: 1, Args: oneDate, Result: two, Eval: evalWeekOfYear, About: "the number of the week as ISO 8601 counts it"},
	{Name: "yearweek", Min: 1, Max: 2, Args: []expr.Arg{expr.DateTime, expr.Int}, Result: digitsOf(6), Eval: evalYearWeek, About: "year and week, by mode"},
	{Name: "dayname", Min: 1, Max: 1, Args: oneDate, Text: expr.Connection, Result: nameType, Prepare: asLanguage, Eval: evalDayName, About: "the name of the day"},
	{Name: "monthname", Min: 1, Max: 1, Args: oneDate, Text: expr.Connection, Result: nameType, Prepare: asLanguage, Eval: evalMonthName, About: "the name of the month"},
	{Name: "last_day", Min: 1, Max: 1, Args: oneDate, Result: dateType, Eval: evalLastDay, About: "the last day of the month"},
}

// dayNames and monthNames are what STR_TO_DATE reads, whatever the session's language is.
var dayNames, monthNames = value.English.Days, value.English.Months

// nameType has room for the names of the session's language.
func nameType(f *expr.Call) (value.Type, error) {
	l := f.Env().Names()
	return nullText(max(l.LongestMonth, l.LongestDay))
}

// asLanguage: the result has the characters of the session's language.
func asLanguage(f *expr.Call) (any, error) {
	f.Type().ASCII = f.Env().Names().ASCII
	return nil, nil
}

func evalToDays(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	n, ok, err := dayNumber(c, f, 0, a[0])
	return intOr(int64(n), ok), err
}

func intOr(n int64, ok bool) value.Value {
	if !ok {
		return value.Null
	}
	return value.Int(n)
}

func evalFromDays(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	n := a[0].Int()
	if n < 0 || n > value.MaxDayNumber {
		n = 0
	}
	return dayOf(int(n)), nil
}

func evalToSeconds(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	n, ok, err := dayNumber(c, f, 0, a[0])
	clock := value.CivilOf(a[0].DateTime()).Micros() / value.MicrosPerSecond
	return intOr(int64(n)*86400+clock, ok), err
}

func evalDayOfYear(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	d, ok, err := calendar(c, f, 0, a[0])
	return intOr(int64(dayOfYear(d)), ok), err
}

func dayOfYear(d value.Civil) int {
	return value.DayNumber(d.Year, d.Month, d.Day) - value.DayNumber(d.Year, 1, 1) + 1
}

// weekday counts from 0, Monday or Sunday.
func weekday(dayNumber int, sundayFirst bool) int {
	if sundayFirst {
		dayNumber++
	}
	return (dayNumber + 5) % 7
}

func evalWeekday(sundayFirst bool, first int) func(*expr.Ctx, *expr.Call, []value.Value) (value.Value, error) {
	return func(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
		n, ok, err := dayNumber(c, f, 0, a[0])
		return intOr(int64(weekday(n, sundayFirst)+first), ok), err
	}
}

// The bits of a week's mode: the week begins on Monday; a day of the year's first week
// may belong to the year before and have its number 52 or 53; the first week is the
// first whole one, not the one with four days in the year.
const (
	weekFromMonday = 1 << iota
	weekOfItsYear
	weekWhole
)

// weekMode makes the bits of WEEK's argument.
func weekMode(mode int64) int {
	m := int(mode & 7)
	if m&weekFromMonday == 0 {
		m ^= weekWhole
	}
	return m
}

// week is the number of the week of d and the year that it belongs to.
func week(d value.Civil, mode int) (number, year int) {
	whole, itsYear := mode&weekWhole != 0, mode&weekOfItsYear != 0
	today, first := value.DayNumber(d.Year, d.Month, d.Day), value.DayNumber(d.Year, 1, 1)
	begins := weekday(first, mode&weekFromMonday == 0)
	year = d.Year
	late := func() bool { return whole && begins != 0 || !whole && begins >= 4 } // the first week is not the one of January 1
	if d.Month == 1 && d.Day <= 7-begins {
		if !itsYear && late() {
			return 0, year
		}
		itsYear = true
		year--
		n := yearLength(year)
		first -= n
		begins = (begins + 53*7 - n) % 7
	}
	days := today - (first - begins)
	if late() {
		days = today - (first + 7 - begins)
	}
	if itsYear && days >= 52*7 {
		begins = (begins + yearLength(year)) % 7
		if !late() {
			return 1, year + 1
		}
	}
	return days/7 + 1, year
}

func yearLength(year int) int {
	if value.LeapYear(year) {
		return 366
	}
	return 365
}

func evalWeek(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	mode := int64(c.WeekMode)
	if len(a) > 1 {
		mode = a[1].Int()
	}
	d, ok, err := calendar(c, f, 0, a[0])
	n, _ := week(d, weekMode(mode))
	return intOr(int64(n), ok), err
}

func evalWeekOfYear(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	d, ok, err := calendar(c, f, 0, a[0])
	n, _ := week(d, weekMode(3))
	return intOr(int64(n), ok), err
}

func evalYearWeek(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	var mode int64
	if len(a) > 1 {
		mode = a[1].Int()
	}
	d, ok, err := calendar(c, f, 0, a[0])
	n, year := week(d, weekMode(mode)|weekOfItsYear)
	return intOr(int64(year*100+n), ok), err
}

func evalDayName(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	n, ok, err := dayNumber(c, f, 0, a[0])
	if !ok {
		return value.Null, err
	}
	return value.String(c.Names().Days[weekday(n, false)]), nil
}

func evalMonthName(c *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	m := value.CivilOf(a[0].DateTime()).Month
	if m == 0 {
		return value.Null, nil
	}
	return value.String(c.Names().Months[m-1]), nil
}

func evalLastDay(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	d := value.CivilOf(a[0].DateTime())
	if d.Month == 0 { // a day that is 0 does not matter
		_, _, err := calendar(c, f, 0, a[0])
		return value.Null, err
	}
	p, _ := value.Civil{Year: d.Year, Month: d.Month, Day: value.DaysInMonth(d.Year, d.Month)}.Pack()
	return value.Date(p), nil
}
