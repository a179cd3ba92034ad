package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestSequences(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE SEQUENCE s")
	db.rows("root", "SHOW CREATE SEQUENCE s", "s|CREATE SEQUENCE `s` START WITH 1 MINVALUE 1 MAXVALUE 9223372036854775806 INCREMENT BY 1 CACHE 1000 NOCYCLE")
	db.rows("root", "SELECT * FROM s", "1|1|9223372036854775806|1|1|1000|0|0")
	db.rows("root", "SELECT CURRENT VALUE FOR s, lastval(s), lastval()", "NULL|NULL|NULL")
	db.rows("root", "SELECT NEXT VALUE FOR s, nextval('s'), nextval(d.s), nextval('`d`.`s`'), CURRENT VALUE FOR s, PREVIOUS VALUE FOR d.s, lastval()", "1|2|3|4|4|4|4")
	db.rows("root", "SELECT next_not_cached_value FROM s", "1001")
	db.fails("root", "CREATE SEQUENCE s", sqlerr.TableExists)
	db.fails("root", "CREATE TABLE s (a INT)", sqlerr.TableExists)
	db.ok("root", "CREATE SEQUENCE IF NOT EXISTS s")
	db.rows("root", "SHOW WARNINGS", "Note|1050|Table 's' already exists")

	db.ok("root", "CREATE OR REPLACE SEQUENCE s START WITH 5 INCREMENT BY 2 MAXVALUE 9 CACHE 2")
	db.rows("root", "SELECT nextval(s), nextval(s), nextval(s)", "5|7|9")
	db.fails("root", "SELECT nextval(s)", sqlerr.SequenceRunOut)
	db.rows("root", "SELECT setval(s, 3), setval(s, 7)", "NULL|NULL")
	db.ok("root", "ALTER SEQUENCE s RESTART")
	db.rows("root", "SELECT nextval(s)", "5")
	db.ok("root", "ALTER SEQUENCE s RESTART 7 CYCLE")
	db.rows("root", "SELECT nextval(s), nextval(s), nextval(s), nextval(s)", "7|9|1|3")
	db.rows("root", "SELECT * FROM s", "5|1|9|5|2|2|1|1")

	db.ok("root", "CREATE SEQUENCE down INCREMENT BY -1")
	db.rows("root", "SHOW CREATE SEQUENCE down", "down|CREATE SEQUENCE `down` START WITH -1 MINVALUE -9223372036854775807 MAXVALUE -1 INCREMENT BY -1 CACHE 1000 NOCYCLE")
	db.rows("root", "SELECT nextval(down), nextval(down)", "-1|-2")

	db.ok("root", "CREATE SEQUENCE q MAXVALUE 100 START 7 INCREMENT 4 NOCACHE")
	db.rows("root", "SELECT setval(q, 50, 0), nextval(q), setval(q, 60, 1), nextval(q), setval(q, 500)", "50|50|60|64|500")
	db.fails("root", "SELECT nextval(q)", sqlerr.SequenceRunOut)
	db.ok("root", "ALTER SEQUENCE q MAXVALUE 1000")
	db.rows("root", "SELECT NEXT VALUE FOR q", "104")

	for _, bad := range []string{
		"START 5 MAXVALUE 3", "MINVALUE 5 START 3", "INCREMENT 0", "CACHE -1", "MAXVALUE 9223372036854775807", "MINVALUE 3 MAXVALUE 3", "AS INT MAXVALUE 3000000000",
		"CACHE 9223372036854775807 INCREMENT 2", "MAXVALUE 99999999999999999999",
	} {
		db.fails("root", "CREATE SEQUENCE bad "+bad, sqlerr.SequenceInvalidData)
	}
	db.fails("root", "CREATE SEQUENCE bad START 1 START 2", sqlerr.Syntax)
	db.fails("root", "ALTER SEQUENCE q MAXVALUE 50", sqlerr.SequenceInvalidData)
	db.fails("root", "ALTER SEQUENCE q", sqlerr.Syntax)
	db.fails("root", "ALTER SEQUENCE nosuch RESTART", sqlerr.UnknownSequence)
	db.ok("root", "ALTER SEQUENCE IF EXISTS nosuch RESTART; DROP SEQUENCE IF EXISTS nosuch")
	db.fails("root", "DROP SEQUENCE nosuch", sqlerr.UnknownSequence)
	db.fails("root", "SELECT nextval(nosuch)", sqlerr.UnknownSequence)
	db.ok("root", "CREATE TABLE t (a INT)")
	db.fails("root", "DROP SEQUENCE t", sqlerr.NotSequence)
	db.fails("root", "SELECT nextval(t)", sqlerr.NotSequence)
	db.fails("root", "INSERT INTO q VALUES (1, 1, 1, 1, 1, 1, 1, 1)", sqlerr.IllegalHA)
	db.fails("root", "UPDATE q SET increment = 3", sqlerr.IllegalHA)
	db.fails("root", "DELETE FROM q", sqlerr.IllegalHA)
	db.fails("root", "CREATE VIEW v AS SELECT nextval(q)", sqlerr.NotSupportedYet)
	db.fails("root", "CREATE VIEW v AS SELECT * FROM q", sqlerr.NotSupportedYet)
	db.fails("root", "SELECT nextval(CONCAT('q', ''))", sqlerr.Syntax)

	db.ok("root", "ALTER SEQUENCE q RENAME TO q2; CREATE SEQUENCE small AS TINYINT COMMENT 'it''s'")
	db.rows("root", "SHOW SEQUENCES", "down|bigint|-1|-9223372036854775807|-1|-1|1000|NO|", "q2|bigint|7|1|1000|4|0|NO|", "s|bigint|5|1|9|2|2|YES|", "small|tinyint|1|1|126|1|1000|NO|it's")
	db.rows("root", "SHOW SEQUENCES FROM d LIKE 's%'", "s|bigint|5|1|9|2|2|YES|", "small|tinyint|1|1|126|1|1000|NO|it's")
	db.ok("root", "DROP SEQUENCE s, down, q2")
	db.rows("root", "SHOW SEQUENCES LIKE 'q_'")
	db.rows("root", "SHOW TABLES", "t")
}

