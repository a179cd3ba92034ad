package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// bait is a table of mallory's that others fill, with a place for what she gets.
func bait(t *testing.T) *testDB {
	db := lab(t)
	db.ok("mallory", `USE mallory; CREATE TABLE bait (id INT PRIMARY KEY); CREATE TABLE loot (a TEXT);
		CREATE PROCEDURE steal() INSERT INTO mallory.loot SELECT v FROM einstein.t;
		GRANT SELECT, INSERT ON mallory.bait TO einstein`)
	db.ok("root", "USE mallory")
	db.ok("einstein", "USE mallory")
	return db
}

// A body acts for its definer, whoever fires it, and leaves the caller's session and
// transaction alone.
func TestAttackTriggerBodies(t *testing.T) {
	db := bait(t)
	on := "CREATE TRIGGER tr AFTER INSERT ON bait FOR EACH ROW "
	for _, body := range []string{
		"BEGIN CASE NEW.id WHEN 1 THEN CALL mallory.steal(); ELSE DROP TABLE t; END CASE; END",
		"BEGIN WHILE NEW.id > 0 DO BEGIN DROP TABLE t; END; END WHILE; END",
		"SET GLOBAL max_connections = 7",
		"SET @@session.sql_mode = 'ANSI_QUOTES'",
		"SET sql_mode = 'ANSI_QUOTES'",
		"BEGIN DECLARE x INT; SET x = 1, autocommit = 0; END",
		"BEGIN DROP TABLE t; END",
		"BEGIN TRUNCATE TABLE t; END",
		"BEGIN ALTER TABLE t ADD COLUMN c INT; END",
		"BEGIN COMMIT; END",
		"BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION ROLLBACK; END",
		"BEGIN PREPARE s FROM 'GRANT ALL ON einstein.t TO mallory'; EXECUTE s; END",
		"GRANT ALL ON einstein.t TO mallory",
	} {
		if _, err := db.run("mallory", on+body); err == nil {
			t.Errorf("mallory> %s%s: accepted", on, body)
			db.ok("mallory", "DROP TRIGGER tr")
		}
	}
	for _, body := range []string{
		"CALL mallory.steal()",
		"BEGIN CALL mallory.steal(); END",
		"BEGIN IF NEW.id > 0 THEN CALL mallory.steal(); END IF; END",
		"BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION CALL mallory.steal(); INSERT INTO nosuch VALUES (1); END",
		"INSERT INTO loot SELECT table_name FROM information_schema.tables WHERE table_schema = 'einstein'",
		"BEGIN IF (SELECT count(*) FROM information_schema.tables WHERE table_schema = 'einstein') > 0 THEN INSERT INTO loot VALUES ('seen'); END IF; END",
	} {
		db.ok("mallory", on+body)
		_, _ = db.run("root", "INSERT INTO mallory.bait VALUES (71)")
		_, _ = db.run("einstein", "INSERT INTO mallory.bait VALUES (72)")
		db.rows("mallory", "SELECT a FROM loot")
		db.ok("mallory", "DROP TRIGGER tr; DELETE FROM bait")
	}
	db.ok("mallory", on+"BEGIN DECLARE x INT DEFAULT 0; SET x = NEW.id, @y = x; INSERT INTO loot VALUES (x); END")
	db.ok("root", "INSERT INTO mallory.bait VALUES (1)")
	db.rows("mallory", "SELECT a FROM loot", "1")
}

