package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// quantify makes forms of the comparisons with ANY and ALL that lex has marked: the parser
// has read a > mark ^ (SELECT …).
func quantify(stmt ast.Statement) {
	rewriter{expr: func(e ast.Expr) ast.Expr {
		c, ok := e.(*ast.ComparisonExpr)
		if !ok {
			return nil
		}
		b, ok := c.Right.(*ast.BinaryExpr)
		if !ok || b.Operator != ast.BitXorStr {
			return nil
		}
		mark, ok := b.Left.(*ast.ColName)
		if !ok || !mark.Qualifier.IsEmpty() {
			return nil
		}
		operator := c.Operator
		if operator == ast.NotEqualStr {
			operator = "<>"
		}
		switch mark.Name.String() {
		case lex.AnyMark:
			return form(&Form{Kind: FormAny, Operator: operator}, c.Left, b.Right)
		case lex.AllMark:
			return form(&Form{Kind: FormAll, Operator: operator}, c.Left, b.Right)
		}
		return nil
	}}.walk(reflect.ValueOf(stmt))
}