func TestSequenceAsDefault(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE SEQUENCE s; CREATE TABLE t (id BIGINT PRIMARY KEY DEFAULT NEXT VALUE FOR s, v INT)")
	db.ok("root", "INSERT INTO t (v) VALUES (10), (20); INSERT INTO t VALUES (DEFAULT, 30), (100, 40); INSERT INTO t SET v = 50")
	db.rows("root", "SELECT * FROM t ORDER BY id", "1|10", "2|20", "3|30", "4|50", "100|40")
	db.rows("root", "SHOW CREATE TABLE t", "t|CREATE TABLE `t` (\n  `id` bigint NOT NULL DEFAULT (nextval(`d`.`s`)),\n  `v` int DEFAULT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci")
	db.ok("root", "CREATE TABLE u (a INT DEFAULT nextval(s), b INT DEFAULT (NEXT VALUE FOR d.s + 1000)); INSERT INTO u VALUES (); INSERT INTO u (a) SELECT v FROM t WHERE v = 10")
	db.rows("root", "SELECT * FROM u", "5|1006", "10|1007")
	db.ok("root", "ALTER TABLE t ADD COLUMN w INT, ALTER v SET DEFAULT (nextval(s)); INSERT INTO t (id) VALUES (200)")
	db.rows("root", "SELECT v FROM t WHERE id = 200", "8")
	db.fails("root", "CREATE TABLE z (a INT DEFAULT (nextval(nosuch)))", sqlerr.UnknownSequence)
	db.fails("root", "CREATE TABLE z (a INT DEFAULT (lastval(s)))", sqlerr.DefaultFunctionNotAllowed)
	db.fails("root", "CREATE TABLE z (a INT, b INT AS (nextval(s)))", sqlerr.GeneratedFunctionNotAllowed)
	db.fails("root", "CREATE TABLE z (a INT CHECK (a < nextval(s)))", sqlerr.CheckFunctionNotAllowed)
	db.ok("root", "DROP SEQUENCE s")
	db.fails("root", "INSERT INTO t (v) VALUES (1)", sqlerr.UnknownSequence)
}

