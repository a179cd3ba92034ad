package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// numbered makes a table of so many rows: id, id % 100, a text of id % 10.
func (db *testDB) numbered(user, name string, n int) {
	db.t.Helper()
	db.ok(user, "CREATE TABLE "+name+" (id INT PRIMARY KEY, g INT, s VARCHAR(40))")
	for from := 0; from < n; from += 1000 {
		var values []string
		for i := from; i < min(n, from+1000); i++ {
			values = append(values, fmt.Sprintf("(%d,%d,'some text of group %d')", i, i%100, i%10))
		}
		db.ok(user, "INSERT INTO "+name+" VALUES "+strings.Join(values, ","))
	}
}

func TestMaxExecutionTime(t *testing.T) {
	db := endlessLab(t)
	db.ok("tesla", "SET max_execution_time = 30")
	for _, name := range []string{"cross", "recursive", "values", "grouped", "sorted"} {
		ends(t, db.start("tesla", endless[name]), sqlerr.QueryTimeout)
		db.rows("tesla", "SELECT 1", "1")
	}
	db.ok("tesla", "SET max_execution_time = 0")
	cross := strings.Replace(endless["cross"], "SELECT", "SELECT /*+ MAX_EXECUTION_TIME(30) */", 1)
	ends(t, db.start("tesla", cross), sqlerr.QueryTimeout)
	db.rows("tesla", "SELECT /*+ MAX_EXECUTION_TIME(100000) */ 1", "1")
	db.rows("tesla", "SHOW WARNINGS", "")
	ends(t, db.start("tesla", "(SELECT /*+ max_execution_time(30) */ SLEEP(1000)) UNION SELECT 2"), sqlerr.QueryTimeout)
	db.rows("tesla", "SHOW STATUS LIKE 'Max_execution_time_exceeded'", "Max_execution_time_exceeded|7")
	db.ok("tesla", "SET max_execution_time = 1; CREATE TABLE made (id INT); INSERT INTO made SELECT id FROM n") // no SELECT
	db.ok("root", "ROLLBACK")
}

func TestRecursionDepth(t *testing.T) {
	db := lab(t)
	count := "WITH RECURSIVE c AS (SELECT 1 n UNION ALL SELECT n + 1 FROM c WHERE n < %d) SELECT COUNT(*) FROM c"
	db.rows("tesla", fmt.Sprintf(count, 1000), "1000")
	db.fails("tesla", fmt.Sprintf(count, 1002), sqlerr.CTEMaxRecursionDepth)
	db.ok("tesla", "SET cte_max_recursion_depth = 5000")
	db.rows("tesla", fmt.Sprintf(count, 5000), "5000")
	db.ok("tesla", "SET cte_max_recursion_depth = 0")
	db.fails("tesla", fmt.Sprintf(count, 3), sqlerr.CTEMaxRecursionDepth)
}

func TestMemoryOfUserVariables(t *testing.T) {
	db := lab(t)
	db.ok("tesla", "SET max_session_memory = 1048576")
	db.ok("tesla", "SET @a = REPEAT('x', 500000)")
	db.fails("tesla", "SET @b = REPEAT('x', 600000)", sqlerr.CapacityExceeded)
	db.fails("tesla", "SELECT REPEAT('x', 600000) INTO @b", sqlerr.CapacityExceeded)
	db.ok("tesla", "SET @a = NULL; SET @b = REPEAT('x', 600000)")
	used := db.engine.Memory().Used()
	if used < 600000 {
		t.Errorf("%d bytes are taken", used)
	}
	if err := db.as("tesla").Close(); err != nil {
		t.Fatal(err)
	}
	if now := db.engine.Memory().Used(); now > used-600000 {
		t.Errorf("%d bytes are taken when the session is gone", now)
	}
}

func TestMemoryVariablesAreBounded(t *testing.T) {
	db := lab(t)
	db.fails("tesla", "SET max_statement_memory = 1099511627776", sqlerr.SpecificAccessDenied)
	db.rows("tesla", "SELECT @@max_statement_memory", fmt.Sprint(query.DefaultStatement))
	db.ok("root", "SET max_statement_memory = 1099511627776")
	db.ok("tesla", "SET max_statement_memory = 2097152")
	db.fails("tesla", "SET max_statement_memory = 1099511627776", sqlerr.SpecificAccessDenied)
	db.rows("tesla", "SELECT @@max_statement_memory, @@GLOBAL.max_server_memory > 0", "2097152|1")
	db.fails("tesla", "SET max_statement_disk = 1 << 40", sqlerr.SpecificAccessDenied)
}

