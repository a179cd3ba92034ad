package engine

import "testing"

// BenchmarkProgramLoop is one turn of a loop: a condition and two assignments.
func BenchmarkProgramLoop(b *testing.B) {
	db := newTestDB(b)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE PROCEDURE p(n INT) BEGIN DECLARE i INT DEFAULT 0; DECLARE s BIGINT DEFAULT 0; WHILE i < n DO SET s = s + i; SET i = i + 1; END WHILE; END; SET @n = 10; CALL p(@n)")
	b.ReportAllocs()
	b.ResetTimer()
	const turns = 100000
	db.ok("root", "SET @n = 100000")
	for range b.N / turns {
		db.ok("root", "CALL p(@n)")
	}
}

// BenchmarkProgramCursor is one row of a cursor, added up.
func BenchmarkProgramCursor(b *testing.B) {
	db := newTestDB(b)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY); SET cte_max_recursion_depth = 100000; INSERT INTO t WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 100000) SELECT n FROM r")
	db.ok("root", "CREATE PROCEDURE p() BEGIN DECLARE done INT DEFAULT 0; DECLARE x INT; DECLARE s BIGINT DEFAULT 0; DECLARE c CURSOR FOR SELECT a FROM t; DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; OPEN c; l: LOOP FETCH c INTO x; IF done THEN LEAVE l; END IF; SET s = s + x; END LOOP; CLOSE c; END")
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N / 100000 {
		db.ok("root", "CALL p()")
	}
}

// BenchmarkProgramFunction is one call of a stored function from a query.
func BenchmarkProgramFunction(b *testing.B) {
	db := newTestDB(b)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY); SET cte_max_recursion_depth = 100000; INSERT INTO t WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 100000) SELECT n FROM r")
	db.ok("root", "CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x + 1")
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N / 100000 {
		db.ok("root", "SELECT SUM(f(a)) FROM t")
	}
}

// BenchmarkProgramCall is one call of an empty procedure in a loop.
func BenchmarkProgramCall(b *testing.B) {
	db := newTestDB(b)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE PROCEDURE e() BEGIN END; CREATE PROCEDURE p(n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO CALL e(); SET i = i + 1; END WHILE; END")
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N / 20000 {
		db.ok("root", "CALL p(20000)")
	}
}

// BenchmarkProgramTrigger is one row of an INSERT with a trigger that changes it.
func BenchmarkProgramTrigger(b *testing.B) {
	db := newTestDB(b)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE s (a INT PRIMARY KEY, b INT); SET cte_max_recursion_depth = 100000; INSERT INTO s WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 20000) SELECT n, n FROM r")
	db.ok("root", "CREATE TABLE t (a INT, b INT); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.b = NEW.b + 1")
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N / 20000 {
		db.ok("root", "BEGIN; INSERT INTO t SELECT a, b FROM s; ROLLBACK")
	}
}
