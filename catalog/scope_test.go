package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPatternMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"test", "test", true}, {"test", "tests", false}, {"test_", "tests", true}, {"test_", "test", false},
		{`test\_`, "test_", true}, {`test\_`, "tests", false}, {"%", "", true}, {"%", "x", true}, {"t%t", "tt", true},
		{"t%t", "test", true}, {"t%t", "tests", false}, {"%a%b%", "xaxbx", true}, {"%a%b%", "xbxa", false},
		{`\%`, "%", true}, {`\%`, "x", false}, {`a\\b`, `a\b`, true}, {`a\`, "a", false}, {"_", "ä", true}, {"__", "ä", false},
		{`x\y`, "xy", true},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("%q like %q: %t", c.name, c.pattern, got)
		}
	}
	began := time.Now()
	if matches(strings.Repeat("%a", 200), strings.Repeat("a", 199)+"b") || time.Since(began) > time.Second {
		t.Error("a pattern takes long")
	}
}

func TestNameOf(t *testing.T) {
	for pattern, want := range map[string]string{`a\_b`: "a_b", `a\\b`: `a\b`, "ab": "ab"} {
		if got := NameOf(pattern); got != want || IsWild(pattern) {
			t.Errorf("%q is %q, wild %t", pattern, got, IsWild(pattern))
		}
	}
	for _, pattern := range []string{"%", "a_", `\_b%`} {
		if !IsWild(pattern) {
			t.Errorf("%q is not wild", pattern)
		}
	}
}

// The nearest pattern says most before its first wildcard.
func TestPatternsNearestFirst(t *testing.T) {
	s := newSnapshot()
	for i, pattern := range []string{"%", "test%", "test_1", `test\_1`, "t%", "other%", "test__"} {
		scopes(s).kind.set(s, &Scope{ID: FirstID + ID(i), Of: ScopeDatabases, Pattern: pattern})
	}
	var got []string
	for _, p := range s.Patterns("TEST_1") {
		got = append(got, p.Pattern)
	}
	if want := []string{`test\_1`, "test_1", "test__", "test%", "t%", "%"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
