package statement

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// simulable are the statements about rights.
var simulable = NewTable(slices.Concat(grantCommands, roleCommands)...)

// errSimulated ends the transaction of a change that was only looked at.
var errSimulated = errors.New("only simulated")

// simulator is a session whose changes of the catalog are undone after looked has
// seen them.
type simulator struct {
	Host
	looked func(before, after *catalog.Snapshot)
}

func (h *simulator) Update(ctx context.Context, change func(*catalog.Tx) error) error {
	before := h.Snapshot()
	err := h.Host.Update(ctx, func(tx *catalog.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		h.looked(before, tx.Snapshot)
		return errSimulated
	})
	if errors.Is(err, errSimulated) {
		return nil
	}
	return err
}

// maySimulate asks for USER ADMIN, since the answer tells who is in roles and groups;
// what the statement needs is asked when it is tried.
func maySimulate(s *Call, _ *dialect.Simulate) error { return s.RequireSystem(privilege.UserAdmin) }

func runSimulate(s *Call, n *dialect.Simulate) ([]sql.Row, error) {
	if s.Outside() != nil {
		for _, g := range simulatedGrantees(n.Statement) {
			if g.Kind == dialect.GranteeLDAPGroup && s.Snapshot().Principal(g.Account.Name) == nil {
				return nil, unknownGroup(g.Account.Name)
			}
		}
	}
	node := simulable.Node(n.Statement)
	var out []sql.Row
	c := &Call{s.Context, &simulator{s.Host, func(before, after *catalog.Snapshot) { out = s.compare(before, after) }}}
	if err := node.decl.need.check(c, n.Statement); err != nil {
		return nil, err
	}
	if node.decl.run == nil {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'SIMULATE of this statement'")
	}
	if _, err := node.decl.run(c, n.Statement); err != nil {
		return nil, err
	}
	return out, nil
}

func simulatedGrantees(stmt dialect.Statement) []dialect.Grantee {
	switch n := stmt.(type) {
	case *dialect.Grant:
		return n.Grantees
	case *dialect.Revoke:
		return n.Grantees
	case *dialect.Deny:
		return n.Grantees
	}
	return nil
}

// compare lists who would gain or lose what, and which views would fail.
func (s *Call) compare(before, after *catalog.Snapshot) []sql.Row {
	objects, now, blind := changedObjects(before, after), s.Time(), s.BlindAdmins()
	var out []sql.Row
	for _, p := range after.Principals() {
		if p.Kind == catalog.KindPublic {
			continue // its users are listed
		}
		was, is := access.As(access.Suppose(before, p.ID, now, blind), nil), access.As(access.Suppose(after, p.ID, now, blind), nil)
		for _, o := range objects {
			database := o.Database
			if o.Kind == privilege.KindDatabase {
				database = o.ID
			}
			on := access.In(o.Kind, o.ID, database)
			a := access.Held(was, on).Intersect(privilege.Valid(o.Kind))
			b := access.Held(is, on).Intersect(privilege.Valid(o.Kind))
			if a == b || !s.mayKnow(o) {
				continue
			}
			for _, change := range []struct {
				what  string
				atoms privilege.Set
			}{{"gains", b.Minus(a)}, {"loses", a.Minus(b)}} {
				if !change.atoms.IsEmpty() {
					names := strings.Join(privilege.Describe(change.atoms, o.Kind), ", ")
					out = append(out, sql.Row{grant.Display(p), change.what, names, grant.Target(after, o)})
				}
			}
		}
	}
	return slices.Concat(out, passed(before, after), s.brokenViews(before, after))
}

