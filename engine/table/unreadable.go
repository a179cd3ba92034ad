package table

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A DEFAULT, a generated column or an ON UPDATE that an earlier release has kept may be more than this one reads. The
// table is there all the same: its definition is shown as it is kept, its rows are read, and ALTER TABLE keeps or changes
// it. What would compute it is refused, by the column's name.

// unreadable is such an expression.
type unreadable struct {
	column, text string
	typ          sql.Type
}

var (
	_ sql.Expression         = (*unreadable)(nil)
	_ sql.CollationCoercible = (*unreadable)(nil)
)

func (u *unreadable) Resolved() bool             { return true }
func (u *unreadable) String() string             { return u.text }
func (u *unreadable) Type() sql.Type             { return u.typ }
func (u *unreadable) IsNullable() bool           { return true }
func (u *unreadable) Children() []sql.Expression { return nil }

// WithChildren implements sql.Expression.
func (u *unreadable) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(u, len(children), 0)
	}
	return u, nil
}

// CollationCoercibility implements sql.CollationCoercible.
func (u *unreadable) CollationCoercibility(*sql.Context) (sql.CollationID, byte) {
	return sql.Collation_binary, 7
}

// Eval implements sql.Expression.
func (u *unreadable) Eval(*sql.Context, sql.Row) (any, error) { return nil, u.refuse() }

func (u *unreadable) refuse() error {
	return sqlerr.InvalidDefault.Errorf("Invalid default value for '%s'", u.column).
		WithHint("its expression is kept by an earlier release, and this one does not read it: ALTER TABLE … ALTER COLUMN … SET DEFAULT, DROP DEFAULT or MODIFY COLUMN gives another one")
}

// Unreadable says that an expression in the definition of a column is one that this release does not read.
func Unreadable(c *catalog.Column) bool {
	for _, text := range keptTexts(c) {
		if text != "" && readable(text) != nil {
			return true
		}
	}
	return false
}

// keptTexts are the expressions of a column. A literal is none: it was written by this program.
func keptTexts(c *catalog.Column) [3]string {
	out := [3]string{1: c.Generated, 2: c.OnUpdate}
	if c.Default != nil && !c.DefaultLiteral {
		out[0] = *c.Default
	}
	return out
}

// keptExpression is an expression of a column for the library, which reads it when it needs it.
func keptExpression(c *catalog.Column, text string, typ sql.Type) *sql.ColumnDefaultValue {
	if text == "" || readable(text) == nil {
		return sql.NewUnresolvedColumnDefaultValue(text)
	}
	return &sql.ColumnDefaultValue{Expr: &unreadable{c.Name, text, typ}, OutType: typ, ReturnNil: true, Parenthesized: true}
}
