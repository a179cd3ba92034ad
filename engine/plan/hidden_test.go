package plan

import (
	"testing"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/types"
)

// TestHiddenFields: the fields of the library that we read by their names are there.
func TestHiddenFields(t *testing.T) {
	one := expression.NewLiteral(int8(3), types.Int8)
	cast := expression.NewConvertWithLengthAndScale(one, "decimal", 7, 2)
	if hidden(cast, "castToType").String() != "decimal" || hidden(cast, "typeLength").Int() != 7 || hidden(cast, "typeScale").Int() != 2 {
		t.Error("CAST")
	}
	if !hidden(expression.NewIsFalse(one), "invert").Bool() || hidden(expression.NewIsTrue(one), "invert").Bool() {
		t.Error("IS TRUE")
	}
	collated := expression.NewCollatedExpression(one, sql.Collation_utf8mb4_bin)
	if sql.CollationID(hidden(collated, "collation").Uint()) != sql.Collation_utf8mb4_bin {
		t.Error("COLLATE")
	}
	concat := aggregation.NewGroupConcat("distinct", sql.SortFields{{Column: one, Order: sql.Descending}}, "-", []sql.Expression{one}, 9)
	if hidden(concat, "separator").String() != "-" || hidden(concat, "distinct").String() != "distinct" || hidden(concat, "sf").Index(0).FieldByName("Order").Uint() != uint64(sql.Descending) {
		t.Error("GROUP_CONCAT")
	}
	if hidden(function.NewTrim(one, one, "l"), "dir").String() != "l" {
		t.Error("TRIM")
	}
}
