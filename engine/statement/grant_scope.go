package statement

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// piece is a part of a GRANT, REVOKE or DENY: privileges on one target.
type piece struct {
	on         dialect.Target
	privileges []dialect.Privilege
	exact      bool // ON *.* is the system, whatever the session's grant_dialect
	several    bool // one of the objects that a name stands for
	byName     bool // the right to make a table is on the name, whether one has it or not
}

func wide(name string) target {
	return target{id: catalog.System, kind: privilege.KindSystem, name: name}
}

// DialectVariable says what ON * and ON *.* are: MySQL's the current database and
// everything, Kinetica's every schema, and every table and view there is now.
const DialectVariable = "grant_dialect"

func (s *Call) kinetica() bool { return s.speaks(DialectVariable, "kinetica") }

// speaks says whether a variable of the session has chosen a dialect.
func (s *Call) speaks(variable, dialect string) bool {
	v, err := s.GetSessionVariable(s.Context, variable)
	text, _ := v.(string)
	return err == nil && strings.EqualFold(text, dialect)
}

// apart splits what a statement says of several targets: CREATE on all tables of a schema is
// the right to make some, which is the schema's; Kinetica's ON *.* is each table by itself.
func (s *Call) apart(snap *catalog.Snapshot, pieces []piece, to []dialect.Grantee, req grant.Request) ([]piece, error) {
	var out []piece
	for _, p := range pieces {
		switch {
		case p.exact:
			out = append(out, p)
		case s.namesTable(snap, p.on) && !req.Denial:
			out = append(out, s.byName(snap, p, to, req)...)
		case p.on.Scope == dialect.ScopeAll && p.on.Database != "" && (p.on.Kind == dialect.KindTable || p.on.Kind == dialect.KindView):
			isCreate := func(v dialect.Privilege) bool { return v.Name == "CREATE" || v.Name == "CREATE VIEW" }
			creates := slices.DeleteFunc(slices.Clone(p.privileges), func(v dialect.Privilege) bool { return !isCreate(v) })
			if len(creates) > 0 {
				on := dialect.Target{Kind: dialect.KindSchema, Name: p.on.Database}
				out = append(out, piece{on: on, privileges: creates, exact: true})
			}
			if rest := slices.DeleteFunc(slices.Clone(p.privileges), isCreate); len(rest) > 0 {
				out = append(out, piece{on: p.on, privileges: rest})
			}
		case p.on.Kind == dialect.KindNone && p.on.Scope == dialect.ScopeStar && s.kinetica():
			out = append(out, piece{on: dialect.Target{Kind: dialect.KindSchema, Scope: dialect.ScopeStar}, privileges: p.privileges})
		case p.on.Kind == dialect.KindNone && p.on.Scope == dialect.ScopeGlobal && s.kinetica() && !systemOnly(p.privileges):
			each := s.eachRelation(snap, p.privileges)
			if len(each) == 0 {
				return nil, sqlerr.NoSuchTable.Errorf("Table '*.*' doesn't exist").WithHint("with grant_dialect = 'kinetica' ON *.* is every table there is now")
			}
			out = append(out, each...)
		default:
			out = append(out, p)
		}
	}
	return out, nil
}

// namesTable says whether an ON clause names one table, by its name alone or not.
func (s *Call) namesTable(snap *catalog.Snapshot, on dialect.Target) bool {
	if on.Scope != dialect.ScopeObject || on.Kind != dialect.KindNone && on.Kind != dialect.KindTable {
		return false
	}
	return on.Database != "" || on.Kind == dialect.KindTable || snap.Database(on.Name) == nil // which a name alone would be
}

// byName takes CREATE on a table out, which is on the name: who holds it makes a table of that name, whether there was one
// when it was granted or not. Where REVOKE finds no such grant it is about the table that is there, or about what is held on the
// database; REVOKE ALL takes it with the rest.
func (s *Call) byName(snap *catalog.Snapshot, p piece, to []dialect.Grantee, req grant.Request) []piece {
	isCreate := func(v dialect.Privilege) bool { return v.Name == "CREATE" || v.Name == "CREATE TABLE" }
	isAll := func(v dialect.Privilege) bool { return strings.HasPrefix(v.Name, "ALL") }
	create := piece{on: p.on, privileges: []dialect.Privilege{{Name: "CREATE"}}, byName: true}
	rest := slices.DeleteFunc(slices.Clone(p.privileges), isCreate)
	there := false
	if r := snap.Scope(catalog.ScopeTable, p.on.Name, s.databaseOf(snap, p.on)); r != nil {
		there = slices.ContainsFunc(to, func(g dialect.Grantee) bool {
			id, err := s.grantee(snap, g)
			return err == nil && len(snap.GrantsToOn(id, r.ID)) > 0
		})
	}
	switch named := len(rest) < len(p.privileges); {
	case req.Revoke && there && slices.ContainsFunc(p.privileges, isAll):
		p.several, create.several = true, true
		return []piece{p, create}
	case !named, req.Revoke && !there, slices.ContainsFunc(p.privileges, func(v dialect.Privilege) bool { return isCreate(v) && len(v.Columns) > 0 }):
		return []piece{p}
	case len(rest) == 0:
		return []piece{create}
	}
	p.privileges = rest
	return []piece{p, create}
}

