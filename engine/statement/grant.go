package statement

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// target is a resolved ON clause.
type target struct {
	id   catalog.ID
	kind privilege.Kind
	name string         // as shown in messages
	of   privilege.Kind // of a scope: whose names of privileges count
	// builtIn is the privilege that EXECUTE is on a procedure of the server's own.
	builtIn privilege.Atom
	// absent is what there is to say of a name that nothing has, where nothing was taken
	// by it either.
	absent error
}

// everyOne says whether a target is all objects of a kind.
func (t target) everyOne() bool {
	return t.of != privilege.KindNone && t.of != privilege.KindDatabase
}

// names is whose names of privileges count on a target.
func (t target) names() privilege.Kind {
	if t.of != privilege.KindNone {
		return t.of
	}
	return t.kind
}

func runGrant(s *Call, n *dialect.Grant) ([]sql.Row, error) {
	until, err := s.until(n.End)
	if err != nil {
		return nil, err
	}
	req := grant.Request{GrantOption: n.GrantOption, Until: until}
	return nil, s.changeGrants(n.Target, n.Privileges, n.Grantees, false, req)
}

func runRevoke(s *Call, n *dialect.Revoke) ([]sql.Row, error) {
	req := grant.Request{
		Revoke: true, Denial: n.Denial, GrantOption: n.GrantOptionFor, IfExists: n.IfExists,
		Restrict: n.Behaviour == dialect.Restrict, Partial: PartialRevokes(),
	}
	return nil, s.changeGrants(n.Target, n.Privileges, n.Grantees, n.IgnoreUnknownUser, req)
}

func runDeny(s *Call, n *dialect.Deny) ([]sql.Row, error) {
	until, err := s.until(n.End)
	if err != nil {
		return nil, err
	}
	return nil, s.changeGrants(n.Target, n.Privileges, n.Grantees, false, grant.Request{Denial: true, Until: until})
}

// PartialRevokesVariable says whether REVOKE on a database takes there what somebody
// was granted on the system.
const PartialRevokesVariable = "partial_revokes"

// PartialRevokes is its value.
func PartialRevokes() bool {
	_, value, ok := sql.SystemVariables.GetGlobal(PartialRevokesVariable)
	return ok && fmt.Sprint(value) == "1"
}

// until is when a grant ends, in microseconds since 1970; 0 is never. A time is that
// of the session's zone.
func (s *Call) until(e *dialect.End) (int64, error) {
	if e == nil {
		return 0, nil
	}
	now := s.Time()
	at, fits := later(now, e)
	if !fits {
		return 0, sqlerr.WrongValue.Errorf("Incorrect DATETIME value: 'FOR %d %sS'", e.Amount, e.Unit).WithHint("times end with the year 9999; without FOR it has no end")
	}
	if e.Until != "" {
		var err error
		for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", time.RFC3339Nano, "2006-01-02 15:04", time.DateOnly} {
			if at, err = time.ParseInLocation(layout, e.Until, s.Zone()); err == nil {
				break
			}
		}
		if err != nil {
			return 0, sqlerr.WrongValue.Errorf("Incorrect DATETIME value: '%s'", e.Until).WithHint("write VALID UNTIL '2030-12-31 18:00:00', or FOR 2 HOURS")
		}
	}
	if !at.After(now) || at.UTC().Year() > 9999 {
		return 0, sqlerr.WrongValue.Errorf("Incorrect DATETIME value: '%s': it is no time to come", at.Format(time.DateTime))
	}
	return at.UnixMicro(), nil
}

