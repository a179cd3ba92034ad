package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestAttackR3 is about the text of a view: who may only SELECT from it sees
// neither its definition nor what is below it.
func TestAttackR3TextOfAView(t *testing.T) {
	db := vault(t)
	db.ok("owner", `USE owner; CREATE VIEW cv AS SELECT id FROM v WHERE secret <> 'constant'; GRANT SELECT ON owner.cv TO viewer;
		GRANT SELECT, SHOW VIEW ON owner.cv TO reader`)
	for text, number := range map[string]sqlerr.Code{
		"SHOW CREATE VIEW owner.cv":                     sqlerr.TableAccessDenied,
		"SHOW CREATE TABLE owner.cv":                    sqlerr.TableAccessDenied,
		"EXPLAIN SELECT * FROM owner.cv":                sqlerr.ViewNoExplain,
		"EXPLAIN FORMAT=TREE SELECT * FROM owner.cv":    sqlerr.ViewNoExplain,
		"EXPLAIN PLAN SELECT * FROM owner.cv":           sqlerr.ViewNoExplain,
		"EXPLAIN ANALYZE SELECT * FROM owner.cv":        sqlerr.ViewNoExplain,
		"EXPLAIN SELECT (SELECT max(id) FROM owner.cv)": sqlerr.ViewNoExplain,
	} {
		db.fails("viewer", text, number)
	}
	db.rows("viewer", "SELECT table_name, view_definition, definer FROM information_schema.views WHERE table_schema = 'owner' AND table_name = 'cv'", "cv||")
	db.rows("viewer", "SELECT count(*) FROM owner.cv", "2")
	for _, user := range []string{"owner", "reader", "root"} {
		if got := strings.Join(db.ok(user, "SHOW CREATE VIEW owner.cv"), ""); !strings.Contains(got, "constant") {
			t.Errorf("%s> %s", user, got)
		}
		db.rows(user, "SELECT view_definition <> '' FROM information_schema.views WHERE table_name = 'cv'", "1")
		db.ok(user, "EXPLAIN SELECT * FROM owner.cv")
	}
	db.fails("owner", "SHOW CREATE VIEW owner.v", sqlerr.WrongObject)
	db.fails("viewer", "SHOW CREATE VIEW owner.nothing", sqlerr.TableAccessDenied) // as of one that is hidden
}

// The text of a procedure: EXECUTE tells that it exists.
func TestShowCreateProcedure(t *testing.T) {
	db := vault(t)
	db.ok("owner", "USE owner; CREATE PROCEDURE rp() SELECT secret FROM v WHERE secret <> 'constant'; GRANT EXECUTE ON PROCEDURE owner.rp TO viewer")
	if got := strings.Join(db.ok("viewer", "SHOW CREATE PROCEDURE owner.rp"), ""); !strings.HasPrefix(got, "rp|") || strings.Contains(got, "constant") {
		t.Error(got)
	}
	if got := strings.Join(db.ok("owner", "SHOW CREATE PROCEDURE owner.rp"), ""); !strings.Contains(got, "constant") {
		t.Error(got)
	}
	db.fails("updater", "SHOW CREATE PROCEDURE owner.rp", sqlerr.SPDoesNotExist)
}

// SHOW CREATE of a view ends no transaction and keeps its savepoints.
func TestShowCreateViewKeepsTheTransaction(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY); CREATE VIEW v AS SELECT a FROM t")
	for _, show := range []string{"SHOW CREATE VIEW v", "SHOW CREATE TABLE v", "SHOW CREATE TABLE t", "SELECT * FROM v", "SHOW TABLE STATUS", "SHOW TRIGGERS", "EXPLAIN SELECT * FROM v"} {
		db.ok("root", "START TRANSACTION; INSERT INTO t VALUES (1); SAVEPOINT sp; INSERT INTO t VALUES (2); "+show+"; ROLLBACK TO SAVEPOINT sp")
		db.rows("root", "SELECT * FROM t", "1")
		db.ok("root", "ROLLBACK")
		db.rows("root", "SELECT count(*) FROM t", "0")
	}
}

