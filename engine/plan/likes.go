package plan

import (
	"strings"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/value"
)

// The library turns LIKE without a wildcard into =, and LIKE 'ab%' into a range
// whose upper end is 'ab' and one more byte. It looks for wildcards with escapes in
// place but compares with the escapes still in, and characters above that byte are
// left out. It keeps its hands off a LIKE that says ESCAPE. So ranges are added
// here, and every LIKE says what it means.

// LikesID is above the library's own numbers.
const LikesID analyzer.RuleId = 1004

// EscapedLikes is a rule of the analyzer; see above.
func EscapedLikes(ctx *sql.Context, a *analyzer.Analyzer, node sql.Node, scope *plan.Scope, sel analyzer.RuleSelector, flags *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	if !node.Resolved() {
		return node, transform.SameTree, nil
	}
	return transform.NodeWithOpaque(node, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		f, ok := n.(*plan.Filter)
		if !ok {
			return n, transform.SameTree, nil
		}
		e, same, err := transform.Expr(f.Expression, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
			switch e := e.(type) {
			case *plan.Subquery:
				q, same, err := EscapedLikes(ctx, a, e.Query, scope, sel, flags)
				if same || err != nil {
					return e, transform.SameTree, err
				}
				return e.WithQuery(q), transform.NewTree, nil
			case *expression.Like:
				if e.Escape == nil {
					return sayEscape(e), transform.NewTree, nil
				}
			}
			return e, transform.SameTree, nil
		})
		if same || err != nil {
			return n, transform.SameTree, err
		}
		return plan.NewFilter(e, f.Child), transform.NewTree, nil
	})
}

var backslash = expression.NewLiteral(`\`, types.LongText)

// sayEscape adds ESCAPE '\' to a LIKE, and what of it an index can answer.
func sayEscape(l *expression.Like) sql.Expression {
	like := expression.NewLike(l.LeftChild, l.RightChild, backslash)
	column, ok := l.LeftChild.(*expression.GetField)
	if !ok {
		return like
	}
	t, ok := column.Type().(sql.StringType)
	if !ok || !types.IsText(t) || t.CharacterSet() != sql.CharacterSet_utf8mb4 {
		return like
	}
	literal, ok := l.RightChild.(*expression.Literal)
	if !ok {
		return like
	}
	pattern, ok := literal.Value().(string)
	if !ok || !utf8.ValidString(pattern) {
		return like
	}
	prefix, whole := literalPrefix(pattern)
	end := func(s string) sql.Expression { return expression.NewLiteral(s, literal.Type()) }
	switch {
	case whole:
		return expression.NewAnd(expression.NewEquals(column, end(prefix)), like)
	case prefix == "":
		return like
	}
	room := min(t.MaxCharacterLength()-int64(utf8.RuneCountInString(prefix)), 8)
	if room < 1 {
		return like
	}
	of := value.CollationOf(uint16(t.Collation()))
	if of == nil || of.Last() == 0 {
		return like
	}
	upper := prefix + strings.Repeat(string(of.Last()), int(room))
	return expression.NewAnd(expression.NewAnd(expression.NewGreaterThanOrEqual(column, end(prefix)), expression.NewLessThanOrEqual(column, end(upper))), like)
}

// literalPrefix is what a pattern begins with before its first wildcard; whole, when
// there is none.
func literalPrefix(pattern string) (prefix string, whole bool) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c == '%' || c == '_' {
			return b.String(), false
		}
		if c == '\\' {
			if i++; i == len(pattern) {
				return "", false // half an escape: an error where it is evaluated
			}
			c = pattern[i]
		}
		b.WriteByte(c)
	}
	return b.String(), true
}