// units are of so many seconds.
var units = map[string]int64{"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 7 * 86400}

// later is now and as long as FOR says, in seconds: a time.Duration ends after 292 years, and began anew. Beyond the
// year 9999 no time fits.
func later(now time.Time, e *dialect.End) (at time.Time, fits bool) {
	last := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - 1
	if unit := units[e.Unit]; unit != 0 && int64(e.Amount) > (last-now.Unix())/unit {
		return time.Time{}, false
	}
	return time.Unix(now.Unix()+int64(e.Amount)*units[e.Unit], int64(now.Nanosecond())).In(now.Location()), true
}

func (s *Call) changeGrants(on dialect.Target, privs []dialect.Privilege, to []dialect.Grantee, skipUnknown bool, req grant.Request) error {
	return s.changeAll([]piece{{on: on, privileges: privs}}, to, skipUnknown, req)
}

// changeAll carries out the pieces of one statement, all or none.
func (s *Call) changeAll(pieces []piece, to []dialect.Grantee, skipUnknown bool, req grant.Request) error {
	for _, p := range pieces {
		if long := sqlerr.LongName(p.on.Database, p.on.Name); long != nil && !req.Revoke && p.on.Kind != dialect.KindUser { // patterns as they are written
			return long
		}
	}
	var notes grant.Notes
	change := func(tx *catalog.Tx) error {
		notes = nil
		pieces, err := s.apart(tx.Snapshot, pieces, to, req)
		if err != nil {
			return err
		}
		several, err := s.takeBack(tx, pieces, to, skipUnknown, req)
		if err != nil {
			return err
		}
		notes = several
		for _, p := range pieces {
			if p.several && req.Revoke {
				continue
			}
			more, err := s.changeOne(tx, p, to, skipUnknown, req)
			if err != nil {
				return err
			}
			notes = append(notes, more...)
		}
		return nil
	}
	var err error
	if !req.Revoke && s.Outside() != nil && namesGroups(to) {
		err = s.withOutsideGroups(to, change)
	} else {
		err = s.Update(s.Context, change)
	}
	s.warn(notes)
	return err
}

// takeBack revokes on each of several objects that one name stands for. Some may be newer than the grant, so it is
// an error of a grantee alone who holds it on none of them.
func (s *Call) takeBack(tx *catalog.Tx, pieces []piece, from []dialect.Grantee, skipUnknown bool, req grant.Request) (notes grant.Notes, err error) {
	pieces = slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool { return !p.several || !req.Revoke })
	for _, g := range from {
		taken, none := false, error(nil)
		for _, p := range pieces {
			more, err := s.changeOne(tx, p, []dialect.Grantee{g}, skipUnknown, req)
			var e *sqlerr.Error
			switch {
			case errors.As(err, &e) && (e.Number == sqlerr.NonexistingTableGrant || e.Number == sqlerr.NonexistingGrant):
				none = err
			case err != nil:
				return nil, err
			default:
				taken, notes = true, append(notes, more...)
			}
		}
		if none != nil && !taken {
			return nil, none
		}
	}
	return notes, nil
}

func (s *Call) changeOne(tx *catalog.Tx, p piece, to []dialect.Grantee, skipUnknown bool, req grant.Request) (grant.Notes, error) {
	var t target
	var err error
	if p.on, err = s.meant(tx.Snapshot, p.on, p.privileges); err != nil {
		return nil, err
	}
	if p.byName {
		t, err = s.newTableTarget(tx, p.on)
	} else if t, err = s.targetOf(tx, p.on, to, req); err != nil {
		t, err = s.namedTarget(tx, p, to, req, err)
	}
	if err != nil {
		return nil, err
	}
	req.Object, req.Kind = t.id, t.kind
	if req.Privileges, err = expand(p.privileges, t.names(), s.saysMore(p.on), req.Revoke, t.everyOne()); err != nil {
		return nil, err
	}
	if err := t.onBuiltIn(req.Privileges); err != nil {
		return nil, err
	}
	if usageOnly(p.privileges) && !s.HasSystem(privilege.UserAdmin) {
		// It gives nothing, so it need not look for who gets it: who may not list
		// the accounts would hear which there are.
		return nil, errors.Join(s.mayGrantUsage(tx, t, req), grant.DropUnused(tx, t.id))
	}
	if req.Grantees, err = s.grantees(tx.Snapshot, to, skipUnknown); err != nil {
		return nil, s.unknownGrantee(tx, err, t, req)
	}
	if len(req.Grantees) == 0 {
		return nil, grant.DropUnused(tx, t.id)
	}
	notes, err := s.apply(tx, req)
	if t.absent != nil && errors.Is(err, grant.ErrNotGranted) {
		return nil, t.absent
	}
	if err != nil {
		return nil, s.grantError(err, t, req)
	}
	if t.kind.IsRelation() && !req.Revoke && slices.ContainsFunc(p.privileges, func(v dialect.Privilege) bool { return v.Name == "EXECUTE" }) {
		notes = append(notes, "EXECUTE on "+t.name+" is SELECT and METADATA: it is no routine")
	}
	if req.Revoke && !req.Denial {
		notes = append(notes, s.keptOfWord(tx.Snapshot, p, t, req.Grantees)...)
	}
	if t.kind == privilege.KindSystem && !req.Revoke && !req.Denial {
		notes = append(notes, shared(tx.Snapshot, req.Grantees)...)
	}
	return notes, grant.DropUnused(tx, t.id)
}

