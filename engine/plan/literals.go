package plan

import (
	"strconv"
	"strings"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// ExactDecimals refuses numbers that are none (1367), and keeps the binder from rounding decimals to the column that they are
// compared with: d = 2.495 would find 2.50 in a DECIMAL(10,2). A CAST to one digit more
// changes nothing but that.
func ExactDecimals(stmt ast.SQLNode) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *ast.ComparisonExpr:
			n.Left, n.Right = exactDecimal(n.Left), exactDecimal(n.Right)
		case *ast.SQLVal:
			if n.Type == ast.FloatVal {
				return true, doubleFits(string(n.Val))
			}
		}
		return true, nil
	}, stmt)
}

// doubleFits refuses a literal with an exponent that no DOUBLE holds.
func doubleFits(text string) error {
	if !strings.ContainsAny(text, "eE") {
		return nil
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return sqlerr.IllegalValueForType.Errorf("Illegal double '%s' value found during parsing", text)
	}
	return nil
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
