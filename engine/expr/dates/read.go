package dates

import (
	"bytes"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// readType: a format that is known tells whether a DATE, a TIME or a DATETIME comes
// out.
func readType(f *expr.Call) (value.Type, error) {
	v, ok := f.Const(1)
	if !ok || v.Class() != value.ClassString {
		return dateTimeType(value.MaxFsp)
	}
	date, clock, fsp := false, false, 0
	for s := v.Bytes(); ; s = s[2:] {
		i := bytes.IndexByte(s, '%')
		if i < 0 || i+1 == len(s) {
			break
		}
		s = s[i:]
		switch {
		case s[1] == 'f':
			clock, fsp = true, value.MaxFsp
		case strings.IndexByte("HISThiklrs", s[1]) >= 0:
			clock = true
		case strings.IndexByte("MVUXYWabcdDejmuvwxy", s[1]) >= 0:
			date = true
		}
	}
	switch {
	case clock && date:
		return dateTimeType(fsp)
	case clock:
		return timeType(fsp)
	}
	return nullable(value.DateOfDay)
}

// evalStrToDate gives NULL with warning 1411 for a text that is not in the format,
// and for dates that sql_mode forbids.
func evalStrToDate(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	r := reader{s: a[0].Bytes(), week: -1, weekYear: -1}
	ok := r.read(a[1].Bytes()) && r.finish()
	kind := f.Type().Kind
	if ok && kind != value.TypeTime {
		ok = allowed(c, r.Civil)
	}
	if !ok {
		return value.Null, c.Warn(sqlerr.WrongValueForType, "Incorrect %s value: '%s' for function %s", "datetime", shorten(a[0].Bytes()), "str_to_date")
	}
	if rest := bytes.TrimLeft(r.s[r.pos:], " \t\n\r\v\f"); len(rest) > 0 {
		what := map[value.Kind]string{value.TypeDate: "date", value.TypeTime: "time"}[kind]
		if what == "" {
			what = "datetime"
		}
		if err := c.Warn(sqlerr.TruncatedWrongValue, "Truncated incorrect %s value: '%s'", what, shorten(a[0].Bytes())); err != nil {
			return value.Null, err
		}
	}
	if kind == value.TypeTime {
		m := r.Micros() + int64(r.Day)*value.MicrosPerDay
		return clipped(c, m, func() string { return string(value.AppendTime(nil, m, 0)) })
	}
	d, ok := r.Pack()
	switch {
	case !ok:
		return value.Null, nil
	case kind == value.TypeDate:
		return value.Date(d), nil
	}
	return value.DateTime(d), nil
}

func shorten(s []byte) []byte { return s[:min(len(s), 128)] }

// allowed says whether sql_mode takes a date. A day that the month has not is left to
// whoever stores it, as the manual's STR_TO_DATE('04/31/2004', …) shows.
func allowed(c *expr.Ctx, d value.Civil) bool {
	switch {
	case d.Year == 0 && d.Month == 0 && d.Day == 0:
		return !c.Has(value.ModeNoZeroDate)
	case d.Month == 0 || d.Day == 0:
		return !c.Has(value.ModeNoZeroInDate)
	}
	return true
}

// reader reads a text by a format.
type reader struct {
	value.Civil
	s   []byte
	pos int

	face        bool // the hour is one of twelve
	afternoon   int
	dayOfYear   int
	weekday     int // 1 is Monday, 7 is Sunday; 0 is none
	week        int // -1 is none
	sundayFirst bool
	strict      bool // %V or %v, which need a year of their own
	weekYear    int
	weekYearOfX bool
}

// read follows a format until it or the text ends; false is a text that does not fit.
func (r *reader) read(format []byte) bool {
	for i := 0; i < len(format) && r.pos < len(r.s); i++ {
		for r.pos < len(r.s) && isSpace(r.s[r.pos]) {
			r.pos++
		}
		if r.pos == len(r.s) {
			break
		}
		switch c := format[i]; {
		case c == '%' && i+1 < len(format):
			i++
			if !r.part(format[i]) {
				return false
			}
		case isSpace(c):
		case r.s[r.pos] != c:
			return false
		default:
			r.pos++
		}
	}
	if r.face {
		if r.Hour > 12 || r.Hour < 1 {
			return false
		}
		r.Hour = r.Hour%12 + r.afternoon
		r.face, r.afternoon = false, 0
	}
	return true
}

// number reads up to so many digits; no digit is an error.
func (r *reader) number(width int, to *int) bool {
	from := r.pos
	for *to = 0; r.pos < len(r.s) && r.pos-from < width && r.s[r.pos] >= '0' && r.s[r.pos] <= '9'; r.pos++ {
		*to = *to*10 + int(r.s[r.pos]-'0')
	}
	return r.pos > from
}

func (r *reader) part(c byte) bool {
	switch c {
	case 'Y':
		from := r.pos
		ok := r.number(4, &r.Year)
		if r.pos-from <= 2 {
			r.Year = value.TwoDigitYear(r.Year)
		}
		return ok
	case 'y':
		ok := r.number(2, &r.Year)
		r.Year = value.TwoDigitYear(r.Year)
		return ok
	case 'm', 'c':
		return r.number(2, &r.Month)
	case 'M':
		return r.word(monthNames, false, &r.Month)
	case 'b':
		return r.word(monthNames, true, &r.Month)
	case 'd', 'e':
		return r.number(2, &r.Day)
	case 'D':
		ok := r.number(2, &r.Day)
		r.pos = min(r.pos+2, len(r.s)) // st, nd, rd, th
		return ok
	case 'W':
		return r.word(dayNames, false, &r.weekday)
	case 'a':
		return r.word(dayNames, true, &r.weekday)
	case 'w':
		ok := r.number(1, &r.weekday) && r.weekday < 7
		if r.weekday == 0 {
			r.weekday = 7
		}
		return ok
	case 'j':
		return r.number(3, &r.dayOfYear)
	case 'V', 'v', 'U', 'u':
		r.sundayFirst, r.strict = c == 'U' || c == 'V', c == 'V' || c == 'v'
		return r.number(2, &r.week) && r.week <= 53 && !(r.strict && r.week == 0)
	case 'X', 'x':
		r.weekYearOfX = c == 'X'
		return r.number(4, &r.weekYear)
	}
	return r.clockPart(c)
}

func (r *reader) clockPart(c byte) bool {
	switch c {
	case 'h', 'I', 'l':
		r.face = true
		return r.number(2, &r.Hour)
	case 'H', 'k':
		return r.number(2, &r.Hour)
	case 'i':
		return r.number(2, &r.Minute)
	case 's', 'S':
		return r.number(2, &r.Second)
	case 'f':
		from := r.pos
		ok := r.number(6, &r.Micro)
		for n := r.pos - from; n < 6; n++ {
			r.Micro *= 10
		}
		return ok
	case 'p':
		if len(r.s)-r.pos < 2 || !r.face {
			return false
		}
		half := strings.ToUpper(string(r.s[r.pos : r.pos+2]))
		if half == "PM" {
			r.afternoon = 12
		}
		r.pos += 2
		return half == "AM" || half == "PM"
	case 'r':
		return r.read([]byte("%I:%i:%S %p"))
	case 'T':
		return r.read([]byte("%H:%i:%S"))
	}
	return r.skip(c)
}

// skip reads characters of a class.
func (r *reader) skip(class byte) bool {
	var in func(c byte) bool
	switch class {
	case '.':
		in = func(c byte) bool { return c > ' ' && c < 0x7F && !isDigit(c) && !isLetter(c) }
	case '@':
		in = isLetter
	case '#':
		in = isDigit
	default:
		return false
	}
	for r.pos < len(r.s) && in(r.s[r.pos]) {
		r.pos++
	}
	return true
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isSpace(c byte) bool  { return c == ' ' || c >= '\t' && c <= '\r' }

// word reads one of some names, of which the first letters are enough when there is
// no other name with them; to is its number, from 1.
func (r *reader) word(names []string, short bool, to *int) bool {
	end := r.pos
	for end < len(r.s) && isLetter(r.s[end]) {
		end++
	}
	word := string(r.s[r.pos:end])
	found := 0
	for i, n := range names {
		if short {
			n = n[:3]
		}
		if strings.EqualFold(n, word) {
			found = i + 1
			break
		}
		if word != "" && len(word) < len(n) && strings.EqualFold(n[:len(word)], word) {
			if found > 0 {
				return false
			}
			found = i + 1
		}
	}
	*to, r.pos = found, end
	return found > 0
}

// finish makes the date of a day of the year, or of a week and its day.
func (r *reader) finish() bool {
	if r.dayOfYear > 0 && !r.onDay(value.DayNumber(r.Year, 1, 1)+r.dayOfYear-1) {
		return false
	}
	if r.week >= 0 && r.weekday > 0 && !r.byWeek() {
		return false
	}
	return r.Month <= 12 && r.Day <= 31 && r.Hour <= 23 && r.Minute <= 59 && r.Second <= 59
}

func (r *reader) onDay(n int) bool {
	if n <= 0 || n > value.MaxDayNumber {
		return false
	}
	r.Year, r.Month, r.Day = value.DateOfDayNumber(n)
	return true
}

func (r *reader) byWeek() bool {
	if r.strict && (r.weekYear < 0 || r.weekYearOfX != r.sundayFirst) || !r.strict && r.weekYear >= 0 {
		return false
	}
	year := r.Year
	if r.strict {
		year = r.weekYear
	}
	first := value.DayNumber(year, 1, 1)
	begins := weekday(first, r.sundayFirst)
	days := first - begins + (r.week-1)*7
	if r.sundayFirst {
		if begins != 0 {
			days += 7
		}
		days += r.weekday % 7
	} else {
		if begins > 3 {
			days += 7
		}
		days += r.weekday - 1
	}
	return r.onDay(days)
}