// apply carries a request out. PROXY is granted by who has logged in, as in MySQL: who may pass it on acts as somebody
// else. And it says who another's logins are, as who changes that account does.
func (s *Call) apply(tx *catalog.Tx, req grant.Request) (grant.Notes, error) {
	by, who := s.grantor(), s.Who()
	proxies := req.Kind == privilege.KindUser && slices.ContainsFunc(req.Privileges, func(p grant.Privilege) bool { return p.Atoms.Has(privilege.Proxy) })
	if login, holders := s.Proxy(); proxies && len(holders) > 0 {
		by, who = grant.Actor{ID: holders[0], Via: holders[1:]}, login
	}
	notes, err := grant.Apply(tx, by, req)
	if err != nil || !proxies || req.Revoke || req.Denial {
		return notes, err
	}
	for _, id := range req.Grantees {
		if err := s.Accounts().In(tx, who).MayBeProxy(id, principal.ID(req.Object)); err != nil {
			return nil, err
		}
	}
	return notes, nil
}

// keptOfWord tells who keeps what ALTER with the word for its object gave by LeanXcale's reading, when REVOKE of the same words is read as
// MySQL's, and takes ALTER alone. That he may pass rights on is a part of it which nothing of MySQL's gives.
func (s *Call) keptOfWord(snap *catalog.Snapshot, p piece, t target, from []principal.ID) (notes grant.Notes) {
	if p.on.Kind == dialect.KindNone || !s.speaks(KeywordVariable, "mysql") || !slices.ContainsFunc(p.privileges, func(v dialect.Privilege) bool { return v.Name == "ALTER" }) {
		return nil
	}
	gave, err := privilege.Expand("ALTER", t.names(), true)
	if err != nil {
		return nil
	}
	for _, id := range from {
		var kept privilege.Set
		for _, g := range snap.GrantsToOn(id, t.id) {
			kept = kept.Union(g.Atoms.Intersect(gave))
		}
		if who := snap.PrincipalByID(id); who != nil && kept.Has(privilege.Grant) {
			notes = append(notes, who.Name+" keeps "+strings.Join(privilege.Describe(kept, t.names()), ", ")+" on "+t.name+", as GRANT ALTER gives them where alter_keyword_dialect is leanxcale, and REVOKE ALTER there takes them")
		}
	}
	return notes
}

// shared tells who gives an account rights on the system which others may act as that they get them, too.
func shared(snap *catalog.Snapshot, to []principal.ID) (notes grant.Notes) {
	for _, id := range to {
		for _, g := range snap.GrantsOn(catalog.ID(id)) {
			if by := snap.PrincipalByID(g.Grantee); by != nil && g.Atoms.HasAny(privilege.Becoming) && g.Kind == privilege.KindUser {
				notes = append(notes, by.Name+" may act as "+snap.PrincipalByID(id).Name+" ("+strings.Join(privilege.Describe(g.Atoms, g.Kind), ", ")+"), and so uses these rights, too")
			}
		}
	}
	return notes
}

func usageOnly(privs []dialect.Privilege) bool {
	for _, p := range privs {
		if !strings.EqualFold(p.Name, "USAGE") {
			return false
		}
	}
	return len(privs) > 0
}

// mayGrantUsage answers as if the grantee existed.
func (s *Call) mayGrantUsage(tx *catalog.Tx, t target, req grant.Request) error {
	req.Grantees = []principal.ID{s.Who().ID()}
	_, err := grant.Apply(tx, s.grantor(), req)
	return s.grantError(err, t, req)
}

