package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Case file 60 and its kin: what the library's types have no place for is kept to.
func TestCase60ColumnShapes(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE s (id INT PRIMARY KEY, t TIME, t3 TIME(3), d DECIMAL(6,2) UNSIGNED, f FLOAT(6,2), g DOUBLE(8,3) UNSIGNED DEFAULT 1.5, KEY (t3));
		INSERT INTO s VALUES (1, '10:11:12.6', '10:11:12.3456', 1.005, 1.239, 2.0006)`)
	db.rows("einstein", "SELECT CONCAT(t), CONCAT(t3), d, CONCAT(f), CONCAT(g) FROM s", "10:11:13|10:11:12.346|1.01|1.24|2.001")
	db.rows("einstein", "SELECT id FROM s WHERE t3 = '10:11:12.346'", "1")
	db.rows("einstein", "SELECT id FROM s WHERE t3 = '10:11:12.3456'")
	for _, bad := range []string{"d = -1", "g = -0.5", "f = 12345.6"} {
		db.fails("einstein", "UPDATE s SET "+bad, sqlerr.WarnDataOutOfRange)
	}
	want := []string{"id|int|NO|PRI|NULL|", "t|time|YES||NULL|", "t3|time(3)|YES|MUL|NULL|", "d|decimal(6,2) unsigned|YES||NULL|", "f|float(6,2)|YES||NULL|",
		"g|double(8,3) unsigned|YES||1.5|"}
	db.rows("einstein", "SHOW COLUMNS FROM s", want...)
	db.ok("einstein", "CREATE TABLE l LIKE s; ALTER TABLE s ADD COLUMN x INT, MODIFY f FLOAT")
	db.rows("einstein", "SHOW COLUMNS FROM l", want...)
	db.rows("einstein", "SELECT column_type, datetime_precision, numeric_precision FROM information_schema.columns WHERE table_name = 's' ORDER BY ordinal_position",
		"int|NULL|10", "time|0|NULL", "time(3)|3|NULL", "decimal(6,2) unsigned|NULL|6", "float|NULL|12", "double(8,3) unsigned|NULL|8", "int|NULL|10")
	db.ok("einstein", "ALTER TABLE l MODIFY d DECIMAL(6,2), CHANGE t3 t4 TIME(1); INSERT INTO l (id, d, t4) VALUES (2, -1, '1:1:1.26')")
	db.rows("einstein", "SELECT d, CONCAT(t4) FROM l", "-1.00|01:01:01.3")
	db.fails("einstein", "CREATE TABLE b (t TIME(7))", sqlerr.TooBigPrecision)
	db.fails("einstein", "CREATE TABLE b (t FLOAT(3,5))", sqlerr.MBiggerThanD)
}

// b'…' is a binary string, and a number where a number is wanted.
func TestBitLiterals(t *testing.T) {
	db := lab(t)
	db.rows("einstein", "SELECT HEX(b'1010'), HEX(CONCAT(0b1000001)), b'1010' + 0, LENGTH(b'000000001'), b'101' = 5", "0A|41|10|2|1")
	db.ok("einstein", "CREATE TABLE b (id INT, x BIT(4) DEFAULT b'101', v VARCHAR(5)); INSERT INTO b (id, v) VALUES (1, b'1000001'); INSERT INTO b VALUES (2, 0b1111, NULL)")
	db.rows("einstein", "SELECT id, x + 0, v FROM b", "1|5|A", "2|15|NULL")
	db.rows("einstein", "SELECT id FROM b WHERE x = b'1111'", "2")
	db.rows("einstein", "SHOW COLUMNS FROM b LIKE 'x'", "x|bit(4)|YES||b'101'|")
	db.fails("einstein", "INSERT INTO b (x) VALUES (b'11111')", sqlerr.DataTooLong)
}
