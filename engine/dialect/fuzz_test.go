package dialect

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

// FuzzParse: no text breaks the parser, its contract, or the round trip through
// the canonical form.
func FuzzParse(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text, false, false)
		f.Add(text, true, true)
	}
	f.Fuzz(func(t *testing.T, text string, ansi, noBackslash bool) {
		o := lex.Mode{ANSIQuotes: ansi, NoBackslashEscapes: noBackslash}
		st, ours, err := Parse(text, o)
		if got := describe(st, ours, err); strings.HasPrefix(got, "BROKEN") || strings.HasPrefix(got, "UNKNOWN") {
			t.Fatalf("%q: %s", text, got)
		}
		if st != nil {
			requireRoundTrip(t, st)
		}
	})
}
