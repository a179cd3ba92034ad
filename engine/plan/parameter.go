package plan

import (
	"fmt"
	"math"
	"reflect"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// Given is a value that a statement gets anew at each execution. The binder, for which it is no
// literal, does not look at it, so that what was bound serves for all values of its kind:
// converting that again takes the value that is set then, or makes a parameter of it.
type Given struct {
	slot int
	now  *expression.Literal
}

// NewGiven is the value number slot.
func NewGiven(slot int) *Given { return &Given{slot: slot} }

// Set gives it a value. It must be of the same kind in all executions of what was bound.
func (g *Given) Set(now *expression.Literal) { g.now = now }

var (
	_ sql.Expression         = (*Given)(nil)
	_ sql.CollationCoercible = (*Given)(nil)
)

func (*Given) Resolved() bool { return true }

// String tells the value, too: the binder takes expressions that print alike for one, aggregates above all.
func (g *Given) String() string {
	if g.now == nil {
		return "?"
	}
	return "?" + g.now.String()
}

func (g *Given) Type() sql.Type           { return g.now.Type() }
func (g *Given) IsNullable() bool         { return g.now.IsNullable() }
func (*Given) Children() []sql.Expression { return nil }

// WithChildren implements sql.Expression.
func (g *Given) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(g, len(children), 0)
	}
	return g, nil
}

// Eval implements sql.Expression.
func (g *Given) Eval(ctx *sql.Context, row sql.Row) (any, error) { return g.now.Eval(ctx, row) }

// CollationCoercibility implements sql.CollationCoercible.
func (g *Given) CollationCoercibility(ctx *sql.Context) (sql.CollationID, byte) {
	return g.now.CollationCoercibility(ctx)
}

// keeping is what a converter knows of a statement that may run again.
type keeping struct {
	// slots says that given values are parameters, the first ones of the Query; met how often
	// each was converted.
	slotted bool
	met     []int
	asked   *expr.Asked
	// now are the values of this execution, of which nothing may be kept but what is guessed from them.
	now   map[*expr.Param]expr.Expr
	dived map[dived]int64
	// momentary: what was bound holds for one execution. unsteady: what was converted does.
	momentary, unsteady bool
}

// given converts a value of this execution, or a parameter for it: its type is what all values
// of its kind have.
func (c *converter) given(g *Given) (expr.Expr, error) {
	x, err := c.literal(g.now)
	if err != nil || !c.slotted {
		return x, err
	}
	return c.parameter(g.slot, x, ofKind(*x.Type())), nil
}

// parameter stands for a value of this execution from now on.
func (c *converter) parameter(slot int, x expr.Expr, of value.Type) expr.Expr {
	c.met[slot]++
	param := expr.NewGiven(slot, of, c.asked)
	if c.now == nil {
		c.now = map[*expr.Param]expr.Expr{}
	}
	c.now[param] = x
	return param
}

// ofNow converts an expression whose value shapes the plan: what is made of it holds for one
// execution.
func (c *converter) ofNow(s *scope, e sql.Expression) (expr.Expr, error) {
	g, ok := e.(*Given)
	if !ok {
		return c.expr(s, e)
	}
	c.unsteady = true
	return c.literal(g.now)
}

func ofKind(t value.Type) value.Type {
	switch {
	case t.Kind == value.TypeBigInt && !t.Unsigned:
		return value.BigInt
	case t.IsString():
		t.Length = 1 << 14
	}
	return t
}

// Standing is what stands for the values of an execution in what is kept.
type Standing struct {
	Given []*Given    // nil for a value that was bound as a literal
	Vars  []*Variable // of a program; their parameters are behind those
}

// Alike says that two given values are equal now. What was bound may have taken them for one.
func (of Standing) Alike() bool {
	seen := map[string]bool{}
	for _, g := range of.Given {
		if g == nil {
			continue
		}
		text := g.String()
		if seen[text] {
			return true
		}
		seen[text] = true
	}
	return false
}

// takeSlots makes parameters of given values.
func (c *converter) takeSlots(of Standing) {
	c.slots = len(of.Given) + len(of.Vars)
	c.slotted, c.met, c.asked = true, make([]int, c.slots), new(expr.Asked)
	for i, v := range of.Vars {
		v.param = len(of.Given) + i + 1
	}
	for i, g := range of.Given {
		if g == nil {
			c.met[i] = 1
		}
	}
}

