package engine

import (
	"errors"
	"strconv"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// executed is what an EXECUTE runs: the statement that PREPARE has kept under that name,
// with the values of the variables after USING. The library keeps those statements; it
// runs those itself that are neither queries, their EXPLAIN nor changes of rows.
func (s *Session) executed(ctx *sql.Context, x execution) (execution, error) {
	e, ok := x.stmt.(*ast.Execute)
	if !ok || x.prepared != nil {
		return x, nil
	}
	kept, ok := s.engine.inst.GMS.PreparedDataCache.GetCachedStmt(ctx.Session.ID(), e.Name)
	if !ok || !executes(kept) {
		return x, nil
	}
	if v, ok := kept.(*preparedView); ok {
		if len(e.VarList) > 0 {
			return x, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE")
		}
		var err error
		x.stmt, err = clientText.One(ctx, v.text, v.mode, nil)
		x.text, x.kept = v.text, true
		return x, err
	}
	n, err := countParams(kept)
	if err != nil {
		return x, err
	}
	if n != len(e.VarList) {
		return x, sqlerr.WrongArguments.Errorf("Incorrect arguments to EXECUTE").
			WithHint("%d values for %d placeholders", len(e.VarList), n)
	}
	x.stmt, x.kept, x.bound = kept, true, make(map[string]sql.Expression, n)
	for i, name := range e.VarList {
		name = strings.TrimPrefix(name, "@")
		x.using = append(x.using, name)
		if x.bound["v"+strconv.Itoa(i+1)], err = variableLiteral(ctx, name); err != nil {
			return x, err
		}
	}
	return x, rowCounts(kept, x.bound)
}

// executes says whether we run an executed statement ourselves.
func executes(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.Call, *grammar.Do, *ast.Explain, *preparedView:
		return true
	}
	_, makes := makesOfQuery(stmt)
	return makes || asksRows(execution{stmt: stmt}) || changesRows(stmt)
}

// variableLiteral is the value of a user variable; one that was never set is NULL.
func variableLiteral(ctx *sql.Context, name string) (sql.Expression, error) {
	t, v, err := ctx.GetUserVariable(ctx, name)
	if err != nil {
		return nil, err
	}
	if v == nil || t == nil {
		return expression.NewLiteral(nil, types.Null), nil
	}
	return expression.NewLiteral(v, t), nil
}

// rowCounts makes whole numbers of what is bound to LIMIT and OFFSET.
func rowCounts(stmt ast.Statement, bound map[string]sql.Expression) error {
	if len(bound) == 0 {
		return nil
	}
	return ast.Walk(func(node ast.SQLNode) (bool, error) {
		limit, ok := node.(*ast.Limit)
		if !ok || limit == nil {
			return true, nil
		}
		for _, e := range []ast.Expr{limit.Rowcount, limit.Offset} {
			v, ok := e.(*ast.SQLVal)
			if !ok || v.Type != ast.ValArg {
				continue
			}
			name := strings.TrimPrefix(string(v.Val), ":")
			n, err := lxplan.RowCount(bound[name])
			if err != nil {
				return false, err
			}
			bound[name] = n
		}
		return true, nil
	}, stmt)
}

