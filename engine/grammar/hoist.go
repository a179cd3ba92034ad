package grammar

import (
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// HoistConditions moves the ON conditions of a chain of inner joins into WHERE
// when a join in the chain has none of its own:
//
//	c JOIN b JOIN a ON a.x = b.y AND b.y = c.z  ->  c JOIN b JOIN a WHERE …
//
// The meaning is the same. The planner, when it reorders the first form, loses
// conjuncts that do not connect the last two tables, and returns too many rows.
func HoistConditions(from ast.TableExprs, where *ast.Where) *ast.Where {
	for _, e := range from {
		if !lacksCondition(e) {
			continue
		}
		for _, cond := range takeConditions(e) {
			if where == nil {
				where = ast.NewWhere(ast.WhereStr, cond)
			} else {
				where.Expr = &ast.AndExpr{Left: where.Expr, Right: cond}
			}
		}
	}
	return where
}

func innerJoin(e ast.TableExpr) (*ast.JoinTableExpr, bool) {
	j, ok := e.(*ast.JoinTableExpr)
	if !ok || j.Join != ast.JoinStr || len(j.Condition.Using) > 0 {
		return nil, false
	}
	return j, true
}

// lacksCondition reports a chain of inner joins of which one has no condition
// and another has.
func lacksCondition(e ast.TableExpr) bool {
	with, without := countConditions(e)
	return with > 0 && without > 0
}

func countConditions(e ast.TableExpr) (with, without int) {
	j, ok := innerJoin(e)
	if !ok {
		return 0, 0
	}
	lw, lo := countConditions(j.LeftExpr)
	rw, ro := countConditions(j.RightExpr)
	with, without = lw+rw, lo+ro
	if j.Condition.On != nil {
		return with + 1, without
	}
	return with, without + 1
}

func takeConditions(e ast.TableExpr) []ast.Expr {
	j, ok := innerJoin(e)
	if !ok {
		return nil
	}
	out := append(takeConditions(j.LeftExpr), takeConditions(j.RightExpr)...)
	if j.Condition.On != nil {
		out = append(out, j.Condition.On)
		j.Condition.On = nil
	}
	return out
}
