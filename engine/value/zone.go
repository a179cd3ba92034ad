package value

import (
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
func (e *Env) FromUTC(d codec.DateTime) (codec.DateTime, bool) {
	return convertZone(d, time.UTC, e.Zone())
}

// ToUTC is the inverse of FromUTC. An hour that a change of the clock leaves out is
// taken as its end, as MySQL does.
func (e *Env) ToUTC(d codec.DateTime) (codec.DateTime, bool) {
	return convertZone(d, e.Zone(), time.UTC)
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

// Moment is when a zone's clock shows d. What a change of the clock leaves out is the
// moment of the change. ok is false for a date that no calendar has.
func Moment(d codec.DateTime, zone *time.Location) (t time.Time, ok bool) {
	t, ok = d.Time(zone)
	if !ok {
		return t, false
	}
	shown, _ := PackTime(t)
	if shown == d {
		return t, true
	}
	start, end := t.ZoneBounds()
	if shown > d { // the clock after the change
		return start, true
	}
	return end, true
}
