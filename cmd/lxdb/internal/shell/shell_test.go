package shell

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	lxdb "github.com/lxdb/lxdb/drivers/go"
)

// TestComplete writes the word before the cursor as far as it is clear.
func TestComplete(t *testing.T) {
	t.Parallel()
	n := names{known: slices.Concat([]string{"SELECT", "SET", "SHOW", "FROM"}, []string{"country", "countries_old", "Customer"})}
	for _, c := range []struct{ line, want string }{
		{"sel", "select"}, {"SEL", "SELECT"}, {"se", "se"}, {"select * from cou", "select * from countr"}, {"select * from country", "select * from country"},
		{"select c.Cus", "select c.Customer"}, {"xyz", "xyz"}, {"fr", "from"},
	} {
		got, pos, ok := n.complete(c.line, len(c.line), '\t')
		if !ok || got != c.want || pos != len(c.want) {
			t.Errorf("%q: %q at %d", c.line, got, pos)
		}
	}
	if got, _, _ := n.complete("sel x", 3, '\t'); got != "select x" {
		t.Errorf("in the middle: %q", got)
	}
	for _, key := range []rune{'a', ' '} {
		if _, _, ok := n.complete("sel", 3, key); ok {
			t.Errorf("%q completes", key)
		}
	}
	if _, _, ok := n.complete("a ", 2, '\t'); ok {
		t.Error("nothing is completed")
	}
}

// TestRowsCannotSteerTheTerminal shows control characters of rows as dots.
func TestRowsCannotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{"table", "vertical"} {
		var out bytes.Buffer
		w := newFormat(f, &out)
		if err := w.begin([]lxdb.Column{{Name: "a\x1b[2J"}, {Name: "n", Type: "INT"}}); err != nil {
			t.Fatal(err)
		}
		if err := w.row([]any{"\x1b]0;title\a\u009b31m\r\n", int64(7)}); err != nil {
			t.Fatal(err)
		}
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\a\r\u009b") {
			t.Errorf("%s: %q", f, out.String())
		}
	}
}

// TestLongTables are shown as they come: widths are those of the first rows.
func TestLongTables(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := newFormat("table", &out)
	if err := w.begin([]lxdb.Column{{Name: "c"}}); err != nil {
		t.Fatal(err)
	}
	for range sampled - 1 {
		if err := w.row([]any{nil}); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() > 0 {
		t.Error("something was shown before the widths were known")
	}
	if err := w.row([]any{"long one"}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != sampled+3 || !strings.HasPrefix(out.String(), "+----------+\n") {
		t.Errorf("%d lines, %.30q", lines, out.String())
	}
}
