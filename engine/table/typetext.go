package table

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
)

// typeText returns the SQL text of a column type that parseType reads back. The
// collation is always named: a changed default must not change old columns.
func typeText(t sql.Type) string {
	if s, ok := t.(sql.SpatialColumnType); ok {
		if srid, defined := s.GetSpatialTypeSRID(); defined {
			return fmt.Sprintf("%s srid %d", t, srid)
		}
		return t.String()
	}
	if types.IsTimespan(t) {
		return "time" // its digits are the column's shape
	}
	switch t := t.(type) {
	case sql.EnumType:
		return memberText("enum", t.Values(), t.Collation())
	case sql.SetType:
		return memberText("set", t.Values(), t.Collation())
	}
	if c, ok := t.(sql.TypeWithCollation); ok && !isByteType(t) {
		return c.StringWithTableCollation(sql.Collation_Unspecified)
	}
	return t.String()
}

// memberText spells ENUM and SET, whose String leaves quotes in members alone.
func memberText(name string, members []string, c sql.CollationID) string {
	quoted := make([]string, len(members))
	for i, m := range members {
		quoted[i] = sqlparser.String(sqlparser.NewStrVal([]byte(m)))
	}
	return fmt.Sprintf("%s(%s) character set %s collate %s", name, strings.Join(quoted, ","), c.CharacterSet(), c)
}

// TypeNamed is the type that a record of a column names.
func TypeNamed(text string) (sql.Type, error) { return parseType(text) }

// parseType is the inverse of typeText, for a text that may have a shape.
func parseType(text string) (sql.Type, error) {
	text, _ = splitShape(text)
	if t, ok := knownTypes.Load(text); ok {
		return t.(sql.Type), nil
	}
	t, err := readType(text)
	if err == nil && knownTypesLen.Load() < mostKnownTypes {
		knownTypesLen.Add(1)
		knownTypes.Store(text, t)
	}
	return t, err
}

// knownTypes are texts of types that were read before. A table of many columns is read at each clause of its CREATE
// TABLE, and its columns have few types.
var (
	knownTypes    sync.Map // of sql.Type, which nobody changes
	knownTypesLen atomic.Int64
)

// mostKnownTypes bounds them: an ENUM can be long.
const mostKnownTypes = 256

func readType(text string) (sql.Type, error) {
	stmt, err := grammar.Parse(context.Background(), "create table t (c "+text+")", lex.Mode{})
	if err != nil {
		return nil, fmt.Errorf("column type %q: %w", text, err)
	}
	ddl, ok := stmt.(*sqlparser.DDL)
	if !ok || ddl.TableSpec == nil || len(ddl.TableSpec.Columns) != 1 {
		return nil, fmt.Errorf("column type %q: not a type", text)
	}
	parsed := ddl.TableSpec.Columns[0].Type
	t, err := types.ColumnTypeToType(&parsed)
	if err != nil {
		return nil, fmt.Errorf("column type %q: %w", text, err)
	}
	if parsed.SRID == nil {
		return t, nil
	}
	srid, err := strconv.ParseUint(string(parsed.SRID.Val), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("column type %q: %w", text, err)
	}
	spatial, ok := t.(sql.SpatialColumnType)
	if !ok {
		return nil, fmt.Errorf("column type %q: SRID of a type that is not spatial", text)
	}
	return spatial.SetSRID(uint32(srid)), nil
}

// isByteType reports the binary string types, whose values are []byte.
func isByteType(t sql.Type) bool { return types.IsBinaryType(t) }
