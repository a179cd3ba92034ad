package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
)

// TestTriggerNames: IF NOT EXISTS, and names that are no reserved words, make triggers that are listed and dropped like
// others; a reserved word is a name only in backticks (MySQL's manual, Keywords and Reserved Words).
func TestTriggerNames(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT); CREATE TABLE d.o (a INT); USE d")
	names := []string{"event", "account", "comment", "password", "`before`", "`a.``b`"}
	for _, name := range names {
		db.ok("root", "CREATE TRIGGER IF NOT EXISTS "+name+" BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NEW.a + 1")
	}
	db.ok("root", "CREATE TRIGGER IF NOT EXISTS d.tg BEFORE INSERT ON d.t FOR EACH ROW SET NEW.a = NEW.a + 1; CREATE TRIGGER IF NOT EXISTS d.tg AFTER INSERT ON d.t FOR EACH ROW SET @a = 1")
	db.rows("root", "SHOW WARNINGS", "Note|1359|Trigger already exists")
	for _, name := range []string{"before", "row", "trigger", "select"} {
		db.fails("root", "CREATE TRIGGER "+name+" BEFORE INSERT ON t FOR EACH ROW SET @a = 1", 1064)
		db.fails("root", "CREATE PROCEDURE "+name+"() SELECT 1", 1064)
		db.fails("root", "CREATE FUNCTION "+name+"() RETURNS INT RETURN 1", 1064)
		db.fails("root", "CREATE EVENT "+name+" ON SCHEDULE EVERY 1 DAY DO SELECT 1", 1064)
	}
	db.fails("root", "CREATE PROCEDURE p(select INT) SELECT 1", 1064)
	db.ok("root", "CREATE PROCEDURE d.row() SELECT 1; DROP PROCEDURE d.row") // behind a dot it is a name
	if got := db.ok("root", "SHOW TRIGGERS"); len(got) != len(names)+1 {
		t.Errorf("shown: %q", got)
	}
	db.rows("root", "SELECT COUNT(*), MAX(event_object_table) FROM information_schema.triggers WHERE trigger_schema = 'd'", "7|t")
	db.ok("root", "INSERT INTO t VALUES (0)")
	db.rows("root", "SELECT a FROM t", "7")
	db.ok("root", "SHOW CREATE TRIGGER event; DROP TRIGGER event; DROP TRIGGER IF EXISTS account; DROP TRIGGER d.comment; DROP TRIGGER `before`; DROP TABLE o; RENAME TABLE t TO u; DROP TRIGGER tg; DROP TABLE u")
	db.rows("root", "SHOW TRIGGERS")
}

