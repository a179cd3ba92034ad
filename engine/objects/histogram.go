package objects

import (
	"io"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// histogram is ANALYZE TABLE … UPDATE HISTOGRAM and DROP HISTOGRAM. What goes wrong with a column is told in a row, as in
// MySQL.
type histogram struct{ of *clause.Histogram }

var _ sql.ExecSourceRel = (*histogram)(nil)

// Histogram makes the statement.
func Histogram(of *clause.Histogram) ast.Statement {
	return ast.InjectedStatement{
		Statement: &histogram{of}, Auth: ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}
}

// WithResolvedChildren implements ast.Injectable.
func (n *histogram) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return n, nil
}

func (n *histogram) Resolved() bool       { return true }
func (n *histogram) IsReadOnly() bool     { return false }
func (n *histogram) Children() []sql.Node { return nil }
func (n *histogram) Schema() sql.Schema   { return plan.NewAnalyze(nil).Schema() }
func (n *histogram) String() string       { return "ANALYZE TABLE" }

// Shows says that it gives rows.
func (*histogram) Shows() bool { return true }

// WithChildren implements sql.Node.
func (n *histogram) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(n, len(children), 0)
	}
	return n, nil
}

// RowIter implements sql.ExecSourceRel.
func (n *histogram) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	tables := make([]*table.Table, len(n.of.Tables))
	names := make([]string, len(n.of.Tables))
	for i, of := range n.of.Tables {
		var err error
		if tables[i], names[i], err = analyzed(ctx, s, of, analyzeRights); err != nil {
			return nil, err
		}
	}
	told := func(name, kind, what string) sql.Row { return sql.Row{name, "histogram", kind, what} }
	if len(tables) > 1 {
		return sql.RowsToRowIter(told("", "Error", "Only one table can be specified while modifying histogram statistics.")), nil
	}
	t, name := tables[0], names[0]
	if t == nil {
		return sql.RowsToRowIter(told(name, "Error", "Cannot create histogram statistics for a view or a table of the system.")), nil
	}
	if t.IsTemporary() {
		return sql.RowsToRowIter(told(name, "Error", "Cannot create histogram statistics for a temporary table.")), nil
	}
	var rows []sql.Row
	var columns []int
	for _, c := range n.of.Columns {
		at, why := t.HasHistogram(c)
		if at >= 0 && slices.Contains(columns, at) {
			return nil, sqlerr.DupFieldName.Errorf("Duplicate column name '%s'", c)
		}
		if why == "" && n.of.Drop {
			if t.Histograms(ctx)[t.Record().Columns[at].ID] == nil {
				why = "No histogram statistics found for column '" + t.Record().Columns[at].Name + "'."
			}
		}
		if why != "" {
			rows = append(rows, told(name, "Error", why))
			continue
		}
		columns = append(columns, at)
	}
	done := "Histogram statistics created for column '"
	if n.of.Drop {
		done = "Histogram statistics removed for column '"
	}
	var err error
	switch {
	case len(columns) == 0:
	case n.of.Drop:
		err = t.DropHistograms(ctx, columns)
	default:
		err = t.MakeHistograms(ctx, columns, n.of.Buckets, ctx.QueryTime(), s.ChargeKept)
	}
	if err == nil { // it commits, as it did what was open
		err = table.CommitOpen(ctx)
	}
	if err != nil {
		return nil, err
	}
	for _, at := range columns {
		rows = append(rows, told(name, "status", done+t.Record().Columns[at].Name+"'."))
	}
	slices.SortStableFunc(rows, func(a, b sql.Row) int { return strings.Compare(a[3].(string), b[3].(string)) })
	return sql.RowsToRowIter(rows...), nil
}

// analyzeRights are those that ANALYZE TABLE takes.
var analyzeRights = privilege.Of(privilege.Select, privilege.Insert)

// analyzed opens a table for who may count its rows, or holds whatever rights it takes; nil for what has no rows of its own.
func analyzed(ctx *sql.Context, s *state.Session, of clause.Relation, takes privilege.Set) (*table.Table, string, error) {
	if of.Database == "" && s.GetCurrentDatabase() == "" {
		return nil, "", sql.ErrNoDatabaseSelected.New()
	}
	said := strings.ToUpper(strings.ReplaceAll(takes.String(), ",", ", "))
	obj, database := lxaccess.For(s).Resolve(of.Database, of.Table, nil)
	name := database + "." + of.Table
	if state.Virtual(database) {
		return nil, name, computedTable(ctx, s, database, of.Table, said)
	}
	if obj.Database == nil || obj.Table == nil && obj.View == nil {
		if err := lxaccess.For(s).Missing(obj, said, of.Table, s.Rights); err != nil {
			return nil, "", err
		}
		return nil, "", sql.ErrTableNotFound.New(of.Table)
	}
	if !s.May(obj.Object(), access.All(takes)) {
		return nil, "", sqlerr.DeniedObject(said, s.User.Name(), of.Table)
	}
	if obj.Table == nil {
		return nil, name, nil
	}
	t, err := s.Inst.Store.Table(ctx, obj.Table, obj.Database, table.Access{Guard: s.Rights})
	if err != nil {
		return nil, "", err
	}
	if now := t.Record(); now.ID != obj.Table.ID {
		return nil, "", sql.ErrTableNotFound.New(of.Table)
	}
	return t, obj.Database.Name + "." + obj.Table.Name, nil
}

// computedTable asks whether the session may know a table of a computed database, as a SELECT would: who may not hears the
// same of one that is not there.
func computedTable(ctx *sql.Context, s *state.Session, database, name, said string) error {
	asker := lxaccess.For(s)
	if asker.SeesVirtual(database, name) {
		return nil
	}
	if catalog.SameName(database, sql.InformationSchemaDatabaseName) {
		db, err := s.Inst.GMS.Analyzer.Catalog.Database(ctx, sql.InformationSchemaDatabaseName)
		if err != nil {
			return err
		}
		if _, there, err := db.GetTableInsensitive(ctx, name); err != nil || there {
			return err
		}
		return sql.ErrTableNotFound.New(name)
	}
	if _, there := state.VirtualNeed(database, name); !there && s.HasSystem(privilege.SysAdmin) {
		return sql.ErrTableNotFound.New(name)
	}
	return sqlerr.DeniedObject(said, s.User.Name(), name)
}

// histogramRows are information_schema.COLUMN_STATISTICS: of the tables that the session may read, whole.
func histogramRows(ctx *sql.Context, s *state.Session) []sql.Row {
	snap := s.Inst.Cat.Snapshot()
	var out []sql.Row
	for _, db := range snap.Databases() {
		for _, rec := range snap.Tables(db.ID) {
			if !mayRead(s, db.Name, rec.Name) {
				continue
			}
			list, err := s.Inst.Store.ShownHistograms(ctx, rec, db, s.Rights)
			if err != nil { // it was dropped, or the right to it is gone
				continue
			}
			for _, h := range list {
				out = append(out, sql.Row{db.Name, rec.Name, h.Column, h.Document})
			}
		}
	}
	return out
}
