package objects

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// AnalyzeTableID is above the library's own numbers.
const AnalyzeTableID analyzer.RuleId = 4022

// ReplaceAnalyzeTable is a rule of the analyzer: the library would keep histograms of
// values, ours counts.
func ReplaceAnalyzeTable(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	a, ok := n.(*plan.AnalyzeTable)
	if !ok {
		return n, transform.SameTree, nil
	}
	out := &analyzeTable{schema: a.Schema()}
	snap := state.Of(ctx).Inst.Cat.Snapshot()
	for _, t := range a.Tables {
		name, own := t.Name(), (*table.Table)(nil)
		if own, ok = lxaccess.OwnTable(t); ok {
			if db := snap.DatabaseByID(own.Record().Database); db != nil {
				name = db.Name + "." + name
			}
		}
		out.names, out.tables = append(out.names, name), append(out.tables, own)
	}
	return out, transform.NewTree, nil
}

// analyzeTable is ANALYZE TABLE.
type analyzeTable struct {
	names  []string
	tables []*table.Table // nil: what has no rows of its own to count
	schema sql.Schema
}

var _ sql.ExecSourceRel = (*analyzeTable)(nil)

func (a *analyzeTable) Resolved() bool       { return true }
func (a *analyzeTable) IsReadOnly() bool     { return true }
func (a *analyzeTable) Children() []sql.Node { return nil }
func (a *analyzeTable) Schema() sql.Schema   { return a.schema }
func (a *analyzeTable) String() string       { return "ANALYZE TABLE" }

func (a *analyzeTable) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(a, len(children), 0)
	}
	return a, nil
}

// RowIter implements sql.ExecSourceRel. A table is counted when its row is asked for.
func (a *analyzeTable) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	for _, t := range a.tables {
		if t != nil && !s.May(state.TableObject(t.Record()), access.All(privilege.Of(privilege.Select, privilege.Insert))) {
			return nil, sqlerr.DeniedObject("SELECT, INSERT", s.User.Name(), t.Record().Name)
		}
	}
	return &analyzeIter{of: a}, nil
}

type analyzeIter struct {
	of *analyzeTable
	at int
}

func (i *analyzeIter) Next(ctx *sql.Context) (sql.Row, error) {
	if i.at >= len(i.of.names) {
		if err := table.CommitOpen(ctx); err != nil { // as it did what was open
			return nil, err
		}
		return nil, io.EOF
	}
	name, t := i.of.names[i.at], i.of.tables[i.at]
	i.at++
	if t == nil {
		return sql.Row{name, "analyze", "note", "The storage engine for the table doesn't support analyze"}, nil
	}
	if err := t.Analyze(ctx); err != nil {
		return nil, err
	}
	return sql.Row{name, "analyze", "status", "OK"}, nil
}

func (i *analyzeIter) Close(*sql.Context) error { return nil }

// upkeep is CHECK, CHECKSUM, OPTIMIZE and REPAIR TABLE. A table that is not there is told in a row, as in MySQL.
type upkeep struct {
	analyzeTable
	of *clause.Upkeep
}

var _ sql.ExecSourceRel = (*upkeep)(nil)

// Upkeep makes the statement.
func Upkeep(of *clause.Upkeep) ast.Statement {
	schema := plan.NewAnalyze(nil).Schema()
	if of.What == "checksum" {
		schema = sql.Schema{{Name: "Table", Type: types.LongText}, {Name: "Checksum", Type: types.Int64, Nullable: true}}
	}
	return ast.InjectedStatement{
		Statement: &upkeep{analyzeTable{schema: schema}, of},
		Auth:      ast.AuthInformation{AuthType: ast.AuthType_IGNORE, TargetType: ast.AuthTargetType_Ignore},
	}
}

// WithResolvedChildren implements ast.Injectable.
func (n *upkeep) WithResolvedChildren(children []any) (any, error) {
	if len(children) != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return n, nil
}

// Shows says that it gives rows.
func (*upkeep) Shows() bool { return true }

func (n *upkeep) String() string { return strings.ToUpper(n.of.What) + " TABLE" }

// WithChildren implements sql.Node.
func (n *upkeep) WithChildren(children ...sql.Node) (sql.Node, error) {
	_, err := n.analyzeTable.WithChildren(children...)
	return n, err
}

// takes are the rights that it takes. A table is rewritten for who may ALTER it, too.
func (n *upkeep) takes() privilege.Set {
	switch n.of.What {
	case "check", "checksum":
		return privilege.Of(privilege.Select)
	case "optimize":
		return analyzeRights.Union(privilege.Of(privilege.Alter))
	}
	return analyzeRights
}

// RowIter implements sql.ExecSourceRel.
func (n *upkeep) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	if n.of.What == "checksum" {
		return n.checksums(ctx, s)
	}
	var rows []sql.Row
	for _, of := range n.of.Tables {
		t, name, err := analyzed(ctx, s, of, n.takes())
		told := func(kind, what string) { rows = append(rows, sql.Row{name, n.of.What, kind, what}) }
		switch {
		case sql.ErrTableNotFound.Is(err):
			if name = of.Database; name == "" {
				name = s.GetCurrentDatabase()
			}
			name += "." + of.Table
			told("Error", "Table '"+name+"' doesn't exist")
			told("status", "Operation failed")
		case err != nil:
			return nil, err
		case n.of.What == "repair":
			told("note", "The storage engine for the table doesn't support repair")
		case t == nil && n.of.What == "check" && state.Virtual(cmp.Or(of.Database, s.GetCurrentDatabase())):
			told("note", "The storage engine for the table doesn't support check")
		case t == nil && n.of.What == "check":
			told("status", "OK")
		case t == nil:
			told("Error", "'"+name+"' is not of type 'BASE TABLE'")
			told("status", "Operation failed")
		case n.of.What == "check":
			faults, err := t.Faults(ctx)
			if err != nil {
				return nil, err
			}
			for _, f := range faults {
				told("error", fmt.Sprintf("%s: %d times", f.What, f.Count))
			}
			if len(faults) > 0 {
				told("error", "Corrupt")
			} else {
				told("status", "OK")
			}
		default:
			if err := t.Rebuild(ctx); err != nil {
				return nil, err
			}
			told("note", "Table does not support optimize, doing recreate + analyze instead")
			told("status", "OK")
		}
		if err := table.CommitOpen(ctx); err != nil { // as they do what was open
			return nil, err
		}
	}
	return sql.RowsToRowIter(rows...), nil
}

// checksums are those of the rows; what has none is NULL, with a warning that says why.
func (n *upkeep) checksums(ctx *sql.Context, s *state.Session) (sql.RowIter, error) {
	var rows []sql.Row
	for _, of := range n.of.Tables {
		t, name, err := analyzed(ctx, s, of, n.takes())
		why, code, sum := "", sqlerr.NoSuchTable, any(nil)
		switch {
		case sql.ErrTableNotFound.Is(err):
			if name = of.Database; name == "" {
				name = s.GetCurrentDatabase()
			}
			name += "." + of.Table
			why = "Table '" + name + "' doesn't exist"
		case err != nil:
			return nil, err
		case t == nil:
			why, code = "'"+name+"' is not BASE TABLE", sqlerr.WrongObject
		case !n.of.Quick:
			of, err := t.Checksum(ctx)
			if err != nil {
				return nil, err
			}
			sum = int64(of)
		}
		if why != "" {
			s.Warn(&sql.Warning{Level: "Error", Code: int(code), Message: why})
		}
		rows = append(rows, sql.Row{name, sum})
	}
	return sql.RowsToRowIter(rows...), nil
}