// unknownGrantee is the answer to a name that nobody has: who may not grant here
// hears what he would hear of an account that exists, or he
// could ask for all names. tx ends with the error, and with it what is tried.
func (s *Call) unknownGrantee(tx *catalog.Tx, unknown error, t target, req grant.Request) error {
	if s.HasSystem(privilege.UserAdmin) {
		return unknown // he may list the accounts
	}
	revoke := req.Revoke
	req.Revoke, req.GrantOption, req.Grantees = false, false, []principal.ID{catalog.Root}
	_, err := grant.Apply(tx, s.grantor(), req)
	if err == nil {
		return unknown
	}
	req.Revoke = revoke
	return s.grantError(err, t, req)
}

func (s *Call) warn(notes grant.Notes) {
	for _, note := range notes {
		s.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.UnknownError), Message: note})
	}
}

// grantor is who runs the statement, with all that counts for him: his active
// roles and his groups, as the bucket counts them, and PUBLIC.
func (s *Call) grantor() grant.Actor {
	holders := s.Holders()
	if len(holders) == 0 {
		return grant.Actor{}
	}
	return grant.Actor{ID: holders[0], Via: holders[1:]}
}

// KeywordVariable says what ALTER is beside the word for what it is granted on: LeanXcale's right to
// administer that, or MySQL's ALTER TABLE, as it is without the word.
const KeywordVariable = "alter_keyword_dialect"

// saysMore: beside the word for a table, sequence or schema ALTER is the right to
// administer it, unless the session reads it as MySQL does. A routine has no other form, so there it is ALTER.
func (s *Call) saysMore(t dialect.Target) bool {
	return !s.speaks(KeywordVariable, "mysql") && t.Kind != dialect.KindNone && t.Kind != dialect.KindProcedure && t.Kind != dialect.KindFunction && t.Scope != dialect.ScopeAll
}

// expand turns the names of a statement into atoms of the object's kind. What would
// open nothing can be revoked, as far as an earlier version let it be granted. On all objects of a kind there is the
// right to make some.
func expand(privs []dialect.Privilege, kind privilege.Kind, keyword, revoke, everyOne bool) ([]grant.Privilege, error) {
	out := make([]grant.Privilege, 0, len(privs))
	for _, p := range privs {
		if len(p.Columns) > 0 {
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'column privileges'")
		}
		atoms, err := privilege.Expand(p.Name, kind, keyword)
		makes := everyOne && (p.Name == "CREATE" || p.Name == "CREATE VIEW")
		opens := revoke || makes || privilege.Opens(p.Name, kind, keyword)
		switch {
		case !opens && err == nil, (!opens || errors.Is(err, privilege.ErrUnknownName)) && !errors.Is(err, privilege.ErrWrongKind) && privilege.KnownElsewhere(p.Name):
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'the privilege %s'", p.Name).
				WithHint("it would open nothing; docs/generated/privileges.md lists those of the system")
		case errors.Is(err, privilege.ErrUnknownName) && kind == privilege.KindSystem && strings.Contains(p.Name, "_"):
			return nil, sqlerr.DynamicPrivilegeNotRegistered.Errorf("Dynamic privilege '%s' is not registered with the server.", p.Name)
		case errors.Is(err, privilege.ErrUnknownName):
			return nil, sqlerr.Syntax.Errorf("You have an error in your SQL syntax: unknown privilege '%s'", p.Name)
		case err != nil:
			return nil, sqlerr.IllegalGrantForTable.Errorf("Illegal GRANT/REVOKE command: %s does not apply to a %s", p.Name, strings.ToLower(kind.String()))
		}
		out = append(out, grant.Privilege{Name: p.Name, Atoms: atoms})
	}
	return out, nil
}

