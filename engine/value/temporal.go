package value

import (
	"time"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Civil is a date and a time of day taken apart. Hour may be above 23 in a TIME.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Micro                int
	Neg                  bool // of a TIME
}

// Microseconds of a second, a minute, an hour and a day.
const (
	MicrosPerSecond int64 = 1_000_000
	MicrosPerMinute       = 60 * MicrosPerSecond
	MicrosPerHour         = 60 * MicrosPerMinute
	MicrosPerDay          = 24 * MicrosPerHour
)

// MaxTime is the largest TIME in microseconds, 838:59:59.
const MaxTime = codec.MaxTimeMicros - codec.MaxTimeMicros%MicrosPerSecond

// CivilOf takes a packed DATETIME apart.
func CivilOf(d codec.DateTime) (c Civil) {
	c.Year, c.Month, c.Day = d.Date().Parts()
	c.Hour, c.Minute, c.Second, c.Micro = d.Clock()
	return c
}

// CivilOfTime takes a TIME apart.
func CivilOfTime(micros int64) (c Civil) {
	if micros < 0 {
		c.Neg, micros = true, -micros
	}
	c.Micro = int(micros % MicrosPerSecond)
	s := int(micros / MicrosPerSecond)
	c.Second, c.Minute, c.Hour = s%60, s/60%60, s/3600
	return c
}

// Pack is the DATETIME of c. Parts outside their ranges give ok false.
func (c Civil) Pack() (d codec.DateTime, ok bool) {
	d, err := codec.NewDateTime(c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Second, c.Micro)
	return d, err == nil
}

// Micros is the time of c as a TIME.
func (c Civil) Micros() int64 {
	m := int64(c.Hour)*MicrosPerHour + int64(c.Minute)*MicrosPerMinute + int64(c.Second)*MicrosPerSecond + int64(c.Micro)
	if c.Neg {
		return -m
	}
	return m
}

// PackTime is the DATETIME of a moment's wall clock in its own zone; ok is false
// outside the years 0 to 9999.
func PackTime(t time.Time) (codec.DateTime, bool) {
	d, err := codec.DateTimeOf(t)
	return d, err == nil
}

