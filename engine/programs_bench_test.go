package engine

import "testing"

// benchProgram measures one of the steps of which a text has many.
func benchProgram(b *testing.B, steps int, text, setup string) {
	b.Helper()
	db := newTestDB(b)
	db.ok("root", "CREATE DATABASE d; USE d; SET cte_max_recursion_depth = 100000; CREATE TABLE big (a INT PRIMARY KEY, b INT)")
	db.ok("root", "INSERT INTO big WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 100000) SELECT n, n FROM r")
	db.ok("root", setup)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N / steps {
		db.ok("root", text)
	}
}

// BenchmarkProgramLoop is one turn of a loop: a condition and two assignments.
func BenchmarkProgramLoop(b *testing.B) {
	benchProgram(b, 100000, "CALL p(100000)", "CREATE PROCEDURE p(n INT) BEGIN DECLARE i INT DEFAULT 0; DECLARE s BIGINT DEFAULT 0; WHILE i < n DO SET s = s + i; SET i = i + 1; END WHILE; END")
}

// BenchmarkProgramCursor is one row of a cursor, added up.
func BenchmarkProgramCursor(b *testing.B) {
	benchProgram(b, 100000, "CALL p()", "CREATE PROCEDURE p() BEGIN DECLARE done INT DEFAULT 0; DECLARE x INT; DECLARE s BIGINT DEFAULT 0; DECLARE c CURSOR FOR SELECT a FROM big; DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; OPEN c; l: LOOP FETCH c INTO x; IF done THEN LEAVE l; END IF; SET s = s + x; END LOOP; CLOSE c; END")
}

// BenchmarkProgramFunction is one call of a stored function from a query.
func BenchmarkProgramFunction(b *testing.B) {
	benchProgram(b, 100000, "SELECT SUM(f(a)) FROM big", "CREATE FUNCTION f(x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x + 1")
}

// BenchmarkProgramCall is one call of an empty procedure in a loop.
func BenchmarkProgramCall(b *testing.B) {
	benchProgram(b, 20000, "CALL p(20000)", "CREATE PROCEDURE e() BEGIN END; CREATE PROCEDURE p(n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO CALL e(); SET i = i + 1; END WHILE; END")
}

// BenchmarkProgramTrigger is one row of an INSERT with a trigger that changes it.
func BenchmarkProgramTrigger(b *testing.B) {
	benchProgram(b, 20000, "BEGIN; INSERT INTO t SELECT a, b FROM big WHERE a <= 20000; ROLLBACK", "CREATE TABLE t (a INT, b INT); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.b = NEW.b + 1")
}