// Each way to a number asks for the right to it, and tells who may not know of a sequence the same
// as where there is none.
func TestSequenceRights(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'pw-tesla-1'; CREATE USER curie IDENTIFIED BY 'pw-curie-1'; CREATE DATABASE shop; USE shop; CREATE SEQUENCE seq1; CREATE TABLE t (a INT)")
	ways := []string{
		"SELECT NEXT VALUE FOR shop.%s", "SELECT CURRENT VALUE FOR shop.%s", "SELECT lastval('shop.%s')", "SELECT setval(shop.%s, 50)", "SELECT * FROM shop.%s",
		"SHOW CREATE SEQUENCE shop.%s", "ALTER SEQUENCE shop.%s RESTART", "DROP SEQUENCE shop.%s", "GRANT READ ON SEQUENCE shop.%s TO curie", "SELECT nextval('shop.%s') FROM shop.%[1]s",
		"CREATE TABLE tesla.x (a INT DEFAULT (nextval(shop.%s)))", "CREATE VIEW tesla.v AS SELECT * FROM shop.%s", "INSERT INTO shop.%s VALUES (1)", "DELETE FROM shop.%s",
		"SHOW COLUMNS FROM shop.%s", "SET @a = NEXT VALUE FOR shop.%s", "DO nextval(shop.%s)", "ALTER SEQUENCE IF EXISTS shop.%s RESTART", "DROP SEQUENCE IF EXISTS shop.%s",
		"CREATE SEQUENCE shop.%s", "CREATE OR REPLACE SEQUENCE shop.%s", "CREATE SEQUENCE IF NOT EXISTS shop.%s", "UPDATE shop.%s SET increment = 2", "TRUNCATE shop.%s",
		"EXPLAIN SELECT nextval('shop.%s')", "PREPARE p FROM 'SELECT nextval(shop.%s)'; EXECUTE p",
	}
	twoWorlds := func() {
		t.Helper()
		for _, way := range ways {
			forbidden, missing := sqlError(db, "tesla", way, "seq1"), sqlError(db, "tesla", way, "seq2")
			if forbidden == "" && !strings.HasPrefix(way, "EXPLAIN") || strings.ReplaceAll(forbidden, "seq1", "seq2") != missing {
				t.Errorf("%s: %q where it is forbidden, %q where it is missing", way, forbidden, missing)
			}
		}
	}
	twoWorlds()
	db.ok("root", "GRANT SELECT ON TABLE shop.t TO tesla")
	twoWorlds()
	db.rows("tesla", "SHOW SEQUENCES FROM shop")
	db.rows("tesla", "SELECT COUNT(*) FROM information_schema.sequences", "0")

	db.ok("root", "GRANT READ ON SEQUENCE seq1 TO tesla")
	db.rows("tesla", "SELECT CURRENT VALUE FOR shop.seq1", "NULL")
	db.rows("tesla", "SELECT start_value FROM shop.seq1", "1")
	db.rows("tesla", "SHOW SEQUENCES FROM shop LIKE 'seq_'", "seq1|bigint|1|1|9223372036854775806|1|1000|NO|")
	db.rows("tesla", "SELECT sequence_schema, sequence_name, data_type, start_value, increment, cycle_option FROM information_schema.sequences", "shop|seq1|bigint|1|1|0")
	for _, denied := range []string{
		"SELECT NEXT VALUE FOR shop.seq1", "SELECT setval(shop.seq1, 9)", "ALTER SEQUENCE shop.seq1 RESTART", "DROP SEQUENCE shop.seq1", "CREATE TABLE tesla.x (a INT DEFAULT (NEXT VALUE FOR shop.seq1))",
	} {
		db.fails("tesla", denied, sqlerr.TableAccessDenied)
	}
	db.ok("root", "GRANT WRITE ON SEQUENCE seq1 TO tesla")
	db.rows("tesla", "SELECT NEXT VALUE FOR shop.seq1, NEXT VALUE FOR shop.seq1", "1|2")
	db.rows("root", "SHOW GRANTS FOR tesla", db.ok("root", "SHOW GRANTS FOR tesla")...)
	db.ok("root", "REVOKE READ ON SEQUENCE seq1 TO tesla")
	db.rows("tesla", "SELECT CURRENT VALUE FOR shop.seq1", "2")
	db.fails("tesla", "SELECT * FROM shop.seq1", sqlerr.TableAccessDenied)
	db.ok("tesla", "PREPARE p FROM 'SELECT NEXT VALUE FOR shop.seq1'")
	db.rows("tesla", "EXECUTE p", "3")
	db.ok("root", "REVOKE WRITE ON SEQUENCE seq1 FROM tesla")
	db.fails("tesla", "EXECUTE p", sqlerr.TableAccessDenied)
	twoWorlds()

	db.ok("root", "GRANT ALTER ON SEQUENCE seq1 TO tesla")
	db.ok("tesla", "ALTER SEQUENCE shop.seq1 RESTART WITH 10")
	db.ok("tesla", "GRANT WRITE ON SEQUENCE shop.seq1 TO curie")
	db.rows("curie", "SELECT NEXT VALUE FOR shop.seq1", "10")
	db.ok("root", "GRANT READ, WRITE ON SCHEMA shop TO curie; CREATE SEQUENCE later")
	db.rows("curie", "SELECT NEXT VALUE FOR shop.later, increment FROM shop.later", "1|1")
	db.fails("curie", "SELECT NEXT VALUE FOR shop.nosuch", sqlerr.UnknownSequence)
}

