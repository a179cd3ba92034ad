package value

import (
	"strings"
	"time"
	_ "time/tzdata" // named time zones, wherever the server runs

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Clock is the statement's moment in the session's zone.
func (e *Env) Clock() time.Time { return e.Now.In(e.Zone()) }

// Today is midnight of the statement's day.
func (e *Env) Today() codec.DateTime {
	d, _ := PackTime(e.Clock())
	return d.Date().DateTime()
}

// FromUTC is the wall clock of the session for a moment in UTC, as a TIMESTAMP
// column stores it. 0000-00-00 stays.
func (e *Env) FromUTC(d codec.DateTime) (codec.DateTime, bool) { return FromUTC(d, e.Zone()) }

// ToUTC is the inverse of FromUTC. An hour that a change of the clock leaves out is
// taken as its end, one that comes twice as the first of the two, as MySQL does.
func (e *Env) ToUTC(d codec.DateTime) (codec.DateTime, bool) { return ToUTC(d, e.Zone()) }

// FromUTC is the wall clock of a zone for a moment in UTC.
func FromUTC(d codec.DateTime, zone *time.Location) (codec.DateTime, bool) {
	return convertZone(d, time.UTC, zone)
}

// ToUTC is the inverse of FromUTC.
func ToUTC(d codec.DateTime, zone *time.Location) (codec.DateTime, bool) {
	return convertZone(d, zone, time.UTC)
}

func convertZone(d codec.DateTime, from, to *time.Location) (codec.DateTime, bool) {
	if from == to || d == 0 {
		return d, true
	}
	t, ok := Moment(d, from)
	if !ok {
		return 0, false
	}
	return PackTime(t.In(to))
}

// Moment is when a zone's clock shows d: the first time, when it shows it twice. What
// a change of the clock leaves out is the moment of the change. ok is false for a date
// that no calendar has.
func Moment(d codec.DateTime, zone *time.Location) (t time.Time, ok bool) {
	t, ok = d.Time(zone)
	if !ok {
		return t, false
	}
	shown, _ := PackTime(t)
	start, end := t.ZoneBounds()
	switch {
	case shown > d: // the clock after the change
		return start, true
	case shown < d:
		return end, true
	}
	if other, twice := OtherMoment(t); twice && other.Before(t) {
		return other, true
	}
	return t, true
}

// OtherMoment is the other moment at which the zone of t shows the same clock as at t:
// in the hour before, or behind, a change that puts it back.
func OtherMoment(t time.Time) (other time.Time, twice bool) {
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	shift := func(at time.Time) time.Time {
		_, there := at.Zone()
		return t.Add(time.Duration(offset-there) * time.Second)
	}
	if !start.IsZero() {
		if other = shift(start.Add(-time.Second)); other.Before(start) && sameClock(other, t) {
			return other, true
		}
	}
	if !end.IsZero() {
		if other = shift(end); !other.Before(end) && sameClock(other, t) {
			return other, true
		}
	}
	return t, false
}

func sameClock(a, b time.Time) bool {
	x, _ := PackTime(a)
	y, _ := PackTime(b)
	return x == y
}

// ZoneNamed is a time zone as SET time_zone names it: SYSTEM, an offset between -13:59
// and +14:00, or the name of a zone.
func ZoneNamed(name string) (*time.Location, bool) {
	switch {
	case name == "" || strings.EqualFold(name, "local"):
		return nil, false
	case strings.EqualFold(name, "SYSTEM"):
		return time.Local, true
	case name[0] == '+' || name[0] == '-':
		return zoneAt(name)
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// zoneAt reads an offset.
func zoneAt(name string) (*time.Location, bool) {
	offset, ok := OffsetOf(name)
	switch {
	case !ok:
		return nil, false
	case offset == 0:
		return time.UTC, true
	}
	return time.FixedZone(name, offset), true
}

// OffsetOf reads [+-]h:m in seconds, with as many digits as there are: four characters at least, as in MySQL.
func OffsetOf(s string) (seconds int, ok bool) {
	if len(s) < len("+1:2") || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	hour, minute, found := strings.Cut(s[1:], ":")
	h, readH := digitsOf(hour)
	m, readM := digitsOf(minute)
	last := 14 * 60
	if s[0] == '-' {
		last = 14*60 - 1
	}
	if !found || minute == "" || !readH || !readM || m > 59 || h*60+m > last {
		return 0, false
	}
	seconds = (h*60 + m) * 60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// digitsOf is the number of some digits, none of which is 0; of too many it is one that no offset has.
func digitsOf(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = min(n*10+int(s[i]-'0'), 1000)
	}
	return n, true
}