// TestAttackR4: how many rows there are is for who may read them.
func TestAttackR4RowCounts(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER ins IDENTIFIED BY 'x', meta IDENTIFIED BY 'x', sel IDENTIFIED BY 'x'; CREATE DATABASE d; USE d;
		CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT, KEY (v)); INSERT INTO t (v) VALUES (1),(2),(3);
		GRANT INSERT ON d.t TO ins; GRANT METADATA ON d.t TO meta; GRANT SELECT ON d.t TO sel`)
	db.ok("root", "ANALYZE TABLE d.t UPDATE HISTOGRAM ON v WITH 4 BUCKETS; CREATE DATABASE e; CREATE VIEW e.w AS SELECT v FROM d.t; GRANT SELECT ON e.w TO ins, meta")
	histograms := "SELECT COUNT(*) FROM information_schema.column_statistics WHERE schema_name = 'd'"
	db.rows("root", histograms, "1")
	for _, user := range []string{"ins", "meta"} {
		db.rows(user, histograms, "0")
		db.fails(user, "EXPLAIN SELECT * FROM e.w", sqlerr.ViewNoExplain)
	}
	count := "SELECT table_rows, avg_row_length, data_length, auto_increment, checksum FROM information_schema.tables WHERE table_name = 't'"
	for _, user := range []string{"ins", "meta"} {
		db.rows(user, count, "NULL|NULL|NULL|NULL|NULL")
		db.rows(user, "SELECT count(cardinality) FROM information_schema.statistics WHERE table_name = 't'", "0")
		if got := strings.Split(db.ok(user, "SHOW TABLE STATUS FROM d LIKE 't'")[0], "|"); got[0] != "t" || got[4] != "NULL" || got[6] != "NULL" || got[10] != "NULL" {
			t.Errorf("%s sees %q", user, got)
		}
		if _, err := db.run(user, "ANALYZE TABLE d.t"); err == nil {
			t.Errorf("%s may ANALYZE", user)
		}
		// A checksum of rows is for those who may read them.
		for _, text := range []string{"CHECKSUM TABLE d.t", "CHECKSUM TABLE d.t QUICK", "CHECKSUM TABLE d.t EXTENDED"} {
			db.fails(user, text, sqlerr.TableAccessDenied)
			db.ok("root", text)
		}
	}
	if got := db.ok("sel", count)[0]; strings.HasPrefix(got, "NULL") {
		t.Errorf("who may SELECT sees %s", got)
	}
	db.rows("root", "SELECT Name, `Rows` > 0 FROM (SELECT 1) x JOIN (SELECT table_name AS Name, table_rows AS `Rows` FROM information_schema.tables WHERE table_schema = 'd') y", "t|1")
	db.rows("root", "SHOW TABLE STATUS FROM d WHERE Name = 'nothing'")
	db.fails("ins", "SHOW TABLE STATUS FROM nowhere", sqlerr.DBAccessDenied)
}

// TestAttackR5 gives one right each to somebody and looks at everything that
// shows something: an object shows what the right is about, no more.
func TestAttackR5OneRightEach(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE shop; USE shop; CREATE TABLE orders (id INT PRIMARY KEY, card VARCHAR(20) DEFAULT 'deflt'); INSERT INTO orders VALUES (1,'c');
		CREATE TABLE log (id INT PRIMARY KEY); CREATE VIEW vip AS SELECT id FROM orders WHERE card <> 'viewconst';
		CREATE PROCEDURE pay() SELECT 'bodyconst'; CREATE TRIGGER trg AFTER INSERT ON orders FOR EACH ROW INSERT INTO log VALUES (NEW.id + 4711)`)
	looks := []string{
		"SHOW TABLES FROM shop", "SHOW FULL TABLES FROM shop", "SHOW COLUMNS FROM shop.orders", "SHOW CREATE TABLE shop.orders", "SHOW CREATE VIEW shop.vip",
		"SHOW CREATE PROCEDURE shop.pay", "SHOW INDEX FROM shop.orders", "SHOW TABLE STATUS FROM shop", "SHOW TRIGGERS FROM shop", "SHOW CREATE TRIGGER shop.trg",
		"SHOW PROCEDURE STATUS", "DESCRIBE shop.orders", "EXPLAIN SELECT * FROM shop.orders", "EXPLAIN SELECT * FROM shop.vip", "SELECT * FROM shop.orders",
		"SELECT * FROM information_schema.tables WHERE table_schema = 'shop'", "SELECT * FROM information_schema.columns WHERE table_schema = 'shop'",
		"SELECT * FROM information_schema.views WHERE table_schema = 'shop'", "SELECT * FROM information_schema.routines WHERE routine_schema = 'shop'",
		"SELECT * FROM information_schema.triggers WHERE trigger_schema = 'shop'", "SELECT * FROM information_schema.statistics WHERE table_schema = 'shop'",
		"SELECT * FROM information_schema.key_column_usage WHERE table_schema = 'shop'", "SELECT * FROM information_schema.table_constraints WHERE table_schema = 'shop'",
		"SELECT * FROM information_schema.parameters WHERE specific_schema = 'shop'", "SELECT * FROM information_schema.check_constraints WHERE constraint_schema = 'shop'",
		"SELECT * FROM information_schema.partitions WHERE table_schema = 'shop'", "SELECT * FROM information_schema.column_statistics WHERE schema_name = 'shop'",
		"SELECT * FROM information_schema.table_privileges WHERE table_schema = 'shop'", "SELECT * FROM information_schema.innodb_tables",
		"SELECT * FROM information_schema.tables_extensions WHERE table_schema = 'shop'", "SELECT * FROM information_schema.columns_extensions WHERE table_schema = 'shop'",
		"SELECT * FROM shop.nothing", "SELECT * FROM shop.log",
	}
	secrets := []string{"orders", "card", "deflt", "vip", "viewconst", "pay", "bodyconst", "trg", "4711", "log"}
	for i, c := range []struct {
		right string
		shows []string
	}{
		{"SHOW DATABASES ON *.*", nil}, {"SYSTEM CREATE", nil}, {"EVENT ON shop.*", nil}, {"CREATE ON shop.*", nil}, {"CREATE VIEW ON shop.*", nil},
		{"CREATE ROUTINE ON shop.*", nil}, {"PROCESS ON *.*", nil},
		{"EXECUTE ON shop.*", []string{"pay"}}, {"EXECUTE ON PROCEDURE shop.pay", []string{"pay"}},
		{"INSERT ON shop.log", []string{"log"}}, {"REFERENCES ON shop.log", []string{"log"}}, {"SELECT ON shop.vip", []string{"vip"}},
	} {
		user := "u" + itoa(i)
		db.ok("root", "CREATE USER "+user+" IDENTIFIED BY 'x'; GRANT "+c.right+" TO "+user)
		for _, text := range looks {
			rows, err := db.run(user, text)
			said := strings.Join(rows, "\n")
			if err != nil {
				said += strings.NewReplacer("shop.", "", "'orders'", "", "'vip'", "", "'log'", "", "pay", "").Replace(err.Error())
			}
			for _, secret := range secrets {
				allowed := false
				for _, a := range c.shows {
					allowed = allowed || a == secret
				}
				if !allowed && strings.Contains(said, secret) && !strings.Contains(text, "shop."+secret) {
					t.Errorf("%s> %s shows %q: %s", c.right, text, secret, said)
				}
			}
			if err == nil && len(rows) > 0 && strings.Contains(text, "shop.orders") {
				t.Errorf("%s> %s: %q", c.right, text, rows)
			}
		}
		if len(c.shows) == 0 { // there or not looks the same
			_, there := db.run(user, "SELECT * FROM shop.orders")
			_, absent := db.run(user, "SELECT * FROM shop.ordexx")
			if there == nil || absent == nil || strings.ReplaceAll(there.Error(), "orders", "ordexx") != absent.Error() {
				t.Errorf("%s: %v, but of a table that is not there: %v", c.right, there, absent)
			}
		}
	}
}