func sqlError(db *testDB, user, way, name string) string {
	_, err := db.run(user, fmt.Sprintf(way, name))
	if err == nil {
		return ""
	}
	return sqlerr.From(err).Error()
}

// A DEFAULT takes numbers with the right of the table's owner, a program with that of whom it acts for.
func TestSequenceOfAnother(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER einstein IDENTIFIED BY 'pw-einstein-1'; CREATE USER tesla IDENTIFIED BY 'pw-tesla-1'; CREATE DATABASE shop; CREATE SEQUENCE shop.s; GRANT WRITE ON SEQUENCE shop.s TO einstein")
	db.ok("einstein", `USE einstein; CREATE TABLE t (id INT DEFAULT (NEXT VALUE FOR shop.s), v INT); GRANT INSERT, SELECT, ALTER ON t TO tesla;
		CREATE PROCEDURE take() SELECT NEXT VALUE FOR shop.s;
		CREATE FUNCTION one() RETURNS INT BEGIN DECLARE s INT DEFAULT NEXT VALUE FOR shop.s; RETURN s; END;
		CREATE PROCEDURE mine() SQL SECURITY INVOKER SELECT NEXT VALUE FOR shop.s;
		CREATE TABLE g (a INT, b INT); CREATE TRIGGER g BEFORE INSERT ON g FOR EACH ROW SET NEW.b = NEXT VALUE FOR shop.s; GRANT INSERT ON g TO tesla;
		GRANT EXECUTE ON PROCEDURE take TO tesla; GRANT EXECUTE ON FUNCTION one TO tesla; GRANT EXECUTE ON PROCEDURE mine TO tesla`)
	db.ok("tesla", "INSERT INTO einstein.t (v) VALUES (1), (2)")
	db.rows("tesla", "SELECT * FROM einstein.t", "1|1", "2|2")
	db.rows("tesla", "CALL einstein.take()", "3")
	db.rows("tesla", "SELECT einstein.one()", "4")
	db.ok("tesla", "INSERT INTO einstein.g (a) VALUES (1), (2)")
	db.rows("einstein", "SELECT * FROM g", "1|5", "2|6")
	db.fails("tesla", "CALL einstein.mine()", sqlerr.TableAccessDenied)
	db.fails("tesla", "SELECT NEXT VALUE FOR shop.s", sqlerr.TableAccessDenied)
	db.fails("tesla", "ALTER TABLE einstein.t ADD COLUMN w INT DEFAULT (NEXT VALUE FOR shop.s)", sqlerr.TableAccessDenied)
	db.fails("tesla", "ALTER TABLE einstein.t ALTER COLUMN v SET DEFAULT (nextval(shop.s))", sqlerr.TableAccessDenied)

	db.ok("root", "REVOKE WRITE ON SEQUENCE shop.s FROM einstein")
	db.fails("tesla", "INSERT INTO einstein.t (v) VALUES (3)", sqlerr.TableAccessDenied)
	db.fails("tesla", "CALL einstein.take()", sqlerr.TableAccessDenied)
	db.ok("tesla", "INSERT INTO einstein.t VALUES (9, 9)")
	db.rows("root", "SELECT NEXT VALUE FOR shop.s", "7")
}

