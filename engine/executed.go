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
	"github.com/lxdb/lxdb/security/principal"
)

// executed is what an EXECUTE runs: the statement that PREPARE has kept under that name,
// with the values of the variables after USING. The library keeps those statements; it
// runs those itself that are neither queries, their EXPLAIN, changes of rows nor about temporary tables.
func (s *Session) executed(ctx *sql.Context, x execution) (execution, error) {
	e, ok := x.stmt.(*ast.Execute)
	if !ok || x.prepared != nil {
		return x, nil
	}
	e.Name = strings.ToLower(e.Name) // in MySQL it is the same in any case
	kept, ok := s.engine.inst.GMS.PreparedDataCache.GetCachedStmt(ctx.Session.ID(), e.Name)
	if ok && !s.sql.mayExecute(e.Name) {
		return x, sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler (%s) given to EXECUTE", e.Name).
			WithHint("another account's program has prepared it, or this one acts for another account than has")
	}
	if !ok || !executes(kept) {
		return x, nil
	}
	x.named = e.Name
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

// preparedNames is what a session knows of the statements that PREPARE has given names. The names are the
// session's, whoever acts in it, and so what a name means is not: a program must not execute as its
// definer what its caller has prepared, nor a session what a program has left under a name of its own.
type preparedNames struct {
	known   map[string]preparedName // by name in lower case
	running map[string]bool         // CALLs that EXECUTE runs
}

type preparedName struct {
	by    principal.ID // whose text it is
	bytes int          // what the session is charged for it
	// program: it was prepared in one, also of somebody else's that acts for its invoker
	program bool
}

// author is whose text a statement is that is prepared now: his who has logged in, or the definer's of
// the program. It is nobody's in what acts for its invoker inside of such a program.
func (s *sqlSession) author() principal.ID {
	if s.InDefiner() {
		return s.Self()
	}
	return s.session.login.Load().ID()
}

// prepares notes that a name is given to a text, which is charged to the session until it is forgotten.
func (s *sqlSession) prepares(ctx *sql.Context, name, text string) error {
	if len(s.named.known) >= maxPrepared {
		return sqlerr.MaxPreparedStmtCountReached.Errorf("Can't create more than max_prepared_stmt_count statements (current value: %d)", maxPrepared)
	}
	bytes := statementBytes(text) + len(name)
	if err := s.session.held.Keep(bytes, s.session.limits(ctx).Session); err != nil {
		return err
	}
	if s.named.known == nil {
		s.named.known = map[string]preparedName{}
	}
	s.named.known[name] = preparedName{s.author(), bytes, s.Calls != nil}
	for a := s.Calls; a != nil; a = a.Outer {
		if delete(a.Prepared, name); a == s.Calls {
			a.Prepared[name] = true
		}
	}
	return nil
}

// mayPrepare says whether a text that comes from a user variable is the word of who is asked: variables are the
// session's, and a caller, or a trigger of somebody else on the way, could have a program run any text as its definer.
func (s *sqlSession) mayPrepare(from string) bool {
	name, variable := strings.CutPrefix(from, "@")
	if !variable || !s.InDefiner() {
		return true
	}
	by := s.authors[strings.ToLower(name)]
	return by != 0 && by == s.author()
}

func (s *sqlSession) mayExecute(name string) bool {
	if s.Calls != nil && s.Calls.Prepared[name] {
		return true
	}
	known := s.named.known[name]
	if login, _ := s.Proxy(); known.program && !login.IsNobody() {
		return false // a program says nothing by a login, now or later
	}
	return known.by != 0 && known.by == s.author()
}

// forgets is for a name that means nothing any more.
func (s *sqlSession) forgets(name string) {
	if old, known := s.named.known[name]; known {
		_ = s.session.held.Keep(-old.bytes, 0) // gives back
		delete(s.named.known, name)
	}
}

// runsNamed is for a CALL that EXECUTE runs: not inside of itself.
func (s *sqlSession) runsNamed(name string) (ended func(), err error) {
	switch {
	case name == "":
		return func() {}, nil
	case s.named.running[name]:
		return nil, errNamedRuns
	case s.named.running == nil:
		s.named.running = map[string]bool{}
	}
	s.named.running[name] = true
	return func() { delete(s.named.running, name) }, nil
}

// errNamedRuns: a CALL that EXECUTE runs comes back to its own name.
var errNamedRuns = sqlerr.PSNoRecursion.Errorf("The prepared statement contains a stored routine call that refers to that same statement. It's not allowed to execute a prepared statement in such a recursive manner")

// givesUpWhatRuns says that a statement would give another meaning, or none, to the name of a CALL that EXECUTE runs.
func (s *sqlSession) givesUpWhatRuns(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.Prepare:
		return s.named.running[strings.ToLower(n.Name)]
	case *ast.Deallocate:
		return s.named.running[strings.ToLower(n.Name)]
	}
	return false
}