// namedStatement does of PREPARE and DEALLOCATE PREPARE what the library does not. A name
// that is prepared again is free from then on, whether the new text can be prepared or not;
// a CALL is kept as it is, since what it runs is found when it runs. done says that nothing
// is left to do.
func (st *statement) namedStatement(stmt ast.Statement) (done bool, err error) {
	cache := st.session.engine.inst.GMS.PreparedDataCache
	id := st.ctx.Session.ID()
	switch n := stmt.(type) {
	case *ast.Deallocate:
		if _, ok := cache.GetCachedStmt(id, n.Name); !ok {
			return false, sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler (%s) given to DEALLOCATE PREPARE", n.Name)
		}
	case *ast.Prepare:
		cache.UncacheStmt(id, n.Name)
		text, err := preparedText(st.ctx, n.Expr)
		if err != nil {
			return false, err
		}
		text, altered := dialect.AlterView(text, st.session.sql.Reading())
		parsed, err := clientText.One(st.ctx, text, st.session.sql.Reading(), nil)
		if errors.Is(err, ast.ErrEmpty) || err == nil && parsed == nil {
			return false, sqlerr.EmptyQuery.Errorf("Query was empty")
		}
		if err != nil {
			return false, err
		}
		if err := st.session.altersView(altered, parsed); err != nil {
			return false, err
		}
		kept, err := st.preparedHere(parsed, text)
		if kept == nil || err != nil {
			return false, err
		}
		if !st.inner {
			st.ctx.ClearWarnings()
		}
		cache.CacheStmt(id, n.Name, kept)
		return true, nil
	}
	return false, nil
}

// preparedHere looks at a statement of PREPARE and gives what EXECUTE runs: nil for what the library
// keeps.
func (st *statement) preparedHere(stmt ast.Statement, text string) (kept ast.Statement, err error) {
	if _, call := stmt.(*ast.Call); call {
		return stmt, nil
	}
	if n, ok := stmt.(*ast.DDL); ok && n.ViewSpec != nil && n.Action == ast.CreateStr {
		return st.preparedView(n, text)
	}
	if !executes(stmt) {
		return nil, nil
	}
	below, _, through, err := lxaccess.For(&st.session.sql.Session).ThroughView(st.ctx, stmt)
	_, inserts := below.(*ast.Insert)
	if err != nil || !through && !inserts && !mayJoinByName(text) {
		return nil, err
	}
	defer st.session.sql.firesAll(inserts)() // as when it runs
	return stmt, st.preparable(below, text)
}

// preparedView is the CREATE VIEW of a PREPARE: the definition of the view is part of its text,
// which EXECUTE does not have.
type preparedView struct {
	*ast.DDL
	text string
	mode lex.Mode
}

func (st *statement) preparedView(n *ast.DDL, text string) (*preparedView, error) {
	params, err := countParams(n)
	if err != nil {
		return nil, err
	}
	if params > 0 {
		return nil, sqlerr.ViewSelectVariable.Errorf("View's SELECT contains a variable or parameter")
	}
	return &preparedView{n, text, st.session.sql.Reading()}, st.preparable(n, text)
}

// preparable binds what may join by name, names columns in VALUES or changes rows through a view, without a trace in what is kept: the library would
// write the columns of now into it.
func (st *statement) preparable(stmt ast.Statement, text string) error {
	if do, ok := stmt.(*grammar.Do); ok {
		stmt = do.Select
	}
	if err := lxaccess.Preparable(stmt); err != nil {
		return err
	}
	if _, err := countParams(stmt); err != nil {
		return err
	}
	bound, err := st.session.asBound(stmt)
	if err == nil {
		bound, err = joined(st.ctx, bound, text)
	}
	if err != nil {
		return err
	}
	gms := st.session.engine.inst.GMS
	_, _, err = planbuilder.New(st.ctx, gms.Analyzer.Catalog, gms.EventScheduler, gms.Parser).BindOnly(bound, text, nil)
	if namesAlias(err) && grammar.NameAliases(bound) {
		return nil // it says more when it runs
	}
	return err
}

// preparedText is the text after FROM, or that of the variable there.
func preparedText(ctx *sql.Context, from string) (string, error) {
	name, ok := strings.CutPrefix(from, "@")
	if !ok {
		return from, nil
	}
	_, v, err := ctx.GetUserVariable(ctx, strings.ToLower(name))
	if err != nil {
		return "", err
	}
	if v == nil {
		return "NULL", nil
	}
	x, _, err := types.LongText.Convert(ctx, v)
	text, _ := x.(string)
	return strings.TrimRight(text, "; \t\r\n"), err
}
