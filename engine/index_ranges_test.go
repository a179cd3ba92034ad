package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// indexedTwins makes a table with indexes, and one with the same rows and none.
func indexedTwins(t *testing.T) *testDB {
	db := lab(t)
	db.ok("einstein", "USE einstein; CREATE TABLE a (id INT PRIMARY KEY, k INT, d DECIMAL(8,2), s VARCHAR(20), KEY (k), KEY (d), KEY (s), KEY (k, d)); CREATE TABLE b (id INT, k INT, d DECIMAL(8,2), s VARCHAR(20))")
	for from := 0; from < 6000; from += 1000 {
		var rows []string
		for i := from; i < from+1000; i++ {
			k := itoa(i * 7 % 900)
			if i%50 == 0 {
				k = "NULL"
			}
			rows = append(rows, fmt.Sprintf("(%d, %s, %d.%02d, 'word %d')", i, k, i%200, i%100, i%300))
		}
		for _, name := range []string{"a", "b"} {
			db.ok("einstein", "INSERT INTO "+name+" VALUES "+strings.Join(rows, ","))
		}
	}
	return db
}

// Stretches of an index that OR joins find each row once: when they overlap, when one is empty or NULL, when one is open,
// and whether the rows are looked at or the index has all that is wanted.
func TestRangesThatOrJoins(t *testing.T) {
	oneSession(t)
	db := indexedTwins(t)
	for _, where := range []string{
		"k BETWEEN 5 AND 9 OR k BETWEEN 100 AND 104", "k BETWEEN 5 AND 9 OR k BETWEEN 7 AND 12 OR k = 8", "k BETWEEN 9 AND 5 OR k = 3", "k BETWEEN NULL AND 5 OR k = 3",
		"k BETWEEN NULL AND 5 OR k < NULL", "k > 890 OR k < 3", "k > 890 OR k <= 890", "k = 3 OR k IS NULL", "k <=> NULL OR k BETWEEN 1 AND 2", "k = 3 AND d = 1.01 OR k = 4",
		"(k BETWEEN 1 AND 4 OR k BETWEEN 6 AND 8) AND k <> 2", "(k BETWEEN 1 AND 4 OR k BETWEEN 6 AND 8) AND k > 3", "k = 5 AND (d BETWEEN 1 AND 50 OR d BETWEEN 40 AND 90.5)",
		"k IN (5, 6) AND (d < 30 OR d > 150)", "d BETWEEN 1.005 AND 1.015 OR d = 7.07", "s BETWEEN 'word 1' AND 'word 11' OR s > 'word 9'", "s = 'WORD 5' OR s BETWEEN 'Word 7' AND 'word 70'",
		"k = '5' OR k BETWEEN 7 AND 8", "k BETWEEN 1.5 AND 3.5 OR k BETWEEN 7 AND 8", "NOT (k < 5 OR k > 8)", "k IN (1, 2, 2, 1, NULL)", "k NOT IN (1, 2) AND k < 4",
	} {
		for _, columns := range []string{"id, k, d, s", "k, id", "COUNT(k), SUM(id), COUNT(*)"} {
			want := db.ok("einstein", "SELECT "+columns+" FROM b WHERE "+where+" ORDER BY 1, 2")
			db.rows("einstein", "SELECT "+columns+" FROM a WHERE "+where+" ORDER BY 1, 2", want...)
		}
	}
}

// A plan that was made for a few rows stays right for many, and for none.
func TestRangesOfParameters(t *testing.T) {
	db := indexedTwins(t)
	s := db.as("einstein")
	run := func(table string, values ...int64) string {
		st, err := s.Prepare(context.Background(), "SELECT COUNT(k), MIN(d) FROM "+table+" WHERE k BETWEEN ? AND ? OR k BETWEEN ? AND ? OR k IN (?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		out := ""
		for range 2 {
			args := make([]session.Value, len(values))
			for i, v := range values {
				args[i] = session.IntValue(v)
			}
			res, err := st.Execute(context.Background(), args)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := drain(res)
			if err != nil {
				t.Fatal(err)
			}
			out += fmt.Sprint(rows)
		}
		return out
	}
	for _, values := range [][]int64{{1, 2, 3, 4, 5, 6}, {0, 1000, 0, 1000, 1, 1}, {9, 1, 9, 1, -1, -2}, {1, 5, 3, 8, 4, 4}} {
		if got, want := run("a", values...), run("b", values...); got != want {
			t.Errorf("%v: %s, and without an index %s", values, got, want)
		}
	}
}
