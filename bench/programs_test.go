package bench

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// programTables and programs are what BenchmarkPrograms measures.
var programTables = []string{
	"CREATE DATABASE prog",
	"CREATE TABLE prog.big (a INT PRIMARY KEY, b INT)",
	`INSERT INTO prog.big WITH RECURSIVE d AS (SELECT 0 n UNION ALL SELECT n + 1 FROM d WHERE n < 9)
		SELECT x.n + 10 * y.n + 100 * z.n + 1000 * v.n + 10000 * w.n, 1 FROM d x, d y, d z, d v, d w`,
	"CREATE TABLE prog.t0 (a INT, b INT)", "CREATE TABLE prog.t1 (a INT, b INT)", "CREATE TABLE prog.t5 (a INT, b INT)",
	"CREATE PROCEDURE prog.nothing() BEGIN END",
	"CREATE PROCEDURE prog.calls(n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO CALL nothing(); SET i = i + 1; END WHILE; SELECT i; END",
	"CREATE PROCEDURE prog.looping(n INT) BEGIN DECLARE i INT DEFAULT 0; DECLARE s BIGINT DEFAULT 0; WHILE i < n DO SET s = s + i; SET i = i + 1; END WHILE; SELECT s; END",
	`CREATE PROCEDURE prog.fetching() BEGIN DECLARE done INT DEFAULT 0; DECLARE x INT; DECLARE s BIGINT DEFAULT 0; DECLARE c CURSOR FOR SELECT a FROM big;
		DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; OPEN c; l: LOOP FETCH c INTO x; IF done THEN LEAVE l; END IF; SET s = s + x; END LOOP; CLOSE c; SELECT s; END`,
	"CREATE PROCEDURE prog.inserting(n INT) BEGIN DECLARE i INT DEFAULT 0; START TRANSACTION; WHILE i < n DO INSERT INTO t0 VALUES (i, i); SET i = i + 1; END WHILE; ROLLBACK; SELECT i; END",
	"CREATE PROCEDURE prog.none() BEGIN START TRANSACTION; INSERT INTO t0 SELECT a, b FROM big WHERE a < 20000; SELECT COUNT(*) FROM t0; ROLLBACK; END",
	"CREATE PROCEDURE prog.one() BEGIN START TRANSACTION; INSERT INTO t1 SELECT a, b FROM big WHERE a < 20000; SELECT SUM(b) FROM t1; ROLLBACK; END",
	"CREATE PROCEDURE prog.five() BEGIN START TRANSACTION; INSERT INTO t5 SELECT a, b FROM big WHERE a < 20000; SELECT SUM(b) FROM t5; ROLLBACK; END",
	"CREATE FUNCTION prog.plus(x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x + 1",
	"CREATE TRIGGER prog.one_1 BEFORE INSERT ON prog.t1 FOR EACH ROW SET NEW.b = NEW.b + 1",
	"CREATE TRIGGER prog.five_1 BEFORE INSERT ON prog.t5 FOR EACH ROW SET NEW.b = NEW.b + 1",
	"CREATE TRIGGER prog.five_2 BEFORE INSERT ON prog.t5 FOR EACH ROW SET NEW.b = NEW.b + 1",
	"CREATE TRIGGER prog.five_3 BEFORE INSERT ON prog.t5 FOR EACH ROW SET NEW.b = NEW.b + 1",
	"CREATE TRIGGER prog.five_4 BEFORE INSERT ON prog.t5 FOR EACH ROW SET NEW.b = NEW.b + 1",
	"CREATE TRIGGER prog.five_5 BEFORE INSERT ON prog.t5 FOR EACH ROW SET NEW.b = NEW.b + 1",
}

var programs = []struct{ name, text string }{
	{"20,000 calls of an empty one", "CALL prog.calls(20000)"},
	{"a loop of 1,000,000", "CALL prog.looping(1000000)"},
	{"a cursor over 100,000 rows", "CALL prog.fetching()"},
	{"a function for 100,000 rows", "SELECT SUM(prog.plus(a)) FROM prog.big"},
	{"20,000 INSERTs in a loop", "CALL prog.inserting(20000)"},
	{"20,000 rows, no trigger", "CALL prog.none()"},
	{"20,000 rows, one trigger", "CALL prog.one()"},
	{"20,000 rows, five triggers", "CALL prog.five()"},
}

// BenchmarkPrograms runs stored programs on our server and on the one that LXDB_BENCH_DSN names,
// in turns, and prints a table: programs.sh.
func BenchmarkPrograms(b *testing.B) {
	if os.Getenv(otherEnv) == "" {
		b.Skip("only beside another server: bench/programs.sh")
	}
	own := start(b, b.TempDir())
	defer own.stop()
	ours, theirs := &side{db: own.open("")}, &side{db: database(b)}
	for _, s := range []*side{ours, theirs} {
		s.db.SetMaxOpenConns(1)
		for _, text := range programTables {
			if _, err := s.db.Exec(text); err != nil {
				b.Fatalf("%.80s: %v", text, err)
			}
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "rate is the other server's time divided by ours\n%-30s %9s %9s %6s\n", "", "lxdb ms", "other ms", "rate")
	for b.Loop() {
		for _, p := range programs {
			mine, answer, _ := ours.best(b, p.text, 3)
			his, want, _ := theirs.best(b, p.text, 3)
			if answer != want {
				b.Errorf("%s: %s, and on the other server %s", p.name, answer, want)
			}
			fmt.Fprintf(&table, "%-30s %9.1f %9.1f %6.2f\n", p.name, ms(mine), ms(his), his.Seconds()/mine.Seconds())
		}
	}
	fmt.Println(table.String())
}
