package expr

import (
	"github.com/lxdb/lxdb/engine/value"
)

// operators are the logical and arithmetic ones.
var operators = []Function{
	{Name: "and", Aliases: []string{"&&"}, Min: 2, Max: -1, Build: buildLogic("and"), About: "logical AND"},
	{Name: "or", Min: 2, Max: -1, Build: buildLogic("or"), About: "logical OR"},
	{Name: "xor", Min: 2, Max: 2, Args: []Arg{Bool}, Result: returns(value.Boolean), Eval: evalXor, Print: between("xor"), About: "logical XOR"},
	{Name: "not", Aliases: []string{"!"}, Min: 1, Max: 1, Args: []Arg{Bool}, Result: returns(value.Boolean), Eval: evalNot, Print: printNot, About: "logical NOT"},
	{Name: "is null", Aliases: []string{"isnull"}, Min: 1, Max: 1, Null: Own, Result: returns(value.Boolean), Eval: evalIsNull, Print: after("is null"), About: "whether it is NULL"},
	{Name: "is not null", Min: 1, Max: 1, Null: Own, Result: returns(value.Boolean), Eval: evalIsNotNull, Print: after("is not null"), About: "whether it is not NULL"},
	{Name: "is true", Min: 1, Max: 1, Args: []Arg{Bool}, Null: Own, Result: returns(value.Boolean), Eval: evalIs(1, false), Print: after("is true"), About: "whether it holds; NULL does not"},
	{Name: "is not true", Min: 1, Max: 1, Args: []Arg{Bool}, Null: Own, Result: returns(value.Boolean), Eval: evalIs(1, true), Print: after("is not true"), About: "the opposite of IS TRUE"},
	{Name: "is false", Min: 1, Max: 1, Args: []Arg{Bool}, Null: Own, Result: returns(value.Boolean), Eval: evalIs(0, false), Print: after("is false"), About: "whether it does not hold; NULL is neither"},
	{Name: "is not false", Min: 1, Max: 1, Args: []Arg{Bool}, Null: Own, Result: returns(value.Boolean), Eval: evalIs(0, true), Print: after("is not false"), About: "the opposite of IS FALSE"},
	{Name: "row", Min: 1, Max: -1, Build: buildRow, About: "a row of values, for comparisons"},

	{Name: "+", Min: 2, Max: 2, Args: []Arg{Number}, All: true, Result: additive, Eval: evalPlus, Print: between("+"), About: "sum"},
	{Name: "-", Min: 2, Max: 2, Args: []Arg{Number}, All: true, Result: additive, Eval: evalMinus, Print: between("-"), About: "difference"},
	{Name: "*", Min: 2, Max: 2, Args: []Arg{Number}, All: true, Result: product, Eval: evalTimes, Print: between("*"), About: "product"},
	{Name: "/", Min: 2, Max: 2, Args: []Arg{Number}, All: true, Result: quotient, Eval: evalDivide, Print: between("/"), About: "quotient, NULL when divided by 0"},
	{Name: "div", Min: 2, Max: 2, Args: []Arg{Number}, All: true, Result: wholeQuotient, Eval: evalDiv, Print: between("DIV"), About: "quotient cut to an integer"},
	{Name: "%", Aliases: []string{"mod"}, Min: 2, Max: 2, Args: []Arg{Number}, All: true, Result: remainder, Eval: evalMod, Print: between("%"), About: "remainder, with the sign of the dividend"},
	{Name: "neg", Aliases: []string{"- of"}, Min: 1, Max: 1, Args: []Arg{Number}, All: true, Result: negated, Eval: evalNeg, Print: printNeg, About: "minus"},
}

func after(words string) func([]Expr) string {
	return func(args []Expr) string { return "(" + args[0].String() + " " + words + ")" }
}

func printNot(args []Expr) string { return "(not(" + args[0].String() + "))" }
func printNeg(args []Expr) string { return "-(" + args[0].String() + ")" }

func buildRow(_ *Builder, args []Expr) (Expr, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	return &Tuple{args}, nil
}

func evalXor(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Bool(a[0].Int() != a[1].Int()), nil
}

func evalNot(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Bool(a[0].Int() == 0), nil
}

func evalIsNull(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Bool(a[0].IsNull()), nil
}

func evalIsNotNull(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
	return value.Bool(!a[0].IsNull()), nil
}

func evalIs(want int64, not bool) func(*Ctx, *Call, []value.Value) (value.Value, error) {
	return func(_ *Ctx, _ *Call, a []value.Value) (value.Value, error) {
		is := !a[0].IsNull() && a[0].Int() == want
		return value.Bool(is != not), nil
	}
}

// Logic is AND or OR of two or more conditions. It stops at the first that decides.
type Logic struct {
	Items []Expr
	or    bool
	of    value.Type
}

func buildLogic(word string) func(*Builder, []Expr) (Expr, error) {
	return func(b *Builder, args []Expr) (Expr, error) {
		e := &Logic{or: word == "or", of: value.Boolean}
		for _, a := range args {
			if isRow(a) {
				return nil, oneColumn(1)
			}
			if inner, ok := a.(*Logic); ok && inner.or == e.or {
				e.Items = append(e.Items, inner.Items...)
			} else {
				e.Items = append(e.Items, asNumber(a))
			}
			e.of.Nullable = e.of.Nullable || a.Type().Nullable
		}
		return b.fold(e, false), nil
	}
}

// Or says OR; else it is AND.
func (e *Logic) Or() bool { return e.or }

// Type is a boolean.
func (e *Logic) Type() *value.Type { return &e.of }

func (e *Logic) String() string {
	if e.or {
		return "(" + join(e.Items, " or ") + ")"
	}
	return "(" + join(e.Items, " and ") + ")"
}

func (e *Logic) children() []Expr { return e.Items }

func (e *Logic) with(c []Expr) Expr {
	n := *e
	n.Items = c
	return &n
}

// Eval is 1, 0 or NULL.
func (e *Logic) Eval(c *Ctx, row Row) (value.Value, error) {
	null := false
	for _, item := range e.Items {
		v, err := item.Eval(c, row)
		if err != nil {
			return value.Null, err
		}
		if v.IsNull() {
			null = true
			continue
		}
		is, err := value.ToBool(c.Env, v, item.Type())
		if err != nil || is == e.or {
			return value.Bool(is), err
		}
	}
	if null {
		return value.Null, nil
	}
	return value.Bool(!e.or), nil
}
