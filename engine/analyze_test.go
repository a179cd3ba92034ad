package engine

import (
	"strings"
	"testing"
)

// What plans know of a table follows what is committed, and ANALYZE counts anew what
// nobody follows: the different values of indexes. The figures stay with the data.
func TestAnalyzeTable(t *testing.T) {
	w := newFeedWorld(t, t.TempDir())
	defer func() { w.close() }()
	w.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann', ins IDENTIFIED BY 'pw-ins'")
	w.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a INT, b VARCHAR(9), KEY (a), KEY ba (b, a))")
	w.ok("root", "INSERT INTO t (a, b) WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 600) SELECT NULLIF(i % 20, 0), CONCAT('b', i % 3) FROM n")
	w.ok("root", "GRANT SELECT ON d.t TO ann; GRANT INSERT, METADATA ON d.t TO ins")
	count := "SELECT table_rows FROM information_schema.tables WHERE table_name = 't'"
	is := func(user, text string, want ...string) {
		t.Helper()
		got, err := w.run(user, text)
		if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s> %s: %q, %v; want %q", user, text, got, err, want)
		}
	}
	is("root", count, "600")
	w.ok("root", "BEGIN; DELETE FROM t WHERE id > 10")
	is("root", count, "10")
	w.ok("root", "ROLLBACK; INSERT INTO t (a) VALUES (1), (2)")
	is("root", count, "602")
	if _, err := w.run("root", "INSERT INTO t (id, a) VALUES (9001, 1), (9002, 2), (1, 1)"); err == nil {
		t.Error("a duplicate was taken")
	}
	w.ok("root", "BEGIN; SAVEPOINT s; INSERT INTO t (a) VALUES (1); ROLLBACK TO s; INSERT INTO t (a) VALUES (3); COMMIT")
	is("root", count, "603")

	index := "SELECT index_name, seq_in_index, cardinality FROM information_schema.statistics WHERE table_name = 't' ORDER BY 1, 2"
	is("root", index, "a|1|NULL", "ba|1|NULL", "ba|2|NULL", "PRIMARY|1|603")
	is("root", "ANALYZE TABLE t", "d.t|analyze|status|OK")
	is("root", index, "a|1|20", "ba|1|4", "ba|2|63", "PRIMARY|1|603")
	is("ann", index, "a|1|20", "ba|1|4", "ba|2|63", "PRIMARY|1|603")
	is("ins", index, "a|1|NULL", "ba|1|NULL", "ba|2|NULL", "PRIMARY|1|NULL")
	for _, user := range []string{"ann", "ins"} {
		if _, err := w.run(user, "ANALYZE TABLE d.t"); err == nil {
			t.Errorf("%s may count", user)
		}
	}
	is("root", "ANALYZE NO_WRITE_TO_BINLOG TABLES t", "d.t|analyze|status|OK")
	is("root", "ANALYZE LOCAL TABLE t, d.t", "d.t|analyze|status|OK", "d.t|analyze|status|OK")

	w.close()
	w = newFeedWorld(t, w.dir)
	w.ok("root", "USE d; SELECT * FROM t WHERE a = 1 AND b = 'b1'")
	is("root", index, "a|1|20", "ba|1|4", "ba|2|63", "PRIMARY|1|603")
	// 600 rows of 20 values and more, to be found for each of 3 rows: by the index that tells them apart best.
	w.ok("root", "CREATE TABLE s (a INT, b VARCHAR(9)); INSERT INTO s VALUES (1, 'b1'), (2, 'b2'), (3, 'b0')")
	plan, err := w.run("root", "EXPLAIN FORMAT=TREE SELECT * FROM s JOIN t ON t.a = s.a AND t.b = s.b")
	if err != nil || !strings.Contains(strings.Join(plan, "\n"), "ba") {
		t.Errorf("%q, %v", plan, err)
	}
	w.ok("root", "TRUNCATE t")
	is("root", index, "a|1|0", "ba|1|0", "ba|2|0", "PRIMARY|1|0")
	w.ok("root", "CREATE VIEW v AS SELECT a, 'secret' FROM t")
	if _, err := w.run("root", "ANALYZE TABLE v"); err == nil || !strings.Contains(err.Error(), "'v' is not BASE TABLE") {
		t.Errorf("of a view: %v", err)
	}
}
