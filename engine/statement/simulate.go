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
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// simulable are the statements about rights.
var simulable = NewTable(slices.Concat(grantCommands, roleCommands)...)

// errSimulated ends the transaction of a change that was only looked at.
var errSimulated = errors.New("only simulated")

// simulator is a session whose changes of the catalog are undone. What they would have made is kept, to be
// looked at when others may change the catalog again.
type simulator struct {
	Host
	before, after *catalog.Snapshot
}

func (h *simulator) Update(ctx context.Context, change func(*catalog.Tx) error) error {
	err := h.Host.Update(ctx, func(tx *catalog.Tx) error {
		before := h.Snapshot()
		if err := change(tx); err != nil {
			return err
		}
		if err := h.KeepsRules(tx); err != nil {
			return err
		}
		h.before, h.after = before, tx.Snapshot
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
	tried := &simulator{Host: s.Host}
	c := &Call{s.Context, tried}
	if err := node.decl.need.check(c, n.Statement); err != nil {
		return nil, err
	}
	if node.decl.run == nil {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'SIMULATE of this statement'")
	}
	if _, err := node.decl.run(c, n.Statement); err != nil || tried.after == nil {
		return nil, err
	}
	out := s.compare(tried.before, tried.after)
	return out, s.Err()
}

func simulatedGrantees(stmt dialect.Statement) []dialect.Grantee {
	switch n := stmt.(type) {
	case *dialect.Grant:
		return n.Grantees
	case *dialect.Revoke:
		return n.Grantees
	case *dialect.Deny:
		return n.Grantees
	case *dialect.GrantRoles:
		return n.Grantees
	case *dialect.RevokeRoles:
		return n.Grantees
	case *dialect.GrantSystem:
		return n.Grantees
	case *dialect.RevokeSystem:
		return n.Grantees
	case *dialect.GrantKinds:
		return n.Grantees
	case *dialect.RevokeKinds:
		return n.Grantees
	case *dialect.RevokeAll:
		return n.Grantees
	}
	return nil
}

// maxCompared bounds the rows about who gains and loses what.
const maxCompared = 100_000

// compare lists who would gain or lose what, or have it until another time, and which views would fail. It ends with the
// statement.
func (s *Call) compare(before, after *catalog.Snapshot) []sql.Row {
	objects, now, blind := changedObjects(before, after), s.Time(), s.BlindAdmins()
	objects = slices.DeleteFunc(objects, func(o catalog.Object) bool { return !s.mayKnow(o) })
	var out []sql.Row
	var gained []gain
	for _, p := range after.Principals() {
		if s.Err() != nil {
			return nil
		}
		if len(out) > maxCompared {
			out = append(out[:maxCompared], sql.Row{"", "and more", "", ""})
			break
		}
		for _, o := range objects {
			out = append(out, otherEnds(before, after, p, o)...)
		}
		if p.Kind == catalog.KindPublic {
			continue // its users are listed
		}
		// An account that is locked may not log in, and what acts for it, which may be why it is there, goes on.
		was, is := access.As(access.SupposeStanding(before, p.ID, now, blind), nil), access.As(access.SupposeStanding(after, p.ID, now, blind), nil)
		for _, o := range objects {
			database := o.Database
			if o.Kind == privilege.KindDatabase {
				database = o.ID
			}
			on := access.In(o.Kind, o.ID, database)
			a := privilege.Shown(access.Held(was, on).Intersect(privilege.Valid(o.Kind)), o.Kind)
			b := privilege.Shown(access.Held(is, on).Intersect(privilege.Valid(o.Kind)), o.Kind)
			out = append(out, passesOn(before, after, p, o)...)
			if b.Minus(a) != 0 {
				gained = append(gained, gain{p, o, b.Minus(a)})
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
	return slices.Concat(out, passed(before, after), otherSpans(before, after), s.elevated(after, gained), s.brokenViews(before, after))
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

// gain is what somebody would hold more on an object.
type gain struct {
	who   *catalog.Principal
	on    catalog.Object
	atoms privilege.Set
}

// passesOn says what somebody could pass on then and not before, or no longer.
func passesOn(before, after *catalog.Snapshot, p *catalog.Principal, o catalog.Object) (out []sql.Row) {
	options := func(s *catalog.Snapshot) (all privilege.Set) {
		for _, g := range s.GrantsToOn(p.ID, o.ID) {
			all = all.Union(g.Options)
		}
		return privilege.Shown(all.Minus(s.Exception(p.ID, o.ID).Options).Intersect(privilege.Valid(o.Kind)), o.Kind)
	}
	was, is := options(before), options(after)
	for _, change := range []struct {
		what  string
		atoms privilege.Set
	}{{"may pass on", is.Minus(was)}, {"may no longer pass on", was.Minus(is)}} {
		if !change.atoms.IsEmpty() {
			out = append(out, sql.Row{grant.Display(p), change.what, strings.Join(privilege.Describe(change.atoms, o.Kind), ", "), grant.Target(after, o)})
		}
	}
	return out
}

// maxElevated bounds the rows about what others could do by what somebody gains.
const maxElevated = 1000

// elevated says who else could use what somebody gains: who may act as him, who may pass the role on that he is, and
// what acts for him, whoever may call it. What a program does with it is not looked at; a view is bound to what it reads.
func (s *Call) elevated(after *catalog.Snapshot, gained []gain) (out []sql.Row) {
	behind := map[principal.ID]*users{}
	for _, g := range gained {
		if s.Err() != nil {
			return nil
		}
		u := behind[g.who.ID]
		if u == nil {
			u = s.usersOf(after, g.who)
			behind[g.who.ID] = u
		}
		names, target := strings.Join(privilege.Describe(g.atoms, g.on.Kind), ", "), grant.Target(after, g.on)
		database := g.on.Database
		if g.on.Kind == privilege.KindDatabase {
			database = g.on.ID
		}
		on := access.In(g.on.Kind, g.on.ID, database)
		for _, q := range u.pass {
			out = append(out, sql.Row{grant.Display(q), "may pass on by " + grant.Display(g.who), names, target})
		}
		for _, q := range u.become {
			if more := g.atoms.Minus(access.Held(q.actor, on)); more != 0 {
				out = append(out, sql.Row{grant.Display(q.who), "gains as " + grant.Display(g.who), strings.Join(privilege.Describe(more, g.on.Kind), ", "), target})
			}
		}
		for _, l := range u.lent {
			if l.uses(after, g.on) {
				out = append(out, sql.Row{grant.Display(g.who), "lends to " + l.name, names, target})
			}
		}
		if len(out) > maxElevated {
			return append(out[:maxElevated], sql.Row{"", "and more", "", ""})
		}
	}
	return out
}

// users are those who could use what somebody holds.
type users struct {
	pass   []*catalog.Principal
	become []becoming
	lent   []lending
}

type becoming struct {
	who   *catalog.Principal
	actor access.Actor
}

func (s *Call) usersOf(after *catalog.Snapshot, who *catalog.Principal) *users {
	now, blind, u := s.Time(), s.BlindAdmins(), &users{}
	for _, q := range after.Principals() {
		if q.ID == who.ID || s.Err() != nil {
			continue
		}
		if slices.ContainsFunc(after.MembershipsOf(q.ID), func(m *catalog.Membership) bool { return m.Role == who.ID && m.Admin }) {
			u.pass = append(u.pass, q)
		}
		if q.Kind != catalog.KindUser || who.Kind != catalog.KindUser {
			continue
		}
		actor := access.As(access.Suppose(after, q.ID, now, blind), nil)
		if accounts.MayImpersonate(after, actor, who, access.Simulate) || accounts.MayProxy(after, actor, who, access.Simulate) {
			u.become = append(u.become, becoming{q, actor})
		}
	}
	u.lent = slices.DeleteFunc(lent(after, who), func(l lending) bool { return !s.mayKnow(l.of) })
	return u
}

// lending is something that acts for somebody, as a statement names it, and what one may know of who may know of it.
type lending struct {
	name string
	of   catalog.Object
	view *catalog.View // nil: it may use whatever he holds
}

// uses says whether it may use what he holds on an object.
func (l lending) uses(s *catalog.Snapshot, on catalog.Object) bool {
	return l.view == nil || l.view.Bound == nil || on.Kind == privilege.KindSystem ||
		slices.ContainsFunc(l.view.Bound.Relations, func(r catalog.BoundRelation) bool { return r.ID == on.ID || s.Object(r.ID).Database == on.ID })
}

// lent is what acts for somebody: programs, whatever they do, and views.
func lent(s *catalog.Snapshot, who *catalog.Principal) (out []lending) {
	if who.Kind != catalog.KindUser {
		return nil
	}
	for _, db := range s.Databases() {
		name := func(kind, name string) string { return kind + " " + grant.Quote(db.Name) + "." + grant.Quote(name) }
		for _, v := range s.Views(db.ID) {
			if !v.Invoker && v.Definer == who.ID {
				out = append(out, lending{name("VIEW", v.Name), s.Object(v.ID), v})
			}
		}
		for _, r := range s.Routines(db.ID) {
			if !r.Invoker && r.Definer == who.ID {
				out = append(out, lending{grant.Target(s, s.Object(r.ID)), s.Object(r.ID), nil})
			}
		}
		for _, t := range s.Triggers(db.ID) {
			if t.Definer == who.ID {
				out = append(out, lending{name("TRIGGER", t.Name), s.Object(t.Table), nil})
			}
		}
		for _, e := range s.Events(db.ID) {
			if e.Definer == who.ID {
				out = append(out, lending{name("EVENT", e.Name), s.Object(db.ID), nil})
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
			if s.Err() != nil {
				return nil
			}
			if v == nil || v.Invoker || v.Bound == nil || !s.mayKnow(o) {
				continue
			}
			was, is := access.As(access.SupposeStanding(before, v.Definer, now, blind), nil), access.As(access.SupposeStanding(after, v.Definer, now, blind), nil)
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
