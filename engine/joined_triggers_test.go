package engine

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// Statements of several tables, REPLACE and ON DUPLICATE KEY UPDATE fire the triggers of
// what they do, once for each row.
func TestTriggersOfJoinsAndReplacedRows(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE u (id INT PRIMARY KEY, k INT); INSERT INTO u VALUES (1,1),(2,2),(3,3); CREATE TABLE l (n INT AUTO_INCREMENT PRIMARY KEY, t VARCHAR(40));
		CREATE TABLE p (id INT, k INT); INSERT INTO p VALUES (1,1),(1,2),(2,2),(9,9)`)
	for _, at := range []string{"BEFORE", "AFTER"} {
		for event, row := range map[string]string{"INSERT": "NEW.id, ':', NEW.k", "UPDATE": "OLD.id, ':', OLD.k, '>', NEW.k", "DELETE": "OLD.id, ':', OLD.k"} {
			db.ok("root", "CREATE TRIGGER "+at+event+" "+at+" "+event+" ON u FOR EACH ROW INSERT INTO l (t) VALUES (CONCAT('"+at[:1]+event[:1]+"', "+row+"))")
		}
	}
	log := func(text string, want string) {
		t.Helper()
		db.ok("root", "DELETE FROM l; "+text)
		db.rows("root", "SELECT GROUP_CONCAT(t ORDER BY n SEPARATOR ' ') FROM d.l", want)
	}
	log("UPDATE u JOIN p USING (id) SET u.k = 7, p.k = 8 WHERE id = 1", "BU1:1>7 AU1:1>7")
	log("UPDATE u a, p b SET a.k = b.k + 1 WHERE a.id = b.id AND a.id = 2", "BU2:2>3 AU2:2>3")
	log("UPDATE p LEFT JOIN u ON u.id = p.id SET u.k = 5 WHERE p.id > 1", "BU2:3>5 AU2:3>5")
	log("USE information_schema; UPDATE d.u a JOIN d.p b ON a.id = b.id SET a.k = 6 WHERE a.id = 2; USE d", "BU2:5>6 AU2:5>6")
	log("REPLACE INTO u VALUES (3, 4)", "BI3:4 BD3:3 AD3:3 AI3:4")
	log("REPLACE INTO u SELECT 3, 4", "BI3:4 BD3:4 AD3:4 AI3:4")
	log("REPLACE INTO u VALUES (4, 4)", "BI4:4 AI4:4")
	log("INSERT INTO u VALUES (4, 1) ON DUPLICATE KEY UPDATE k = k + VALUES(k)", "BI4:1 BU4:4>5 AU4:4>5")
	log("INSERT INTO u SELECT 5, 1 ON DUPLICATE KEY UPDATE k = u.k + 1", "BI5:1 AI5:1")
	log("DELETE u FROM u JOIN p USING (id) WHERE id = 1", "BD1:7 AD1:7")
	p, err := db.as("root").Prepare(context.Background(), "REPLACE INTO u VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		db.ok("root", "DELETE FROM l")
		res, err := p.Execute(context.Background(), []session.Value{session.IntValue(5), session.IntValue(1)})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Close()
		db.rows("root", "SELECT GROUP_CONCAT(t ORDER BY n SEPARATOR ' ') FROM d.l", "BI5:1 BD5:1 AD5:1 AI5:1")
	}
	log("PREPARE s FROM 'REPLACE INTO u VALUES (5, ?)'; SET @v = 1; EXECUTE s USING @v", "BI5:1 BD5:1 AD5:1 AI5:1")
	// BEFORE changes the row of a join, too; what fails undoes all.
	db.ok("root", "CREATE TRIGGER more BEFORE UPDATE ON u FOR EACH ROW BEGIN IF NEW.k = 99 THEN SIGNAL SQLSTATE '45000'; END IF; SET NEW.k = NEW.k + 100; END; INSERT INTO p VALUES (4, 4), (5, 5)")
	log("UPDATE u JOIN p ON u.id = p.id SET u.k = 1 WHERE u.id = 4", "BU4:5>1 AU4:5>101")
	db.fails("root", "UPDATE u JOIN p ON u.id = p.id SET u.k = IF(u.id = 5, 99, 2), p.k = 0", 1644)
	db.rows("root", "SELECT id, k FROM u WHERE id = 4", "4|101")
	db.rows("root", "SELECT COUNT(*) FROM p WHERE k = 0", "0")
}
