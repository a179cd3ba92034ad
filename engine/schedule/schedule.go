// Package schedule is when events run, and the scheduler that has them run. It knows no
// sessions: a Host runs them; and its clock is given to it.
//
// An event AT runs once, late when nobody ran it in time. One EVERY runs at STARTS and
// then in equal steps, up to ENDS; what was missed, because the scheduler was off or the
// run before took too long, is left out. Days, weeks, months and years are those of the
// event's time zone; a month that has no such day gives its last one.
package schedule

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
)

// unit is one of EVERY. A number of them is counted in the smallest of its fields.
type unit struct {
	months  int64   // a step of one, or
	seconds int64   // else
	fields  []int64 // of units with several: how many of the smallest each field is
	signs   string  // between the fields, as MySQL shows them
}

var units = map[string]unit{
	"YEAR": {months: 12}, "QUARTER": {months: 3}, "MONTH": {months: 1}, "YEAR_MONTH": {months: 1, fields: []int64{12, 1}, signs: "-"},
	"WEEK": {seconds: 7 * 86400}, "DAY": {seconds: 86400}, "HOUR": {seconds: 3600}, "MINUTE": {seconds: 60}, "SECOND": {seconds: 1},
	"DAY_HOUR":    {seconds: 3600, fields: []int64{24, 1}, signs: " "},
	"DAY_MINUTE":  {seconds: 60, fields: []int64{1440, 60, 1}, signs: " :"},
	"DAY_SECOND":  {seconds: 1, fields: []int64{86400, 3600, 60, 1}, signs: " ::"},
	"HOUR_MINUTE": {seconds: 60, fields: []int64{60, 1}, signs: ":"}, "HOUR_SECOND": {seconds: 1, fields: []int64{3600, 60, 1}, signs: "::"},
	"MINUTE_SECOND": {seconds: 1, fields: []int64{60, 1}, signs: ":"},
}

// MaxInterval bounds the number of an EVERY.
const MaxInterval = 1_000_000_000

var digits = regexp.MustCompile(`\d+`)

// Interval reads the number of an EVERY, which may have several fields ('1:30'); false for
// one that is not positive or too large.
func Interval(text, name string) (int64, bool) {
	u, known := units[name]
	if !known || strings.HasPrefix(strings.TrimSpace(text), "-") {
		return 0, false
	}
	n := int64(0)
	if u.fields == nil {
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.Abs(f) > MaxInterval {
			return 0, false
		}
		n = int64(math.RoundToEven(f))
	} else {
		parts := digits.FindAllString(text, -1)
		if len(parts) > len(u.fields) {
			return 0, false
		}
		for i, part := range parts { // the last ones, when some are missing
			x, err := strconv.ParseInt(part, 10, 32)
			if err != nil {
				return 0, false
			}
			n += x * u.fields[len(u.fields)-len(parts)+i]
		}
	}
	return n, n > 0 && n <= MaxInterval
}

// FormatInterval writes such a number as SHOW CREATE EVENT has it.
func FormatInterval(n int64, name string) string {
	u := units[name]
	if u.fields == nil {
		return strconv.FormatInt(n, 10)
	}
	var b strings.Builder
	for i, f := range u.fields {
		if i == 0 {
			fmt.Fprintf(&b, "'%d", n/f)
		} else {
			fmt.Fprintf(&b, "%c%02d", u.signs[i-1], n/f)
		}
		n %= f
	}
	return b.String() + "'"
}

// Zone is an event's time zone, UTC for a name that is not known any more.
func Zone(e *catalog.Event) *time.Location {
	if zone, ok := value.ZoneNamed(e.TimeZone); ok {
		return zone
	}
	return time.UTC
}

// Next is the first time from a moment on that an event runs at, which for one that runs
// once may be before it. ok is false when there is none: the event is over.
func Next(e *catalog.Event, from time.Time) (next time.Time, ok bool) {
	if e.Every == 0 {
		return time.UnixMicro(e.At), e.LastExecuted == 0
	}
	starts := time.UnixMicro(e.Starts).In(Zone(e))
	if next = starts; from.After(starts) {
		if next, ok = step(e, starts, from); !ok {
			return time.Time{}, false
		}
	}
	return next, e.Ends == 0 || !next.After(time.UnixMicro(e.Ends))
}

// step is the first of the steps after starts that is not before from.
func step(e *catalog.Event, starts, from time.Time) (time.Time, bool) {
	u, known := units[e.Unit]
	if !known || e.Every < 0 {
		return time.Time{}, false
	}
	days := u.seconds / 86400 // of days and weeks, which are 23 or 25 hours long at times
	if u.months == 0 && (days == 0 || u.fields != nil) {
		// In seconds: a time.Duration ends after 292 years.
		each, passed := u.seconds*e.Every, from.Unix()-starts.Unix()
		if from.Nanosecond() > starts.Nanosecond() {
			passed++
		}
		next := time.Unix(starts.Unix()+(passed+each-1)/each*each, int64(starts.Nanosecond())).In(starts.Location())
		return next, next.Year() <= 9999
	}
	at := func(n int64) time.Time {
		if u.months == 0 {
			return starts.AddDate(0, 0, int(n*e.Every*days))
		}
		return addMonths(starts, n*e.Every*u.months)
	}
	each := float64(e.Every*days) * 24
	if u.months != 0 {
		each = float64(e.Every*u.months) * 31 * 24
	}
	n := max(0, int64(float64(from.Unix()-starts.Unix())/3600/each)-1)
	for at(n).Before(from) {
		n++
	}
	return at(n), at(n).Year() <= 9999
}

// addMonths stays in the month that it reaches.
func addMonths(t time.Time, n int64) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()).AddDate(0, int(n), 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}
