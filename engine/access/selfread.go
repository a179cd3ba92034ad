package access

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// SelfReads refuses an UPDATE or DELETE, and an INSERT of VALUES, with a subquery over a table that it
// changes: 1093. A derived table, or a common table expression, is read to its end before,
// so what is in one is not asked; nor is the query of INSERT … SELECT. A view over the
// table prevents the change as well, 1443. names are asked of what was bound already: who
// may not know of a view does not come here. view says that the change is one through a view.
func (s Asker) SelfReads(ctx *sql.Context, stmt ast.Statement, view bool) error {
	r := &selfReads{Asker: s, ctx: ctx, view: view, ctes: map[string]bool{}}
	var parts []ast.SQLNode
	switch n := stmt.(type) {
	case *ast.Update:
		r.operation = "UPDATE"
		r.with(n.With)
		r.updates(n)
		parts = []ast.SQLNode{n.TableExprs, n.Exprs, n.Where, n.OrderBy}
	case *ast.Delete:
		r.operation = "DELETE"
		r.with(n.With)
		r.deletes(n)
		parts = []ast.SQLNode{n.TableExprs, n.Where, n.OrderBy}
	case *ast.Insert:
		rows, values := n.Rows.(*ast.AliasedValues)
		if !values {
			return nil
		}
		r.operation = "INSERT"
		r.target(n.Table, n.Table.Name.String(), nil)
		parts = []ast.SQLNode{rows, n.OnDup}
	default:
		return nil
	}
	if len(r.targets) == 0 || !hasSubquery(parts) {
		return nil
	}
	for _, n := range parts {
		_ = grammar.EveryNode(func(n ast.SQLNode) error {
			if sel, ok := n.(*ast.Select); ok {
				r.with(sel.With)
			}
			return nil
		}, n)
	}
	return r.walk(false, parts...)
}

func hasSubquery(parts []ast.SQLNode) (yes bool) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		_, sub := n.(*ast.Subquery)
		yes = yes || sub
		return nil
	}, parts...)
	return yes
}

// selfReads looks for tables that a statement changes in its subqueries.
type selfReads struct {
	Asker
	ctx       *sql.Context
	operation string
	view      bool
	targets   []selfTarget
	ctes      map[string]bool
}

func (r *selfReads) with(w *ast.With) {
	if w == nil {
		return
	}
	for _, cte := range w.Ctes {
		r.ctes[strings.ToLower(cte.As.String())] = true
	}
}

type selfTarget struct {
	id    catalog.ID
	alias string
}

func (r *selfReads) target(name ast.TableName, alias string, use *TableUse) {
	if obj, _ := r.Resolve(name.DbQualifier.String(), name.Name.String(), use); obj.Table != nil {
		r.targets = append(r.targets, selfTarget{obj.Table.ID, alias})
	}
}

// updates finds the tables that an UPDATE assigns to.
func (r *selfReads) updates(n *ast.Update) {
	tables := grammar.TablesOf(n.TableExprs)
	for _, ref := range tables {
		use, _ := ref.Auth.Extra.(*TableUse)
		name := ref.Expr.(ast.TableName)
		obj, _ := r.Resolve(name.DbQualifier.String(), name.Name.String(), use)
		if obj.Table == nil {
			continue
		}
		alias := ref.As.String()
		if alias == "" {
			alias = name.Name.String()
		}
		for _, e := range n.Exprs {
			of := e.Name.Qualifier.Name.String()
			if len(tables) == 1 && len(n.TableExprs) == 1 || strings.EqualFold(of, alias) || of == "" && hasColumn(obj.Table, e.Name.Name.String()) {
				r.targets = append(r.targets, selfTarget{obj.Table.ID, alias})
				break
			}
		}
	}
}

func hasColumn(t *catalog.Table, name string) bool {
	for i := range t.Columns {
		if strings.EqualFold(t.Columns[i].Name, name) {
			return true
		}
	}
	return false
}

