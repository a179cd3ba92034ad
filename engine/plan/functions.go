package plan

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/expr/functions"
)

// function converts a call of a function by its name.
func (c *converter) function(s *scope, e sql.Expression) (expr.Expr, error) {
	switch e := e.(type) {
	case *function.Trim:
		return nil, unconverted("function trim")
	case *function.DateAdd, *function.DateSub, *function.Extract, *function.TimestampDiff, *function.Char:
		return nil, unconverted("%T", e)
	case sql.FunctionExpression:
		name := strings.ToLower(e.FunctionName())
		if functions.Lookup(name) == nil {
			return nil, unconverted("function %s", name)
		}
		if named, ok := sameName[name]; ok {
			name = named
		}
		return c.call(s, name, e.Children()...)
	}
	return nil, unconverted("expression %T", e)
}

// sameName are functions that the library calls otherwise than SQL does.
var sameName = map[string]string{}
