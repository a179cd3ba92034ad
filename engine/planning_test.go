package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// starOf joins n tables to one.
func starOf(n int) string {
	var b strings.Builder
	b.WriteString("SELECT COUNT(*) FROM n a0")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, " JOIN n a%d ON a%d.id = a0.id", i, i)
	}
	return b.String() + " WHERE a0.id < 5"
}

func nestedScalars(n int) string {
	return "SELECT " + strings.Repeat("(SELECT ", n) + "1" + strings.Repeat(")", n)
}

func nestedIn(n int) string {
	text := "SELECT id FROM n WHERE id < 3"
	for range n {
		text = "SELECT id FROM n WHERE id IN (" + text + ")"
	}
	return text
}

// nestedDerived is a query with a condition over as many derived tables, each of which has one of its own.
func nestedDerived(n int) string {
	text := "SELECT id FROM n"
	for i := range n {
		text = fmt.Sprintf("SELECT id FROM (%s) d%d WHERE d%d.id < %d", text, i, i, 1000-i)
	}
	return "SELECT COUNT(*) FROM (" + text + ") d WHERE d.id < 3"
}

func numbersBelow(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, i*3)
	}
	return b.String()
}

// TestPlanningIsBounded: what grows with the text is planned in a time that grows with it.
func TestPlanningIsBounded(t *testing.T) {
	db := endlessLab(t)
	list := numbersBelow(60_000)
	for _, c := range []struct {
		name, text string
		want       string
	}{
		{"star of 16", starOf(16), "5"},
		{"star of 40", starOf(40), "5"},
		{"nested scalars", nestedScalars(31), "1"},
		{"nested IN", strings.Replace(nestedIn(30), "SELECT id", "SELECT COUNT(*)", 1), "3"},
		{"list of the key", "SELECT COUNT(*) FROM n WHERE id IN (" + list + ")", "334"},
		{"list of an expression", "SELECT COUNT(*) FROM n WHERE id + 0 IN (" + list + ")", "334"},
		{"list of texts", "SELECT COUNT(*) FROM n WHERE CONCAT(id) IN ('" + strings.ReplaceAll(list, ",", "','") + "')", "334"},
		{"NOT IN", "SELECT COUNT(*) FROM n WHERE id NOT IN (" + list + ")", "666"},
		{"arms of UNION", "SELECT COUNT(*) FROM (SELECT id FROM n WHERE id < 2" + strings.Repeat(" UNION SELECT id FROM n WHERE id < 2", 60) + ") u", "2"},
		{"nested derived tables", nestedDerived(30), "3"},
		{"chain of AND and OR", "SELECT COUNT(*) FROM n WHERE id < 3" + strings.Repeat(" AND (id >= 0 OR id < 1)", 150), "3"},
		{"chain of OR", "SELECT COUNT(*) FROM n WHERE id = " + strings.Join(strings.Split(list, ",")[:150], " OR id = "), "150"},
	} {
		begun := time.Now()
		got, err := db.run("tesla", c.text)
		took := time.Since(begun)
		t.Logf("%s: %v", c.name, took)
		if err != nil || strings.Join(got, ";") != c.want {
			t.Errorf("%s: %.100q, %v, want %s", c.name, got, err, c.want)
		}
		if took > aSecond { // what is exponential takes hours
			t.Errorf("%s took %v", c.name, took)
		}
	}
	db.ok("root", "ROLLBACK")
}

