package access

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// The names in a view stand for the objects that they meant when it was made.
// TRUNCATE and ALTER keep an object, and RENAME takes its name away. A table
// that was dropped and made again, or renamed into the name, is another object:
// whoever made it could otherwise choose what the view's definer reads for
// everybody. One replacement is taken: a view that the view's own maker made,
// as a dump does, which makes all views first as placeholders and then, one by
// one, as they are. A stored function is asked about by its owner, as in
// programs: package state.

// checkBound refuses a relation in a view that is not the one that its text was
// bound to.
func (u *TableUse) checkBound(obj object) error {
	if u == nil || u.View == nil || u.View.Bound == nil {
		return nil
	}
	b, name := u.View.Bound, ""
	switch {
	case obj.Table != nil:
		name = obj.Table.Name
	case obj.View != nil:
		name = obj.View.Name
	}
	id, known := b.IDs[state.BoundKey(obj.Database.Name, name)]
	if known && id == obj.ID() || known && obj.View != nil && obj.View.Owner == b.Maker {
		return nil
	}
	return sqlerr.ViewInvalid.Errorf("View '%s.%s' references a table or view that was replaced since it was made", u.View.Database, u.View.Name).
		WithHint("make the view again with CREATE OR REPLACE VIEW %s.%s; SHOW CREATE VIEW shows its text", u.View.Database, u.View.Name)
}

// checkNamed asks for a relation in the text of a program whether it is what that was made over.
func (s Asker) checkNamed(obj object, use *TableUse) error {
	if s.Calls == nil || use != nil && use.View != nil && !use.View.Trigger || obj.Database == nil {
		return nil
	}
	now := catalog.BoundRelation{Database: obj.Database.Name}
	switch {
	case obj.Table != nil:
		now.ID, now.Name, now.Owner = obj.Table.ID, obj.Table.Name, obj.Table.Owner
	case obj.View != nil:
		now.ID, now.Name, now.Owner = obj.View.ID, obj.View.Name, obj.View.Owner
	case obj.Sequence != nil:
		now.ID, now.Name, now.Owner = obj.Sequence.ID, obj.Sequence.Name, obj.Sequence.Owner
	default:
		return nil
	}
	return s.Calls.Admits(s.Inst, now)
}

// InvalidView is what who uses a view is told of what is wrong inside.
func InvalidView(u *state.ViewUse) error {
	return sql.ErrInvalidRefInView.New(u.Database, u.Name)
}

// relationsIn lists the relations that a SELECT names, once each. Names without
// a database are those of common table expressions; the virtual databases have
// nothing that could be replaced.
func relationsIn(stmt ast.SQLNode) []ast.TableName {
	var out []ast.TableName
	seen := map[string]bool{}
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		t, ok := n.(*ast.AliasedTableExpr)
		if !ok {
			return nil
		}
		name, ok := t.Expr.(ast.TableName)
		if !ok || name.DbQualifier.IsEmpty() || state.Virtual(name.DbQualifier.String()) {
			return nil
		}
		if key := state.BoundKey(name.DbQualifier.String(), name.Name.String()); !seen[key] {
			seen[key] = true
			out = append(out, name)
		}
		return nil
	}, stmt)
	return out
}

// functionsIn lists the stored functions that a SELECT could call, once each; database is that of names without one.
func functionsIn(stmt ast.SQLNode, database string) (out []ast.TableName) {
	seen := map[string]bool{}
	grammar.Parts(stmt, func(n any) {
		f, is := n.(*ast.FuncExpr)
		if !is {
			return
		}
		in, name, qualified := grammar.FunctionName(f)
		if !qualified && lxplan.BuiltIn(name) {
			return
		}
		in = FirstOf(in, database)
		if key := state.BoundKey(in, name); !seen[key] {
			seen[key] = true
			out = append(out, ast.TableName{DbQualifier: ast.NewTableIdent(in), Name: ast.NewTableIdent(name)})
		}
	})
	return out
}

// ViewNames are the names in the text of a CREATE VIEW.
type ViewNames struct {
	Current              string // where those without a database are looked up
	Relations, Functions []ast.TableName
	Check                string // its WITH CHECK OPTION
}

// NamesOf are the names in the text of a CREATE VIEW.
func NamesOf(ctx context.Context, create, mode, current string) (ViewNames, error) {
	stmt, err := Parser{CheckOption: true}.One(ctx, create, state.ModeOf(mode), nil)
	if err != nil {
		return ViewNames{}, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil || ddl.ViewSpec.ViewExpr == nil {
		return ViewNames{}, sqlerr.Syntax.Errorf("not a CREATE VIEW statement")
	}
	query := ddl.ViewSpec.ViewExpr
	grammar.QualifyNames(query, current)
	return ViewNames{Current: current, Relations: relationsIn(query), Functions: functionsIn(query, current), Check: strings.ToUpper(string(ddl.ViewSpec.CheckOption))}, nil
}

// lookup is what bindings are made from: a catalog.Snapshot or a catalog.Tx.
type lookup interface {
	Database(name string) *catalog.Database
	Relation(database catalog.ID, name string) catalog.Object
	Routine(database catalog.ID, name string, function bool) *catalog.Routine
}

// Bind makes the bindings of names. Relations that mean nothing are left out, so
// they are refused whatever they may come to mean.
func Bind(cat lookup, names ViewNames) *catalog.Bindings {
	b := &catalog.Bindings{Database: names.Current}
	for _, n := range names.Functions {
		if db := cat.Database(n.DbQualifier.String()); db != nil {
			if r := cat.Routine(db.ID, n.Name.String(), true); r != nil {
				b.Functions = append(b.Functions, routine.Named(db, r))
			}
		}
	}
	for _, n := range names.Relations {
		db := cat.Database(n.DbQualifier.String())
		if db == nil {
			continue
		}
		if o := cat.Relation(db.ID, n.Name.String()); o.ID != 0 {
			b.Relations = append(b.Relations, catalog.BoundRelation{Database: db.Name, Name: n.Name.String(), ID: o.ID, Kind: o.Kind})
		}
	}
	return b
}
