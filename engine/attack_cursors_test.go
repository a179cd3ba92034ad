package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A cursor has all its rows when it is opened, but nobody fetches them whose right to the table is
// gone since: not as it was planned first, and not as it was planned before.
func TestAttackCursorOutlivesItsRight(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE seen (v INT);
		CREATE PROCEDURE fetches() SQL SECURITY INVOKER BEGIN
			DECLARE x INT; DECLARE c CURSOR FOR SELECT v FROM t ORDER BY id;
			OPEN c; FETCH c INTO x; INSERT INTO seen VALUES (x);
			REVOKE SELECT ON einstein.t FROM einstein;
			FETCH c INTO x; INSERT INTO seen VALUES (x);
		END`)
	for range 3 {
		db.fails("einstein", "CALL fetches()", sqlerr.TableAccessDenied)
		db.ok("root", "GRANT SELECT ON einstein.t TO einstein")
	}
	db.rows("einstein", "SELECT v FROM seen", "10", "10", "10")

	// The right to a view is enough, and its definer's to what is below it.
	db.ok("root", `CREATE DATABASE shop; CREATE TABLE shop.t (a INT); INSERT INTO shop.t VALUES (1), (3); CREATE VIEW shop.w AS SELECT a FROM shop.t;
		GRANT SELECT ON shop.t TO tesla; CREATE DEFINER = tesla VIEW shop.v AS SELECT a FROM shop.t; GRANT SELECT ON shop.w TO tesla;
		GRANT SELECT ON shop.v TO mallory; GRANT EXECUTE ON shop.* TO tesla; GRANT EXECUTE ON shop.* TO mallory`)
	for _, c := range []struct{ definer, from, object, who string }{
		{"tesla", "shop.t", "shop.t", "tesla"}, {"tesla", "shop.w", "shop.w", "tesla"}, {"mallory", "shop.v", "shop.t", "tesla"}, {"mallory", "shop.v", "shop.v", "mallory"},
	} {
		db.ok("root", `DROP PROCEDURE IF EXISTS shop.keeps; CREATE DEFINER = `+c.definer+` PROCEDURE shop.keeps(n INT) BEGIN
			DECLARE x INT; DECLARE c CURSOR FOR SELECT a FROM `+c.from+`; OPEN c; FETCH c INTO x; DO GET_LOCK('gate', n); FETCH c INTO x; END`)
		db.ok("root", "CALL shop.keeps(0); SELECT RELEASE_LOCK('gate')")
		db.ok("root#2", "SELECT GET_LOCK('gate', 0)")
		done := db.start("root", "CALL shop.keeps(600)")
		db.busyOr("root", done)
		db.ok("root#2", "REVOKE SELECT ON "+c.object+" FROM "+c.who+"; SELECT RELEASE_LOCK('gate')")
		if err := <-done; err == nil {
			t.Errorf("%s: a row was fetched after the right of %s to %s was gone", c.from, c.who, c.object)
		}
		db.ok("root", "GRANT SELECT ON "+c.object+" TO "+c.who+"; DO RELEASE_LOCK('gate')")
	}
}
