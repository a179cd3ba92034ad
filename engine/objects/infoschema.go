package objects

import (
	"io"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/information_schema"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// InfoSchema is information_schema. The library makes its rows from the objects
// that a session sees; what of an object the session may know, and what the
// library does not make at all, is decided here.
type InfoSchema struct{ sql.Database }

// infoRows makes all rows of a table.
type infoRows func(ctx *sql.Context, s *state.Session) []sql.Row

// infoFilter gets one row of the library's, by column, and says whether it stays.
type infoFilter func(s *state.Session, row infoRow) bool

var (
	ownInfo = map[string]infoRows{
		"views": viewRows, "referential_constraints": referentialRows,
		"user_privileges": userPrivilegeRows, "user_attributes": userAttributeRows, "schema_privileges": schemaPrivilegeRows, "table_privileges": tablePrivilegeRows,
		"column_privileges": noRows, "applicable_roles": applicableRoleRows, "administrable_role_authorizations": administrableRoleRows,
		"enabled_roles": enabledRoleRows, "role_table_grants": roleTableRows, "role_routine_grants": roleRoutineRows, "role_column_grants": noRows,
		"statistics": statisticsRows, "column_statistics": histogramRows, "routines": routineRows, "events": eventRows, "parameters": parameterRows, "character_sets": charsetRows,
		"processlist": processRows,
	}
	infoFilters = map[string]infoFilter{
		"tables": hideCounts, "triggers": showBody,
		"collations": hasCollation, "collation_character_set_applicability": hasCollation, "key_column_usage": hideParent,
	}
)

// GetTableInsensitive implements sql.Database.
func (d InfoSchema) GetTableInsensitive(ctx *sql.Context, name string) (sql.Table, bool, error) {
	s := state.Of(ctx)
	rights := givenTo(s, sql.InformationSchemaDatabaseName, name)
	if strings.EqualFold(name, sequencesName) {
		return forDefiner(sequencesInfo{}, rights), true, nil
	}
	t, ok, err := d.Database.GetTableInsensitive(ctx, name)
	if err != nil || !ok {
		return t, ok, err
	}
	if columns, ok := t.(*information_schema.ColumnsTable); ok {
		t, err := definersColumns(ctx, s, describedColumns(columns), rights)
		return t, err == nil, err
	}
	own, filter := ownInfo[strings.ToLower(name)], infoFilters[strings.ToLower(name)]
	return forDefiner(&infoTable{t, own, filter}, rights), true, nil
}

// GetTableNames implements sql.Database.
func (d InfoSchema) GetTableNames(ctx *sql.Context) ([]string, error) {
	names, err := d.Database.GetTableNames(ctx)
	return append(names, strings.ToLower(sequencesName)), err
}

// infoTable is a table of information_schema: its rows are our own, or those of the library that filter lets through; nil
// is all. What they describe is opened for that alone.
type infoTable struct {
	sql.Table
	own    infoRows
	filter infoFilter
}

var _ sql.CatalogTable = (*infoTable)(nil)

// AssignCatalog implements sql.CatalogTable.
func (t *infoTable) AssignCatalog(c sql.Catalog) sql.Table {
	if inner, ok := t.Table.(sql.CatalogTable); ok {
		return &infoTable{inner.AssignCatalog(c), t.own, t.filter}
	}
	return t
}

// PartitionRows implements sql.Table.
func (t *infoTable) PartitionRows(ctx *sql.Context, p sql.Partition) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return sql.RowsToRowIter(), nil
	}
	ctx = table.Definitions(ctx)
	if t.own != nil {
		return sql.RowsToRowIter(t.own(ctx, s)...), nil
	}
	rows, err := t.Table.PartitionRows(ctx, p)
	if err != nil {
		return nil, err
	}
	return &infoIter{rows, s, t.Schema(), t.filter}, nil
}

type infoIter struct {
	sql.RowIter
	session *state.Session
	schema  sql.Schema
	filter  infoFilter
}

func (i *infoIter) Next(ctx *sql.Context) (sql.Row, error) {
	ctx = table.Definitions(ctx)
	for {
		row, err := i.RowIter.Next(ctx)
		if err != nil {
			if err == io.EOF {
				return nil, io.EOF
			}
			return nil, err
		}
		out := infoRow{i.schema, row.Copy()}
		if i.filter == nil || i.filter(i.session, out) {
			return out.row, nil
		}
	}
}

// infoRow is a row whose columns have names.
type infoRow struct {
	schema sql.Schema
	row    sql.Row
}

func (r infoRow) text(column string) string {
	if at := lxplan.ColumnAt(r.schema, column); at >= 0 {
		text, _ := r.row[at].(string)
		return text
	}
	return ""
}

func (r infoRow) clear(columns ...string) {
	for _, c := range columns {
		if at := lxplan.ColumnAt(r.schema, c); at >= 0 {
			r.row[at] = nil
		}
	}
}

func (r infoRow) set(column string, v any) {
	if at := lxplan.ColumnAt(r.schema, column); at >= 0 {
		r.row[at] = v
	}
}

// mayRead says whether the session may SELECT from a table that a row names.
func mayRead(s *state.Session, database, name string) bool {
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(database)
	if db == nil {
		return state.Virtual(database)
	}
	t := snap.Table(db.ID, name)
	return t != nil && access.May(s.Actor(), state.TableObject(t), access.One(privilege.Select), access.List)
}

// hideCounts: how many rows a table has, and what they are like, is for who may
// read them.
func hideCounts(s *state.Session, r infoRow) bool {
	if r.text("TABLE_TYPE") != "VIEW" && !mayRead(s, r.text("TABLE_SCHEMA"), r.text("TABLE_NAME")) {
		r.clear("TABLE_ROWS", "AVG_ROW_LENGTH", "DATA_LENGTH", "MAX_DATA_LENGTH", "INDEX_LENGTH", "DATA_FREE", "AUTO_INCREMENT",
			"UPDATE_TIME", "CHECK_TIME", "CHECKSUM")
	}
	return true
}

// hideParent: who may not know the table at the other end of a foreign key sees
// his own end.
func hideParent(s *state.Session, r infoRow) bool {
	if parent := r.text("REFERENCED_TABLE_NAME"); parent != "" && !s.SeesNamed(r.text("REFERENCED_TABLE_SCHEMA"), parent) {
		r.clear("REFERENCED_TABLE_SCHEMA", "REFERENCED_TABLE_NAME", "REFERENCED_COLUMN_NAME")
	}
	return true
}

// hasCollation: what the library lists beyond ours is refused.
func hasCollation(_ *state.Session, r infoRow) bool {
	return value.CollationNamed(r.text("COLLATION_NAME")) != nil
}

func noRows(*sql.Context, *state.Session) []sql.Row { return nil }
