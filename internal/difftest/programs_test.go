package difftest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Equal seeds give equal programs, with a CALL behind what it calls.
func TestProgram(t *testing.T) {
	for seed := range uint64(50) {
		root := NewGen(seed).Program()
		parts := Split(root)
		if len(parts) < 8 || parts[len(parts)-1] != "CALL main(1)" || !strings.HasPrefix(parts[len(parts)-2], "CREATE PROCEDURE main") {
			t.Fatalf("seed %d: %d parts, the last %q", seed, len(parts), parts[len(parts)-1])
		}
		if again := NewGen(seed).Program().Text(); again != root.Text() {
			t.Errorf("seed %d gives two programs", seed)
		}
	}
}

// Every rule has a case that holds lxdb to it, and there are few of them.
func TestProgramRules(t *testing.T) {
	if len(ProgramRules) > maxProgramRules {
		t.Errorf("%d rules are more than %d", len(ProgramRules), maxProgramRules)
	}
	for _, r := range ProgramRules {
		if _, err := os.Stat(filepath.Join("..", "..", "testdata", "sql", r.Case+".txt")); err != nil {
			t.Errorf("rule %q: %v", r.Name, err)
		}
	}
}
