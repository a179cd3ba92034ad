package plan

import (
	"slices"
	"strings"
	"sync"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// Environment is a session that knows what evaluation needs of it.
type Environment interface {
	Evaluation(ctx *sql.Context) *value.Env
}

// bridged are the functions of ours that the library has not, by name: it binds calls
// of them as ours, and where its executor runs a statement they are computed by
// engine/expr.
var bridged = sync.OnceValue(func() map[string]sql.Function {
	library := map[string]bool{}
	for _, f := range function.BuiltIns {
		library[f.FunctionName()] = true
	}
	for _, name := range instead {
		delete(library, name)
	}
	out := map[string]sql.Function{}
	for _, family := range functions.Families {
		for _, f := range family.Functions {
			for _, name := range append([]string{f.Name}, f.Aliases...) {
				if !library[name] && isName(name) {
					out[name] = bridgeTo(name)
				}
			}
		}
	}
	return out
})

// instead are functions that the library has and refuses, or has for fewer arguments
// than MySQL, or that take the clock of a TIMESTAMP for UTC: ours are bound.
var instead = []string{"json_storage_size", "json_storage_free", "timestamp", "week", "unix_timestamp", "from_unixtime"}

// isName leaves operators and forms with words among their arguments out.
func isName(s string) bool {
	return s == grammar.InvertName || !strings.ContainsFunc(s, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) &&
		!slices.Contains([]string{"and", "or", "xor", "not", "in", "between", "like", "case", "row", "neg", "div", "regexp", "rlike", "collate"}, s)
}

func bridgeTo(name string) sql.Function {
	return sql.FunctionN{Name: name, Fn: func(args ...sql.Expression) (sql.Expression, error) { return newBridgeCall(name, args) }}
}

// bridgeCall is a call of a function of ours in a plan of the library.
type bridgeCall struct {
	Call
	of  value.Type
	typ sql.Type
}

var (
	_ sql.FunctionExpression         = (*bridgeCall)(nil)
	_ sql.NonDeterministicExpression = (*bridgeCall)(nil)
	_ sql.CollationCoercible         = (*bridgeCall)(nil)
)

// newBridgeCall finds the type with MySQL's default settings; the call itself is made
// with those of the session.
func newBridgeCall(name string, args []sql.Expression) (sql.Expression, error) {
	f := &bridgeCall{Call: Call{name, args}}
	made, err := f.made(nil, functions.NewBuilder(&value.Env{Mode: value.DefaultMode}))
	if err != nil {
		return nil, err
	}
	f.of = *made.Type()
	f.typ, err = libraryType(&f.of)
	return f, err
}

func (f *bridgeCall) Description() string      { return functions.Lookup(f.Name).About }
func (f *bridgeCall) Type() sql.Type           { return f.typ }
func (f *bridgeCall) IsNullable() bool         { return true }
func (f *bridgeCall) IsNonDeterministic() bool { return functions.Lookup(f.Name).Volatile }

// CollationCoercibility is that of the type.
func (f *bridgeCall) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	if !f.of.IsString() || f.of.Collation == nil {
		return sql.Collation_binary, byte(value.Numeric)
	}
	return sql.CollationID(f.of.Collation.ID), byte(f.of.Coercibility)
}

func (f *bridgeCall) WithChildren(args ...sql.Expression) (sql.Expression, error) {
	if len(args) != len(f.Args) {
		return nil, sql.ErrInvalidChildrenNumber.New(f, len(args), len(f.Args))
	}
	return newBridgeCall(f.Name, args)
}

// made is the call as an expression of ours over a row of its arguments. Literals are
// constants; ctx may be nil when there is no statement yet.
func (f *bridgeCall) made(ctx *sql.Context, b *expr.Builder) (expr.Expr, error) {
	args := make([]expr.Expr, len(f.Args))
	for i, a := range f.Args {
		t := argType(a)
		if l, ok := a.(*expression.Literal); ok {
			v, err := ValueOf(ctx, l.Value(), l.Type(), &t)
			if err != nil {
				return nil, err
			}
			t.Coercibility = max(t.Coercibility, value.Coercible)
			args[i] = expr.NewConst(v, t)
			continue
		}
		args[i] = expr.NewColumn(i, t, a.String())
	}
	return b.Call(f.Name, args...)
}

// argType is a text where the library does not know the type yet.
func argType(a sql.Expression) value.Type {
	if a.Resolved() && a.Type() != nil {
		if t, ok := table.ValueType(a.Type(), true); ok {
			return t
		}
	}
	t := value.Text(value.DefaultCollation, 1<<14)
	t.Nullable = true
	return t
}

// Eval computes the arguments by the library and the function by engine/expr.
func (f *bridgeCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	env := &value.Env{Mode: value.DefaultMode, Done: ctx}
	if s, ok := ctx.Session.(Environment); ok {
		env = s.Evaluation(ctx)
	}
	made, err := f.made(ctx, functions.NewBuilder(env))
	if err != nil {
		return nil, err
	}
	values := make(expr.Values, len(f.Args))
	for i, a := range f.Args {
		v, err := a.Eval(ctx, row)
		if err != nil {
			return nil, err
		}
		t := argType(a)
		if values[i], err = ValueOf(ctx, v, a.Type(), &t); err != nil {
			return nil, err
		}
	}
	v, err := made.Eval(expr.NewCtx(env), values)
	if err != nil {
		return nil, err
	}
	return libraryValue(v, made.Type())
}