// databaseOf is the database of an ON clause, 0 for none that is there.
func (s *Call) databaseOf(snap *catalog.Snapshot, on dialect.Target) catalog.ID {
	if db := snap.Database(cmp.Or(on.Database, s.GetCurrentDatabase())); db != nil {
		return db.ID
	}
	return 0
}

// newTableTarget is the name of a table, as what the right to make it is on. What may not be told of the database
// is told as of a table in it.
func (s *Call) newTableTarget(tx *catalog.Tx, on dialect.Target) (target, error) {
	database := cmp.Or(on.Database, s.GetCurrentDatabase())
	db := tx.Database(database)
	switch {
	case database == "":
		return target{}, sqlerr.NoDB.Errorf("No database selected")
	case db == nil && s.HasSystem(privilege.SysAdmin):
		return target{}, sqlerr.BadDB.Errorf("Unknown database '%s'", database)
	case db == nil:
		return target{}, sqlerr.DeniedObject("GRANT", s.Who().Name(), on.Name)
	}
	if err := s.CheckName("table", on.Name); err != nil {
		return target{}, err
	}
	id, err := grant.Scope(tx, catalog.ScopeTable, on.Name, db.ID)
	shown := db.Name + "." + on.Name
	return target{
		id: id, kind: privilege.KindScope, of: privilege.KindTable, name: shown,
		absent: sqlerr.NonexistingTableGrant.Errorf("There is no such grant defined on '%s'", shown),
	}, err
}

// systemOnly says whether all of a list means something on the system alone.
func systemOnly(privs []dialect.Privilege) bool {
	for _, p := range privs {
		if _, err := privilege.Expand(p.Name, privilege.KindTable, false); err == nil {
			return false
		}
	}
	return true
}

// fits leaves a privilege out that opens nothing on relations of a kind, and something on those of the other.
func fits(name string, kind privilege.Kind) bool {
	other := privilege.KindTable
	if kind == other {
		other = privilege.KindView
	}
	return privilege.Opens(name, kind, false) || !privilege.Opens(name, other, false)
}

func (s *Call) eachRelation(snap *catalog.Snapshot, privs []dialect.Privilege) []piece {
	var out []piece
	for _, db := range snap.Databases() {
		for _, o := range snap.Objects(db.ID) {
			if (o.Kind == privilege.KindTable || o.Kind == privilege.KindView) && s.sees(o.Kind, o.ID, db.ID) {
				fitting := slices.DeleteFunc(slices.Clone(privs), func(p dialect.Privilege) bool { return !fits(p.Name, o.Kind) })
				if len(fitting) > 0 {
					out = append(out, piece{on: dialect.Target{Database: db.Name, Name: o.Name}, privileges: fitting, several: true})
				}
			}
		}
	}
	return out
}

var scopesOf = map[dialect.Kind]catalog.ScopeOf{
	dialect.KindTable: catalog.ScopeTables, dialect.KindView: catalog.ScopeViews, dialect.KindSequence: catalog.ScopeSequences,
	dialect.KindProcedure: catalog.ScopeProcedures, dialect.KindFunction: catalog.ScopeFunctions,
}

// scopeTarget finds all objects of a kind. After the word TABLE the * is MySQL's, of the
// current database.
func (s *Call) scopeTarget(snap *catalog.Snapshot, t dialect.Target) (target, error) {
	database := t.Database
	if t.Scope == dialect.ScopeStar && t.Kind == dialect.KindTable && !s.kinetica() {
		if database = s.GetCurrentDatabase(); database == "" {
			return target{}, sqlerr.NoDB.Errorf("No database selected")
		}
	}
	var in catalog.ID
	name := "all " + strings.ToLower(t.Kind.String()) + "s"
	if database != "" {
		db, err := s.databaseTarget(snap, database)
		if err != nil {
			return target{}, err
		}
		in, name = db.id, name+" in "+db.name
	}
	of := scopesOf[t.Kind]
	found := target{kind: privilege.KindScope, of: of.Kind(), name: name}
	if scope := snap.Scope(of, "", in); scope != nil {
		found.id = scope.ID
	}
	return found, nil
}

