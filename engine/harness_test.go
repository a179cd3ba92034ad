package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/enginetest"
	"github.com/dolthub/go-mysql-server/enginetest/scriptgen/setup"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
)

// harness runs the library's own suite of queries against tables in KiVi, as
// root, below the front ends and above everything else. It stands in for
// Session.execute: same parser, same authorizer, same transaction handling.
type harness struct {
	t       *testing.T
	skip    map[string]string
	scripts []setup.SetupScript
	engine  *Engine
	session *Session
	// of a suite of changes: what was asked, what does not pass, and where MySQL's manual has
	// it otherwise than the library.
	asked, failing, otherwise int
}

var (
	_ enginetest.Harness             = (*harness)(nil)
	_ enginetest.IndexHarness        = (*harness)(nil)
	_ enginetest.ForeignKeyHarness   = (*harness)(nil)
	_ enginetest.KeylessTableHarness = (*harness)(nil)
	_ enginetest.SkippingHarness     = (*harness)(nil)
	_ enginetest.TransactionHarness  = (*harness)(nil)
	_ enginetest.ClientHarness       = (*harness)(nil)
)

// suiteVariables are the defaults that the suite was written for.
var suiteVariables = map[string]any{
	"version": "8.0.31", "collation_server": sql.Collation_Default.Name(),
	"collation_database": sql.Collation_Default.Name(), "collation_connection": sql.Collation_Default.Name(),
}

func newHarness(t *testing.T, suite string) *harness {
	oneSession(t)
	setGlobals()
	if err := sql.SystemVariables.AssignValues(suiteVariables); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sql.SystemVariables.AssignValues(serverVariables); err != nil {
			t.Error(err)
		}
	})
	h := &harness{t: t, skip: readSkips(t)[suite]}
	t.Cleanup(h.close)
	return h
}

// readSkips reads testdata/enginetest_skip: "# suite", then "query<TAB>reason".
func readSkips(t *testing.T) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "enginetest_skip"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	suite := ""
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case strings.HasPrefix(line, "## "), strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "# "):
			suite = line[2:]
			out[suite] = map[string]string{}
		default:
			query, reason, ok := strings.Cut(line, "\t")
			if !ok || reason == "" || suite == "" {
				t.Fatalf("enginetest_skip:%d: want a query, a tab and a reason", i+1)
			}
			out[suite][unescape(query)] = reason
		}
	}
	return out
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(s)
}

func (h *harness) close() {
	if h.engine == nil {
		return
	}
	if err := h.session.Close(); err != nil {
		h.t.Error(err)
	}
	for _, s := range h.engine.sessions.all() {
		_ = s.Close()
	}
	if err := h.engine.Close(); err != nil {
		h.t.Error(err)
	}
	h.engine = nil
}

func (h *harness) SkipQueryTest(query string) bool {
	reason, skip := h.skip[query]
	h.asked++
	switch {
	case strings.HasPrefix(reason, "MySQL: "):
		h.otherwise++
	case skip:
		h.failing++
	}
	return skip
}
func (h *harness) SupportsNativeIndexCreation() bool { return true }
func (h *harness) SupportsForeignKeys() bool         { return true }
func (h *harness) SupportsKeylessTables() bool       { return true }
func (h *harness) Setup(data ...[]setup.SetupScript) {
	h.scripts = nil
	for _, d := range data {
		h.scripts = append(h.scripts, d...)
	}
}

// NewEngine opens a fresh store in memory. The suite expects the library's
// byte-wise default collation.
func (h *harness) NewEngine(t *testing.T) (enginetest.QueryEngine, error) {
	h.close()
	e, err := Open(context.Background(), Options{InMemory: true, defaultCollation: sql.Collation_Default})
	if err != nil {
		return nil, err
	}
	h.engine = e
	h.session = h.open()
	scripts := h.scripts
	if len(scripts) == 0 {
		scripts = setup.MydbData
	}
	q := &harnessEngine{e.inst.GMS, h}
	ctx := enginetest.NewContext(h)
	for _, script := range scripts {
		for _, text := range script {
			if strings.Contains(strings.ToUpper(text), "VECTOR INDEX") {
				continue // there are none; the queries of the suite do not need them
			}
			if err := q.run(ctx, text); err != nil {
				return nil, fmt.Errorf("%s: %w", text, err)
			}
		}
	}
	_ = h.session.Close()
	h.session = h.open()
	return q, nil
}

func (h *harness) open() *Session {
	s, err := h.engine.NewSession(context.Background(), h.engine.Root(), session.Options{Remote: "localhost"})
	if err != nil {
		h.t.Fatal(err)
	}
	// The suites are written for the library's default, which takes zero dates.
	if err := s.sql.InitSessionVariable(state.NoContext, sql.SqlModeSessionVar, sql.DefaultSqlMode); err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *harness) NewContext() *sql.Context {
	if h.engine == nil {
		if _, err := h.NewEngine(h.t); err != nil {
			h.t.Fatal(err)
		}
	}
	return h.session.context(context.Background(), "")
}

func (h *harness) NewSession() *sql.Context {
	return h.open().context(context.Background(), "")
}