// What a trigger reads through a view is opened for the trigger's definer.
func TestAttackTriggerReadsThroughViews(t *testing.T) {
	db := bait(t)
	db.ok("einstein", "GRANT SELECT ON einstein.t TO mallory")
	db.ok("mallory", `CREATE SQL SECURITY INVOKER VIEW iv AS SELECT v FROM einstein.t;
		CREATE VIEW meta AS SELECT table_name FROM information_schema.tables;
		CREATE TRIGGER tr AFTER INSERT ON bait FOR EACH ROW INSERT INTO mallory.loot SELECT v FROM mallory.iv`)
	db.ok("einstein", "REVOKE SELECT ON einstein.t FROM mallory")
	_, _ = db.run("einstein", "INSERT INTO mallory.bait VALUES (1)")
	_, _ = db.run("root", "INSERT INTO mallory.bait VALUES (2)")
	db.ok("mallory", `DROP TRIGGER tr;
		CREATE TRIGGER tr AFTER INSERT ON bait FOR EACH ROW INSERT INTO mallory.loot SELECT table_name FROM mallory.meta`)
	db.ok("einstein", "INSERT INTO mallory.bait VALUES (3)")
	db.rows("mallory", "SELECT a FROM loot WHERE a IN (SELECT table_name FROM information_schema.tables WHERE table_schema = 'einstein')")
	db.rows("mallory", "SELECT a FROM loot WHERE a NOT IN (SELECT table_name FROM information_schema.tables)")
	db.ok("mallory", "DROP TRIGGER tr")
}

// The rights that a trigger needs on its table are asked when it is made and
// whenever it fires.
func TestAttackTriggerOutlivesItsRight(t *testing.T) {
	db := lab(t)
	spy := "CREATE TRIGGER einstein.spy BEFORE INSERT ON einstein.t FOR EACH ROW INSERT INTO mallory.loot VALUES (NEW.v)"
	db.ok("mallory", "USE mallory; CREATE TABLE loot (a INT)")
	db.ok("einstein", "GRANT TRIGGER ON einstein.t TO mallory")
	db.fails("mallory", spy, sqlerr.TableAccessDenied)
	db.fails("mallory", "CREATE TRIGGER einstein.spy BEFORE INSERT ON einstein.t FOR EACH ROW SET NEW.v = 6", sqlerr.TableAccessDenied)
	db.ok("einstein", "GRANT SELECT ON einstein.t TO mallory; CREATE TABLE einstein.other (id INT)")
	db.ok("mallory", spy)
	db.ok("einstein", "INSERT INTO einstein.t VALUES (8, 80); REVOKE TRIGGER ON einstein.t FROM mallory")
	db.fails("einstein", "INSERT INTO einstein.t VALUES (9, 90)", sqlerr.TableAccessDenied)
	db.ok("einstein", "INSERT INTO einstein.other VALUES (1)") // one broken trigger stops one table
	db.ok("einstein", "DROP TRIGGER einstein.spy; INSERT INTO einstein.t VALUES (9, 90)")
	db.rows("mallory", "SELECT a FROM loot", "80")
}

// Triggers fire whatever the session sees, and whatever its current database is.
func TestAttackTriggerIsNotFired(t *testing.T) {
	db := lab(t)
	no := "FOR EACH ROW BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END"
	db.ok("einstein", `CREATE TABLE log (id INT); CREATE TABLE deep (id INT);
		CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (NEW.id);
		CREATE TRIGGER b AFTER INSERT ON log FOR EACH ROW INSERT INTO deep VALUES (NEW.id);
		GRANT SELECT, INSERT, UPDATE, DELETE ON einstein.t TO tesla`)
	db.ok("tesla", "INSERT INTO einstein.t VALUES (4, 40); USE tesla; INSERT INTO einstein.t VALUES (5, 50)")
	db.rows("einstein", "SELECT id FROM deep ORDER BY id", "4", "5")
	db.ok("einstein", "CREATE TRIGGER u BEFORE UPDATE ON t "+no+"; CREATE TRIGGER d BEFORE DELETE ON t "+no)
	for _, change := range []string{
		"UPDATE einstein.t SET v = 1 WHERE id = 1",
		"UPDATE einstein.t a JOIN (SELECT 1 id) d ON a.id = d.id SET a.v = 1",
		"DELETE FROM einstein.t WHERE id = 1",
		"DELETE a FROM einstein.t a JOIN (SELECT 1 id) d ON a.id = d.id",
		"INSERT INTO einstein.t VALUES (1, 5) ON DUPLICATE KEY UPDATE v = 1",
		"REPLACE INTO einstein.t VALUES (1, 1)",
	} {
		for _, current := range []string{"tesla", "einstein"} {
			db.ok("tesla", "USE "+current)
			if _, err := db.run("tesla", change); err == nil {
				t.Errorf("in %s: %s went past the trigger", current, change)
			}
		}
	}
	db.rows("einstein", "SELECT v FROM t WHERE id = 1", "10")
}

