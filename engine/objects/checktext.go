package objects

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/engine/table"
)

// CheckTextID is the rule that spells the conditions of CHECK.
const CheckTextID analyzer.RuleId = 1023

// SpellChecks quotes the columns in conditions that will be kept: the library writes their names as they
// are, and a name may be anything, also a call or a subquery that whoever writes the table would run.
func SpellChecks(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.CreateTable:
			if len(n.Checks()) == 0 {
				return n, transform.SameTree, nil
			}
			var kept sql.CheckConstraints
			for _, check := range n.Checks() {
				check, err := spelledCheck(check)
				if err != nil {
					return nil, transform.SameTree, err
				}
				kept = append(kept, check)
			}
			return n.WithChecks(kept), transform.NewTree, nil
		case *plan.CreateCheck:
			check, err := spelledCheck(n.Check)
			if err != nil {
				return nil, transform.SameTree, err
			}
			out := *n
			out.Check = check
			return &out, transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
}

func spelledCheck(c *sql.CheckConstraint) (*sql.CheckConstraint, error) {
	e, err := spelledOut(c.Expr)
	if err != nil {
		return nil, err
	}
	out := *c
	out.Expr = e
	return &out, nil
}

// spelledOut has the columns of an expression print their names in backticks, without their table.
func spelledOut(e sql.Expression) (sql.Expression, error) {
	out, _, err := transform.Expr(e, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
		if f, ok := e.(*expression.GetField); ok {
			return quotedColumn{f}, transform.NewTree, nil
		}
		if none, ok := table.NoBytes(e); ok {
			return none, transform.NewTree, nil
		}
		return e, transform.SameTree, nil
	})
	return out, err
}

// quotedColumn is a column that prints its name in backticks.
type quotedColumn struct{ *expression.GetField }

func (c quotedColumn) String() string { return sql.QuoteIdentifier(c.Name()) }

// WithChildren implements sql.Expression.
func (c quotedColumn) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) > 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(c, len(children), 0)
	}
	return c, nil
}
