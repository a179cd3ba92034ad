package engine

import (
	"fmt"
	"io"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// command is a security statement as a plan node. It has no children, so the
// planner leaves it alone; it checks its own rights when it runs.
type command struct {
	stmt dialect.Statement
	def  commandDef
}

// commandDef says how one kind of statement runs.
type commandDef struct {
	columns []string // of the result; none for a statement that changes something
	run     func(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error)
}

var _ sql.ExecSourceRel = (*command)(nil)

func newCommand(stmt dialect.Statement) *command {
	def, ok := commandFor(stmt)
	if !ok {
		def.run = func(*sql.Context, *sqlSession, dialect.Statement) ([]sql.Row, error) {
			return nil, sqlerr.NotSupportedYet.Errorf("this statement is not supported yet")
		}
	}
	return &command{stmt, def}
}

// changes reports whether the statement commits the open transaction, as MySQL's
// account statements do.
func (c *command) changes() bool { return len(c.def.columns) == 0 }

func (c *command) Resolved() bool       { return true }
func (c *command) IsReadOnly() bool     { return !c.changes() }
func (c *command) Children() []sql.Node { return nil }
func (c *command) String() string       { return c.stmt.Redacted() }
func (c *command) DebugString() string  { return c.String() }

func (c *command) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(c, len(children), 0)
	}
	return c, nil
}

func (c *command) Schema() sql.Schema {
	if c.changes() {
		return types.OkResultSchema
	}
	sch := make(sql.Schema, len(c.def.columns))
	for i, name := range c.def.columns {
		sch[i] = &sql.Column{Name: name, Type: types.LongText, Nullable: true}
	}
	return sch
}

// RowIter implements sql.ExecSourceRel.
func (c *command) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := sessionOf(ctx)
	if s == nil {
		return nil, fmt.Errorf("%s: no session", c.String())
	}
	if s.inDefiner() {
		return nil, sqlerr.NotSupportedYet.Errorf("statements about accounts and rights are not supported in a routine that acts for its definer").
			WithHint("send them by themselves, or declare the routine SQL SECURITY INVOKER")
	}
	rows, err := c.def.run(ctx, s, c.stmt)
	if err != nil {
		return nil, err
	}
	if c.changes() {
		rows = []sql.Row{sql.NewRow(types.NewOkResult(0))}
	}
	return sql.RowsToRowIter(rows...), nil
}

// injected carries a command through the vitess syntax tree.
type injected struct{ node *command }

func (i injected) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return i.node, nil
}
func (i injected) String() string { return i.node.String() }
