package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// whole is what can be seen of a table: its definition, its rows, its indexes,
// its next number.
func (db *testDB) whole(table string) string {
	db.t.Helper()
	out := db.ok("root", "SHOW CREATE TABLE "+table)
	out = append(out, db.ok("root", "SELECT * FROM "+table+" ORDER BY 1")...)
	out = append(out, db.ok("root", "SHOW INDEX FROM "+table)...)
	return strings.Join(out, "\n")
}

// TestAttackD4 runs ALTERs whose last clause fails: the table stays as it was,
// whatever the clauses before have done.
func TestAttackD4AlterIsAllOrNothing(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d;
		CREATE TABLE p (id INT PRIMARY KEY, u INT UNIQUE);
		INSERT INTO p VALUES (1,1),(2,2);
		CREATE TABLE s (id INT PRIMARY KEY AUTO_INCREMENT, n INT DEFAULT 3, secret VARCHAR(20), pid INT,
			KEY kn (n), CONSTRAINT c1 CHECK (n < 100), CONSTRAINT f1 FOREIGN KEY (pid) REFERENCES p (id));
		INSERT INTO s VALUES (1,1,'x',1),(2,1,'x',2);
		CREATE TABLE other (id INT PRIMARY KEY)`)
	good := []string{
		"DROP COLUMN n", "ADD COLUMN m INT", "ADD COLUMN m INT NOT NULL DEFAULT 5 FIRST", "ADD COLUMN m INT AS (n + 1) STORED", "DROP PRIMARY KEY, MODIFY id INT NOT NULL",
		"MODIFY n BIGINT", "CHANGE n nn INT", "RENAME COLUMN n TO nn", "ALTER COLUMN n SET DEFAULT 9", "ALTER COLUMN n DROP DEFAULT",
		"ADD KEY kk (n)", "ADD UNIQUE ku (id, n)", "DROP KEY kn", "RENAME INDEX kn TO kx", "ADD CONSTRAINT c2 CHECK (n > 0)", "DROP CHECK c1",
		"ADD CONSTRAINT f2 FOREIGN KEY (n) REFERENCES p (u)", "DROP FOREIGN KEY f1", "AUTO_INCREMENT = 50", "RENAME TO s2",
		"CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
	}
	bad := []string{"MODIFY secret INT", "ADD UNIQUE (secret)", "ADD CONSTRAINT cx CHECK (secret = 'y')", "MODIFY secret ENUM('y')"}
	before := db.whole("d.s")
	for i, g := range good {
		text := "ALTER TABLE d.s " + g + ", " + bad[i%len(bad)]
		if _, err := db.run("root", text); err == nil {
			t.Fatalf("%s went well", text)
		}
		if after := db.whole("d.s"); after != before {
			t.Fatalf("%s changed the table\nbefore %s\nafter  %s", text, before, after)
		}
	}
	// The same clauses with one that goes well, all at once.
	db.ok("root", "ALTER TABLE d.s ADD COLUMN m INT NOT NULL DEFAULT 5 FIRST, MODIFY n BIGINT, ADD KEY kk (n), ADD UNIQUE ku (id, n), DROP KEY kn, DROP CHECK c1, AUTO_INCREMENT = 50")
	db.ok("root", "INSERT INTO d.s (n) VALUES (4)")
	db.rows("root", "SELECT m, id, n FROM d.s ORDER BY id", "5|1|1", "5|2|1", "5|50|4")
	db.rows("root", "SELECT id FROM d.s FORCE INDEX (kk) WHERE n = 4", "50")
}

// A clause finds the columns as those before it leave them.
func TestAlterClausesFindTheirColumns(t *testing.T) {
	for text, want := range map[string]string{
		"ADD COLUMN m INT NOT NULL DEFAULT 5 FIRST, MODIFY n BIGINT":                       "5|1|11|x",
		"ADD COLUMN m VARCHAR(9) FIRST, MODIFY secret VARCHAR(30)":                         "NULL|1|11|x",
		"ADD COLUMN m INT FIRST, ADD COLUMN k BIGINT NOT NULL DEFAULT 4 AFTER n":           "NULL|1|11|4|x",
		"ADD COLUMN m INT FIRST, DROP PRIMARY KEY, ADD PRIMARY KEY (n)":                    "NULL|1|11|x",
		"ADD COLUMN m INT FIRST, DROP COLUMN secret":                                       "NULL|1|11",
		"MODIFY secret VARCHAR(20) FIRST, ADD COLUMN k BIGINT NOT NULL DEFAULT 4 AFTER id": "x|1|4|11",
		"CHANGE n nn BIGINT FIRST, MODIFY secret VARCHAR(5) NOT NULL":                      "11|1|x",
		"DROP COLUMN n, MODIFY secret VARCHAR(30) FIRST, ADD k INT AS (id + 1) STORED":     "x|1|2",
	} {
		db := newTestDB(t)
		db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE s (id INT PRIMARY KEY, n INT, secret VARCHAR(20)); INSERT INTO s VALUES (1,11,'x')")
		db.ok("root", "ALTER TABLE s "+text)
		db.rows("root", "SELECT * FROM s", want)
	}
}

func TestAttackD5PrimaryKeyStays(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE s (id INT PRIMARY KEY, secret INT); INSERT INTO s VALUES (1,7),(2,7)")
	before := db.whole("d.s")
	db.fails("root", "ALTER TABLE d.s DROP PRIMARY KEY, ADD PRIMARY KEY (secret)", sqlerr.DupEntry)
	if after := db.whole("d.s"); after != before {
		t.Errorf("before %s\nafter  %s", before, after)
	}
	db.ok("root", "UPDATE d.s SET secret = id; ALTER TABLE d.s DROP PRIMARY KEY, ADD PRIMARY KEY (secret)")
	db.fails("root", "INSERT INTO d.s VALUES (9,2)", sqlerr.DupEntry)
}

// Statements over several objects are one change, too.
func TestAttackD4StatementsOverSeveralObjects(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY, v INT);
		INSERT INTO c VALUES (1,1),(2,1); CREATE VIEW v AS SELECT 1; CREATE VIEW w AS SELECT 2`)
	tables := func() string {
		return strings.Join(db.ok("root", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'd' ORDER BY 1"), " ")
	}
	before := tables()
	for _, text := range []string{
		"CREATE TABLE n (id INT PRIMARY KEY, x INT, KEY k (x), FOREIGN KEY (x) REFERENCES nowhere (id))",
		"CREATE TABLE n (id INT PRIMARY KEY, x INT, CONSTRAINT cc CHECK (x > 0), CONSTRAINT cc CHECK (x > 1))",
		"CREATE TABLE n (id INT PRIMARY KEY, x INT, KEY k (x), KEY k (id))",
		"CREATE TABLE n AS SELECT CAST(concat('x', v) AS JSON) FROM c",
		"CREATE TABLE n (id INT PRIMARY KEY, FULLTEXT (nosuch))",
		"RENAME TABLE a TO a2, nowhere TO n2", "RENAME TABLE a TO a2, b TO c", "DROP TABLE a, nowhere", "DROP VIEW v, nowhere",
	} {
		if _, err := db.run("root", text); err == nil {
			t.Errorf("%s went well", text)
		}
		if after := tables(); after != before {
			t.Fatalf("%s: %s became %s", text, before, after)
		}
	}
	db.ok("root", "RENAME TABLE a TO x, b TO a, x TO b; DROP TABLE a, b; DROP VIEW v, w")
	db.ok("root", "CREATE TABLE n AS SELECT id, v FROM c")
	db.rows("root", "SELECT * FROM n ORDER BY id", "1|1", "2|1")
}

// TestAttackD6 checks constraints over rows that the one who adds them may not
// read: there is no answer. For who may, all rows count, and what others read does not matter.
func TestAttackD6ValidationSeesAllRows(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER al IDENTIFIED BY 'x'; CREATE DATABASE d; USE d;
		CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1);
		CREATE TABLE c (id INT PRIMARY KEY, pid INT, n INT, txt VARCHAR(20)); INSERT INTO c VALUES (1,1,5,'a'),(2,77,-5,'hush');
		GRANT ALTER, INDEX, INSERT ON d.c TO al; GRANT REFERENCES ON d.p TO al`)
	for text, number := range map[string]sqlerr.Code{
		"ALTER TABLE d.c ADD FOREIGN KEY (pid) REFERENCES d.p (id)": sqlerr.TableAccessDenied,
		"ALTER TABLE d.c ADD CONSTRAINT nn CHECK (n > 0)":           sqlerr.TableAccessDenied, // it could ask anything
		"ALTER TABLE d.c ADD UNIQUE (txt), MODIFY txt INT":          sqlerr.TableAccessDenied,
	} {
		db.fails("al", text, number)
		if said := db.says("al", text); strings.Contains(said, "hush") || strings.Contains(said, "77") || strings.Contains(said, "-5") {
			t.Errorf("%s: %s", text, said)
		}
	}
	db.fails("al", "SELECT * FROM d.c", sqlerr.TableAccessDenied)
	db.fails("root", "ALTER TABLE d.c ADD FOREIGN KEY (pid) REFERENCES d.p (id)", sqlerr.NoReferencedRow)
	db.ok("root", "DELETE FROM d.c WHERE id = 2")
	db.ok("root", "GRANT SELECT ON d.c TO al; GRANT REFERENCES ON d.p TO al")
	db.ok("al", "ALTER TABLE d.c ADD FOREIGN KEY (pid) REFERENCES d.p (id)")
	db.ok("root", "REVOKE SELECT ON d.c FROM al")
	db.ok("root", "ALTER TABLE d.c ADD CONSTRAINT nn CHECK (n > 0)")
	db.fails("root", "INSERT INTO d.c VALUES (3,77,1,'')", sqlerr.NoReferencedRow)
	db.fails("root", "INSERT INTO d.c VALUES (3,1,-1,'')", sqlerr.CheckConstraintViolated)
	for _, text := range []string{"ALTER TABLE d.c ADD q INT DEFAULT ((SELECT max(n) FROM d.c))", "ALTER TABLE d.c ADD CHECK (n > (SELECT min(n) FROM d.c))"} {
		if _, err := db.run("al", text); err == nil {
			t.Errorf("%s went well", text)
		}
	}
	db.fails("al", "SELECT * FROM d.c", sqlerr.TableAccessDenied)
}

// noOrphans finds rows that no table has.
func (db *testDB) noOrphans() {
	db.t.Helper()
	orphans, err := db.engine.inst.Cat.Orphans(context.Background())
	if err != nil || len(orphans) > 0 {
		db.t.Errorf("data without a table: %v, %v", orphans, err)
	}
}

// What a failed statement left in the store is gone, and nothing of it comes
// back with a restart.
func TestAttackD4LeavesNoData(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE s (id INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO s VALUES (1,'x'),(2,'x')")
	for _, text := range []string{"ALTER TABLE s MODIFY id BIGINT, ADD KEY (v), ADD UNIQUE (v)", "CREATE TABLE n AS SELECT CAST(v AS JSON) FROM s",
		"CREATE TABLE n (UNIQUE (v)) SELECT id, v FROM s", "CREATE TABLE n (x INT, CHECK (id < 2)) AS SELECT id, v FROM s", "CREATE TABLE n (id TINYINT) REPLACE SELECT id + 126 AS id FROM s",
		"CREATE TABLE n (id INT PRIMARY KEY, g INT AS (1 / (id - 2))) SELECT id FROM s UNION ALL SELECT 1"} {
		if _, err := db.run("root", text); err == nil {
			t.Errorf("%s went well", text)
		}
	}
	db.noOrphans()
	db.ok("root", "ALTER TABLE s ADD KEY (v)")
	db.rows("root", "SELECT id FROM s WHERE v = 'x' ORDER BY id", "1", "2")
}
