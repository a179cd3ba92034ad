package state

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Clients write in character_set_client and read in character_set_results. Front ends convert, at the door: inside, every
// text is UTF-8.

const (
	clientCharset       = "character_set_client"
	connectionCharset   = "character_set_connection"
	resultsCharset      = "character_set_results"
	connectionCollation = "collation_connection"
)

// numbersOf are MySQL's numbers of collations, of which we have some, by character set: from, to.
var numbersOf = []struct {
	charset  string
	from, to uint16
}{
	{"latin1", 5, 5}, {"latin1", 8, 8}, {"latin1", 15, 15}, {"latin1", 31, 31}, {"latin1", 47, 49}, {"latin1", 94, 94},
	{"ascii", 11, 11}, {"ascii", 65, 65}, {"utf8mb3", 33, 33}, {"utf8mb3", 76, 76}, {"utf8mb3", 83, 83},
	{"utf8mb3", 192, 215}, {"utf8mb3", 223, 223}, {"utf8mb4", 45, 46}, {"utf8mb4", 224, 247}, {"utf8mb4", 255, 323},
	{"ucs2", 35, 35}, {"ucs2", 90, 90}, {"ucs2", 128, 151}, {"ucs2", 159, 159}, {"utf16", 54, 55}, {"utf16", 101, 124},
	{"utf16le", 56, 56}, {"utf16le", 62, 62}, {"utf32", 60, 61}, {"utf32", 160, 183}, {"binary", 63, 63},
}

// charsetNumbered is the character set of a collation; "" is one that MySQL may know, and we do not.
func charsetNumbered(collation uint16) string {
	for _, of := range numbersOf {
		if of.from <= collation && collation <= of.to {
			return of.charset
		}
	}
	return ""
}

// unreadable are character sets in which MySQL reads no statements, as they are no ASCII.
var unreadable = map[string]bool{"ucs2": true, "utf16": true, "utf16le": true, "utf32": true}

// refusedClient is MySQL's error for one of them, and for none.
func refusedClient(variable, charset string) error {
	return sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of '%s'", variable, charset)
}

// CharsetOf implements session.Charsets.
func CharsetOf(collation uint16) session.Charset {
	c := value.CollationOf(collation)
	if c == nil {
		c = value.CharsetNamed(charsetNumbered(collation))
	}
	if c == nil {
		return session.Charset{}
	}
	return charsetOf(c)
}

func charsetOf(c *value.Collation) session.Charset {
	out := session.Charset{Collation: c.ID, Width: uint32(c.MaxBytes)}
	switch c.Charset {
	case "latin1", "ascii":
		out.Read = func(b []byte) []byte { return value.DecodeAll(b, c) }
		out.Write = func(b []byte) []byte { return value.Encode(b, c) }
		out.Has = func(r rune) bool {
			_, in := value.Latin1Byte(r)
			return r < 0x80 || in && c.Charset == "latin1"
		}
	case "utf8mb3":
		out.Write = func(b []byte) []byte { return value.Recode(b, c) }
		out.Has = func(r rune) bool { return r <= 0xFFFF }
	}
	return out
}

// Speech implements session.Speaker.
func (s *Variables) Speech() session.Speech { return s.Settings().speech }

func (s *Variables) readSpeech() (out session.Speech) {
	named := func(variable string) *value.Collation {
		v, err := s.BaseSession.GetSessionVariable(NoContext, variable)
		name, _ := v.(string)
		if err != nil || name == "" { // character_set_results may be NULL
			return nil
		}
		return value.CharsetNamed(name)
	}
	if c := named(clientCharset); c != nil {
		out.Client = charsetOf(c)
	}
	if c := named(resultsCharset); c != nil {
		if s.spoken != nil && s.spoken.Charset == c.Charset {
			c = s.spoken // by the number that the client knows
		}
		out.Results = charsetOf(c)
	}
	return out
}

// Speak gives the session of a client that named a collation when it connected this one, as if it had begun with SET
// NAMES. One that is not known leaves the server's, as in MySQL; of one whose character set is known it is that one's.
func (s *Variables) Speak(collation uint16) error {
	of := charsetNumbered(collation)
	if unreadable[of] {
		return refusedClient(clientCharset, of)
	}
	c := value.CollationOf(collation)
	if c == nil {
		c = value.CharsetNamed(of)
	}
	if c == nil {
		return nil
	}
	defer s.changed(connectionCollation)
	s.spoken = c
	for _, name := range []string{clientCharset, connectionCharset, resultsCharset} {
		if err := s.BaseSession.SetSessionVariable(NoContext, name, c.Charset); err != nil {
			return err
		}
	}
	return s.BaseSession.SetSessionVariable(NoContext, connectionCollation, c.Name)
}

// spellCharset writes what a variable about character sets gets, a name or a number, as the name that is shown.
func spellCharset(name string, v any) (any, error) {
	name = strings.ToLower(name)
	switch name {
	case clientCharset, connectionCharset, resultsCharset, "character_set_database", "character_set_server", connectionCollation:
	default:
		return v, nil
	}
	text, isText := v.(string)
	if v == nil {
		if name == resultsCharset {
			return nil, nil
		}
		return nil, refusedClient(name, "NULL")
	}
	if !isText {
		text = fmt.Sprint(v)
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return v, nil
		}
		c := value.CollationOf(uint16(n))
		switch {
		case c == nil && name == connectionCollation:
			return nil, sqlerr.UnknownCollation.Errorf("Unknown collation: '%s'", text)
		case c == nil:
			return nil, sqlerr.UnknownCharacterSet.Errorf("Unknown character set: '%s'", text)
		case name == connectionCollation:
			return c.Name, nil
		}
		return c.Charset, nil
	}
	if name == connectionCollation {
		if c := value.CollationNamed(text); c != nil {
			return c.Name, nil
		}
		return v, nil
	}
	if name == clientCharset && unreadable[strings.ToLower(text)] {
		return nil, refusedClient(name, strings.ToLower(text))
	}
	if c := value.CharsetNamed(text); c != nil {
		return c.Charset, nil
	}
	if text == "" { // which stands for NULL inside
		return nil, sqlerr.UnknownCharacterSet.Errorf("Unknown character set: ''")
	}
	return v, nil
}

// noResults says that character_set_results is NULL, which the library keeps as an empty text.
func noResults(name string, v any) bool {
	return v == "" && len(name) == len(resultsCharset) && strings.EqualFold(name, resultsCharset)
}

// GetSessionVariable implements sql.Session.
func (s *Variables) GetSessionVariable(ctx *sql.Context, name string) (any, error) {
	v, err := s.BaseSession.GetSessionVariable(ctx, name)
	if err == nil && noResults(name, v) {
		return nil, nil
	}
	return v, err
}