// tireless are queries that go on for minutes, each in another operator or function.
var tireless = map[string]string{
	"distinct":     "SELECT COUNT(*) FROM (SELECT DISTINCT a.id * 1000000 + b.id * 1000 + c.id FROM n a JOIN n b JOIN n c) x",
	"union":        "SELECT COUNT(*) FROM (SELECT a.id + b.id * c.id FROM n a JOIN n b JOIN n c UNION SELECT a.id - b.id * c.id FROM n a JOIN n b JOIN n c) x",
	"except":       "SELECT 1 EXCEPT SELECT a.id + b.id * c.id FROM n a JOIN n b JOIN n c",
	"window":       "SELECT MAX(r) FROM (SELECT ROW_NUMBER() OVER (ORDER BY a.id + b.id) AS r FROM n a JOIN n b JOIN n c) x",
	"frame":        "SELECT MAX(r) FROM (SELECT MAX(a.id) OVER (ORDER BY a.id, b.id ROWS BETWEEN 100000 PRECEDING AND 1 PRECEDING) AS r FROM n a JOIN n b WHERE b.id < 300) x",
	"hash join":    "SELECT COUNT(*) FROM n a JOIN n b ON a.id % 2 = b.id % 2 JOIN n c ON b.id % 2 = c.id % 2 JOIN n d ON c.id % 2 = d.id % 2 WHERE a.id + b.id + c.id + d.id < 0",
	"count":        "SELECT COUNT(DISTINCT a.id, b.id, c.id) FROM n a JOIN n b JOIN n c",
	"group_concat": "SELECT LENGTH(GROUP_CONCAT(a.id, b.id, c.id)) FROM n a JOIN n b JOIN n c",
	"json_agg":     "SELECT LENGTH(JSON_ARRAYAGG(a.id)) FROM n a JOIN n b JOIN n c WHERE a.id + b.id + c.id < 0",
	"json_table":   "SELECT COUNT(*) FROM JSON_TABLE(CONCAT('[', REPEAT('1,', 4000000), '1]'), '$[*]' COLUMNS (x INT PATH '$')) t",
	"regexp":       "SELECT COUNT(*) FROM n a JOIN n b WHERE REGEXP_LIKE(CONCAT(REPEAT('a', 40), a.id), '^(a|aa)+$')",
	"benchmark":    "SELECT BENCHMARK(100000000000, SHA2('x', 512))",
	"correlated":   "SELECT COUNT(*) FROM n a WHERE (SELECT COUNT(*) FROM n b JOIN n c JOIN n d WHERE b.id + c.id + d.id > a.id) > 5",
	"in":           "SELECT COUNT(*) FROM n a WHERE a.id IN (SELECT b.id + c.id + d.id FROM n b JOIN n c JOIN n d)",
	"exists":       "SELECT COUNT(*) FROM n a WHERE NOT EXISTS (SELECT 1 FROM n b JOIN n c JOIN n d WHERE b.id + c.id + d.id = a.id - 1)",
	"recursive":    "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c) SELECT COUNT(*) FROM c",
	"wide":         "WITH RECURSIVE c AS (SELECT 1 AS n UNION SELECT c.n + a.id + b.id * 1000 FROM c JOIN n a JOIN n b) SELECT COUNT(*) FROM c",
	"lateral":      "SELECT COUNT(*) FROM n a, LATERAL (SELECT SUM(b.id + c.id) AS s FROM n b JOIN n c WHERE b.id <> a.id) x WHERE s < 0",
	"big text":     "SELECT SUM(LENGTH(REPLACE(REPEAT('ab', 400000 + a.id), 'a', 'ccc'))) FROM n a JOIN n b",
	"limit":        "SELECT a.id FROM n a JOIN n b JOIN n c JOIN n d LIMIT 100000000000, 1",
	"sleep":        "SELECT SLEEP(1000)",
	"sleeps":       "SELECT SUM(SLEEP(0.5)) FROM n",
}

// TestAttackP6OperatorsEnd: max_execution_time ends each of them within a second, and the session
// goes on. KILL and a client that has gone take the same way (Cancel).
func TestAttackP6OperatorsEnd(t *testing.T) {
	db := endlessLab(t)
	db.ok("tesla", "SET max_execution_time = 40, cte_max_recursion_depth = 4000000000, group_concat_max_len = 100000000")
	for name, text := range tireless {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			ends(t, db.start("tesla", text), sqlerr.QueryTimeout)
			t.Logf("%v", time.Since(begun))
			select {
			case <-db.as("tesla").Done():
				t.Fatal("the session was given up")
			default:
			}
			db.rows("tesla", "SELECT 1", "1")
		})
	}
	db.ok("root", "ROLLBACK")
	if used := db.engine.Memory().Used(); used > 1<<20 {
		t.Errorf("%d bytes are taken still", used)
	}
}

// TestPlanningEnds: a statement that was killed is planned no further.
func TestPlanningEnds(t *testing.T) {
	db := endlessLab(t)
	s := db.as("tesla")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, text := range []string{"EXPLAIN " + nestedDerived(30), "EXPLAIN FORMAT=TREE " + starOf(40)} {
		if _, _, err := s.Query(ctx, text); err == nil {
			t.Errorf("%.40s was planned", text)
		}
	}
	db.ok("root", "ROLLBACK")
}
