package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// DEFAULT(column) stands in every query, in one that is explained and in a view's, too.
func TestDefaultOfAColumn(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (pk INT DEFAULT 1, a DATE); INSERT INTO t VALUES (4, NULL)")
	db.ok("root", "EXPLAIN SELECT DEFAULT(pk) FROM t; CREATE VIEW v AS SELECT DEFAULT(t.pk) AS d, pk FROM t")
	db.rows("root", "SELECT d, pk FROM v", "1|4")
}

func TestOperandColumns(t *testing.T) {
	db := newTestDB(t)
	for _, q := range []string{"SELECT FROM_DAYS(ROW(1, 1))", "SELECT (1, 2) + 1"} {
		if _, err := db.run("root", q); err == nil || sqlerr.From(err).Number != sqlerr.OperandColumns || !strings.Contains(err.Error(), "Operand should contain 1 column(s)") {
			t.Errorf("%s: %v", q, err)
		}
	}
}
