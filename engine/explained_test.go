package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestExplain runs the statements of "sql", and those of "explain" with EXPLAIN before each.
func TestExplain(t *testing.T) {
	db := newTestDB(t)
	datadriven.RunTest(t, filepath.Join("testdata", "explain"), func(t *testing.T, d *datadriven.TestData) string {
		user := "root"
		d.MaybeScanArgs(t, "user", &user)
		if d.Cmd == "sql" {
			rows, err := db.run(user, d.Input)
			if err != nil {
				return err.Error()
			}
			return strings.Join(rows, "\n")
		}
		if d.Cmd == "warnings" {
			return db.warnings(user, d.Input)
		}
		verb := "EXPLAIN "
		switch d.Cmd {
		case "tree", "json":
			verb = "EXPLAIN FORMAT=" + d.Cmd + " "
		case "analyze":
			verb = "EXPLAIN ANALYZE "
		}
		var out strings.Builder
		for _, text := range strings.Split(d.Input, "\n") {
			if text == "" {
				continue
			}
			rows, err := db.run(user, verb+text)
			out.WriteString(text + "\n")
			if err != nil {
				out.WriteString(err.Error() + "\n")
			}
			for _, r := range rows {
				out.WriteString("  " + strings.ReplaceAll(strings.TrimRight(r, "\n"), "\n", "\n  ") + "\n")
			}
		}
		text := regexp.MustCompile(`time=[0-9.]+`).ReplaceAllString(out.String(), "time=…")
		return regexp.MustCompile(`memory=[0-9]+`).ReplaceAllString(text, "memory=…")
	})
}

// warnings runs statements and shows what they warn of behind their rows.
func (db *testDB) warnings(user, input string) string {
	var out strings.Builder
	for _, text := range strings.Split(input, "\n") {
		rows, err := db.run(user, text)
		said := db.ok(user, "SHOW WARNINGS")
		fmt.Fprintf(&out, "%s\n  %s %v\n", text, strings.Join(append(rows, said...), "\n  "), err)
	}
	return strings.ReplaceAll(out.String(), " <nil>", "")
}

// TestAttackExplainForConnection: what another connection runs is shown to the same account, or with PROCESS, and in
// both cases to who may read all that it reads. Everybody else is told that there is no such connection.
func TestAttackExplainForConnection(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER eve IDENTIFIED BY 'x'; CREATE USER ann IDENTIFIED BY 'x'; CREATE USER boss IDENTIFIED BY 'x'; GRANT PROCESS ON *.* TO boss;
		CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1), (2); GRANT SELECT ON d.t TO ann`)
	s := db.as("ann")
	res, _, err := s.Query(context.Background(), "SELECT id FROM d.t WHERE id < 1000")
	if err != nil {
		t.Fatal(err)
	}
	show := fmt.Sprintf("EXPLAIN FOR CONNECTION %d", s.ID())
	db.fails("eve", show, sqlerr.NoSuchThread)
	db.fails("eve", "EXPLAIN FOR CONNECTION 4000000000", sqlerr.NoSuchThread)
	db.fails("boss", show, sqlerr.ViewNoExplain)
	db.rows("ann#2", show, "1|SIMPLE|t|NULL|ALL|PRIMARY|NULL|NULL|NULL|2|100|Using where")
	db.ok("root", "GRANT SELECT ON d.t TO boss")
	db.ok("boss", strings.Replace(show, "FOR", "FORMAT=JSON FOR", 1))
	if _, err := drain(res); err != nil {
		t.Fatal(err)
	}
	db.fails("boss", show, sqlerr.ExplainNotSupported)
	db.fails("boss#2", "EXPLAIN FOR CONNECTION "+fmt.Sprint(db.as("boss#2").ID()), sqlerr.ExplainNotSupported)
}
