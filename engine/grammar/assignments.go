package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// assignments makes forms of @a OR mark OR b, which lex has written for @a := b.
func assignments(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		if o, ok := e.(*ast.OrExpr); ok {
			return assigned(o)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}

func isAssignMark(e ast.Expr) bool {
	c, ok := e.(*ast.ColName)
	return ok && c.Qualifier.IsEmpty() && c.Name.String() == lex.AssignMark
}

// assignment is the Form of an assignment, nil for anything else.
func assignment(e ast.Expr) *ast.InjectedExpr {
	if i, ok := e.(ast.InjectedExpr); ok {
		if f, ok := i.Expression.(*Form); ok && f.Kind == FormAssign {
			return &i
		}
	}
	return nil
}

// assigned is @a OR mark OR b. What comes behind it by another OR belongs to b; in
// brackets it would not stand here.
func assigned(o *ast.OrExpr) ast.Expr {
	if isAssignMark(o.Right) {
		return nil // the next one up has all of it
	}
	if inner, ok := o.Left.(*ast.OrExpr); ok && isAssignMark(inner.Right) {
		return assign(inner.Left, o.Right)
	}
	if i := assignment(o.Left); i != nil {
		more := &ast.OrExpr{Left: i.Children[0], Right: o.Right}
		if i.Children[0] = more; assignment(more.Left) != nil {
			i.Children[0] = assigned(more)
		}
		return *i
	}
	return nil
}

// assign is left := right, where left may be an assignment itself: @a := @b := 1.
func assign(left, right ast.Expr) ast.Expr {
	if i := assignment(left); i != nil {
		i.Children[0] = assign(i.Children[0], right)
		return *i
	}
	c, ok := left.(*ast.ColName)
	if !ok {
		return nil
	}
	name := strings.TrimPrefix(c.Name.String(), "@")
	return form(&Form{Kind: FormAssign, Operator: name, text: "@" + name + ":="}, right)
}
