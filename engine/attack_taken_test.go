package engine

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/audit"
)

// within fails when something takes longer than a statement of this kind may.
func within(t *testing.T, most time.Duration, what string, do func()) {
	t.Helper()
	begun := time.Now()
	do()
	if took := time.Since(begun); took > most {
		t.Errorf("%.120s took %v", what, took)
	}
}

// TestAttackT1TextsOfExpressionsEnd: a column that each of several derived tables or views names sixty times is asked, and
// printed, in what time and room the statement has and not their product; so are operands that stand in several places.
func TestAttackT1TextsOfExpressionsEnd(t *testing.T) {
	oneSession(t)
	db := endlessLab(t)
	sixty := strings.TrimSuffix(strings.Repeat("x+", 60), "+")
	nested := "SELECT id AS x FROM n"
	for i := range 5 {
		nested = fmt.Sprintf("SELECT %s AS x FROM (%s) z%d", sixty, nested, i)
	}
	db.ok("tesla", "CREATE VIEW v0 AS SELECT id AS x FROM n")
	for i := range 5 {
		db.ok("tesla", fmt.Sprintf("CREATE VIEW v%d AS SELECT %s AS x FROM v%d", i+1, sixty, i))
	}
	between := "id"
	for range 24 {
		between = "(" + between + " + 1 BETWEEN -1 AND NULLIF(" + between + ", 3))"
		if len(between) > 1<<14 {
			break
		}
	}
	for _, text := range []string{
		"SELECT COUNT(*) FROM (" + nested + ") z WHERE x = -1", "SELECT COUNT(*) FROM v5 WHERE x = -1",
		"SELECT COUNT(*) FROM v5 a JOIN v5 b ON a.x = b.x WHERE a.x < 0 AND b.x BETWEEN -9 AND a.x", "SELECT x FROM v5 WHERE x < -1 ORDER BY x + 1",
		"SELECT COUNT(*) FROM n WHERE " + between + " > 7",
	} {
		for _, how := range []string{"", "EXPLAIN ", "EXPLAIN FORMAT=TREE ", "EXPLAIN FORMAT=JSON ", "EXPLAIN ANALYZE "} {
			within(t, aSecond*4, how+text, func() {
				got := strings.Join(db.ok("tesla", how+text), "\n")
				if len(got) > 1<<20 {
					t.Errorf("%.120s: %d bytes", how+text, len(got))
				}
			})
		}
	}
	within(t, aSecond*4, "1690", func() {
		_, err := db.run("tesla", "SELECT EXP(1000 + "+between+") FROM n")
		if told := sqlerr.From(err); told.Number != sqlerr.DataOutOfRange || len(told.Message) > 4096 {
			t.Errorf("%d: %d bytes", told.Number, len(told.Message))
		}
	})
	db.ok("root", "ROLLBACK")
}

// TestAttackT2LongValuesAreFew: values that are longer than their rows are made of a few rows at a time.
func TestAttackT2LongValuesAreFew(t *testing.T) {
	oneSession(t)
	db := endlessLab(t)
	long := strings.Repeat("l", 1<<19)
	db.ok("tesla", "SET @v = REPEAT('v', 500000)")
	for _, text := range []string{
		"SELECT DISTINCT LENGTH(w) FROM (SELECT CAST(id AS BINARY(1048576)) w FROM n) d",
		"SELECT COUNT(*) FROM (SELECT DISTINCT IF(id % 40 = 39, REPEAT('a', 4000000), id) FROM n) d WHERE 1 = 0",
		"SELECT SUM(LENGTH(w)) FROM (SELECT '" + long + "' w, RAND() r FROM n) d",
		"SELECT SUM(LENGTH(w)) FROM (SELECT @v w, RAND() r FROM n) d",
		"SELECT SUM(LENGTH(CONVERT(id, BINARY(1048576)))) FROM n",
		"SELECT MAX(LENGTH(w)) FROM (SELECT RPAD(id, 1000000, 'x') w FROM n UNION ALL SELECT SPACE(1000000 + id) FROM n) d",
	} {
		var before, m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		done, most := db.start("tesla", text), uint64(0)
		tick := time.NewTicker(5 * time.Millisecond)
		for running := true; running; {
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("%.80s: %v", text, err)
				}
				running = false
			case <-tick.C:
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		tick.Stop()
		t.Logf("%.80s: %d MiB", text, int64(most-before.HeapAlloc)>>20)
		if most > before.HeapAlloc+1<<30 {
			t.Errorf("%.80s took %d MiB", text, (most-before.HeapAlloc)>>20)
		}
	}
	db.ok("root", "ROLLBACK")
}

