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
	Column string
}

// PlaceKind is what a Place stands for.
type PlaceKind uint8

// The kinds.
const (
	GivenColumn PlaceKind = iota // a column, in VALUES: of the row as far as it is made
	NewColumn                    // VALUES(column) behind INSERT … SELECT
	UsualColumn                  // DEFAULT(column)
)

var placeNames = map[PlaceKind]string{GivenColumn: "lx given ", NewColumn: "lx new ", UsualColumn: "lx usual "}

// Places puts placeholders where an INSERT or UPDATE says what the binder does not know, and
// lists those that are there, also from before. has says which columns the table has.
func Places(stmt ast.Statement, has func(column string) bool) (out []Place) {
	p := placer{has: has}
	switch n := stmt.(type) {
	case *ast.Insert:
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
		}
	case *ast.Update:
		for _, set := range n.Exprs {
			p.within(&set.Expr)
		}
	}
	return p.found
}

type placer struct {
	has          func(string) bool
	given, fresh bool
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
	r := rewriter{expr: p.expr, skip: func(n any) bool { _, sub := n.(*ast.Subquery); return sub }}
	r.walk(reflect.ValueOf(e).Elem())
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
	case *ast.Default:
		if e.ColName != "" { // also of no column, which is said where the placeholder is filled
			return p.put(UsualColumn, e.ColName)
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
			p.found = append(p.found, Place{name, kind, column})
		}
	}
}

// IsPlace says that a placeholder is one of ours.
func IsPlace(v *ast.SQLVal) bool {
	var p placer
	p.known(v)
	return len(p.found) > 0
}
