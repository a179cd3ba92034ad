package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/principal"
)

// Call is what the calls of the engine's own functions have in common.
type Call struct {
	Name string
	Args []sql.Expression
}

func (f *Call) FunctionName() string       { return f.Name }
func (f *Call) IsNullable() bool           { return true }
func (f *Call) Children() []sql.Expression { return f.Args }

func (f *Call) Resolved() bool {
	return !slices.ContainsFunc(f.Args, func(e sql.Expression) bool { return !e.Resolved() })
}

func (f *Call) String() string {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		args[i] = a.String()
	}
	return f.Name + "(" + strings.Join(args, ",") + ")"
}

// RoutineCall is a call of a stored function in a plan.
type RoutineCall struct {
	Call
	Of value.Type
	// Run runs it.
	Run func(ctx *sql.Context, args []value.Value, types []value.Type) (value.Value, error)
	// Deterministic: its author says that it gives the same for the same arguments.
	Deterministic bool
	typ           sql.Type
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
	return &RoutineCall{Call: Call{name, args}, Of: of, Run: run, typ: typ}, nil
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
	args, kinds := make([]value.Value, len(f.Args)), make([]value.Type, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		var ok bool
		if kinds[i], ok = table.ValueType(a.Type(), true); !ok {
			return nil, fmt.Errorf("an argument of type %s", a.Type())
		}
		if args[i], err = ValueOf(ctx, v, a.Type(), &kinds[i]); err != nil {
			return nil, err
		}
	}
	v, err := f.Run(ctx, args, kinds)
	if err != nil {
		return nil, err
	}
	return libraryValue(v, &f.Of)
}

// routineCall converts a call of a stored function.
func (c *converter) routineCall(s *scope, f *RoutineCall) (expr.Expr, error) {
	args := make([]expr.Expr, len(f.Args))
	kinds := make([]value.Type, len(f.Args))
	for i, a := range f.Args {
		var err error
		if args[i], err = c.expr(s, a); err != nil {
			return nil, err
		}
		kinds[i] = *args[i].Type()
	}
	of, run, ctx := f.Of, f.Run, c.ctx
	if c.calls = true; f.Deterministic && c.inCondition > 0 && !slices.ContainsFunc(args, func(e expr.Expr) bool { return !expr.IsConst(e) }) {
		run = runOnce(run)
	}
	of.Nullable = true
	return c.b.CallOf(&expr.Function{
		Name: f.Name, Min: len(args), Max: len(args), Text: expr.Fixed, Null: expr.Own, Volatile: true,
		Result: func(*expr.Call) (value.Type, error) { return of, nil },
		Eval: func(_ *expr.Ctx, _ *expr.Call, args []value.Value) (value.Value, error) {
			return run(ctx, args, kinds)
		},
	}, args...)
}

// runOnce is for a condition that calls a DETERMINISTIC function with constants: as in MySQL that is one
// call for the statement. What is made of it is converted for one execution only.
func runOnce(run func(*sql.Context, []value.Value, []value.Type) (value.Value, error)) func(*sql.Context, []value.Value, []value.Type) (value.Value, error) {
	done, known := false, value.Null
	return func(ctx *sql.Context, args []value.Value, types []value.Type) (value.Value, error) {
		if done {
			return known, nil
		}
		v, err := run(ctx, args, types)
		if err == nil {
			done, known = true, v.Clone()
		}
		return v, err
	}
}

// Numbers is one sequence for one statement.
type Numbers interface {
	// Check refuses who may not do what the function does. owner is that of the table in whose
	// DEFAULT the function stands, 0 elsewhere.
	Check(ctx *sql.Context, owner principal.ID) error
	// Run does it.
	Run(ctx *sql.Context, owner principal.ID, args []int64) (n int64, ok bool, err error)
}

// SequenceCall is a call of a function of sequences. Its arguments are those behind the name.
type SequenceCall struct {
	Call
	Of      string // the name of the sequence, as it is written into a DEFAULT
	Numbers Numbers
}

var (
	_ sql.FunctionExpression         = (*SequenceCall)(nil)
	_ sql.NonDeterministicExpression = (*SequenceCall)(nil)
	_ sql.CollationCoercible         = (*SequenceCall)(nil)
)

func (f *SequenceCall) Description() string      { return "a number of a sequence" }
func (f *SequenceCall) Type() sql.Type           { return types.Int64 }
func (f *SequenceCall) IsNonDeterministic() bool { return true }
func (f *SequenceCall) IsNullable() bool         { return f.Name != "nextval" }

// RunsStatements keeps it out of expressions that are kept for many executions: the right to take
// numbers is asked anew for each.
func (f *SequenceCall) RunsStatements() bool { return true }

// CollationCoercibility is that of a number.
func (f *SequenceCall) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	return sql.Collation_binary, byte(value.Numeric)
}

// String is what is stored of a DEFAULT.
func (f *SequenceCall) String() string {
	args := make([]string, 0, len(f.Args)+1)
	if f.Of != "" {
		args = append(args, f.Of)
	}
	for _, a := range f.Args {
		args = append(args, a.String())
	}
	return f.Name + "(" + strings.Join(args, ",") + ")"
}

// WithChildren implements sql.Expression.
func (f *SequenceCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	c := *f
	c.Args = args
	return &c, nil
}

// Eval is for statements that the library runs: as the session, also in a DEFAULT.
func (f *SequenceCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	if err := f.Numbers.Check(ctx, 0); err != nil {
		return nil, err
	}
	args := make([]int64, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil || v == nil {
			return nil, err
		}
		of, ok := table.ValueType(a.Type(), true)
		if !ok {
			return nil, unconverted("an argument of type %s", a.Type())
		}
		x, err := ValueOf(ctx, v, a.Type(), &of)
		if err == nil {
			args[i], err = value.ToInt(&value.Env{Mode: value.DefaultMode}, x, &of)
		}
		if err != nil {
			return nil, err
		}
	}
	n, ok, err := f.Numbers.Run(ctx, 0, args)
	if err != nil || !ok {
		return nil, err
	}
	return n, nil
}

// sequenceCall converts it. In the DEFAULT of a table it acts for the table's owner.
func (c *converter) sequenceCall(s *scope, f *SequenceCall) (expr.Expr, error) {
	owner, ctx := c.owner, c.ctx
	if err := f.Numbers.Check(ctx, owner); err != nil {
		return nil, err
	}
	args := make([]expr.Expr, len(f.Args))
	for i, a := range f.Args {
		var err error
		if args[i], err = c.expr(s, a); err != nil {
			return nil, err
		}
	}
	of := value.BigInt
	of.Nullable = f.IsNullable()
	return c.b.CallOf(&expr.Function{
		Name: f.Name, Min: len(args), Max: len(args), Null: expr.Own, Volatile: true,
		Result: func(*expr.Call) (value.Type, error) { return of, nil },
		Eval: func(x *expr.Ctx, call *expr.Call, given []value.Value) (value.Value, error) {
			numbers := make([]int64, len(given))
			for i, v := range given {
				if v.IsNull() {
					return value.Null, nil
				}
				var err error
				if numbers[i], err = value.ToInt(x.Env, v, call.Arg(i)); err != nil {
					return value.Null, err
				}
			}
			n, ok, err := f.Numbers.Run(ctx, owner, numbers)
			if err != nil || !ok {
				return value.Null, err
			}
			return value.Int(n), nil
		},
	}, args...)
}
