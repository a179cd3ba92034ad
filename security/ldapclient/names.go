package ldapclient

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	maxNameBytes     = 256
	maxPasswordBytes = 1024
	maxDNBytes       = 8 << 10
)

// validName refuses what no directory's name has and what a server could read
// differently from us. It is asked about typed names before there is traffic, and
// about names that the directory returned.
func validName(name string) bool {
	return name != "" && len(name) <= maxNameBytes && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// validPassword refuses NUL as well: a server written in C could see the end of
// the password there.
func validPassword(password string) bool {
	return password != "" && len(password) <= maxPasswordBytes && strings.IndexByte(password, 0) < 0
}

// attrPattern is an attribute's name or OID, without options.
var attrPattern = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$`)

// fold makes values comparable as LDAP's usual matching rule does: without case,
// compatibility forms, or runs of spaces.
func fold(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.Join(strings.Fields(strings.ToLower(s)), " ")
	}
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(s))), " ")
}

// parseDN reads a DN that has at least one step.
func parseDN(s string) (*ldap.DN, bool) {
	if len(s) > maxDNBytes || !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return nil, false
	}
	dn, err := ldap.ParseDN(s)
	return dn, err == nil && len(dn.RDNs) > 0
}

// dnKey is equal for two spellings of one DN. What cannot be parsed is compared
// as text.
func dnKey(s string) string {
	dn, ok := parseDN(s)
	if !ok {
		return fold(s)
	}
	return foldDN(dn).String()
}

// foldDN folds in place.
func foldDN(dn *ldap.DN) *ldap.DN {
	for _, rdn := range dn.RDNs {
		for _, ava := range rdn.Attributes {
			ava.Type, ava.Value = attrKey(ava.Type), fold(ava.Value)
		}
	}
	return dn
}

// attrKey is equal for the spellings of an attribute that are common in DNs.
func attrKey(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "commonname", "2.5.4.3":
		return "cn"
	case "organizationalunitname", "2.5.4.11":
		return "ou"
	case "organizationname", "2.5.4.10":
		return "o"
	case "domaincomponent", "0.9.2342.19200300.100.1.25":
		return "dc"
	case "userid", "0.9.2342.19200300.100.1.1":
		return "uid"
	}
	return name
}

// below says whether a DN is base or stands under it.
func below(dn, base string) bool {
	child, ok := parseDN(dn)
	parent, ok2 := parseDN(base)
	if !ok || !ok2 {
		return false
	}
	foldDN(child)
	foldDN(parent)
	return child.Equal(parent) || parent.AncestorOf(child)
}

// parentOf is where groups are looked for besides users in ou=people: the DN above,
// unless the base is the top of a tree already.
func parentOf(base string) string {
	dn, ok := parseDN(base)
	if !ok || len(dn.RDNs) == 1 || attrKey(dn.RDNs[0].Attributes[0].Type) == "dc" {
		return base
	}
	return (&ldap.DN{RDNs: dn.RDNs[1:]}).String()
}

// entryName is the one value of attr that an entry is called by: the only one,
// or the one in its DN. An entry with several names and none in the DN has no
// certain name.
func entryName(e *ldap.Entry, attr string) (string, bool) {
	values := e.GetEqualFoldAttributeValues(attr)
	if len(values) == 1 {
		return values[0], validName(values[0])
	}
	dn, ok := parseDN(e.DN)
	if !ok {
		return "", false
	}
	for _, ava := range dn.RDNs[0].Attributes {
		if attrKey(ava.Type) != attrKey(attr) {
			continue
		}
		for _, v := range values {
			if fold(v) == fold(ava.Value) {
				return v, validName(v)
			}
		}
	}
	return "", false
}