func TestSequenceInTransactions(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE SEQUENCE s; CREATE TABLE t (a INT)")
	db.ok("root", "START TRANSACTION; INSERT INTO t VALUES (NEXT VALUE FOR s); ROLLBACK")
	db.rows("root", "SELECT NEXT VALUE FOR s", "2")
	db.ok("root", "START TRANSACTION READ ONLY")
	db.fails("root", "SELECT NEXT VALUE FOR s", sqlerr.CantExecuteInReadOnlyTransaction)
	db.rows("root", "SELECT CURRENT VALUE FOR s", "2")
	db.ok("root", "ROLLBACK; INSERT INTO t SELECT NEXT VALUE FOR s FROM (SELECT 1 UNION SELECT 2) x; UPDATE t SET a = a + nextval(s) ORDER BY a")
	db.rows("root", "SELECT a FROM t ORDER BY a", "8", "10")
	db.ok("root", "SET @x = NEXT VALUE FOR s; DO NEXT VALUE FOR s")
	db.rows("root", "SELECT @x, NEXT VALUE FOR s + 1", "7|10")
	db.ok("root", "PREPARE p FROM 'INSERT INTO t VALUES (nextval(s) * ?)'; SET @k = 10; EXECUTE p USING @k; EXECUTE p USING @k")
	db.rows("root", "SELECT a FROM t WHERE a > 10 ORDER BY a", "100", "110")
}

// Whoever alters a sequence while others take its numbers makes none come twice.
func TestSequenceAlteredMeanwhile(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE SEQUENCE d.s CACHE 5")
	users := []string{"u1", "u2", "u3"}
	for _, u := range users {
		db.ok("root", "CREATE USER "+u+" IDENTIFIED BY 'pw-user-1'; GRANT WRITE ON SEQUENCE d.s TO "+u)
		db.ok(u, "SELECT 1")
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	var takers sync.WaitGroup
	for _, u := range users {
		takers.Go(func() {
			for range 150 {
				rows, err := db.run(u, "SELECT NEXT VALUE FOR d.s")
				mu.Lock()
				if err != nil || len(rows) != 1 || seen[rows[0]] {
					t.Errorf("%s took %v, %v", u, rows, err)
				} else {
					seen[rows[0]] = true
				}
				mu.Unlock()
			}
		})
	}
	for i := range 30 {
		db.ok("root", fmt.Sprintf("ALTER SEQUENCE d.s CACHE %d", i%7))
	}
	takers.Wait()
	if len(seen) != 3*150 {
		t.Errorf("%d numbers", len(seen))
	}
	db.ok("root", "ALTER SEQUENCE d.s MINVALUE -5 RESTART WITH -3")
	db.rows("u1", "SELECT NEXT VALUE FOR d.s", "-3")
}

// A table whose DEFAULT is changed, copied or given away takes numbers with the right of whom it belongs to.
func TestSequenceDefaultChanges(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE SEQUENCE s; CREATE TABLE t (a INT, b INT); ALTER TABLE t MODIFY a INT NOT NULL DEFAULT NEXT VALUE FOR s, CHANGE b c INT DEFAULT nextval(d.s)")
	db.ok("root", "INSERT INTO t VALUES (); UPDATE t SET c = DEFAULT; INSERT INTO t (c) VALUES (DEFAULT)")
	db.rows("root", "SELECT * FROM t", "1|3", "4|5")
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-1'; GRANT SELECT ON t TO ann")
	db.ok("ann", "CREATE TABLE ann.t LIKE d.t")
	db.fails("ann", "INSERT INTO ann.t VALUES ()", sqlerr.TableAccessDenied)
	db.ok("ann", "INSERT INTO ann.t VALUES (1, 2)")
	db.ok("root", "GRANT WRITE ON SEQUENCE d.s TO ann")
	db.ok("ann", "INSERT INTO ann.t VALUES ()")
	db.rows("ann", "SELECT * FROM ann.t ORDER BY a", "1|2", "6|7")
	db.ok("root", "ALTER SEQUENCE s RENAME TO s2")
	db.fails("ann", "INSERT INTO ann.t VALUES ()", sqlerr.TableAccessDenied)
	db.fails("root", "INSERT INTO d.t VALUES ()", sqlerr.UnknownSequence)
	db.ok("root", "DROP DATABASE d")
	db.fails("ann", "SELECT NEXT VALUE FOR d.s2", sqlerr.TableAccessDenied)
	if found, err := db.engine.Check(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}
