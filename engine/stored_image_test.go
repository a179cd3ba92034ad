package engine

import (
	"context"
	"testing"
)

// A row is written over what is stored of it now, whatever the same statement did to it
// before: by another name of its table, through a foreign key, or in a trigger. Otherwise
// indexes keep entries of rows that are no more.
func TestIndexesOfRowsThatTheStatementChangedBefore(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d;
		CREATE TABLE t (id INT PRIMARY KEY, x INT, y INT, k INT UNIQUE, KEY (x), KEY (y, x)); INSERT INTO t VALUES (1,1,1,1), (2,2,2,2), (3,3,3,3);
		CREATE TABLE h (x INT, y INT, k INT UNIQUE, KEY (x)); INSERT INTO h VALUES (1,1,1), (1,1,2), (3,3,3);
		CREATE TABLE p (a INT PRIMARY KEY, b INT UNIQUE); INSERT INTO p VALUES (1,10), (2,20), (3,30), (4,40);
		CREATE TABLE q (a INT PRIMARY KEY, b INT, c INT, UNIQUE (b, c), KEY (c), FOREIGN KEY (b) REFERENCES p (b) ON UPDATE CASCADE ON DELETE CASCADE);
		INSERT INTO q VALUES (1,10,1), (2,10,2), (3,20,3), (4,30,4), (5,40,5);
		CREATE TRIGGER u BEFORE UPDATE ON q FOR EACH ROW UPDATE p SET b = b + 1000 WHERE b = OLD.b AND NEW.c = 99;
		CREATE TRIGGER r BEFORE DELETE ON q FOR EACH ROW DELETE FROM p WHERE a = OLD.a + 1 AND OLD.c = 77`)
	for _, change := range []string{
		"UPDATE t a JOIN t b ON a.id = b.id SET a.k = a.k + 10, b.x = 7",
		"UPDATE t a JOIN t b ON b.id = a.id + 1 SET a.x = b.x, b.x = a.x, a.k = a.k + 100, b.y = 5",
		"UPDATE IGNORE t a JOIN t b ON a.id = b.id SET a.k = 1, b.x = 8, a.y = 2",
		"UPDATE h a JOIN h b ON a.k <= b.k SET a.k = a.k + 10, b.x = a.k, b.y = 9",
		"UPDATE p JOIN q ON p.b = q.b SET p.b = p.b + 1, q.c = q.c + p.b",
		"UPDATE q JOIN p ON p.b = q.b SET p.b = p.b + 1, q.a = q.a + 100, q.b = p.b + 1 WHERE p.a = 2",
		"UPDATE q SET c = 99 WHERE a IN (1, 4)",
		"INSERT INTO q VALUES (1, 30, 99) ON DUPLICATE KEY UPDATE c = VALUES(c) + 1, b = 30",
		"UPDATE q SET c = 77 WHERE a = 4",
		"REPLACE INTO q VALUES (2, 20, 1), (4, 40, 3)",
		"DELETE p, q FROM p JOIN q USING (b) WHERE p.a = 1",
		"DELETE q, p FROM p JOIN q ON p.b = q.b",
	} {
		_, _ = db.run("root", change) // a refused one must leave nothing behind, either
		findings, err := db.engine.Check(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			t.Errorf("%s leaves %s: %s (%d)", change, f.Object, f.What, f.Count)
		}
	}
	db.rows("root", "SELECT id, x, y FROM t ORDER BY id", "1|8|2", "2|8|5", "3|8|5")
}

// Generated columns beside a foreign key, which are not made of what it changes.
func TestCascadesBesideGeneratedColumns(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE p (a INT PRIMARY KEY, b INT UNIQUE); INSERT INTO p VALUES (1,10), (2,20);
		CREATE TABLE q (a INT PRIMARY KEY, b INT, c INT, g INT AS (c + 1), FOREIGN KEY (b) REFERENCES p (b) ON UPDATE CASCADE ON DELETE CASCADE);
		INSERT INTO q (a, b, c) VALUES (1,10,1), (2,10,1), (3,20,1);
		UPDATE p JOIN q USING (b) SET p.b = p.b + 1, q.c = q.c + p.b`)
	db.rows("root", "SELECT * FROM q ORDER BY a", "1|11|11|12", "2|11|11|12", "3|21|21|22")
	db.ok("root", "DELETE p, q FROM p JOIN q USING (b) WHERE p.a = 1")
	db.rows("root", "SELECT * FROM q", "3|21|21|22")
}
