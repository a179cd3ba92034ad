package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

func (db *testDB) created(user, name string) string {
	db.t.Helper()
	_, text, _ := strings.Cut(db.ok(user, "SHOW CREATE TABLE "+name)[0], "|")
	return text
}

// What a dump says about a table comes back, and loads again to the same.
func TestDumpClausesAreKept(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d")
	db.ok("root", `CREATE TABLE ev (id int not null, d date not null, t text, KEY k (d) USING BTREE, FULLTEXT KEY ft (t) COMMENT 'x', g point not null, SPATIAL KEY (g))
		ENGINE=MyISAM AUTO_INCREMENT=1 DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC STATS_PERSISTENT=1 COMMENT='events'
		/*!50100 PARTITION BY RANGE (TO_DAYS(d)) (PARTITION p1 VALUES LESS THAN (738000) ENGINE = InnoDB, PARTITION pm VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */`)
	notes := strings.Join(db.ok("root", "SHOW WARNINGS"), "\n")
	for _, want := range []string{"the table option ENGINE", "the table option ROW_FORMAT", "PARTITION BY", "the FULLTEXT key", "the SPATIAL key"} {
		if !strings.Contains(notes, "Note|1235|"+want+" is kept and has no effect") {
			t.Errorf("no note about %s in %q", want, notes)
		}
	}
	text := db.created("root", "ev")
	for _, want := range []string{"ENGINE=MyISAM", "ROW_FORMAT=DYNAMIC", "STATS_PERSISTENT=1", "COMMENT='events'", "FULLTEXT KEY `ft` (`t`) COMMENT 'x'",
		"SPATIAL KEY `g` (`g`)", "/*!50100 PARTITION BY RANGE (TO_DAYS(d))"} {
		if !strings.Contains(text, want) {
			t.Errorf("SHOW CREATE TABLE lacks %s:\n%s", want, text)
		}
	}
	db.ok("root", "RENAME TABLE ev TO old; "+text)
	if again := db.created("root", "ev"); again != text {
		t.Errorf("loaded again:\n%s\nwas\n%s", again, text)
	}
	db.ok("root", "ALTER TABLE ev REMOVE PARTITIONING, ENGINE=InnoDB, ROW_FORMAT=COMPACT, COMMENT='new', ADD COLUMN c INT")
	text = db.created("root", "ev")
	if strings.Contains(text, "PARTITION") || !strings.Contains(text, "ENGINE=InnoDB") || !strings.Contains(text, "ROW_FORMAT=COMPACT") ||
		!strings.Contains(text, "COMMENT='new'") || !strings.Contains(text, "`c` int") {
		t.Error(text)
	}
	db.rows("root", "SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'ev'", "new")
}

// Prepared statements carry the clauses, too, and a table that is there keeps its own.
func TestClausesOfPreparedStatements(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; PREPARE p FROM 'CREATE TABLE IF NOT EXISTS t (a INT) COMMENT=''x'' ROW_FORMAT=COMPACT'; EXECUTE p")
	if text := db.created("root", "t"); !strings.Contains(text, "ROW_FORMAT=COMPACT") {
		t.Error(text)
	}
	db.ok("root", "CREATE TABLE IF NOT EXISTS t (a INT) ROW_FORMAT=DYNAMIC; PREPARE q FROM 'ALTER TABLE t ADD b INT, COMMENT=''y'''; EXECUTE q")
	if text := db.created("root", "t"); !strings.Contains(text, "ROW_FORMAT=COMPACT") || !strings.Contains(text, "COMMENT='y'") {
		t.Error(text)
	}
	stmt, err := db.as("root").Prepare(context.Background(), "ALTER TABLE t COMMENT = 'z'")
	if err != nil {
		t.Fatal(err)
	}
	if text := db.created("root", "t"); !strings.Contains(text, "COMMENT='y'") {
		t.Error("preparing changed the table:", text)
	}
	if _, err := stmt.Execute(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if text := db.created("root", "t"); !strings.Contains(text, "COMMENT='z'") {
		t.Error(text)
	}
}

// Changing what is kept needs ALTER, as every change of a table does.
func TestKeptClausesNeedAlter(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "GRANT SELECT, INSERT ON einstein.t TO tesla")
	db.fails("tesla", "ALTER TABLE einstein.t COMMENT = 'mine'", sqlerr.TableAccessDenied)
	db.fails("tesla", "ALTER TABLE einstein.t FORCE", sqlerr.TableAccessDenied)
	db.fails("tesla", "CREATE FULLTEXT INDEX i ON einstein.t (v)", sqlerr.TableAccessDenied)
	db.fails("mallory", "ALTER TABLE einstein.t ENGINE = InnoDB", sqlerr.TableAccessDenied)
	db.fails("mallory", "ALTER TABLE einstein.nosuch ENGINE = InnoDB", sqlerr.TableAccessDenied)
	db.fails("einstein", "ALTER TABLE einstein.nosuch ENGINE = InnoDB", sqlerr.NoSuchTable)
	db.fails("einstein", "ALTER TABLE einstein.t ADD FULLTEXT KEY (nosuch)", sqlerr.KeyColumnDoesNotExist)
	db.ok("einstein", "ALTER TABLE einstein.t COMMENT = 'mine'")
}

