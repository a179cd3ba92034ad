package kivi

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDesignNamesTests: DESIGN.md says which test holds which rule, so the names
// must be those of tests.
func TestDesignNamesTests(t *testing.T) {
	design, err := os.ReadFile("DESIGN.md")
	ok(t, err)
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "embed/*_test.go", "embed/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		ok(t, err)
		for _, f := range files {
			b, err := os.ReadFile(f)
			ok(t, err)
			code.Write(b)
		}
	}
	names := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(design), -1)
	if len(names) < 10 {
		t.Fatalf("DESIGN.md names %d tests, it used to name more", len(names))
	}
	for _, name := range names {
		if !strings.Contains(code.String(), "func "+name+"(") {
			t.Errorf("DESIGN.md names %s, which is no test of kivi or embed", name)
		}
	}
}
