package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestAttackHiddenDatabaseAfterAChange: a change through a view over a database that the
// caller holds nothing on does not make that database known to what he sends next.
func TestAttackHiddenDatabaseAfterAChange(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; CREATE DATABASE hid; CREATE TABLE hid.s (id INT PRIMARY KEY, v INT); INSERT INTO hid.s VALUES (1, 1);
		CREATE TABLE hid.other (id INT); CREATE USER nob; CREATE VIEW d.s AS SELECT id, v FROM hid.s WHERE id = 1; GRANT SELECT, UPDATE ON d.s TO nob`)
	for _, first := range []string{"UPDATE d.s SET v = 2", "UPDATE d.s SET v = nosuch", "UPDATE d.s SET nosuch = 1", "SELECT * FROM d.s"} {
		_, _ = db.run("nob", first)
		for _, text := range []string{"USE hid", "SHOW TABLES FROM hid", "SELECT * FROM hid.other", "SELECT * FROM hid.s", "CREATE TABLE hid.x (a INT)"} {
			if _, err := db.run("nob", text); err == nil {
				t.Errorf("%s after %s: no error", text, first)
			}
		}
		db.fails("nob", "USE hid", sqlerr.DBAccessDenied)
	}
}
