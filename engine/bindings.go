package engine

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// The names in a view stand for the objects that they meant when it was made.
// TRUNCATE and ALTER keep an object, and RENAME takes its name away. A table
// that was dropped and made again, or renamed into the name, is another object:
// whoever made it could otherwise choose what the view's definer reads for
// everybody. One replacement is taken: a view that the view's own maker made,
// as a dump does, which makes all views first as placeholders and then, one by
// one, as they are.

// boundNames are the bindings of a view in use.
type boundNames struct {
	database string // where names without a database are looked up
	maker    principal.ID
	ids      map[string]catalog.ID // by folded database and name
}

func boundKey(database, name string) string {
	return catalog.FoldName(database) + "\x00" + catalog.FoldName(name)
}

func namesBound(v *catalog.View) *boundNames {
	b := &boundNames{maker: v.Owner, ids: map[string]catalog.ID{}}
	if v.Bound == nil { // of an earlier release, and its text did not parse
		return b
	}
	b.database = v.Bound.Database
	for _, r := range v.Bound.Relations {
		b.ids[boundKey(r.Database, r.Name)] = r.ID
	}
	return b
}

// checkBound refuses a relation in a view that is not the one that its text was
// bound to.
func (u *tableUse) checkBound(obj object) error {
	if u == nil || u.view == nil || u.view.bound == nil {
		return nil
	}
	b, name := u.view.bound, ""
	switch {
	case obj.table != nil:
		name = obj.table.Name
	case obj.view != nil:
		name = obj.view.Name
	}
	id, known := b.ids[boundKey(obj.database.Name, name)]
	if known && id == obj.id() || known && obj.view != nil && obj.view.Owner == b.maker {
		return nil
	}
	return sqlerr.ViewInvalid.Errorf("View '%s.%s' references a table or view that was replaced since it was made", u.view.database, u.view.name).
		WithHint("make the view again with CREATE OR REPLACE VIEW %s.%s; SHOW CREATE VIEW shows its text", u.view.database, u.view.name)
}

func invalidView(u *viewUse) error {
	return sql.ErrInvalidRefInView.New(u.database, u.name)
}

// relationsIn lists the relations that a SELECT names, once each. Names without
// a database are those of common table expressions; the virtual databases have
// nothing that could be replaced.
func relationsIn(stmt ast.SQLNode) []ast.TableName {
	var out []ast.TableName
	seen := map[string]bool{}
	_ = everyNode(func(n ast.SQLNode) error {
		t, ok := n.(*ast.AliasedTableExpr)
		if !ok {
			return nil
		}
		name, ok := t.Expr.(ast.TableName)
		if !ok || name.DbQualifier.IsEmpty() || isVirtual(name.DbQualifier.String(), "", nil) {
			return nil
		}
		if key := boundKey(name.DbQualifier.String(), name.Name.String()); !seen[key] {
			seen[key] = true
			out = append(out, name)
		}
		return nil
	}, stmt)
	return out
}

// viewNames are the relations in the text of a CREATE VIEW, those without a
// database looked up in current.
func viewNames(ctx context.Context, create, mode, current string) ([]ast.TableName, error) {
	stmt, err := parser{}.one(ctx, create, reading(mode), nil)
	if err != nil {
		return nil, err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil || ddl.ViewSpec.ViewExpr == nil {
		return nil, sqlerr.Syntax.Errorf("not a CREATE VIEW statement")
	}
	qualifyNames(ddl.ViewSpec.ViewExpr, current)
	return relationsIn(ddl.ViewSpec.ViewExpr), nil
}

// lookup is what bindings are made from: a catalog.Snapshot or a catalog.Tx.
type lookup interface {
	Database(name string) *catalog.Database
	Table(database catalog.ID, name string) *catalog.Table
	View(database catalog.ID, name string) *catalog.View
}

// bind makes the bindings of names. Those that mean nothing are left out, so
// they are refused whatever they may come to mean.
func bind(cat lookup, current string, names []ast.TableName) *catalog.Bindings {
	b := &catalog.Bindings{Database: current}
	for _, n := range names {
		db := cat.Database(n.DbQualifier.String())
		if db == nil {
			continue
		}
		r := catalog.BoundRelation{Database: db.Name, Name: n.Name.String()}
		if t := cat.Table(db.ID, r.Name); t != nil {
			r.ID, r.Kind = t.ID, privilege.KindTable
		} else if v := cat.View(db.ID, r.Name); v != nil {
			r.ID, r.Kind = v.ID, privilege.KindView
		} else {
			continue
		}
		b.Relations = append(b.Relations, r)
	}
	return b
}

// qualifyNames writes a database before the names in a statement that have none.
// The library would look them up in the current database of whoever runs it.
func qualifyNames(stmt ast.SQLNode, database string) {
	ctes := map[string]bool{}
	_ = everyNode(func(n ast.SQLNode) error {
		if c, ok := n.(*ast.CommonTableExpr); ok {
			ctes[aliasOf(c.AliasedTableExpr)] = true
		}
		return nil
	}, stmt)
	in := func(t ast.TableName, auth *ast.AuthInformation) ast.TableName {
		if t.DbQualifier.IsEmpty() && !ctes[strings.ToLower(t.Name.String())] {
			t.DbQualifier = ast.NewTableIdent(database)
			if names := auth.TargetNames; len(names) == 2 && names[0] == "" {
				auth.TargetNames = []string{database, names[1]}
			}
		}
		return t
	}
	_ = everyNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Insert:
			n.Table = in(n.Table, &n.Auth)
		case *ast.AliasedTableExpr:
			if name, ok := n.Expr.(ast.TableName); ok {
				n.Expr = in(name, &n.Auth)
			}
		}
		return nil
	}, stmt)
}