// A CHECK that is to hold again is held against all rows, and keeps its place.
func TestAlterCheck(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT, b INT, CONSTRAINT one CHECK (a > 0), CONSTRAINT two CHECK (b <> 5), UNIQUE KEY k (b))")
	show := func(want string) {
		t.Helper()
		got := strings.Join(db.ok("root", "SELECT GROUP_CONCAT(constraint_name, ' ', enforced ORDER BY constraint_name) FROM information_schema.table_constraints WHERE table_schema = 'd' AND constraint_type = 'CHECK'"), " ")
		if got != want {
			t.Errorf("%s; want %s", got, want)
		}
		text := strings.Join(db.ok("root", "SHOW CREATE TABLE t"), "\n")
		if one, two := strings.Index(text, "`one`"), strings.Index(text, "`two`"); one < 0 || two < one {
			t.Errorf("%s", text)
		}
	}
	show("one YES,two YES")
	db.fails("root", "INSERT INTO t VALUES (0, 1)", sqlerr.CheckConstraintViolated)
	db.ok("root", "ALTER TABLE t ALTER CHECK one NOT ENFORCED")
	show("one NO,two YES")
	db.ok("root", "INSERT INTO t VALUES (0, 1)")
	db.fails("root", "ALTER TABLE t ALTER CHECK one ENFORCED", sqlerr.CheckConstraintViolated)
	db.fails("root", "ALTER TABLE t ADD c INT, ALTER CONSTRAINT one ENFORCED", sqlerr.CheckConstraintViolated)
	show("one NO,two YES")
	db.fails("root", "SELECT c FROM t", sqlerr.BadField)
	db.ok("root", "UPDATE t SET a = 1; ALTER TABLE t ADD c INT, ALTER CONSTRAINT `ONE` ENFORCED, ALTER CHECK two NOT ENFORCED")
	show("one YES,two NO")
	db.fails("root", "INSERT INTO t (a) VALUES (-1)", sqlerr.CheckConstraintViolated)
	db.ok("root", "INSERT INTO t (a, b, c) VALUES (1, 5, 3)")
	db.fails("root", "ALTER TABLE t ALTER CHECK three ENFORCED", sqlerr.CheckConstraintNotFound)
	db.fails("root", "ALTER TABLE t ALTER CONSTRAINT three NOT ENFORCED", sqlerr.ConstraintNotFound)
	db.fails("root", "ALTER TABLE t ALTER CHECK k NOT ENFORCED", sqlerr.CheckConstraintNotFound)
	db.fails("root", "ALTER TABLE t ALTER CHECK one", sqlerr.Syntax)
	db.fails("root", "ALTER TABLE t RENAME TO u, ALTER CHECK one NOT ENFORCED", sqlerr.NotSupportedYet)
	db.ok("root", "CREATE USER eve IDENTIFIED BY 'pw-eve'; GRANT SELECT, INSERT, UPDATE, DELETE ON d.t TO eve")
	db.fails("eve", "ALTER TABLE d.t ALTER CHECK one NOT ENFORCED", sqlerr.TableAccessDenied)
	show("one YES,two NO")
}

