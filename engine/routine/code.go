package routine

import (
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Code is a piece of SQL of a program, read once for a session: the tree, in which
// names that are variables have become placeholders.
type Code struct {
	Text string
	Tree ast.Statement
	// Uses are the variables, by slot: placeholder v1 stands for the first.
	Uses []int
	// Numbers are those where the grammar wants a number: placeholders l1, l2, ….
	Numbers []int
	// Scalar is set for an expression.
	Scalar bool

	// Kept is the expression as it was compiled for many executions, under the
	// settings with that number. Left says that this cannot be done.
	Kept     expr.Expr
	Timeless bool // Kept does not ask the clock
	Under    uint64
	Left     bool
	Dynamic  value.Type // of the variable that takes any type, when it was compiled
}

// Runs says that the code, an expression, was not compiled: it runs as a query.
func (c *Code) Runs() bool { return c.Kept == nil }

// IsQuery says that the code gives rows.
func (c *Code) IsQuery() bool {
	switch c.Tree.(type) {
	case *ast.Select, *ast.SetOp, *ast.ParenSelect:
		return true
	}
	return false
}

// Diagnostic says that the code is SHOW WARNINGS or SHOW ERRORS, which read the diagnostics area.
func (c *Code) Diagnostic() bool {
	s, ok := c.Tree.(*ast.Show)
	if !ok {
		return false
	}
	kind := strings.ToLower(s.Type)
	return kind == "warnings" || kind == "errors"
}

// Tableless says that the code is a SELECT of expressions alone.
func (c *Code) Tableless() bool {
	s, ok := c.Tree.(*ast.Select)
	if !ok || s.Where != nil || len(s.From) > 1 {
		return false
	}
	if len(s.From) == 0 {
		return true
	}
	t, ok := s.From[0].(*ast.AliasedTableExpr)
	if !ok {
		return false
	}
	name, ok := t.Expr.(ast.TableName)
	return ok && name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), "dual")
}
