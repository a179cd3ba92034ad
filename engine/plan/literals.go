package plan

import (
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// ExactDecimals refuses numbers that are none (1367), and keeps the binder from rounding decimals to the column that they are
// compared with: d = 2.495 would find 2.50 in a DECIMAL(10,2). A CAST to one digit more
// changes nothing but that. A length of 0 is told from none.
func ExactDecimals(stmt ast.SQLNode) error {
	return ast.Walk(func(n ast.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *ast.ComparisonExpr:
			n.Left, n.Right = exactDecimal(n.Left), exactDecimal(n.Right)
		case *ast.ConvertExpr:
			if t := n.Type; t != nil && t.Length != nil && string(t.Length.Val) == "0" && (strings.EqualFold(t.Type, "char") || strings.EqualFold(t.Type, "nchar") || strings.EqualFold(t.Type, "binary")) {
				n.Type = new(ast.ConvertType)
				*n.Type = *t
				n.Type.Length = ast.NewIntVal([]byte(strconv.Itoa(noLength)))
			}
		case *ast.SQLVal:
			if n.Type == ast.FloatVal {
				return true, doubleFits(string(n.Val))
			}
		}
		return true, nil
	}, stmt)
}

// noLength stands for the 0 of CAST AS CHAR(0) and BINARY(0), which the binder takes for none; no length
// is so large.
const noLength = 1 << 33

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

// zeroDates finds 0000-00-00 by IS NULL in a WHERE, as MySQL does for columns of type DATE and
// DATETIME that are NOT NULL: programs that have no such date ask so for rows without one.
func zeroDates(cols []column, e sql.Expression) sql.Expression {
	switch e := e.(type) {
	case *expression.And:
		return expression.NewAnd(zeroDates(cols, e.LeftChild), zeroDates(cols, e.RightChild))
	case *expression.Or:
		return expression.NewOr(zeroDates(cols, e.LeftChild), zeroDates(cols, e.RightChild))
	case *expression.IsNull:
		f, ok := e.Child.(*expression.GetField)
		if !ok {
			return e
		}
		for i := range cols {
			col := &cols[i]
			if col.id != f.Id() || col.id == 0 || col.origin.Column == nil || col.origin.Nullable {
				continue
			}
			if col.typ.Kind == value.TypeDate || col.typ.Kind == value.TypeDateTime {
				return expression.NewOr(e, expression.NewEquals(f, expression.NewLiteral(int8(0), types.Int8)))
			}
		}
	}
	return e
}
