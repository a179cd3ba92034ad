package dates

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// literals are DATE'…', TIME'…' and TIMESTAMP'…', which the SQL parser takes for texts:
// package lex writes them as calls.
var literals = []expr.Function{
	{Name: "date literal", Min: 1, Max: 1, Build: buildLiteral("date"), About: "DATE'2024-01-06'"},
	{Name: "time literal", Min: 1, Max: 1, Build: buildLiteral("time"), About: "TIME'10:11:12'"},
	{Name: "timestamp literal", Min: 1, Max: 1, Build: buildLiteral("timestamp"), About: "TIMESTAMP'2024-01-06 10:11:12'"},
}

func buildLiteral(kind string) func(*expr.Builder, []expr.Expr) (expr.Expr, error) {
	return func(b *expr.Builder, args []expr.Expr) (expr.Expr, error) {
		text, ok := expr.ConstOf(args[0])
		if !ok || text.Val.Class() != value.ClassString {
			return nil, sqlerr.WrongValue.Errorf("Incorrect %s value: it is no literal", kind)
		}
		return b.TemporalLiteral(kind, text.Val.Text())
	}
}
