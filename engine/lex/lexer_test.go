package lex

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

var kindNames = [...]string{
	EOF: "end", Word: "word", Backtick: "backtick", Double: "double", String: "string", National: "national", Number: "number", Hex: "hex",
	Bit: "bit", At: "at", System: "system", Op: "op", Punct: "punct", Bad: "BAD",
}

func modeOf(d *datadriven.TestData) Mode {
	return Mode{ANSIQuotes: d.HasArg("ansi"), NoBackslashEscapes: d.HasArg("no-backslash"), PipesAsConcat: d.HasArg("pipes")}
}

// TestTokens prints the tokens of its input.
//
//	lex [ansi] [no-backslash]
func TestTokens(t *testing.T) {
	datadriven.RunTest(t, "testdata/tokens", func(t *testing.T, d *datadriven.TestData) string {
		m := modeOf(d)
		l := New(d.Input, m)
		var b strings.Builder
		for {
			tok := l.Next()
			switch tok.Kind {
			case EOF:
				return b.String()
			case Bad:
				fmt.Fprintf(&b, "%s at %d\n", kindNames[tok.Kind], tok.Pos)
				return b.String()
			}
			fmt.Fprintf(&b, "%-8s %s\n", kindNames[tok.Kind], Value(d.Input, tok, m))
		}
	})
}

// TestSplit prints the statements of its input, one in each pair of brackets.
//
//	split [ansi] [no-backslash]
func TestSplit(t *testing.T) {
	datadriven.Walk(t, "testdata/split", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var b strings.Builder
			for rest := d.Input; rest != ""; {
				var first string
				first, rest = Split(rest, modeOf(d))
				fmt.Fprintf(&b, "[%s]\n", first)
			}
			return b.String()
		})
	})
}

// TestCanonical prints what the SQL parser gets to see, between bars, or why it
// gets nothing.
//
//	canonical [ansi] [no-backslash] [pipes]
func TestCanonical(t *testing.T) {
	datadriven.Walk(t, "testdata/canonical", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			text := strings.NewReplacer("<NUL>", "\x00", "<FF>", "\f", "<E9>", "\xe9").Replace(d.Input)
			x, err := Canonical(text, modeOf(d))
			if err != nil {
				return err.Error() + "\n"
			}
			if x.SQL == text && x.Changed() {
				d.Fatalf(t, "a text that is canonical was written anew")
			}
			readable := strings.ReplaceAll(x.SQL, ConcatMark, "||")
			if strings.Contains(readable, "\x00") { // forms that no client can write
				return "|" + strings.ReplaceAll(readable, "\x00", "<NUL>") + "|\n"
			}
			if again, err := Canonical(readable, Mode{}); err != nil || again.SQL != readable && !strings.Contains(readable, encodedVariable) {
				d.Fatalf(t, "%q is not canonical: %q, %v", x.SQL, again.SQL, err)
			}
			return "|" + strings.NewReplacer("\x00", "<NUL>", "\xe9'", "<E9>'").Replace(x.SQL) + "|\n"
		})
	})
}

// TestOpenComments prints its input with the versioned comments decided.
//
//	open
func TestOpenComments(t *testing.T) {
	datadriven.RunTest(t, "testdata/comments", func(t *testing.T, d *datadriven.TestData) string {
		got := OpenComments(d.Input, Mode{})
		before, after := tokensOf(d.Input), tokensOf(got)
		if !slices.Equal(before, after) {
			d.Fatalf(t, "read as %q before and %q after", before, after)
		}
		return got + "|\n"
	})
}

// tokensOf is the reading of a text: its tokens, without where they stand.
func tokensOf(text string) []string {
	l := New(text, Mode{})
	var out []string
	for {
		switch tok := l.Next(); tok.Kind {
		case EOF:
			return out
		case Bad:
			return append(out, "bad")
		default:
			out = append(out, kindNames[tok.Kind]+" "+Value(text, tok, Mode{}))
		}
	}
}

// What has nothing to rewrite costs nothing.
func TestCanonicalTextIsHandedOn(t *testing.T) {
	text := "SELECT c, `d` FROM sbtest1 WHERE id = 12345 AND s = 'it''s' -- "
	text = strings.TrimSuffix(text, " -- ")
	if n := testing.AllocsPerRun(100, func() {
		if x, err := Canonical(text, Mode{}); err != nil || x.SQL != text || x.Changed() {
			t.Fatal(x.SQL, err)
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkCanonical(b *testing.B) {
	text := "SELECT c FROM sbtest1 WHERE id = 12345"
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Canonical(text, Mode{})
	}
}
