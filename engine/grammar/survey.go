package grammar

import (
	"reflect"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// survey is what stands in a tree that the parser has made. One walk finds it out, and of
// the rewrites only those run that have something to do: most statements need none.
type survey struct {
	introducers bool // _utf8mb4 and its like
	inverted    bool // ~
	char        bool // CHAR(…)
	defaults    bool // DEFAULT(column)
	named       bool // NAME_CONST
	qualified   bool // calls of database.function
	windows     bool // OVER or WINDOW
	groups      bool // aggregates, GROUPING or GROUP BY
	concats     bool // GROUP_CONCAT
	numbers     bool // of sequences
	sources     bool // joins, WITH, set operations, several tables
	subqueries  int
}

func surveyed(stmt ast.Statement) (s survey) {
	rewriter{node: s.node}.walk(reflect.ValueOf(stmt))
	return s
}

func (s *survey) node(n any) {
	switch n := n.(type) {
	case *ast.SQLVal, *ast.ColName: // the most of them
	case *ast.UnaryExpr:
		s.inverted = s.inverted || n.Operator == ast.TildaStr
		s.introducers = s.introducers || strings.HasPrefix(n.Operator, "_")
	case *ast.CharExpr:
		s.char = true
	case *ast.Default:
		s.defaults = s.defaults || n.ColName != ""
	case *ast.FuncExpr:
		s.qualified = s.qualified || !n.Qualifier.IsEmpty()
		s.windows = s.windows || n.Over != nil
		name := n.Name.Lowered()
		s.named = s.named || name == "name_const"
		s.numbers = s.numbers || SequenceFunctions[name]
		s.groups = s.groups || isAggregate(name) || name == "grouping"
	case *ast.GroupConcatExpr:
		s.groups, s.concats = true, true
	case *ast.Subquery:
		s.subqueries++
	case *ast.Select:
		s.windows = s.windows || len(n.Window) > 0
		s.groups = s.groups || len(n.GroupBy) > 0
		s.sources = s.sources || len(n.From) > 1
	case *ast.JoinTableExpr, *ast.ParenTableExpr, *ast.SetOp, *ast.With:
		s.sources = true
	}
}