func TestAttackD7Clauses(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY, b INT, c TEXT); CREATE TABLE u (a INT PRIMARY KEY)")
	for _, stmt := range []string{
		"ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "CREATE TABLE x (a INT) ENCRYPTION='Y'", "ALTER TABLE t ENCRYPTION='Y'",
		"CREATE DATABASE x ENCRYPTION='Y'", "ALTER DATABASE d ENCRYPTION='Y'", "CREATE TABLE x (a INT INVISIBLE)", "CREATE TABLE x (a INT, KEY k (a) INVISIBLE)",
		"ALTER TABLE t ALTER INDEX k INVISIBLE", "ALTER TABLE t ADD KEY k (b) INVISIBLE", "ALTER TABLE t ALTER COLUMN b SET INVISIBLE",
		"CREATE INDEX i ON t ((a+1))",
		"SELECT * FROM t PARTITION (p0)", "INSERT INTO t PARTITION (p0) VALUES (1,1,'')", "DELETE FROM t PARTITION (p0)", "SELECT * FROM t AS OF '2020-01-01'",
		"SELECT * FROM t FOR UPDATE SKIP LOCKED", "SELECT * FROM t WHERE MATCH (c) AGAINST ('x')", "ANALYZE TABLE t UPDATE HISTOGRAM ON b USING DATA '{}'",
		"ALTER TABLE t DISCARD TABLESPACE", "ALTER TABLE t ORDER BY b",
		"CREATE TABLE x (a INT) DATA DIRECTORY='/tmp'", "CREATE TABLE x (a INT) CONNECTION='mysql://x'", "CREATE TABLE x (a INT) UNION=(t,u)",
		"CREATE TABLE x (a INT, FOREIGN KEY (a) REFERENCES u (a) MATCH FULL)", "CHANGE REPLICATION SOURCE TO SOURCE_HOST='h'", "START REPLICA", "RESET REPLICA",
		"HANDLER t OPEN", "XA START 'x'", "SHOW ENGINE INNODB STATUS",
		"SHOW OPEN TABLES", "SHOW MASTER STATUS", "INSTALL PLUGIN x SONAME 'y'", "CREATE SPATIAL REFERENCE SYSTEM 4120 NAME 'x' DEFINITION 'y'", "IMPORT TABLE FROM 'x'",
		"CREATE PROCEDURE p() BEGIN START REPLICA; END",
		"CREATE PROCEDURE p() BEGIN IF 1 THEN ALTER TABLE t ADD x INT INVISIBLE; END IF; END",
	} {
		db.fails("root", stmt, sqlerr.NotSupportedYet)
	}
	db.fails("root", "ALTER TABLE t ADD x INT, ALGORITHM=INSTANT", sqlerr.AlterOperationNotSupported)
	db.fails("root", "ALTER TABLE t ADD x INT, LOCK=NONE", sqlerr.AlterOperationNotSupported)
	db.fails("root", "EXPLAIN FORMAT=xml SELECT 1", sqlerr.UnknownExplainFormat)
	db.rows("root", "SHOW TABLES", "t", "u")
	db.rows("root", "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'd' AND TABLE_NAME = 't'", "3")
}

