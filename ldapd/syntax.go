package ldapd

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lxdb/lxdb/catalog"
)

// syntax is a kind of values: how they are compared and what the subschema says
// about it.
type syntax struct {
	oid, description             string
	equality, ordering, fragment string // names of matching rules; "" when there is none
	// fold gives the form in which values are compared; false: no value of this kind.
	fold func(string) (string, bool)
	// compare orders folded values; nil orders them as text.
	compare func(a, b string) int
}

// rule is a matching rule of the subschema.
type rule struct{ oid, name, syntax string }

var rules = []rule{
	{"2.5.13.0", "objectIdentifierMatch", "1.3.6.1.4.1.1466.115.121.1.38"},
	{"2.5.13.1", "distinguishedNameMatch", "1.3.6.1.4.1.1466.115.121.1.12"},
	{"2.5.13.2", "caseIgnoreMatch", "1.3.6.1.4.1.1466.115.121.1.15"},
	{"2.5.13.4", "caseIgnoreSubstringsMatch", "1.3.6.1.4.1.1466.115.121.1.58"},
	{"2.5.13.5", "caseExactMatch", "1.3.6.1.4.1.1466.115.121.1.15"},
	{"2.5.13.7", "caseExactSubstringsMatch", "1.3.6.1.4.1.1466.115.121.1.58"},
	{"2.5.13.13", "booleanMatch", "1.3.6.1.4.1.1466.115.121.1.7"},
	{"2.5.13.14", "integerMatch", "1.3.6.1.4.1.1466.115.121.1.27"},
	{"2.5.13.15", "integerOrderingMatch", "1.3.6.1.4.1.1466.115.121.1.27"},
	{"2.5.13.17", "octetStringMatch", "1.3.6.1.4.1.1466.115.121.1.40"},
	{"2.5.13.20", "telephoneNumberMatch", "1.3.6.1.4.1.1466.115.121.1.50"},
	{"2.5.13.21", "telephoneNumberSubstringsMatch", "1.3.6.1.4.1.1466.115.121.1.58"},
	{"2.5.13.27", "generalizedTimeMatch", "1.3.6.1.4.1.1466.115.121.1.24"},
	{"2.5.13.28", "generalizedTimeOrderingMatch", "1.3.6.1.4.1.1466.115.121.1.24"},
	{"1.3.6.1.1.16.2", "UUIDMatch", "1.3.6.1.1.16.1"},
	{chainRule, "LDAP_MATCHING_RULE_IN_CHAIN", "1.3.6.1.4.1.1466.115.121.1.12"},
}

// chainRule follows memberships to any depth.
const chainRule = "1.2.840.113556.1.4.1941"

var (
	textSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.15", "Directory String",
		"caseIgnoreMatch", "", "caseIgnoreSubstringsMatch", foldTextValue, nil}
	exactSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.15", "Directory String",
		"caseExactMatch", "", "caseExactSubstringsMatch", foldExact, nil}
	dnSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.12", "DN",
		"distinguishedNameMatch", "", "", foldDN, nil}
	phoneSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.50", "Telephone Number",
		"telephoneNumberMatch", "", "telephoneNumberSubstringsMatch", foldPhone, nil}
	integerSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.27", "INTEGER",
		"integerMatch", "integerOrderingMatch", "", foldInteger, compareIntegers}
	timeSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.24", "Generalized Time",
		"generalizedTimeMatch", "generalizedTimeOrderingMatch", "", foldTime, nil}
	oidSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.38", "OID",
		"objectIdentifierMatch", "", "", foldOID, nil}
	booleanSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.7", "Boolean",
		"booleanMatch", "", "", foldBoolean, nil}
	uuidSyntax = &syntax{"1.3.6.1.1.16.1", "UUID",
		"UUIDMatch", "", "", foldUUID, nil}
	secretSyntax = &syntax{"1.3.6.1.4.1.1466.115.121.1.40", "Octet String",
		"octetStringMatch", "", "", func(string) (string, bool) { return "", false }, nil}
)

var syntaxes = []*syntax{textSyntax, dnSyntax, phoneSyntax, integerSyntax, timeSyntax, oidSyntax, booleanSyntax, uuidSyntax, secretSyntax}

// ruleSyntax is how an extensible match names its comparison.
var ruleSyntax = map[string]*syntax{
	"2.5.13.2": textSyntax, "caseignorematch": textSyntax,
	"2.5.13.5": exactSyntax, "caseexactmatch": exactSyntax,
	"1.3.6.1.4.1.1466.109.114.1": exactSyntax, "caseexactia5match": exactSyntax,
	"1.3.6.1.4.1.1466.109.114.2": textSyntax, "caseignoreia5match": textSyntax,
	"2.5.13.1": dnSyntax, "distinguishednamematch": dnSyntax,
	"2.5.13.14": integerSyntax, "integermatch": integerSyntax,
	"2.5.13.0": oidSyntax, "objectidentifiermatch": oidSyntax,
	"2.5.13.20": phoneSyntax, "telephonenumbermatch": phoneSyntax,
	"2.5.13.27": timeSyntax, "generalizedtimematch": timeSyntax,
	"2.5.13.13": booleanSyntax, "booleanmatch": booleanSyntax,
	"1.3.6.1.1.16.2": uuidSyntax, "uuidmatch": uuidSyntax,
}

// foldText is the form in which text, names and DNs are compared: as principals'
// names are, with runs of spaces as one.
func foldText(s string) string {
	s = catalog.FoldPrincipal(s)
	if !strings.Contains(s, "  ") && !strings.HasPrefix(s, " ") && !strings.HasSuffix(s, " ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

func foldTextValue(s string) (string, bool) {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return "", false
	}
	return foldText(s), true
}

func foldExact(s string) (string, bool) { return s, utf8.ValidString(s) }

func foldDN(s string) (string, bool) {
	name, err := parseDN(s)
	if err != nil {
		return "", false
	}
	return name.key(), true
}

func foldPhone(s string) (string, bool) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	return strings.ToLower(s), s != "" && utf8.ValidString(s)
}

// foldInteger drops leading zeros and keeps the sign; any size is possible.
func foldInteger(s string) (string, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" || len(digits) > 64 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return "0", true
	case negative:
		return "-" + digits, true
	}
	return digits, true
}

func compareIntegers(a, b string) int {
	negA, negB := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case negA && negB:
		return compareIntegers(b[1:], a[1:])
	case negA:
		return -1
	case negB:
		return 1
	case len(a) != len(b):
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

const timeForm = "20060102150405Z"

// foldTime reads the forms of generalized time that clients send.
func foldTime(s string) (string, bool) {
	s = strings.Replace(s, ",", ".", 1)
	for _, form := range []string{"20060102150405Z0700", "200601021504Z0700", "2006010215Z0700"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC().Format(timeForm), true
		}
	}
	return "", false
}

// foldOID takes an object class by name or number.
func foldOID(s string) (string, bool) {
	if !isAttributeType(s) {
		return "", false
	}
	s = strings.ToLower(s)
	if c := classesByName[s]; c != nil {
		return strings.ToLower(c.name), true
	}
	return s, true
}

func foldBoolean(s string) (string, bool) {
	s = strings.ToUpper(s)
	return s, s == "TRUE" || s == "FALSE"
}

func foldUUID(s string) (string, bool) {
	if len(s) != 36 || strings.Count(s, "-") != 4 {
		return "", false
	}
	return strings.ToLower(s), true
}