// What a statement computes for one row after the other is given back on the way: it does not add up
// to the memory of a statement, whatever the number of rows.
func TestMemoryIsGivenBackOnTheWay(t *testing.T) {
	oneSession(t)
	db := lab(t)
	db.numbered("tesla", "tesla.m", 3000)
	db.ok("tesla", "USE tesla; SET max_statement_memory = 1048576; CREATE TABLE long_rows (id INT PRIMARY KEY, t LONGTEXT, j JSON)")
	db.rows("tesla", "SELECT COUNT((SELECT GROUP_CONCAT(s) FROM m b WHERE b.id BETWEEN a.id AND a.id + 20)) FROM m a", "3000")
	db.rows("tesla", "SELECT COUNT((SELECT GROUP_CONCAT(s ORDER BY id) FROM m b WHERE b.id BETWEEN a.id AND a.id + 20)) FROM m a", "3000")
	db.rows("tesla", "SELECT COUNT((SELECT JSON_ARRAYAGG(s) FROM m b WHERE b.id BETWEEN a.id AND a.id + 20)) FROM m a", "3000")
	db.rows("tesla", `SELECT COUNT(JSON_EXTRACT(CONCAT('{"a":"', REPEAT(s, 20), '"}'), '$.a')) FROM m`, "3000")
	db.rows("tesla", "SELECT COUNT(x) FROM (SELECT JSON_ARRAYAGG(s) OVER (ORDER BY id ROWS BETWEEN 20 PRECEDING AND CURRENT ROW) x FROM m WHERE id < 500) y", "500")
	db.ok("tesla", `INSERT INTO long_rows SELECT id, REPEAT(s, 5), CONCAT('{"a":"', REPEAT(s, 20), '"}') FROM m`)
	db.ok("tesla", "UPDATE long_rows SET t = REPEAT('x', 10000 + id % 7)")
	db.ok("tesla", "UPDATE long_rows SET j = JSON_SET(j, '$.b', id)")
	db.rows("tesla", "SELECT COUNT(*) FROM long_rows a LEFT JOIN long_rows b ON a.id = b.id AND LENGTH(REPEAT(b.t, 2)) > 0", "3000")
	db.rows("tesla", "SELECT COUNT((SELECT t FROM long_rows b WHERE b.id = a.id)) FROM m a", "3000")
	// First rows that there is no memory for are sorted in files.
	db.rows("tesla", "SELECT id FROM (SELECT id, t FROM long_rows ORDER BY LENGTH(t) DESC, id LIMIT 1500) z LIMIT 3 OFFSET 1490", "1445", "1452", "1459")
	db.rows("tesla", "SELECT COUNT(*) FROM (SELECT id, t FROM long_rows ORDER BY id % 3, id LIMIT 1499) z", "1499")
	db.fails("tesla", "SELECT COUNT(x) FROM (SELECT FIRST_VALUE(t) OVER (ORDER BY id) x FROM long_rows) y", sqlerr.CapacityExceeded)
	db.ok("tesla", "UPDATE long_rows a JOIN m ON a.id = m.id SET a.t = 'y', m.s = 'z' WHERE m.id < 1000")
	db.fails("tesla", "UPDATE long_rows a JOIN m ON a.id = m.id SET a.t = REPEAT('y', 100000), m.s = 'z'", sqlerr.CapacityExceeded)
	db.fails("tesla", `UPDATE long_rows a JOIN m ON a.id = m.id SET a.j = CONCAT('"', REPEAT('y', 10000), '"'), m.s = 'z'`, sqlerr.CapacityExceeded)
	if used := db.engine.Memory().Used(); used > 1<<20 {
		t.Errorf("%d bytes are taken still", used)
	}
}

