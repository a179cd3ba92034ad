package catalog

import (
	"strings"
	"testing"
	"unicode"
)

// Whoever compares names in one of Go's two ways takes for one what FoldName does, or less.
func TestFoldNameIsCoarsest(t *testing.T) {
	least := map[string]string{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		s := string(r)
		folded := FoldName(s)
		if FoldName(folded) != folded || FoldName(strings.ToLower(s)) != folded {
			t.Errorf("%U: %q, its lower case %q, again %q", r, folded, FoldName(strings.ToLower(s)), FoldName(folded))
		}
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			if !SameName(s, string(other)) {
				t.Errorf("%U and %U", r, other)
			}
		}
		if lower := strings.ToLower(s); least[lower] == "" {
			least[lower] = folded
		} else if least[lower] != folded {
			t.Errorf("%U: %q and %q have one lower case", r, folded, least[lower])
		}
	}
	for _, names := range [][2]string{{"ſys", "SYS"}, {"Kelvin", "kelvin"}, {"information_ſchema", "Information_Schema"}, {"İnfo", "info"}, {"σς", "ΣΣ"}} {
		if !SameName(names[0], names[1]) {
			t.Errorf("%q", names)
		}
	}
	if SameName("straße", "strasse") || SameName("ı", "i") {
		t.Error("names that differ are one")
	}
}