// passed lists who would gain or lose the right to pass a role on.
func passed(before, after *catalog.Snapshot) (out []sql.Row) {
	admins := func(s *catalog.Snapshot, p principal.ID) (roles []principal.ID) {
		for _, m := range s.MembershipsOf(p) {
			if m.Admin {
				roles = append(roles, m.Role)
			}
		}
		return roles
	}
	for _, p := range after.Principals() {
		was, is := admins(before, p.ID), admins(after, p.ID)
		for _, role := range is {
			if !slices.Contains(was, role) {
				out = append(out, sql.Row{grant.Display(p), "gains", "ADMIN OPTION", grant.Display(after.PrincipalByID(role))})
			}
		}
		for _, role := range was {
			if !slices.Contains(is, role) {
				out = append(out, sql.Row{grant.Display(p), "loses", "ADMIN OPTION", grant.Display(after.PrincipalByID(role))})
			}
		}
	}
	return out
}

// brokenViews are those that act for a definer who would no longer read what they
// read.
func (s *Call) brokenViews(before, after *catalog.Snapshot) []sql.Row {
	var out []sql.Row
	reads, now, blind := access.One(privilege.Select), s.Time(), s.BlindAdmins()
	for _, db := range after.Databases() {
		for _, o := range after.Objects(db.ID) {
			v := after.ViewByID(o.ID)
			if v == nil || v.Invoker || v.Bound == nil || !s.mayKnow(o) {
				continue
			}
			was, is := access.As(access.Suppose(before, v.Definer, now, blind), nil), access.As(access.Suppose(after, v.Definer, now, blind), nil)
			for _, base := range v.Bound.Relations {
				on := access.In(base.Kind, base.ID, after.Object(base.ID).Database)
				if access.May(was, on, reads, access.Simulate) && !access.May(is, on, reads, access.Simulate) {
					name := ""
					if p := after.PrincipalByID(v.Definer); p != nil {
						name = p.Name
					}
					out = append(out, sql.Row{name, "view fails", "SELECT", grant.Target(after, o)})
					break
				}
			}
		}
	}
	return out
}

// changedObjects are the objects of all grants that differ, and of those to roles
// whose members do.
func changedObjects(before, after *catalog.Snapshot) []catalog.Object {
	ids := map[catalog.ID]bool{}
	add := func(list []*catalog.Grant) {
		for _, g := range list {
			ids[g.Object] = true
		}
	}
	for _, p := range after.Principals() {
		a, b := before.GrantsTo(p.ID), after.GrantsTo(p.ID)
		if !slices.Equal(a, b) {
			add(slices.DeleteFunc(slices.Clone(a), func(g *catalog.Grant) bool { return slices.Contains(b, g) }))
			add(slices.DeleteFunc(slices.Clone(b), func(g *catalog.Grant) bool { return slices.Contains(a, g) }))
		}
		x, y := before.ExceptionsOf(p.ID), after.ExceptionsOf(p.ID)
		if !slices.Equal(x, y) {
			for _, e := range append(slices.Clone(x), y...) {
				ids[e.Object] = true
			}
		}
		for _, role := range changedRoles(before, after, p.ID) {
			for _, holder := range append([]principal.ID{role}, after.Held(role, false)...) {
				add(after.GrantsTo(holder))
				for _, e := range after.ExceptionsOf(holder) {
					ids[e.Object] = true
				}
			}
		}
	}
	var out []catalog.Object
	for id := range ids {
		if o := after.Object(id); o.Kind != privilege.KindNone {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b catalog.Object) int { return int(a.ID) - int(b.ID) })
	return out
}

// changedRoles are the roles and groups that somebody would be put into or taken from.
func changedRoles(before, after *catalog.Snapshot, member principal.ID) []principal.ID {
	was, is := map[principal.ID]bool{}, map[principal.ID]bool{}
	for _, m := range before.MembershipsOf(member) {
		was[m.Role] = true
	}
	for _, m := range after.MembershipsOf(member) {
		is[m.Role] = true
	}
	var out []principal.ID
	for id := range was {
		if !is[id] {
			out = append(out, id)
		}
	}
	for id := range is {
		if !was[id] {
			out = append(out, id)
		}
	}
	return out
}