// EXISTS by a set of keys, IN and their negations, with NULLs on either side, over rows that an index finds
// and rows that none does.
func TestMembership(t *testing.T) {
	db := lab(t)
	db.ok("tesla", `USE tesla; CREATE TABLE o (id INT PRIMARY KEY, k INT, s VARCHAR(10)); CREATE TABLE i (id INT PRIMARY KEY, k INT, s VARCHAR(10), v INT, KEY (v));
		INSERT INTO o VALUES (1, 1, 'a'), (2, NULL, 'B'), (3, 3, NULL), (4, 4, 'd'), (5, 1, 'x'); INSERT INTO i VALUES (1, 1, 'A', 1), (2, NULL, 'b', 2), (3, 5, NULL, 3), (4, 4, 'd ', 4)`)
	for _, c := range []struct{ where, ids string }{
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k)", "1,4,5"},
		{"NOT EXISTS (SELECT 1 FROM i WHERE i.k = o.k)", "2,3"},
		{"EXISTS (SELECT 1 FROM i WHERE i.s = o.s)", "1,2"},
		{"NOT EXISTS (SELECT 1 FROM i WHERE i.s = o.s)", "3,4,5"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND i.s = o.s)", "1"},
		{"EXISTS (SELECT 1 FROM i WHERE i.v = o.k)", "1,3,4,5"},
		{"NOT EXISTS (SELECT 1 FROM i WHERE i.v = o.k AND i.id > 1)", "1,2,5"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND i.v > 1)", "4"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k + 1)", "3,4"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND i.id < o.id)", "5"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.s)", ""},
		{"EXISTS (SELECT 1 FROM i JOIN o AS p ON p.id = i.id WHERE p.k = o.k)", "1,3,4,5"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND EXISTS (SELECT 1 FROM o AS p WHERE p.k = i.k AND p.id > 1))", "1,4,5"},
		{"EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND EXISTS (SELECT 1 FROM o AS p WHERE p.k = i.k AND p.id = o.id + 4))", "1"},
		{"EXISTS (SELECT 1 FROM i WHERE i.v = 99 AND i.k = o.k)", ""},
		{"NOT EXISTS (SELECT 1 FROM i WHERE i.v = 99 AND i.k = o.k)", "1,2,3,4,5"},
		{"k IN (SELECT k FROM i)", "1,4,5"}, {"k NOT IN (SELECT k FROM i)", ""}, {"k NOT IN (SELECT k FROM i WHERE k IS NOT NULL)", "3"},
		{"k NOT IN (SELECT k FROM i WHERE v = 99)", "1,2,3,4,5"}, {"NOT (k IN (SELECT k FROM i WHERE k IS NOT NULL))", "3"},
		{"s IN (SELECT s FROM i)", "1,2"}, {"s NOT IN (SELECT s FROM i WHERE s IS NOT NULL)", "4,5"},
		{"(k, s) IN (SELECT k, s FROM i)", "1"}, {"(k, s) NOT IN (SELECT k, s FROM i)", "4,5"}, {"(k, id) NOT IN (SELECT k, id FROM i)", "3,5"},
		{"(k IN (SELECT k FROM i)) IS NULL", "2,3"}, {"k IN (SELECT k FROM i WHERE i.id <> o.id)", "5"},
	} {
		db.rows("tesla", "SELECT COALESCE(GROUP_CONCAT(id ORDER BY id), '') FROM o WHERE "+c.where, c.ids)
	}
}

// Long texts that nobody keeps are not counted twice, whatever their number.
func TestMemoryOfLongTexts(t *testing.T) {
	oneSession(t)
	db := lab(t)
	db.numbered("tesla", "tesla.long_texts", 2000)
	db.ok("tesla", "USE tesla; SET max_statement_memory = 16777216")
	db.rows("tesla", "SELECT SUM(LENGTH(REPEAT('x', 100000))), COUNT(REPEAT(s, 5000)), MAX(LENGTH(CONCAT(REPEAT('y', 90000), s))) FROM long_texts", "200000000|2000|90020")
	db.rows("tesla", "SELECT COUNT(*) FROM long_texts WHERE LENGTH(REPEAT('x', 100000 + id)) > 101000", "999")
	db.rows("tesla", "SELECT COUNT(*) FROM (SELECT REPEAT('x', 100000) AS r, id FROM long_texts) AS q WHERE LENGTH(r) = 100000", "2000")
	db.rows("tesla", "SELECT COUNT(*) FROM (SELECT DISTINCT CONCAT(REPEAT('x', 50000), id) FROM long_texts WHERE id < 400) AS q", "400")
	db.fails("tesla", "SELECT LENGTH(REPEAT('x', 30000000))", sqlerr.CapacityExceeded)
	if used := db.engine.Memory().Used(); used > 1<<20 {
		t.Errorf("%d bytes are taken still", used)
	}
}

