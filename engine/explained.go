package engine

import (
	"slices"
	"strings"
	"sync"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/engine/explain"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// EXPLAIN plans a statement as if it were to run, with all questions that this asks, and shows the
// operators. A statement over a view takes the right to read the view's text: see lxaccess.

// classicColumns are MySQL's.
var classicColumns = sql.Schema{
	{Name: "id", Type: types.Uint64, Nullable: true}, {Name: "select_type", Type: words(19)}, {Name: "table", Type: words(64), Nullable: true},
	{Name: "partitions", Type: types.Text, Nullable: true}, {Name: "type", Type: words(10), Nullable: true}, {Name: "possible_keys", Type: words(4096), Nullable: true},
	{Name: "key", Type: words(64), Nullable: true}, {Name: "key_len", Type: words(4096), Nullable: true}, {Name: "ref", Type: words(1024), Nullable: true},
	{Name: "rows", Type: types.Uint64, Nullable: true}, {Name: "filtered", Type: types.Float64, Nullable: true}, {Name: "Extra", Type: words(255), Nullable: true},
}

var treeColumns = sql.Schema{{Name: "EXPLAIN", Type: types.LongText}}

func words(n int64) sql.Type { return types.MustCreateStringWithDefaults(sqltypes.VarChar, n) }

// explainSchema are the columns of an EXPLAIN.
func explainSchema(e *ast.Explain) sql.Schema {
	if e.Analyze || formatOf(e) != "" {
		return treeColumns
	}
	return classicColumns
}

// formatOf is tree, json, or "" for the table.
func formatOf(e *ast.Explain) string {
	f := e.ExplainFormat
	if f == "traditional" {
		return ""
	}
	return f
}

// explain runs EXPLAIN of a query or a change of rows.
func (st *statement) explain(x execution, e *ast.Explain) error {
	x.stmt = e.Statement
	s, err := st.explained(x, e.Analyze)
	if why, left := lxplan.IsUnconverted(err); left {
		st.ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.NotSupportedYet), Message: "This version of lxdb doesn't yet support 'EXPLAIN of " + why + "'"})
		s, err = nil, nil
	}
	if err != nil {
		return err
	}
	return st.show(s, e)
}

// explained plans what is explained, and carries a query out for ANALYZE.
func (st *statement) explained(x execution, analyze bool) (*shownPlan, error) {
	own, writes := asksRows(x), changesRows(x.stmt)
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
	if writes {
		defer st.session.sql.bindOwn()()
	}
	bound, flags, err := st.bind(x, values)
	if own {
		err = st.session.notBound(x.stmt, err)
	}
	if err == nil {
		err = lxplan.BareVariable(bound)
	}
	if err != nil {
		return nil, err
	}
	env, a := st.session.sql.Evaluation(st.ctx), st.session.engine.inst.GMS.Analyzer
	out := &shownPlan{Statement: explain.Statement{MayCount: st.mayCount}}
	if writes {
		q, err := lxplan.ChangeNoted(st.ctx, bound, env, changeHost{st}, st.assignments())
		if err != nil {
			return nil, err
		}
		if q.Source != nil {
			if err := validate(st.ctx, a, q.Source, flags); err != nil {
				return nil, err
			}
		}
		out.Change, out.Notes = q.Change, q.Notes
		return out, nil
	}
	q, err := lxplan.ConvertNoted(st.ctx, bound, env)
	if err == nil {
		err = validate(st.ctx, a, bound, flags)
	}
	if err != nil {
		return nil, err
	}
	out.Root, out.Notes = q.Root, q.Notes
	if analyze {
		out.analysis, err = st.analyzed(q, &out.Statement)
	}
	return out, err
}

// shownPlan is a plan with what was measured of it.
type shownPlan struct {
	explain.Statement
	analysis *explain.Analysis
}

// analyzed carries a query out to the end.
func (st *statement) analyzed(q *lxplan.Query, s *explain.Statement) (*explain.Analysis, error) {
	a := s.Analyze()
	q.Root = s.Root
	env, budget := st.session.sql.Evaluation(st.ctx), st.budget()
	defer budget.End()
	budget.Into(env)
	a.Into(env)
	running, err := q.Open(env)
	if err != nil {
		return nil, st.told(err)
	}
	defer running.Close()
	for {
		b, err := running.Next()
		if err != nil {
			return nil, st.told(err)
		}
		if b == nil {
			return a, nil
		}
	}
}

