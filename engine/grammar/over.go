package grammar

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Over is a function with OVER. The library's binder forgets half of what a window
// says, so it gets to see an expression of ours: it binds the children, in the order
// arguments, PARTITION BY, ORDER BY, bounds of the frame.
type Over struct {
	Name               string // of the function, in lower case
	Star               bool   // COUNT(*)
	Args, Parts, Order int    // how many children are which
	Descending         []bool
	Frame              *OverFrame // nil: the frame was not said
	Window             string     // how errors name it

	text string
}

// OverFrame is the frame of a window.
type OverFrame struct {
	Rows       bool
	Start, End OverBound
}

// OverBound is one end of a frame.
type OverBound struct {
	Type ast.BoundType
	Unit string // of an INTERVAL
	At   int    // the child that says how far; -1: none does
}

// String implements fmt.Stringer: the parser prints trees by it.
func (o *Over) String() string { return o.text }

// WithResolvedChildren implements ast.Injectable.
func (o *Over) WithResolvedChildren(children []any) (any, error) {
	list, err := expressions(children)
	return &OverCall{o, list}, err
}

// OverCall is an Over that the library has bound.
type OverCall struct {
	*Over
	Bound []sql.Expression
}

var _ sql.Expression = (*OverCall)(nil)

// Children implements sql.Expression.
func (e *OverCall) Children() []sql.Expression { return e.Bound }

// Resolved implements sql.Expression.
func (e *OverCall) Resolved() bool { return resolved(e.Bound) }

// IsNullable implements sql.Expression.
func (e *OverCall) IsNullable() bool { return true }

// Type is near enough for the library, which computes nothing of it.
func (e *OverCall) Type() sql.Type {
	switch e.Name {
	case "lag", "lead", "first_value", "last_value", "nth_value", "min", "max":
		return e.Bound[0].Type()
	case "json_arrayagg", "json_objectagg":
		return types.JSON
	case "row_number", "count":
		return types.Int64
	case "rank", "dense_rank", "ntile", "bit_and", "bit_or", "bit_xor":
		return types.Uint64
	}
	return types.Float64
}

// WithChildren implements sql.Expression.
func (e *OverCall) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != len(e.Bound) {
		return nil, sql.ErrInvalidChildrenNumber.New(e, len(children), len(e.Bound))
	}
	return &OverCall{e.Over, children}, nil
}

// Eval is for statements that the library runs, which has no windows that are right.
func (e *OverCall) Eval(*sql.Context, sql.Row) (any, error) {
	return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'window functions in this statement'").
		WithHint("select into a temporary table first")
}