// TestAttackT3NobodyWaitsForADescription: a change of a table that waits for a transaction lets nobody wait who asks what there is.
func TestAttackT3NobodyWaitsForADescription(t *testing.T) {
	db := lab(t)
	db.ok("tesla", "CREATE TABLE tesla.w (id INT PRIMARY KEY, v INT CHECK (v > 0)); BEGIN; INSERT INTO tesla.w VALUES (1, 1)")
	done := db.start("tesla#2", "DROP TABLE tesla.w")
	db.busy("tesla#2")
	for _, text := range []string{
		"SELECT * FROM information_schema.tables", "SELECT * FROM information_schema.columns WHERE table_schema = 'tesla'",
		"SELECT * FROM information_schema.key_column_usage", "SELECT * FROM information_schema.table_constraints",
		"SELECT * FROM information_schema.check_constraints", "SELECT * FROM information_schema.statistics",
		"SELECT * FROM information_schema.referential_constraints", "SHOW TABLE STATUS FROM tesla", "SHOW TABLES FROM tesla",
		"SHOW FULL TABLES FROM tesla", "SELECT * FROM information_schema.partitions",
	} {
		within(t, aSecond*4, text, func() { db.ok("root", text) })
	}
	db.ok("tesla", "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
	db.rows("root", "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'w'", "0")
}

// TestAttackT4DenialsAreCounted: who is refused without end does not fill the audit log, and each time is in it.
func TestAttackT4DenialsAreCounted(t *testing.T) {
	db := lab(t)
	db.ok("tesla", `CREATE PROCEDURE tesla.flood() BEGIN DECLARE i INT DEFAULT 0; DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET i = i + 1;
		WHILE i < 3000 DO SELECT * FROM einstein.t; END WHILE; END`)
	count := func() (records int, denials uint64) {
		if err := db.engine.Audit().Read(func(r audit.Record) error {
			if r.Event == "denied" && r.Name == "tesla" {
				records++
				denials += max(1, r.Count)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return records, denials
	}
	records, denials := count()
	db.ok("tesla", "CALL tesla.flood()")
	for range 200 { // a session that is reset begins no new minute
		db.fails("tesla", "SELECT * FROM einstein.t", sqlerr.TableAccessDenied)
		if err := db.as("tesla").Reset(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	db.engine.refusals.Sweep(true)
	moreRecords, moreDenials := count()
	if moreRecords-records > 140 || moreDenials-denials < 3200 {
		t.Errorf("%d records of %d denials", moreRecords-records, moreDenials-denials)
	}
	db.fails("einstein", "SELECT * FROM einstein.none INTO OUTFILE '/tmp/x'", sqlerr.SpecificAccessDenied)
	db.fails("einstein", "SELECT 1 INTO DUMPFILE '/tmp/x'", sqlerr.SpecificAccessDenied)
	with := 0
	if err := db.engine.Audit().Read(func(r audit.Record) error {
		if r.Event == "denied" && strings.Contains(r.Missing, "FILE") {
			if with++; r.Code != int(sqlerr.SpecificAccessDenied) || r.State != "42000" {
				t.Errorf("%+v", r)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if with != 2 {
		t.Errorf("%d records of files", with)
	}
}

// TestLongValueIsRefused: what is too long to be stored is told so.
func TestLongValueIsRefused(t *testing.T) {
	db := lab(t)
	db.ok("tesla", "CREATE TABLE tesla.l (id INT PRIMARY KEY, b LONGBLOB)")
	_, err := db.run("tesla", "INSERT INTO tesla.l VALUES (1, REPEAT('x', 30000000))")
	if told := sqlerr.From(err); told.Number != sqlerr.TooBigRowsize || !strings.Contains(told.Message, "16777216") {
		t.Error(err)
	}
	db.rows("tesla", "SELECT COUNT(*) FROM tesla.l", "0")
}
