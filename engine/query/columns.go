package query

import (
	"cmp"

	"github.com/dolthub/go-mysql-server/sql"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/value"
)

// kinds are the types on the wire.
var kinds = map[value.Kind]session.Type{
	value.TypeNull: session.TypeNull, value.TypeTinyInt: session.TypeTinyInt, value.TypeSmallInt: session.TypeSmallInt,
	value.TypeMediumInt: session.TypeMediumInt, value.TypeInt: session.TypeInt, value.TypeBigInt: session.TypeBigInt,
	value.TypeFloat: session.TypeFloat, value.TypeDouble: session.TypeDouble, value.TypeDecimal: session.TypeDecimal,
	value.TypeBit: session.TypeBit, value.TypeYear: session.TypeYear, value.TypeDate: session.TypeDate,
	value.TypeTime: session.TypeTime, value.TypeDateTime: session.TypeDateTime, value.TypeTimestamp: session.TypeTimestamp,
	value.TypeChar: session.TypeChar, value.TypeVarChar: session.TypeVarChar, value.TypeTinyText: session.TypeTinyText,
	value.TypeText: session.TypeText, value.TypeMediumText: session.TypeMediumText, value.TypeLongText: session.TypeLongText,
	value.TypeEnum: session.TypeEnum, value.TypeSet: session.TypeSet, value.TypeJSON: session.TypeJSON,
	value.TypeGeometry: session.TypeGeometry,
}

// binaryCharset is that of columns that are no text.
const binaryCharset = 63

// Columns describe a result: names and where they come from are the library's, types ours.
func Columns(ctx *sql.Context, q *lxplan.Query) []session.Column {
	out := lxplan.ColumnsOf(ctx, q.Names)
	types := q.Root.Types()
	for i := range out {
		describe(&out[i], &types[i])
		switch from := q.Origins[i]; {
		case from.Column != nil:
			out[i].PrimaryKey, out[i].AutoIncrement = from.PrimaryKey, from.AutoIncrement
			if !from.Derived { // by its own names, below the aliases: who edits a result needs them
				out[i].Database, out[i].OrgTable, out[i].OrgName = from.DatabaseSource, from.Source, from.Name
				out[i].Table = cmp.Or(out[i].Table, from.Table)
			}
		case !from.Derived && out[i].Table == "":
			out[i].OrgName, out[i].Computed = "", true
		}
	}
	return out
}

func describe(c *session.Column, t *value.Type) {
	c.Type, c.Unsigned, c.NotNull = kinds[t.Kind], t.Unsigned, !t.Nullable
	c.Binary, c.ZeroFill = t.IsBinary(), t.ZeroFill
	c.Charset, c.Decimals = binaryCharset, 0
	switch {
	case t.Kind == value.TypeDecimal || t.IsTemporal() && t.Kind != value.TypeDate:
		c.Decimals = t.Scale
	case t.Kind == value.TypeFloat || t.Kind == value.TypeDouble:
		c.Decimals = t.Scale
	}
	text := t.IsString() || t.Kind == value.TypeEnum || t.Kind == value.TypeSet || t.Kind == value.TypeJSON
	if text && !c.Binary {
		c.Charset = lxplan.CharsetUTF8MB4
		if t.Collation != nil {
			c.Charset = t.Collation.ID
		}
	}
	c.Length = shownLength(t, c.Length)
}

// shownLength is how many bytes a value has at most when it is shown to a client that reads utf8mb4.
func shownLength(t *value.Type, otherwise uint32) uint32 {
	switch {
	case t.IsText():
		most := map[value.Kind]uint64{value.TypeTinyText: 255, value.TypeText: 1<<16 - 1, value.TypeMediumText: 1<<24 - 1, value.TypeLongText: 1<<32 - 1}[t.Kind]
		if !t.IsBinary() {
			most *= 4 // MySQL counts as if each byte were a character
		}
		return uint32(min(most, 1<<32-1))
	case t.IsString():
		if t.IsBinary() {
			return t.Length
		}
		return uint32(min(uint64(t.Length)*4, 1<<32-1))
	case t.Kind == value.TypeEnum || t.Kind == value.TypeSet || t.Kind == value.TypeJSON || t.Length == 0:
		return otherwise
	}
	return t.Length
}
