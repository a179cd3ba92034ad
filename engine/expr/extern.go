package expr

import "github.com/lxdb/lxdb/engine/value"

// CallOf makes a call of a function that stands in no list: package exec makes
// subqueries so. The columns of the query around it that it looks at are its
// arguments, so that whoever moves columns moves those, too.
func (b *Builder) CallOf(f *Function, args ...Expr) (Expr, error) {
	call := &Call{Function: f, Args: args, env: b.Env}
	if err := call.resolve(); err != nil {
		return nil, err
	}
	return b.fold(call, f.Volatile || f.Stable), nil
}

// As gives e as a value of type t, which Union found for it and others.
func (b *Builder) As(e Expr, t value.Type) (Expr, error) {
	from := *e.Type()
	t.Nullable = t.Nullable || from.Nullable
	if from.Kind == t.Kind && from.Unsigned == t.Unsigned && from.Scale == t.Scale && from.Precision == t.Precision && from.Collation == t.Collation && from.Members == t.Members {
		return e, nil
	}
	return b.CallOf(&Function{
		Name: "as", Min: 1, Max: 1, Text: Fixed,
		Result: func(*Call) (value.Type, error) { return t, nil },
		Eval: func(c *Ctx, f *Call, args []value.Value) (value.Value, error) {
			v, err := value.Adapt(c.Env, args[0], f.Arg(0), f.Type())
			return value.FitDouble(v, args[0], f.Arg(0), f.Type()), err
		},
		Print: func(args []Expr) string { return args[0].String() },
	}, e)
}

// Rule is how the left side is compared with all items; false when that differs
// between them.
func (e *In) Rule() (value.Comparison, bool) {
	for _, r := range e.rules {
		if r != e.rules[0] {
			return r, false
		}
	}
	return e.rules[0], true
}
