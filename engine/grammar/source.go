package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/lex"
)

// toSource makes a tree speak of the source instead of the canonical text: the
// names that result columns take from their expressions, and where the body of a
// view or program stands.
func toSource(stmt ast.Statement, x *lex.Text, m lex.Mode) {
	if n, ok := stmt.(*ast.Insert); ok {
		if _, values := n.Rows.(*ast.AliasedValues); values {
			return // dumps are made of them, and nothing in them is named
		}
	}
	r := rewriter{node: func(n any) {
		switch n := n.(type) {
		case *ast.AliasedExpr:
			if n.InputExpression != "" {
				n.InputExpression = columnName(x.Source(n.StartParsePos, n.EndParsePos), m)
			}
		case *ast.DDL:
			definition(n, x)
		}
	}}
	r.walk(reflect.ValueOf(stmt))
}

// columnName is the name of a column that an expression makes: of a literal its
// value, otherwise what was written.
func columnName(source string, m lex.Mode) string {
	source = strings.Trim(source, " \t\r\n\v\f")
	l := lex.New(source, m)
	t := l.Next()
	switch t.Kind {
	case lex.String, lex.National, lex.Backtick, lex.Double:
		if t.End == len(source) {
			return lex.Value(source, t, m)
		}
	}
	return source
}

// definition moves the place of a body. A view's may be half of a versioned
// comment; its definition is then the canonical text.
func definition(n *ast.DDL, x *lex.Text) {
	from, to := n.SubStatementPositionStart, n.SubStatementPositionEnd
	if to <= from {
		return
	}
	if n.ViewSpec != nil {
		n.SubStatementStr = strings.TrimSpace(x.Source(from, to))
	}
	n.SubStatementPositionStart, n.SubStatementPositionEnd = x.Start(from), x.End(to)
}