// Views that stand for themselves, or for too many, and procedures that call
// themselves must not take the server with them.
func TestAttackRecursion(t *testing.T) {
	db := lab(t)
	db.ok("mallory", `USE mallory; CREATE VIEW a AS SELECT 1 x; CREATE VIEW b AS SELECT * FROM a;
		CREATE PROCEDURE p() CALL p()`)
	db.fails("mallory", "CREATE OR REPLACE VIEW a AS SELECT * FROM b", sqlerr.ViewRecursive)
	db.rows("mallory", "SELECT * FROM a", "1")
	db.fails("mallory", "CALL p()", sqlerr.SPRecursionLimit)
	db.ok("mallory", "CREATE VIEW v0 AS SELECT 1 x")
	var err error
	for i := 1; i < 30 && err == nil; i++ {
		_, err = db.run("mallory", "CREATE VIEW v"+itoa(i)+" AS SELECT a.x FROM v"+itoa(i-1)+" a, v"+itoa(i-1)+" b")
	}
	wantNumber(t, err, sqlerr.ViewRecursive)
}

// A view in the statement does not show which databases there are.
func TestAttackViewShowsDatabases(t *testing.T) {
	db := lab(t)
	db.ok("mallory", "CREATE VIEW mallory.one AS SELECT 1 x")
	db.rows("mallory", "SELECT schema_name FROM mallory.one, information_schema.schemata ORDER BY 1", "information_schema", "mallory")
}

// Statements in a routine's body are checked as if they stood alone.
func TestAttackRoutineBodies(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE hidden (secret_column INT PRIMARY KEY); GRANT INSERT ON einstein.t TO mallory")
	db.ok("mallory", "USE mallory")
	for _, body := range []string{
		"CREATE TABLE c (id INT, FOREIGN KEY (id) REFERENCES einstein.t(id))",
		"CREATE TABLE c LIKE einstein.hidden",
		"TRUNCATE TABLE einstein.t",
		"SHOW CREATE TABLE einstein.hidden",
		"CASE (SELECT max(v) FROM einstein.t) WHEN 30 THEN SELECT 1; ELSE SELECT 2; END CASE",
	} {
		db.ok("mallory", "CREATE PROCEDURE p() BEGIN "+body+"; END")
		db.fails("mallory", "CALL p()", sqlerr.TableAccessDenied)
		db.ok("mallory", "DROP PROCEDURE p")
	}
}

// Whoever may write and not read learns nothing by writing.
func TestAttackWritersRead(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "GRANT WRITE ON TABLE einstein.t TO mallory")
	for _, probe := range []string{
		"INSERT INTO einstein.t VALUES (1, 0) ON DUPLICATE KEY UPDATE v = LAST_INSERT_ID(v)",
		"INSERT INTO einstein.t VALUES (1, 0) ON DUPLICATE KEY UPDATE v = IF(v > 5, v, v + 1)",
		"UPDATE einstein.t t JOIN (SELECT 20 AS v) d USING (v) SET t.id = 2",
		"UPDATE einstein.t t NATURAL JOIN (SELECT 20 AS v) d SET t.id = 2",
		"DELETE t FROM einstein.t t JOIN (SELECT 20 AS v) d ON d.v = t.v",
		"DELETE t FROM einstein.t t JOIN (SELECT 20 AS v) d USING (v)",
		"UPDATE einstein.t SET v = LAST_INSERT_ID(v)",
		"DELETE FROM einstein.t WHERE v = 20",
		"UPDATE einstein.t SET v = 1 ORDER BY v LIMIT 1",
	} {
		db.fails("mallory", probe, sqlerr.TableAccessDenied)
	}
	db.ok("mallory", "INSERT INTO einstein.t VALUES (1, 11) ON DUPLICATE KEY UPDATE v = VALUES(v)")
	db.rows("einstein", "SELECT v FROM t ORDER BY id", "11", "20", "30")
}
