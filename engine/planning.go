package engine

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/rowexec"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// plan binds and opens the statement. Text that is no query goes through the library's own
// entry point, which also serves PREPARE and EXECUTE; prepared statements take the same
// steps with their values bound, because that entry point would keep every distinct text
// for the life of the session. Queries and changes of rows are converted to operators of
// ours as soon as they are bound, if that is possible.
func (st *statement) plan(x execution) (_ sql.Schema, failed error) {
	if st.session.sql.givesUpWhatRuns(x.stmt) {
		return nil, errNamedRuns
	}
	if prepares, ok := x.stmt.(*ast.Prepare); ok {
		defer func() {
			if failed != nil {
				st.session.sql.forgets(prepares.Name)
			}
		}()
	}
	if show, onlyErrors, ok := showsArea(x.stmt); ok {
		return st.showArea(show, onlyErrors, x.bound)
	}
	if done, err := st.namedStatement(x.stmt); done || err != nil {
		st.iter = sql.RowsToRowIter()
		return nil, err
	}
	uncharge, err := st.chargePlan(x.stmt)
	if err != nil {
		return nil, err
	}
	defer uncharge()
	if n, ok := x.stmt.(*grammar.Load); ok {
		return nil, st.load(x, n)
	}
	if ddl, ok := makesOfQuery(x.stmt); ok && !st.session.engine.opts.libraryOnly {
		return types.OkResultSchema, st.createSelect(x, ddl)
	}
	if ddl, ok := x.stmt.(*ast.DDL); ok && ddl.Temporary && ddl.Action == ast.DropStr {
		st.iter = sql.RowsToRowIter(sql.NewRow(types.NewOkResult(0)))
		return types.OkResultSchema, objects.DropTemporary(st.ctx, &st.session.sql.Session, ddl)
	}
	if of, ok := x.stmt.(*grammar.ExplainConnection); ok {
		return explainSchema(of.Explain), st.explainConnection(of)
	}
	own, writes := asksRows(x), changesRows(x.stmt)
	explain, explains := x.stmt.(*ast.Explain)
	if explains && !st.session.engine.opts.libraryOnly {
		return explainSchema(explain), st.explain(x, explain)
	}
	if x.prepared == nil && x.bound == nil && !own && !writes && !explains {
		return st.planText(x)
	}
	if x.prepared == nil {
		sql.IncrementStatusVariable(st.ctx, "Questions", 1)
		if own {
			sql.IncrementStatusVariable(st.ctx, "Com_select", 1)
		}
	}
	values := x.bound
	if x.prepared != nil {
		var err error
		if values, err = bindings(st.ctx.GetCollation(), x.stmt, x.args); err != nil {
			return nil, err
		}
	}
	if err := st.ready(x, own, writes); err != nil {
		return nil, err
	}
	st.session.sql.bindsOwn = writes && !st.session.engine.opts.libraryOnly
	defer func() { st.session.sql.bindsOwn = false }()
	defer st.session.sql.firesAll(st.session.sql.bindsOwn)()
	bound, flags, err := st.bind(x, values)
	if own {
		err = st.session.notBound(x.stmt, err)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case writes:
		if st.change, err = st.convertChange(bound, flags); st.change != nil || err != nil {
			return nil, err
		}
		if len(st.viewChecks) > 0 { // the library's executor would not ask them
			return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'this change through a view WITH CHECK OPTION'").
				WithHint("change the table below the view")
		}
		st.session.sql.bindsOwn, st.session.sql.FiresAll = false, false
		if bound, flags, err = st.bind(x, values); err != nil {
			return nil, err
		}
	case own:
		query := bound
		if into, ok := lxplan.IntoVariables(bound); ok {
			if query, st.into = into.Child, into.IntoVars; len(query.Schema()) != len(st.into) {
				return nil, sqlerr.WrongNumberOfColumnsInSelect.Errorf("The used SELECT statements have a different number of columns")
			}
		}
		if st.own, err = st.convert(query, flags); err != nil {
			return nil, err
		}
		if st.own != nil {
			return nil, nil
		}
	}
	return st.planRest(x, bound, flags)
}

// frozen is a CREATE VIEW with the columns that its tables have now in the place of each *.
func (st *statement) frozen(x execution) execution {
	ddl, ok := x.stmt.(*ast.DDL)
	if !ok || ddl.ViewSpec == nil || x.text == "" {
		return x
	}
	mode := st.session.sql.Reading()
	text := grammar.Frozen(x.text, mode, func(text string) (ast.Statement, error) {
		return clientText.One(st.ctx, text, mode, nil)
	}, columnsFor(st.ctx))
	if text == x.text {
		return x
	}
	stmt, err := clientText.One(st.ctx, text, mode, nil)
	if err != nil {
		return x
	}
	x.stmt, x.text = stmt, text
	return x
}

