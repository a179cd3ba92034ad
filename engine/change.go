package engine

import (
	"fmt"
	"io"
	"strconv"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/hint"
	"github.com/lxdb/lxdb/engine/load"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// convertChange makes a statement of ours that changes rows of what was bound. It is nil for
// one that is left to the library.
func (st *statement) convertChange(bound sql.Node, flags *sql.QueryFlags) (*lxplan.Changing, error) {
	e := st.session.engine
	if e.opts.libraryOnly {
		return nil, nil
	}
	if err := lxplan.BareVariable(bound); err != nil {
		return nil, err
	}
	env := st.session.sql.Evaluation(st.ctx)
	q, err := lxplan.ConvertChange(st.ctx, bound, env, changeHost{st}, st.assignments())
	if why, left := lxplan.IsUnconverted(err); left {
		e.left.Add("change: " + why)
		if st.session.sql.UsesTemporaries() { // the library finds tables by their names once more
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s with a temporary table'", why)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if q.Source != nil {
		if err := validate(st.ctx, e.inst.GMS.Analyzer, q.Source, flags); err != nil {
			return nil, err
		}
	}
	e.left.Changed()
	return q, nil
}

// assignments is how many an UPDATE has: the binder adds more.
func (st *statement) assignments() int {
	if u, ok := st.bound.(*ast.Update); ok {
		return len(u.Exprs)
	}
	return 0
}

// changeHost is the engine for the conversion of one statement.
type changeHost struct{ st *statement }

// Bind implements lxplan.Host.
func (h changeHost) Bind(ctx *sql.Context, schema sql.Schema, ofTable bool) (out sql.Schema, err error) {
	if ofTable {
		back, err := h.st.session.sql.asDefined(ctx)
		if err != nil {
			return nil, err
		}
		defer back()
	}
	defer func() {
		if p := recover(); p != nil { // as the library's binder says what is wrong
			out, err = nil, &lxplan.Unconverted{Why: "the definition of a table"}
		}
	}()
	gms := h.st.session.engine.inst.GMS
	b := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser)
	return b.ResolveSchemaDefaults(schema[0].DatabaseSource, schema[0].Source, schema), nil
}

// Triggers implements lxplan.Host.
func (h changeHost) Triggers(ctx *sql.Context, t *table.Table, events ...change.Event) (change.Triggers, error) {
	out := &rowTriggers{ctx: ctx}
	for _, e := range events {
		list, err := objects.TriggersOf(&h.st.session.sql.Session, t.Record(), eventNames[e])
		if err != nil {
			return nil, err
		}
		for _, trigger := range list {
			at := &out.after[e]
			if trigger.Header.On.Before {
				at = &out.before[e]
			}
			if *at == nil {
				*at = &triggerNode{session: h.st.session.sql, columns: t.Schema(), old: -1, new: -1, assigned: map[int]bool{}}
			}
			(*at).list = append((*at).list, trigger)
			out.any = true
		}
	}
	if !out.any {
		return nil, nil
	}
	return out, nil
}

// Ignores implements lxplan.Host.
func (h changeHost) Ignores() bool {
	n, ok := h.st.bound.(*ast.Delete)
	return ok && grammar.Ignores(n)
}

// Hints implements lxplan.Host.
func (h changeHost) Hints() *hint.Block {
	var comments ast.Comments
	switch n := h.st.bound.(type) {
	case *ast.Update:
		comments = n.Comments
	case *ast.Delete:
		comments = n.Comments
	}
	if len(comments) == 0 {
		return nil
	}
	return hint.Decode(string(comments[0]))
}

// ViewChecks implements lxplan.Host.
func (h changeHost) ViewChecks(t *table.Table) (out []lxplan.ViewCheck) {
	for _, c := range h.st.viewChecks {
		if c.Table == t.Record().ID {
			out = append(out, lxplan.ViewCheck{View: c.View, Cond: c.Cond, Reach: c.Reach})
		}
	}
	return out
}

// FoundRows implements lxplan.Host.
func (h changeHost) FoundRows() bool {
	return h.st.ctx.Client().Capabilities&clientFoundRows != 0
}

// Knows says whether errors may name a table to the session.
func (s *sqlSession) Knows(t *catalog.Table) bool { return s.Sees(state.TableObject(t)) }

// evaluated is what a statement that changes rows is evaluated with.
func (st *statement) evaluated() *query.Change {
	return st.session.settings.Change(st.ctx, st.session.sql.Planning, st.session.held, spilled)
}

// runChange carries out a statement that changes rows, to its end.
func (st *statement) runChange(x execution, q *lxplan.Changing, args []value.Value) (session.Result, error) {
	in := st.evaluated()
	defer in.End()
	return st.changeIn(in, x, q, args)
}

func (st *statement) changeIn(in *query.Change, x execution, q *lxplan.Changing, args []value.Value) (session.Result, error) {
	s := st.session.sql
	if s.Within == 0 {
		st.session.current.runs(nil, q.Change, s.Touched)
		defer st.session.current.runs(nil, nil, nil)
	}
	out, err := q.Run(&in.Env, args)
	if err != nil {
		return nil, st.told(err)
	}
	if err := s.killed(); err != nil {
		return nil, err
	}
	if out.Generated {
		s.SetLastQueryInfoInt(sql.LastInsertId, int64(out.InsertID))
	}
	summary := session.Summary{AffectedRows: uint64(out.Affected), LastInsertID: out.InsertID}
	_, isUpdate := x.stmt.(*ast.Update)
	if isUpdate && (changeHost{st}).FoundRows() {
		summary.AffectedRows = uint64(out.Found)
	}
	st.closing = st.ctx.Err() == nil
	if s.Tx != nil && !s.GetIgnoreAutoCommit() && s.Autocommit() {
		if err := s.CommitTransaction(st.ctx, s.Tx); err != nil {
			return nil, err
		}
	}
	s.countRows(int64(summary.AffectedRows))
	if isUpdate {
		s.SetLastQueryInfoInt(sql.FoundRows, out.Found)
	}
	summary.Warnings = s.WarningCount()
	summary.Info = infoOf(x.stmt, &out, int(summary.Warnings))
	st.end()
	summary.Status = st.session.Status()
	return &okResult{summary}, nil
}

// infoOf is what MySQL says beside the counts.
func infoOf(stmt ast.Statement, out *change.Outcome, warnings int) string {
	switch n := stmt.(type) {
	case *ast.Update:
		var room [64]byte
		text := strconv.AppendInt(append(room[:0], "Rows matched: "...), out.Found, 10)
		text = strconv.AppendInt(append(text, "  Changed: "...), out.Changed, 10)
		return string(strconv.AppendInt(append(text, "  Warnings: "...), int64(warnings), 10))
	case *grammar.Load:
		deleted, skipped := int64(0), out.Duplicates
		if n.Replace {
			deleted, skipped = skipped, 0
		}
		return fmt.Sprintf("Records: %d  Deleted: %d  Skipped: %d  Warnings: %d", out.Records, deleted, skipped, warnings)
	case *ast.Insert:
		if rows, literal := n.Rows.(*ast.AliasedValues); literal && len(rows.Values) == 1 {
			return ""
		}
		return records(out, warnings)
	}
	return ""
}

// errNoLocalFiles: no client may send files.
var errNoLocalFiles = sqlerr.ClientLocalFilesDisabled.Errorf("Loading local data is disabled; this must be enabled on both the client and server sides").
	WithHint("the server's side is SET GLOBAL local_infile = ON; the client's an option, as --local-infile")

// loads is what the lines of a file are for, and the INSERT of one.
func (s *Session) loads(ctx *sql.Context, n *grammar.Load) ([]grammar.LoadField, *ast.Insert, error) {
	var columns []string
	if rec := s.changed(n.Table, n.Insert.Auth.Extra); rec != nil {
		for i := range rec.Columns {
			columns = append(columns, rec.Columns[i].Name)
		}
	}
	fields, insert := load.Names(n, columns)
	for _, f := range fields { // so that SET is bound to texts
		if f.Variable {
			if err := s.sql.SetUserVariable(ctx, f.Name, "", types.LongText); err != nil {
				return nil, nil, err
			}
		}
	}
	return fields, insert, nil
}

// load makes the change of a LOAD DATA. Its rows come through the operators of INSERT.
func (st *statement) load(x execution, n *grammar.Load) error {
	s := st.session.sql
	open := st.session.opts.LocalFile
	if !n.Local {
		return lxaccess.For(&s.Session).ServerFile()
	}
	if _, on, _ := sql.SystemVariables.GetGlobal(localFiles); open == nil || isOff(on) {
		return errNoLocalFiles
	}
	st.stmt = n.Insert // what errors speak of
	charset, err := s.GetSessionVariable(st.ctx, fileCharset)
	if err != nil {
		return err
	}
	format, err := load.Format(n, fmt.Sprint(charset))
	if err != nil {
		return err
	}
	fields, insert, err := st.session.loads(st.ctx, n)
	if err != nil {
		return err
	}
	if err := st.ready(x, false, true); err != nil {
		return err
	}
	defer s.bindOwn()()
	bound, _, err := st.bind(execution{stmt: insert, text: x.text}, nil)
	if err != nil {
		return err
	}
	if len(fields) == 0 { // of a view: which columns a line is for is not known
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'LOAD DATA into a view without a list of columns'").
			WithHint("name the columns behind the table")
	}
	q, err := lxplan.ConvertChange(st.ctx, bound, s.Evaluation(st.ctx), changeHost{st}, 0)
	if err == nil {
		st.change, err = q, load.Into(q, fields, len(n.Columns), format, func() (io.ReadCloser, error) { return open(st.ctx, n.File) })
	}
	if why, left := lxplan.IsUnconverted(err); left {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s in LOAD DATA'", why)
	}
	return err
}

func records(out *change.Outcome, warnings int) string {
	return fmt.Sprintf("Records: %d  Duplicates: %d  Warnings: %d", out.Records, out.Duplicates, warnings)
}

// Filler implements table.Fills.
func (s *sqlSession) Filler(ctx *sql.Context, t *table.Table) (table.Filler, error) {
	in := s.session.settings.Change(ctx, s.Planning, s.session.held, spilled)
	f, err := lxplan.ConvertFill(ctx, t, &in.Env, changeHost{&statement{session: s.session}})
	if err != nil {
		in.End()
		return nil, err
	}
	return filler{f, in}, nil
}

// filler is a Filling until it ends.
type filler struct {
	*lxplan.Filling
	in *query.Change
}

// End implements table.Filler.
func (f filler) End() { f.in.End() }

var _ table.Fills = (*sqlSession)(nil)
