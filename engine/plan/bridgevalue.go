package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// libraryType is the library's type for one of ours.
func libraryType(t *value.Type) (sql.Type, error) {
	switch t.Kind {
	case value.TypeNull:
		return types.Null, nil
	case value.TypeFloat, value.TypeDouble:
		return types.Float64, nil
	case value.TypeDecimal:
		return types.CreateDecimalType(t.Precision, t.Scale)
	case value.TypeDate:
		return types.Date, nil
	case value.TypeDateTime, value.TypeTimestamp:
		return types.CreateDatetimeType(sqltypes.Datetime, int(t.Scale))
	case value.TypeTime:
		return types.Time, nil
	case value.TypeJSON:
		return types.JSON, nil
	case value.TypeYear:
		return types.Int64, nil
	case value.TypeGeometry:
		return types.GeometryType{}, nil
	}
	switch {
	case t.IsNumber() && (t.Unsigned || t.Kind == value.TypeBit):
		return types.Uint64, nil
	case t.IsNumber() && t.Length > 0 && t.Length < 10: // digits and sign of an INT
		return types.Int32, nil
	case t.IsNumber():
		return types.Int64, nil
	case t.IsBinary():
		return types.LongBlob, nil
	}
	return types.CreateString(sqltypes.Text, types.LongTextBlobMax/int64(t.Collation.MaxBytes), sql.CollationID(t.Collation.ID))
}

// libraryValue is a value of ours as the library holds one of that type.
func libraryValue(v value.Value, t *value.Type) (any, error) {
	switch v.Class() {
	case value.ClassNull:
		return nil, nil
	case value.ClassInt:
		if of, err := libraryType(t); err == nil && of == types.Int32 && v.Int() == int64(int32(v.Int())) {
			return int32(v.Int()), nil
		}
		return v.Int(), nil
	case value.ClassUint:
		if t.Kind == value.TypeYear {
			return int64(v.Uint()), nil
		}
		if t.Kind == value.TypeEnum || t.Kind == value.TypeSet {
			return string(value.AppendText(nil, v, t)), nil
		}
		return v.Uint(), nil
	case value.ClassDouble:
		return v.Double(), nil
	case value.ClassDecimal:
		return decimal.NewFromString(string(value.AppendText(nil, v, t)))
	case value.ClassDate, value.ClassDateTime:
		if v.DateTime() == 0 {
			return zeroTime, nil
		}
		at, ok := v.DateTime().Time(time.UTC)
		if !ok {
			return nil, fmt.Errorf("%s is no date of the calendar", value.AppendText(nil, v, t))
		}
		return at, nil
	case value.ClassTime:
		return types.Timespan(v.Micros()), nil
	case value.ClassJSON:
		return table.Document{JSON: v.JSON()}, nil
	}
	if t.Kind == value.TypeGeometry {
		g, _, err := types.GeometryType{}.Convert(context.Background(), v.Bytes())
		return g, err
	}
	if t.IsBinary() {
		return v.Bytes(), nil
	}
	return v.Text(), nil
}

// LibraryValue is a value of ours as the library holds one of that type.
func LibraryValue(v value.Value, t *value.Type) (any, error) { return libraryValue(v, t) }

// LibraryType is the library's type of such values.
func LibraryType(t *value.Type) (sql.Type, error) { return libraryType(t) }