// executes says whether we run an executed statement ourselves.
func executes(stmt ast.Statement) bool {
	switch n := stmt.(type) {
	case *ast.Call, *grammar.Do, *ast.Explain, *preparedView:
		return true
	case *ast.DDL: // which say of which tables they speak before they are bound
		if n.Temporary || n.Action == ast.RenameStr {
			return true
		}
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
		n.Name = strings.ToLower(n.Name)
		if _, ok := cache.GetCachedStmt(id, n.Name); !ok {
			return false, sqlerr.UnknownStmtHandler.Errorf("Unknown prepared statement handler (%s) given to DEALLOCATE PREPARE", n.Name)
		}
		st.session.sql.forgets(n.Name)
	case *ast.Prepare:
		if long := sqlerr.LongName(n.Name); long != nil {
			return false, long
		}
		n.Name = strings.ToLower(n.Name)
		cache.UncacheStmt(id, n.Name)
		st.session.sql.forgets(n.Name)
		text, err := preparedText(st.ctx, n.Expr)
		if err == nil && !st.session.sql.mayPrepare(n.Expr) {
			err = sqlerr.SpecificAccessDenied.Errorf("Access denied; %s was set by another account than the program acts for", n.Expr).
				WithHint("a program that acts for its definer prepares texts that it has set itself: pass what they depend on as parameters")
		}
		if err == nil {
			err = st.session.sql.prepares(st.ctx, n.Name, text)
		}
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
		if alter, is := parsed.(*ast.AlterTable); is { // which the library binds
			budget := st.budget()
			defer budget.End()
			if err := st.chargeClauses(alter, budget); err != nil {
				return false, err
			}
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
	if _, explains := stmt.(*ast.Explain); explains {
		return stmt, st.preparable(stmt, text)
	}
	if !executes(stmt) {
		return nil, nil
	}
	below, _, through, err := lxaccess.For(&st.session.sql.Session).ThroughView(st.ctx, stmt)
	_, inserts := below.(*ast.Insert)
	if err != nil || !through && !inserts && !mayMeanMore(text) && !changesJoin(below) {
		return nil, err
	}
	if changesRows(below) && !st.session.engine.opts.libraryOnly { // whose binder refuses what our operators do
		defer st.session.sql.bindOwn()()
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

// changesJoin says that a statement changes rows of joined tables.
func changesJoin(stmt ast.Statement) bool {
	u, ok := stmt.(*ast.Update)
	if !ok {
		return false
	}
	_, join := u.TableExprs[0].(*ast.AliasedTableExpr)
	return len(u.TableExprs) > 1 || !join
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
	if e, is := stmt.(*ast.Explain); is { // which asks otherwise, when it is prepared as well
		s := st.session.sql
		explains, plans := s.Explains, s.Plans
		s.Explains, s.Plans = true, !e.Analyze
		defer func() { s.Explains, s.Plans = explains, plans }()
		below, _, _, err := lxaccess.For(&s.Session).ThroughView(st.ctx, e.Statement)
		if err != nil {
			return err
		}
		if _, inserts := below.(*ast.Insert); inserts {
			defer s.firesAll(true)()
		}
		stmt = below
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
	return st.session.notBound(stmt, err)
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
