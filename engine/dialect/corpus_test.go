package dialect

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/lxdb/lxdb/engine/lex"
)

// TestCorpus reads statements and prints their canonical form, or what is wrong.
//
//	parse [ansi] [no-backslash]
//	<one statement>
//	----
//	<canonical form> | not ours | not supported: <feature> | syntax error at <offset>, line <n>: <near>
//	                                                         hint: <hint>
//
// Whatever parses must also print to text that reads back as the same tree.
func TestCorpus(t *testing.T) {
	datadriven.Walk(t, "testdata/corpus", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "parse" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			st, ours, err := Parse(d.Input, lex.Mode{ANSIQuotes: d.HasArg("ansi"), NoBackslashEscapes: d.HasArg("no-backslash")})
			if st != nil {
				requireRoundTrip(t, st)
			}
			return describe(st, ours, err)
		})
	})
}

func describe(st Statement, ours bool, err error) string {
	var syntax *SyntaxError
	var unsupported *NotSupportedError
	switch {
	case !ours && st == nil && err == nil:
		return "not ours\n"
	case !ours || (st == nil) == (err == nil):
		return fmt.Sprintf("BROKEN CONTRACT: %v %v %v\n", st, ours, err)
	case errors.As(err, &unsupported):
		return fmt.Sprintf("not supported: %s\n", unsupported.Feature)
	case errors.As(err, &syntax):
		text := fmt.Sprintf("syntax error at %d, line %d: %s\n", syntax.Offset, syntax.Line, syntax.Near)
		if syntax.Hint != "" {
			text += fmt.Sprintf("hint: %s\n", syntax.Hint)
		}
		return text
	case err != nil:
		return fmt.Sprintf("UNKNOWN ERROR TYPE %T\n", err)
	}
	return st.String() + "\n"
}

// clear is the canonical form with its secrets, which only tests want.
func clear(st Statement) string {
	p := printer{reveal: true}
	st.write(&p)
	return p.String()
}

func requireRoundTrip(t testing.TB, st Statement) {
	t.Helper()
	text := clear(st)
	again, ours, err := Parse(text, lex.Mode{})
	if err != nil || !ours {
		t.Fatalf("canonical form does not parse: %s\nours %v: %v", text, ours, err)
	}
	if !reflect.DeepEqual(st, again) {
		t.Fatalf("canonical form reads differently: %s\nthen:  %s", text, clear(again))
	}
	redacted, _, err := Parse(st.Redacted(), lex.Mode{})
	if err != nil {
		t.Fatalf("redacted form does not parse: %s: %v", st.Redacted(), err)
	}
	if redacted.String() != st.String() || st.Redacted() != st.String() {
		t.Fatalf("redacted form is not stable: %s, then %s", st, redacted)
	}
}

// corpus returns every statement of testdata/corpus, for seeds and properties.
func corpus(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/corpus/*")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "\nparse\n")[1:] {
			st, _, ok := strings.Cut(block, "\n----")
			if !ok && !strings.HasPrefix(block, "----") {
				t.Fatalf("%s: a case without ----: %q", f, block)
			}
			all = append(all, st)
		}
	}
	if len(all) < 200 {
		t.Fatalf("only %d statements found in testdata/corpus", len(all))
	}
	return all
}
