package plan

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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

// bridged are the functions of ours, by name: the library binds calls of them as ours,
// and where its executor runs a statement they are computed by engine/expr, with all
// operators below them. Its own are bound only where it looks for them itself.
var bridged = sync.OnceValue(func() map[string]sql.Function {
	out := map[string]sql.Function{}
	for _, family := range functions.Families {
		for _, f := range family.Functions {
			for _, name := range append([]string{f.Name}, f.Aliases...) {
				if !slices.Contains(theirs, name) && isName(name) {
					out[name] = bridgeTo(name)
				}
			}
		}
	}
	return out
})

// theirs are functions that the library binds and finds again by their Go types: intervals,
// defaults of columns, values of a session that its executor sets, arguments that are
// words.
var theirs = []string{
	"date_add", "date_sub", "adddate", "subdate", "now", "current_timestamp", "localtime", "localtimestamp", "uuid", "uuid_to_bin",
	"last_insert_id", "row_count", "found_rows", "get_lock", "is_used_lock", "is_free_lock", "release_lock", "release_all_locks",
	"extract", "values", "regexp_like", "convert", "any_value",
}

// Function finds a function of ours; it is asked before the library.
func Function(name string) (sql.Function, bool) {
	name = strings.ToLower(name)
	f, ok := bridged()[name]
	return f, ok
}

// The functions about groups, which package engine computes.
const (
	GroupsFunction = "current_user_ldap_groups"
	MemberFunction = "is_member"
	// These hang on the session, too.
	RoleFunction       = "is_role"
	RoleMemberFunction = "is_rolemember"
	SchemaFunction     = "current_schema"
)

// AboutSession says whether a function is one of those.
func AboutSession(name string) bool {
	switch name {
	case GroupsFunction, MemberFunction, RoleFunction, RoleMemberFunction, SchemaFunction:
		return true
	}
	return false
}

// builtIn are the functions that are found without a database, but for ours.
var builtIn = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{GroupsFunction: true, MemberFunction: true, RoleFunction: true, RoleMemberFunction: true, SchemaFunction: true}
	for name := range grammar.SequenceFunctions {
		out[name] = true
	}
	for _, f := range function.BuiltIns {
		out[strings.ToLower(f.FunctionName())] = true
	}
	for _, family := range expr.AggregateFamilies {
		for _, a := range family {
			out[a.Name] = true
			for _, alias := range a.Aliases {
				out[alias] = true
			}
		}
	}
	return out
})

// BuiltIn says that a name is that of a function which is always there: a stored one of the
// same name has to be called with its database.
func BuiltIn(name string) bool {
	if _, ours := Function(name); ours {
		return true
	}
	return builtIn()[strings.ToLower(name)]
}

// isName leaves operators and forms with words among their arguments out.
func isName(s string) bool {
	return slices.Contains(grammar.WordNames, s) || !strings.ContainsFunc(s, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) &&
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
	run atomic.Pointer[bridgeRun]
}

var (
	_ sql.FunctionExpression         = (*bridgeCall)(nil)
	_ sql.NonDeterministicExpression = (*bridgeCall)(nil)
	_ sql.CollationCoercible         = (*bridgeCall)(nil)
)

// typeMode is the default, but for dates that only the session's own may refuse: DATE'2009-10-00'.
const typeMode = value.DefaultMode&^(value.ModeNoZeroDate|value.ModeNoZeroInDate) | value.ModeAllowInvalidDates

// newBridgeCall finds the type with MySQL's default settings, but for the collation that the texts
// in it have; the call itself is made with those of the session.
func newBridgeCall(name string, args []sql.Expression) (sql.Expression, error) {
	f := &bridgeCall{Call: Call{name, args}}
	made, err := f.made(functions.NewBuilder(&value.Env{Mode: typeMode, Connection: connectionOf(args)}))
	if value.IsIllegalMix(err) { // the session's collation decides, which is not known here
		c := &converter{b: functions.NewBuilder(&value.Env{Mode: typeMode, Connection: connectionOf(args)}), leaf: looseLeaf}
		made, err = c.call(nil, name, args...)
	}
	if err != nil {
		return nil, err
	}
	f.of = *made.Type()
	f.typ, err = libraryType(&f.of)
	return f, err
}

// connectionOf is the collation of the connection that has read the texts in some expressions; nil
// without one.
func connectionOf(args []sql.Expression) (out *value.Collation) {
	for _, a := range args {
		sql.Inspect(a, func(e sql.Expression) bool {
			if l, ok := e.(*expression.Literal); ok && out == nil {
				if t, ok := l.Type().(sql.StringType); ok && t.Collation() != sql.Collation_binary && t.Collation() != sql.Collation_Default { // which words have, such as the units of EXTRACT
					out = value.CollationOf(uint16(t.Collation()))
				}
			}
			return out == nil
		})
	}
	return out
}

