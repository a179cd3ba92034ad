package plan

import (
	"math"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/value"
)

// Variable is a variable of a stored program in a plan: a constant of its type for
// one execution. The binder does not look at its value, so what was bound serves for all values, as
// with a Given.
type Variable struct {
	Slot  int
	Name  string
	Value value.Value
	Of    value.Type
	typ   sql.Type
	param int // number of the parameter that it becomes, from 1; 0 is none
}

var (
	_ sql.Expression         = (*Variable)(nil)
	_ sql.CollationCoercible = (*Variable)(nil)
)

// NewVariable is a variable with its value.
func NewVariable(slot int, name string, v value.Value, t *value.Type) (*Variable, error) {
	typ, err := libraryType(t)
	if err != nil {
		return nil, err
	}
	return &Variable{Slot: slot, Name: name, Value: v, Of: *t, typ: typ}, nil
}

func (v *Variable) Resolved() bool             { return true }
func (v *Variable) String() string             { return v.Name }
func (v *Variable) Type() sql.Type             { return v.typ }
func (v *Variable) IsNullable() bool           { return true }
func (v *Variable) Children() []sql.Expression { return nil }

// Eval implements sql.Expression, where the library's executor runs the statement.
func (v *Variable) Eval(*sql.Context, sql.Row) (any, error) { return libraryValue(v.Value, &v.Of) }

// WithChildren implements sql.Expression.
func (v *Variable) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(v, len(children), 0)
	}
	return v, nil
}

// CollationCoercibility implements sql.CollationCoercible.
func (v *Variable) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	if !v.Of.IsString() || v.Of.Collation == nil {
		return sql.Collation_binary, byte(value.Numeric)
	}
	return sql.CollationID(v.Of.Collation.ID), byte(v.Of.Coercibility)
}

// Number is a variable in LIMIT or OFFSET. As in MySQL NULL is no row, and a negative
// number the large one that its bits are without a sign.
func Number(v value.Value, t *value.Type) (*expression.Literal, error) {
	if v.IsNull() {
		return expression.NewLiteral(int64(0), types.Int64), nil
	}
	n, err := value.ToInteger(&value.Env{Mode: value.DefaultMode}, v, t)
	if err != nil {
		return nil, err
	}
	if n.Class() == value.ClassUint && n.Uint() > math.MaxInt64 || n.Class() != value.ClassUint && n.Int() < 0 {
		return expression.NewLiteral(int64(math.MaxInt64), types.Int64), nil
	}
	return expression.NewLiteral(n.Int(), types.Int64), nil
}

// variableOf is a constant of one execution, or a parameter of what is kept for many.
func (c *converter) variableOf(v *Variable) expr.Expr {
	t := v.Of
	t.Nullable = true // as every variable is
	if c.kept {
		return expr.NewParam(v.Slot, t)
	}
	x := expr.NewConst(v.Value, t)
	x.Of.Nullable = true
	if !c.slotted {
		return x
	}
	if v.param == 0 {
		c.unsteady = true
		return x
	}
	return c.parameter(v.param-1, x, t)
}

// Scalar makes of a bound SELECT of one expression that expression, for many
// executions: variables are parameters with the numbers of their slots. It is an
// *Unconverted for one that hangs on more than those: subqueries, other variables,
// functions of ours that run statements.
func Scalar(ctx *sql.Context, n sql.Node, env *value.Env) (expr.Expr, error) {
	p, ok := n.(*plan.Project)
	if !ok || len(p.Projections) != 1 {
		return nil, unconverted("no single expression")
	}
	changes := false
	sql.Inspect(p.Projections[0], func(e sql.Expression) bool {
		switch e := e.(type) {
		case *expression.UserVar, *expression.SystemVar, *expression.SetField, *plan.Subquery, *plan.ExistsSubquery, *plan.InSubquery:
			changes = true
		case interface{ RunsStatements() bool }:
			changes = changes || e.RunsStatements()
		}
		return !changes
	})
	if changes {
		return nil, unconverted("an expression of one execution")
	}
	c := &converter{ctx: ctx, b: functions.NewBuilder(env), kept: true}
	x, err := c.expr(&scope{}, p.Projections[0])
	if err == nil && (c.slots > 0 || len(c.subqueries) > 0) {
		return nil, unconverted("an expression with slots")
	}
	return x, err
}
