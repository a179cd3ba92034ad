package regex

import (
	"strconv"
	"testing"
)

// TestSetAlgebra checks the set operations against membership, character by
// character, on sets that touch both ends of the code space.
func TestSetAlgebra(t *testing.T) {
	sets := []runeSet{nil, everyRune, {{0, 5}, {9, 0x10FFFF}}, {{3, 3}, {5, 9}}, {{0x10FFFF, 0x10FFFF}}}
	probes := []rune{0, 2, 3, 4, 5, 6, 8, 9, 10, 0x10FFFE, 0x10FFFF}
	for _, a := range sets {
		for _, b := range sets {
			union, both, minus := a.union(b), a.intersect(b), a.minus(b)
			for _, r := range probes {
				inA, inB := a.has(r), b.has(r)
				if union.has(r) != (inA || inB) || both.has(r) != (inA && inB) || minus.has(r) != (inA && !inB) ||
					a.complement().has(r) == inA {
					t.Fatalf("%v and %v disagree at %U", a, b, r)
				}
			}
		}
	}
}

// TestFolded holds that case folding reaches every form of a letter.
func TestFolded(t *testing.T) {
	set := runeSet{{'k', 'k'}, {'ς', 'ς'}}.folded()
	for _, r := range "kK\u212Aςσ Σ" {
		if r != ' ' && !set.has(r) {
			t.Errorf("%c is missing from %v", r, set)
		}
	}
	if set.has('l') {
		t.Error("l is no form of k")
	}
}

// TestCacheIsBounded holds that many patterns do not grow the cache without end.
func TestCacheIsBounded(t *testing.T) {
	for i := range 3 * maxCached {
		if _, err := compile("x"+strconv.Itoa(i), 0); err != nil {
			t.Fatal(err)
		}
	}
	cache.Lock()
	defer cache.Unlock()
	if n := len(cache.programs); n == 0 || n > maxCached {
		t.Fatalf("the cache holds %d programs, limit %d", n, maxCached)
	}
}
