package grammar

import (
	"reflect"
	"slices"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// Place is an expression of a statement that changes rows which the library's binder does
// not bind: it stands as a placeholder of that name in the tree.
type Place struct {
	Name   string
	Kind   PlaceKind
	Table  string // of SourceColumn
	Column string
}

// PlaceKind is what a Place stands for.
type PlaceKind uint8

// The kinds.
const (
	GivenColumn  PlaceKind = iota // a column, in VALUES: of the row as far as it is made
	NewColumn                     // VALUES(column) behind INSERT … SELECT
	UsualColumn                   // DEFAULT(column)
	SourceColumn                  // a column of a table of the query, its Table "" where no table is named
)

var placeNames = map[PlaceKind]string{GivenColumn: "lx given ", NewColumn: "lx new ", UsualColumn: "lx usual ", SourceColumn: "lx source "}

// Places puts placeholders where an INSERT or UPDATE says what the binder does not know, and
// lists those that are there, also from before. has says which columns the table has.
func Places(stmt ast.Statement, has func(column string) bool) (out []Place) {
	p := placer{has: has}
	switch n := stmt.(type) {
	case *ast.Insert:
		p.table = strings.ToLower(n.Table.Name.String())
		if rows, literal := n.Rows.(*ast.AliasedValues); literal {
			p.given = true
			for _, tuple := range rows.Values {
				for i := range tuple {
					p.within(&tuple[i])
				}
			}
		} else {
			p.fresh = true
		}
		p.given = false
		for _, set := range n.OnDup {
			p.within(&set.Expr)
			p.below(n, &set.Expr)
		}
	case *ast.Update:
		if len(n.TableExprs) == 1 {
			if t, ok := n.TableExprs[0].(*ast.AliasedTableExpr); ok {
				p.table = AliasOf(t)
			}
		}
		for _, set := range n.Exprs {
			p.within(&set.Expr)
		}
	}
	return p.found
}

type placer struct {
	has          func(string) bool
	given, fresh bool
	table        string // as the statement calls it
	found        []Place
}

// within looks at one expression; most are values.
func (p *placer) within(e *ast.Expr) {
	switch x := (*e).(type) {
	case *ast.NullVal:
		return
	case *ast.SQLVal:
		p.known(x)
		return
	case *ast.Default:
		if x.ColName == "" {
			return
		}
	}
	r := rewriter{expr: p.expr, skip: func(n any) bool {
		if f, call := n.(*ast.FuncExpr); call { // whose column is a name, and no value
			return DefaultOf(f) != nil
		}
		_, sub := n.(*ast.Subquery)
		return sub
	}}
	r.walk(reflect.ValueOf(e).Elem())
}

// below looks at an assignment of ON DUPLICATE KEY UPDATE with the queries in it, for what the binder
// takes at their outside only, or from the list of the query that the rows come from: VALUES(column), and
// columns of the tables of that query.
func (p *placer) below(n *ast.Insert, e *ast.Expr) {
	query, ok := n.Rows.(*ast.Select)
	from, selected, inside, aliases := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	if ok && !query.QueryOpts.Distinct && len(query.GroupBy) == 0 && query.Having == nil { // as the manual has it
		namesOf(from, query.From...)
		delete(from, strings.ToLower(n.Table.Name.String()))
		for _, s := range query.SelectExprs {
			one, ok := s.(*ast.AliasedExpr)
			if !ok { // all columns of a table
				clear(from)
				break
			}
			c, plain := one.Expr.(*ast.ColName)
			switch {
			case !one.As.IsEmpty():
				aliases[one.As.Lowered()] = true
			case plain:
				selected["."+c.Name.Lowered()], selected[strings.ToLower(c.Qualifier.Name.String())+"."+c.Name.Lowered()] = true, true
			}
		}
	}
	queries := false
	_ = EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Subquery:
			queries = true
		case *ast.AliasedTableExpr:
			inside[AliasOf(n)] = true
		}
		return nil
	}, *e)
	if len(from) == 0 && !queries {
		return
	}
	r := rewriter{expr: func(e ast.Expr) ast.Expr {
		switch e := e.(type) {
		case *ast.ValuesFuncExpr:
			if rows, literal := n.Rows.(*ast.AliasedValues); e.Name.Qualifier.Name.IsEmpty() && p.has(e.Name.Name.String()) && (!literal || rows.As.IsEmpty()) {
				return p.put(NewColumn, e.Name.Name.String())
			}
		case *ast.ColName:
			of, name := strings.ToLower(e.Qualifier.Name.String()), e.Name.Lowered()
			known := from[of] && !inside[of] || of == "" && len(from) > 0 && !queries && !p.has(name)
			switch {
			case e.StoredProcVal != nil, selected[of+"."+name]:
			case known && !(of == "" && aliases[name]):
				return p.put(SourceColumn, of+"."+name)
			case of == "" && aliases[name] && p.has(name) && !queries: // the list's names are no columns
				e.Qualifier = ast.TableName{Name: n.Table.Name}
			}
		}
		return nil
	}}
	r.walk(reflect.ValueOf(e).Elem())
}