// steady says that what was converted serves for all values of these kinds: nobody has looked at
// one, and none was lost on the way.
func (c *converter) steady() bool {
	if c.momentary || c.unsteady || !c.slotted || c.asked.Close() {
		return false
	}
	for _, n := range c.met {
		if n == 0 {
			return false
		}
	}
	return true
}

// SameTypes says that two conversions of one query describe their results alike.
func SameTypes(a, b *Query) bool { return reflect.DeepEqual(a.Root.Types(), b.Root.Types()) }

// settled is an Env for what is kept: it has the session's settings, and nothing of the statement
// that runs.
func settled(env *value.Env) *value.Env {
	out := *env
	out.Session, out.Listen, out.Budget, out.Keep, out.Overdraw, out.Temporary, out.Done = nil, nil, nil, nil, nil, nil, nil
	return &out
}

// Params are the values of a statement's parameters as expressions have them. They are put into out if that
// has room.
func Params(env *value.Env, args []session.Value, out []value.Value) ([]value.Value, error) {
	if cap(out) < len(args) {
		out = make([]value.Value, len(args))
	}
	out = out[:len(args)]
	clear(out)
	var c *converter
	for i, v := range args {
		switch v.Kind() {
		case session.Null:
			continue
		case session.Int:
			out[i] = value.Int(v.Int())
			continue
		case session.Uint:
			if out[i] = value.Uint(v.Uint()); v.Uint() <= math.MaxInt64 {
				out[i] = value.Int(v.Int())
			}
			continue
		case session.Float64:
			out[i] = value.Double(v.Float64())
			continue
		}
		lit, err := Literal(v, sql.Collation_Default) // its value counts
		if err != nil {
			return nil, err
		}
		if c == nil {
			c = &converter{b: functions.NewBuilder(env)}
		}
		x, err := c.literal(lit.(*expression.Literal))
		if err != nil {
			return nil, err
		}
		if out[i], err = x.Eval(expr.NewCtx(env), nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// place is a column of the table that a statement changes, where the library's binder does
// not look for one. Only our operators compute it.
type place struct {
	kind        grammar.PlaceKind
	table, name string
	typ         sql.Type
}

// PlaceOf makes the expression that a grammar.Place stands for.
func PlaceOf(kind grammar.PlaceKind, table, name string, t sql.Type) sql.Expression {
	if kind == grammar.NewColumn {
		table = planbuilder.OnDupValuesPrefix
	}
	return &place{kind, table, name, t}
}

// SourcePlace makes the expression that a grammar.SourceColumn stands for.
func SourcePlace(table, name string) sql.Expression {
	return &place{grammar.SourceColumn, table, name, types.LongText}
}

var _ sql.Expression = (*place)(nil)

func (*place) Resolved() bool             { return true }
func (p *place) String() string           { return printedName(p.table, p.name) }
func (p *place) Type() sql.Type           { return p.typ }
func (*place) IsNullable() bool           { return true }
func (*place) Children() []sql.Expression { return nil }

// WithChildren implements sql.Expression.
func (p *place) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(p, len(children), 0)
	}
	return p, nil
}

// Eval implements sql.Expression: the library's executor has no such row.
func (p *place) Eval(*sql.Context, sql.Row) (any, error) {
	return nil, fmt.Errorf("a column of a row that the library does not know: %s", p.name)
}

// CollationCoercibility implements sql.CollationCoercible.
func (p *place) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	if c, ok := p.typ.(sql.TypeWithCollation); ok {
		return c.Collation(), 2
	}
	return sql.Collation_binary, 5
}

// placed converts a column that the binder did not bind.
func (c *converter) placed(s *scope, p *place) (expr.Expr, error) {
	if p.kind == grammar.SourceColumn {
		return c.column(s, 0, "", sourceName+p.String())
	}
	if p.kind != grammar.UsualColumn {
		return c.column(s, 0, p.table, p.name)
	}
	for _, r := range c.usual {
		for i := range r.Columns {
			if !equalFold(r.Columns[i].Name, p.name) {
				continue
			}
			switch e := r.Defaults[i]; {
			case e != nil:
				return c.b.As(e, r.Columns[i].Type)
			case r.Columns[i].NotNull:
				return nil, sqlerr.NoDefaultForField.Errorf("Field '%s' doesn't have a default value", r.Columns[i].Name)
			}
			return expr.NullLiteral(), nil
		}
	}
	return nil, unconverted("DEFAULT(%s)", p.name)
}
