package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Text that comes again with other literals runs compiled, and a grant, a
// definition or a variable that changes in between counts as for any statement.
func TestTextAgain(t *testing.T) {
	db := lab(t)
	s := db.as("einstein")
	runs := func(what string, want int) {
		t.Helper()
		if s.compiledRuns != want {
			t.Errorf("%s: %d compiled executions, %d expected", what, s.compiledRuns, want)
		}
		s.compiledRuns = 0
	}
	for i := range 5 {
		db.rows("einstein", fmt.Sprintf("SELECT v FROM einstein.t WHERE id = %d", i%3+1), fmt.Sprint(10*(i%3+1)))
	}
	runs("five selects", 3) // the first is text, the second is planned
	for i := range 4 {
		db.ok("einstein", fmt.Sprintf("UPDATE einstein.t SET v = %d WHERE id = 1;", i))
	}
	runs("four updates", 2)
	db.rows("einstein", "SELECT v FROM einstein.t WHERE id = 1", "3")
	runs("a select after them", 1)

	db.ok("root", "REVOKE ALL ON einstein.t FROM einstein; REVOKE ALL ON einstein.* FROM einstein")
	db.fails("einstein", "SELECT v FROM einstein.t WHERE id = 1", sqlerr.TableAccessDenied)
	db.ok("root", "GRANT SELECT ON einstein.t TO einstein")
	db.rows("einstein", "SELECT v FROM einstein.t WHERE id = 2", "20")
	db.fails("einstein", "UPDATE einstein.t SET v = 5 WHERE id = 1", sqlerr.TableAccessDenied)
	db.ok("root", "ALTER TABLE einstein.t DROP COLUMN v")
	db.fails("einstein", "SELECT v FROM einstein.t WHERE id = 2", 1054)
	for i := range 3 * maxTexts { // templates without end stay few
		db.rows("einstein", fmt.Sprintf("SELECT id AS a%d FROM einstein.t WHERE id = 1", i), "1")
	}
	if n := len(s.texts.byTemplate); n > maxTexts {
		t.Errorf("%d templates are kept", n)
	}
}

// A statement of which no plan can be kept is given up, and planned as it was written.
func TestTextNeverCompiled(t *testing.T) {
	db := lab(t)
	for range 10 {
		db.rows("einstein", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'einstein'", "t")
	}
	e := db.as("einstein").texts.byTemplate["SELECT table_name FROM information_schema.tables WHERE table_schema = ?"]
	if e == nil || e.stmt == nil || e.stmt.misses != maxMisses || len(e.stmt.compiled) != 0 {
		t.Errorf("%+v", e)
	}
	if n := db.as("einstein").compiledRuns; n != 0 {
		t.Errorf("%d runs were compiled", n)
	}
}

// Nothing is compiled of a text whose answer hangs on how its literals are written.
func TestTextKeepsNames(t *testing.T) {
	db := lab(t)
	for i := range 4 {
		for text, want := range map[string]string{
			"SELECT v + %d FROM einstein.t WHERE id = 1": "v + %d", "SELECT '%d' FROM einstein.t WHERE id = 1": "%d",
			"SELECT (SELECT MAX(id) FROM einstein.t WHERE id < %d) FROM einstein.t WHERE id = 1": "(SELECT MAX(id) FROM einstein.t WHERE id < %d)",
		} {
			res, _, err := db.as("einstein").Query(context.Background(), fmt.Sprintf(text, i))
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Columns()[0].Name; got != fmt.Sprintf(want, i) {
				t.Errorf(text+": column %q", i, got)
			}
			if _, err := drain(res); err != nil {
				t.Fatal(err)
			}
		}
		db.rows("einstein", fmt.Sprintf("SELECT v FROM einstein.t ORDER BY id LIMIT %d, 1", i%3), fmt.Sprint(10*(i%3+1)))
	}
	db.rows("einstein", "SELECT id FROM einstein.t WHERE id > 0 ORDER BY 1", "1", "2", "3")
	db.rows("einstein", "SELECT id FROM einstein.t WHERE id > 0 ORDER BY 1", "1", "2", "3")
}

// After SET NAMES binary a string in a text is not what a bound one is: the answer
// must not change when the statement comes again.
func TestTextBinaryStrings(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "SELECT v FROM einstein.t WHERE id = '2'; SELECT v FROM einstein.t WHERE id = '2'; SET NAMES binary")
	first := db.ok("einstein", "SELECT v FROM einstein.t WHERE id = ' 2'")
	for range 4 {
		db.rows("einstein", "SELECT v FROM einstein.t WHERE id = ' 2'", first...)
	}
	db.ok("einstein", "SET NAMES utf8mb4")
	for range 4 {
		db.rows("einstein", "SELECT v FROM einstein.t WHERE id = ' 2'", "20")
	}
}

// BenchmarkText is a look-up by primary key whose values are in the text.
func BenchmarkText(b *testing.B) {
	for _, mode := range []string{"again", "planned"} {
		b.Run(mode, func(b *testing.B) {
			db, s := benchTable(b)
			db.engine.opts.planEverything = mode == "planned"
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				res, _, err := s.Query(context.Background(), "SELECT c FROM t WHERE id = "+itoa(i%10000))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := drain(res); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The heading of a variable is what the client wrote, however its name is quoted.
func TestHeadingsOfVariables(t *testing.T) {
	db := newTestDB(t)
	for _, text := range []string{"@`we ird`", "@'x y'", "@\"q\"", "@plain"} {
		res, _, err := db.as("root").Query(t.Context(), "SELECT "+text)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Columns()[0].Name; got != text {
			t.Errorf("%s is headed %s", text, got)
		}
		if _, err := drain(res); err != nil {
			t.Fatal(err)
		}
	}
}
