package ldapd

import (
	"strings"
)

// entryKind says what an entry is; as a set it says where an attribute may be.
type entryKind uint8

const (
	kindRoot entryKind = 1 << iota
	kindSchema
	kindSuffix
	kindUsers
	kindGroups
	kindUser
	kindGroup

	kindAccount = kindUser | kindGroup
)

// usage is RFC 4512's: whether an attribute is returned without being named.
type usage uint8

const (
	userUse        usage = iota // by "*"
	operationalUse              // by "+"
)

// attribute is one row of the table that drives matching, reading, writing and
// the subschema, so that they cannot drift apart.
type attribute struct {
	name, alias string
	oid         string
	syntax      *syntax
	single      bool
	usage       usage
	// stored are the kinds of entries in whose account record the attribute is
	// kept and may be written. Everything else is computed.
	stored entryKind
	values func(*view, *entry) []string // nil: what is stored
	secret bool                         // never returned, matched or compared
}

var attributes = []*attribute{
	{name: "objectClass", oid: "2.5.4.0", syntax: oidSyntax, values: (*view).classes},
	{name: "uid", alias: "userid", oid: "0.9.2342.19200300.100.1.1", syntax: textSyntax, values: (*view).uid},
	{name: "cn", alias: "commonName", oid: "2.5.4.3", syntax: textSyntax, stored: kindUser, values: (*view).cn},
	{name: "sn", alias: "surname", oid: "2.5.4.4", syntax: textSyntax, stored: kindUser, values: (*view).sn},
	{name: "givenName", alias: "gn", oid: "2.5.4.42", syntax: textSyntax, stored: kindUser},
	{name: "displayName", oid: "2.16.840.1.113730.3.1.241", syntax: textSyntax, single: true, stored: kindUser},
	{name: "mail", alias: "rfc822Mailbox", oid: "0.9.2342.19200300.100.1.3", syntax: textSyntax, stored: kindUser},
	{name: "telephoneNumber", oid: "2.5.4.20", syntax: phoneSyntax, stored: kindUser},
	{name: "title", oid: "2.5.4.12", syntax: textSyntax, stored: kindUser},
	{name: "description", oid: "2.5.4.13", syntax: textSyntax, stored: kindAccount},
	{name: "employeeNumber", oid: "2.16.840.1.113730.3.1.3", syntax: textSyntax, single: true, stored: kindUser},
	{name: "sshPublicKey", oid: "1.3.6.1.4.1.24552.500.1.1.1.13", syntax: exactSyntax, stored: kindUser},
	{name: "uidNumber", oid: "1.3.6.1.1.1.1.0", syntax: integerSyntax, single: true, stored: kindUser},
	{name: "gidNumber", oid: "1.3.6.1.1.1.1.1", syntax: integerSyntax, single: true, stored: kindAccount},
	{name: "homeDirectory", oid: "1.3.6.1.1.1.1.3", syntax: exactSyntax, single: true, stored: kindUser},
	{name: "loginShell", oid: "1.3.6.1.1.1.1.4", syntax: exactSyntax, single: true, stored: kindUser},
	{name: "userPassword", oid: "2.5.4.35", syntax: secretSyntax, secret: true, values: (*view).none},
	{name: "sAMAccountName", oid: "1.2.840.113556.1.4.221", syntax: textSyntax, single: true, values: (*view).uid},
	{name: "member", oid: "2.5.4.31", syntax: dnSyntax, values: (*view).member},
	{name: "uniqueMember", oid: "2.5.4.50", syntax: dnSyntax, values: (*view).member},
	{name: "memberUid", oid: "1.3.6.1.1.1.1.12", syntax: textSyntax, values: (*view).memberUID},
	{name: "memberOf", oid: "1.2.840.113556.1.2.102", syntax: dnSyntax, values: (*view).memberOf},
	{name: "ou", alias: "organizationalUnitName", oid: "2.5.4.11", syntax: textSyntax, values: (*view).ou},
	{name: "dc", alias: "domainComponent", oid: "0.9.2342.19200300.100.1.25", syntax: textSyntax, values: (*view).dc},

	{name: "entryUUID", oid: "1.3.6.1.1.16.4", syntax: uuidSyntax, single: true, usage: operationalUse, values: (*view).entryUUID},
	{name: "entryDN", oid: "1.3.6.1.1.20", syntax: dnSyntax, single: true, usage: operationalUse, values: (*view).entryDN},
	{name: "createTimestamp", oid: "2.5.18.1", syntax: timeSyntax, single: true, usage: operationalUse, values: (*view).created},
	{name: "modifyTimestamp", oid: "2.5.18.2", syntax: timeSyntax, single: true, usage: operationalUse, values: (*view).modified},
	{name: "structuralObjectClass", oid: "2.5.21.9", syntax: oidSyntax, single: true, usage: operationalUse, values: (*view).structural},
	{name: "hasSubordinates", oid: "2.5.18.9", syntax: booleanSyntax, single: true, usage: operationalUse, values: (*view).hasSubordinates},
	{name: "subschemaSubentry", oid: "2.5.18.10", syntax: dnSyntax, single: true, usage: operationalUse, values: (*view).subschemaDN},
	{name: "pwdChangedTime", oid: "1.3.6.1.4.1.42.2.27.8.1.16", syntax: timeSyntax, single: true, usage: operationalUse, values: (*view).passwordChanged},
	{name: "pwdAccountLockedTime", oid: "1.3.6.1.4.1.42.2.27.8.1.17", syntax: timeSyntax, single: true, usage: operationalUse, values: (*view).locked},

	{name: "namingContexts", oid: "1.3.6.1.4.1.1466.101.120.5", syntax: dnSyntax, usage: operationalUse, values: rootValue("namingContexts")},
	{name: "supportedExtension", oid: "1.3.6.1.4.1.1466.101.120.7", syntax: oidSyntax, usage: operationalUse, values: rootValue("supportedExtension")},
	{name: "supportedControl", oid: "1.3.6.1.4.1.1466.101.120.13", syntax: oidSyntax, usage: operationalUse, values: rootValue("supportedControl")},
	{name: "supportedSASLMechanisms", oid: "1.3.6.1.4.1.1466.101.120.14", syntax: textSyntax, usage: operationalUse, values: (*view).mechanisms},
	{name: "supportedLDAPVersion", oid: "1.3.6.1.4.1.1466.101.120.15", syntax: integerSyntax, usage: operationalUse, values: rootValue("supportedLDAPVersion")},
	{name: "supportedFeatures", oid: "1.3.6.1.4.1.4203.1.3.5", syntax: oidSyntax, usage: operationalUse, values: rootValue("supportedFeatures")},
	{name: "vendorName", oid: "1.3.6.1.1.4", syntax: exactSyntax, single: true, usage: operationalUse, values: rootValue("vendorName")},
	{name: "vendorVersion", oid: "1.3.6.1.1.5", syntax: exactSyntax, single: true, usage: operationalUse, values: rootValue("vendorVersion")},

	{name: "attributeTypes", oid: "2.5.21.5", syntax: textSyntax, usage: operationalUse, values: schemaValue("attributeTypes")},
	{name: "objectClasses", oid: "2.5.21.6", syntax: textSyntax, usage: operationalUse, values: schemaValue("objectClasses")},
	{name: "matchingRules", oid: "2.5.21.4", syntax: textSyntax, usage: operationalUse, values: schemaValue("matchingRules")},
	{name: "ldapSyntaxes", oid: "1.3.6.1.4.1.1466.101.120.16", syntax: textSyntax, usage: operationalUse, values: schemaValue("ldapSyntaxes")},
}

