package accounts

import (
	"errors"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// Member names one member of a group. Kind is "" where a user and a group will do.
type Member struct {
	Name string
	Kind catalog.PrincipalKind
}

func namedMembers(names []string) []Member {
	out := make([]Member, len(names))
	for i, name := range names {
		out[i] = Member{Name: name}
	}
	return out
}

// group finds a group by name. Who may administer nobody learns nothing; for
// the others the rule of mayTouch holds: joining a group is getting its rights.
func (c *Tx) group(op, name string) (*catalog.Principal, error) {
	if err := RequireAdmin(c.rights); err != nil {
		return nil, err
	}
	p := c.Principal(name)
	if p == nil || p.Kind != catalog.KindGroup {
		return nil, &Error{Kind: ErrNotFound, Operation: op, Name: name}
	}
	return p, c.mayTouch(p)
}

// CreateGroup adds rec as a group. Errors: ErrDenied, ErrExists, ErrInvalid.
func (c *Tx) CreateGroup(rec *catalog.Principal) error {
	if err := RequireAdmin(c.rights); err != nil {
		return err
	}
	return c.create("CREATE GROUP", rec, catalog.KindGroup)
}

// mayJoin asks for ADMIN OPTION on a group: who puts somebody into it gives away
// all that was and will be granted to it, data too, and USER ADMIN alone is a
// right on no data. Its creator has the option, who was given the group with it,
// and SYSTEM ADMIN.
func (c *Tx) mayJoin(group *catalog.Principal) error {
	id := c.actor.ID()
	given := c.Membership(id, group.ID)
	switch {
	case group.Creator != 0 && group.Creator == id, given != nil && given.Admin,
		access.Held(access.As(c.rights, nil), access.System()).Has(privilege.SysAdmin):
		return nil
	}
	return &Error{
		Kind: ErrDenied, Name: group.Name, Reason: "SYSTEM ADMIN, ADMIN OPTION on the group",
		Hint: "members of a group have all that is granted to it: only who created it, or holds SYSTEM ADMIN, adds some",
	}
}

func (c *Tx) alterGroup(op, name string, edit func(*catalog.Principal)) error {
	p, err := c.group(op, name)
	if err != nil {
		return err
	}
	changed := p.Clone()
	edit(changed)
	return c.put(op, changed)
}

// RenameGroup renames a group of this database. Errors: ErrDenied, ErrNotFound,
// ErrExists, ErrInvalid.
func (c *Tx) RenameGroup(from, to string) error {
	const op = "RENAME GROUP"
	p, err := c.group(op, from)
	if err != nil {
		return err
	}
	if p.Outside() {
		return outsideGroup(op, from)
	}
	if err := c.notMapped(p); err != nil {
		return err
	}
	return c.rename(op, p, to, "")
}

// outsideGroup refuses to change what the company's directory says.
func outsideGroup(op, name string) error {
	return &Error{
		Kind: ErrInvalid, Operation: op, Name: name, Reason: "it is a group of the company's directory",
		Hint: "change it there; CALL SYS.REFRESH_LDAP_GROUP('" + name + "') reads it again at once",
	}
}

// DropGroup removes a group; its members stay. Errors: ErrDenied, ErrNotFound, ErrOwns.
func (c *Tx) DropGroup(name string) error {
	const op = "DROP GROUP"
	p, err := c.group(op, name)
	if err != nil {
		return err
	}
	if err := c.mayEnd(p); err != nil {
		return err
	}
	if err := c.notMapped(p); err != nil {
		return err
	}
	if err := c.mayForget(op, p); err != nil {
		return err
	}
	return c.drop(op, p)
}

// AddMembers makes members of a group, and stamps it as modified.
func (c *Tx) AddMembers(op, name string, members []Member) error {
	group, err := c.group(op, name)
	if err != nil || len(members) == 0 {
		return err
	}
	if group.Outside() {
		return outsideGroup(op, name)
	}
	if err := c.mayJoin(group); err != nil {
		return err
	}
	for _, m := range members {
		p, err := c.member(op, m)
		if err != nil {
			return err
		}
		if c.Membership(p.ID, group.ID) != nil {
			continue
		}
		err = c.PutMembership(&catalog.Membership{Member: p.ID, Role: group.ID, Grantor: c.actor.ID()})
		switch {
		case errors.Is(err, catalog.ErrCycle):
			return &Error{Kind: ErrCycle, Operation: op, Name: name, Reason: "'" + m.Name + "' is or contains '" + name + "'"}
		case errors.Is(err, catalog.ErrInvalid):
			return &Error{Kind: ErrInvalid, Operation: op, Name: name, Reason: err.Error()}
		case err != nil:
			return err
		}
	}
	return c.put(op, group)
}

// RemoveMembers ends direct memberships, and stamps the group as modified.
func (c *Tx) RemoveMembers(op, name string, members []Member) error {
	group, err := c.group(op, name)
	if err != nil || len(members) == 0 {
		return err
	}
	if group.Outside() {
		return outsideGroup(op, name)
	}
	if err := c.mayEnd(group); err != nil {
		return err
	}
	for _, m := range members {
		p, err := c.member(op, m)
		if err != nil {
			return err
		}
		if c.Membership(p.ID, group.ID) == nil {
			return &Error{Kind: ErrNotFound, Operation: op, Name: name, Reason: "'" + m.Name + "' is not a member of it"}
		}
		if err := c.DropMembership(p.ID, group.ID); err != nil {
			return err
		}
	}
	return c.put(op, group)
}

// member finds a user or group that can be in a group.
func (c *Tx) member(op string, m Member) (*catalog.Principal, error) {
	p := c.Principal(m.Name)
	if p == nil || p.Kind != catalog.KindUser && p.Kind != catalog.KindGroup || m.Kind != "" && p.Kind != m.Kind {
		return nil, &Error{Kind: ErrNotFound, Operation: op, Name: m.Name, Reason: "there is no such user or group"}
	}
	return p, nil
}
