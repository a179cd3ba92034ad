package ldapconn

import (
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/catalog"
)

// CheckDN says whether s has the form of a DN (RFC 4514).
func CheckDN(s string) error {
	_, err := ldap.ParseDN(s)
	return err
}

// UserDN is the entry of a user in a directory of lxdb.
func UserDN(name, suffix string) string { return "uid=" + ldap.EscapeDN(name) + ",ou=users," + suffix }

// FoldDN is the form in which two spellings of one DN are equal. What is no DN is
// kept.
func FoldDN(s string) string {
	d, err := ldap.ParseDN(s)
	if err != nil {
		return s
	}
	var steps []string
	for _, rdn := range d.RDNs {
		var parts []string
		for _, a := range rdn.Attributes {
			parts = append(parts, strings.ToLower(a.Type)+"="+ldap.EscapeDN(Fold(a.Value)))
		}
		slices.Sort(parts)
		steps = append(steps, strings.Join(parts, "+"))
	}
	return strings.Join(steps, ",")
}

// Fold is the form in which names are compared, by the server as well.
func Fold(s string) string {
	return strings.Join(strings.FieldsFunc(catalog.FoldPrincipal(s), func(r rune) bool { return r == ' ' }), " ")
}

// RDN returns the attribute and the value that name an entry below its parent.
func RDN(s string) (attr, value string) {
	d, err := ldap.ParseDN(s)
	if err != nil || len(d.RDNs) == 0 || len(d.RDNs[0].Attributes) != 1 {
		return "", ""
	}
	return d.RDNs[0].Attributes[0].Type, d.RDNs[0].Attributes[0].Value
}

// Parent is the DN above. Its values are escaped anew.
func Parent(s string) string {
	d, err := ldap.ParseDN(s)
	if err != nil || len(d.RDNs) == 0 {
		return ""
	}
	return (&ldap.DN{RDNs: d.RDNs[1:]}).String()
}
