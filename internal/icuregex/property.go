package regex

import (
	"strings"
	"sync"
	"unicode"
)

// Sets that single escapes stand for.
var (
	lineEnds = runeSet{{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}}
	digits   = tableSet(unicode.Nd)
	spaces   = tableSet(unicode.White_Space)
	blanks   = tableSet(unicode.Zs).union(runeSet{{'\t', '\t'}})
)

// wordSet is \w; it is large, so it is made at its first use.
var wordSet = sync.OnceValue(func() runeSet { return properties()["word"] })

// properties are the names that are neither a category nor a script nor a
// binary property of package unicode, spelled as foldName spells; the POSIX
// names mean what UTS #18 says. Made at the first use, to keep start-up free.
var properties = sync.OnceValue(func() map[string]runeSet {
	alphabetic := tableSet(unicode.L, unicode.Nl, unicode.Other_Alphabetic)
	controls := tableSet(unicode.Cc)
	assigned := tableSet(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C)
	graphic := assigned.minus(spaces.union(tableSet(unicode.Cc, unicode.Cs)))
	upper := tableSet(unicode.Lu, unicode.Other_Uppercase)
	lower := tableSet(unicode.Ll, unicode.Other_Lowercase)
	return map[string]runeSet{
		"any": everyRune, "ascii": {{0, 0x7F}},
		"assigned": assigned, "unassigned": assigned.complement(), "cn": assigned.complement(),
		"alpha": alphabetic, "alphabetic": alphabetic, "digit": digits, "alnum": alphabetic.union(digits),
		"word":  alphabetic.union(tableSet(unicode.M, unicode.Nd, unicode.Pc)).union(runeSet{{0x200C, 0x200D}}),
		"space": spaces, "whitespace": spaces, "blank": blanks,
		"cntrl": controls, "graph": graphic, "print": graphic.union(blanks).minus(controls),
		"xdigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, "punct": tableSet(unicode.P),
		"upper": upper, "uppercase": upper, "lower": lower, "lowercase": lower,
	}
})

// longCategories are the spelled-out names of the general categories.
var longCategories = map[string]string{
	"letter": "L", "uppercaseletter": "Lu", "lowercaseletter": "Ll", "titlecaseletter": "Lt",
	"modifierletter": "Lm", "otherletter": "Lo", "mark": "M", "nonspacingmark": "Mn", "spacingmark": "Mc",
	"enclosingmark": "Me", "number": "N", "decimalnumber": "Nd", "letternumber": "Nl", "othernumber": "No",
	"punctuation": "P", "connectorpunctuation": "Pc", "dashpunctuation": "Pd", "openpunctuation": "Ps",
	"closepunctuation": "Pe", "initialpunctuation": "Pi", "finalpunctuation": "Pf", "otherpunctuation": "Po",
	"symbol": "S", "mathsymbol": "Sm", "currencysymbol": "Sc", "modifiersymbol": "Sk", "othersymbol": "So",
	"separator": "Z", "spaceseparator": "Zs", "lineseparator": "Zl", "paragraphseparator": "Zp",
	"other": "C", "control": "Cc", "format": "Cf", "surrogate": "Cs", "privateuse": "Co",
}

// byFoldedName finds unicode's own tables whatever the spelling. A name that
// several kinds have means the category first, then the script.
var byFoldedName = sync.OnceValue(func() map[string]*unicode.RangeTable {
	m := map[string]*unicode.RangeTable{}
	for _, tables := range []map[string]*unicode.RangeTable{unicode.Properties, unicode.Scripts, unicode.Categories} {
		for name, table := range tables {
			m[foldName(name)] = table
		}
	}
	return m
})

// property finds the set of a name as in \p{…} or [:…:]; gc=, sc= and script=
// may stand before it.
func property(name string) (runeSet, error) {
	name, negate := strings.CutPrefix(strings.TrimSpace(name), "^")
	if kind, value, ok := strings.Cut(name, "="); ok {
		switch foldName(kind) {
		case "gc", "generalcategory", "sc", "script":
			name = value
		default:
			return nil, invalid("unknown property " + kind)
		}
	}
	key := foldName(name)
	set, ok := properties()[key]
	if !ok {
		table := byFoldedName()[key]
		if table == nil {
			table = unicode.Categories[longCategories[key]]
		}
		if table == nil {
			return nil, invalid("unknown property " + name)
		}
		set = tableSet(table)
	}
	if negate {
		set = set.complement()
	}
	return set, nil
}

// foldName drops case, blanks, hyphens and underscores, as UAX #44 compares names.
func foldName(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(s))
}
