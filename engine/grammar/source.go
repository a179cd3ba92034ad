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
			if c, ok := n.Expr.(*ast.ColName); ok && n.As.IsEmpty() && n.EndParsePos > n.StartParsePos && strings.HasPrefix(c.Name.String(), "@") {
				if name := strings.TrimSpace(x.Source(n.StartParsePos, n.EndParsePos)); len(name) > 1 && strings.IndexByte("`'\"", name[1]) >= 0 {
					n.As = ast.NewColIdent(name) // the parser knows it by another one
				}
			}
			if n.InputExpression != "" {
				n.InputExpression = columnName(x.Source(n.StartParsePos, n.EndParsePos), m)
			}
		case *ast.DDL:
			definition(n, x)
		}
	}}
	r.walk(reflect.ValueOf(stmt))
}

// unseen is what a name does not begin with: blanks and control characters.
const unseen = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f \x7f"

// columnName is the name of a column that an expression makes: of a literal its
// value (of several the first one's), otherwise what was written. The parser has an
// expression begin where it stands when it looks for one, which may be before the comma.
func columnName(source string, m lex.Mode) string {
	const blank = " \t\r\n\v\f"
	source = strings.Trim(source, blank)
	l := lex.New(source, m)
	first := l.Next()
	if first.Kind == lex.Punct && source[first.Pos:first.End] == "," {
		source = strings.TrimLeft(source[first.End:], blank)
		l = lex.New(source, m)
		first = l.Next()
	}
	text := func(t lex.Token) bool { return t.Kind == lex.String || t.Kind == lex.Double && !m.ANSIQuotes }
	if first.Kind == lex.Word && lex.IsIntroducer(source[first.Pos:first.End]) {
		if first = l.Next(); !text(first) {
			return source
		}
	}
	last := first
	if text(first) || first.Kind == lex.National { // texts that stand beside each other are one
		for t := l.Next(); text(t); t = l.Next() {
			last = t
		}
	}
	switch first.Kind {
	case lex.String, lex.National, lex.Backtick, lex.Double:
		if last.End == len(source) {
			return strings.TrimLeft(lex.Value(source, first, m), unseen)
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
