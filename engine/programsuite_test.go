package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dolthub/go-mysql-server/enginetest/queries"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/engine/session"
)

// The library's suites of procedures, triggers and events, by our interpreter. They run through
// Session.Query as a client's statements do: what the library itself makes of a program is not
// asked. What does not pass, and why, stands in testdata/enginetest_skip under the suite's name,
// by "script / statement".

func TestProcedureSuite(t *testing.T) {
	runProgramSuite(t, "TestStoredProcedures", queries.ProcedureLogicTests, queries.ProcedureCallTests,
		queries.ProcedureCreateInSubroutineTests, queries.ProcedureDropTests, queries.ProcedureShowStatus, queries.ProcedureShowCreate)
}

func TestTriggerSuite(t *testing.T) {
	runProgramSuite(t, "TestTriggers", queries.TriggerTests, queries.TriggerCreateInSubroutineTests, queries.RollbackTriggerTests, queries.TriggerErrorTests)
}

func TestEventSuite(t *testing.T) {
	runProgramSuite(t, "TestEvents", queries.EventTests, queries.EventCreateInSubroutineTests)
}

// leastShare is the part of a suite that passes.
const leastShare = 0.99

// suiteRun runs scripts one after the other, each in databases of its own.
type suiteRun struct {
	db             *testDB
	skip           map[string]string
	used           map[string]bool
	asked, skipped int
	otherwise      int // where MySQL's manual has it otherwise than the library: not asked
}

func runProgramSuite(t *testing.T, suite string, lists ...[]queries.ScriptTest) {
	r := &suiteRun{db: newTestDBWith(t, Options{defaultCollation: sql.Collation_Default}), skip: readSkips(t)[suite], used: map[string]bool{}}
	r.db.ok("root", "CREATE USER `user` IDENTIFIED BY 'long enough 1'") // the definer of some
	for _, script := range slices.Concat(lists...) {
		r.script(t, script)
	}
	for key := range r.skip {
		if !r.used[key] {
			t.Errorf("enginetest_skip: %s: %q is not asked, or passes now", suite, key)
		}
	}
	share := float64(r.asked-r.skipped) / float64(r.asked)
	t.Logf("%s: %.3f of %d statements pass; of %d MySQL's manual has it otherwise", suite, share, r.asked, r.otherwise)
	if share < leastShare {
		t.Errorf("%s: %.3f pass", suite, share)
	}
}

