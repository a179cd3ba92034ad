package engine

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/newtable"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/value"
)

// makesOfQuery says that a statement is CREATE TABLE … SELECT.
func makesOfQuery(stmt ast.Statement) (*ast.DDL, bool) {
	n, ok := stmt.(*ast.DDL)
	return n, ok && n.OptSelect != nil && n.Action == ast.CreateStr
}

// createSelect runs CREATE TABLE … SELECT. The query is converted first, which says what
// columns the table gets; then the library makes the table, our operators fill it, its rows are
// committed, and last the catalog names it. Whatever fails on the way, or is killed, leaves
// nothing.
func (st *statement) createSelect(x execution, n *ast.DDL) error {
	s := st.session.sql
	values := x.bound
	if x.prepared != nil {
		var err error
		if values, err = bindings(st.ctx.GetCollation(), x.stmt, x.args); err != nil {
			return err
		}
	}
	if n.TableSpec != nil && slices.ContainsFunc(n.TableSpec.Constraints, isForeignKey) {
		return sqlerr.ForeignKeyWithAtomicCreateSelect.Errorf("Foreign key creation is not allowed with CREATE TABLE as SELECT and CREATE TABLE with START TRANSACTION statement.")
	}
	query := execution{stmt: n.OptSelect.Select, text: x.text, prepared: x.prepared, args: x.args, bound: x.bound}
	if err := st.ready(query, true, false); err != nil {
		return err
	}
	q, err := st.queryOf(query, values)
	if err != nil {
		return err
	}
	columns := make([]newtable.Column, len(q.Names))
	for i, t := range q.Root.Types() {
		columns[i] = newtable.Column{Name: q.Names[i].Name, Type: t, From: st.recordOf(q.Origins[i]), Derived: q.Origins[i].Derived}
	}
	ddl, shapes, err := newtable.Define(st.ctx, n, columns, !s.Evaluation(st.ctx).Has(value.ModeNoZeroDate))
	if err != nil {
		return err
	}
	if _, err := s.Txn(st.ctx); err != nil {
		return err
	}
	whole := s.Inst.Store.BeginChange(s.Locks)
	out, err := st.createFilled(x, n, ddl, shapes, q)
	if err == nil && !(n.Temporary && s.InTransaction()) {
		err = table.CommitOpen(st.ctx) // the rows first: a table that is named has all of its rows
	}
	if err == nil {
		err = s.killed()
	}
	if err != nil {
		if e := whole.Abandon(st.ctx); e != nil {
			s.engine.inst.Log.Error("clearing up after a statement that failed", "connection", s.ID(), "err", e)
		}
		return err
	}
	if err := whole.Commit(st.ctx); err != nil {
		return err
	}
	ok := types.OkResult{RowsAffected: uint64(out.Affected), InsertID: out.InsertID}
	ok.Info = recordsInfo{&out, int(s.WarningCount())}
	st.iter = sql.RowsToRowIter(sql.NewRow(ok))
	return nil
}

func isForeignKey(c *ast.ConstraintDefinition) bool {
	_, yes := c.Details.(*ast.ForeignKeyDefinition)
	return yes
}

// recordsInfo is what the client is told beside the counts.
type recordsInfo struct {
	out      *change.Outcome
	warnings int
}

func (i recordsInfo) String() string { return records(i.out, i.warnings) }

// queryOf converts the query. There is nobody else to run it.
func (st *statement) queryOf(query execution, values map[string]sql.Expression) (*lxplan.Query, error) {
	e := st.session.engine
	bound, flags, err := st.bind(query, values)
	err = st.session.notBound(query.stmt, err)
	if err != nil {
		return nil, err
	}
	if err := lxplan.BareVariable(bound); err != nil {
		return nil, err
	}
	q, err := lxplan.Convert(st.ctx, bound, st.session.sql.Evaluation(st.ctx))
	if why, left := lxplan.IsUnconverted(err); left {
		e.left.Add("create: " + why)
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s in CREATE TABLE … SELECT'", why)
	}
	if err != nil {
		return nil, err
	}
	return q, validate(st.ctx, e.inst.GMS.Analyzer, bound, flags)
}