// Values that stored programs hold are the statement's, and given back: a loop that opens
// a cursor again and again, or gives a variable another text, does not add up.
func TestMemoryOfPrograms(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE pm; USE pm; CREATE TABLE t (id INT PRIMARY KEY, s LONGTEXT); CREATE TABLE log (n INT);
		INSERT INTO t VALUES (1, REPEAT('a', 100000)), (2, REPEAT('b', 100000));
		CREATE PROCEDURE deep(n INT) BEGIN DECLARE v LONGTEXT DEFAULT REPEAT('a', 200000); IF n > 0 THEN CALL deep(n - 1); END IF; END;
		CREATE PROCEDURE pass(v LONGTEXT, n INT) BEGIN IF n > 0 THEN CALL pass(v, n - 1); END IF; END;
		CREATE PROCEDURE again(n INT) BEGIN DECLARE v, w LONGTEXT; DECLARE c CURSOR FOR SELECT s FROM t ORDER BY id;
			WHILE n > 0 DO OPEN c; FETCH c INTO v; CLOSE c; SET w = CONCAT(v, n); SET n = n - 1; END WHILE; SELECT LENGTH(w); END;
		CREATE FUNCTION held(n INT) RETURNS INT NO SQL BEGIN DECLARE v LONGTEXT DEFAULT REPEAT('a', n); RETURN LENGTH(v); END;
		CREATE TRIGGER tr BEFORE INSERT ON log FOR EACH ROW BEGIN DECLARE v, w LONGTEXT; SET v = REPEAT('a', NEW.n), w = v; SET NEW.n = LENGTH(w); END;
		SET max_sp_recursion_depth = 100; SET max_statement_memory = 2000000`)
	db.fails("root", "CALL deep(20)", sqlerr.CapacityExceeded)
	db.fails("root", "CALL pass(REPEAT('a', 200000), 20)", sqlerr.CapacityExceeded)
	db.fails("root", "INSERT INTO log VALUES (1500000)", sqlerr.CapacityExceeded)
	db.ok("root", "CALL deep(2); CALL pass(REPEAT('a', 200000), 2)")
	db.rows("root", "CALL again(50)", "100001")
	db.rows("root", "SELECT SUM(held(100000 + id)) FROM t", "200003")
	db.ok("root", "INSERT INTO log VALUES (100), (200), (300)")
	db.rows("root", "SELECT SUM(n) FROM log", "600")
}

// The trees of long texts are the server's memory: sessions that send them together are refused
// before they take more than there is, and what was taken comes back.
func TestMemoryOfLongStatements(t *testing.T) {
	db := lab(t)
	db.ok("tesla", "CREATE TABLE tesla.few (id INT PRIMARY KEY)")
	in := "SELECT COUNT(*) FROM tesla.few WHERE id IN (1" + strings.Repeat(",12345678", 100_000) + ")"
	before := db.engine.Memory().Used()
	db.rows("tesla", in, "0")
	one := db.engine.Memory().Peak() - before
	if one < 20<<20 {
		t.Fatalf("a list of 100,000 values took %d bytes", one)
	}
	if used := db.engine.Memory().Used(); used > before+1<<20 {
		t.Errorf("%d bytes are taken when it has ended", used)
	}
	most := before + one + one/2
	db.engine.memory.Limit = most
	values := "INSERT IGNORE INTO tesla.few VALUES (1)" + strings.Repeat(",(1)", 60_000)
	var wait sync.WaitGroup
	var refused, right atomic.Int64
	for n := range 20 {
		s := db.as(fmt.Sprintf("tesla#%d", n))
		wait.Go(func() {
			for _, text := range []string{in, values} {
				res, _, err := s.Query(context.Background(), text)
				if err == nil {
					_, err = drain(res)
				}
				var e *session.Error
				switch {
				case err == nil:
					right.Add(1)
				case errors.As(err, &e) && e.Number == sqlerr.CapacityExceeded:
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if right.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d were answered, %d refused", right.Load(), refused.Load())
	}
	if peak := db.engine.Memory().Peak(); peak > most {
		t.Errorf("%d bytes were taken of %d", peak, most)
	}
	long := "SELECT '" + strings.Repeat("x", 60<<20) + "' = 'y'"
	db.engine.memory.Limit = before + 100<<20
	db.fails("tesla", long, sqlerr.CapacityExceeded)
	db.engine.memory.Limit = 0
	db.rows("tesla", long, "0")
}

// A document of a row takes much more memory than its text when a function reads it.
func TestDocumentsOfRowsAreCharged(t *testing.T) {
	db := lab(t)
	db.ok("tesla", "USE tesla; CREATE TABLE docs (id INT PRIMARY KEY, d JSON); INSERT INTO docs SELECT 1, CONCAT('[', REPEAT('1,', 200000), '1]')")
	db.rows("tesla", "SELECT JSON_LENGTH(d) FROM docs", "200001")
	db.ok("tesla", "SET max_statement_memory = 4194304")
	db.fails("tesla", "SELECT JSON_LENGTH(d) FROM docs", sqlerr.CapacityExceeded)
	db.fails("tesla", "SELECT id FROM docs WHERE d->'$[7]' = 1", sqlerr.CapacityExceeded)
	db.rows("tesla", "SELECT id FROM docs", "1")
}

// TestMemoryOfOpenTransactions: what is written and not committed yet counts for the session, until the transaction ends.
func TestMemoryOfOpenTransactions(t *testing.T) {
	oneSession(t)
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, b LONGTEXT); SET max_session_memory = 8388608")
	for _, end := range []string{"ROLLBACK", "COMMIT"} {
		before := db.engine.Memory().Used()
		db.ok("root", "BEGIN")
		n := 0
		for ; n < 20; n++ {
			if _, err := db.run("root", "INSERT INTO t (b) VALUES (REPEAT('x', 900000))"); err != nil {
				break
			}
		}
		if n < 4 || n > 9 {
			t.Errorf("%d rows of 900,000 bytes in 8 MiB", n)
		}
		db.fails("root", "INSERT INTO t (b) VALUES (REPEAT('x', 900000))", sqlerr.CapacityExceeded)
		if used := db.engine.Memory().Used() - before; used < int64(n)*900_000-100_000 {
			t.Errorf("%d bytes are taken for %d rows", used, n)
		}
		db.ok("root", end)
		if used := db.engine.Memory().Used(); used > before+1<<16 {
			t.Errorf("%d bytes are taken after %s, %d before", used, end, before)
		}
	}
	db.ok("root", "BEGIN")
	for n := 0; ; n++ { // small rows are more than their bytes
		if n > 40 {
			t.Fatal("no bound for small rows")
		}
		if _, err := db.run("root", "INSERT INTO t (b) WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r WHERE i < 1000) SELECT '' FROM r, (VALUES ROW(1), ROW(2), ROW(3)) v"); err != nil {
			break
		}
	}
	db.ok("root", "ROLLBACK; INSERT INTO t (b) VALUES ('x')")
}

// TestMemoryOfSavepoints: versions of rows that only savepoints still reach count for the session, and no longer than
// they do.
func TestMemoryOfSavepoints(t *testing.T) {
	oneSession(t)
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, b LONGTEXT); INSERT INTO t VALUES (1, ''); SET max_session_memory = 8388608")
	change := func(i int) error {
		_, err := db.run("root", fmt.Sprintf("UPDATE t SET b = REPEAT('%c', 900000)", 'a'+i%26))
		return err
	}
	for _, c := range []struct {
		name, each string // %d is the round
		bounded    bool
	}{
		{"each has its own", "SAVEPOINT s%d", true},
		{"one again and again", "SAVEPOINT s -- %d", false},
		{"released", "SAVEPOINT s%[1]d; RELEASE SAVEPOINT s%[1]d", false},
		{"rolled back to", "SAVEPOINT s%[1]d; UPDATE t SET b = REPEAT('x', 900000); ROLLBACK TO s%[1]d; RELEASE SAVEPOINT s%[1]d", false},
		{"inside another", "SAVEPOINT a%[1]d; SAVEPOINT b; RELEASE SAVEPOINT a%[1]d", false},
	} {
		before := db.engine.Memory().Used()
		db.ok("root", "BEGIN")
		n, failed := 0, error(nil)
		for ; n < 40 && failed == nil; n++ {
			if _, failed = db.run("root", fmt.Sprintf(c.each, n)); failed == nil {
				failed = change(n)
			}
		}
		if c.bounded != (failed != nil) || c.bounded && (n < 4 || n > 10) {
			t.Errorf("%s: %d changes in 8 MiB, %v", c.name, n, failed)
		}
		db.ok("root", "ROLLBACK")
		if used := db.engine.Memory().Used(); used > before+1<<20 {
			t.Errorf("%s: %d bytes are taken after it, %d before", c.name, used, before)
		}
	}
	db.ok("root", "BEGIN")
	for n := 0; ; n++ { // savepoints alone
		if n > 20_000 {
			t.Fatal("no bound for savepoints")
		}
		if _, err := db.run("root", fmt.Sprintf("SAVEPOINT s%d", n)); err != nil {
			wantNumber(t, err, sqlerr.CapacityExceeded)
			break
		}
	}
	db.ok("root", "ROLLBACK; BEGIN; SAVEPOINT s; INSERT INTO t VALUES (2, 'x'); ROLLBACK TO s; COMMIT")
	db.rows("root", "SELECT id FROM t", "1")
}

// TestMemoryOfNamedLocks: a session cannot hold more names than it has memory for.
func TestMemoryOfNamedLocks(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "SET max_session_memory = 1048576")
	before := db.engine.Memory().Used()
	for n := 0; ; n++ {
		if n > 10_000 {
			t.Fatal("no bound for locks")
		}
		if _, err := db.run("root", fmt.Sprintf("SELECT GET_LOCK('lock %d', 0)", n)); err != nil {
			wantNumber(t, err, sqlerr.CapacityExceeded)
			break
		}
	}
	db.ok("root", "SELECT RELEASE_ALL_LOCKS()")
	if used := db.engine.Memory().Used(); used > before+1<<15 {
		t.Errorf("%d bytes are taken after it, %d before", used, before)
	}
}

// TestTemporaryFilesAreBounded: by max_statement_disk, and by what the disk of the data has left.
func TestTemporaryFilesAreBounded(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, b VARCHAR(1000));
		INSERT INTO t WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r WHERE i < 1000) SELECT a.i * 1000 + b.i, REPEAT('x', 500) FROM r a, r b WHERE a.i <= 20;
		SET max_statement_memory = 1048576`)
	const sorted, grouped = "SELECT COUNT(*) FROM (SELECT b FROM t ORDER BY b, id LIMIT 1000000) x", "SELECT COUNT(*) FROM (SELECT b, id FROM t GROUP BY b, id) x"
	for _, text := range []string{sorted, grouped} {
		db.rows("root", text, "20000")
		db.ok("root", "SET max_statement_disk = 2097152")
		db.fails("root", text, sqlerr.DiskFull)
		db.ok("root", "SET max_statement_disk = DEFAULT")
		room := db.engine.memory.Room
		db.engine.memory.Room = func() (free, total int64, err error) { return 100 << 20, 1 << 30, nil } // less than a tenth
		db.fails("root", text, sqlerr.DiskFull)
		db.engine.memory.Room = room
		db.rows("root", text, "20000")
		if n := db.engine.Memory().Disk(); n != 0 {
			t.Errorf("%d bytes of files are left", n)
		}
	}
}

