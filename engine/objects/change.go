package objects

import (
	"io"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"

	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// WholeChanges builds the library's executors, and makes of every statement that
// changes definitions one change: all of it happens or nothing. It stands where
// every such statement passes: text, prepared, EXECUTE, or one of a routine.
type WholeChanges struct {
	Next sql.NodeExecBuilder
}

// Build implements sql.NodeExecBuilder.
func (b WholeChanges) Build(ctx *sql.Context, n sql.Node, row sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if made, ok := n.(*plan.CreateTable); ok && made.Temporary() && s != nil {
		s.Makes, n = true, asTable(made)
	}
	if s != nil {
		n = unlocked(n)
	}
	if s == nil || s.Locks.Change() != nil || !lxplan.ChangesDefinitions(n) {
		return b.Next.Build(ctx, n, row)
	}
	_, copies := n.(*plan.TableCopier)
	if !copies && !s.Makes { // the source of the first is open already, and the second commits nothing
		if err := table.CommitOpen(ctx); err != nil {
			return nil, err
		}
	}
	var rows []sql.Row
	err := changes(ctx, s, func(change *table.Change) (err error) {
		if rows, err = allRows(ctx, b.Next, n, row); err != nil {
			if made, ok := n.(*plan.CreateTable); ok {
				err = incompatible(err, made.ForeignKeys(), made.Name(), 0)
			}
			return err
		}
		if err := keepRest(s, ctx); err != nil {
			return err
		}
		if n, ok := n.(*plan.CreateTable); ok && change.Empty() {
			NoteThere(ctx, n.Name()) // IF NOT EXISTS
		}
		if copies { // the rows first: a table that is named has all of its rows
			return table.CommitOpen(ctx)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if copies && len(rows) != 1 || copies && !types.IsOkResult(rows[0]) { // the rows that were copied
		rows = []sql.Row{{types.NewOkResult(len(rows))}}
	}
	return sql.RowsToRowIter(rows...), nil
}

// unlocked has a statement that makes or drops a database ask our provider: the library's catalog holds its
// one lock meanwhile, and a DROP DATABASE may wait for tables in which others have transactions open. Whoever looks up a
// name would wait with it.
func unlocked(n sql.Node) sql.Node {
	switch n := n.(type) {
	case *plan.CreateDB:
		out := *n
		out.Catalog = ownDatabases{n.Catalog}
		return &out
	case *plan.CreateSchema:
		out := *n
		out.Catalog = ownDatabases{n.Catalog}
		return &out
	case *plan.DropDB:
		out := *n
		out.Catalog = ownDatabases{n.Catalog}
		return &out
	}
	return n
}

type ownDatabases struct{ sql.Catalog }

// CreateDatabase implements sql.Catalog.
func (ownDatabases) CreateDatabase(ctx *sql.Context, name string, collation sql.CollationID) error {
	return Provider{state.Of(ctx).Inst}.CreateCollatedDatabase(ctx, name, collation)
}

// RemoveDatabase implements sql.Catalog.
func (ownDatabases) RemoveDatabase(ctx *sql.Context, name string) error {
	return Provider{state.Of(ctx).Inst}.DropDatabase(ctx, name)
}

// asTable is CREATE TEMPORARY TABLE as CREATE TABLE: the library would make of the former less than was said. That the
// table is temporary the scope of the statement says.
func asTable(n *plan.CreateTable) sql.Node {
	return plan.NewCreateTable(n.Db, n.Name(), n.IfNotExists(), false, &plan.TableSpec{
		Schema: n.PkSchema(), FkDefs: n.ForeignKeys(), ChDefs: n.Checks(), IdxDefs: n.Indexes(), Collation: n.Collation, TableOpts: n.TableOpts,
	})
}

// whole makes one change of what some work changes of definitions.
func whole(ctx *sql.Context, s *state.Session, work func() error) error {
	if s.Locks.Change() != nil {
		return work()
	}
	if err := table.CommitOpen(ctx); err != nil {
		return err
	}
	return changes(ctx, s, func(*table.Change) error { return work() })
}

// changes begins a change, and commits it when the work on it is done.
func changes(ctx *sql.Context, s *state.Session, work func(*table.Change) error) error {
	if _, err := s.Txn(ctx); err != nil {
		return err
	}
	change := s.Inst.Store.BeginChange(s.Locks)
	done := false
	defer func() {
		if !done { // it failed, or panicked
			if err := change.Abandon(ctx); err != nil {
				s.Inst.Log.Error("clearing up after a statement that failed", "connection", s.ID(), "err", err)
			}
		}
	}()
	if err := work(change); err != nil {
		return err
	}
	if err := change.Commit(ctx); err != nil {
		return err
	}
	done = true
	return nil
}

// allRows runs a statement to its end.
func allRows(ctx *sql.Context, b sql.NodeExecBuilder, n sql.Node, row sql.Row) ([]sql.Row, error) {
	iter, err := b.Build(ctx, n, row)
	if err != nil {
		return nil, err
	}
	var rows []sql.Row
	for {
		r, err := iter.Next(ctx)
		if err == io.EOF {
			return rows, iter.Close(ctx)
		}
		if err != nil {
			_ = iter.Close(ctx) // what it left is given up with the change
			return nil, err
		}
		rows = append(rows, r)
	}
}

// NoteThere notes that CREATE … IF NOT EXISTS has found what it should have made.
func NoteThere(ctx *sql.Context, name string) {
	ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.TableExists), Message: "Table '" + name + "' already exists"})
}
