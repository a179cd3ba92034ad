package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// refusedHistograms are statements that are refused, and not told what is there.
func refusedHistograms(t *testing.T, w *feedWorld) {
	for _, user := range []string{"ann", "ins"} {
		if _, err := w.run(user, "ANALYZE TABLE d.t UPDATE HISTOGRAM ON n"); err == nil || !strings.Contains(err.Error(), "denied") {
			t.Errorf("%s may make histograms: %v", user, err)
		}
		for _, name := range []string{"d.p", "d.nope", "nope.t"} {
			_, err := w.run(user, "ANALYZE TABLE "+name+" DROP HISTOGRAM ON n")
			if err == nil || !strings.Contains(err.Error(), "denied") {
				t.Errorf("%s> %s: %v", user, name, err)
			}
		}
	}
	for text, want := range map[string]string{
		"ANALYZE TABLE t UPDATE HISTOGRAM ON n WITH 0 BUCKETS":            "1690",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON n WITH 1025 BUCKETS":         "1690",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON n, N":                        "1060",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON n USING DATA '{}'":           "1235",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON (n) USING DATA '{}'":         "1235",
		"ANALYZE TABLE t DROP HISTOGRAM ON (n)":                           "1235",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON n WITH 3":                    "1064",
		"ANALYZE TABLE t UPDATE HISTOGRAM":                                "1064",
		"ANALYZE TABLE nope UPDATE HISTOGRAM ON n":                        "1146",
		"ANALYZE TABLE t UPDATE HISTOGRAM ON n; SELECT 1 FROM nowhere.t2": "1049",
	} {
		if _, err := w.run("root", text); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// Histograms move plans where values are skewed, stay with the data, and are shown to who may read the table.
func TestHistograms(t *testing.T) {
	w := newFeedWorld(t, t.TempDir())
	defer func() { w.close() }()
	w.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann', ins IDENTIFIED BY 'pw-ins'")
	w.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, kind VARCHAR(60), n INT, far DATETIME, part INT, doc JSON, d DECIMAL(20,2), e ENUM('x','y'));
		CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR(20))`)
	w.ok("root", `INSERT INTO t WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
		SELECT i, IF(i % 100 = 0, 'rare', 'common'), NULLIF(i % 300, 0), '2026-01-01' + INTERVAL i DAY, i % 300, '{}', i / 4, 'y' FROM n`)
	w.ok("root", "INSERT INTO p SELECT id, CONCAT('p', id) FROM t WHERE id <= 300")
	w.ok("root", "GRANT SELECT ON d.t TO ann; GRANT INSERT, METADATA ON d.t TO ins")
	is := func(user, text string, want ...string) {
		t.Helper()
		got, err := w.run(user, text)
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s> %s: %q, %v; want %q", user, text, got, err, want)
		}
	}
	// first is the table that a join begins with.
	first := func(user, kind string) string {
		t.Helper()
		plan, err := w.run(user, "EXPLAIN FORMAT=TREE SELECT * FROM t JOIN p ON p.id = t.part WHERE t.kind = '"+kind+"'")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(plan, "\n")
		at, ap := strings.Index(text, "on t"), strings.Index(text, "on p")
		if at < 0 || ap < 0 {
			t.Fatalf("no such tables in %s", text)
		}
		if strings.Contains(text, "hash") {
			return "hash of " + map[bool]string{true: "t", false: "p"}[at < ap]
		}
		return map[bool]string{true: "t", false: "p"}[at < ap]
	}
	guessed := first("root", "rare")
	if other := first("root", "common"); other != guessed {
		t.Errorf("without a histogram: %s, %s", guessed, other)
	}
	is("root", "ANALYZE TABLE t UPDATE HISTOGRAM ON kind, n, id, none, far, doc, d, e WITH 16 BUCKETS",
		"d.t|histogram|status|Histogram statistics created for column 'd'.",
		"d.t|histogram|status|Histogram statistics created for column 'e'.",
		"d.t|histogram|status|Histogram statistics created for column 'far'.",
		"d.t|histogram|status|Histogram statistics created for column 'kind'.",
		"d.t|histogram|status|Histogram statistics created for column 'n'.",
		"d.t|histogram|Error|The column 'doc' has an unsupported data type.",
		"d.t|histogram|Error|The column 'id' is covered by a single-part unique index.",
		"d.t|histogram|Error|The column 'none' does not exist.")
	skewed := func() {
		t.Helper()
		rare, common := first("root", "rare"), first("root", "common")
		if rare != "t" || common == "t" {
			t.Errorf("rare values: begins with %s; common ones: %s; without a histogram: %s", rare, common, guessed)
		}
	}
	skewed()
	show := func(what string) string {
		return "SELECT column_name, " + what + " FROM information_schema.column_statistics WHERE schema_name = 'd' ORDER BY 1"
	}
	shown := []string{
		`d|equi-height|16|0|decimal`, `e|singleton|1|0|enum`, `far|equi-height|16|0|datetime`,
		`kind|singleton|2|0|string`, `n|equi-height|16|0.0033333333333333335|int`,
	}
	short := show(`histogram->>'$."histogram-type"', JSON_LENGTH(histogram->'$.buckets'), histogram->>'$."null-values"', histogram->>'$."data-type"'`)
	is("root", short, shown...)
	is("ann", short, shown...)
	is("ins", short)
	is("root", `SELECT histogram->'$.buckets', histogram->'$."number-of-buckets-specified"', histogram->'$."sampling-rate"' FROM information_schema.column_statistics WHERE column_name = 'kind'`,
		`[["base64:type254:Y29tbW9u", 0.99], ["base64:type254:cmFyZQ==", 1]]|16|1`)
	is("root", `SELECT histogram->'$.buckets[0]' FROM information_schema.column_statistics WHERE column_name IN ('far', 'd') ORDER BY column_name`,
		`[0.25, 14.25, 0.06333333333333334, 57]`, `["2026-01-02 00:00:00.000000", "2026-02-27 00:00:00.000000", 0.06333333333333334, 57]`)

	rows := func(where string, least, most int) {
		t.Helper()
		got, err := w.run("root", "EXPLAIN SELECT * FROM t WHERE "+where)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		cells := strings.Split(got[0], "|")
		read, err := strconv.ParseFloat(cells[9], 64)
		if err != nil {
			t.Fatal(got, err)
		}
		filtered, err := strconv.ParseFloat(cells[10], 64)
		if err != nil {
			t.Fatal(got, err)
		}
		n := int(math.Round(read * filtered / 100))
		if n < least || n > most {
			t.Errorf("WHERE %s: %d rows, want %d to %d: %s", where, n, least, most, got)
		}
	}
	rows("kind = 'rare'", 9, 9)
	rows("kind = 'RARE'", 9, 9)
	rows("kind IN ('rare', 'common')", 899, 900)
	rows("kind = 'none'", 1, 2)
	rows("n IS NULL", 3, 3)
	rows("n = 17", 2, 4)
	rows("n < 30", 80, 95)
	rows("n BETWEEN 100 AND 199", 290, 310)
	rows("n >= 290", 25, 35)
	rows("far < '2026-04-11'", 90, 110)
	rows("far < '2026-04-11' AND kind = 'rare'", 1, 2)
	rows("d > 200", 90, 110)
	rows("e = 'y'", 200, 900)

	refusedHistograms(t, w)
	is("root", "ANALYZE TABLE t, p UPDATE HISTOGRAM ON n", "|histogram|Error|Only one table can be specified while modifying histogram statistics.")
	w.ok("root", "CREATE VIEW v AS SELECT n FROM t")
	is("root", "ANALYZE TABLE v UPDATE HISTOGRAM ON n", "d.v|histogram|Error|Cannot create histogram statistics for a view or a table of the system.")
	w.ok("root", "PREPARE s FROM 'ANALYZE TABLE t DROP HISTOGRAM ON n, part'")
	is("root", "EXECUTE s", "d.t|histogram|status|Histogram statistics removed for column 'n'.", "d.t|histogram|Error|No histogram statistics found for column 'part'.")
	is("root", "EXECUTE s", "d.t|histogram|Error|No histogram statistics found for column 'n'.", "d.t|histogram|Error|No histogram statistics found for column 'part'.")
	is("root", "ANALYZE TABLE t", "d.t|analyze|status|OK")
	skewed()

	w.close()
	w = newFeedWorld(t, w.dir)
	w.ok("root", "USE d")
	is("root", show("1"), "d|1", "e|1", "far|1", "kind|1")
	skewed()
	w.ok("root", "ALTER TABLE t MODIFY part BIGINT NOT NULL, ADD other INT NOT NULL DEFAULT 3") // the rows are written anew
	is("root", show("1"), "d|1", "e|1", "far|1", "kind|1")
	skewed()
	w.close()
	w = newFeedWorld(t, w.dir)
	w.ok("root", "USE d")
	is("root", show("1"), "d|1", "e|1", "far|1", "kind|1")
	skewed()
	w.ok("root", "ALTER TABLE t MODIFY kind VARCHAR(50) CHARACTER SET latin1")
	is("root", show("1"), "d|1", "e|1", "far|1")
	w.ok("root", "SET max_session_memory = 1048576; SET @much = REPEAT('a', 500000)")
	if _, err := w.run("root", "ANALYZE TABLE t UPDATE HISTOGRAM ON kind"); err == nil || !strings.Contains(err.Error(), "3170") {
		t.Errorf("what it takes is not charged: %v", err)
	}
	w.ok("root", "SET @much = NULL; SET max_session_memory = 16777216")
	w.ok("root", "ANALYZE TABLE t UPDATE HISTOGRAM ON kind")
	w.ok("root", "TRUNCATE t; ANALYZE TABLE t UPDATE HISTOGRAM ON kind")
	is("root", show("JSON_LENGTH(histogram->'$.buckets')"), "kind|0")
	w.ok("root", "DROP TABLE t")
	is("root", show("1"))
}
