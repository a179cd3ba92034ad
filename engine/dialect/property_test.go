package dialect

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestMeaningSurvivesSpelling is property P5: the case of keywords, white
// space, comments and the style of quotes do not change what a statement says.
// Each statement of the corpus, and of the scenarios of who may do what, is spelled anew many times and read again.
func TestMeaningSurvivesSpelling(t *testing.T) {
	const spellings = 100
	rng := rand.New(rand.NewPCG(1, 2))
	read := 0
	for _, text := range append(corpus(t), scenarios(t)...) {
		st, _, err := Parse(text, lex.Mode{})
		if st == nil || err != nil {
			continue
		}
		read++
		if _, other := st.(*ExplainSecurity); other {
			continue // what it explains is kept as it was spelled: another parser reads it
		}
		if s, is := st.(*CreateSchema); is && len(s.Elements) > 0 {
			continue // so is what stands in it
		}
		for range spellings {
			again := respell(rng, clear(st))
			got, ours, err := Parse(again, lex.Mode{})
			if err != nil || !ours {
				t.Fatalf("%s\nspelled %q\ndoes not parse: %v (near %q)", clear(st), again, err, near(err))
			}
			if !reflect.DeepEqual(got, st) {
				t.Fatalf("%s\nspelled %q\nreads as %s", clear(st), again, clear(got))
			}
		}
	}
	if read < 1000 {
		t.Fatalf("only %d statements parse", read)
	}
}

// scenarios are the statements of testdata/authz, each once.
func scenarios(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../testdata/authz/*.txt")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\n  ", " ")) {
			if who, statement, is := strings.Cut(strings.TrimSpace(line), "> "); is && !strings.HasPrefix(who, "#") {
				all = append(all, statement)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
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
	p := newParser(canonical, lex.Mode{})
	var b strings.Builder
	b.WriteString(gap(rng, true))
	for t := p.next(); t.Kind != lex.EOF; t = p.next() {
		text := canonical[t.Pos:t.End]
		switch t.Kind {
		case lex.Word:
			text = anyCase(rng, text)
		case lex.Backtick:
			text = anyQuote(rng, p.value(t))
		case lex.String:
			text = anyString(rng, p.value(t))
		case lex.Punct:
			if text == "*" {
				text += " " // or a comment after it would make */
			}
		}
		if rng.IntN(8) == 0 {
			text = "/*!50003 " + inner(rng) + text + inner(rng) + "*/"
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
func glued(text string, t lex.Token) bool {
	word := func(c byte) bool {
		return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
	}
	return t.End >= len(text) || !word(text[t.End-1]) && text[t.End-1] != '`' && text[t.End-1] != '\'' ||
		strings.IndexByte(".,();*:", text[t.End]) >= 0
}

// inner is a gap in a versioned comment, where no other begins.
func inner(rng *rand.Rand) string {
	for {
		if g := gap(rng, true); !strings.Contains(g, "/*! ") {
			return g
		}
	}
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
		return lex.Lower(word)
	case 1:
		return lex.Upper(word)
	}
	b := []byte(lex.Lower(word))
	for i := range b {
		if rng.IntN(2) == 0 {
			b[i] = lex.Upper(string(b[i]))[0]
		}
	}
	return string(b)
}

// anyQuote writes a name in one of the ways that mean the same. Words that the
// grammar gives a meaning stay in quotes.
func anyQuote(rng *rand.Rand, name string) string {
	plain := !lex.Reserved(name) && name[0] > '9' && strings.Trim(lex.Lower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	switch lex.Upper(name) {
	case "USER", "ROLE", "PUBLIC", "LDAPGROUP", "SYSTEM", "CURRENT_USER", "NONE", "***":
		plain = false
	}
	switch {
	case rng.IntN(3) == 0:
		return `"` + strings.NewReplacer(`"`, `""`, `\`, `\\`).Replace(name) + `"`
	case plain && rng.IntN(2) == 0:
		return name
	}
	return lex.QuoteName(name)
}

func anyString(rng *rand.Rand, s string) string {
	switch rng.IntN(3) {
	case 0:
		return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`).Replace(s) + `"`
	case 1:
		return `'` + strings.NewReplacer(`'`, `\'`, `\`, `\\`).Replace(s) + `'`
	}
	return lex.QuoteString(s)
}
