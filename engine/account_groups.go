package engine

import (
	"errors"

	"github.com/lxdb/lxdb/catalog"
)

// member names one member of a group. kind is "" where a user and a group will do.
type member struct {
	name string
	kind catalog.PrincipalKind
}

func namedMembers(names []string) []member {
	out := make([]member, len(names))
	for i, name := range names {
		out[i] = member{name: name}
	}
	return out
}

// group finds a group by name. Who may administer nobody learns nothing; for
// the others the rule of mayTouch holds: joining a group is getting its rights.
func (c *accountTx) group(op, name string) (*catalog.Principal, error) {
	if err := requireUserAdmin(c.rights); err != nil {
		return nil, err
	}
	p := c.Principal(name)
	if p == nil || p.Kind != catalog.KindGroup {
		return nil, &AccountError{Kind: ErrNotFound, Operation: op, Name: name}
	}
	return p, c.mayTouch(p)
}

func (c *accountTx) createGroup(rec *catalog.Principal) error {
	if err := requireUserAdmin(c.rights); err != nil {
		return err
	}
	return c.create("CREATE GROUP", rec, catalog.KindGroup)
}

func (c *accountTx) alterGroup(op, name string, edit func(*catalog.Principal)) error {
	p, err := c.group(op, name)
	if err != nil {
		return err
	}
	changed := p.Clone()
	edit(changed)
	return c.put(op, changed)
}

func (c *accountTx) renameGroup(from, to string) error {
	const op = "RENAME GROUP"
	p, err := c.group(op, from)
	if err != nil {
		return err
	}
	if p.Outside() {
		return outsideGroup(op, from)
	}
	return c.rename(op, p, to)
}

// outsideGroup refuses to change what the company's directory says.
func outsideGroup(op, name string) error {
	return &AccountError{
		Kind: ErrInvalid, Operation: op, Name: name, Reason: "it is a group of the company's directory",
		Hint: "change it there; CALL SYS.REFRESH_LDAP_GROUP('" + name + "') reads it again at once",
	}
}

func (c *accountTx) dropGroup(name string) error {
	const op = "DROP GROUP"
	p, err := c.group(op, name)
	if err != nil {
		return err
	}
	return c.drop(op, p)
}

// addMembers makes members of a group, and stamps it as modified.
func (c *accountTx) addMembers(op, name string, members []member) error {
	group, err := c.group(op, name)
	if err != nil || len(members) == 0 {
		return err
	}
	if group.Outside() {
		return outsideGroup(op, name)
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
			return &AccountError{Kind: ErrCycle, Operation: op, Name: name, Reason: "'" + m.name + "' is or contains '" + name + "'"}
		case errors.Is(err, catalog.ErrInvalid):
			return &AccountError{Kind: ErrInvalid, Operation: op, Name: name, Reason: err.Error()}
		case err != nil:
			return err
		}
	}
	return c.put(op, group)
}

// removeMembers ends direct memberships, and stamps the group as modified.
func (c *accountTx) removeMembers(op, name string, members []member) error {
	group, err := c.group(op, name)
	if err != nil || len(members) == 0 {
		return err
	}
	if group.Outside() {
		return outsideGroup(op, name)
	}
	for _, m := range members {
		p, err := c.member(op, m)
		if err != nil {
			return err
		}
		if c.Membership(p.ID, group.ID) == nil {
			return &AccountError{Kind: ErrNotFound, Operation: op, Name: name, Reason: "'" + m.name + "' is not a member of it"}
		}
		if err := c.DropMembership(p.ID, group.ID); err != nil {
			return err
		}
	}
	return c.put(op, group)
}

// member finds a user or group that can be in a group.
func (c *accountTx) member(op string, m member) (*catalog.Principal, error) {
	p := c.Principal(m.name)
	if p == nil || p.Kind != catalog.KindUser && p.Kind != catalog.KindGroup || m.kind != "" && p.Kind != m.kind {
		return nil, &AccountError{Kind: ErrNotFound, Operation: op, Name: m.name, Reason: "there is no such user or group"}
	}
	return p, nil
}