// recordOf is the record of the column of a table that a column of the query is.
func (st *statement) recordOf(o lxplan.Origin) *catalog.Column {
	if o.Column == nil {
		return nil
	}
	if t := st.session.sql.TableNamed(o.DatabaseSource, o.Source); t != nil {
		return columnOf(t, o.Name)
	}
	return nil
}

// createFilled makes the table, a step of the change that runs, and fills it.
func (st *statement) createFilled(x execution, n, ddl *ast.DDL, shapes map[string]string, q *lxplan.Query) (out change.Outcome, err error) {
	s := st.session.sql
	said, err := st.createStep(x, ddl, shapes)
	if err != nil {
		return out, err
	}
	rec := st.session.made(n)
	if rec == nil || !s.Inst.Store.Creates(s.Locks, rec.ID) {
		objects.NoteThere(st.ctx, n.Table.Name.String()) // IF NOT EXISTS
		return out, nil
	}
	s.Inst.Store.PurgeIfAbandoned(s.Locks, rec)
	t, err := s.Inst.Store.Table(st.ctx, rec, s.Catalog().DatabaseByID(rec.Database), table.Access{Mode: table.Write})
	if err != nil {
		return out, err
	}
	env := s.Evaluation(st.ctx)
	changing, err := lxplan.ConvertFilling(st.ctx, t, q, env, changeHost{st}, said == "IGNORE", said == "REPLACE")
	if why, left := lxplan.IsUnconverted(err); left {
		return out, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s in CREATE TABLE … SELECT'", why)
	}
	if err != nil {
		return out, err
	}
	budget := st.budget()
	defer budget.End()
	budget.Into(env)
	if out, err = changing.Run(env, make([]value.Value, 0)); err != nil {
		return out, st.told(err)
	}
	return out, s.killed()
}

// made is the table of a name that CREATE TABLE has made or found.
func (s *Session) made(n *ast.DDL) *catalog.Table {
	database := cmp.Or(n.Table.DbQualifier.String(), s.sql.BaseSession.GetCurrentDatabase())
	if !n.Temporary {
		return state.TableNamed(s.sql.Catalog(), database, n.Table.Name.String())
	}
	if db := s.sql.Catalog().Database(database); db != nil {
		return s.sql.Locks.Temporary(db.ID, n.Table.Name.String())
	}
	return nil
}

// createStep has the library make the table. It returns what the statement said of rows whose
// keys are taken.
func (st *statement) createStep(x execution, ddl *ast.DDL, shapes map[string]string) (duplicates string, err error) {
	s := st.session.sql
	bound, flags, err := st.bind(execution{stmt: ddl, text: x.text}, nil)
	if err != nil {
		return "", err
	}
	c := clause.Change{Database: ddl.Table.DbQualifier.String(), Table: ddl.Table.Name.String()}
	if s.Change != nil { // it belongs to the statement, which may run again
		c = *s.Change
	}
	c.Shapes = maps.Clone(c.Shapes)
	if c.Shapes == nil {
		c.Shapes = map[string]string{}
	}
	maps.Copy(c.Shapes, shapes)
	s.Change = &c
	gms := st.session.engine.inst.GMS
	analyzed, err := gms.Analyzer.Analyze(st.ctx, bound, nil, flags)
	if err != nil {
		return "", err
	}
	iter, err := gms.Analyzer.ExecBuilder.Build(st.ctx, analyzed, nil)
	if err != nil {
		return "", err
	}
	_, err = sql.RowIterToRows(st.ctx, iter)
	return c.Duplicates, err
}

// viewColumnsID is above the library's own numbers.
const viewColumnsID analyzer.RuleId = 4023

// viewColumns is a rule of the analyzer: SHOW COLUMNS of a view tells of what it computes what CREATE TABLE … SELECT would
// make of it, as MySQL does. The library has types of its own for it, and takes it for NOT NULL. Nothing is changed where
// the view is not converted: who reads it hears why. CREATE VIEW of two columns of one name is refused.
func viewColumns(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	s := sessionOf(ctx)
	if view, ok := n.(*plan.CreateView); ok {
		return n, transform.SameTree, lxplan.DistinctNames(view.Definition)
	}
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		show, ok := n.(*plan.ShowColumns)
		if !ok || s == nil {
			return n, transform.SameTree, nil
		}
		view, ok := show.Child.(*plan.SubqueryAlias)
		if !ok || len(show.TargetSchema()) != len(view.Child.Schema()) {
			return n, transform.SameTree, nil
		}
		schema := s.computedColumns(ctx, view.Child, show.TargetSchema())
		if schema == nil {
			return n, transform.SameTree, nil
		}
		out, err := show.WithTargetSchema(schema)
		return out, transform.NewTree, err
	})
}

