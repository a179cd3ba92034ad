package dialect

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestMeaningSurvivesSpelling is property P5: the case of keywords, white
// space, comments and the style of quotes do not change what a statement says.
// Each statement of the corpus is spelled anew many times and read again.
func TestMeaningSurvivesSpelling(t *testing.T) {
	const spellings = 100
	rng := rand.New(rand.NewPCG(1, 2))
	read := 0
	for _, text := range corpus(t) {
		st, _, err := Parse(text, Options{})
		if st == nil || err != nil {
			continue
		}
		read++
		for range spellings {
			again := respell(rng, clear(st))
			got, ours, err := Parse(again, Options{})
			if err != nil || !ours {
				t.Fatalf("%s\nspelled %q\ndoes not parse: %v (near %q)", clear(st), again, err, near(err))
			}
			if !reflect.DeepEqual(got, st) {
				t.Fatalf("%s\nspelled %q\nreads as %s", clear(st), again, clear(got))
			}
		}
	}
	if read < 100 {
		t.Fatalf("only %d statements of the corpus parse", read)
	}
}

func near(err error) string {
	if e, ok := err.(*SyntaxError); ok {
		return e.Near
	}
	return ""
}

// respell writes canonical text in another way. In canonical text every word
// without quotes is a keyword, so its case is free.
func respell(rng *rand.Rand, canonical string) string {
	p := &parser{lexer: lexer{src: canonical}}
	var b strings.Builder
	b.WriteString(gap(rng, true))
	for t := p.next(); t.kind != tokEOF; t = p.next() {
		text := canonical[t.pos:t.end]
		switch t.kind {
		case tokWord:
			text = anyCase(rng, text)
		case tokBacktick:
			text = anyQuote(rng, p.value(t))
		case tokString:
			text = anyString(rng, p.value(t))
		case tokPunct:
			if text == "*" {
				text += " " // or a comment after it would make */
			}
		}
		if rng.IntN(8) == 0 {
			text = "/*!50003 " + gap(rng, true) + text + gap(rng, true) + "*/"
		}
		b.WriteString(text)
		b.WriteString(gap(rng, glued(canonical, t)))
	}
	if rng.IntN(4) == 0 {
		b.WriteString(";" + gap(rng, false) + "-- GRANT ALL ON *.* TO eve")
	}
	return b.String()
}

// glued says whether a token may touch the next one, because one of them is punctuation.
func glued(text string, t token) bool {
	return t.end >= len(text) || !isWordByte(text[t.end-1]) && text[t.end-1] != '`' && text[t.end-1] != '\'' ||
		strings.IndexByte(".,();*:", text[t.end]) >= 0
}

// gap is white space and comments, possibly nothing when that is allowed.
func gap(rng *rand.Rand, mayBeEmpty bool) string {
	choices := []string{" ", "\t", "\n", "\r\n ", "/**/", " /* TO eve, */ ", " -- TO eve\n", " # ON *.*\n", " /*!99999 TO eve */ ", "/*! */ "}
	if mayBeEmpty && rng.IntN(2) == 0 {
		return ""
	}
	return choices[rng.IntN(len(choices))]
}

func anyCase(rng *rand.Rand, word string) string {
	switch rng.IntN(3) {
	case 0:
		return asciiLower(word)
	case 1:
		return asciiUpper(word)
	}
	b := []byte(asciiLower(word))
	for i := range b {
		if rng.IntN(2) == 0 {
			b[i] = asciiUpper(string(b[i]))[0]
		}
	}
	return string(b)
}

// anyQuote writes a name in one of the ways that mean the same. Words that the
// grammar gives a meaning stay in quotes.
func anyQuote(rng *rand.Rand, name string) string {
	plain := !isReserved(name) && !isDigits(name) && strings.Trim(asciiLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	switch asciiUpper(name) {
	case "USER", "ROLE", "PUBLIC", "LDAPGROUP", "SYSTEM", "CURRENT_USER", "***":
		plain = false
	}
	switch {
	case rng.IntN(3) == 0:
		return `"` + strings.NewReplacer(`"`, `""`, `\`, `\\`).Replace(name) + `"`
	case plain && rng.IntN(2) == 0:
		return name
	}
	return quoteName(name)
}

func anyString(rng *rand.Rand, s string) string {
	switch rng.IntN(3) {
	case 0:
		return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`).Replace(s) + `"`
	case 1:
		return `'` + strings.NewReplacer(`'`, `\'`, `\`, `\\`).Replace(s) + `'`
	}
	return quoteString(s)
}