func (r *selfReads) deletes(n *ast.Delete) {
	for _, ref := range grammar.TablesOf(n.TableExprs) {
		use, _ := ref.Auth.Extra.(*TableUse)
		name := ref.Expr.(ast.TableName)
		alias := ref.As.String()
		if alias == "" {
			alias = name.Name.String()
		}
		is := len(n.Targets) == 0
		for _, t := range n.Targets {
			is = is || strings.EqualFold(t.Name.String(), alias)
		}
		if is {
			r.target(name, alias, use)
		}
	}
}

// walk visits parts of the statement, inside a subquery or not.
func (r *selfReads) walk(inside bool, parts ...ast.SQLNode) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *ast.Subquery:
			return false, r.walk(true, n.Select)
		case *ast.With:
			return false, nil
		case *ast.AliasedTableExpr:
			if _, derived := n.Expr.(*ast.Subquery); derived {
				return false, nil
			}
			if name, ok := n.Expr.(ast.TableName); ok && inside {
				use, _ := n.Auth.Extra.(*TableUse)
				return true, r.reads(name, use)
			}
		}
		return true, nil
	}, parts...)
}

// reads is for a table of FROM of a subquery.
func (r *selfReads) reads(name ast.TableName, use *TableUse) error {
	if name.DbQualifier.IsEmpty() && r.ctes[strings.ToLower(name.Name.String())] {
		return nil
	}
	obj, _ := r.Resolve(name.DbQualifier.String(), name.Name.String(), use)
	for _, t := range r.targets {
		switch {
		case obj.Table != nil && obj.Table.ID == t.id && !r.view:
			return sqlerr.UpdateTableUsed.Errorf("You can't specify target table '%s' for update in FROM clause", t.alias)
		case obj.Table != nil && obj.Table.ID == t.id:
			return r.prevents(t.alias, t.alias)
		case obj.View != nil && r.over(obj, t.id, map[catalog.ID]bool{}):
			return r.prevents(obj.View.Name, t.alias)
		}
	}
	return nil
}

func (r *selfReads) prevents(view, target string) error {
	own := func(name string) string { return strings.TrimSuffix(name, "\x00") }
	return sqlerr.ViewPreventUpdate.Errorf("The definition of table '%s' prevents operation %s on table '%s'", own(view), r.operation, own(target))
}

// over says that a view which is no table of its own is over the table.
func (r *selfReads) over(obj object, id catalog.ID, seen map[catalog.ID]bool) bool {
	if seen[obj.View.ID] {
		return false
	}
	seen[obj.View.ID] = true
	use := &state.ViewUse{Database: obj.Database.Name, Name: obj.View.Name, Bound: state.NamesBound(obj.View)}
	stmt, err := Parser{}.One(r.ctx, obj.View.Create, state.ModeOf(obj.View.SQLMode), use)
	if err != nil {
		return false
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil || strings.EqualFold(ddl.ViewSpec.Algorithm, "temptable") {
		return false
	}
	sel, ok := ddl.ViewSpec.ViewExpr.(*ast.Select)
	if !ok || len(sel.GroupBy) > 0 || grammar.HasHaving(sel) || sel.Limit != nil || sel.QueryOpts.Distinct || aggregates(sel.SelectExprs) {
		return false
	}
	for _, ref := range grammar.TablesOf(sel.From) {
		name := ref.Expr.(ast.TableName)
		of, _ := r.Resolve(name.DbQualifier.String(), name.Name.String(), &TableUse{View: use})
		if of.Table != nil && of.Table.ID == id || of.View != nil && r.over(of, id, seen) {
			return true
		}
	}
	return false
}

func aggregates(list ast.SelectExprs) (yes bool) {
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		if f, ok := n.(*ast.FuncExpr); ok {
			yes = yes || f.IsAggregate() || f.Over != nil
		}
		return nil
	}, list)
	return yes
}
