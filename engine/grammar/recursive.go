package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// recursive refuses what the recursive part of a common table expression may not have: it names
// itself once, in no subquery and not on the right of a LEFT JOIN, and neither groups nor has
// functions over groups or windows.
func recursive(w *ast.With) error {
	if !w.Recursive {
		return nil
	}
	for _, cte := range w.Ctes {
		sub, ok := cte.AliasedTableExpr.Expr.(*ast.Subquery)
		if !ok {
			continue
		}
		if err := recursiveParts(cte.As.String(), sub.Select); err != nil {
			return err
		}
		if set, ok := withoutParens(sub.Select).(*ast.SetOp); ok && set.Limit != nil && set.Limit.Offset != nil && namesItself(cte.As.String(), set) {
			// The library forgets it.
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'OFFSET in a recursive common table expression'").
				WithHint("pass over the first rows where it is read")
		}
	}
	return nil
}

// namesItself reports a part of a UNION that reads the table of that name.
func namesItself(name string, s ast.SelectStatement) bool {
	switch s := withoutParens(s).(type) {
	case *ast.SetOp:
		return namesItself(name, s.Left) || namesItself(name, s.Right)
	case *ast.Select:
		at := &references{name: name}
		for _, t := range s.From {
			at.from(t, false)
		}
		return at.here > 0
	}
	return false
}

// recursiveParts looks at the SELECTs of a UNION.
func recursiveParts(name string, s ast.SelectStatement) error {
	switch s := withoutParens(s).(type) {
	case *ast.SetOp:
		if err := recursiveParts(name, s.Left); err != nil {
			return err
		}
		return recursiveParts(name, s.Right)
	case *ast.Select:
		return recursivePart(name, s)
	}
	return nil
}

func recursivePart(name string, s *ast.Select) error {
	at := &references{name: name}
	for _, t := range s.From {
		at.from(t, false)
	}
	at.below([]any{&s.SelectExprs, &s.Where, &s.GroupBy, &s.Having, &s.OrderBy})
	switch {
	case at.here+at.inside == 0:
		return nil
	case at.here != 1 || at.inside > 0:
		return sqlerr.CTERecursiveRequiresSingleReference.Errorf("In recursive query block of Recursive Common Table Expression '%s', the recursive table must be referenced only once, and not in any subquery", name)
	case at.right:
		return sqlerr.CTERecursiveForbiddenJoinOrder.Errorf("In recursive query block of Recursive Common Table Expression '%s', the recursive table must neither be in the right argument of a LEFT JOIN, nor be forced to be non-first with join order hints", name)
	case len(s.GroupBy) > 0 || len(s.Window) > 0 || aggregateIn(&s.SelectExprs) || aggregateIn(&s.Having) || overIn(&s.SelectExprs):
		return sqlerr.CTERecursiveForbidsAggregation.Errorf("Recursive Common Table Expression '%s' can contain neither aggregation nor window functions in recursive query block", name)
	}
	return nil
}

// overIn reports a function with OVER outside of subqueries.
func overIn(list any) bool {
	found := false
	rewriter{skip: isSubquery, expr: func(e ast.Expr) ast.Expr {
		if f, ok := e.(*ast.FuncExpr); ok && f.Over != nil {
			found = true
		}
		if x, ok := e.(ast.InjectedExpr); ok {
			_, over := x.Expression.(*Over)
			found = found || over
		}
		return nil
	}}.walk(reflect.ValueOf(list))
	return found
}

// references counts where a name stands for a table.
type references struct {
	name         string
	here, inside int
	right        bool // on the right of a LEFT JOIN, or the left of a RIGHT JOIN
}

func (r *references) from(t ast.TableExpr, right bool) {
	switch t := t.(type) {
	case *ast.AliasedTableExpr:
		if name, ok := t.Expr.(ast.TableName); ok {
			if name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), r.name) {
				r.here++
				r.right = r.right || right
			}
			return
		}
		r.below(t.Expr)
	case *ast.JoinTableExpr:
		join := strings.ToLower(t.Join)
		r.from(t.LeftExpr, right || strings.Contains(join, "right"))
		r.from(t.RightExpr, right || strings.Contains(join, "left"))
		r.below(&t.Condition)
	case *ast.ParenTableExpr:
		for _, e := range t.Exprs {
			r.from(e, right)
		}
	}
}

// below counts what stands in subqueries. One that makes the name anew by a WITH is left alone.
func (r *references) below(tree any) {
	rewriter{skip: func(n any) bool {
		switch n := n.(type) {
		case *ast.With:
			return true
		case *ast.Select:
			return r.makes(n.With)
		case *ast.SetOp:
			return r.makes(n.With)
		case *ast.AliasedTableExpr:
			if name, ok := n.Expr.(ast.TableName); ok && name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), r.name) {
				r.inside++
			}
		}
		return false
	}}.walk(reflect.ValueOf(tree))
}

func (r *references) makes(w *ast.With) bool {
	if w == nil {
		return false
	}
	for _, c := range w.Ctes {
		if strings.EqualFold(c.As.String(), r.name) {
			return true
		}
	}
	return false
}
