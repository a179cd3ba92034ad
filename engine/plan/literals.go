package plan

import (
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/value"
)

// ExactDecimals keeps the binder from rounding decimals to the column that they are
// compared with: d = 2.495 would find 2.50 in a DECIMAL(10,2). A CAST to one digit more
// changes nothing but that.
func ExactDecimals(stmt ast.SQLNode) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		if c, ok := n.(*ast.ComparisonExpr); ok {
			c.Left, c.Right = exactDecimal(c.Left), exactDecimal(c.Right)
		}
		return true, nil
	}, stmt)
}

func exactDecimal(e ast.Expr) ast.Expr {
	v, ok := e.(*ast.SQLVal)
	if !ok || v.Type != ast.FloatVal {
		return e
	}
	whole, fraction, point := strings.Cut(string(v.Val), ".")
	if !point || strings.ContainsAny(string(v.Val), "eE+-") || len(fraction) > value.MaxScale || len(whole)+len(fraction) >= value.MaxPrecision {
		return e
	}
	digits := func(n int) *ast.SQLVal { return ast.NewIntVal([]byte(strconv.Itoa(n))) }
	return &ast.ConvertExpr{Expr: v, Type: &ast.ConvertType{Type: "decimal", Length: digits(len(whole) + len(fraction) + 1), Scale: digits(len(fraction))}}
}