// grantees resolves the names after TO or FROM. All must exist: nothing is
// granted to anyone otherwise.
func (s *Call) grantees(snap *catalog.Snapshot, list []dialect.Grantee, skipUnknown bool) ([]principal.ID, error) {
	var out []principal.ID
	for _, g := range list {
		id, err := s.grantee(snap, g)
		if err != nil && skipUnknown {
			s.Warn(int(sqlerr.UserDoesNotExist), "%s", told(err).Message)
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

func (s *Call) grantee(snap *catalog.Snapshot, g dialect.Grantee) (principal.ID, error) {
	switch {
	case g.Kind == dialect.GranteePublic:
		return catalog.Public, nil
	case g.Kind == dialect.GranteeLDAPGroup:
		return groupNamed(snap, g.Account.Name)
	case g.Account.Current:
		return s.Who().ID(), nil
	}
	name, err := accountName(g.Account)
	if err != nil {
		return 0, err
	}
	p := snap.Principal(name)
	if g.Account.External && p != nil && !p.Outside() {
		p, name = nil, "@"+name // an account of this database is no other's
	}
	wrongKind := p != nil && (g.Kind == dialect.GranteeUser && p.Kind != catalog.KindUser || g.Kind == dialect.GranteeRole && p.Kind != catalog.KindRole)
	if p == nil || wrongKind {
		e := sqlerr.CantCreateUserWithGrant.Errorf("You are not allowed to create a user with GRANT: '%s' does not exist", name)
		if s.HasSystem(privilege.UserAdmin) {
			e = e.WithHint("create it first: CREATE USER %s IDENTIFIED BY '…'", name)
		}
		return 0, e
	}
	return p.ID, nil
}

// groupNamed finds a group. The name is a name and nothing else: no pattern and
// no filter of a directory is looked up with it. A group of the directory is
// found by what the directory takes for its name only.
func groupNamed(snap *catalog.Snapshot, name string) (principal.ID, error) {
	if p := snap.Principal(name); p != nil && p.Kind == catalog.KindGroup && (!p.Outside() || accounts.IsOutsideGroup(p, name)) {
		return p.ID, nil
	}
	return 0, unknownGroup(name)
}

// resolveTarget finds the object of an ON clause. A name alone is the table of
// the current database or a database; when it could be both, the statement must
// say which (C2): guessing the wider one would be an escalation.
func (s *Call) resolveTarget(snap *catalog.Snapshot, t dialect.Target) (target, error) {
	switch t.Scope {
	case dialect.ScopeGlobal:
		return wide("*.*"), nil
	case dialect.ScopeDatabase:
		return s.databaseTarget(snap, t.Database)
	case dialect.ScopeStar:
		switch t.Kind {
		case dialect.KindNone:
			if s.GetCurrentDatabase() == "" {
				return target{}, sqlerr.NoDB.Errorf("No database selected")
			}
			return s.databaseTarget(snap, s.GetCurrentDatabase())
		case dialect.KindUser:
			return wide("all users"), nil
		case dialect.KindSchema:
			return wide("all schemas"), nil
		}
		return s.scopeTarget(snap, t)
	case dialect.ScopeAll:
		return s.scopeTarget(snap, t)
	}
	switch t.Kind {
	case dialect.KindSchema:
		return s.databaseTarget(snap, t.Name)
	case dialect.KindTable, dialect.KindView, dialect.KindNone:
		return s.relationTarget(snap, t)
	case dialect.KindProcedure, dialect.KindFunction:
		return s.routineTarget(snap, t)
	case dialect.KindSequence:
		return s.sequenceTarget(snap, t)
	case dialect.KindUser:
		return s.userTarget(snap, t)
	}
	return target{}, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'ON %s'", t.Kind)
}

// userTarget finds an account to act as. Who may not grant that hears the same of
// every name.
func (s *Call) userTarget(snap *catalog.Snapshot, t dialect.Target) (target, error) {
	name, err := accountName(dialect.Account{Name: t.Name, Host: t.Host})
	if err != nil {
		return target{}, err
	}
	p := snap.Principal(name)
	switch {
	case p != nil && p.Kind == catalog.KindUser:
		return target{id: catalog.ID(p.ID), kind: privilege.KindUser, name: p.Name}, nil
	case s.HasSystem(privilege.SysAdmin):
		return target{}, cannotUser("GRANT", name)
	}
	return target{}, sqlerr.DeniedSystem(privilege.SysAdmin.String())
}

func (s *Call) databaseTarget(snap *catalog.Snapshot, name string) (target, error) {
	db := snap.Database(name)
	if db == nil || !s.seesDatabase(db.ID) {
		if s.HasSystem(privilege.SysAdmin) {
			return target{}, sqlerr.BadDB.Errorf("Unknown database '%s'", name)
		}
		return target{}, sqlerr.DeniedDatabase(s.Who().Name(), name)
	}
	return target{id: db.ID, kind: privilege.KindDatabase, name: db.Name}, nil
}

func (s *Call) relationTarget(snap *catalog.Snapshot, t dialect.Target) (target, error) {
	database := t.Database
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	db := snap.Database(database)
	var named catalog.Object
	if db != nil {
		named = snap.Relation(db.ID, t.Name)
	}
	seen := named.ID != 0 && s.sees(named.Kind, named.ID, db.ID)
	if t.Kind == dialect.KindNone && t.Database == "" {
		schema := snap.Database(t.Name)
		switch {
		case seen && schema != nil && s.seesDatabase(schema.ID):
			return target{}, sqlerr.Syntax.Errorf("'%s' is ambiguous: it is a table of %s and a schema", t.Name, database).
				WithHint("write ON TABLE %s or ON SCHEMA %s", t.Name, t.Name)
		case !seen && schema != nil:
			return s.databaseTarget(snap, t.Name)
		}
	}
	if db == nil && database == "" {
		return target{}, sqlerr.NoDB.Errorf("No database selected")
	}
	shown := database + "." + t.Name
	switch {
	case seen && t.Kind == dialect.KindView && named.Kind != privilege.KindView:
		return target{}, sqlerr.WrongObject.Errorf("'%s' is not VIEW", shown)
	case seen:
		return target{id: named.ID, kind: named.Kind, name: shown}, nil
	case db != nil && s.holdsOn(db.ID), db == nil && s.mayKnowMissing(snap, database): // what is not there and what he may not know of are one
		return target{}, sqlerr.NoSuchTable.Errorf("Table '%s' doesn't exist", shown)
	}
	return target{}, sqlerr.DeniedObject("GRANT", s.Who().Name(), t.Name)
}

func (s *Call) routineTarget(snap *catalog.Snapshot, t dialect.Target) (target, error) {
	database := t.Database
	if database == "" {
		database = s.GetCurrentDatabase()
	}
	if catalog.SameName(database, "sys") && strings.EqualFold(t.Name, "refresh_ldap_group") && t.Kind == dialect.KindProcedure {
		return target{id: catalog.System, kind: privilege.KindSystem, name: "sys." + t.Name, of: privilege.KindRoutine, builtIn: privilege.RefreshGroup}, nil
	}
	if db := snap.Database(database); db != nil && s.seesDatabase(db.ID) {
		if r := snap.Routine(db.ID, t.Name, t.Kind == dialect.KindFunction); r != nil && s.sees(privilege.KindRoutine, r.ID, db.ID) {
			return target{id: r.ID, kind: privilege.KindRoutine, name: database + "." + t.Name}, nil
		}
		return target{}, sqlerr.SPDoesNotExist.Errorf("%s %s.%s does not exist", t.Kind, database, t.Name)
	} else if db == nil && database != "" && s.mayKnowMissing(snap, database) {
		return target{}, sqlerr.SPDoesNotExist.Errorf("%s %s.%s does not exist", t.Kind, database, t.Name)
	}
	return target{}, sqlerr.ProcAccessDenied.Errorf("grant command denied to user '%s' for routine '%s.%s'", s.Who().Name(), database, t.Name).Lacking("GRANT", "routine "+database+"."+t.Name)
}

// onBuiltIn makes of the privileges of a routine the one that a procedure of the server's own has.
func (t target) onBuiltIn(list []grant.Privilege) error {
	for i := range list {
		if t.builtIn == 0 || list[i].Atoms == 0 {
			continue
		}
		if !list[i].Atoms.Has(privilege.Execute) {
			return sqlerr.IllegalGrantForTable.Errorf("Illegal GRANT/REVOKE command: %s does not apply to a procedure of the server", list[i].Name)
		}
		list[i].Atoms = privilege.Of(t.builtIn)
	}
	return nil
}

// mayKnowMissing says whether the actor may know that there is no database of a name. What is in those of the server's own
// nobody grants.
func (s *Call) mayKnowMissing(snap *catalog.Snapshot, database string) bool {
	return !isVirtual(snap, database) && (s.HasSystem(privilege.SysAdmin) || s.HasSystem(privilege.AssignPrivileges))
}

// seesDatabase says whether the actor may know that a database exists. Who has ASSIGN
// PRIVILEGES may name them all.
func (s *Call) seesDatabase(id catalog.ID) bool {
	return s.HasSystem(privilege.AssignPrivileges) || access.May(s.Actor(), access.Inside(id), access.Anything(), access.List)
}

// holdsOn says whether the actor holds something about relations on a database itself, and so
// may know what is in it.
func (s *Call) holdsOn(id catalog.ID) bool {
	return s.HasSystem(privilege.AssignPrivileges) || access.May(s.Actor(), access.Database(id), access.Any(privilege.About(privilege.KindTable)), access.List)
}

// sees says whether the actor may know that something in a database exists.
func (s *Call) sees(kind privilege.Kind, id, database catalog.ID) bool {
	return s.HasSystem(privilege.AssignPrivileges) || access.May(s.Actor(), access.In(kind, id, database), access.Any(privilege.About(kind)), access.List)
}

// grantError words what package grant refused.
func (s *Call) grantError(err error, t target, req grant.Request) error {
	verb := "GRANT"
	switch {
	case req.Revoke:
		verb = "REVOKE"
	case req.Denial:
		verb = "DENY"
	}
	switch {
	case errors.Is(err, grant.ErrThroughRole):
		return sqlerr.DeniedSystem("SYSTEM ADMIN").WithHint("what he may pass on through a role or a group he gives to others: to himself it would be left when that is taken from him")
	case errors.Is(err, grant.ErrMayNotGrant):
		if t.kind == privilege.KindSystem || t.kind == privilege.KindUser || t.everyOne() && t.absent == nil {
			return sqlerr.DeniedSystem("SYSTEM ADMIN")
		}
		if t.names() == privilege.KindDatabase {
			return sqlerr.DeniedDatabase(s.Who().Name(), t.name)
		}
		_, name, _ := strings.Cut(t.name, ".")
		return sqlerr.DeniedObject(verb, s.Who().Name(), name)
	case errors.Is(err, grant.ErrNotGranted):
		number := sqlerr.NonexistingGrant
		if t.kind.IsRelation() {
			number = sqlerr.NonexistingTableGrant
		}
		e := number.Errorf("There is no such grant defined on '%s'", t.name)
		if t.names() == privilege.KindDatabase && !req.Partial && !req.Denial && s.HasSystem(privilege.SysAdmin) { // a line of SHOW GRANTS of a server where it is on
			return e.WithHint("what somebody holds on *.* is taken from him on a database while partial_revokes is ON; REVOKE IF EXISTS says nothing when there is none")
		}
		return e.WithHint("REVOKE IF EXISTS says nothing when there is none")
	case errors.Is(err, grant.ErrLastAdmin):
		return sqlerr.CannotUser.Errorf("%v", err)
	case errors.Is(err, grant.ErrDependants), errors.Is(err, grant.ErrInvalid):
		return sqlerr.IllegalGrantForTable.Errorf("Illegal GRANT/REVOKE command: %v", err)
	}
	return err
}

func runRevokeAll(s *Call, n *dialect.RevokeAll) ([]sql.Row, error) {
	var notes grant.Notes
	err := s.Update(s.Context, func(tx *catalog.Tx) error {
		ids, err := s.grantees(tx.Snapshot, n.Grantees, n.IgnoreUnknownUser)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		notes, err = grant.RevokeAll(tx, s.grantor(), ids)
		return s.grantError(err, wide("*.*"), grant.Request{Revoke: true})
	})
	s.warn(notes)
	return nil, err
}

func runGrantSystem(s *Call, n *dialect.GrantSystem) ([]sql.Row, error) {
	until, err := s.until(n.End)
	if err != nil {
		return nil, err
	}
	req := grant.Request{GrantOption: n.GrantOption, Until: until}
	return nil, s.changeGrants(dialect.Target{Scope: dialect.ScopeGlobal}, named(n.Privileges), n.Grantees, false, req)
}

func runRevokeSystem(s *Call, n *dialect.RevokeSystem) ([]sql.Row, error) {
	req := grant.Request{Revoke: true, GrantOption: n.GrantOptionFor, IfExists: n.IfExists, Restrict: n.Behaviour == dialect.Restrict}
	return nil, s.changeGrants(dialect.Target{Scope: dialect.ScopeGlobal}, named(n.Privileges), n.Grantees, n.IgnoreUnknownUser, req)
}

func named(names []string) []dialect.Privilege {
	out := make([]dialect.Privilege, len(names))
	for i, name := range names {
		out[i] = dialect.Privilege{Name: name}
	}
	return out
}
