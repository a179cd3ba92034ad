package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// SequenceFunctions give the numbers of sequences. Their first argument is the name of one.
var SequenceFunctions = map[string]bool{"nextval": true, "currval": true, "lastval": true, "setval": true}

// numbersOf makes a text of the name of a sequence, which the parser takes for a column.
func numbersOf(stmt ast.Statement) {
	rewriter{node: func(n any) {
		name, ok := SequenceIn(n)
		if !ok {
			return
		}
		c, ok := name.Expr.(*ast.ColName)
		if !ok || !c.Qualifier.DbQualifier.IsEmpty() {
			return
		}
		text := lex.QuoteName(c.Name.String())
		if !c.Qualifier.IsEmpty() {
			text = lex.QuoteName(c.Qualifier.Name.String()) + "." + text
		}
		name.Expr = ast.NewStrVal([]byte(text))
	}}.walk(reflect.ValueOf(stmt))
}

// dottedNumbers are columns that LeanXcale and Oracle have of a sequence: q.NEXTVAL.
var dottedNumbers = map[string]bool{"nextval": true, "currval": true}

// callDotted makes calls of q.NEXTVAL and q.CURRVAL. A table of the statement, or a row of a trigger,
// that is called q has such a column itself.
func callDotted(stmt ast.Statement) {
	tables := map[string]bool{"new": true, "old": true}
	all := rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.AliasedTableExpr:
			tables[AliasOf(n)] = true
		case *ast.JSONTableExpr:
			tables[strings.ToLower(n.Alias.String())] = true
		case *ast.TableFuncExpr:
			tables[strings.ToLower(n.Alias.String())] = true
		case *ast.Insert:
			tables[strings.ToLower(n.Table.Name.String())] = true
		case *ast.DDL:
			tables[strings.ToLower(n.Table.Name.String())] = true
		}
	}}
	all.walk(reflect.ValueOf(stmt))
	dotted := func(e ast.Expr) (*ast.ColName, bool) {
		c, ok := e.(*ast.ColName)
		return c, ok && !c.Qualifier.IsEmpty() && dottedNumbers[c.Name.Lowered()] && !tables[strings.ToLower(c.Qualifier.Name.String())]
	}
	title := func(n any) { // of a column that a query has without a name
		if a, ok := n.(*ast.AliasedExpr); ok && a.As.IsEmpty() {
			if c, ok := dotted(a.Expr); ok {
				a.InputExpression = c.Name.String()
			}
		}
	}
	rewriter{node: title, expr: func(e ast.Expr) ast.Expr {
		c, ok := dotted(e)
		if !ok {
			return nil
		}
		text := lex.QuoteName(c.Qualifier.Name.String())
		if !c.Qualifier.DbQualifier.IsEmpty() {
			text = lex.QuoteName(c.Qualifier.DbQualifier.String()) + "." + text
		}
		return &ast.FuncExpr{
			Name:  ast.NewColIdent(c.Name.Lowered()),
			Exprs: ast.SelectExprs{&ast.AliasedExpr{Expr: ast.NewStrVal([]byte(text))}},
		}
	}}.walk(reflect.ValueOf(stmt))
}

// SequenceIn is the argument of a function of sequences that names one.
func SequenceIn(n any) (name *ast.AliasedExpr, ok bool) {
	f, ok := n.(*ast.FuncExpr)
	if !ok || !f.Qualifier.IsEmpty() || !SequenceFunctions[f.Name.Lowered()] || len(f.Exprs) == 0 {
		return nil, false
	}
	name, ok = f.Exprs[0].(*ast.AliasedExpr)
	return name, ok
}

// SequenceName takes the name of a sequence apart: s, shop.s, each in backticks or not.
func SequenceName(text string) (database, name string, ok bool) {
	l := lex.New(text, lex.Mode{})
	part := func() (string, bool) {
		t := l.Next()
		return lex.Value(text, t, lex.Mode{}), t.Kind == lex.Word || t.Kind == lex.Backtick
	}
	if name, ok = part(); !ok {
		return "", "", false
	}
	t := l.Next()
	if t.Kind == lex.Punct && text[t.Pos] == '.' {
		database = name
		if name, ok = part(); !ok {
			return "", "", false
		}
		t = l.Next()
	}
	return database, name, t.Kind == lex.EOF && name != ""
}

// SequenceText is the other way round.
func SequenceText(database, name string) string {
	return lex.QuoteName(database) + "." + lex.QuoteName(name)
}