// targetOf is resolveTarget for a statement that changes grants: it makes the scope that
// something is granted on first, and takes the name of a database after ON for a
// pattern, or for one to come.
func (s *Call) targetOf(tx *catalog.Tx, on dialect.Target, to []dialect.Grantee, req grant.Request) (target, error) {
	if t, isPattern, err := s.patternTarget(tx, on, to, req); isPattern || err != nil {
		return t, err
	}
	t, err := s.resolveTarget(tx.Snapshot, on)
	if err != nil || t.kind != privilege.KindScope || t.id != 0 {
		return t, err
	}
	in := catalog.ID(0)
	if on.Database != "" || on.Scope == dialect.ScopeStar && on.Kind == dialect.KindTable && !s.kinetica() {
		database := on.Database
		if database == "" {
			database = s.GetCurrentDatabase()
		}
		in = tx.Database(database).ID // resolveTarget found it
	}
	t.id, err = grant.Scope(tx, scopesOf[on.Kind], "", in)
	return t, err
}

// patternTarget finds or makes the scope of a name of databases: one with % or _ in
// db.*, unless a database is called that or partial_revokes is on, and one that is not
// there yet. A REVOKE takes a pattern that is there.
func (s *Call) patternTarget(tx *catalog.Tx, on dialect.Target, to []dialect.Grantee, req grant.Request) (target, bool, error) {
	name, pattern := on.Database, on.Database
	switch {
	case on.Scope == dialect.ScopeDatabase && (on.Pattern || on.Kind == dialect.KindNone && !PartialRevokes()):
	case on.Scope == dialect.ScopeDatabase:
		if tx.Database(name) == nil && !catalog.IsWild(name) { // as SHOW GRANTS writes a name with _
			name = catalog.NameOf(name)
		}
		pattern = catalog.Literal(name)
	case on.Kind == dialect.KindSchema && on.Scope == dialect.ScopeObject:
		name, pattern = on.Name, catalog.Literal(on.Name)
	default:
		return target{}, false, nil
	}
	if !catalog.IsWild(pattern) {
		name = catalog.NameOf(pattern)
		pattern = catalog.Literal(name)
	}
	db := tx.Database(name)
	t := target{kind: privilege.KindScope, of: privilege.KindDatabase, name: name}
	if on.Pattern && catalog.IsWild(pattern) {
		db = nil // a database that is called that is not meant
	}
	if known := tx.Scope(catalog.ScopeDatabases, pattern, 0); known != nil && (db == nil || req.Revoke && s.anyOn(tx, known.ID, to)) {
		t.id = known.ID
		return t, true, nil
	}
	if db != nil || isVirtual(tx.Snapshot, name) {
		if db != nil && db.Name != on.Database && on.Kind == dialect.KindNone && s.seesDatabase(db.ID) {
			return target{id: db.ID, kind: privilege.KindDatabase, name: db.Name}, true, nil // written with \
		}
		return target{}, false, nil
	}
	if !s.mayNameAnyDatabase(tx, req) {
		return target{}, true, sqlerr.DeniedDatabase(s.Who().Name(), name)
	}
	var err error
	t.id, err = grant.Scope(tx, catalog.ScopeDatabases, pattern, 0)
	return t, true, err
}

// anyOn says whether something on a scope is one of the grantees'.
func (s *Call) anyOn(tx *catalog.Tx, scope catalog.ID, to []dialect.Grantee) bool {
	return slices.ContainsFunc(to, func(g dialect.Grantee) bool {
		id, err := s.grantee(tx.Snapshot, g)
		return err == nil && (len(tx.GrantsToOn(id, scope)) > 0 || tx.Exception(id, scope).Grantee != 0)
	})
}

// mayNameAnyDatabase says whether the actor may grant on databases that do not exist:
// who may on the system.
func (s *Call) mayNameAnyDatabase(tx *catalog.Tx, _ grant.Request) bool {
	if s.HasSystem(privilege.SysAdmin) || s.HasSystem(privilege.AssignPrivileges) {
		return true
	}
	for _, id := range s.Holders() {
		for _, g := range tx.GrantsToOn(principal.ID(id), catalog.System) {
			if !g.Options.IsEmpty() {
				return true
			}
		}
	}
	return false
}

func isVirtual(snap *catalog.Snapshot, name string) bool {
	for _, id := range []catalog.ID{catalog.InformationSchema, catalog.MySQL, catalog.Sys} {
		if catalog.SameName(snap.Object(id).Name, name) {
			return true
		}
	}
	return false
}

