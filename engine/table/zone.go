package table

import (
	"context"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// TIMESTAMP columns keep moments in UTC. Every statement sees them on the clock of its
// session, on both ways to the rows.

// secondPass marks a value of the library whose clock shows the second of the two
// moments that a change of the clock makes of one. No type shows it, and a value that
// a statement only carries from row to row keeps it.
const secondPass = time.Nanosecond

// zoneOf is the time zone of the session that ctx runs in.
func zoneOf(ctx context.Context) *time.Location {
	if c, ok := ctx.(*sql.Context); ok {
		if s, err := sessionOf(c); err == nil {
			return s.Zone()
		}
	}
	return time.UTC
}

// shownIn is a moment in UTC as the library sees it: the clock of the zone, as though that
// were UTC.
func shownIn(t time.Time, zone *time.Location) time.Time {
	if zone == time.UTC {
		return t
	}
	there := t.In(zone)
	_, offset := there.Zone()
	clock := t.Add(time.Duration(offset) * time.Second)
	if other, twice := value.OtherMoment(there); twice && other.Before(there) {
		clock = clock.Add(secondPass)
	}
	return clock
}

// storedFrom is the inverse of shownIn.
func storedFrom(clock time.Time, zone *time.Location) (codec.DateTime, error) {
	packed, err := codec.DateTimeOf(clock)
	if err != nil || zone == time.UTC || packed == storedZero {
		return packed, err
	}
	t, ok := value.Moment(packed, zone)
	if !ok {
		return packed, nil
	}
	if clock.Nanosecond()%1000 == int(secondPass) {
		if other, twice := value.OtherMoment(t); twice && other.After(t) {
			t = other
		}
	}
	return codec.DateTimeOf(t.UTC())
}

// onlyMoment is what TIMESTAMP columns keep for a clock of the zone. ok is false for what the
// clock shows twice or never, which bounds no stretch of keys.
func onlyMoment(clock codec.DateTime, zone *time.Location) (utc codec.DateTime, ok bool) {
	if clock == 0 || clock == storedZero || zone == time.UTC {
		return clock, true
	}
	t, ok := value.Moment(clock, zone)
	if !ok {
		return 0, false
	}
	if _, twice := value.OtherMoment(t); twice {
		return 0, false
	}
	if shown, _ := value.PackTime(t); shown != clock {
		return 0, false
	}
	return value.PackTime(t.UTC())
}
