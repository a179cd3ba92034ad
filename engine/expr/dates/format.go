package dates

import (
	"strconv"
	"strings"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// formatFunctions write and read dates by formats such as %Y-%m-%d.
var formatFunctions = []expr.Function{
	{Name: "date_format", Min: 2, Max: 2, Args: []expr.Arg{expr.DateTime, expr.Text}, Text: expr.Connection, Grows: true, Result: formatType, Prepare: asFormat, Eval: evalDateFormat, About: "a date in a format"},
	{Name: "time_format", Min: 2, Max: 2, Args: []expr.Arg{expr.Time, expr.Text}, Text: expr.Connection, Grows: true, Result: formatType, Prepare: asFormat, Eval: evalTimeFormat, About: "a time in a format"},
	{Name: "str_to_date", Min: 2, Max: 2, Args: []expr.Arg{expr.Text}, Result: readType, Eval: evalStrToDate, About: "the date or time that a text in a format is; warning 1411 when it is none"},
	{Name: "get_format", Min: 2, Max: 2, Args: []expr.Arg{expr.Text}, Text: expr.Connection, Result: getFormatType, Eval: evalGetFormat, About: "the format of a country: get_format('DATE', 'EUR')"},
}

// widths are how many characters the specifiers give at most; 2 for the others.
var widths = map[byte]int{'M': 9, 'W': 9, 'D': 4, 'Y': 4, 'x': 4, 'X': 4, 'a': 3, 'b': 3, 'j': 3, 'f': 6, 'r': 11, 'T': 9, 'H': 7, 'k': 7, 'w': 1, '%': 1}

// named is how long a name is at most that a part of a format stands for.
func named(l *value.Language, part byte) int {
	switch part {
	case 'M':
		return l.LongestMonth
	case 'W':
		return l.LongestDay
	case 'a', 'b':
		return l.LongestShort
	}
	return 0
}

func formatType(f *expr.Call) (value.Type, error) {
	if v, ok := f.Const(1); ok && v.Class() == value.ClassString {
		n, s := 0, v.Bytes()
		for i := 0; i < len(s); i++ {
			n++
			if s[i] == '%' && i+1 < len(s) {
				i++
				n--
				if w := widths[s[i]]; w > 0 {
					n += max(w, named(f.Env().Names(), s[i]))
				} else {
					n += 2
				}
			}
		}
		return nullText(n)
	}
	return nullText(min(f.Length(1), 1<<20) * 10)
}

// asFormat: the result has the characters of the format.
func asFormat(f *expr.Call) (any, error) {
	f.Type().ASCII = f.Arg(1).ASCII && f.Env().Names().ASCII
	return nil, nil
}

func evalDateFormat(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	return formatted(c, f, value.CivilOf(a[0].DateTime()), false, a[1].Bytes())
}

func evalTimeFormat(c *expr.Ctx, f *expr.Call, a []value.Value) (value.Value, error) {
	return formatted(c, f, value.CivilOfTime(a[0].Micros()), true, a[1].Bytes())
}

// formatted is NULL when a part is asked for that there is not: a month's name
// without a month, a day of the year of a TIME.
func formatted(c *expr.Ctx, f *expr.Call, d value.Civil, clock bool, format []byte) (value.Value, error) {
	if len(format) == 0 {
		return value.Null, nil
	}
	w := writer{Civil: d, clock: clock, language: c.Names()}
	if d.Neg {
		w.out = append(w.out, '-')
	}
	for i := 0; i < len(format); i++ {
		if len(w.out) > c.PacketLimit() {
			break
		}
		if format[i] != '%' || i+1 == len(format) {
			w.out = append(w.out, format[i])
			continue
		}
		i++
		if !w.write(format[i]) {
			return value.Null, nil
		}
	}
	if large, err := c.TooLarge(f.Function.Name, len(w.out)); large || err != nil {
		return value.Null, err
	}
	return value.Bytes(w.out), nil
}

// writer writes the parts of a date or, with clock, of a TIME.
type writer struct {
	value.Civil
	clock    bool
	out      []byte
	language *value.Language
}

func (w *writer) number(n, width int) {
	s := strconv.Itoa(n)
	for i := len(s); i < width; i++ {
		w.out = append(w.out, '0')
	}
	w.out = append(w.out, s...)
}

func (w *writer) text(s string) { w.out = append(w.out, s...) }

// hour12 is the hour on a clock's face.
func (w *writer) hour12() int { return (w.Hour%24+11)%12 + 1 }

func (w *writer) half() string {
	if w.Hour%24 < 12 {
		return "AM"
	}
	return "PM"
}

// write writes a part; false is one that there is not.
func (w *writer) write(part byte) bool {
	switch part {
	case 'H':
		w.number(w.Hour, 2)
	case 'h', 'I':
		w.number(w.hour12(), 2)
	case 'k':
		w.number(w.Hour, 1)
	case 'l':
		w.number(w.hour12(), 1)
	case 'i':
		w.number(w.Minute, 2)
	case 's', 'S':
		w.number(w.Second, 2)
	case 'f':
		w.number(w.Micro, 6)
	case 'p':
		w.text(w.half())
	case 'r':
		w.clockFace(w.hour12())
		w.text(" " + w.half())
	case 'T':
		w.clockFace(w.Hour)
	default:
		return w.writeDate(part)
	}
	return true
}

func (w *writer) clockFace(hour int) {
	w.number(hour, 2)
	w.text(":")
	w.number(w.Minute, 2)
	w.text(":")
	w.number(w.Second, 2)
}

func (w *writer) writeDate(part byte) bool {
	switch part {
	case 'Y':
		w.number(w.Year, 4)
	case 'y':
		w.number(w.Year%100, 2)
	case 'm':
		w.number(w.Month, 2)
	case 'c':
		w.number(w.Month, 1)
	case 'd':
		w.number(w.Day, 2)
	case 'e':
		w.number(w.Day, 1)
	case 'M', 'b':
		if w.Month == 0 {
			return false
		}
		w.name(w.language.Months, w.language.MonthsShort, w.Month-1, part == 'b')
	case 'D', 'j', 'W', 'a', 'w', 'U', 'u', 'V', 'v', 'X', 'x':
		return w.writeDay(part)
	default: // %% and what is no specifier
		w.out = append(w.out, part)
	}
	return true
}

func (w *writer) name(long, short []string, at int, isShort bool) {
	if isShort {
		long = short
	}
	w.text(long[at])
}

// writeDay is of parts that need the calendar.
func (w *writer) writeDay(part byte) bool {
	if w.clock {
		return false
	}
	today := value.DayNumber(w.Year, w.Month, w.Day)
	switch part {
	case 'D':
		w.number(w.Day, 1)
		w.text(ordinal(w.Day))
	case 'j':
		w.number(max(0, dayOfYear(w.Civil)), 3)
	case 'W', 'a', 'w':
		if w.Month == 0 && w.Year == 0 {
			return false
		}
		if part == 'w' {
			w.number(weekday(today, true), 1)
		} else {
			w.name(w.language.Days, w.language.DaysShort, weekday(today, false), part == 'a')
		}
	case 'X', 'x':
		_, year := week(w.Civil, weekBits[part])
		w.number(max(0, year), 4)
	default:
		n, _ := week(w.Civil, weekBits[part])
		w.number(max(0, n), 2)
	}
	return true
}

var weekBits = map[byte]int{
	'U': weekWhole, 'u': weekFromMonday, 'V': weekOfItsYear | weekWhole, 'v': weekOfItsYear | weekFromMonday,
	'X': weekOfItsYear | weekWhole, 'x': weekOfItsYear | weekFromMonday,
}

func ordinal(n int) string {
	if n >= 10 && n <= 19 {
		return "th"
	}
	switch n % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	}
	return "th"
}

// countries are the formats of GET_FORMAT.
var countries = map[string]map[string]string{
	"date":     {"usa": "%m.%d.%Y", "jis": "%Y-%m-%d", "iso": "%Y-%m-%d", "eur": "%d.%m.%Y", "internal": "%Y%m%d"},
	"datetime": {"usa": "%Y-%m-%d %H.%i.%s", "jis": "%Y-%m-%d %H:%i:%s", "iso": "%Y-%m-%d %H:%i:%s", "eur": "%Y-%m-%d %H.%i.%s", "internal": "%Y%m%d%H%i%s"},
	"time":     {"usa": "%h:%i:%s %p", "jis": "%H:%i:%s", "iso": "%H:%i:%s", "eur": "%H.%i.%s", "internal": "%H%i%s"},
}

func getFormatType(*expr.Call) (value.Type, error) { return nullText(17) }

func evalGetFormat(_ *expr.Ctx, _ *expr.Call, a []value.Value) (value.Value, error) {
	kind := strings.ToLower(a[0].Text())
	if kind == "timestamp" {
		kind = "datetime"
	}
	format, ok := countries[kind][strings.ToLower(a[1].Text())]
	if !ok {
		return value.Null, nil
	}
	return value.String(format), nil
}