// TestPreparedNamesCount: texts under names of PREPARE are the session's memory, and there are only so many.
func TestPreparedNamesCount(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER al IDENTIFIED BY 'x'")
	db.ok("al", "SET max_session_memory = 33554432; SET @t = CONCAT('SELECT ''', REPEAT('x', 100000), '''')")
	kept := 0
	for ; kept < 100; kept++ {
		if _, err := db.run("al", fmt.Sprintf("PREPARE p%d FROM @t", kept)); err != nil {
			break
		}
	}
	if kept == 0 || kept > 10 {
		t.Errorf("%d texts of 4 MiB each in 32 MiB", kept)
	}
	db.fails("al", "EXECUTE p99", sqlerr.UnknownStmtHandler)
	db.ok("al", "DEALLOCATE PREPARE p0; PREPARE again FROM @t; DEALLOCATE PREPARE AGAIN")
	for range 50 { // in the place of the same name, and what fails
		db.ok("al", "PREPARE Same FROM @t; PREPARE sAME FROM 'SELECT 1'; EXECUTE same; DEALLOCATE PREPARE SAME")
		db.fails("al", "PREPARE bad FROM 'SELEC'", sqlerr.Syntax)
		db.fails("al", "PREPARE bad FROM 'SELECT * FROM nosuch.t'", sqlerr.TableAccessDenied)
	}
}