// What the grammar refused or forgot, and what works.
func TestClausesWork(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE SCHEMA d; USE d; CREATE TABLE p (id SERIAL PRIMARY KEY, s INT)")
	db.ok("root", "CREATE TABLE c (id INT KEY, p BIGINT UNSIGNED REFERENCES p (id) ON DELETE CASCADE, y YEAR(4), t TEXT(60), KEY USING HASH (y))")
	db.fails("root", "INSERT INTO c (id, p) VALUES (1, 77)", sqlerr.NoReferencedRow)
	db.fails("root", "INSERT INTO c (id) VALUES (1), (1)", sqlerr.DupEntry)
	db.ok("root", "INSERT INTO p VALUES (1, 1), (2, 2), (3, 3); INSERT INTO c (id, p) VALUES (1, 2); DELETE FROM p WHERE id = 2")
	db.rows("root", "SELECT COUNT(*) FROM c", "0")
	db.ok("root", "CREATE TABLE f10 (id INT, name INT, status INT, value INT, date DATE, user INT); ALTER TABLE f10 CHANGE name name2 INT; ALTER TABLE f10 ADD (zone INT, action TEXT(10))")
	db.ok("root", "ALTER TABLE f10 DROP status, MODIFY COLUMN value BIGINT AFTER date")
	db.rows("root", "SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_NAME = 'f10'", "id,name2,date,value,user,zone,action")
	db.ok("root", "CREATE TABLE l (LIKE c); CREATE TABLE q (SELECT 1 AS a); CREATE TABLE r ENGINE=InnoDB AS SELECT 2 AS a")
	db.rows("root", "SELECT a FROM q UNION SELECT a FROM r ORDER BY 1", "1", "2")

	db.ok("root", "CREATE TABLE cv (s VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin); INSERT INTO cv VALUES ('A'); ALTER TABLE cv CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
	db.rows("root", "SELECT COUNT(*) FROM cv WHERE s = 'a'", "1")
	db.ok("root", "CREATE TABLE df (s VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin); INSERT INTO df VALUES ('A'); ALTER TABLE df DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci")
	db.rows("root", "SELECT COUNT(*) FROM df WHERE s = 'a'", "0")
	db.ok("root", "SET NAMES utf8mb4 COLLATE utf8mb4_bin")
	db.rows("root", "SELECT @@collation_connection", "utf8mb4_bin")

	// NOWAIT and OF
	db.ok("root#2", "USE d; BEGIN; SELECT * FROM p WHERE id = 3 FOR UPDATE")
	db.ok("root", "SET innodb_lock_wait_timeout = 1; BEGIN")
	db.fails("root", "SELECT * FROM p FOR UPDATE NOWAIT", sqlerr.LockNowait)
	db.fails("root", "SELECT * FROM p FOR SHARE NOWAIT", sqlerr.LockNowait)
	db.fails("root", "SELECT * FROM p FOR UPDATE", sqlerr.LockWaitTimeout)
	db.ok("root", "SELECT * FROM q JOIN p ON p.s = q.a FOR UPDATE OF q")
	db.fails("root", "SELECT * FROM q JOIN p ON p.s = q.a FOR UPDATE OF nosuch", sqlerr.UnresolvedTableLock)
	db.ok("root#2", "ROLLBACK")
	db.ok("root", "SELECT * FROM p FOR SHARE NOWAIT; COMMIT")
}

// Case files: defaults as they were written, comments, a parent in another database.
func TestShowCreateTable(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; CREATE DATABASE e; USE d; CREATE TABLE t (id int primary key, e enum('privat','firma') not null default 'firma', s set('a','b') default 'b',
		d decimal(6,2) not null default 0.00, v varchar(5) default 'it''s', n int default -5, b bit(3) default b'101', ts timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
		dt datetime default '2020-01-02 03:04:05', x int default (1+2), c char(2) default null, g int as (id*2) stored comment 'gen')COMMENT='no space'`)
	text := db.created("root", "t")
	for _, want := range []string{"`e` enum('privat','firma') NOT NULL DEFAULT 'firma'", "`s` set('a','b') DEFAULT 'b'", "DEFAULT '0.00'", "DEFAULT 'it''s'", "DEFAULT '-5'",
		"DEFAULT b'101'", "DEFAULT '2020-01-02 03:04:05'", "`c` char(2)", "COMMENT 'gen'", "COMMENT='no space'"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	db.ok("root", "USE e; "+text)
	if again := db.created("root", "e.t"); again != text {
		t.Errorf("loaded again:\n%s\nwas\n%s", again, text)
	}
	db.ok("root", "INSERT INTO e.t (id) VALUES (4)")
	db.rows("root", "SELECT e, s, d, v, n, CAST(dt AS CHAR), x, g FROM e.t", "firma|b|0.00|it's|-5|2020-01-02 03:04:05|3|8")
	db.ok("root", "CREATE TABLE e.c (p INT, FOREIGN KEY (p) REFERENCES d.t (id) ON DELETE CASCADE)")
	if text := db.created("root", "e.c"); !strings.Contains(text, "REFERENCES `d`.`t` (`id`) ON DELETE CASCADE") {
		t.Error(text)
	}
}

// Names with a database need no current one, and another current one changes nothing.
func TestRenameFollowsItsNames(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (i INT); CREATE TABLE b.t (j INT); RENAME TABLE a.t TO a.u; ALTER TABLE a.u RENAME TO a.v")
	db.ok("root", "USE b; RENAME TABLE a.v TO a.t; ALTER TABLE a.t RENAME a.w")
	db.rows("root", "SHOW TABLES FROM a", "w")
	db.rows("root", "SHOW TABLES FROM b", "t")
	db.fails("root", "RENAME TABLE a.w TO b.w", sqlerr.NotSupportedYet)
	db.fails("root", "RENAME TABLE a.w TO a.x, b.t TO b.x", sqlerr.NotSupportedYet)
	db.fails("root", "ALTER TABLE a.w RENAME TO a.x, COMMENT = 'x'", sqlerr.NotSupportedYet)
	db.ok("root", "RENAME TABLE t TO x, x TO y")
	db.rows("root", "SHOW TABLES FROM b", "y")
}
