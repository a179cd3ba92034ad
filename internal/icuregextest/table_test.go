package icuregextest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	regex "github.com/dolthub/go-icu-regex"
)

// TestTable runs testdata/*. Grammar of a case:
//
//	COMMAND [flags=imsdx] [start=N] [occurrence=N] [with="replacement"]
//	pattern (Go string syntax inside quotes, or raw)
//	text    (the same; one result line for each text line)
//	----
//	results
//
// COMMAND is like (REGEXP_LIKE), instr (begin..end), substr or replace.
func TestTable(t *testing.T) {
	datadriven.Walk(t, "testdata/table", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			lines := strings.Split(d.Input, "\n")
			if len(lines) < 2 {
				d.Fatalf(t, "a case needs a pattern and a text")
			}
			re := regex.CreateRegex(0)
			defer re.Close()
			ctx := context.Background()
			if err := re.SetRegexString(ctx, unquote(t, lines[0]), flags(t, d)); err != nil {
				return err.Error() + "\n"
			}
			var out strings.Builder
			for _, line := range lines[1:] {
				if err := re.SetMatchString(ctx, unquote(t, line)); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(&out, run(t, re, d))
			}
			return out.String()
		})
	})
}

func run(t *testing.T, re regex.Regex, d *datadriven.TestData) string {
	ctx := context.Background()
	start, occurrence := 1, 1
	d.MaybeScanArgs(t, "start", &start)
	d.MaybeScanArgs(t, "occurrence", &occurrence)
	if d.Cmd == "replace" && !d.HasArg("occurrence") {
		occurrence = 0 // all of them
	}
	var result any
	var err error
	switch d.Cmd {
	case "like":
		result, err = re.Matches(ctx, start, occurrence)
	case "instr":
		var from, to int
		from, err = re.IndexOf(ctx, start, occurrence, false)
		if err == nil {
			to, err = re.IndexOf(ctx, start, occurrence, true)
		}
		result = fmt.Sprintf("%d..%d", from, to)
	case "substr":
		var s string
		var ok bool
		if s, ok, err = re.Substring(ctx, start, occurrence); ok {
			result = strconv.QuoteToGraphic(s)
		}
	case "replace":
		var with, s string
		d.ScanArgs(t, "with", &with)
		s, err = re.Replace(ctx, unquote(t, with), start, occurrence)
		result = strconv.QuoteToGraphic(s)
	default:
		d.Fatalf(t, "unknown command %s", d.Cmd)
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(result)
}

// unquote reads a line in double quotes as Go does, so that control characters
// and empty texts can be written.
func unquote(t *testing.T, s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	u, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return u
}

func flags(t *testing.T, d *datadriven.TestData) (f regex.RegexFlags) {
	var s string
	d.MaybeScanArgs(t, "flags", &s)
	for _, r := range s {
		switch r {
		case 'i':
			f |= regex.RegexFlags_Case_Insensitive
		case 'm':
			f |= regex.RegexFlags_Multiline
		case 's':
			f |= regex.RegexFlags_Dot_All
		case 'd':
			f |= regex.RegexFlags_Unix_Lines
		case 'x':
			f |= regex.RegexFlags_Comments
		default:
			d.Fatalf(t, "unknown flag %c", r)
		}
	}
	return f
}

// TestCallOrder holds the two errors for calls that come too early, and that
// Close keeps the pattern.
func TestCallOrder(t *testing.T) {
	ctx := context.Background()
	re := regex.CreateRegex(4096)
	if re.StringBufferSize() != 4096 {
		t.Fatal("the buffer size is not reported back")
	}
	if err := re.SetMatchString(ctx, "a"); !regex.ErrRegexNotYetSet.Is(err) {
		t.Fatalf("SetMatchString without a pattern: %v", err)
	}
	if err := re.SetRegexString(ctx, "a", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := re.Matches(ctx, 1, 1); !regex.ErrMatchNotYetSet.Is(err) {
		t.Fatalf("Matches without a text: %v", err)
	}
	for range 2 {
		if err := re.SetMatchString(ctx, "ba"); err != nil {
			t.Fatal(err)
		}
		if n, err := re.IndexOf(ctx, 1, 1, false); n != 2 || err != nil {
			t.Fatalf("IndexOf: %d, %v", n, err)
		}
		if err := re.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHostilePattern holds that exponential backtracking ends with an error,
// and that a cancelled statement stops looking for matches.
func TestHostilePattern(t *testing.T) {
	re := regex.CreateRegex(0)
	if err := re.SetRegexString(t.Context(), `^(a+)+$`, 0); err != nil {
		t.Fatal(err)
	}
	if err := re.SetMatchString(t.Context(), strings.Repeat("a", 64)+"b"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := re.Matches(t.Context(), 1, 1); !regex.ErrTimeout.Is(err) {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := re.Replace(ctx, "x", 1, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
}

// TestPatternLimits holds that length, depth and expansion are bounded: the
// compiler below recurses, and a stack overflow would end the process.
func TestPatternLimits(t *testing.T) {
	for name, pattern := range map[string]string{
		"length":    strings.Repeat("a", regex.MaxPatternBytes+1),
		"depth":     strings.Repeat("(", 5000) + strings.Repeat(")", 5000),
		"classes":   strings.Repeat("[", 5000) + "a" + strings.Repeat("]", 5000),
		"expansion": strings.Repeat(`\pL`, 5000),
		"repeat":    "a{99999999}",
	} {
		if err := regex.CreateRegex(0).SetRegexString(t.Context(), pattern, 0); !regex.ErrInvalidRegex.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
