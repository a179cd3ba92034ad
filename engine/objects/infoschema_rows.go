package objects

import (
	"maps"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// infoCatalog is what information_schema says for a catalog's name.
const infoCatalog = "def"

// viewRows are the views that the session sees, their text only for who may
// read it.
func viewRows(ctx *sql.Context, s *state.Session) []sql.Row {
	snap := s.Inst.Cat.Snapshot()
	var out []sql.Row
	for _, db := range snap.Databases() {
		for _, v := range snap.Views(db.ID) {
			if !s.Sees(state.ViewObject(v)) {
				continue
			}
			text, definer, security := "", "", "DEFINER"
			if access.May(s.Actor(), state.ViewObject(v), lxaccess.MayReadText, access.List) {
				text, definer = v.Definition, s.Inst.AccountOf(v.Definer)
				if v.CheckOption != "" { // as older releases kept it
					text = lex.BeforeWith(text, state.ModeOf(v.SQLMode))
				}
				text = plainQuery(ctx, text, v.SQLMode)
			}
			if v.Invoker {
				security = "INVOKER"
			}
			check, updatable := lxaccess.FirstOf(v.CheckOption, "NONE"), "NO"
			if lxaccess.For(s).Updatable(ctx, db.Name, v.Create, v.SQLMode, false) {
				updatable = "YES"
			}
			made := v.Charsets.Or()
			out = append(out, sql.Row{infoCatalog, db.Name, v.Name, text, check, updatable, definer, security, shownClient(ctx, made.Client), made.Connection})
		}
	}
	return out
}

// processRows are the connections that the session's list of processes has.
func processRows(ctx *sql.Context, _ *state.Session) []sql.Row {
	var out []sql.Row
	for _, p := range ctx.ProcessList.Processes() {
		var database any
		if p.Database != "" {
			database = p.Database
		}
		doing := strings.Join(slices.Collect(maps.Keys(p.Progress)), ", ")
		out = append(out, sql.Row{uint64(p.Connection), p.User, p.Host, database, string(p.Command), int32(p.Seconds()), doing, p.Query})
	}
	return out
}

// referentialRows are the foreign keys of the tables that the session sees. Of
// a parent that it does not see it learns nothing.
func referentialRows(_ *sql.Context, s *state.Session) []sql.Row {
	snap := s.Inst.Cat.Snapshot()
	var out []sql.Row
	for _, db := range snap.Databases() {
		for _, t := range snap.Tables(db.ID) {
			if !s.Sees(state.TableObject(t)) {
				continue
			}
			for i := range t.ForeignKeys {
				fk := &t.ForeignKeys[i]
				var schema, name, key any
				if s.SeesNamed(fk.ParentDatabase, fk.ParentTable) {
					schema, name = fk.ParentDatabase, fk.ParentTable
					key = uniqueKeyOf(state.TableNamed(snap, fk.ParentDatabase, fk.ParentTable), fk.ParentColumns)
				}
				out = append(out, sql.Row{
					infoCatalog, db.Name, fk.Name, infoCatalog, schema, key, "NONE", rule(fk.OnUpdate), rule(fk.OnDelete), t.Name, name,
				})
			}
		}
	}
	return out
}

var charsetDescriptions = map[string]string{
	"utf8mb4": "UTF-8 Unicode", "utf8mb3": "UTF-8 Unicode", "latin1": "cp1252 West European", "ascii": "US ASCII", "binary": "Binary pseudo charset",
}

// charsetRows are the character sets that we have.
func charsetRows(*sql.Context, *state.Session) []sql.Row {
	var out []sql.Row
	for _, c := range value.Collations {
		if c.Default {
			out = append(out, sql.Row{c.Charset, c.Name, charsetDescriptions[c.Charset], uint64(c.MaxBytes)})
		}
	}
	return out
}

func rule(action string) string {
	if action == "" || strings.EqualFold(action, "DEFAULT") {
		return "NO ACTION"
	}
	return action
}

// uniqueKeyOf names the unique key that a foreign key refers to, nil without one.
func uniqueKeyOf(t *catalog.Table, columns []string) any {
	for _, x := range t.Indexes {
		if !x.Unique || len(x.Columns) != len(columns) {
			continue
		}
		if x.Primary {
			if sameColumns(t, x, columns) {
				return "PRIMARY"
			}
			continue
		}
		if sameColumns(t, x, columns) {
			return x.Name
		}
	}
	return nil
}

func sameColumns(t *catalog.Table, x catalog.Index, columns []string) bool {
	for _, part := range x.Columns {
		found := false
		for _, c := range t.Columns {
			for _, name := range columns {
				found = found || c.ID == part.Column && strings.EqualFold(c.Name, name)
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// heldGrants visits the grants that a session may know of: its own, and for who
// administers users everybody's.
func heldGrants(s *state.Session, visit func(grantee string, g *catalog.Grant)) {
	snap := s.Inst.Cat.Snapshot()
	all := s.HasSystem(privilege.UserAdmin)
	for _, p := range snap.Principals() {
		if !all && p.ID != s.Self() {
			continue
		}
		name := granteeName(p)
		for _, g := range snap.GrantsTo(p.ID) {
			visit(name, g)
		}
	}
}

// granteeName is an account as GRANTEE shows it.
func granteeName(p *catalog.Principal) string {
	switch p.Kind {
	case catalog.KindUser, catalog.KindRole:
		return "'" + p.LoginName() + "'@'" + hostOf(p) + "'"
	case catalog.KindGroup:
		return "ldapGroup:'" + p.Name + "'"
	}
	return p.Name
}

// eachAtom makes one row for each privilege of a grant.
func eachAtom(g *catalog.Grant, row func(privilege, grantable string)) {
	for _, m := range mysqlTypes {
		if g.Atoms.Has(m.atom) {
			grantable := "NO"
			if g.Options.Has(m.atom) {
				grantable = "YES"
			}
			row(m.atom.String(), grantable)
		}
	}
}

func userPrivilegeRows(_ *sql.Context, s *state.Session) []sql.Row {
	var out []sql.Row
	seen := map[string]bool{}
	heldGrants(s, func(grantee string, g *catalog.Grant) {
		if g.Object != catalog.System {
			return
		}
		for _, atom := range g.Atoms.Atoms() {
			grantable := "NO"
			if g.Options.Has(atom) {
				grantable = "YES"
			}
			seen[grantee] = true
			out = append(out, sql.Row{grantee, infoCatalog, atom.String(), grantable})
		}
	})
	for _, grantee := range knownUsers(s) {
		if !seen[grantee] {
			out = append(out, sql.Row{grantee, infoCatalog, "USAGE", "NO"})
		}
	}
	return out
}

// knownUsers are the accounts that the session may know of.
func knownUsers(s *state.Session) []string {
	var out []string
	all := s.HasSystem(privilege.UserAdmin)
	for _, p := range s.Inst.Cat.Snapshot().Principals() {
		if p.Kind == catalog.KindUser && (all || p.ID == s.Self()) {
			out = append(out, granteeName(p))
		}
	}
	return out
}

func schemaPrivilegeRows(_ *sql.Context, s *state.Session) []sql.Row {
	snap := s.Inst.Cat.Snapshot()
	var out []sql.Row
	heldGrants(s, func(grantee string, g *catalog.Grant) {
		named := ""
		if db := snap.DatabaseByID(g.Object); db != nil {
			named = db.Name
		} else if scope := snap.ScopeByID(g.Object); scope != nil {
			named = scope.Pattern
		}
		if named == "" {
			return
		}
		eachAtom(g, func(name, grantable string) {
			out = append(out, sql.Row{grantee, infoCatalog, named, name, grantable})
		})
	})
	return out
}

func tablePrivilegeRows(_ *sql.Context, s *state.Session) []sql.Row {
	snap := s.Inst.Cat.Snapshot()
	var out []sql.Row
	heldGrants(s, func(grantee string, g *catalog.Grant) {
		database, name := catalog.ID(0), ""
		if t := snap.TableByID(g.Object); t != nil {
			database, name = t.Database, t.Name
		} else if v := snap.ViewByID(g.Object); v != nil {
			database, name = v.Database, v.Name
		} else if r := snap.ScopeByID(g.Object); r != nil && r.Named() { // the right to make a table of a name
			database, name = r.Database, r.Pattern
		}
		db := snap.DatabaseByID(database)
		if db == nil {
			return
		}
		eachAtom(g, func(privilege, grantable string) {
			out = append(out, sql.Row{grantee, infoCatalog, db.Name, name, privilege, grantable})
		})
	})
	return out
}
