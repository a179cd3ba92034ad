package dialect

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParse: no text breaks the parser, its contract, or the round trip through
// the canonical form.
func FuzzParse(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text, false, false)
		f.Add(text, true, true)
	}
	f.Fuzz(func(t *testing.T, text string, ansi, noBackslash bool) {
		o := Options{ANSIQuotes: ansi, NoBackslashEscapes: noBackslash}
		st, ours, err := Parse(text, o)
		if got := describe(st, ours, err); strings.HasPrefix(got, "BROKEN") || strings.HasPrefix(got, "UNKNOWN") {
			t.Fatalf("%q: %s", text, got)
		}
		if st != nil {
			requireRoundTrip(t, st)
		}
		if redacted := Redact(text, o); !ours && err == nil && st == nil && redacted == "" && text != "" {
			t.Fatalf("%q: redacted to nothing", text)
		}
	})
}

// FuzzSplit: splitting ends, loses nothing but semicolons, space and comments,
// and is stable: the first statement alone is one statement. Resolving comments
// does not change what is read.
func FuzzSplit(f *testing.F) {
	seeds := corpus(f)
	for i, text := range seeds {
		f.Add(text + ";" + seeds[(i+7)%len(seeds)])
	}
	f.Add("CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 1; END CASE; END; SELECT 2")
	f.Add("CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW FOLLOWS x BEGIN REPEAT SET a = 1; UNTIL 1 END REPEAT; END; SELECT 2")
	f.Add("CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLSTATE '1', NOT FOUND BEGIN END; END; SELECT 2")
	f.Fuzz(func(t *testing.T, text string) {
		first, rest := Split(text, Options{})
		if !strings.Contains(text, first) || !strings.HasSuffix(strings.TrimSpace(text), strings.TrimSpace(rest)) {
			t.Fatalf("%q splits into foreign text %q, %q", text, first, rest)
		}
		if rest != "" && len(rest) >= len(text) {
			t.Fatalf("%q: the rest is not shorter", text)
		}
		if resolved := ResolveComments(text, Options{}); !slices.Equal(tokensOf(text), tokensOf(resolved)) {
			t.Fatalf("%q: resolved to %q, which reads differently", text, resolved)
		}
		if again, more := Split(first, Options{}); again != first || more != "" {
			t.Fatalf("%q: its first statement %q splits again into %q and %q", text, first, again, more)
		}
	})
}
