package plan

import (
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// parameter converts a literal that stands for a parameter: its type is what all values of
// its kind have.
func (c *converter) parameter(i int) (expr.Expr, error) {
	e := c.params[i]
	c.params[i] = nil
	x, err := c.literal(e)
	c.params[i] = e
	if err != nil {
		return nil, err
	}
	c.met[i]++
	return expr.NewParam(i, ofKind(*x.Type())), nil
}

func ofKind(t value.Type) value.Type {
	switch {
	case t.Kind == value.TypeBigInt && !t.Unsigned:
		return value.BigInt
	case t.IsString():
		t.ASCII, t.Length = false, 1<<14
	}
	return t
}

// steady says that an expression computes the same way whatever its literals are, and the
// same in each execution.
func steady(e sql.Expression) bool {
	switch e := e.(type) {
	case *expression.Literal, *expression.GetField, *expression.Wrapper, *sql.ColumnDefaultValue:
		return true
	case *expression.Arithmetic:
		return e.Op == "+" || e.Op == "-"
	}
	return false
}

// Params are the values of a statement's parameters as expressions have them.
func Params(env *value.Env, args []session.Value) ([]value.Value, error) {
	out := make([]value.Value, len(args))
	var c *converter
	for i, v := range args {
		switch v.Kind() {
		case session.Null:
			continue
		case session.Int:
			out[i] = value.Int(v.Int())
			continue
		case session.Uint:
			out[i] = value.Uint(v.Uint())
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