// tableOf is the table that would be made of the rows of a bound query: its columns as they are computed, their definitions,
// and their shapes by name.
func (s *sqlSession) tableOf(ctx *sql.Context, query sql.Node) (columns []newtable.Column, made *ast.DDL, shapes map[string]string, err error) {
	q, err := lxplan.Convert(ctx, query, s.Evaluation(ctx))
	if err != nil {
		return nil, nil, nil, err
	}
	st := &statement{session: s.session, ctx: ctx}
	columns = make([]newtable.Column, len(q.Names))
	for i, t := range q.Root.Types() {
		columns[i] = newtable.Column{Name: "c" + strconv.Itoa(i), Type: t, From: st.recordOf(q.Origins[i]), Derived: true}
	}
	made, shapes, err = newtable.Define(ctx, &ast.DDL{}, columns, true)
	return columns, made, shapes, err
}

// computedColumns are the columns of a query as they are shown, nil where that is not known.
func (s *sqlSession) computedColumns(ctx *sql.Context, query sql.Node, shown sql.Schema) (out sql.Schema) {
	defer func() {
		if p := recover(); p != nil { // the library's: its own answer stays
			_ = panicError(s.session, p)
			out = nil
		}
	}()
	columns, made, _, err := s.tableOf(ctx, query)
	if err != nil || len(made.TableSpec.Columns) != len(shown) {
		return nil
	}
	for i, col := range shown {
		c, def := *col, made.TableSpec.Columns[i].Type
		if c.Nullable = columns[i].Type.Nullable; columns[i].From == nil {
			if c.Type, err = types.ColumnTypeToType(&def); err != nil {
				return nil
			}
			if text, ok := def.Default.(*ast.SQLVal); ok {
				c.Default, err = sql.NewColumnDefaultValue(expression.NewLiteral(string(text.Val), types.LongText), c.Type, true, false, c.Nullable)
			}
		}
		if err != nil {
			return nil
		}
		out = append(out, &c)
	}
	return out
}

// viewColumnsOf are the columns of a view as information_schema has them, for who may read it.
func viewColumnsOf(ctx *sql.Context, database, name string) (out []state.ViewColumn) {
	s := sessionOf(ctx)
	if s == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil { // the library's: its own answer stays
			_ = panicError(s.session, p)
			out = nil
		}
	}()
	gms := s.engine.inst.GMS
	text := "SELECT * FROM " + sql.QuoteIdentifier(database) + "." + sql.QuoteIdentifier(name)
	tree, _, _, err := gms.Parser.Parse(ctx, text, false)
	if err != nil {
		return nil
	}
	bound, _, err := planbuilder.New(ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(tree, text, &sql.QueryFlags{})
	if err != nil {
		return nil
	}
	columns, made, shapes, err := s.tableOf(ctx, bound)
	if err != nil || len(made.TableSpec.Columns) != len(columns) {
		return nil
	}
	for i, c := range columns {
		def := made.TableSpec.Columns[i].Type
		of, err := types.ColumnTypeToType(&def)
		if err != nil {
			return nil
		}
		shape := shapes[c.Name]
		if c.From != nil {
			shape = table.Shape(c.From.Type)
		}
		t, ok := table.ShapedType(of, shape)
		if !ok {
			return nil
		}
		col := state.ViewColumn{Type: t, Text: t.String(), Nullable: c.Type.Nullable}
		if c.From != nil {
			if d, err := table.DescribeColumn(c.From, s.Zone()); err == nil {
				col.Text = d.Type
			}
		}
		if text, ok := def.Default.(*ast.SQLVal); ok {
			col.Default = string(text.Val)
		}
		out = append(out, col)
	}
	return out
}
