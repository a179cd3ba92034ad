package objects

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/information_schema"

	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/bucket"
)

// A view that acts for its definer shows of a computed table what its definer would see, as a
// program of his does, and as a view over tables shows rows: whoever may read the view sees no more
// of it than the definer now, and no less.

// givenTo are the rights that a computed table is read with; nil are the session's.
func givenTo(s *state.Session, database, name string) *bucket.Rights {
	if s == nil || !s.Next.Names(database, name) {
		return nil
	}
	rights := s.Next.As
	if s.Next.Once {
		s.Next = state.Granted{}
	}
	return rights
}

// definersTable is a computed table of a definer's view.
type definersTable struct {
	sql.Table
	rights *bucket.Rights
}

var _ sql.CatalogTable = (*definersTable)(nil)

// forDefiner makes of a computed table what the holder of the rights would read.
func forDefiner(t sql.Table, rights *bucket.Rights) sql.Table {
	if rights == nil {
		return t
	}
	return &definersTable{t, rights}
}

// AssignCatalog implements sql.CatalogTable.
func (t *definersTable) AssignCatalog(c sql.Catalog) sql.Table {
	if inner, ok := t.Table.(sql.CatalogTable); ok {
		return &definersTable{inner.AssignCatalog(c), t.rights}
	}
	return t
}

// PartitionRows implements sql.Table.
func (t *definersTable) PartitionRows(ctx *sql.Context, p sql.Partition) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return sql.RowsToRowIter(), nil
	}
	defer s.ActWith(t.rights)()
	rows, err := t.Table.PartitionRows(ctx, p)
	if err != nil {
		return nil, err
	}
	return &definersRows{rows, s, t.rights}, nil
}

// definersRows makes each row as the definer: between them the statement acts as the session.
type definersRows struct {
	rows    sql.RowIter
	session *state.Session
	rights  *bucket.Rights
}

func (r *definersRows) Next(ctx *sql.Context) (sql.Row, error) {
	defer r.session.ActWith(r.rights)()
	return r.rows.Next(ctx)
}

func (r *definersRows) Close(ctx *sql.Context) error {
	defer r.session.ActWith(r.rights)()
	return r.rows.Close(ctx)
}

// definersColumns is information_schema.COLUMNS of a definer's view. The library finds it by its type, and has listed
// the columns before it reads them.
func definersColumns(ctx *sql.Context, s *state.Session, of *information_schema.ColumnsTable, rights *bucket.Rights) (*information_schema.ColumnsTable, error) {
	if s == nil || table.IsDefinitions(ctx) && rights == nil { // it is described itself, as one of all tables
		return of, nil
	}
	if rights != nil {
		defer s.ActWith(rights)()
	}
	out := *of
	out.AssignCatalog(s.Inst.GMS.Analyzer.Catalog)
	if _, err := out.AllColumns(table.Definitions(ctx)); err != nil { // which the library would ask for while it plans
		return nil, err
	}
	if rights == nil {
		return &out, nil
	}
	rows := of.RowIter
	out.RowIter = func(ctx *sql.Context, c sql.Catalog, all sql.Schema) (sql.RowIter, error) {
		s := state.Of(ctx)
		if s == nil {
			return sql.RowsToRowIter(), nil
		}
		defer s.ActWith(rights)()
		made, err := rows(ctx, c, all)
		if err != nil {
			return nil, err
		}
		return &definersRows{made, s, rights}, nil
	}
	return &out, nil
}