// NewContextWithClient serves tests that look at the client's name; the rights
// stay root's.
func (h *harness) NewContextWithClient(client sql.Client) *sql.Context {
	s := h.open()
	s.sql.SetClient(client)
	return s.context(context.Background(), "")
}

// harnessEngine does around each query of the suite what Session.execute does
// around a statement.
type harnessEngine struct {
	*sqle.Engine
	h *harness
}

var zone = regexp.MustCompile(`(\d)T([\d:]+)Z'`)

func (q *harnessEngine) run(ctx *sql.Context, text string) error {
	text = zone.ReplaceAllString(text, "$1 $2'") // MySQL has no zone Z
	_, iter, _, err := q.Query(ctx, text)
	if err != nil {
		return err
	}
	_, err = sql.RowIterToRows(ctx, iter)
	return err
}

func (q *harnessEngine) Query(ctx *sql.Context, text string) (sql.Schema, sql.RowIter, *sql.QueryFlags, error) {
	return q.QueryWithBindings(ctx, text, nil, nil, nil)
}

// librarysStatistics are statements that tell the library's planner what to think; ours refuses them (1235), and asks the tables.
var librarysStatistics = regexp.MustCompile(`(?i)^\s*analyze table .* using data`)

func (q *harnessEngine) QueryWithBindings(ctx *sql.Context, text string, parsed ast.Statement, bindings map[string]ast.Expr, flags *sql.QueryFlags) (sql.Schema, sql.RowIter, *sql.QueryFlags, error) {
	if librarysStatistics.MatchString(text) {
		text, parsed = "DO 0", nil
	}
	s := sessionOf(ctx)
	if stmt, err := (lxaccess.Parser{}).One(ctx, sql.RemoveSpaceAndDelimiter(text, ';'), s.Reading(), nil); err == nil && len(bindings) == 0 && changesRows(stmt) {
		return q.change(ctx, s, stmt, text)
	}
	s.CommandEnd()
	if err := s.CommandBegin(); err != nil {
		return nil, nil, nil, err
	}
	stmt, err := lxaccess.Parser{}.One(ctx, sql.RemoveSpaceAndDelimiter(text, ';'), s.Reading(), nil)
	s.ChangesRows = err == nil && changesRows(stmt)
	if s.Tx != nil {
		if err == nil && commitsFirst(stmt) {
			if err := s.CommitTransaction(ctx, s.Tx); err != nil {
				return nil, nil, nil, err
			}
			s.SetIgnoreAutoCommit(false)
		}
	}
	if s.Tx != nil {
		if err := s.Tx.BeginStatement(ctx, false); err != nil {
			return nil, nil, nil, err
		}
	}
	if err == nil && parsed == nil && lxaccess.Preparable(stmt) != nil {
		parsed = stmt // as Session does for every text
	}
	var schema sql.Schema
	var iter sql.RowIter
	if err == nil && len(bindings) == 0 && hasForms(stmt) {
		schema, iter, flags, err = q.own(ctx, stmt, text)
	} else {
		schema, iter, flags, err = q.Engine.QueryWithBindings(ctx, text, parsed, bindings, flags)
	}
	if err != nil {
		q.fail(s)
		return nil, nil, nil, err
	}
	if createShown.MatchString(text) {
		iter = shownIter{iter}
	}
	return schema, &failingIter{iter, q, s}, flags, nil
}

// change runs a statement that changes rows as a session does, by our operators.
func (q *harnessEngine) change(ctx *sql.Context, s *sqlSession, stmt ast.Statement, text string) (sql.Schema, sql.RowIter, *sql.QueryFlags, error) {
	res, _, err := s.session.Query(ctx, text)
	if err != nil {
		return nil, nil, nil, libraryError(err)
	}
	sum := res.Summary()
	ok := types.OkResult{RowsAffected: sum.AffectedRows, InsertID: sum.LastInsertID}
	if _, update := stmt.(*ast.Update); update {
		var info plan.UpdateInfo
		if _, err := fmt.Sscanf(sum.Info, "Rows matched: %d  Changed: %d  Warnings: %d", &info.Matched, &info.Updated, &info.Warnings); err != nil {
			return nil, nil, nil, err
		}
		info.Warnings = 0 // which the library does not count
		ok.Info = info
	}
	return types.OkResultSchema, sql.RowsToRowIter(sql.NewRow(ok)), nil, res.Close()
}

// libraryError is an error of ours as the suite knows it: of all kinds of the library that
// are this error to a client.
func libraryError(err error) error {
	var e *session.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, g := range gmsCodes {
		if g.code == e.Number {
			err = g.kind.Wrap(err)
		}
	}
	return err
}

func (q *harnessEngine) fail(s *sqlSession) {
	if s.Tx == nil {
		return
	}
	if s.InTransaction() {
		_ = s.Tx.FailStatement()
		return
	}
	s.EndTransaction(s.Tx, true)
}

func (q *harnessEngine) Close() error { q.h.close(); return nil }

// failingIter rolls the statement back when it fails half-way.
type failingIter struct {
	sql.RowIter
	q *harnessEngine
	s *sqlSession
}

func (i *failingIter) Next(ctx *sql.Context) (sql.Row, error) {
	row, err := i.RowIter.Next(ctx)
	if err != nil && err != io.EOF {
		i.q.fail(i.s)
	}
	return row, err
}
