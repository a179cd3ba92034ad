package table

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/proto/query"

	"github.com/lxdb/lxdb/storage/relation"
)

// Index is the library's view of an index.
type Index struct {
	schema *schema
	def    *relation.Index
	table  string // name under which the table was opened
	short  bool   // see withShortPrefixes
}

var (
	_ sql.OrderedIndex  = (*Index)(nil)
	_ sql.ExtendedIndex = (*Index)(nil)
	_ sql.FilteredIndex = (*Index)(nil)
)

func (i *Index) ID() string        { return i.def.Name }
func (i *Index) Database() string  { return i.schema.database }
func (i *Index) Table() string     { return i.table }
func (i *Index) IsUnique() bool    { return i.def.Unique }
func (i *Index) IsSpatial() bool   { return false }
func (i *Index) IsFullText() bool  { return false }
func (i *Index) IsVector() bool    { return false }
func (i *Index) Comment() string   { return i.def.Comment }
func (i *Index) IndexType() string { return "BTREE" }
func (i *Index) IsGenerated() bool { return false }

// CanSupport implements sql.Index. Every range over the columns is supported:
// what the keys cannot decide is checked against the row.
func (i *Index) CanSupport(*sql.Context, ...sql.Range) bool { return true }

// CanSupportOrderBy is about functional indexes, which do not exist here.
func (i *Index) CanSupportOrderBy(sql.Expression) bool { return false }

// Order implements sql.OrderedIndex. An index that keeps only the beginning of
// a value is not in the order of the values.
func (i *Index) Order() sql.IndexOrder {
	if !i.def.Ordered {
		return sql.IndexOrderNone
	}
	return sql.IndexOrderAsc
}

// Reversible implements sql.OrderedIndex.
func (i *Index) Reversible() bool { return i.def.Ordered }

// PrefixLengths implements sql.Index.
func (i *Index) PrefixLengths() []uint16 {
	if !i.def.Prefixed {
		return nil
	}
	out := make([]uint16, len(i.def.Parts))
	for n, p := range i.def.Parts {
		if out[n] = uint16(p.Prefix); i.short && p.Prefix > 0 {
			out[n] = 1
		}
	}
	return out
}

// Expressions implements sql.Index.
func (i *Index) Expressions() []string {
	return i.expressions(i.columns(false))
}

// ColumnExpressionTypes implements sql.Index.
func (i *Index) ColumnExpressionTypes() []sql.ColumnExpressionType {
	return i.expressionTypes(i.columns(false))
}

// ExtendedExpressions implements sql.ExtendedIndex: the primary key's columns
// stand behind those of the index.
func (i *Index) ExtendedExpressions() []string {
	return i.expressions(i.columns(true))
}

// ExtendedColumnExpressionTypes implements sql.ExtendedIndex.
func (i *Index) ExtendedColumnExpressionTypes() []sql.ColumnExpressionType {
	return i.expressionTypes(i.columns(true))
}

// HandledFilters implements sql.FilteredIndex: the filters that a lookup in
// this index makes superfluous.
func (i *Index) HandledFilters(filters []sql.Expression) []sql.Expression {
	var handled []sql.Expression
	for _, f := range filters {
		if expression.PreciseComparison(f) {
			handled = append(handled, f)
		}
	}
	return handled
}

// columns lists the schema positions that ranges over the index speak of.
func (i *Index) columns(extended bool) []int {
	out := make([]int, 0, len(i.def.Parts)+len(i.schema.pk))
	for _, p := range i.def.Parts {
		out = append(out, p.Column)
	}
	if !extended {
		return out
	}
	for _, c := range i.schema.pk {
		if !contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func (i *Index) expressions(columns []int) []string {
	out := make([]string, len(columns))
	for n, c := range columns {
		out[n] = i.table + "." + i.schema.cols[c].def.Name
	}
	return out
}

func (i *Index) expressionTypes(columns []int) []sql.ColumnExpressionType {
	out := make([]sql.ColumnExpressionType, len(columns))
	for n, c := range columns {
		out[n] = sql.ColumnExpressionType{
			Expression: i.table + "." + i.schema.cols[c].def.Name,
			Type:       rangeType(i.schema.cols[c].def.Type),
		}
	}
	return out
}

// anyDecimal is the type of ranges over a DECIMAL column: it takes decimals of
// any precision and rounds none.
type anyDecimal struct{ sql.DecimalType }

// Convert implements sql.Type.
func (t anyDecimal) Convert(_ context.Context, v any) (any, sql.ConvertInRange, error) {
	d, err := t.ConvertToNullDecimal(v)
	if err != nil || !d.Valid {
		return nil, sql.InRange, err
	}
	return d.Decimal, sql.InRange, nil
}

// Equals implements sql.Type.
func (t anyDecimal) Equals(other sql.Type) bool {
	if o, ok := other.(anyDecimal); ok {
		other = o.DecimalType
	}
	return t.DecimalType.Equals(other)
}

// rangeType is the type that ranges over a column are made in. The library
// converts what a column is compared with to this type and forgets whether it
// fitted: with the column's own type, TINYINT = 300 would find 127, and
// DECIMAL(6,2) = 1.255 would find 1.26.
func rangeType(t sql.Type) sql.Type {
	switch t.Type() {
	case query.Type_INT8, query.Type_INT16, query.Type_INT24, query.Type_INT32,
		query.Type_UINT8, query.Type_UINT16, query.Type_UINT24, query.Type_UINT32:
		return types.Int64
	}
	if d, ok := t.(sql.DecimalType); ok {
		return anyDecimal{d}
	}
	return t
}

func contains(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// primaryName is what the primary key's index is called.
const primaryName = "PRIMARY"

func isPrimaryName(name string) bool { return strings.EqualFold(name, primaryName) }
