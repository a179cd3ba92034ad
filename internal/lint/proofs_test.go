package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proofRow is a line of a table of docs/proofs.md.
var proofRow = regexp.MustCompile(`(?m)^\| ([SE]-?\d+) \| ([^|]+) \| ([^|]+) \|$`)

// proofScope are the scenarios and classes that docs/proofs.md must speak of.
var proofScope = map[string]string{
	"S": "1 3 5 7 8 9 11 12 13 14 15 16 17 19 20 21 22 23 24 25 27 29 30 32 33 34 35 36 37 39 40 41 42 43 44 45 47 48 50 51 52 53 54 55 56 57 58 59" +
		" 77 78 79 81 82 84 85 86 87 88 90 93 94 95 96 98 99 100 101 103 104 105 106 107 108 109 110",
	"E-": "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50",
}

// TestProofs holds that every scenario and every class of attack is shown by something
// that exists.
func TestProofs(t *testing.T) {
	tests := map[string]bool{}
	for _, s := range mustSources(t) {
		if s.isTest() {
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(s.text, -1) {
				tests[m[1]] = true
			}
		}
	}
	exists := func(proof string) bool {
		if strings.HasSuffix(proof, ".txt") {
			_, err := os.Stat(filepath.Join(mustRoot(t), "testdata", "authz", proof))
			return err == nil
		}
		return tests[proof]
	}
	shown, findings := checkProofs(readFile(t, "docs/proofs.md"), exists)
	report(t, findings)
	for prefix, numbers := range proofScope {
		for _, n := range strings.Fields(numbers) {
			id := prefix + strings.Repeat("0", max(0, 4-len(prefix)-len(n))) + n
			if !shown[id] {
				t.Errorf("docs/proofs.md does not speak of %s", id)
			}
		}
	}
}

// checkProofs reads the tables: which rows there are, and what is wrong with them.
func checkProofs(text string, exists func(proof string) bool) (shown map[string]bool, findings []string) {
	shown = map[string]bool{}
	for _, m := range proofRow.FindAllStringSubmatch(text, -1) {
		id, proofs := m[1], m[3]
		if shown[id] {
			findings = append(findings, id+" stands there twice")
		}
		shown[id] = true
		if strings.HasPrefix(proofs, "out: ") {
			continue
		}
		for proof := range strings.SplitSeq(proofs, ", ") {
			if !exists(proof) {
				findings = append(findings, fmt.Sprintf("docs/proofs.md: %s is to be shown by %s, which does not exist", id, proof))
			}
		}
	}
	return shown, findings
}

func TestProofsComplain(t *testing.T) {
	shown, findings := checkProofs("| S001 | a | here.txt, TestGone |\n| S001 | b | here.txt |\n| E-02 | c | out: why |\n",
		func(proof string) bool { return proof == "here.txt" })
	if len(findings) != 2 || !shown["S001"] || !shown["E-02"] || len(shown) != 2 {
		t.Errorf("%v, %q", shown, findings)
	}
}