// TestUnreadableTrigger: one that an earlier version has kept and nobody reads now is no obstacle to what lists and drops
// others, and can be dropped.
func TestUnreadableTrigger(t *testing.T) {
	for _, drop := range []string{"DROP TRIGGER d.tg", "DROP TABLE d.t", "DROP DATABASE d"} {
		db := newTestDB(t)
		db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (a INT); CREATE TABLE d.o (a INT); CREATE TRIGGER d.tg BEFORE INSERT ON d.t FOR EACH ROW SET NEW.a = 1; CREATE TRIGGER d.og AFTER DELETE ON d.o FOR EACH ROW SET @a = 1")
		err := db.engine.inst.Cat.Update(context.Background(), func(tx *catalog.Tx) error {
			rec := tx.Trigger(tx.Database("d").ID, "tg").Clone()
			rec.Create = "CREATE TRIGGER BEFORE"
			return tx.PutTrigger(rec)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := db.ok("root", "SHOW TRIGGERS FROM d"); len(got) != 2 {
			t.Errorf("shown: %q", got)
		}
		db.rows("root", "SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = 'd' AND trigger_name = 'og'", "og|SET @a = 1")
		db.ok("root", "DROP TABLE d.o; "+drop)
		if got := db.ok("root", "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'd'"); len(got) != 0 {
			t.Errorf("%s left %s", drop, strings.Join(got, ", "))
		}
	}
}

// TestActionOrder: information_schema.triggers counts per table, event and time.
func TestActionOrder(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT); CREATE TABLE u (a INT)")
	for _, c := range []string{"t1 BEFORE INSERT ON t", "u1 BEFORE INSERT ON u", "t2 BEFORE INSERT ON t", "t3 AFTER INSERT ON t", "t4 BEFORE UPDATE ON t", "u2 BEFORE INSERT ON u"} {
		db.ok("root", "CREATE TRIGGER "+c+" FOR EACH ROW SET @a = 1")
	}
	db.ok("root", "CREATE TRIGGER u0 BEFORE INSERT ON u FOR EACH ROW PRECEDES u1 SET @a = 1")
	db.rows("root", "SELECT trigger_name, action_order FROM information_schema.triggers WHERE trigger_schema = 'd' ORDER BY 1",
		"t1|1", "t2|2", "t3|1", "t4|1", "u0|1", "u1|2", "u2|3")
}

// TestNumbersOfPrograms: LAST_INSERT_ID() and FOUND_ROWS() are restored when a function or a trigger ends; what a
// procedure does to them stays (MySQL's manual, Information Functions).
func TestNumbersOfPrograms(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE al (id INT AUTO_INCREMENT PRIMARY KEY, s TEXT); CREATE TABLE pl (a INT PRIMARY KEY, seen INT); CREATE TABLE log (n INT)
		; INSERT INTO al (s) VALUES ('a'), ('b'), ('c'), ('d')
		; CREATE TRIGGER bi BEFORE INSERT ON pl FOR EACH ROW SET NEW.seen = LAST_INSERT_ID()
		; CREATE TRIGGER ai AFTER INSERT ON pl FOR EACH ROW INSERT INTO al (s) VALUES ('x')
		; CREATE TRIGGER au AFTER UPDATE ON pl FOR EACH ROW INSERT INTO al (s) VALUES ('x')
		; CREATE TRIGGER ad AFTER DELETE ON pl FOR EACH ROW SET @last = LAST_INSERT_ID(900)
		; CREATE FUNCTION leaks() RETURNS INT BEGIN DO LAST_INSERT_ID(4242); RETURN LAST_INSERT_ID(); END
		; CREATE FUNCTION adds() RETURNS INT BEGIN INSERT INTO al (s) VALUES ('y'); RETURN LAST_INSERT_ID(); END
		; CREATE FUNCTION finds() RETURNS INT READS SQL DATA BEGIN DECLARE x INT; SELECT id INTO x FROM al LIMIT 1; RETURN FOUND_ROWS(); END
		; CREATE PROCEDURE stays() INSERT INTO al (s) VALUES ('z')
		; CREATE PROCEDURE fires() INSERT INTO pl VALUES (50, 0)`)
	for _, c := range []string{"INSERT INTO pl VALUES (1, 0), (2, 0)", "UPDATE pl SET seen = seen WHERE a = 1; UPDATE pl SET seen = 8 WHERE a = 1", "REPLACE INTO pl VALUES (1, 0)",
		"INSERT INTO pl VALUES (1, 0) ON DUPLICATE KEY UPDATE seen = 9", "DELETE FROM pl WHERE a = 1", "DO leaks()", "SELECT adds() FROM pl LIMIT 1", "SET @x = adds()", "CALL fires()"} {
		db.ok("root", "SET @d = LAST_INSERT_ID(7); "+c)
		db.rows("root", "SELECT LAST_INSERT_ID()", "7")
	}
	db.rows("root", "SELECT DISTINCT seen FROM pl", "7")
	db.rows("root", "SELECT leaks() > 4000, LAST_INSERT_ID()", "1|7")
	db.rows("root", "SELECT adds() > 7, adds() > 8", "1|1")
	db.rows("root", "SELECT LAST_INSERT_ID()", "7")
	db.ok("root", "CALL stays()")
	db.rows("root", "SELECT LAST_INSERT_ID() > 7", "1")
	db.ok("root", "SELECT id FROM al LIMIT 3; INSERT INTO log VALUES (finds())")
	db.rows("root", "SELECT FOUND_ROWS()", "3")
	db.rows("root", "SELECT n FROM log", "1")
}
