package accounts

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// MaxRoleDepth bounds how many roles and groups may stand one in the other.
const MaxRoleDepth = 64

// CreateRole adds rec as a role. Errors: ErrDenied, ErrExists, ErrInvalid.
func (c *Tx) CreateRole(rec *catalog.Principal) error {
	if err := RequireAdmin(c.rights); err != nil {
		return err
	}
	if id := c.actor.ID(); id != catalog.Root {
		rec.Creator = id
	}
	if rec.DefaultSchema != "" {
		if err := c.mayLead(); err != nil {
			return err
		}
	}
	return c.create("CREATE ROLE", rec, catalog.KindRole)
}

// RoleChange is what AlterRole changes: a new name, or facets, nil for those that stay.
type RoleChange struct {
	Rename                 string
	Comment, DefaultSchema *string
}

// AlterRole changes facets of a role, or renames it. Errors: ErrDenied,
// ErrNotFound, ErrExists, ErrInvalid.
func (c *Tx) AlterRole(name string, to RoleChange) error {
	const op = "ALTER ROLE"
	p, err := c.roleToChange(op, name)
	if err != nil {
		return err
	}
	if to.Rename != "" {
		if err := c.notMapped(p); err != nil {
			return err
		}
		if p.DefaultSchema != "" { // of several roles that of the first by name counts
			if err := c.mayLead(); err != nil {
				return err
			}
		}
		return c.rename(op, p, to.Rename, "")
	}
	changed := p.Clone()
	if to.Comment != nil {
		changed.Comment = *to.Comment
	}
	if to.DefaultSchema != nil {
		changed.DefaultSchema = *to.DefaultSchema
	}
	if redirects(p, changed) {
		if err := c.mayLead(); err != nil {
			return err
		}
	}
	return c.put(op, changed)
}

// mayLead is the rule for who says where the logins of a role's members begin. A role is given without a word of who gets
// it: whoever made one could otherwise give an administrator's names another meaning.
func (c *Tx) mayLead() error {
	if c.heldSystem().Has(privilege.SysAdmin) {
		return nil
	}
	return &Error{Kind: ErrDenied, Reason: privilege.SysAdmin.String(), Hint: "the default schema of a role says what names mean to everybody who gets it"}
}

// DropRole removes a role with the grants to it, and so takes from its members
// what came through it. Errors: ErrDenied, ErrNotFound, ErrOwns, ErrMandatory.
func (c *Tx) DropRole(name string) error {
	const op = "DROP ROLE"
	p, err := c.roleToChange(op, name)
	if err != nil {
		return err
	}
	if err := c.notMandatory(p); err != nil {
		return err
	}
	if err := c.mayEnd(p); err != nil {
		return err
	}
	if err := c.notMapped(p); err != nil {
		return err
	}
	if p.DefaultSchema != "" { // that of another role would come to count
		if err := c.mayLead(); err != nil {
			return err
		}
	}
	return c.drop(op, p)
}

// roleToChange finds a role by name. Who may administer nobody learns nothing.
func (c *Tx) roleToChange(op, name string) (*catalog.Principal, error) {
	if err := RequireAdmin(c.rights); err != nil {
		return nil, err
	}
	p := c.Principal(name)
	if p == nil || p.Kind != catalog.KindRole {
		return nil, &Error{Kind: ErrNotFound, Operation: op, Name: name}
	}
	return p, c.mayTouch(p)
}

func (c *Tx) notMandatory(role *catalog.Principal) error {
	if c.Membership(catalog.Public, role.ID) == nil {
		return nil
	}
	return &Error{
		Kind: ErrMandatory, Name: role.Name,
		Reason: "The role " + quoted(role.Name) + " is a mandatory role and can't be revoked or dropped. The restriction can be lifted by excluding the role identifier from the global variable mandatory_roles.",
	}
}

// mayPassOn asks for ADMIN OPTION on a role.
func (c *Tx) mayPassOn(role *catalog.Principal) bool {
	_, ok := c.givesBy(role)
	return ok
}

// passableRole finds a role that the actor may pass on. Who may not hears the same
// of roles that exist and of those that do not.
func (c *Tx) passableRole(name string) (*catalog.Principal, error) {
	p := c.Principal(name)
	if p != nil && p.Kind != catalog.KindRole {
		p = nil
	}
	switch {
	case p != nil && c.mayPassOn(p):
		return p, nil
	case p == nil && RequireAdmin(c.rights) == nil:
		return nil, unknownID(name)
	}
	return nil, &Error{
		Kind: ErrDenied, Name: name, Reason: "WITH ADMIN, SYSTEM ADMIN",
		Hint: "a role gives all that is granted to it: only who made it, or holds it WITH ADMIN OPTION, passes it on",
	}
}

func unknownID(name string) *Error {
	return &Error{Kind: ErrUnknown, Name: name, Reason: "Unknown authorization ID " + quoted(name)}
}