// String is how the call is written in a definition.
func (f *bridgeCall) String() string {
	if word, literal := strings.CutSuffix(f.Name, " literal"); literal && len(f.Args) == 1 {
		return strings.ToUpper(word) + f.Args[0].String()
	}
	if f.Name == grammar.NegateName && len(f.Args) == 1 {
		return "-(" + f.Args[0].String() + ")"
	}
	if f.Name == grammar.LikeName && len(f.Args) == 3 {
		return fmt.Sprintf("(%s LIKE %s ESCAPE %s)", f.Args[0], f.Args[1], f.Args[2])
	}
	if cast := f.cast(); cast != "" {
		return cast
	}
	return f.Call.String()
}

// cast is a call that stands for a cast, as the cast that it is; "" is for others.
func (f *bridgeCall) cast() string {
	word, is := strings.CutPrefix(f.Name, "cast ")
	if !is || len(f.Args) == 0 {
		return ""
	}
	of := word
	if len(f.Args) > 1 {
		if n := f.Args[1].String(); n != "NULL" {
			of += "(" + n + ")"
		}
	}
	if len(f.Args) > 2 {
		of += " character set " + strings.Trim(f.Args[2].String(), "'")
	}
	return "cast(" + f.Args[0].String() + " as " + of + ")"
}

func (f *bridgeCall) Description() string      { return functions.Lookup(f.Name).About }
func (f *bridgeCall) Type() sql.Type           { return f.typ }
func (f *bridgeCall) IsNullable() bool         { return f.of.Nullable }
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

// made is the call as an expression of ours. What we do not know in it is a leaf that
// the library computes, when and if its value is asked for.
func (f *bridgeCall) made(b *expr.Builder) (expr.Expr, error) {
	c := &converter{b: b, leaf: func(e sql.Expression) expr.Expr { return &libraryLeaf{e, argType(e, b.Env.Collation())} }}
	return c.call(nil, f.Name, f.Args...)
}

// libraryLeaf is a part of an expression that the library computes.
type libraryLeaf struct {
	sql.Expression
	of value.Type
}

func (l *libraryLeaf) Type() *value.Type { return &l.of }
func (l *libraryLeaf) String() string    { return l.Expression.String() }

// Eval computes it for a libraryRow.
func (l *libraryLeaf) Eval(_ *expr.Ctx, row expr.Row) (value.Value, error) {
	r, ok := row.(libraryRow)
	if !ok { // planning: the value is not known yet
		return value.Null, unconverted("expression %T", l.Expression)
	}
	v, err := l.Expression.Eval(r.ctx, r.row)
	if err != nil {
		return value.Null, err
	}
	return ValueOf(r.ctx, v, l.Expression.Type(), &l.of)
}

// looseLeaf is a libraryLeaf whose text takes every collation.
func looseLeaf(e sql.Expression) expr.Expr {
	l := &libraryLeaf{e, argType(e, value.DefaultCollation)}
	l.of.Coercibility = value.Ignorable
	return l
}

// libraryRow is a row of the library, which has no columns for us.
type libraryRow struct {
	ctx *sql.Context
	row sql.Row
}

// Value is never asked for: columns are leaves.
func (libraryRow) Value(int) value.Value { return value.Null }

// argType is a text where the library does not know the type yet.
func argType(a sql.Expression, connection *value.Collation) value.Type {
	if a.Resolved() && a.Type() != nil {
		if t, ok := table.ValueType(a.Type(), true); ok {
			if _, column := a.(*expression.GetField); !column && t.IsString() && !t.IsBinary() { // the library's longtext says nothing
				t.Collation, t.Coercibility = connection, value.Ignorable
			}
			return t
		}
	}
	t := value.Text(connection, 1<<14)
	t.Nullable, t.Coercibility = true, value.Ignorable
	return t
}

// Eval computes the call by engine/expr.
func (f *bridgeCall) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	run := f.run.Swap(nil) // nobody else uses it meanwhile
	if run == nil || run.of != ctx {
		env := environment(ctx)
		made, err := f.made(functions.NewBuilder(env))
		if err != nil {
			return nil, err
		}
		run = &bridgeRun{ctx, made, expr.NewCtx(env)}
	}
	defer f.run.Store(run)
	v, err := run.made.Eval(run.c, libraryRow{ctx, row})
	if err != nil {
		return nil, err
	}
	return libraryValue(v, run.made.Type())
}

func environment(ctx *sql.Context) *value.Env {
	if s, ok := ctx.Session.(Environment); ok {
		return s.Evaluation(ctx)
	}
	return &value.Env{Mode: value.DefaultMode, Done: ctx}
}

// bridgeRun is what a call keeps from row to row of one statement.
type bridgeRun struct {
	of   *sql.Context
	made expr.Expr
	c    *expr.Ctx
}
