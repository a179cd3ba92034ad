package ldapfile

import (
	"slices"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldapconn"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/ldif"
)

// computed are attributes that the server makes from others, which is why it
// refuses to be told. Files made by other clients hold them.
var computed = []string{
	"memberof", "samaccountname", "entryuuid", "entrydn", "createtimestamp", "modifytimestamp", "creatorsname", "modifiersname",
	"structuralobjectclass", "hassubordinates", "subschemasubentry", "pwdchangedtime", "pwdaccountlockedtime", "entrycsn", "contextcsn",
}

// aliases are second names of attributes, in small letters.
var aliases = map[string]string{
	"commonname": "cn", "surname": "sn", "gn": "givenname", "userid": "uid", "rfc822mailbox": "mail",
	"organizationalunitname": "ou", "domaincomponent": "dc", "uniquemember": "member",
}

// key is the name under which attributes are compared.
func key(name string) string {
	name = strings.ToLower(name)
	if first := aliases[name]; first != "" {
		return first
	}
	return name
}

func isMember(name string) bool { return key(name) == "member" }

// withoutComputed leaves out what the server would not take: computed attributes
// and, beside member, the two other lists of the same members.
func withoutComputed(all []ldif.Attribute) []ldif.Attribute {
	var out []ldif.Attribute
	has := slices.ContainsFunc(all, func(a ldif.Attribute) bool { return strings.EqualFold(a.Name, "member") })
	for _, a := range all {
		name := strings.ToLower(a.Name)
		if slices.Contains(computed, name) || has && (name == "uniquemember" || name == "memberuid") {
			continue
		}
		out = append(out, a)
	}
	return out
}

// missing are the values that have lacks.
func missing(want []string, have map[string]bool, fold func(string) string) []string {
	var out []string
	for _, v := range want {
		if !have[fold(v)] {
			out = append(out, v)
		}
	}
	return out
}

func set(values []string, fold func(string) string) map[string]bool {
	out := make(map[string]bool, len(values))
	for _, v := range values {
		out[fold(v)] = true
	}
	return out
}

// folding says how the values of an attribute of an entry are compared. The
// server's own rules let more pass; a difference in letters counts here, because
// what is in the file shall be there.
func folding(dn, name string) func(string) string {
	naming, _ := ldapconn.RDN(dn)
	switch {
	case isMember(name):
		return ldapconn.FoldDN
	case key(naming) == key(name):
		return ldapconn.Fold
	}
	return func(v string) string { return v }
}
