package engine

import "testing"

// Case file 53: a TIMESTAMP is a moment, seen on the clock of each session's time zone.
func TestCase53TimestampTimeZone(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE ts (id INT PRIMARY KEY, x TIMESTAMP NULL, d DATETIME, KEY (x)); SET time_zone = '+02:00';
		INSERT INTO ts VALUES (1, '2024-07-01 12:00:00', '2024-07-01 12:00:00'), (2, '2024-07-01 13:00:00', NULL), (3, NULL, NULL)`)
	db.rows("einstein", "SELECT id, x, d, UNIX_TIMESTAMP(x) FROM ts", "1|2024-07-01 12:00:00|2024-07-01 12:00:00|1719828000",
		"2|2024-07-01 13:00:00|NULL|1719831600", "3|NULL|NULL|NULL")
	db.rows("einstein", "SELECT id FROM ts WHERE x >= '2024-07-01 12:30:00'", "2")
	db.rows("einstein", "SELECT x FROM ts WHERE id = 1", "2024-07-01 12:00:00")
	db.ok("einstein", "SET time_zone = '+00:00'")
	db.rows("einstein", "SELECT x FROM ts WHERE id = 1", "2024-07-01 10:00:00")
	db.rows("einstein", "SELECT id, d FROM ts WHERE x = '2024-07-01 10:00:00'", "1|2024-07-01 12:00:00")
	db.ok("einstein", "UPDATE ts SET x = x + INTERVAL 1 HOUR WHERE x = '2024-07-01 10:00:00'")
	db.ok("einstein", "SET time_zone = '-5:30'")
	db.rows("einstein", "SELECT id, x FROM ts WHERE x IS NOT NULL", "1|2024-07-01 05:30:00", "2|2024-07-01 05:30:00")
	db.ok("einstein", "DELETE FROM ts WHERE x = '2024-07-01 05:30:00'")
	db.rows("einstein", "SELECT id FROM ts", "3")
}

// A clock that is put back shows one hour twice: statements carry the second one from row to row as
// it is; what is written as a text is the first. An hour that a change leaves out is its end.
func TestTimestampDaylightSaving(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE ts (x TIMESTAMP, n INT DEFAULT 0, KEY (x)); SET time_zone = '+00:00';
		INSERT INTO ts (x) VALUES ('2024-10-27 00:30:00'), ('2024-10-27 01:30:00'), ('2024-10-27 02:30:00')`)
	db.ok("einstein", "SET time_zone = 'Europe/Berlin'")
	shown := []string{"2024-10-27 02:30:00", "2024-10-27 02:30:00", "2024-10-27 03:30:00"}
	db.rows("einstein", "SELECT x FROM ts", shown...)
	db.rows("einstein", "SELECT x FROM ts WHERE x = '2024-10-27 02:30:00'", shown[:2]...)
	db.rows("einstein", "SELECT x FROM ts WHERE x > '2024-10-27 02:10:00' AND x < '2024-10-27 03:00:00'", shown[:2]...)
	db.ok("einstein", "UPDATE ts SET n = 1; ALTER TABLE ts ADD COLUMN m INT NOT NULL DEFAULT 7; ALTER TABLE ts ADD PRIMARY KEY (x, n)")
	db.ok("einstein", "INSERT INTO ts (x) VALUES ('2024-10-27 02:30:00')")
	db.ok("einstein", "SET time_zone = '+00:00'")
	db.rows("einstein", "SELECT x, n, m FROM ts ORDER BY x, n", "2024-10-27 00:30:00|0|7", "2024-10-27 00:30:00|1|7", "2024-10-27 01:30:00|1|7",
		"2024-10-27 02:30:00|1|7")
}
