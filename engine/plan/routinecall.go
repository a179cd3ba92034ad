package plan

import (
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// RoutineCall is a call of a stored function in a plan.
type RoutineCall struct {
	Call
	Of value.Type
	// Run runs it.
	Run func(ctx *sql.Context, args []value.Value, types []value.Type) (value.Value, error)
	typ sql.Type
}

var (
	_ sql.FunctionExpression         = (*RoutineCall)(nil)
	_ sql.NonDeterministicExpression = (*RoutineCall)(nil)
	_ sql.CollationCoercible         = (*RoutineCall)(nil)
)

// NewRoutineCall is a call with the type of the function's result.
func NewRoutineCall(name string, args []sql.Expression, of value.Type, run func(*sql.Context, []value.Value, []value.Type) (value.Value, error)) (*RoutineCall, error) {
	typ, err := libraryType(&of)
	if err != nil {
		return nil, err
	}
	return &RoutineCall{Call{name, args}, of, run, typ}, nil
}

func (f *RoutineCall) Description() string      { return "a stored function" }
func (f *RoutineCall) Type() sql.Type           { return f.typ }
func (f *RoutineCall) IsNonDeterministic() bool { return true }

// RunsStatements keeps it out of expressions that are kept for many executions.
func (f *RoutineCall) RunsStatements() bool { return true }

// CollationCoercibility is that of the type.
func (f *RoutineCall) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	if !f.Of.IsString() || f.Of.Collation == nil {
		return sql.Collation_binary, byte(value.Numeric)
	}
	return sql.CollationID(f.Of.Collation.ID), byte(f.Of.Coercibility)
}

// WithChildren implements sql.Expression.
func (f *RoutineCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	c := *f
	c.Args = args
	return &c, nil
}

// Eval implements sql.Expression, where the library's executor runs the statement.
func (f *RoutineCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	args, types := make([]value.Value, len(f.Args)), make([]value.Type, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		var ok bool
		if types[i], ok = table.ValueType(a.Type(), true); !ok {
			return nil, fmt.Errorf("an argument of type %s", a.Type())
		}
		if args[i], err = ValueOf(ctx, v, a.Type(), &types[i]); err != nil {
			return nil, err
		}
	}
	v, err := f.Run(ctx, args, types)
	if err != nil {
		return nil, err
	}
	return libraryValue(v, &f.Of)
}

// routineCall converts a call of a stored function.
func (c *converter) routineCall(s *scope, f *RoutineCall) (expr.Expr, error) {
	args := make([]expr.Expr, len(f.Args))
	types := make([]value.Type, len(f.Args))
	for i, a := range f.Args {
		var err error
		if args[i], err = c.expr(s, a); err != nil {
			return nil, err
		}
		types[i] = *args[i].Type()
	}
	of, run, ctx := f.Of, f.Run, c.ctx
	of.Nullable = true
	return c.b.CallOf(&expr.Function{
		Name: f.Name, Min: len(args), Max: len(args), Text: expr.Fixed, Null: expr.Own, Volatile: true,
		Result: func(*expr.Call) (value.Type, error) { return of, nil },
		Eval: func(_ *expr.Ctx, _ *expr.Call, args []value.Value) (value.Value, error) {
			return run(ctx, args, types)
		},
	}, args...)
}
