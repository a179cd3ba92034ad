package grammar

import (
	"fmt"
	"hash/fnv"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// The library asks a subquery in a SELECT list for its type three times, which asks the
// subqueries in its own list three times each: twenty of them in one another take minutes to bind. Where
// some stand in one another, each answers once.

// deepNesting is from how many subqueries on this is done.
const deepNesting = 4

// askOnce puts a once around what has subqueries in SELECT lists.
func askOnce(stmt ast.Statement) {
	var list []*ast.AliasedExpr
	_ = EveryNode(func(n ast.SQLNode) error {
		if a, ok := n.(*ast.AliasedExpr); ok && plainSubqueries(a.Expr) {
			list = append(list, a)
		}
		return nil
	}, stmt)
	if len(list) < deepNesting {
		return
	}
	for _, a := range list {
		a.Expr = ast.InjectedExpr{Expression: once{}, Children: ast.Exprs{a.Expr}, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE}}
	}
}

// plainSubqueries says that an expression is made of subqueries, operators and literals.
func plainSubqueries(e ast.Expr) bool {
	found := false
	var plain func(e ast.Expr) bool
	plain = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Subquery:
			found = true
			return true
		case *ast.ParenExpr:
			return plain(e.Expr)
		case *ast.BinaryExpr:
			return plain(e.Left) && plain(e.Right)
		case *ast.ComparisonExpr:
			return e.Escape == nil && plain(e.Left) && plain(e.Right)
		case *ast.SQLVal, *ast.ColName:
			return true
		}
		return false
	}
	return plain(e) && found
}

// once is an expression that answers for its child.
type once struct{}

// String implements fmt.Stringer: the parser prints trees by it.
func (once) String() string { return "" }

// WithResolvedChildren implements ast.Injectable.
func (once) WithResolvedChildren(children []any) (any, error) {
	list, err := expressions(children)
	if err != nil {
		return nil, err
	}
	return &Once{Child: list[0]}, nil
}

// Once is a once that the library has bound.
type Once struct {
	Child sql.Expression
	typ   sql.Type
	text  string
}

var _ sql.Expression = (*Once)(nil)

// Children implements sql.Expression.
func (e *Once) Children() []sql.Expression { return []sql.Expression{e.Child} }

// Resolved implements sql.Expression.
func (e *Once) Resolved() bool { return e.Child.Resolved() }

// String implements sql.Expression. The library knows expressions by their texts, and writes that of a subquery into
// the texts of all around it, several times: a sum of it is as good, and stays short.
func (e *Once) String() string {
	if e.text == "" {
		sum := fnv.New128a()
		_, _ = sum.Write([]byte(e.Child.String())) // a hash takes everything
		e.text = fmt.Sprintf("once %x", sum.Sum(nil))
	}
	return e.text
}

// IsNullable implements sql.Expression.
func (e *Once) IsNullable() bool { return true }

// Type implements sql.Expression.
func (e *Once) Type() sql.Type {
	if e.typ == nil {
		e.typ = e.Child.Type()
	}
	return e.typ
}

// WithChildren implements sql.Expression.
func (e *Once) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 1 {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), 1)
	}
	return &Once{Child: children[0]}, nil
}

// Eval implements sql.Expression.
func (e *Once) Eval(ctx *sql.Context, row sql.Row) (any, error) { return e.Child.Eval(ctx, row) }
