package grammar

import (
	"reflect"
	"strings"
	"time"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// literalName ends the names of the functions that DATE'…', TIME'…' and TIMESTAMP'…' are read as.
const literalName = " literal"

// nameConstants takes NAME_CONST apart where one of its arguments is a typed literal: the
// library knows other literals there.
func nameConstants(stmt ast.Statement) {
	rewriter{
		node: func(n any) {
			if s, ok := n.(*ast.Select); ok {
				nameColumns(s.SelectExprs)
			}
		},
		expr: func(e ast.Expr) ast.Expr {
			_, v := nameConstant(e)
			return v
		},
	}.walk(reflect.ValueOf(stmt))
}

// nameColumns does it for what is selected, which the name is for.
func nameColumns(list ast.SelectExprs) {
	for _, e := range list {
		a, ok := e.(*ast.AliasedExpr)
		if !ok {
			continue
		}
		if name, v := nameConstant(a.Expr); v != nil {
			if a.Expr = v; a.As.IsEmpty() {
				a.As = ast.NewColIdent(name)
			}
		}
	}
}

// nameConstant is what such a call says; v is nil for everything else.
func nameConstant(e ast.Expr) (name string, v ast.Expr) {
	f, ok := e.(*ast.FuncExpr)
	if !ok || f.Name.Lowered() != "name_const" || len(f.Exprs) != 2 {
		return "", nil
	}
	first, value := argument(f, 0), argument(f, 1)
	text, typed := typedLiteral(value)
	_, literal := value.(*ast.SQLVal)
	if _, null := value.(*ast.NullVal); !typed && !literal && !null {
		return "", nil
	}
	switch first := first.(type) {
	case *ast.SQLVal:
		if typed && first.Type == ast.StrVal {
			return string(first.Val), value
		}
	case *ast.FuncExpr:
		if text, typed = typedLiteral(first); typed && isTime(text) {
			return text, value
		}
	}
	return "", nil
}

func argument(f *ast.FuncExpr, at int) ast.Expr {
	if a, ok := f.Exprs[at].(*ast.AliasedExpr); ok {
		return a.Expr
	}
	return nil
}

func typedLiteral(e ast.Expr) (text string, is bool) {
	f, ok := e.(*ast.FuncExpr)
	if !ok || !strings.HasSuffix(f.Name.Lowered(), literalName) || len(f.Exprs) != 1 {
		return "", false
	}
	v, ok := argument(f, 0).(*ast.SQLVal)
	if !ok {
		return "", false
	}
	return string(v.Val), true
}

// isTime says that a text is a date, a time or both in the form that they are printed in.
func isTime(text string) bool {
	for _, layout := range [...]string{time.DateOnly, time.TimeOnly, time.DateTime} {
		if t, err := time.Parse(layout, text); err == nil && t.Format(layout) == text {
			return true
		}
	}
	return false
}
