package csvload

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of MySQL's types.
const (
	maxDecimalDigits = 65
	maxDecimalScale  = 30
	maxKeyRunes      = 255 // of a text column that may become the primary key
	// maxKeyValues bounds the memory for finding out whether a column repeats.
	maxKeyValues = 1 << 20
)

var (
	integerForm  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	decimalForm  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)\.([0-9]+)$`)
	floatForm    = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?[eE][+-]?[0-9]+$`)
	dateForm     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	datetimeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$`)
)

// form is the narrowest form that a field has.
type form uint8

const (
	formText form = iota
	formInteger
	formDecimal
	formFloat
	formDate
	formDatetime
	nForms
)

func formOf(field string) form {
	switch {
	// "007" is a code and "-0" would come back as "0": both stay text.
	case integerForm.MatchString(field) && field != "-0":
		return formInteger
	case decimalForm.MatchString(field):
		return formDecimal
	case floatForm.MatchString(field):
		if _, err := strconv.ParseFloat(field, 64); err != nil {
			return formText
		}
		return formFloat
	case dateForm.MatchString(field) && checkDate(field) == nil:
		return formDate
	case datetimeForm.MatchString(field) && checkDatetime(field) == nil:
		return formDatetime
	}
	return formText
}

// guess gathers what a column of a new table must hold.
type guess struct {
	seen  [nForms]int
	empty int

	negative    bool
	wholeDigits int  // most digits before the point
	scale       int  // most digits after it, of numbers and of seconds
	over32      bool // some integer needs more than 32 bits
	over64      bool
	runes       int // longest field
	bytes       int
	allASCII    bool

	values   map[string]struct{} // folded; nil once the column repeats or is too long to tell
	repeated bool
}

func newGuess(wantKey bool) *guess {
	g := &guess{allASCII: true}
	if wantKey {
		g.values = map[string]struct{}{}
	}
	return g
}

func (g *guess) add(field string, null bool) {
	if null {
		g.empty++
		return
	}
	f := formOf(field)
	g.seen[f]++
	g.runes = max(g.runes, utf8.RuneCountInString(field))
	g.bytes = max(g.bytes, len(field))
	g.allASCII = g.allASCII && isASCII(field)
	g.addValue(field)
	switch f {
	case formInteger, formDecimal, formFloat:
		g.addNumber(field)
	case formDatetime:
		if _, fraction, ok := strings.Cut(field, "."); ok {
			g.scale = max(g.scale, len(fraction))
		}
	}
}

func (g *guess) addNumber(field string) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(field, "-"), ".")
	g.negative = g.negative || field[0] == '-'
	g.wholeDigits = max(g.wholeDigits, len(whole))
	g.scale = max(g.scale, len(fraction))
	n, err := strconv.ParseInt(field, 10, 64)
	g.over64 = g.over64 || err != nil
	g.over32 = g.over32 || n != int64(int32(n))
}

// addValue notes whether the column repeats. Upper and lower case are the same
// value under the default collation; anything beyond ASCII is left to it.
func (g *guess) addValue(field string) {
	if g.values == nil {
		return
	}
	folded := strings.TrimRight(strings.ToLower(field), " ")
	if _, again := g.values[folded]; again {
		g.values, g.repeated = nil, true
		return
	}
	if len(g.values) == maxKeyValues {
		g.values = nil
		return
	}
	g.values[folded] = struct{}{}
}

// canBeKey reports whether the column can be the primary key.
func (g *guess) canBeKey() bool {
	t := g.sqlType()
	text := strings.HasPrefix(t, "VARCHAR")
	return g.values != nil && g.empty == 0 && len(g.values) > 0 &&
		(!text || g.allASCII && g.runes <= maxKeyRunes) && t != "DOUBLE" && !strings.HasSuffix(t, "TEXT")
}

// sqlType chooses the type: the narrowest that holds every field as it is
// written, with room for some more.
func (g *guess) sqlType() string {
	total := 0
	for _, n := range g.seen {
		total += n
	}
	only := func(forms ...form) bool {
		n := 0
		for _, f := range forms {
			n += g.seen[f]
		}
		return total > 0 && n == total
	}
	switch {
	case only(formInteger) && !g.over32:
		return "INT"
	case only(formInteger) && !g.over64:
		return "BIGINT"
	case only(formInteger, formDecimal) && g.wholeDigits+g.scale <= maxDecimalDigits && g.scale <= maxDecimalScale:
		return fmt.Sprintf("DECIMAL(%d,%d)", g.wholeDigits+g.scale, g.scale)
	case g.seen[formFloat] > 0 && only(formInteger, formDecimal, formFloat):
		return "DOUBLE"
	case only(formDate):
		return "DATE"
	case only(formDate, formDatetime):
		if g.scale > 0 {
			return fmt.Sprintf("DATETIME(%d)", g.scale)
		}
		return "DATETIME"
	}
	return g.textType()
}

func (g *guess) textType() string {
	for _, n := range []int{10, 20, 40, 80, 160, 255, 500, 1000, 4000} {
		if g.runes <= n && total(g.seen) > 0 {
			return fmt.Sprintf("VARCHAR(%d)", n)
		}
	}
	switch {
	case total(g.seen) == 0:
		return "VARCHAR(255)"
	case g.bytes < 1<<16:
		return "TEXT"
	case g.bytes < 1<<24:
		return "MEDIUMTEXT"
	}
	return "LONGTEXT"
}

func total(seen [nForms]int) (n int) {
	for _, s := range seen {
		n += s
	}
	return n
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func checkDate(field string) error {
	_, err := time.Parse(time.DateOnly, field)
	return err
}

// checkDatetime accepts seconds and their fraction as optional, and a T or a
// space before the time. A zone is not accepted: DATETIME has none, and dropping
// it would change the value.
func checkDatetime(field string) error {
	if len(field) > 10 && field[10] == 'T' {
		field = field[:10] + " " + field[11:]
	}
	layout := time.DateTime
	if len(field) == len("2006-01-02 15:04") {
		layout = "2006-01-02 15:04"
	}
	_, err := time.Parse(layout, field)
	return err
}