func runGrantKinds(s *Call, n *dialect.GrantKinds) ([]sql.Row, error) {
	until, err := s.until(n.End)
	if err != nil {
		return nil, err
	}
	pieces, err := kindPieces(n.Privileges)
	if err != nil {
		return nil, err
	}
	return nil, s.changeAll(pieces, n.Grantees, false, grant.Request{GrantOption: n.GrantOption, Until: until})
}

func runRevokeKinds(s *Call, n *dialect.RevokeKinds) ([]sql.Row, error) {
	pieces, err := kindPieces(n.Privileges)
	if err != nil {
		return nil, err
	}
	return nil, s.changeAll(pieces, n.Grantees, n.IgnoreUnknownUser, grant.Request{
		Revoke: true, GrantOption: n.GrantOptionFor, IfExists: n.IfExists, Restrict: n.Behaviour == dialect.Restrict,
	})
}

// kindPieces turns LeanXcale's privileges on kinds into those on scopes and the system.
func kindPieces(list []dialect.KindPrivilege) ([]piece, error) {
	var out []piece
	for _, k := range list {
		if k.Action == "ALL" {
			out = append(out, allOfKind(k.Kind)...)
			continue
		}
		on, name := kindPiece(k)
		if name == "" {
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'the privilege %s %s'", k.Action, k.Kind).
				WithHint("it would open nothing of its own; CREATE TABLE is the right to make sequences, too, and CREATE INDEX that to change and drop them")
		}
		out = append(out, piece{on: on, privileges: []dialect.Privilege{{Name: name}}, exact: true})
	}
	return out, nil
}

// allOfKind is ALL PRIVILEGES on every object of a kind, with the right to make some where there is one of that kind alone.
// Who has it taken may hold some of it.
func allOfKind(kind string) []piece {
	on, makes := kindPiece(dialect.KindPrivilege{Action: "CREATE", Kind: kind})
	all := dialect.Target{Kind: kindWords[kind], Scope: dialect.ScopeAll}
	switch kind {
	case "ANY":
		return []piece{{on: on, privileges: named([]string{"ALL"}), exact: true}}
	case "INDEX", "TRIGGER":
		return []piece{{on: on, privileges: named([]string{makes}), exact: true}}
	case "TABLE", "VIEW":
		return []piece{{on: all, privileges: named([]string{"ALL", makes}), exact: true}}
	case "PROCEDURE":
		return []piece{{on: all, privileges: named([]string{"ALL"}), exact: true, several: true}, {on: on, privileges: named([]string{makes}), exact: true, several: true}}
	}
	return []piece{{on: all, privileges: named([]string{"ALL"}), exact: true}}
}

// kindWords are LeanXcale's kinds; what is made on tables is a right on them.
var kindWords = map[string]dialect.Kind{
	"TABLE": dialect.KindTable, "VIEW": dialect.KindView, "SEQUENCE": dialect.KindSequence, "PROCEDURE": dialect.KindProcedure,
	"INDEX": dialect.KindTable, "TRIGGER": dialect.KindTable,
}

func kindPiece(k dialect.KindPrivilege) (dialect.Target, string) {
	all := dialect.Target{Kind: kindWords[k.Kind], Scope: dialect.ScopeAll}
	system := dialect.Target{Scope: dialect.ScopeGlobal}
	if k.Action == "CREATE" {
		switch k.Kind {
		case "TABLE":
			return all, "CREATE"
		case "VIEW":
			return all, "CREATE VIEW"
		case "PROCEDURE", "FUNCTION":
			return system, "CREATE ROUTINE"
		case "ANY":
			return system, "SYSTEM CREATE"
		}
	}
	switch {
	case k.Kind == "INDEX" && strings.Contains("CREATE ALTER DROP", k.Action):
		return all, "INDEX"
	case k.Kind == "TRIGGER" && strings.Contains("CREATE ALTER DROP", k.Action):
		return all, "TRIGGER"
	case k.Kind == "INDEX" || k.Kind == "TRIGGER" || k.Action == "CREATE":
	case k.Kind == "ANY" && strings.Contains("ALTER DROP SELECT INSERT UPDATE DELETE REFERENCES", k.Action):
		return system, k.Action
	case k.Kind == "PROCEDURE" && k.Action == "USAGE":
		return all, "EXECUTE"
	case k.Kind == "SEQUENCE" && k.Action == "USAGE":
		return all, "WRITE"
	case k.Action == "USAGE", k.Kind == "ANY":
	case k.Kind == "PROCEDURE" && k.Action == "ALTER":
		return all, "ALTER ROUTINE"
	default:
		return all, k.Action
	}
	return dialect.Target{}, ""
}
