package dialect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

var kindNames = [...]string{
	tokEOF: "end", tokWord: "word", tokBacktick: "backtick", tokDouble: "double", tokString: "string", tokNumber: "number",
	tokAt: "at", tokPunct: "punct", tokBad: "BAD",
}

// TestLexer prints the tokens of its input.
//
//	lex [ansi] [no-backslash]
func TestLexer(t *testing.T) {
	datadriven.RunTest(t, "testdata/lexer", func(t *testing.T, d *datadriven.TestData) string {
		p := &parser{lexer: lexer{src: d.Input, opts: Options{ANSIQuotes: d.HasArg("ansi"), NoBackslashEscapes: d.HasArg("no-backslash")}}}
		var b strings.Builder
		for {
			tok := p.next()
			switch tok.kind {
			case tokEOF:
				return b.String()
			case tokBad:
				fmt.Fprintf(&b, "%s at %d\n", kindNames[tok.kind], tok.pos)
				return b.String()
			}
			fmt.Fprintf(&b, "%-8s %s\n", kindNames[tok.kind], p.value(tok))
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
				first, rest = Split(rest, Options{ANSIQuotes: d.HasArg("ansi"), NoBackslashEscapes: d.HasArg("no-backslash")})
				fmt.Fprintf(&b, "[%s]\n", first)
			}
			return b.String()
		})
	})
}

// TestResolveComments prints its input with the versioned comments decided.
//
//	resolve
func TestResolveComments(t *testing.T) {
	datadriven.RunTest(t, "testdata/comments", func(t *testing.T, d *datadriven.TestData) string {
		got := ResolveComments(d.Input, Options{})
		before, after := tokensOf(d.Input), tokensOf(got)
		if !slices.Equal(before, after) {
			d.Fatalf(t, "read as %q before and %q after", before, after)
		}
		return got + "|\n"
	})
}

// tokensOf is the reading of a text: its tokens, without where they stand.
func tokensOf(text string) []string {
	p := &parser{lexer: lexer{src: text}}
	var out []string
	for {
		switch tok := p.next(); tok.kind {
		case tokEOF:
			return out
		case tokBad:
			return append(out, "bad")
		default:
			out = append(out, kindNames[tok.kind]+" "+p.value(tok))
		}
	}
}
