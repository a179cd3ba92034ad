package plan

import (
	"fmt"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"

	"github.com/lxdb/lxdb/engine/grammar"
)

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
