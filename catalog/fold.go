package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldName is the form in which names of databases, tables, views, triggers,
// routines and events are compared: without case. It allocates nothing for a
// name that is in lower-case ASCII already.
func FoldName(name string) string {
	ascii, lower := true, true
	for i := 0; i < len(name); i++ {
		c := name[i]
		ascii = ascii && c < utf8.RuneSelf
		lower = lower && (c < 'A' || c > 'Z')
	}
	if ascii && lower {
		return name
	}
	return strings.ToLower(name)
}

// FoldPrincipal is the form in which principals' names are compared: NFKC and
// case fold, so that spellings of one name cannot belong to two people. Folding
// can undo normalization and the other way round, hence the repetition until
// nothing changes; two rounds are the most that any known name needs.
func FoldPrincipal(name string) string {
	ascii := true
	for i := 0; i < len(name); i++ {
		ascii = ascii && name[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(name)
	}
	for range 8 {
		folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
		if folded == name {
			break
		}
		name = folded
	}
	return name
}

// FoldOutside is the form in which a name of the company's directory is compared
// with one that the directory gave before: names that differ in case and in how
// accents are composed, and in nothing else. FoldPrincipal takes more names for
// one, strauß and strauss for instance, so that two accounts do not look alike
// here. In a directory these are two people, and one must not get what is the
// other's.
func FoldOutside(name string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); unicode.ToUpper(l) == r {
			return l
		}
		return r
	}, norm.NFC.String(name))
}

// checkPrincipalName refuses what a reader of a grant cannot see: control and
// format characters, blanks at the ends, and bytes that are not UTF-8.
func checkPrincipalName(name string) bool {
	if name == "" || !utf8.ValidString(name) || strings.TrimSpace(name) != name {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) < 0
}