// mayCount says whether the session may know how many rows a table has: who reads all of them.
func (st *statement) mayCount(t *catalog.Table) bool {
	s := &st.session.sql.Session
	return access.May(access.As(s.Own, nil), state.TableObject(t), access.One(privilege.Select), access.List)
}

// show makes the rows of an EXPLAIN. s is nil for what is not carried out by our operators.
func (st *statement) show(s *shownPlan, e *ast.Explain) error {
	if len(explainSchema(e)) == 1 {
		text := "<not executable by iterator executor>\n"
		switch {
		case s == nil:
		case s.analysis != nil:
			text = s.analysis.Text()
		case formatOf(e) == "json":
			text = s.JSON()
		default:
			text = s.Text()
		}
		st.iter = objects.ExplainedTo(state.Of(st.ctx), sql.RowsToRowIter(sql.Row{text}))
		return nil
	}
	var rows []sql.Row
	if s == nil {
		rows = append(rows, sql.Row{uint64(1), "SIMPLE", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil})
	} else {
		for _, r := range s.Rows() {
			rows = append(rows, classicRow(r))
		}
	}
	st.iter = sql.RowsToRowIter(rows...)
	return nil
}

func classicRow(r *explain.Row) sql.Row {
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	out := sql.Row{nil, r.SelectType, text(r.Table), nil, text(r.Type), text(r.Possible), text(r.Key), text(r.KeyLen), text(r.Ref), nil, nil, text(strings.Join(r.Extra, "; "))}
	if r.ID > 0 {
		out[0] = uint64(r.ID)
	}
	if r.Rows >= 0 {
		out[9] = uint64(r.Rows)
	}
	if r.Filtered >= 0 {
		out[10] = r.Filtered
	}
	return out
}

// current is the plan of the statement that a session runs, for EXPLAIN FOR CONNECTION. Plans do not change
// while they run.
type current struct {
	mu      sync.Mutex
	query   *lxplan.Query
	change  change.Change
	touched []state.RelationUse // what it has met when it was planned
}

// runs notes the plan that begins to run; nil when it has ended.
func (c *current) runs(q *lxplan.Query, ch change.Change, touched []state.RelationUse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.query, c.change, c.touched = q, ch, append(c.touched[:0], touched...)
}

func (c *current) plan() (s *explain.Statement, touched []state.RelationUse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.query != nil:
		s = &explain.Statement{Root: c.query.Root, Notes: c.query.Notes}
	case c.change != nil:
		s = &explain.Statement{Change: c.change}
	}
	return s, slices.Clone(c.touched)
}

// explainConnection shows what another connection of the same account runs, or any one to who holds
// PROCESS; it takes the rights to what that statement reads, too.
func (st *statement) explainConnection(e *grammar.ExplainConnection) error {
	s := st.session.sql
	var v *Session
	if e.ID <= 1<<32-1 {
		v = s.engine.sessions.get(uint32(e.ID))
	}
	if v == nil || v != st.session && v.login.Load().ID() != s.Self() && !s.HasSystem(privilege.Process) {
		return sqlerr.NoSuchThread.Errorf("Unknown thread id: %d", e.ID)
	}
	plan, touched := v.current.plan()
	if plan == nil {
		return sqlerr.ExplainNotSupported.Errorf("EXPLAIN FOR CONNECTION command is supported only for SELECT/UPDATE/INSERT/DELETE/REPLACE")
	}
	self := access.As(s.Own, nil)
	for _, u := range touched {
		want := access.One(privilege.Select)
		if u.View {
			want = lxaccess.MayReadText
		}
		if !access.May(self, u.Object, want, access.List) {
			return sqlerr.ViewNoExplain.Errorf("EXPLAIN/SHOW can not be issued; lacking privileges for underlying table")
		}
	}
	plan.MayCount = st.mayCount
	return st.show(&shownPlan{Statement: *plan}, e.Explain)
}
