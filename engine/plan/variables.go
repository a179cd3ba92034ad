package plan

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
)

// BareVariablesID is above the library's own numbers.
const BareVariablesID analyzer.RuleId = 1030

// BareVariables refuses a name that the library has taken for a system variable
// because it found no such column: DELETE … WHERE foreign_key_checks would delete
// every row. A variable that was written @@name says its scope, engine/grammar sees
// to that, so one without a scope is a column's name.
func BareVariables(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return n, transform.SameTree, BareVariable(n)
}

// BareVariable is what BareVariables says of one plan.
func BareVariable(n sql.Node) error {
	var err error
	transform.Inspect(n, func(n sql.Node) bool {
		if err != nil || n == nil {
			return false
		}
		if insert, ok := n.(*plan.InsertInto); ok && insert.Source != nil {
			err = BareVariable(insert.Source) // no child of it
		}
		if e, ok := n.(sql.Expressioner); ok && err == nil {
			err = bareIn(e.Expressions()...)
		}
		return err == nil
	})
	return err
}

func bareIn(exprs ...sql.Expression) error {
	var err error
	for _, e := range exprs {
		sql.Inspect(e, func(e sql.Expression) bool {
			switch e := e.(type) {
			case *expression.SystemVar:
				if e.SpecifiedScope == "" {
					err = sql.ErrColumnNotFound.New(e.Name)
				}
			case *expression.SetField:
				if _, variable := e.LeftChild.(*expression.SystemVar); variable { // SET name = …
					if err == nil {
						err = bareIn(e.RightChild)
					}
					return false
				}
			case *plan.Subquery:
				if err == nil {
					err = BareVariable(e.Query)
				}
			}
			return err == nil
		})
	}
	return err
}
