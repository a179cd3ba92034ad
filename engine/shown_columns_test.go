package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// What ORMs and tools read of a table is what MySQL says of it.
func TestColumnsAreShownAsInMySQL(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d")
	db.ok("root", `CREATE TABLE t (id INT NOT NULL, v INT AS (id + 1), s INT AS (id + 2) STORED, w VARCHAR(20) DEFAULT 'x''y' COMMENT 'a''b\n\\c',
		e INT DEFAULT (7 + 1), at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, UNIQUE KEY (id), KEY (w, e))`)
	db.rows("root", "SHOW FULL COLUMNS FROM t WHERE Field <> 'at'", "id|int|NULL|NO|PRI|NULL||select,insert,update,references|", "v|int|NULL|YES||NULL|VIRTUAL GENERATED|select,insert,update,references|",
		"s|int|NULL|YES||NULL|STORED GENERATED|select,insert,update,references|", "w|varchar(20)|utf8mb4_0900_ai_ci|YES|MUL|x'y||select,insert,update,references|a'b\n\\c", "e|int|NULL|YES||(7 + 1)|DEFAULT_GENERATED|select,insert,update,references|")
	db.rows("root", "SHOW COLUMNS FROM t LIKE 'at'", "at|timestamp|YES||CURRENT_TIMESTAMP|DEFAULT_GENERATED on update CURRENT_TIMESTAMP")
	db.rows("root", "SELECT COLUMN_NAME, COLUMN_KEY, EXTRA, GENERATION_EXPRESSION, COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_NAME = 't' AND COLUMN_NAME IN ('id', 'v', 's') ORDER BY ORDINAL_POSITION",
		"id|PRI|||NULL", "v||VIRTUAL GENERATED|(`id` + 1)|NULL", "s||STORED GENERATED|(`id` + 2)|NULL")
	text := db.created("root", "t")
	for _, want := range []string{"`v` int GENERATED ALWAYS AS ((`id` + 1)) VIRTUAL", "((`id` + 2)) STORED", `COMMENT 'a''b\n\\c'`} {
		if !strings.Contains(text, want) {
			t.Errorf("SHOW CREATE TABLE lacks %s:\n%s", want, text)
		}
	}
	db.ok("root", "RENAME TABLE t TO old; "+text)
	if again := db.created("root", "t"); again != text {
		t.Errorf("loaded again:\n%s\nwas\n%s", again, text)
	}
	db.ok("root", "CREATE VIEW vw AS SELECT id, w FROM t")
	db.rows("root", "DESCRIBE vw", "id|int|NO||NULL|", "w|varchar(20)|YES||x'y|")
}

// Values that a client binds have the types that it says, and its connection's collation.
func TestBoundValues(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), d DECIMAL(20,3), day DATE, js JSON)")
	db.ok("root", `INSERT INTO t VALUES (1, 'ab%c', 12345678901234567.125, '2024-02-29', '{"a": null, "b": "x"}'), (2, 'abc', 12345678901234567.126, '2024-03-01', '{"a": 2}')`)
	text := session.StringValue
	for _, c := range []struct {
		sql, want string
		args      []session.Value
	}{
		{"SELECT id FROM t WHERE s LIKE CONCAT(?, '%') ORDER BY id", "1;2", []session.Value{text("AB")}},
		{"SELECT id FROM t WHERE s LIKE CONCAT('%', ?, '%') ESCAPE '#'", "1", []session.Value{text("#%")}},
		{"SELECT COLLATION(?), s IN (?, CONCAT(?, '')) FROM t WHERE id = 1", "utf8mb4_0900_ai_ci|1", []session.Value{text("x"), text("AB%C"), text("y")}},
		{"SELECT id FROM t WHERE d = ?", "2", []session.Value{session.DecimalValue([]byte("12345678901234567.126"))}},
		{"SELECT ? + ?, ?", "1.505|+7.10e99", []session.Value{session.DecimalValue([]byte("1.50")), session.DecimalValue([]byte("0.005")), session.DecimalValue([]byte("+7.10e99"))}},
		{"SELECT CONCAT(?), ? > '2024-02-28' FROM t WHERE day = ?", "2024-02-29|1", []session.Value{date(29), date(29), date(29)}},
		{"SELECT 1 AS a UNION SELECT id FROM t WHERE id = ? ORDER BY a DESC LIMIT ?, ?", "1", []session.Value{session.IntValue(2), session.IntValue(1), session.IntValue(5)}},
		{"SELECT 1 AS a UNION SELECT 2 ORDER BY a = ? DESC", "2;1", []session.Value{session.IntValue(2)}},
		{"SELECT CASE JSON_EXTRACT(js, ?) WHEN 'null' THEN 'none' ELSE 'some' END, CASE JSON_EXTRACT(js, '$.b') WHEN '\"x\"' THEN 1 WHEN 'x' THEN 2 END, JSON_EXTRACT(js, '$.b') = 'x' FROM t WHERE id = 1",
			"none|1|1", []session.Value{text("$.a")}},
	} {
		for range 2 { // the second may be compiled
			if got := db.bound(c.sql, c.args...); got != c.want {
				t.Errorf("%s: %s instead of %s", c.sql, got, c.want)
			}
		}
	}
	for i, digits := range []string{"1.5", "22.1259", "-3"} {
		db.bound("UPDATE t SET d = ? WHERE id = ?", session.DecimalValue([]byte(digits)), session.IntValue(2))
		db.rows("root", "SELECT d FROM t WHERE id = 2", []string{"1.500", "22.126", "-3.000"}[i])
	}
}

func date(day uint8) session.Value {
	return session.DateValue(session.Civil{Year: 2024, Month: 2, Day: day, Hour: 9})
}

// bound runs a prepared statement as root and returns its rows.
func (db *testDB) bound(sql string, args ...session.Value) string {
	db.t.Helper()
	st := db.prepare("root", sql)
	defer st.Close()
	rows, code := db.execute(st, args...)
	if code != 0 {
		db.t.Fatalf("%s: error %d", sql, code)
	}
	return strings.Join(rows, ";")
}