// class is an object class.
type class struct {
	name, oid, sup, kind string
	must, may            []string
	on                   entryKind // entries that a client may give the class to
}

var classes = []*class{
	{"top", "2.5.6.0", "", "ABSTRACT", []string{"objectClass"}, nil, kindAccount},
	{"person", "2.5.6.6", "top", "STRUCTURAL", []string{"sn", "cn"}, []string{"userPassword", "telephoneNumber", "description"}, kindUser},
	{"organizationalPerson", "2.5.6.7", "person", "STRUCTURAL", nil, []string{"title", "ou"}, kindUser},
	{"inetOrgPerson", "2.16.840.1.113730.3.2.2", "organizationalPerson", "STRUCTURAL", nil,
		[]string{"uid", "givenName", "displayName", "mail", "employeeNumber", "sAMAccountName", "memberOf"}, kindUser},
	{"posixAccount", "1.3.6.1.1.1.2.0", "top", "AUXILIARY", []string{"cn", "uid", "uidNumber", "gidNumber", "homeDirectory"},
		[]string{"userPassword", "loginShell", "description"}, kindUser},
	{"ldapPublicKey", "1.3.6.1.4.1.24552.500.1.1.2.0", "top", "AUXILIARY", nil, []string{"sshPublicKey", "uid"}, kindUser},
	{"groupOfNames", "2.5.6.9", "top", "STRUCTURAL", []string{"cn"}, []string{"member", "description", "memberOf"}, kindGroup},
	{"groupOfUniqueNames", "2.5.6.17", "top", "AUXILIARY", []string{"cn"}, []string{"uniqueMember", "description"}, kindGroup},
	{"posixGroup", "1.3.6.1.1.1.2.2", "top", "AUXILIARY", nil, []string{"gidNumber", "memberUid", "description"}, kindGroup},
	{"domain", "0.9.2342.19200300.100.4.13", "top", "STRUCTURAL", []string{"dc"}, []string{"description"}, 0},
	{"organizationalUnit", "2.5.6.5", "top", "STRUCTURAL", []string{"ou"}, []string{"description"}, 0},
	{"subentry", "2.5.17.0", "top", "STRUCTURAL", []string{"cn"}, nil, 0},
	{"subschema", "2.5.20.1", "top", "AUXILIARY", nil, []string{"attributeTypes", "objectClasses", "matchingRules", "ldapSyntaxes"}, 0},
}