// GrantRole makes a principal a holder of a role, until a time in microseconds since 1970 or with 0 for good. Errors: ErrDenied, ErrUnknown,
// ErrCycle, ErrInvalid.
func (c *Tx) GrantRole(name string, member principal.ID, admin bool, until int64) error {
	const op = "GRANT"
	role, err := c.passableRole(name)
	if err != nil {
		return err
	}
	if member == catalog.Public && !c.heldSystem().Has(privilege.SysAdmin) {
		return &Error{Kind: ErrDenied, Name: name, Reason: privilege.SysAdmin.String()}
	}
	by, _ := c.givesBy(role)
	if member == c.actor.ID() && by != member && by != catalog.SystemGrantor {
		return &Error{
			Kind: ErrDenied, Name: role.Name, Reason: "WITH ADMIN, SYSTEM ADMIN",
			Hint: "who holds it WITH ADMIN OPTION through '" + c.PrincipalByID(by).Name + "' gives it to others: to himself it would be left when that is taken from him",
		}
	}
	p := c.PrincipalByID(member)
	switch err := c.give(member, role, by, admin && member != catalog.Public, until); {
	case errors.Is(err, catalog.ErrCycle):
		return &Error{Kind: ErrCycle, Operation: op, Name: role.Name, Reason: "User account " + quoted(p.Name) + " is directly or indirectly granted to the role " + quoted(role.Name)}
	case errors.Is(err, catalog.ErrInvalid):
		return &Error{Kind: ErrInvalid, Operation: op, Name: role.Name, Reason: err.Error()}
	case err != nil:
		return err
	}
	if depth := c.depth(member, true) + c.depth(role.ID, false); depth > MaxRoleDepth {
		return &Error{Kind: ErrInvalid, Operation: op, Name: role.Name, Reason: fmt.Sprintf("roles would stand in each other %d deep, and %d is the limit", depth, MaxRoleDepth)}
	}
	return nil
}

// depth is the longest way from a principal to whom it is granted, or to what it holds.
func (c *Tx) depth(id principal.ID, up bool) int {
	known := map[principal.ID]int{}
	var walk func(principal.ID) int
	walk = func(id principal.ID) int {
		if d, ok := known[id]; ok {
			return d
		}
		longest := 0
		if up {
			for _, m := range c.MembersOf(id) {
				longest = max(longest, walk(m.Member))
			}
		} else {
			for _, m := range c.MembershipsOf(id) {
				longest = max(longest, walk(m.Role))
			}
		}
		known[id] = longest + 1
		return longest + 1
	}
	return walk(id)
}

func notHeld(role, who string) *Error {
	return &Error{Kind: ErrNotHeld, Name: who, Reason: quoted(role) + " is not granted to " + quoted(who)}
}

// SetDefaultRoles says which of a user's roles count when he logs in. all are those
// that he has now. Errors: ErrDenied, ErrNotFound, ErrNotHeld.
func (c *Tx) SetDefaultRoles(op, user string, all bool, names []string) error {
	p, err := c.User(op, user)
	if err != nil {
		return err
	}
	if p.ID != c.actor.ID() || !c.rights.Live() {
		if err := c.mayTouch(p); err != nil {
			return err
		}
	}
	open := Activatable(c.Snapshot, p.ID)
	changed := p.Clone()
	changed.DefaultRoles = nil
	if all {
		changed.DefaultRoles = open
	}
	for _, name := range names {
		role := c.Principal(name)
		if role == nil || !slices.Contains(open, role.ID) {
			return notHeld(name, p.Name)
		}
		changed.DefaultRoles = append(changed.DefaultRoles, role.ID)
	}
	slices.Sort(changed.DefaultRoles)
	changed.DefaultRoles = slices.Compact(changed.DefaultRoles)
	return c.put(op, changed)
}

// Activatable lists the roles that a user can make active, ascending: those granted
// to him, to his groups and to everybody. What these hold comes with them.
func Activatable(s *catalog.Snapshot, user principal.ID) []principal.ID {
	var roles []principal.ID
	seen := map[principal.ID]bool{}
	for from, i := []principal.ID{user, catalog.Public}, 0; i < len(from); i++ {
		for _, m := range s.MembershipsOf(from[i]) {
			p := s.PrincipalByID(m.Role)
			if p == nil || seen[p.ID] {
				continue
			}
			seen[p.ID] = true
			switch {
			case p.Kind == catalog.KindRole:
				roles = append(roles, p.ID)
			case !p.Locked:
				from = append(from, p.ID)
			}
		}
	}
	slices.Sort(roles)
	return roles
}

// DefaultSchema is where the logins of an account begin: in its own default schema, or without one in that of a role that
// counts for it, by name the first that has one; "" for none. holders are the account and what counts for it.
func DefaultSchema(s *catalog.Snapshot, account *catalog.Principal, holders []principal.ID) string {
	if account.DefaultSchema != "" {
		return account.DefaultSchema
	}
	var first *catalog.Principal
	for _, id := range holders {
		p := s.PrincipalByID(id)
		if p != nil && p.Kind == catalog.KindRole && p.DefaultSchema != "" && (first == nil || p.Folded < first.Folded) {
			first = p
		}
	}
	if first == nil {
		return ""
	}
	return first.DefaultSchema
}

// SetMandatoryRoles makes exactly these roles every user's. Errors: ErrDenied,
// ErrUnknown.
func (c *Tx) SetMandatoryRoles(names []string) error {
	if !c.heldSystem().Has(privilege.SysAdmin) {
		return &Error{Kind: ErrDenied, Reason: privilege.SysAdmin.String()}
	}
	var want []principal.ID
	for _, name := range names {
		p := c.Principal(name)
		if p == nil || p.Kind != catalog.KindRole {
			return unknownID(name)
		}
		want = append(want, p.ID)
		if err := c.GrantRole(name, catalog.Public, false, 0); err != nil {
			return err
		}
	}
	for _, m := range slices.Clone(c.MembershipsOf(catalog.Public)) {
		if !slices.Contains(want, m.Role) {
			if err := c.DropMembership(catalog.Public, m.Role); err != nil {
				return err
			}
		}
	}
	return nil
}

// quoted is a name as MySQL's messages write accounts.
func quoted(name string) string {
	q := func(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
	return q(name) + "@" + q("%")
}
