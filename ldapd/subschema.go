package ldapd

import "strings"

// subschema makes the values of cn=subschema from the tables.
func subschema() map[string][]string {
	values := map[string][]string{}
	for _, a := range attributes {
		values["attributeTypes"] = append(values["attributeTypes"], a.definition())
	}
	for _, c := range classes {
		values["objectClasses"] = append(values["objectClasses"], c.definition())
	}
	for _, r := range rules {
		values["matchingRules"] = append(values["matchingRules"], "( "+r.oid+" NAME '"+r.name+"' SYNTAX "+r.syntax+" )")
	}
	for _, s := range syntaxes {
		values["ldapSyntaxes"] = append(values["ldapSyntaxes"], "( "+s.oid+" DESC '"+s.description+"' )")
	}
	return values
}

// definition is the description of RFC 4512, 4.1.2.
func (a *attribute) definition() string {
	var b strings.Builder
	b.WriteString("( " + a.oid + " NAME ")
	if a.alias == "" {
		b.WriteString("'" + a.name + "'")
	} else {
		b.WriteString("( '" + a.name + "' '" + a.alias + "' )")
	}
	for _, r := range []struct{ keyword, name string }{
		{"EQUALITY", a.syntax.equality}, {"ORDERING", a.syntax.ordering}, {"SUBSTR", a.syntax.fragment},
	} {
		if r.name != "" {
			b.WriteString(" " + r.keyword + " " + r.name)
		}
	}
	b.WriteString(" SYNTAX " + a.syntax.oid)
	if a.single {
		b.WriteString(" SINGLE-VALUE")
	}
	if a.usage == operationalUse {
		b.WriteString(" NO-USER-MODIFICATION USAGE directoryOperation")
	}
	return b.String() + " )"
}

// definition is the description of RFC 4512, 4.1.1.
func (c *class) definition() string {
	s := "( " + c.oid + " NAME '" + c.name + "'"
	if c.sup != "" {
		s += " SUP " + c.sup
	}
	s += " " + c.kind
	for _, l := range []struct {
		keyword string
		names   []string
	}{{"MUST", c.must}, {"MAY", c.may}} {
		if len(l.names) > 0 {
			s += " " + l.keyword + " ( " + strings.Join(l.names, " $ ") + " )"
		}
	}
	return s + " )"
}
