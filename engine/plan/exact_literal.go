package plan

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/grammar"
)

// exactLiteral is a decimal literal that the library's binder must not look into: see
// grammar.Exact.
type exactLiteral struct{ Call }

var (
	_ sql.FunctionExpression = (*exactLiteral)(nil)
	_ sql.CollationCoercible = (*exactLiteral)(nil)
)

func newExactLiteral(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != 1 {
		return nil, sql.ErrInvalidArgumentNumber.New("a literal", 1, len(args))
	}
	return &exactLiteral{Call{grammar.Exact, args}}, nil
}

func (e *exactLiteral) Description() string { return "a literal as it was written" }
func (e *exactLiteral) Type() sql.Type      { return e.Args[0].Type() }
func (e *exactLiteral) IsNullable() bool    { return false }

// String is the literal: it stands in errors, EXPLAIN and the names of columns.
func (e *exactLiteral) String() string { return e.Args[0].String() }

// CollationCoercibility is that of a number.
func (e *exactLiteral) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	return sql.Collation_binary, 5
}

func (e *exactLiteral) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	return newExactLiteral(args...)
}

// Eval gives the literal.
func (e *exactLiteral) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	return e.Args[0].Eval(ctx, row)
}
