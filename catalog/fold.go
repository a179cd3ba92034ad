package catalog

import (
	"strings"
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
// case fold, so that no two names that look alike after normalization can
// belong to two people. Folding can undo normalization, hence the second pass.
func FoldPrincipal(name string) string {
	ascii := true
	for i := 0; i < len(name); i++ {
		ascii = ascii && name[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(name)
	}
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}
