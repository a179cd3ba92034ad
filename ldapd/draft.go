package ldapd

import (
	"maps"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// modification is one change of RFC 4511, 4.6, or one attribute of an add.
type modification struct {
	how    int // changeAdd, changeDelete or changeReplace
	attr   string
	values []string
}

const (
	changeAdd     = 0
	changeDelete  = 1
	changeReplace = 2
)

// draft is an account as an add or a modify would have it. Everything is checked
// on it before anything is changed.
type draft struct {
	*view
	kind     entryKind
	name     string // the RDN's value
	attrs    map[string][]string
	members  map[principal.ID]string // name of each
	before   map[principal.ID]string
	password passwordChange
	touched  bool // attrs differ from what is stored
}

// newDraft begins with an entry, or with nothing for an add.
func (v *view) newDraft(kind entryKind, name string, e *entry) *draft {
	d := &draft{view: v, kind: kind, name: name, attrs: map[string][]string{}, before: map[principal.ID]string{}}
	if e != nil {
		for n, values := range e.p.Attributes {
			if a := attributeNamed(n); a != nil && a.stored != 0 {
				n = a.name // one spelling, whoever wrote it
			}
			d.attrs[n] = slices.Clone(values)
		}
		if kind == kindGroup {
			for _, m := range v.snap.MembersOf(e.p.ID) {
				if p := v.snap.PrincipalByID(m.Member); p != nil && entryOf(p) != nil {
					d.before[p.ID] = p.Name
				}
			}
		}
	}
	d.members = maps.Clone(d.before)
	return d
}

func (d *draft) apply(m modification) error {
	a := attributeNamed(m.attr)
	if a == nil {
		return refuse(undefinedAttribute, "unknown attribute %.64q", m.attr)
	}
	if m.how == changeAdd && len(m.values) == 0 {
		return refuse(protocolError, "%s: no values to add", a.name)
	}
	switch {
	case a.name == "objectClass":
		return d.checkClasses(m)
	case a.name == "userPassword":
		return d.changePassword(m)
	case d.isRDN(a):
		return d.checkRDN(a, m)
	case a.name == "member", a.name == "uniqueMember":
		if d.kind != kindGroup {
			return refuse(objectClassViolation, "only groups have members")
		}
		return d.changeMembers(a, m)
	case a.stored&d.kind != 0:
		return d.changeStored(a, m)
	case a.stored == 0:
		return refuse(constraintViolation, "%s is computed and cannot be written", a.name)
	}
	return refuse(objectClassViolation, "%s is not allowed in this entry", a.name)
}

// isRDN says whether an attribute names the entry.
func (d *draft) isRDN(a *attribute) bool {
	return d.kind == kindUser && a.name == "uid" || d.kind == kindGroup && a.name == "cn"
}

// checkRDN lets a client repeat the name that the entry has.
func (d *draft) checkRDN(a *attribute, m modification) error {
	if m.how != changeDelete && len(m.values) == 1 && foldText(m.values[0]) == foldText(d.name) {
		return nil
	}
	return refuse(notOnRDN, "%s is the entry's name; modifyDN changes it", a.name)
}

// checkClasses accepts the classes that such an entry can have. Which it has
// follows from its attributes, so nothing is kept.
func (d *draft) checkClasses(m modification) error {
	for _, v := range m.values {
		c := classesByName[strings.ToLower(v)]
		if c == nil || c.on&d.kind == 0 {
			return refuse(objectClassViolation, "object class %.64q is not possible here", v)
		}
		if m.how == changeDelete && c.kind != "AUXILIARY" {
			return refuse(objectClassViolation, "%s cannot be taken away", c.name)
		}
	}
	if m.how == changeDelete && len(m.values) == 0 {
		return refuse(objectClassViolation, "an entry has object classes")
	}
	return nil
}

// hashSchemes are prefixes of hashed passwords. Stored as they are they would be
// passwords that everybody can read off an old directory.
var hashSchemes = []string{"{SSHA", "{SHA", "{SMD5}", "{MD5}", "{CRYPT}", "{ARGON2}", "{BCRYPT}", "{PBKDF2"}

func (d *draft) changePassword(m modification) error {
	if d.kind != kindUser {
		return refuse(objectClassViolation, "only users have a password")
	}
	if len(m.values) != 1 || m.values[0] == "" {
		return refuse(constraintViolation, "userPassword takes one value; lock the user instead of deleting it")
	}
	value := m.values[0]
	if m.how == changeDelete {
		d.password.old, d.password.hasOld = value, true
		return nil
	}
	if slices.ContainsFunc(hashSchemes, func(s string) bool { return strings.HasPrefix(strings.ToUpper(value), s) }) {
		return refuse(unwilling, "hashed passwords cannot be stored; send the password itself, inside TLS")
	}
	if d.password.hasNew {
		return refuse(constraintViolation, "two new passwords")
	}
	d.password.new, d.password.hasNew = value, true
	return nil
}

func (d *draft) changeMembers(a *attribute, m modification) error {
	if m.how == changeReplace || m.how == changeDelete && len(m.values) == 0 {
		clear(d.members)
	}
	for _, v := range m.values {
		if _, ok := foldDN(v); !ok {
			return refuse(invalidSyntax, "%s: a value is no DN", a.name)
		}
		e := d.named(v)
		if e == nil {
			if m.how == changeDelete {
				return refuse(noSuchAttribute, "%s: a value is no member", a.name)
			}
			return refuse(constraintViolation, "%s: a value names no user or group here", a.name)
		}
		_, has := d.members[e.p.ID]
		switch {
		case m.how == changeDelete && !has:
			return refuse(noSuchAttribute, "%s: a value is no member", a.name)
		case m.how == changeAdd && has:
			return refuse(valueExists, "%s: a value is a member already", a.name)
		case m.how == changeDelete:
			delete(d.members, e.p.ID)
		default:
			d.members[e.p.ID] = e.p.Name
		}
	}
	return nil
}

func (d *draft) changeStored(a *attribute, m modification) error {
	folded := func(v string) string { f, _ := a.syntax.fold(v); return f }
	for _, v := range m.values {
		if _, ok := a.syntax.fold(v); !ok || v == "" {
			return refuse(invalidSyntax, "%s: a value has the wrong form", a.name)
		}
	}
	d.touched = true
	if m.how == changeReplace || m.how == changeDelete && len(m.values) == 0 {
		if m.how == changeDelete && len(d.attrs[a.name]) == 0 {
			return refuse(noSuchAttribute, "the entry has no %s", a.name)
		}
		delete(d.attrs, a.name)
	}
	values := d.attrs[a.name]
	for _, v := range m.values {
		at := slices.IndexFunc(values, func(has string) bool { return folded(has) == folded(v) })
		switch {
		case m.how == changeDelete && at < 0:
			return refuse(noSuchAttribute, "%s has no such value", a.name)
		case m.how == changeDelete:
			values = slices.Delete(values, at, at+1)
		case at >= 0:
			return refuse(valueExists, "%s has the value already", a.name)
		default:
			values = append(values, v)
		}
	}
	if a.single && len(values) > 1 {
		return refuse(constraintViolation, "%s takes one value", a.name)
	}
	d.attrs[a.name] = values
	if len(values) == 0 {
		delete(d.attrs, a.name)
	}
	return nil
}

// check is the last look at the whole.
func (d *draft) check() error {
	if err := catalog.CheckAttributes(d.attrs); err != nil {
		return refuse(constraintViolation, "the attributes are more than an account can have")
	}
	return nil
}

// difference lists the members that joined and that left, by name.
func (d *draft) difference() (joined, left []string) {
	for id, name := range d.members {
		if _, ok := d.before[id]; !ok {
			joined = append(joined, name)
		}
	}
	for id, name := range d.before {
		if _, ok := d.members[id]; !ok {
			left = append(left, name)
		}
	}
	slices.Sort(joined)
	slices.Sort(left)
	return joined, left
}
