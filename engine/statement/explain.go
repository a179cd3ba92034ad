package statement

import (
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

// The answers to "may he?" and "why?". All of them ask package access, with the
// intents that are no attempt, so nothing of them is recorded as one.

// aboutOther asks for USER ADMIN of who asks about somebody else.
func (s *Call) aboutOther(g *dialect.Grantee) error {
	if g == nil || s.names(*g) {
		return nil
	}
	return s.RequireSystem(privilege.UserAdmin)
}

// subject is whom a question is about, nil for one that does not exist.
func (s *Call) subject(g *dialect.Grantee) (*catalog.Principal, error) {
	if g == nil {
		return s.Snapshot().PrincipalByID(s.Who().ID()), nil
	}
	id, err := s.grantee(s.Snapshot(), *g)
	if err != nil {
		return nil, cannotUser("CHECK", g.Account.Name)
	}
	p := s.Snapshot().PrincipalByID(id)
	if as := s.loginOf(p); as != nil {
		s.Warn(int(sqlerr.UnknownError), "%s logs in as %s, by PROXY: what his sessions may is %s's", p.Name, as.Name, as.Name)
	}
	return p, nil
}

// loginOf is who a user is from his login on, where that is another, for who may know all accounts; nil elsewhere.
func (s *Call) loginOf(p *catalog.Principal) *catalog.Principal {
	if p == nil || p.ID == s.Who().ID() || !s.HasSystem(privilege.UserAdmin) {
		return nil
	}
	return accounts.ProxyOf(s.Snapshot(), p.ID)
}

// rightsOf are those that answer for a principal: a session's own as they are, a
// user's as at his login, those of others by the grants.
func (s *Call) rightsOf(p *catalog.Principal) access.Actor {
	switch {
	case p.ID == s.Who().ID():
		return s.Actor()
	case p.Kind == catalog.KindUser:
		return access.As(s.RightsOf(p.ID), nil)
	}
	return access.As(access.Suppose(s.Snapshot(), p.ID, s.Time(), s.BlindAdmins()), nil)
}

// asked is the object of a question. An object that is missing and one that who asks
// may not know of are one: the error is the same, and so is found.
func (s *Call) asked(on *dialect.Target) (o access.Object, kind privilege.Kind, found bool, err error) {
	if on == nil {
		return access.System(), privilege.KindSystem, true, nil
	}
	snap := s.Snapshot()
	t, err := s.resolveTarget(snap, *on)
	if err != nil {
		number := sqlerr.From(err).Number
		if number == sqlerr.NotSupportedYet || number == sqlerr.Syntax || number == sqlerr.NoDB || s.HasSystem(privilege.SysAdmin) {
			return access.Object{}, 0, false, err
		}
		return access.Object{}, 0, false, sqlerr.DeniedObject("CHECK", s.Who().Name(), on.Name)
	}
	switch t.kind {
	case privilege.KindSystem:
		o = access.System()
	case privilege.KindDatabase:
		o = access.Database(t.id)
	case privilege.KindUser:
		o = accounts.AsObject(principal.ID(t.id))
	default:
		o = access.In(t.kind, t.id, snap.Object(t.id).Database)
	}
	return o, t.names(), true, nil
}

func mayCheck(s *Call, n *dialect.Check) error { return s.aboutOther(n.For) }

func runCheck(s *Call, n *dialect.Check) ([]sql.Row, error) {
	who, err := s.subject(n.For)
	if who == nil {
		if n.IfExists {
			return answer(false), nil
		}
		return nil, err
	}
	if n.Role != nil {
		return s.checkRole(n, who)
	}
	if n.On != nil {
		meant, err := s.meant(s.Snapshot(), *n.On, []dialect.Privilege{*n.Privilege})
		if err != nil {
			return nil, err
		}
		n.On = &meant
	}
	on, kind, _, err := s.asked(n.On)
	if err != nil {
		if number := sqlerr.From(err).Number; n.IfExists && number != sqlerr.NotSupportedYet && number != sqlerr.Syntax {
			return answer(false), nil
		}
		return nil, err
	}
	want, err := expand([]dialect.Privilege{*n.Privilege}, kind, n.On != nil && s.saysMore(*n.On), true, false)
	if err != nil {
		return nil, err
	}
	intent := access.Simulate
	if who.ID == s.Who().ID() {
		intent = access.Explain
	}
	return answer(access.May(s.rightsOf(who), on, access.All(want[0].Atoms), intent)), nil
}

// checkRole says whether somebody holds a role or group, through others, too. Who
// administers nobody learns of a name that there is no such thing only when it is his.
func (s *Call) checkRole(n *dialect.Check, who *catalog.Principal) ([]sql.Row, error) {
	name, err := accountName(*n.Role)
	if err != nil {
		return nil, err
	}
	snap := s.Snapshot()
	role := snap.Principal(name)
	if role == nil || role.Kind == catalog.KindUser {
		if n.IfExists || !s.HasSystem(privilege.UserAdmin) {
			return answer(false), nil
		}
		return nil, cannotUser("CHECK ROLE", name).WithHint("there is no role or group of that name")
	}
	for _, id := range snap.Held(who.ID, false) {
		if id == role.ID {
			return answer(true), nil
		}
	}
	return answer(role.ID == catalog.Public && who.Kind == catalog.KindUser), nil
}

func answer(yes bool) []sql.Row {
	if yes {
		return []sql.Row{{"YES"}}
	}
	return []sql.Row{{"NO"}}
}

func mayShowEffective(s *Call, n *dialect.ShowEffective) error { return s.aboutOther(n.For) }

// runShowEffective lists what a principal may do, object by object: the outcome, with
// whoever it comes through.
func runShowEffective(s *Call, n *dialect.ShowEffective) ([]sql.Row, error) {
	who, err := s.subject(n.For)
	if who == nil {
		return nil, err
	}
	snap := s.Snapshot()
	sources := access.Suppose(snap, who.ID, s.Time(), s.BlindAdmins())
	objects := objectsOf(snap, sources.Holders())
	if n.On != nil {
		on, _, _, err := s.asked(n.On)
		if err != nil {
			return nil, err
		}
		objects = []catalog.Object{snap.Object(on.ID())}
	}
	var out []sql.Row
	for _, o := range objects {
		if !s.mayKnow(o) {
			continue
		}
		database := o.Database
		if o.Kind == privilege.KindDatabase {
			database = o.ID
		}
		held := access.Held(s.rightsOf(who), access.In(o.Kind, o.ID, database)).Intersect(privilege.Valid(o.Kind))
		if held = privilege.Shown(held, o.Kind); held.IsEmpty() {
			continue
		}
		for _, name := range privilege.Describe(held, o.Kind) {
			atoms, err := privilege.Expand(name, o.Kind, false)
			if err != nil {
				continue
			}
			out = append(out, sql.Row{grant.Display(who), name, grant.Target(snap, o), via(snap, sources, atoms, o, database)})
		}
	}
	return out, nil
}

// objectsOf lists what somebody of the holders was granted something on.
func objectsOf(snap *catalog.Snapshot, holders []principal.ID) []catalog.Object {
	seen := map[catalog.ID]bool{}
	var out []catalog.Object
	for _, holder := range holders {
		for _, g := range snap.GrantsTo(holder) {
			if !seen[g.Object] {
				seen[g.Object] = true
				out = append(out, snap.Object(g.Object))
			}
		}
		for _, e := range snap.ExceptionsOf(holder) { // where less is held than on what it is in
			if !seen[e.Object] {
				seen[e.Object] = true
				out = append(out, snap.Object(e.Object))
			}
		}
	}
	return out
}

// via names whose grants give some of the atoms on an object.
func via(snap *catalog.Snapshot, h *access.Hypothetical, atoms privilege.Set, o catalog.Object, database catalog.ID) string {
	var out []string
	for _, holder := range h.Holders() {
		name := "direct"
		if holder != h.Principal() {
			name = grant.Through(snap, h.Principal(), holder)
		}
		if h.From(holder, o.ID, database).HasAny(atoms) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// through says by whose grants somebody holds what was asked of an object, if they are not his own alone.
func (s *Call) through(snap *catalog.Snapshot, who principal.ID, o catalog.Object, atoms privilege.Set) string {
	database := o.Database
	if o.Kind == privilege.KindDatabase {
		database = o.ID
	}
	if by := via(snap, access.SupposeStanding(snap, who, s.Time(), s.BlindAdmins()), atoms, o, database); by != "" && by != "direct" {
		return ", through " + by
	}
	return ""
}

// mayKnow says whether who asks may know of an object.
func (s *Call) mayKnow(o catalog.Object) bool {
	switch o.Kind {
	case privilege.KindSystem:
		return true
	case privilege.KindUser:
		return s.HasSystem(privilege.UserAdmin) || access.May(s.Actor(), accounts.AsObject(principal.ID(o.ID)), access.Anything(), access.List)
	case privilege.KindDatabase:
		return s.seesDatabase(o.ID)
	}
	return access.May(s.Actor(), access.In(o.Kind, o.ID, o.Database), access.Any(privilege.About(o.Kind)), access.List)
}

// mayExplain lets who may act as somebody ask what he may do: he could try.
func mayExplain(s *Call, n *dialect.ExplainSecurity) error {
	if n.For == nil || n.For.Current {
		return nil
	}
	name, err := accountName(*n.For)
	if err != nil {
		return err
	}
	p := s.Snapshot().Principal(name)
	if s.HasSystem(privilege.SysAdmin) && p != nil && p.Kind == catalog.KindUser { // with or without access to data: nothing is run
		return nil
	}
	if p != nil && p.ID == s.Who().ID() || accounts.MayImpersonate(s.Snapshot(), s.Actor(), p, access.Explain) {
		return nil
	}
	if s.HasSystem(privilege.SysAdmin) && (p == nil || p.Kind != catalog.KindUser) {
		return cannotUser("EXPLAIN SECURITY", name)
	}
	return sqlerr.DeniedSystem(privilege.SysAdmin.String() + ", " + privilege.Impersonate.String())
}

// runExplainSecurity shows what a statement asks for. Objects that it reaches through
// views, which who asks may not know of, have no names.
func runExplainSecurity(s *Call, n *dialect.ExplainSecurity) ([]sql.Row, error) {
	who := s.Snapshot().PrincipalByID(s.Who().ID())
	if n.For != nil && !n.For.Current {
		name, err := accountName(*n.For)
		if err != nil {
			return nil, err
		}
		who = s.Snapshot().Principal(name)
	}
	if who == nil {
		return nil, cannotUser("EXPLAIN SECURITY", "")
	}
	if who.Locked {
		return []sql.Row{{"NO", who.Name, "the account is locked: it may not log in, and nobody may act as it"}}, nil
	}
	var out []sql.Row
	if as := s.loginOf(who); as != nil && s.HasSystem(privilege.SysAdmin) { // who asks for another's leave to act as him would be himself
		if !accounts.MayProxy(s.Snapshot(), access.As(s.RightsOf(who.ID), nil), as, access.Explain) {
			return []sql.Row{{"NO", who.Name, "his logins are refused: he is " + as.Name + " by PROXY, who is deactivated, or it is denied to him"}}, nil
		}
		out = append(out, sql.Row{"YES", who.Name, "logs in as " + as.Name + ", by PROXY"})
		who = as
	}
	decisions, refused := s.ExplainAs(s.Context, who, n.Text)
	if u, unsaid := isUnsaid(refused); unsaid {
		return nil, u.said
	}
	snap, before, said := s.Snapshot(), len(out), false
	for _, d := range decisions {
		allowed := "NO"
		if d.Allowed() {
			allowed = "YES"
		}
		reason := "a right on an object that is not shown to you"
		if o := snap.Object(d.Object().ID()); s.mayKnow(o) && o.Kind != privilege.KindNone {
			reason = d.Reason(snap)
			if who := d.Actor().Principal(); d.Allowed() && !d.Object().Own() && (who == s.Who().ID() || s.HasSystem(privilege.UserAdmin)) { // whose roles are no secret from who asks
				reason += s.through(snap, who, o, d.Wanted().Atoms())
			}
		} else if !d.Allowed() && refused != nil {
			continue // the refusal below is what he hears of what does not exist as well
		}
		name := ""
		if p := snap.PrincipalByID(d.Actor().Principal()); p != nil && (p.ID == who.ID || s.HasSystem(privilege.UserAdmin)) {
			name = p.Name
		}
		said = said || !d.Allowed()
		out = append(out, sql.Row{allowed, name, reason})
	}
	if refused != nil && !said { // what was allowed before it, in the order in which things are asked, would tell what is hidden from what is missing
		out = out[:before]
	}
	if refused != nil {
		return append(out, sql.Row{"NO", who.Name, told(refused).Message}), nil
	}
	return append(out, sql.Row{"YES", who.Name, "the statement may be sent"}), nil
}
