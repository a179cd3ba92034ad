package schedule

import (
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
)

func moment(t *testing.T, text, zone string) time.Time {
	t.Helper()
	in, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	out, err := time.ParseInLocation("2006-01-02 15:04:05", text, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		every              int64
		unit, zone         string
		starts, ends, from string
		want               string // "" is none
	}{
		{1, "DAY", "UTC", "2024-02-28 03:00:00", "", "2024-02-01 00:00:00", "2024-02-28 03:00:00"},
		{1, "DAY", "UTC", "2024-02-28 03:00:00", "", "2024-02-28 03:00:00", "2024-02-28 03:00:00"},
		{1, "DAY", "UTC", "2024-02-28 03:00:00", "", "2024-02-28 03:00:01", "2024-02-29 03:00:00"},
		{1, "DAY", "Europe/Zurich", "2024-03-30 02:30:00", "", "2024-04-01 00:00:00", "2024-04-01 02:30:00"}, // its days have 23 and 25 hours
		{1, "HOUR", "Europe/Zurich", "2024-03-31 00:30:00", "", "2024-03-31 01:31:00", "2024-03-31 03:30:00"},
		{1, "WEEK", "UTC", "2024-01-01 00:00:00", "", "2034-01-03 00:00:00", "2034-01-09 00:00:00"},
		{1, "MONTH", "UTC", "2024-01-31 12:00:00", "", "2024-02-01 00:00:00", "2024-02-29 12:00:00"},
		{1, "MONTH", "UTC", "2024-01-31 12:00:00", "", "2024-03-01 00:00:00", "2024-03-31 12:00:00"},
		{1, "YEAR", "UTC", "2024-02-29 12:00:00", "", "2025-01-01 00:00:00", "2025-02-28 12:00:00"},
		{2, "QUARTER", "UTC", "2024-01-01 00:00:00", "", "2024-01-02 00:00:00", "2024-07-01 00:00:00"},
		{90, "HOUR_MINUTE", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:01", "2024-01-01 01:30:00"},
		{34, "DAY_HOUR", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:01", "2024-01-02 10:00:00"},
		{1, "SECOND", "UTC", "2024-01-01 00:00:00", "2024-01-01 00:00:05", "2024-01-01 00:00:05", "2024-01-01 00:00:05"},
		{1, "SECOND", "UTC", "2024-01-01 00:00:00", "2024-01-01 00:00:05", "2024-01-01 00:00:06", ""},
		{1, "NONSENSE", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:06", ""},
		{3000000, "HOUR", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:01", "2366-03-29 00:00:00"}, // 342 years, more than a time.Duration
		{10, "SECOND", "UTC", "1000-01-01 00:00:00", "", "2024-01-01 00:00:01", "2024-01-01 00:00:10"},
		{1, "DAY", "UTC", "1000-01-01 00:00:00", "", "2024-01-01 00:00:01", "2024-01-02 00:00:00"},
		{1000000000, "HOUR", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:01", ""},
		{1000000000, "MINUTE", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:01", "3925-04-29 10:40:00"},
		{1000000000, "YEAR", "UTC", "2024-01-01 00:00:00", "", "2024-01-01 00:00:06", ""},
	} {
		e := &catalog.Event{Every: c.every, Unit: c.unit, TimeZone: c.zone, Starts: moment(t, c.starts, c.zone).UnixMicro()}
		if c.ends != "" {
			e.Ends = moment(t, c.ends, c.zone).UnixMicro()
		}
		got, ok := Next(e, moment(t, c.from, c.zone))
		if ok != (c.want != "") || ok && !got.Equal(moment(t, c.want, c.zone)) {
			t.Errorf("every %d %s from %s: %s, %v; want %s", c.every, c.unit, c.from, got, ok, c.want)
		}
	}
	once := &catalog.Event{At: moment(t, "2024-01-01 00:00:00", "UTC").UnixMicro()}
	if at, ok := Next(once, moment(t, "2030-01-01 00:00:00", "UTC")); !ok || at.Year() != 2024 {
		t.Errorf("one time, late: %s, %v", at, ok)
	}
	once.LastExecuted = 1
	if _, ok := Next(once, moment(t, "2020-01-01 00:00:00", "UTC")); ok {
		t.Error("one time, twice")
	}
}

func TestInterval(t *testing.T) {
	for _, c := range []struct {
		text, unit string
		want       int64
		shown      string
	}{
		{"1", "DAY", 1, "1"}, {"1.5", "HOUR", 2, "2"}, {"0", "DAY", 0, ""}, {"-1", "DAY", 0, ""}, {"x", "DAY", 0, ""}, {"2000000000", "SECOND", 0, ""},
		{"1:30", "HOUR_MINUTE", 90, "'1:30'"}, {"1:30", "DAY_SECOND", 90, "'0 00:01:30'"}, {"2 3:04:05", "DAY_SECOND", 183845, "'2 03:04:05'"},
		{"1-6", "YEAR_MONTH", 18, "'1-06'"}, {"1 10", "DAY_HOUR", 34, "'1 10'"}, {"1 2 3 4 5", "DAY_SECOND", 0, ""}, {"", "DAY_HOUR", 0, ""},
		{"99999999999999", "DAY_HOUR", 0, ""}, {"1", "FORTNIGHT", 0, ""},
	} {
		got, ok := Interval(c.text, c.unit)
		if ok != (c.shown != "") || ok && (got != c.want || FormatInterval(got, c.unit) != c.shown) {
			t.Errorf("%q %s: %d, %v, %s; want %d, %s", c.text, c.unit, got, ok, FormatInterval(got, c.unit), c.want, c.shown)
		}
	}
}
