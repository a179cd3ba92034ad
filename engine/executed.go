package engine

import (
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// executed is what an EXECUTE runs: the statement that PREPARE has kept under that name,
// with the values of the variables after USING. The library keeps those statements; it
// runs those itself that are neither queries, their EXPLAIN nor changes of rows.
func (s *Session) executed(ctx *sql.Context, x execution) (execution, error) {
	e, ok := x.stmt.(*ast.Execute)
	if !ok || x.prepared != nil {
		return x, nil
	}
	kept, ok := s.engine.inst.GMS.PreparedDataCache.GetCachedStmt(ctx.Session.ID(), e.Name)
	if !ok || !executes(kept) {
		return x, nil
	}
	n, err := countParams(kept)
	if err != nil {
		return x, err
	}
	if n != len(e.VarList) {
		return x, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE").
			WithHint("%d values for %d placeholders", len(e.VarList), n)
	}
	x.stmt, x.kept, x.bound = kept, true, make(map[string]sql.Expression, n)
	for i, name := range e.VarList {
		name = strings.TrimPrefix(name, "@")
		x.using = append(x.using, name)
		if x.bound["v"+strconv.Itoa(i+1)], err = variableLiteral(ctx, name); err != nil {
			return x, err
		}
	}
	return x, rowCounts(kept, x.bound)
}

// executes says whether we run an executed statement ourselves.
func executes(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.Call, *grammar.Do, *ast.Explain:
		return true
	}
	return asksRows(execution{stmt: stmt}) || changesRows(stmt)
}

// variableLiteral is the value of a user variable; one that was never set is NULL.
func variableLiteral(ctx *sql.Context, name string) (sql.Expression, error) {
	t, v, err := ctx.GetUserVariable(ctx, name)
	if err != nil {
		return nil, err
	}
	if v == nil || t == nil {
		return expression.NewLiteral(nil, types.Null), nil
	}
	return expression.NewLiteral(v, t), nil
}

// rowCounts makes whole numbers of what is bound to LIMIT and OFFSET.
func rowCounts(stmt ast.Statement, bound map[string]sql.Expression) error {
	if len(bound) == 0 {
		return nil
	}
	return ast.Walk(func(node ast.SQLNode) (bool, error) {
		limit, ok := node.(*ast.Limit)
		if !ok || limit == nil {
			return true, nil
		}
		for _, e := range []ast.Expr{limit.Rowcount, limit.Offset} {
			v, ok := e.(*ast.SQLVal)
			if !ok || v.Type != ast.ValArg {
				continue
			}
			name := strings.TrimPrefix(string(v.Val), ":")
			n, err := lxplan.RowCount(bound[name])
			if err != nil {
				return false, err
			}
			bound[name] = n
		}
		return true, nil
	}, stmt)
}
