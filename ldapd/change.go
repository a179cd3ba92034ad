package ldapd

import (
	"errors"
	"slices"
)

// parseValues reads the values of an attribute, which RFC 4511 calls a set.
func parseValues(r *reader) []string {
	set := r.inside(tagSet)
	var values []string
	for set.more() {
		values = append(values, set.text(tagOctets))
	}
	r.bad = r.bad || set.bad
	return values
}

// add creates a user below ou=users or a group below ou=groups.
func (op *operation) add() error {
	r := reader{rest: op.m.body}
	name := r.text(tagOctets)
	list := r.inside(tagSequence)
	var mods []modification
	for list.more() {
		one := list.inside(tagSequence)
		m := modification{how: changeAdd, attr: one.text(tagOctets), values: parseValues(&one)}
		if one.bad {
			return malformed()
		}
		mods = append(mods, m)
	}
	if r.bad || list.bad {
		return malformed()
	}
	op.about = name
	if err := op.administer(); err != nil {
		return err
	}
	parsed, err := parseDN(name)
	if err != nil {
		return refuse(invalidDN, "invalid DN")
	}
	kind, rdn, err := op.place(parsed)
	if err != nil {
		return err
	}
	d := op.newDraft(kind, rdn, nil)
	classes := false
	for _, m := range mods {
		if err := d.apply(m); err != nil {
			return asNaming(err)
		}
		classes = classes || attributeNamed(m.attr).name == "objectClass"
	}
	if !classes {
		return refuse(objectClassViolation, "an entry needs an objectClass")
	}
	if err := d.check(); err != nil {
		return err
	}
	if kind == kindUser {
		return op.c.s.opts.Accounts.CreateUser(op.ctx, op.who, rdn, d.password.new, d.attrs)
	}
	members, _ := d.difference()
	return op.c.s.opts.Accounts.CreateGroup(op.ctx, op.who, rdn, members, d.attrs)
}

// asNaming: in an add, an attribute that contradicts the RDN is a naming fault.
func asNaming(err error) error {
	if f, ok := faultOf(err); ok && f.code == notOnRDN {
		return refuse(namingViolation, "the entry's name in its attributes differs from its DN")
	}
	return err
}

// place says what a new entry of that name would be.
func (v *view) place(name dn) (entryKind, string, error) {
	if e := v.locate(name); e != nil {
		return 0, "", refuse(entryExists, "there is such an entry")
	}
	violation := refuse(namingViolation, "entries are uid=NAME,ou=users,%s and cn=NAME,ou=groups,%s", v.suffixDN, v.suffixDN)
	if len(name) != len(v.suffix)+2 || name[2:].key() != v.suffixKey {
		return 0, "", violation
	}
	attr, value, ok := name[0].single()
	switch kind := containerOf(name[1]); {
	case ok && kind == kindUsers && attr == "uid":
		return kindUser, value, nil
	case ok && kind == kindGroups && attr == "cn":
		return kindGroup, value, nil
	}
	return 0, "", violation
}

// account resolves the entry of a change: a user or a group that the client can
// see. The containers and the root are nobody's to change.
func (op *operation) accountEntry(name string) (*entry, error) {
	e, err := op.target(name)
	if err != nil {
		return nil, err
	}
	if e.p == nil {
		if !op.admin {
			return nil, refuse(insufficientAccess, "not allowed")
		}
		return nil, refuse(unwilling, "this entry is part of the server")
	}
	return e, nil
}

// staleTries is how often a change is made anew from the entry as it has become.
const staleTries = 5

func (op *operation) modify() error {
	name, mods, err := parseModify(op.m.body)
	if err != nil {
		return err
	}
	return op.unlessStale(func() error { return op.modifyOnce(name, mods) })
}