// attributesByName has every name, alias and number in lower case.
var attributesByName = indexAttributes(attributes)

var classesByName = indexClasses(classes)

func indexAttributes(table []*attribute) map[string]*attribute {
	index := make(map[string]*attribute, 3*len(table))
	for _, a := range table {
		index[strings.ToLower(a.name)] = a
		index[a.oid] = a
		if a.alias != "" {
			index[strings.ToLower(a.alias)] = a
		}
	}
	return index
}

func indexClasses(table []*class) map[string]*class {
	index := make(map[string]*class, 2*len(table))
	for _, c := range table {
		index[strings.ToLower(c.name)] = c
		index[c.oid] = c
	}
	return index
}

// attributeNamed finds an attribute by a description as clients write it. One
// with options (cn;lang-de) is a subtype, and none is known here.
func attributeNamed(description string) *attribute {
	return attributesByName[strings.ToLower(description)]
}

// canonicalName is the name of an attribute type in a DN.
func canonicalName(typ string) string {
	if name := namingTypes[strings.ToLower(typ)]; name != "" {
		return name
	}
	return strings.ToLower(typ)
}

// namingTypes are the types that DNs of this directory are made of. They stand
// apart from the table, whose matching needs them.
var namingTypes = map[string]string{
	"uid": "uid", "userid": "uid", "0.9.2342.19200300.100.1.1": "uid",
	"cn": "cn", "commonname": "cn", "2.5.4.3": "cn",
	"ou": "ou", "organizationalunitname": "ou", "2.5.4.11": "ou",
	"dc": "dc", "domaincomponent": "dc", "0.9.2342.19200300.100.1.25": "dc",
	"o": "o", "organizationname": "o", "2.5.4.10": "o",
}
