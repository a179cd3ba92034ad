package mysql

import (
	"fmt"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
)

// clockText reads what sqltext.Append writes, digit by digit.
type clockText struct {
	rest string
	bad  bool
}

// number reads between least and most digits.
func (c *clockText) number(least, most int) (n int64) {
	digits := 0
	for digits < min(most, len(c.rest)) && c.rest[digits] >= '0' && c.rest[digits] <= '9' {
		n = n*10 + int64(c.rest[digits]-'0')
		digits++
	}
	c.bad = c.bad || digits < least
	c.rest = c.rest[digits:]
	return n
}

// after reads a number of two digits behind a separator.
func (c *clockText) after(separator string) int64 {
	rest, ok := strings.CutPrefix(c.rest, separator)
	c.bad = c.bad || !ok
	c.rest = rest
	return c.number(2, 2)
}

// fraction reads up to six digits behind a point, if there is one, to the end.
func (c *clockText) fraction() int64 {
	rest, ok := strings.CutPrefix(c.rest, ".")
	if !ok {
		c.bad = c.bad || c.rest != ""
		return 0
	}
	c.bad = c.bad || len(rest) > 6
	c.rest = rest + "000000"[:max(0, 6-len(rest))]
	micros := c.number(6, 6)
	c.bad = c.bad || c.rest != ""
	return micros
}

// parseCivil reads YYYY-MM-DD, with or without HH:MM:SS and a fraction.
func parseCivil(text string) (session.Civil, error) {
	t := clockText{rest: text}
	c := session.Civil{Year: uint16(t.number(4, 4)), Month: uint8(t.after("-")), Day: uint8(t.after("-"))}
	if t.rest != "" {
		c.Hour, c.Minute, c.Sec = uint8(t.after(" ")), uint8(t.after(":")), uint8(t.after(":"))
		c.Micro = uint32(t.fraction())
	}
	if t.bad || c.Month > 12 || c.Day > 31 || c.Hour > 23 || c.Minute > 59 || c.Sec > 59 {
		return session.Civil{}, fmt.Errorf("a value of %d bytes is no date", len(text))
	}
	return c, nil
}

// parseDuration reads HH:MM:SS, with a sign and up to three digits of hours,
// with or without a fraction.
func parseDuration(text string) (int64, error) {
	unsigned, negative := strings.CutPrefix(text, "-")
	t := clockText{rest: unsigned}
	hours, minutes, seconds := t.number(2, 3), t.after(":"), t.after(":")
	micros := ((hours*60+minutes)*60+seconds)*microsPerSecond + t.fraction()
	if t.bad || minutes > 59 || seconds > 59 {
		return 0, fmt.Errorf("a value of %d bytes is no time", len(text))
	}
	if negative {
		micros = -micros
	}
	return micros, nil
}