// unlessStale repeats a change that met another one: two clients that change
// different attributes of an entry must both have their way.
func (op *operation) unlessStale(change func() error) error {
	err := change()
	for range staleTries - 1 {
		if !errors.Is(err, ErrStale) {
			break
		}
		op.view = op.c.view()
		err = change()
	}
	return err
}

func parseModify(body []byte) (name string, mods []modification, err error) {
	r := reader{rest: body}
	name = r.text(tagOctets)
	list := r.inside(tagSequence)
	for list.more() {
		one := list.inside(tagSequence)
		m := modification{how: one.integer(tagEnumerated)}
		in := one.inside(tagSequence)
		m.attr, m.values = in.text(tagOctets), parseValues(&in)
		if one.bad || in.bad || m.how > changeReplace {
			return "", nil, malformed()
		}
		mods = append(mods, m)
	}
	if r.bad || list.bad {
		return "", nil, malformed()
	}
	return name, mods, nil
}

func (op *operation) modifyOnce(name string, mods []modification) error {
	e, err := op.accountEntry(name)
	if err != nil {
		return err
	}
	if !op.admin && slices.ContainsFunc(mods, func(m modification) bool {
		a := attributeNamed(m.attr)
		return a == nil || !a.secret
	}) {
		return refuse(insufficientAccess, "only userPassword can be changed without USER ADMIN")
	}
	d := op.newDraft(e.kind, e.p.Name, e)
	for _, m := range mods {
		if err := d.apply(m); err != nil {
			return err
		}
	}
	if err := d.check(); err != nil {
		return err
	}
	return op.commit(e, d)
}

// commit makes the changes of a draft, all of them or none.
func (op *operation) commit(e *entry, d *draft) error {
	var c Change
	c.Join, c.Leave = d.difference()
	if d.touched {
		c.Attributes = d.attrs
	}
	return op.change(e.p, c, d.password)
}

// remove is the delete operation.
func (op *operation) remove() error {
	e, err := op.accountEntry(string(op.m.body))
	if err != nil {
		return err
	}
	if err := op.administer(); err != nil {
		return err
	}
	if e.kind == kindUser {
		return op.c.s.opts.Accounts.DropUser(op.ctx, op.who, e.p.Name)
	}
	return op.c.s.opts.Accounts.DropGroup(op.ctx, op.who, e.p.Name)
}

// modifyDN renames. An entry has one name and one place.
func (op *operation) modifyDN() error {
	r := reader{rest: op.m.body}
	name, newRDN := r.text(tagOctets), r.text(tagOctets)
	deleteOld := r.boolean(tagBoolean)
	superior, moved := r.optional(primitive(0))
	if r.bad {
		return malformed()
	}
	e, err := op.accountEntry(name)
	if err != nil {
		return err
	}
	if err := op.administer(); err != nil {
		return err
	}
	rdn, err := parseDN(newRDN)
	if err != nil || len(rdn) != 1 {
		return refuse(invalidDN, "invalid RDN")
	}
	attr, to, ok := rdn[0].single()
	if !ok || attr != map[entryKind]string{kindUser: "uid", kindGroup: "cn"}[e.kind] {
		return refuse(namingViolation, "users are named by uid, groups by cn")
	}
	if moved {
		parent, err := parseDN(string(superior))
		if err != nil {
			return refuse(invalidDN, "invalid DN")
		}
		at := op.locate(parent)
		if at == nil || at.kind != map[entryKind]entryKind{kindUser: kindUsers, kindGroup: kindGroups}[e.kind] {
			return refuse(unwilling, "an entry cannot be moved")
		}
	}
	if !deleteOld {
		return refuse(unwilling, "an entry has one name: deleteoldrdn must be TRUE (ldapmodrdn -r)")
	}
	if e.kind == kindUser {
		return op.c.s.opts.Accounts.RenameUser(op.ctx, op.who, e.p.Name, to)
	}
	return op.c.s.opts.Accounts.RenameGroup(op.ctx, op.who, e.p.Name, to)
}