// namesOf collects what the tables of a FROM clause are called.
func namesOf(names map[string]bool, from ...ast.TableExpr) {
	for _, t := range from {
		switch t := t.(type) {
		case *ast.AliasedTableExpr:
			if name := AliasOf(t); name != "" {
				names[name] = true
			}
		case *ast.JoinTableExpr:
			namesOf(names, t.LeftExpr, t.RightExpr)
		case *ast.ParenTableExpr:
			namesOf(names, t.Exprs...)
		}
	}
}

// isTable says that a reference is not DUAL.
func isTable(e ast.TableExpr) bool {
	t, ok := e.(*ast.AliasedTableExpr)
	if !ok {
		return true
	}
	name, ok := t.Expr.(ast.TableName)
	return !ok || !name.DbQualifier.IsEmpty() || !strings.EqualFold(name.Name.String(), "dual")
}

// alone is what a subquery gives that is one expression and nothing else: (SELECT a), whose
// names are those around it. An aggregate would be one of no rows; it stays.
func alone(s *ast.Subquery) ast.Expr {
	sel, ok := s.Select.(*ast.Select)
	if p, brackets := s.Select.(*ast.ParenSelect); brackets {
		sel, ok = p.Select.(*ast.Select)
	}
	if !ok || len(sel.SelectExprs) != 1 || sel.With != nil || sel.Where != nil || sel.GroupBy != nil || sel.Having != nil ||
		sel.Window != nil || sel.OrderBy != nil || sel.Limit != nil || sel.Into != nil || slices.ContainsFunc(sel.From, isTable) {
		return nil
	}
	one, ok := sel.SelectExprs[0].(*ast.AliasedExpr)
	if !ok {
		return nil
	}
	plain := true
	r := rewriter{expr: func(e ast.Expr) ast.Expr {
		switch e := e.(type) {
		case *ast.FuncExpr:
			plain = plain && !e.IsAggregate() && e.Over == nil
		case *ast.GroupConcatExpr:
			plain = false
		}
		return nil
	}, skip: func(n any) bool { _, sub := n.(*ast.Subquery); return sub }}
	r.walk(reflect.ValueOf(&one.Expr).Elem())
	if !plain {
		return nil
	}
	return &ast.ParenExpr{Expr: one.Expr}
}

func (p *placer) expr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.SQLVal:
		p.known(e)
	case *ast.FuncExpr:
		if of := DefaultOf(e); of != nil && p.own(of) { // also of no column, which is said where the placeholder is filled
			return p.put(UsualColumn, of.Name.String())
		}
	case *ast.ValuesFuncExpr:
		if p.fresh && e.Name.Qualifier.Name.IsEmpty() && p.has(e.Name.Name.String()) {
			return p.put(NewColumn, e.Name.Name.String())
		}
	case *ast.Subquery:
		if inner := alone(e); p.given && inner != nil {
			p.within(&inner)
			return inner
		}
	case *ast.ColName:
		if p.given && e.StoredProcVal == nil && p.has(e.Name.String()) {
			return p.put(GivenColumn, e.Name.String())
		}
	}
	return nil
}

// own says that a column, whether it is one or not, is looked for in the table that the statement changes.
func (p *placer) own(c *ast.ColName) bool {
	of := c.Qualifier.Name.String()
	return of == "" || strings.EqualFold(of, p.table)
}

func (p *placer) put(kind PlaceKind, column string) ast.Expr {
	v := ast.NewValArg([]byte(":" + placeNames[kind] + strings.ToLower(column)))
	p.known(v)
	return v
}

// known lists a placeholder of ours.
func (p *placer) known(v *ast.SQLVal) {
	if v.Type != ast.ValArg {
		return
	}
	name := strings.TrimPrefix(string(v.Val), ":")
	for kind, prefix := range placeNames {
		if column, ok := strings.CutPrefix(name, prefix); ok {
			of := ""
			if kind == SourceColumn {
				of, column, _ = strings.Cut(column, ".")
			}
			p.found = append(p.found, Place{name, kind, of, column})
		}
	}
}

// IsPlace says that a placeholder is one of ours.
func IsPlace(v *ast.SQLVal) bool {
	var p placer
	p.known(v)
	return len(p.found) > 0
}