func (r *suiteRun) script(t *testing.T, script queries.ScriptTest) {
	if script.Dialect != "" && script.Dialect != "mysql" {
		return
	}
	for _, name := range r.db.ok("root", "SHOW DATABASES") {
		if !slices.Contains([]string{"information_schema", "mysql", "performance_schema", "sys"}, name) {
			r.db.ok("root", "DROP DATABASE `"+name+"`")
		}
	}
	s, err := r.db.engine.NewSession(context.Background(), r.db.engine.Root(), session.Options{Remote: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one := func(text string) (*suiteAnswer, error) { return askSuite(s, text) }
	assertions := script.Assertions
	if script.Query != "" {
		assertions = append(assertions, queries.ScriptTestAssertion{Query: script.Query, Expected: script.Expected, ExpectedErr: script.ExpectedErr})
	}
	setup := append([]string{
		"SET sql_mode = '" + sql.DefaultSqlMode + "'", "SET max_sp_recursion_depth = 255", "CREATE DATABASE mydb", "USE mydb", "CREATE DATABASE foo",
		"CREATE TABLE foo.othertable (text VARCHAR(20) PRIMARY KEY, number MEDIUMINT)", "INSERT INTO foo.othertable VALUES ('a', 4), ('b', 2), ('c', 0)",
	}, script.SetUpScript...)
	for _, text := range setup {
		if _, err := one(text); err != nil {
			r.failed(t, script.Name, text, len(assertions), "the script's beginning fails: %v", err)
			return
		}
	}
	for _, a := range assertions {
		if a.Skip || len(a.Bindings) > 0 {
			continue
		}
		if a.NewSession {
			if s, err = r.db.engine.NewSession(context.Background(), r.db.engine.Root(), session.Options{Remote: "localhost"}); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
		}
		got, err := one(a.Query)
		if why := suiteDiffers(&a, got, err); why != "" {
			r.failed(t, script.Name, a.Query, 1, "%s", why)
			continue
		}
		r.asked++
	}
}

func (r *suiteRun) failed(t *testing.T, script, text string, weight int, format string, args ...any) {
	key := script + " / " + text
	if reason := r.skip[key]; reason != "" {
		r.used[key] = true
		if strings.HasPrefix(reason, "MySQL: ") {
			r.otherwise += weight
			return
		}
		r.asked += weight
		r.skipped += weight
		return
	}
	r.asked += weight
	t.Errorf("%s\n%s", strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(key), fmt.Sprintf(format, args...))
}

// suiteAnswer is what a statement has answered: several results of a CALL.
type suiteAnswer struct {
	results [][]string
	summary session.Summary
}

func askSuite(s *Session, text string) (*suiteAnswer, error) {
	out := &suiteAnswer{}
	for strings.TrimSpace(text) != "" {
		res, rest, err := s.Query(context.Background(), text)
		if err != nil {
			return nil, err
		}
		for res != nil {
			columns := len(res.Columns())
			rows, err := drain(res)
			if err != nil {
				return nil, err
			}
			if columns > 0 {
				out.results = append(out.results, rows)
			}
			out.summary = res.Summary()
			more, several := res.(session.Several)
			if !several {
				break
			}
			if res, err = more.More(); err != nil {
				return nil, err
			}
		}
		text = rest
	}
	return out, nil
}

// suiteDiffers says why an answer is not the expected one.
func suiteDiffers(a *queries.ScriptTestAssertion, got *suiteAnswer, err error) string {
	if a.ExpectedErr != nil || a.ExpectedErrStr != "" {
		var e *session.Error
		switch {
		case err == nil:
			return fmt.Sprintf("no error, but rows %q", got.results)
		case !errors.As(err, &e):
			return "no error of a client: " + err.Error()
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	if a.SkipResultsCheck {
		return ""
	}
	if len(a.Expected) == 1 && len(a.Expected[0]) == 1 {
		if ok, is := a.Expected[0][0].(types.OkResult); is {
			if ok.RowsAffected != got.summary.AffectedRows {
				return fmt.Sprintf("%d rows affected, want %d", got.summary.AffectedRows, ok.RowsAffected)
			}
			return ""
		}
	}
	for _, rows := range got.results {
		if slices.EqualFunc(rows, a.Expected, suiteRow) {
			return ""
		}
	}
	if len(got.results) == 0 && (len(a.Expected) == 0 || len(a.Expected) == 1 && len(a.Expected[0]) == 0) {
		return ""
	}
	return fmt.Sprintf("got %q\nwant %v", got.results, a.Expected)
}

func suiteRow(got string, want sql.Row) bool {
	cells := make([]string, len(want))
	for i, v := range want {
		cells[i] = suiteCell(v)
	}
	text := suiteWords.Replace(strings.Join(cells, "|"))
	if got == text || strings.EqualFold(got, text) {
		return true
	}
	parts := strings.Split(got, "|")
	return slices.EqualFunc(parts, cells, func(a, b string) bool {
		x, err := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		return a == b || err == nil && err2 == nil && x == y
	})
}

// suiteWords are what the library calls otherwise: its account, its server's number, its
// collation, and the order of sql_mode.
var suiteWords = strings.NewReplacer("DEFINER = `root`@`localhost`", "DEFINER=`root`@`%`", "`root`@`localhost`", "root@%", "|ENABLED|0|", "|ENABLED|1|",
	"|DISABLED|0|", "|DISABLED|1|", "|SLAVESIDE_DISABLED|0|", "|SLAVESIDE_DISABLED|1|", "utf8mb4_0900_bin", "utf8mb4_0900_ai_ci",
	"NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES", "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION")

func suiteCell(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case bool:
		if v {
			return "1"
		}
		return "0"
	case time.Time:
		return v.Format(time.DateTime)
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}