// planText leaves a text to the library whole.
func (st *statement) planText(x execution) (sql.Schema, error) {
	x = st.frozen(x)
	_, prepares := x.stmt.(*ast.Prepare)
	defer st.session.sql.firesAll(prepares)()
	stmt, err := joined(st.ctx, x.stmt, x.source())
	if err != nil {
		return nil, err
	}
	if s := st.session.sql; st.inner { // a program empties the area where MySQL does
		s.keepsArea, s.keptArea = true, int(s.BaseSession.WarningCount())
		defer func() { s.keepsArea = false }()
	}
	lacks := objects.LacksTrigger(&st.session.sql.Session, stmt)
	views := objects.LacksViews(&st.session.sql.Session, stmt)
	lacking := map[string]bool{}
	st.session.sql.lacking = lacking
	defer func() { st.session.sql.lacking = nil }()
	schema, iter, _, err := st.session.engine.inst.GMS.QueryWithBindings(st.ctx, x.text, stmt, nil, &sql.QueryFlags{})
	if lacks && err == nil {
		st.ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.TriggerDoesNotExist), Message: "Trigger does not exist"})
	}
	st.session.sql.lacking = nil // what follows are our own
	for _, name := range append(views, objects.TablesLacking(st.session.sql.GetCurrentDatabase(), stmt, lacking)...) {
		if err == nil {
			st.ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.BadTable), Message: "Unknown table '" + name + "'"})
		}
	}
	st.iter = iter
	return schema, err
}

// ready is what comes before names are bound.
func (st *statement) ready(x execution, own, writes bool) error {
	if err := st.session.sql.Ensure(st.ctx); err != nil {
		return err
	}
	if own || writes {
		if err := lxplan.ExactDecimals(x.stmt); err != nil {
			return err
		}
	}
	if !st.inner { // a program empties the area where MySQL does
		st.ctx.ClearWarnings()
	}
	if verb := delayed(x.source(), st.session.sql.Reading()); writes && verb != "" {
		st.ctx.Session.Warn(&sql.Warning{Level: "Warning", Code: int(sqlerr.LegacySyntaxConverted),
			Message: verb + " DELAYED is no longer supported. The statement was converted to " + verb + "."})
	}
	for _, w := range st.hints {
		level := "Warning"
		if w.Number == sqlerr.NotSupportedYet {
			level = "Note"
		}
		st.ctx.Session.Warn(&sql.Warning{Level: level, Code: int(w.Number), Message: w.Message})
	}
	return nil
}

// delayed is the verb of a statement with DELAYED, whose word the lexer has left out.
func delayed(text string, m lex.Mode) string {
	l := lex.New(text, m)
	verb, word := l.Next(), l.Next()
	if word.Kind != lex.Word || !lex.EqualKeyword(text[word.Pos:word.End], "DELAYED") {
		return ""
	}
	return strings.ToUpper(text[verb.Pos:verb.End])
}

// notBound words why a statement could not be bound.
func (s *Session) notBound(stmt ast.Statement, err error) error {
	if sql.ErrTableNotFound.Is(err) {
		return grammar.UnknownTable(stmt, err, func(name ast.TableName) bool { return s.changed(name, nil) != nil })
	}
	return err
}

// planRest opens what is left to the library.
func (st *statement) planRest(x execution, bound sql.Node, flags *sql.QueryFlags) (sql.Schema, error) {
	gms := st.session.engine.inst.GMS
	analyzed, err := gms.Analyzer.Analyze(st.ctx, bound, nil, flags)
	if err != nil {
		return nil, err
	}
	iter, err := gms.Analyzer.ExecBuilder.Build(st.ctx, analyzed, nil)
	if err != nil {
		return nil, err
	}
	iter, schema, err := rowexec.FinalizeIters(st.ctx, analyzed, flags, iter)
	if err != nil {
		return nil, err
	}
	if _, ok := analyzed.(*plan.DescribeQuery); ok {
		iter = objects.ExplainedTo(state.Of(st.ctx), iter)
	}
	st.iter = iter
	if schema == nil {
		schema = analyzed.Schema()
	}
	return schema, nil
}

// bind lets the library find what the names of a statement mean.
func (st *statement) bind(x execution, values map[string]sql.Expression) (sql.Node, *sql.QueryFlags, error) {
	gms, asker := st.session.engine.inst.GMS, lxaccess.For(&st.session.sql.Session)
	if err := grammar.Changeable(x.stmt, st.session.sql.GetCurrentDatabase()); err != nil {
		return nil, nil, err
	}
	stmt, checks, through, err := asker.ThroughView(st.ctx, x.stmt)
	if err != nil {
		return nil, nil, err
	}
	st.viewChecks, st.throughView = checks, through
	if st.bound, values, err = st.session.bindable(stmt, values); err != nil {
		return nil, nil, err
	}
	if st.bound, err = joined(st.ctx, st.bound, x.source()); err != nil {
		return nil, nil, err
	}
	binder := planbuilder.New(st.ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser)
	if values != nil {
		binder.SetBindingsWithExpr(values)
	}
	bound, flags, err := binder.BindOnly(st.bound, x.text, &sql.QueryFlags{})
	if err == nil { // only who may do it is told what else is wrong
		err = asker.SelfReads(st.ctx, stmt, through)
	}
	return bound, flags, err
}
