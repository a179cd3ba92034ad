package value

import (
	"math"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// trouble is what was found wrong in a date or time.
type trouble uint8

const (
	garbage    trouble = 1 << iota // something follows
	outOfRange                     // no such date, or a TIME beyond 838:59:59
	zeroDate                       // 0000-00-00
	zeroInDate                     // month or day 0
	unreadable                     // no date at all
)

// dateRules are the parts of sql_mode that decide about dates.
type dateRules struct {
	noZero, noZeroIn, invalid bool
}

// fuzzy takes 0000-00-00 and 2024-00-01, as most functions do.
var fuzzy = dateRules{}

func (e *Env) dateRules() dateRules {
	return dateRules{noZero: e.Has(ModeNoZeroDate), noZeroIn: e.Has(ModeNoZeroInDate), invalid: e.Has(ModeAllowInvalidDates)}
}

func (r dateRules) check(c Civil, notZero bool) trouble {
	switch {
	case !notZero && r.noZero:
		return zeroDate
	case !notZero:
		return 0
	case r.noZeroIn && (c.Month == 0 || c.Day == 0):
		return zeroInDate
	case !r.invalid && c.Month > 0 && c.Day > DaysInMonth(c.Year, c.Month):
		return outOfRange
	}
	return 0
}

// parsedTime is what a text says; digits is how many digits the fraction has, at
// most 6, and nano the next three.
type parsedTime struct {
	Civil
	digits int
	nano   int
	date   bool // no time of day was given
	zone   bool // an offset was given
	offset int  // in minutes
	bad    trouble
	ok     bool
}

// dateScanner reads the fields of a date as MySQL's str_to_datetime does.
type dateScanner struct {
	s          []byte
	pos        int
	field      [7]int
	length     [7]int
	fields     int
	notZero    bool
	compact    bool // digits without anything between
	punctuated bool // something between them
	spaced     bool
	zone       bool
	offset     int
}

// parseDateTime reads a DATE or DATETIME. needsTime is for TIME, which a text of
// digits and points alone is not meant as a date for.
func parseDateTime(s []byte, rules dateRules, needsTime bool) (p parsedTime) {
	d := dateScanner{s: trimLeft(s)}
	if len(d.s) == 0 || !isDigit(d.s[0]) {
		p.bad = unreadable
		return p
	}
	yearLength := d.start()
	if !d.scan(yearLength) || d.punctuated && !d.spaced && needsTime {
		p.bad = unreadable
		return p
	}
	if !d.compact {
		yearLength = d.length[0]
	}
	f := d.field
	p.Civil = Civil{Year: f[0], Month: f[1], Day: f[2], Hour: f[3], Minute: f[4], Second: f[5], Micro: f[6]}
	p.digits = d.length[6]
	for i := p.digits; i < 6; i++ {
		p.Micro *= 10
	}
	if p.digits == 0 {
		p.Micro = 0
	}
	if yearLength == 2 && d.notZero {
		p.Year = TwoDigitYear(p.Year)
	}
	p.date, p.zone, p.offset = d.fields <= 3, d.zone, d.offset
	if d.fields < 3 || p.Month > 12 || p.Day > 31 || p.Hour > 23 || p.Minute > 59 || p.Second > 59 {
		p.bad = unreadable | garbage
		if !d.notZero && onlySpaces(d.rest()) {
			p.bad = unreadable | zeroDate
		}
		return p
	}
	if p.bad = rules.check(p.Civil, d.notZero); p.bad != 0 {
		return p
	}
	d.nanos(&p)
	if !onlySpaces(d.rest()) {
		p.bad = garbage
	}
	p.ok = true
	return p
}

// TwoDigitYear is 2069 for 69 and 1970 for 70.
func TwoDigitYear(y int) int {
	if y < 70 {
		return y + 2000
	}
	return y + 1900
}

func (d *dateScanner) rest() []byte { return d.s[d.pos:] }

// start decides whether the text is one of digits alone, and how long its year is.
func (d *dateScanner) start() (yearLength int) {
	n := 0
	for n < len(d.s) && (isDigit(d.s[n]) || d.s[n] == 'T') {
		n++
	}
	yearLength = 4
	if n == len(d.s) || d.s[n] == '.' {
		d.compact = true
		if n != 4 && n != 8 && n < 14 {
			yearLength = 2
		}
	}
	return yearLength
}

// scan reads the fields. It is false for a text that is no date whatever follows.
func (d *dateScanner) scan(width int) bool {
	last := d.pos
	for d.fields < 7 && d.pos < len(d.s) && isDigit(d.s[d.pos]) {
		i := d.fields
		start := d.pos
		n := 0
		for d.pos < len(d.s) && isDigit(d.s[d.pos]) && (d.pos-start < width || !d.compact && i != 6) {
			n = n*10 + int(d.s[d.pos]-'0')
			if n > 999_999 {
				return false
			}
			d.pos++
		}
		d.field[i], d.length[i] = n, d.pos-start
		d.notZero = d.notZero || n != 0
		d.fields++
		width = 2
		last = d.pos
		if d.pos == len(d.s) {
			break
		}
		if more, fine := d.between(i, &width); !fine {
			return false
		} else if !more {
			last = d.pos
			break
		}
		last = d.pos
	}
	d.pos = last
	return true
}

// between reads what stands behind field i.
func (d *dateScanner) between(i int, width *int) (more, fine bool) {
	c := d.s[d.pos]
	switch {
	case i == 2 && c == 'T':
		d.pos++
		return true, true
	case i == 5:
		if c == '.' && d.pos+1 <= len(d.s) {
			d.pos++
			*width = 6
			if d.pos < len(d.s) && !isDigit(d.s[d.pos]) {
				d.readZone()
				return false, true
			}
			return true, true
		}
		d.readZone()
		return false, true
	case i == 6:
		for n := d.pos; n < len(d.s) && !isDigit(d.s[n]); n++ {
			if d.s[n] == '+' || d.s[n] == '-' {
				d.readZone()
			}
			break
		}
		return false, true
	}
	for d.pos < len(d.s) && (isPunct(d.s[d.pos]) || isSpace(d.s[d.pos])) {
		if isSpace(d.s[d.pos]) {
			if i != 2 { // between date and time only
				return false, false
			}
			d.spaced = true
		}
		d.punctuated = true
		d.pos++
	}
	return true, true
}

// readZone reads +hh:mm behind the seconds.
func (d *dateScanner) readZone() {
	z := d.s[d.pos:]
	for len(z) > 6 && isSpace(z[len(z)-1]) {
		z = z[:len(z)-1]
	}
	if len(z) != 6 || z[0] != '+' && z[0] != '-' || z[3] != ':' || !isDigit(z[1]) || !isDigit(z[2]) || !isDigit(z[4]) || !isDigit(z[5]) {
		return
	}
	h, m := int(z[1]-'0')*10+int(z[2]-'0'), int(z[4]-'0')*10+int(z[5]-'0')
	if m > 59 || h*60+m > 14*60 || z[0] == '-' && h*60+m == 0 {
		return
	}
	d.offset, d.zone = h*60+m, true
	if z[0] == '-' {
		d.offset = -d.offset
	}
	d.pos = len(d.s)
}

// nanos reads the digits of the fraction behind the sixth.
func (d *dateScanner) nanos(p *parsedTime) {
	if p.digits < 6 {
		return
	}
	unit := 100
	for d.pos < len(d.s) && isDigit(d.s[d.pos]) {
		p.nano += int(d.s[d.pos]-'0') * unit
		unit /= 10
		d.pos++
	}
}

func isPunct(c byte) bool {
	return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}

// parseTime reads a TIME: [-][D ]hh:mm:ss[.fraction] and its shorter forms, a number
// hhmmss, or a whole DATETIME, whose time it is.
func parseTime(s []byte) (p parsedTime) {
	s = trimLeft(s)
	if len(s) > 0 && s[0] == '-' {
		p.Neg, s = true, s[1:]
	}
	if len(s) == 0 {
		p.bad = unreadable
		return p
	}
	if len(s) >= 12 {
		if d := parseDateTime(s, fuzzy, true); d.ok || d.bad&unreadable == 0 || d.bad&(garbage|zeroDate) != 0 {
			if !d.ok {
				d.bad |= unreadable
			}
			d.Neg = p.Neg
			return d
		}
	}
	t := timeScanner{s: s}
	if !t.scan() {
		p.bad = unreadable
		return p
	}
	p.Hour, p.Minute, p.Second, p.Micro = t.part[1]+t.part[0]*24, t.part[2], t.part[3], t.micro
	p.digits, p.nano = t.digits, t.nano
	if p.Minute > 59 || p.Second > 59 {
		p.bad = unreadable | outOfRange
		return p
	}
	p.ok = true
	if p.Civil.abs() > MaxTime || p.Hour > 838 {
		p.Civil = Civil{Hour: 838, Minute: 59, Second: 59, Neg: p.Neg}
		p.nano = 0
		p.bad |= outOfRange
	}
	if !onlySpaces(t.s[t.pos:]) {
		p.bad |= garbage
	}
	return p
}

func (c Civil) abs() int64 {
	c.Neg = false
	return c.Micros()
}

// timeScanner reads the parts of a TIME: days, hours, minutes, seconds.
type timeScanner struct {
	s      []byte
	pos    int
	part   [4]int
	micro  int
	digits int
	nano   int
}

func (t *timeScanner) number() int {
	n := 0
	for t.pos < len(t.s) && isDigit(t.s[t.pos]) {
		if n = n*10 + int(t.s[t.pos]-'0'); n > math.MaxUint32 {
			n = math.MaxUint32 + 1
		}
		t.pos++
	}
	return n
}

// digitAt says whether a digit stands so many bytes ahead.
func (t *timeScanner) digitAt(n int) bool { return t.pos+n < len(t.s) && isDigit(t.s[t.pos+n]) }

func (t *timeScanner) scan() bool {
	first := t.number()
	end := t.pos
	for t.pos < len(t.s) && isSpace(t.s[t.pos]) {
		t.pos++
	}
	state := 0
	days, hours := false, false
	switch {
	case len(t.s)-t.pos > 1 && t.pos != end && isDigit(t.s[t.pos]):
		t.part[0], state, days = first, 1, true
	case len(t.s)-t.pos > 1 && t.s[t.pos] == ':' && t.digitAt(1):
		t.part[1], state, hours = first, 2, true
		t.pos++
	default:
		if end == 0 && (t.pos >= len(t.s) || t.s[t.pos] != '.' || !t.digitAt(1)) {
			// no digit at all: MySQL reads 00:00:00 and finds garbage behind it
			return t.pos < len(t.s)
		}
		t.pos = end
		t.part[1], t.part[2], t.part[3] = first/10000, first/100%100, first%100
		return t.fraction() && first <= math.MaxUint32
	}
	for {
		t.part[state] = t.number()
		state++
		if state == 4 || len(t.s)-t.pos < 2 || t.s[t.pos] != ':' || !t.digitAt(1) {
			break
		}
		t.pos++
	}
	if state != 4 && !days && !hours {
		copy(t.part[4-state+1:], t.part[1:state])
	}
	for _, p := range t.part {
		if p > math.MaxUint32 {
			return false
		}
	}
	return t.fraction()
}

// fraction reads .ffffff; an exponent behind it makes the text no TIME.
func (t *timeScanner) fraction() bool {
	if t.pos < len(t.s) && t.s[t.pos] == '.' && (t.digitAt(1) || t.pos+1 == len(t.s)) {
		t.pos++
		unit, nano := 100_000, 100
		for ; t.pos < len(t.s) && isDigit(t.s[t.pos]); t.pos++ {
			digit := int(t.s[t.pos] - '0')
			if t.digits < 6 {
				t.micro += digit * unit
				unit /= 10
				t.digits++
			} else {
				t.nano += digit * nano
				nano /= 10
			}
		}
	}
	if t.pos+1 < len(t.s) && (t.s[t.pos] == 'e' || t.s[t.pos] == 'E') {
		return !t.digitAt(1) && !((t.s[t.pos+1] == '-' || t.s[t.pos+1] == '+') && t.digitAt(2))
	}
	return true
}

// numberToDateTime reads YYMMDD, YYYYMMDD, YYMMDDhhmmss and YYYYMMDDhhmmss.
func numberToDateTime(n int64, rules dateRules) (p parsedTime) {
	switch {
	case n == 0:
		p.bad = rules.check(p.Civil, false)
		p.ok = p.bad == 0
		return p
	case n < 101 || n >= 10000_00_00_00_00_00:
		p.bad = unreadable | outOfRange
		return p
	case n <= 691231:
		n, p.date = (n+20000000)*1000000, true
	case n < 700101:
		p.bad = unreadable | garbage
		return p
	case n <= 991231:
		n, p.date = (n+19000000)*1000000, true
	case n < 10000101:
		if n < 1000_01_01 {
			p.bad = unreadable | garbage
			return p
		}
	case n <= 99991231:
		n, p.date = n*1000000, true
	case n < 101000000:
		p.bad = unreadable | garbage
		return p
	case n <= 691231235959:
		n += 20000000000000
	case n < 700101000000:
		p.bad = unreadable | garbage
		return p
	case n <= 991231235959:
		n += 19000000000000
	}
	date, clock := int(n/1000000), int(n%1000000)
	p.Year, p.Month, p.Day = date/10000, date/100%100, date%100
	p.Hour, p.Minute, p.Second = clock/10000, clock/100%100, clock%100
	if p.Month > 12 || p.Day > 31 || p.Hour > 23 || p.Minute > 59 || p.Second > 59 {
		p.bad = unreadable | garbage
		return p
	}
	p.bad = rules.check(p.Civil, true)
	p.ok = p.bad == 0
	return p
}

// numberToTime reads hhmmss, and a YYYYMMDDhhmmss whose time it takes.
func numberToTime(n int64) (p parsedTime) {
	if n > 8385959 || n < -8385959 {
		if n >= 10000000000 {
			if p = numberToDateTime(n, fuzzy); p.ok {
				return p
			}
		}
		p = parsedTime{Civil: Civil{Hour: 838, Minute: 59, Second: 59, Neg: n < 0}, bad: outOfRange, ok: true}
		return p
	}
	if n < 0 {
		p.Neg, n = true, -n
	}
	p.Hour, p.Minute, p.Second = int(n/10000), int(n/100%100), int(n%100)
	if p.Minute > 59 || p.Second > 59 {
		p.Civil = Civil{}
		p.bad = unreadable | outOfRange
		return p
	}
	p.ok = true
	return p
}

// packed is the DATETIME that was read, with its fraction rounded to fsp digits.
func (p parsedTime) packed(fsp int, truncate bool) (codec.DateTime, bool) {
	d, ok := p.Pack()
	if !ok {
		return 0, false
	}
	if p.nano >= 500 && fsp == 6 && !truncate {
		return AddMicros(d, 1)
	}
	return roundDateTime(d, fsp, truncate)
}
