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

// mostDigits bounds the digits behind the point that AllDigits keeps: two words more than most quotients have.
const mostDigits = 36

// AllDigits is a DECIMAL that is computed, with the digits that its values have beyond its type (see Exactly).
func (b *Builder) AllDigits(e Expr) (Expr, error) {
	of := e.Type()
	whole := int(of.Precision) - int(of.Scale)
	t := value.DecimalOf(value.MaxPrecision, int(of.Scale))
	t.Scale = uint8(max(int(of.Scale), min(mostDigits, value.MaxPrecision-whole))) // more than a column may have
	t.Nullable = of.Nullable
	return b.CallOf(digitsFunction(t), e)
}

// WithDigits is the value of all, an AllDigits that was stored in between, as one of the type t that it was. column, if
// there is one, stands for it where it is printed.
func (b *Builder) WithDigits(t value.Type, all Expr, column ...*Column) (Expr, error) {
	f := digitsFunction(t)
	if len(column) > 0 {
		f.Subject = column[0]
		f.Print = func([]Expr) string { return column[0].String() }
	}
	return b.CallOf(f, all)
}

// PlainOf is the column that a WithDigits stands for, or e.
func PlainOf(e Expr) Expr {
	if f, ok := e.(*Call); ok {
		if of, ok := f.Function.Subject.(*Column); ok {
			return of
		}
	}
	return e
}

// DigitsOf is the AllDigits of a WithDigits, and the type of it; nil for any other expression.
func DigitsOf(e Expr) (all Expr, t value.Type) {
	if f, ok := e.(*Call); ok {
		if _, ok := f.Function.Subject.(*Column); ok {
			return f.Args[0], f.of
		}
	}
	return nil, t
}

func digitsFunction(t value.Type) *Function {
	return &Function{
		Name: "digits of", About: "a number with all its digits", Min: 1, Max: 1, Text: Fixed,
		Result: func(*Call) (value.Type, error) { return t, nil },
		Eval: func(_ *Ctx, f *Call, args []value.Value) (value.Value, error) {
			if _, stored := f.Args[0].(*Column); !stored || args[0].Class() != value.ClassDecimal {
				return args[0], nil
			}
			return value.Dec(args[0].Decimal().WithoutZeros(int(t.Scale))), nil
		},
		Print: func(args []Expr) string { return args[0].String() },
	}
}
