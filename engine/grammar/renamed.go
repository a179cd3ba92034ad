package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// starsOfRenamed writes the names of t(a, b), of WITH and of derived tables, for a * over them: the library gives the
// columns of such a * the names that they have below.
func starsOfRenamed(stmt ast.Statement) { (&renamed{}).walk(stmt) }

// renames says that a part of a tree is t(a, b).
func renames(n any) bool {
	switch n := n.(type) {
	case *ast.Subquery:
		return len(n.Columns) > 0
	case *ast.CommonTableExpr:
		return len(n.Columns) > 0
	}
	return false
}

// renamed are the names that WITH has made where a part of a statement stands, with their columns; none for those of the
// query itself.
type renamed struct {
	outer *renamed
	name  ast.TableIdent
	list  ast.Columns
}

// RenamedColumns are the names that t(a, b) gives the columns of a table reference, nil where none are given.
func RenamedColumns(t *ast.AliasedTableExpr, with *ast.With) (out []string) {
	list := (&renamed{}).of(t)
	if name, ok := t.Expr.(ast.TableName); ok && name.DbQualifier.IsEmpty() && with != nil {
		for _, c := range with.Ctes { // the last of a name is the nearest
			if strings.EqualFold(c.As.String(), name.Name.String()) {
				list = overStar(c.Columns, c.Expr)
			}
		}
	}
	for _, c := range list {
		out = append(out, c.String())
	}
	return out
}

// of are the names for the columns of a table reference.
func (in *renamed) of(t *ast.AliasedTableExpr) ast.Columns {
	switch x := t.Expr.(type) {
	case ast.TableName:
		if x.DbQualifier.IsEmpty() {
			return in.columns(x.Name)
		}
	case *ast.Subquery:
		return overStar(x.Columns, x.Select)
	}
	return nil
}

// overStar are the names for the columns of a query with a * in it: those of others the library knows.
func overStar(list ast.Columns, query ast.SQLNode) ast.Columns {
	if _, known := selected(query); known {
		return nil
	}
	return list
}

func (in *renamed) columns(name ast.TableIdent) ast.Columns {
	for ; in != nil && !in.name.IsEmpty(); in = in.outer {
		if strings.EqualFold(in.name.String(), name.String()) {
			return in.list
		}
	}
	return nil
}

func (in *renamed) walk(tree any) {
	rewriter{skip: func(n any) bool {
		switch n := n.(type) {
		case *ast.Select:
			inner := in.with(n.With)
			inner.query(n)
			inner.walk([]any{n.SelectExprs, n.From, n.Where, n.GroupBy, n.Having, n.Window, n.OrderBy, n.Limit})
		case *ast.SetOp:
			inner := in.with(n.With)
			inner.walk([]any{n.Left, n.Right, n.OrderBy, n.Limit})
		case *ast.Insert:
			inner := in.with(n.With)
			inner.walk([]any{n.Rows, n.OnDup})
		case *ast.Update:
			inner := in.with(n.With)
			inner.walk([]any{n.TableExprs, n.Exprs, n.Where, n.OrderBy, n.Limit})
		case *ast.Delete:
			inner := in.with(n.With)
			inner.walk([]any{n.TableExprs, n.Where, n.OrderBy, n.Limit})
		default:
			return false
		}
		return true
	}}.walk(reflect.ValueOf(tree))
}

// with is what is known below a WITH.
func (in *renamed) with(w *ast.With) *renamed {
	if w == nil {
		return in
	}
	for _, c := range w.Ctes {
		own := &renamed{in, c.As, overStar(c.Columns, c.Expr)}
		if w.Recursive {
			own.walk(c.Expr)
		} else {
			in.walk(c.Expr)
		}
		in = own
	}
	return in
}

// query writes the columns for the stars of one SELECT.
func (in *renamed) query(s *ast.Select) {
	type table struct {
		name ast.TableName
		list ast.Columns
	}
	var tables []table
	plain, any := true, false // nothing that has no name here
	var gather func(e ast.TableExpr)
	gather = func(e ast.TableExpr) {
		switch e := e.(type) {
		case *ast.AliasedTableExpr:
			t := table{ast.TableName{Name: e.As}, in.of(e)}
			if x, ok := e.Expr.(ast.TableName); ok && e.As.IsEmpty() {
				t.name = x
			}
			any = any || len(t.list) > 0
			tables = append(tables, t)
		case *ast.JoinTableExpr:
			plain = plain && !byName(e)
			gather(e.LeftExpr)
			gather(e.RightExpr)
		case *ast.ParenTableExpr:
			for _, x := range e.Exprs {
				gather(x)
			}
		default:
			plain = false
		}
	}
	for _, e := range s.From {
		gather(e)
	}
	if !any {
		return
	}
	var out ast.SelectExprs
	for _, e := range s.SelectExprs {
		star, ok := e.(*ast.StarExpr)
		if !ok || star.TableName.IsEmpty() && !plain {
			out = append(out, e)
			continue
		}
		found := false
		for _, t := range tables {
			if !star.TableName.IsEmpty() && !strings.EqualFold(t.name.Name.String(), star.TableName.Name.String()) {
				continue
			}
			found = true
			if len(t.list) == 0 {
				out = append(out, &ast.StarExpr{TableName: t.name})
			}
			for _, c := range t.list {
				out = append(out, &ast.AliasedExpr{Expr: &ast.ColName{Name: c, Qualifier: t.name}, InputExpression: c.String()})
			}
		}
		if !found {
			out = append(out, e)
		}
	}
	s.SelectExprs = out
}
