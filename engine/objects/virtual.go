package objects

import (
	"io"
	"iter"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// Databases beside information_schema whose tables are computed: sys, and mysql. What
// each table needs stands in state.VirtualNeed, where it is asked before the table is
// fetched; who lacks it does not see that the table is there.

// virtualTable is one such table.
type virtualTable struct {
	name    string
	columns sql.Schema
	// rows tells every row that the session may see.
	rows func(ctx *sql.Context, s *state.Session, row func(sql.Row) error) error
}

// virtualDatabases are their names.
var virtualDatabases = []string{"mysql", "sys"}

// virtualTables are those of one.
func virtualTables(database string) []virtualTable {
	switch database {
	case "sys":
		return []virtualTable{auditLog, grantRows, roleMemberships, unboundNames()}
	case "mysql":
		return mysqlTables
	}
	return nil
}

// virtualDatabase shows the tables that a session may read.
type virtualDatabase string

var _ sql.Database = virtualDatabase("")

// virtualNamed finds a computed database that the session may know, or that a definer's view is
// about to read.
func virtualNamed(ctx *sql.Context, name string) (sql.Database, bool) {
	db := virtualDatabase(catalog.FoldName(name))
	if s := state.Of(ctx); s != nil && s.Next.As != nil && catalog.SameName(s.Next.Database, name) && len(virtualTables(string(db))) > 0 {
		return db, true
	}
	names, _ := db.GetTableNames(ctx)
	return db, len(names) > 0
}

func (d virtualDatabase) Name() string { return string(d) }

// GetTableInsensitive implements sql.Database.
func (d virtualDatabase) GetTableInsensitive(ctx *sql.Context, name string) (sql.Table, bool, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, false, nil
	}
	rights := givenTo(s, string(d), name)
	if rights != nil {
		defer s.ActWith(rights)()
	}
	for _, t := range virtualTables(string(d)) {
		if strings.EqualFold(t.name, name) && lxaccess.For(s).SeesVirtual(string(d), t.name) {
			return forDefiner(virtual{t, string(d)}, rights), true, nil
		}
	}
	return nil, false, nil
}

// GetTableNames implements sql.Database.
func (d virtualDatabase) GetTableNames(ctx *sql.Context) (out []string, _ error) {
	s := state.Of(ctx)
	for _, t := range virtualTables(string(d)) {
		if s != nil && lxaccess.For(s).SeesVirtual(string(d), t.name) {
			out = append(out, t.name)
		}
	}
	return out, nil
}

// CreateTable implements sql.TableCreator: what is computed is nobody's to change.
func (d virtualDatabase) CreateTable(ctx *sql.Context, table string, _ sql.PrimaryKeySchema, _ sql.CollationID, _ string) error {
	name := ""
	if s := state.Of(ctx); s != nil {
		if name = s.User.Name(); lxaccess.For(s).SeesVirtual(string(d), table) {
			return sql.ErrTableAlreadyExists.New(table)
		}
	}
	return sqlerr.DeniedDatabase(name, string(d))
}

// virtual is such a table as the planner sees it.
type virtual struct {
	virtualTable
	database string
}

var _ sql.Table = virtual{}

func (t virtual) Name() string               { return t.name }
func (t virtual) String() string             { return t.name }
func (t virtual) Collation() sql.CollationID { return DefaultCollation }

// Schema implements sql.Table.
func (t virtual) Schema() sql.Schema {
	out := t.columns.Copy()
	for _, c := range out {
		c.Source, c.DatabaseSource = t.name, t.database
	}
	return out
}

// Partitions implements sql.Table.
func (t virtual) Partitions(*sql.Context) (sql.PartitionIter, error) {
	return sql.PartitionsToPartitionIter(onePartition{}), nil
}

type onePartition struct{}

func (onePartition) Key() []byte { return []byte("all") }

// PartitionRows implements sql.Table.
func (t virtual) PartitionRows(ctx *sql.Context, _ sql.Partition) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil || !lxaccess.For(s).SeesVirtual(t.database, t.name) {
		return sql.RowsToRowIter(), nil
	}
	var failed error
	next, stop := iter.Pull(func(yield func(sql.Row) bool) {
		failed = t.rows(ctx, s, func(r sql.Row) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(r) {
				return io.EOF
			}
			return nil
		})
	})
	return &pulled{next, stop, &failed}, nil
}

// pulled hands out rows one by one as they are made.
type pulled struct {
	next   func() (sql.Row, bool)
	stop   func()
	failed *error
}

// Next implements sql.RowIter.
func (p *pulled) Next(*sql.Context) (sql.Row, error) {
	if r, ok := p.next(); ok {
		return r, nil
	}
	if *p.failed != nil && *p.failed != io.EOF {
		return nil, *p.failed
	}
	return nil, io.EOF
}

// Close implements sql.RowIter.
func (p *pulled) Close(*sql.Context) error {
	p.stop()
	return nil
}

// column of a computed table; a nil value is NULL.
func virtualColumn(name string, typ sql.Type) *sql.Column {
	return &sql.Column{Name: name, Type: typ, Nullable: true}
}

var (
	virtualText   = types.LongText
	virtualNumber = types.Uint64
)

// orNull is nil for the zero value.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
