package ldapclient

import (
	"strings"

	"github.com/go-ldap/ldap/v3"
)

const (
	userMark  = "%USER%"
	groupMark = "%GROUP%"
	all       = "*"
)

// All filters are made here, from configured text and escaped values.

// userFilter finds one user by a typed name, or all users with "*" from all.
func (c *Config) userFilter(name string) string { return fill(c.UserFilter, userMark, name) }

// findsByName says whether UserFilter asks for the attribute that names users.
func (c *Config) findsByName() bool {
	return strings.Contains(strings.ToLower(c.UserFilter), strings.ToLower("("+c.UserAttr+"="+userMark+")"))
}

func (c *Config) allUsers() string { return strings.ReplaceAll(c.UserFilter, userMark, all) }

func (c *Config) groupFilter(name string) string { return fill(c.GroupFilter, groupMark, name) }

func (c *Config) allGroups() string { return strings.ReplaceAll(c.GroupFilter, groupMark, all) }

func fill(filter, mark, value string) string {
	return strings.ReplaceAll(filter, mark, ldap.EscapeFilter(value))
}

// equal is the term attr=value. The attribute must have passed attrPattern.
func equal(attr, value string) string { return "(" + attr + "=" + ldap.EscapeFilter(value) + ")" }

func and(terms ...string) string { return "(&" + strings.Join(terms, "") + ")" }

func or(terms []string) string {
	if len(terms) == 1 {
		return terms[0]
	}
	return "(|" + strings.Join(terms, "") + ")"
}

// byName says whether a member attribute holds names of users instead of DNs.
func byName(attr string) bool { return strings.EqualFold(attr, "memberUid") }

// inChain is Active Directory's rule for a membership through other groups.
const inChain = ":1.2.840.113556.1.4.1941:"
