package grammar

import (
	"reflect"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// Under PIPES_AS_CONCAT || joins strings and binds tighter than ^. The parser has
// no such operator: for a || b lex writes a ^ mark ^ b, which is read as
// (a ^ mark) ^ b, and joinStrings makes concat(a, b) of it. As parentheses stay in
// the tree, a chain of ^ stands there as it was written.
func joinStrings(stmt ast.Statement) {
	rewriter{expr: joined}.walk(reflect.ValueOf(stmt))
}

// joined returns what a chain of ^ with marks in it means, nil for anything else.
// It sees the shorter chains inside a chain first; those that end in a mark it
// leaves to the longer one.
func joined(e ast.Expr) ast.Expr {
	terms := chain(e, nil)
	if len(terms) < 3 || isMark(terms[len(terms)-1]) {
		return nil
	}
	marked := false
	var out []ast.Expr
	for i := 0; i < len(terms); i++ {
		if isMark(terms[i]) && i > 0 && i+1 < len(terms) {
			marked = true
			out[len(out)-1] = concat(out[len(out)-1], terms[i+1])
			i++
			continue
		}
		out = append(out, terms[i])
	}
	if !marked {
		return nil
	}
	whole := out[0]
	for _, t := range out[1:] {
		whole = &ast.BinaryExpr{Left: whole, Operator: ast.BitXorStr, Right: t}
	}
	return whole
}

// concat joins two strings, or one more to those that || has joined already.
func concat(left, right ast.Expr) ast.Expr {
	return &ast.FuncExpr{Name: ast.NewColIdent("concat"), Exprs: ast.SelectExprs{&ast.AliasedExpr{Expr: left}, &ast.AliasedExpr{Expr: right}}}
}

func chain(e ast.Expr, terms []ast.Expr) []ast.Expr {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Operator == ast.BitXorStr {
		return append(chain(b.Left, terms), b.Right)
	}
	return append(terms, e)
}

func isMark(e ast.Expr) bool {
	c, ok := e.(*ast.ColName)
	return ok && c.Qualifier.IsEmpty() && c.Name.String() == lex.ConcatMark
}
