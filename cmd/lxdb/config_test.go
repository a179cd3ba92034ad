package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// settings are what a set of flags holds, as lines of a configuration file.
func settings(flags *pflag.FlagSet) []string {
	var out []string
	flags.Visit(func(f *pflag.Flag) {
		if values, ok := f.Value.(pflag.SliceValue); ok {
			for _, v := range values.GetSlice() {
				out = append(out, f.Name+" = "+v)
			}
			return
		}
		out = append(out, f.Name+" = "+f.Value.String())
	})
	return out
}

// FuzzConfig: a file that is taken means the same when it is written from what
// was read.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"mysql = 127.0.0.1:3306\n", "# comment\n\n  https=off  \nsan = a\nsan = b\n", "data = /var/lib/lxdb\nmysql\n", "= x\n", "san = a = b\n", "help = true\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) (*pflag.FlagSet, error) {
			path := filepath.Join(t.TempDir(), "lxdb.conf")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			flags := newServe().Flags()
			return flags, readConfig(path, flags, nil)
		}
		first, err := read(text)
		if err != nil {
			return
		}
		want := settings(first)
		second, err := read(strings.Join(want, "\n"))
		if err != nil {
			t.Fatalf("%q: %v", want, err)
		}
		if got := settings(second); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestReport holds the form of messages and the exit codes.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		err  error
		text string
		code int
	}{
		{nil, "", 0},
		{fmt.Errorf("x"), "lxdb: error: x\n", 1},
		{failure("x").withHint("y %d", 1), "lxdb: error: x\nlxdb: hint: y 1\n", 1},
		{fmt.Errorf("a: %w", failure("x").withHint("y")), "lxdb: error: a: x\nlxdb: hint: y\n", 1},
		{fmt.Errorf("x; hint: y"), "lxdb: error: x\nlxdb: hint: y\n", 1},
		{fmt.Errorf("x\ny"), "lxdb: error: x; y\n", 1},
		{&hintError{err: fmt.Errorf("x"), code: exitUnsaid}, "lxdb: error: x\n", 3},
		{usage(newVersion(), fmt.Errorf("x")), "lxdb: error: x\nlxdb: hint: see \"version --help\"\n", 2},
	} {
		var out strings.Builder
		if code := report(&out, c.err); code != c.code || out.String() != c.text {
			t.Errorf("%v: status %d\n%s", c.err, code, out.String())
		}
	}
}
