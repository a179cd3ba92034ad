package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// CREATE SCHEMA with what is made in it is one change of the catalog, or none, with no rows left.
func TestCreateSchemaIsOneChange(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE TABLE einstein.seed (a INT); INSERT INTO einstein.seed VALUES (1), (2)")
	version := func() uint64 { return db.engine.Catalog().Snapshot().Version() }
	data := func() int {
		all, err := db.engine.db.DataObjects(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before, rows := version(), data()
	parts := "CREATE TABLE c AS SELECT a FROM einstein.seed CREATE TABLE auto (id INT AUTO_INCREMENT PRIMARY KEY) CREATE VIEW v AS SELECT COUNT(*) AS n FROM c CREATE SEQUENCE q GRANT SELECT ON v TO tesla"
	db.fails("root", "CREATE SCHEMA s AUTHORIZATION einstein "+parts+" CREATE TABLE d AS SELECT n FROM v CREATE VIEW d AS SELECT 1", sqlerr.TableExists)
	if version() != before || data() != rows {
		t.Errorf("version %d after %d, data of %d after %d", version(), before, data(), rows)
	}
	db.ok("root", "CREATE SCHEMA s AUTHORIZATION einstein "+parts)
	if version() != before+1 {
		t.Errorf("version %d after %d", version(), before)
	}
	db.rows("tesla", "SELECT n FROM s.v", "2")
	db.ok("einstein", "INSERT INTO s.auto VALUES (), ()")
	db.rows("einstein", "SELECT MAX(id) FROM s.auto", "2")
}

// What others change meanwhile makes it begin anew, and not fail.
func TestCreateSchemaBesideOthers(t *testing.T) {
	db := lab(t)
	db.ok("root", "GRANT CREATE ON *.* TO einstein")
	all := ""
	for i := range 40 {
		all += fmt.Sprintf("CREATE DATABASE other%d;", i)
	}
	done := db.start("root", all)
	for i := range 10 {
		db.ok("einstein", fmt.Sprintf("CREATE SCHEMA s%d AUTHORIZATION einstein CREATE TABLE t (a INT) CREATE VIEW v AS SELECT a FROM t", i))
		db.rows("einstein", fmt.Sprintf("SELECT COUNT(*) FROM s%d.v", i), "0")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A REVOKE counts for what runs inside CREATE SCHEMA, from then on and for what it has begun with: it begins anew, and no error
// of before tells what was read.
func TestCreateSchemaSeesRevoke(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE m; CREATE TABLE m.sec (s VARCHAR(20)); INSERT INTO m.sec VALUES ('topsecret'); GRANT CREATE ON *.* TO einstein; GRANT SELECT ON m.sec TO einstein")
	db.ok("root", "CREATE FUNCTION m.tell() RETURNS INT READS SQL DATA SQL SECURITY INVOKER BEGIN DECLARE v VARCHAR(20); SELECT s INTO v FROM m.sec; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v; RETURN 1; END; GRANT EXECUTE ON FUNCTION m.tell TO einstein")
	// meanwhile has root say something while a statement of einstein's stands at its first part, and is how that ends.
	meanwhile := func(statement, says string) error {
		db.ok("root#2", "DO GET_LOCK('gate', 0)")
		done := db.start("einstein", statement)
		db.arrives(done)
		db.ok("root", says)
		db.ok("root#2", "DO RELEASE_LOCK('gate')")
		return <-done
	}
	db.ok("root", "CREATE FUNCTION m.gate() RETURNS INT NO SQL BEGIN DO GET_LOCK('arrived', 0); DO GET_LOCK('gate', 100); RETURN 1; END; GRANT EXECUTE ON FUNCTION m.gate TO einstein")
	gate := "CREATE TABLE a AS SELECT m.gate() AS z "
	var e *session.Error
	err := meanwhile("CREATE SCHEMA xb AUTHORIZATION einstein "+gate+"CREATE TABLE b AS SELECT m.tell() AS z", "REVOKE SELECT ON m.sec FROM einstein")
	if !errors.As(err, &e) || e.Number != sqlerr.TableAccessDenied {
		t.Errorf("got %v", err)
	}
	err = meanwhile("CREATE SCHEMA xd AUTHORIZATION einstein "+gate, "REVOKE CREATE ON *.* FROM einstein")
	if !errors.As(err, &e) || e.Number != sqlerr.SpecificAccessDenied && e.Number != sqlerr.DBAccessDenied {
		t.Errorf("got %v", err)
	}
	db.rows("root", "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name IN ('xb', 'xd')", "0")
}
