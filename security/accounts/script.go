package accounts

import (
	"slices"
	"strings"
	"unicode"

	"github.com/lxdb/lxdb/catalog"
)

// alphabets have letters that look like those of another one of them: in most
// fonts the Cyrillic о is the Latin o.
var alphabets = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Latin", unicode.Latin}, {"Cyrillic", unicode.Cyrillic}, {"Greek", unicode.Greek}, {"Armenian", unicode.Armenian},
	{"Cherokee", unicode.Cherokee}, {"Coptic", unicode.Coptic}, {"Lisu", unicode.Lisu},
}

// builtInNames are the databases that every MySQL server has, none of which can be somebody's home, and who has
// not logged in: what tools ask of performance_schema would be answered by its user.
var builtInNames = []string{"mysql", "sys", "information_schema", "performance_schema", "anonymous"}

// checkNew refuses what nobody new can be called, beyond CheckName: a name that
// people cannot tell from another's, whom they would then grant to or trust in
// his place. Who has such a name already is still found, renamed and dropped by it.
func checkNew(op, name string) error {
	if err := CheckName(op, name); err != nil {
		return err
	}
	if slices.Contains(builtInNames, catalog.FoldPrincipal(strings.TrimSpace(name))) {
		return &Error{
			Kind: ErrName, Operation: op, Name: name, Reason: "'" + name + "' is a name of the server's own",
			Hint: "choose another one",
		}
	}
	seen := ""
	for _, r := range name {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return &Error{
				Kind: ErrName, Operation: op, Name: name, Reason: "a user or group needs a name without characters that nobody sees",
				Hint: "write it anew, without what was copied with it",
			}
		}
		for _, a := range alphabets {
			switch {
			case !unicode.Is(a.table, r):
			case seen == "":
				seen = a.name
			case seen != a.name:
				return &Error{
					Kind: ErrName, Operation: op, Name: name, Reason: "the name '" + name + "' mixes " + seen + " with " + a.name + " letters, which look alike",
					Hint: "write all of a name's letters in one alphabet",
				}
			}
		}
	}
	return nil
}
