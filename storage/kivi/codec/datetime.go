package codec

import (
	"fmt"
	"time"
)

// DateTime is a DATETIME or TIMESTAMP in one number whose order is that of
// time. Unlike a count of microseconds since some day it also has room for the
// dates that are none: 0000-00-00 and those with month or day 0.
//
//	bits 42..58  year*13 + month
//	bits 37..41  day
//	bits 32..36  hour
//	bits 26..31  minute
//	bits 20..25  second
//	bits  0..19  microsecond
//
// The zero DateTime is 0000-00-00 00:00:00. A DateTime has no time zone: a
// TIMESTAMP is stored in UTC.
type DateTime uint64

// Date is a DATE: the upper 22 bits of a DateTime, stored in DateWidth bytes.
type Date uint32

const (
	monthShift  = 42
	dayShift    = 37
	hourShift   = 32
	minuteShift = 26
	secondShift = 20
)

// TIME's bounds in microseconds: 838:59:59.000000 either way.
const (
	MaxTimeMicros int64 = ((838*60+59)*60 + 59) * 1_000_000
	MinTimeMicros int64 = -MaxTimeMicros
)

// NewDateTime packs a date and a time of day. Month and day may be 0; whether
// that is allowed, and whether the day exists in the month, is for the SQL mode
// to say. Parts outside year 0..9999, month 0..12, day 0..31 or the day's 24
// hours are ErrRange.
func NewDateTime(year, month, day, hour, minute, second, micros int) (DateTime, error) {
	if !between(year, 9999) || !between(month, 12) || !between(day, 31) ||
		!between(hour, 23) || !between(minute, 59) || !between(second, 59) || !between(micros, 999_999) {
		return 0, fmt.Errorf("%w: %04d-%02d-%02d %02d:%02d:%02d.%06d",
			ErrRange, year, month, day, hour, minute, second, micros)
	}
	return DateTime(year*13+month)<<monthShift | DateTime(day)<<dayShift | DateTime(hour)<<hourShift |
		DateTime(minute)<<minuteShift | DateTime(second)<<secondShift | DateTime(micros), nil
}

func between(v, most int) bool { return v >= 0 && v <= most }

// DateTimeOf packs the wall clock of t in t's own zone, cut to microseconds.
func DateTimeOf(t time.Time) (DateTime, error) {
	return NewDateTime(t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1000)
}

// Date returns the date part.
func (d DateTime) Date() Date { return Date(d >> dayShift) }

// Clock returns the time of day.
func (d DateTime) Clock() (hour, minute, second, micros int) {
	return int(d >> hourShift & 0x1F), int(d >> minuteShift & 0x3F), int(d >> secondShift & 0x3F), int(d & 0xFFFFF)
}

// Time returns the moment with this wall clock in loc. ok is false for a date
// that no calendar has, such as 0000-00-00 or 2024-02-31, and for a number that
// NewDateTime does not make.
func (d DateTime) Time(loc *time.Location) (t time.Time, ok bool) {
	year, month, day := d.Date().Parts()
	h, m, s, us := d.Clock()
	if same, err := NewDateTime(year, month, day, h, m, s, us); err != nil || same != d || !dayExists(year, month, day) {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, h, m, s, us*1000, loc), true
}

// NewDate packs a date under the rules of NewDateTime.
func NewDate(year, month, day int) (Date, error) {
	d, err := NewDateTime(year, month, day, 0, 0, 0, 0)
	return d.Date(), err
}

// Parts returns year, month and day; month and day may be 0.
func (d Date) Parts() (year, month, day int) {
	ym := int(d >> (monthShift - dayShift))
	return ym / 13, ym % 13, int(d & 0x1F)
}

// DateTime returns midnight of the date.
func (d Date) DateTime() DateTime { return DateTime(d) << dayShift }

func dayExists(year, month, day int) bool {
	if month < 1 || day < 1 {
		return false
	}
	// Day 0 of the next month is the last day of this one.
	return day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// AppendDateTime appends a DATETIME or TIMESTAMP: eight bytes big-endian.
func AppendDateTime(dst []byte, d DateTime) []byte {
	return AppendUint(dst, uint64(d), DateTimeWidth)
}

// DecodeDateTime is the inverse of AppendDateTime.
func DecodeDateTime(key []byte) (DateTime, []byte, error) {
	v, rest, err := DecodeUint(key, DateTimeWidth)
	return DateTime(v), rest, err
}

// AppendDate appends a DATE: three bytes big-endian.
func AppendDate(dst []byte, d Date) []byte { return AppendUint(dst, uint64(d), DateWidth) }

// DecodeDate is the inverse of AppendDate.
func DecodeDate(key []byte) (Date, []byte, error) {
	v, rest, err := DecodeUint(key, DateWidth)
	return Date(v), rest, err
}

// AppendTime appends a TIME of so many microseconds, which may be negative: six
// bytes, sign bit flipped. It panics far outside MinTimeMicros..MaxTimeMicros.
func AppendTime(dst []byte, micros int64) []byte { return AppendInt(dst, micros, TimeWidth) }

// DecodeTime is the inverse of AppendTime.
func DecodeTime(key []byte) (micros int64, rest []byte, err error) {
	return DecodeInt(key, TimeWidth)
}
