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
//
// Names that strings.EqualFold or strings.ToLower takes for one are one here, too: a name with a long ſ or a
// Kelvin sign would else be the name with s or k to some who compare, and another one to others.
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
	if ascii {
		return strings.ToLower(name)
	}
	return strings.Map(foldRune, name)
}

// foldRune gives one letter for all that differ in case alone.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	r = unicode.ToLower(r)
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}

// SameName says that two names of databases, tables, columns and the like are one.
func SameName(a, b string) bool { return a == b || FoldName(a) == FoldName(b) }

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
