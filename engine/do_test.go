package engine

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestDo(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (n INT);
		CREATE FUNCTION f(x INT) RETURNS INT BEGIN INSERT INTO t VALUES (x); RETURN x; END;
		CREATE USER al IDENTIFIED BY 'x'`)
	for _, text := range []string{"DO 1", "do 1, 2 ", "/* c */ DO SLEEP(0)", "DO (1)", "DO @a := 5", "DO f(1), f(2)", "DO (SELECT COUNT(*) FROM t)", "DO NULL AS x", "DO TRIM(BOTH 'x' FROM 'xax')"} {
		s := db.as("root")
		res, rest, err := s.Query(context.Background(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if rest != "" || len(res.Columns()) != 0 || res.Summary().AffectedRows != 0 {
			t.Errorf("%s: %q %v %+v", text, rest, res.Columns(), res.Summary())
		}
		_ = res.Close()
	}
	db.rows("root", "SELECT n FROM t ORDER BY n", "1", "2")
	db.rows("root", "SELECT @a", "5")
	db.ok("root", "DO CAST('1x' AS SIGNED)")
	db.rows("root", "SHOW WARNINGS", "Warning|1292|Truncated incorrect INTEGER value: '1x'")
	db.fails("root", "DO 1 FROM t", sqlerr.Syntax)
	db.fails("root", "DO 1 INTO @x", sqlerr.Syntax)
	db.fails("root", "DO 1 UNION SELECT 2", sqlerr.Syntax)
	db.fails("root", "DO", sqlerr.Syntax)
	db.fails("root", "DO nosuch", sqlerr.BadField)
	db.fails("al", "DO d.f(1)", sqlerr.ProcAccessDenied)
	db.fails("al", "DO (SELECT COUNT(*) FROM d.t)", sqlerr.TableAccessDenied)

	db.ok("root", "BEGIN; DO f(3); ROLLBACK")
	db.rows("root", "SELECT MAX(n) FROM t", "2")
	p, err := db.as("root").Prepare(context.Background(), "DO @b := ?, f(?)")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Params()) != 2 || len(p.Columns()) != 0 {
		t.Error(p.Params(), p.Columns())
	}
	res, err := p.Execute(context.Background(), []session.Value{session.IntValue(8), session.IntValue(9)})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Close()
	db.rows("root", "SELECT @b, (SELECT MAX(n) FROM t)", "8|9")
	db.ok("root", "PREPARE s FROM 'DO @c := ?'; SET @v = 6; EXECUTE s USING @v")
	db.rows("root", "SELECT @c", "6")
	db.ok("root", "CREATE PROCEDURE p() BEGIN PREPARE z FROM 'DO @e := 4'; EXECUTE z; DO @g := 5, 1/0; END; CALL p()")
	db.rows("root", "SELECT @e, @g", "4|5")
}