// DaysInMonth is the last day of a month; 31 for month 0.
func DaysInMonth(year, month int) int {
	switch month {
	case 2:
		if LeapYear(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// LeapYear says whether a year has 366 days; MySQL's year 0 has not.
func LeapYear(year int) bool { return year%4 == 0 && year%100 != 0 || year%400 == 0 && year != 0 }

// DayNumber is MySQL's TO_DAYS: days since 0000-00-00.
func DayNumber(year, month, day int) int {
	if year == 0 && month == 0 {
		return 0
	}
	n := 365*year + 31*(month-1) + day
	y := year
	if month <= 2 {
		y--
	} else {
		n -= (month*4 + 23) / 10
	}
	return n + y/4 - ((y/100+1)*3)/4
}

// MaxDayNumber is that of 9999-12-31.
const MaxDayNumber = 3652424

// DateOfDayNumber is FROM_DAYS; days before the year 1 are 0000-00-00.
func DateOfDayNumber(n int) (year, month, day int) {
	if n <= 365 || n > MaxDayNumber {
		return 0, 0, 0
	}
	year = n * 100 / 36525
	days := n - year*365 - (year-1)/4 + ((year-1)/100+1)*3/4
	for {
		length := 365
		if LeapYear(year) {
			length = 366
		}
		if days <= length {
			break
		}
		days, year = days-length, year+1
	}
	for month = 1; days > DaysInMonth(year, month); month++ {
		days -= DaysInMonth(year, month)
	}
	return year, month, days
}

// roundDateTime brings a fraction to fsp digits, the half up; ok is false when that
// leaves the year 9999. truncate is the mode TIME_TRUNCATE_FRACTIONAL.
func roundDateTime(d codec.DateTime, fsp int, truncate bool) (codec.DateTime, bool) {
	unit := microUnit[fsp]
	micro := uint64(d) & 0xFFFFF
	rest := micro % unit
	d -= codec.DateTime(rest)
	if truncate || rest*2 < unit || rest == 0 {
		return d, true
	}
	return AddMicros(d, int64(unit))
}

var microUnit = [7]uint64{1_000_000, 100_000, 10_000, 1_000, 100, 10, 1}

// RoundTime brings a TIME to fsp digits, the half away from 0.
func RoundTime(micros int64, fsp int, truncate bool) int64 {
	unit := int64(microUnit[fsp])
	rest := micros % unit
	micros -= rest
	switch {
	case truncate:
	case rest*2 >= unit:
		micros += unit
	case rest*2 <= -unit:
		micros -= unit
	}
	return micros
}

// AddMicros is d so much later; ok is false outside the years 0 to 9999 and for a
// date that no calendar has.
func AddMicros(d codec.DateTime, micros int64) (codec.DateTime, bool) {
	c := CivilOf(d)
	if c.Month == 0 || c.Day == 0 {
		if d.Date() == 0 && micros >= 0 { // 0000-00-00 has a clock, too
			total := c.Micros() + micros
			if total < MicrosPerDay {
				return packDay(0, 0, 0, total)
			}
		}
		return 0, false
	}
	day := int64(DayNumber(c.Year, c.Month, c.Day))
	total := c.Micros() + micros
	day += total / MicrosPerDay
	if total %= MicrosPerDay; total < 0 {
		total, day = total+MicrosPerDay, day-1
	}
	if day <= 0 || day > MaxDayNumber {
		return 0, false
	}
	if day <= 365 {
		return yearZero(int(day), total)
	}
	y, m, dd := DateOfDayNumber(int(day))
	return packDay(y, m, dd, total)
}

// yearZero is for the days of the year 0, which FROM_DAYS leaves out.
func yearZero(day int, micros int64) (codec.DateTime, bool) {
	month := 1
	for ; day > DaysInMonth(0, month); month++ {
		day -= DaysInMonth(0, month)
	}
	return packDay(0, month, day, micros)
}

func packDay(year, month, day int, micros int64) (codec.DateTime, bool) {
	c := CivilOfTime(micros)
	c.Year, c.Month, c.Day = year, month, day
	return c.Pack()
}

// AppendDate writes YYYY-MM-DD.
func AppendDate(dst []byte, d codec.DateTime) []byte {
	y, m, day := d.Date().Parts()
	dst = append(appendUint(dst, uint64(y), 4), '-')
	dst = append(appendUint(dst, uint64(m), 2), '-')
	return appendUint(dst, uint64(day), 2)
}

// AppendDateTime writes YYYY-MM-DD hh:mm:ss and fsp digits of the fraction.
func AppendDateTime(dst []byte, d codec.DateTime, fsp int) []byte {
	dst = append(AppendDate(dst, d), ' ')
	c := CivilOf(d)
	return appendClock(dst, c, fsp)
}

// AppendTime writes [-]hh:mm:ss and fsp digits of the fraction.
func AppendTime(dst []byte, micros int64, fsp int) []byte {
	c := CivilOfTime(micros)
	if c.Neg {
		dst = append(dst, '-')
	}
	return appendClock(dst, c, fsp)
}

func appendClock(dst []byte, c Civil, fsp int) []byte {
	dst = append(appendUint(dst, uint64(c.Hour), 2), ':')
	dst = append(appendUint(dst, uint64(c.Minute), 2), ':')
	dst = appendUint(dst, uint64(c.Second), 2)
	if fsp <= 0 {
		return dst
	}
	fsp = min(fsp, MaxFsp)
	return appendUint(append(dst, '.'), uint64(c.Micro)/microUnit[fsp], fsp)
}

// numberOfDateTime is YYYYMMDDhhmmss, numberOfTime hhmmss.
func numberOfDateTime(d codec.DateTime) uint64 {
	c := CivilOf(d)
	return numberOfDate(d)*1_000_000 + uint64(c.Hour*10000+c.Minute*100+c.Second)
}

func numberOfDate(d codec.DateTime) uint64 {
	y, m, day := d.Date().Parts()
	return uint64(y*10000 + m*100 + day)
}

func numberOfTime(micros int64) int64 {
	c := CivilOfTime(micros)
	n := int64(c.Hour*10000 + c.Minute*100 + c.Second)
	if c.Neg {
		return -n
	}
	return n
}