// TestAttackR6: a foreign key into a database that is hidden.
func TestAttackR6HiddenParent(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER u IDENTIFIED BY 'x'; CREATE DATABASE hidden; CREATE TABLE hidden.secretparent (id INT PRIMARY KEY);
		CREATE DATABASE d; CREATE TABLE d.c (id INT PRIMARY KEY, pid INT, CONSTRAINT f FOREIGN KEY (pid) REFERENCES hidden.secretparent (id)); GRANT SELECT ON d.c TO u`)
	db.rows("u", "SELECT constraint_name, unique_constraint_schema, unique_constraint_name, referenced_table_name FROM information_schema.referential_constraints", "f|NULL|NULL|NULL")
	db.rows("u", "SELECT column_name, referenced_table_schema, referenced_table_name FROM information_schema.key_column_usage WHERE constraint_name = 'f'", "pid|NULL|NULL")
	db.rows("u", "SELECT constraint_name FROM information_schema.table_constraints WHERE constraint_type = 'FOREIGN KEY'", "f")
	db.rows("root", "SELECT constraint_name, unique_constraint_schema, unique_constraint_name, referenced_table_name FROM information_schema.referential_constraints WHERE constraint_schema = 'd'",
		"f|hidden|PRIMARY|secretparent")
	if got := strings.Join(db.ok("u", "SHOW CREATE TABLE d.c"), ""); strings.Contains(got, "secretparent") || strings.Contains(got, "hidden") {
		t.Error(got)
	}
	if got := strings.Join(db.ok("root", "SHOW CREATE TABLE d.c"), ""); !strings.Contains(got, "`hidden`.`secretparent`") {
		t.Error(got)
	}
}

// The privileges that information_schema shows are one's own; an administrator
// of users sees everybody's.
func TestInformationSchemaPrivileges(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER ann IDENTIFIED BY 'x', bob IDENTIFIED BY 'x'; CREATE DATABASE d; CREATE TABLE d.t (id INT);
		GRANT SELECT ON d.t TO ann; GRANT INSERT, UPDATE ON d.* TO ann WITH GRANT OPTION; GRANT DELETE ON d.t TO bob; GRANT PROCESS ON *.* TO bob`)
	db.rows("ann", "SELECT grantee, table_schema, table_name, privilege_type, is_grantable FROM information_schema.table_privileges WHERE table_schema = 'd'", "'ann'@'%'|d|t|SELECT|NO")
	db.rows("ann", "SELECT privilege_type, is_grantable FROM information_schema.schema_privileges WHERE table_schema = 'd' ORDER BY 1", "INSERT|YES", "UPDATE|YES")
	db.rows("ann", "SELECT grantee, privilege_type FROM information_schema.user_privileges", "'ann'@'%'|USAGE")
	db.rows("bob", "SELECT grantee, privilege_type FROM information_schema.user_privileges", "'bob'@'%'|PROCESS")
	db.rows("ann", "SELECT count(*) FROM information_schema.column_privileges", "0")
	db.rows("root", "SELECT grantee FROM information_schema.table_privileges WHERE table_schema = 'd' AND table_name = 't' AND grantee <> '''root''@''%''' ORDER BY 1", "'ann'@'%'", "'bob'@'%'")
}

func TestShowTriggersFrom(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE a; CREATE DATABASE b; USE a; CREATE TABLE t (id INT); CREATE TRIGGER ta BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 1;
		USE b; CREATE TABLE t (id INT); CREATE TRIGGER tb BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 1`)
	for from, want := range map[string]string{"FROM a": "ta", "FROM b": "tb", "": "tb", "FROM a LIKE 't'": "ta", "FROM a WHERE `Trigger` = 'ta'": "ta"} {
		got := db.ok("root", "SHOW TRIGGERS "+from)
		if len(got) != 1 || !strings.HasPrefix(got[0], want+"|INSERT|t|") {
			t.Errorf("%s: %q", from, got)
		}
	}
	db.rows("root", "SHOW TRIGGERS FROM a LIKE 'nothing'")
}
