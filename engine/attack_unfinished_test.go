package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// L2: who has several statements that were ended and run still begins no other, in
// old and new sessions, until they come back; others, and administrators, do.
func TestAttackL2UnfinishedStatements(t *testing.T) {
	db := lab(t)
	db.engine.sessions.limits.Unfinished = 2
	var free []func()
	end := func(user string, i int) {
		s := db.as(fmt.Sprintf("%s#%d", user, i))
		free = append(free, stuck(s))
		s.Cancel()
		select {
		case <-s.Abandoned():
		case <-time.After(aSecond):
			t.Fatal("the session was not given up")
		}
	}
	end("tesla", 1)
	prepared, err := db.as("tesla").Prepare(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	db.rows("tesla", "SELECT 1", "1")
	end("tesla", 2)
	db.fails("tesla", "SELECT 1", sqlerr.UserLimitReached)
	_, err = prepared.Execute(t.Context(), nil)
	wantNumber(t, err, sqlerr.UserLimitReached)
	_, err = db.as("tesla").Prepare(t.Context(), "SELECT 2")
	wantNumber(t, err, sqlerr.UserLimitReached)
	db.fails("tesla#3", "SELECT 1", sqlerr.UserLimitReached)
	db.rows("einstein", "SELECT 1", "1")
	for i := range 3 {
		end("root", i)
	}
	db.rows("root", "SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Killed'", "5")
	for _, f := range free {
		f()
	}
	if err := db.as("tesla#1").Close(); err != nil {
		t.Error(err)
	}
	db.rows("tesla", "SELECT 1", "1")
}

// A session whose user is another one's does not count for him.
func TestUnfinishedCountsByUser(t *testing.T) {
	db := lab(t)
	db.engine.sessions.limits.Unfinished = 1
	tesla := db.engine.Catalog().Snapshot().Principal("tesla")
	s := db.as("mallory")
	if err := s.ChangeUser(context.Background(), principal.Trusted(tesla.ID, "tesla"), session.Options{}); err != nil {
		t.Fatal(err)
	}
	free := stuck(s)
	defer free()
	s.Cancel()
	<-s.Abandoned()
	db.fails("tesla", "SELECT 1", sqlerr.UserLimitReached)
	db.rows("mallory#2", "SELECT 1", "1")
}

// L2: what grows fast is refused before it is planned, or read.
func TestAttackL2FastGrowers(t *testing.T) {
	db := lab(t)
	chain := func(n int, first, each, last string) string {
		var b strings.Builder
		b.WriteString("WITH c0 AS (" + first + ")")
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, ", c%d AS (%s)", i, strings.ReplaceAll(each, "PREV", fmt.Sprintf("c%d", i-1)))
		}
		return b.String() + strings.ReplaceAll(last, "LAST", fmt.Sprintf("c%d", n))
	}
	for _, text := range []string{
		chain(40, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST"),
		chain(40, "SELECT 1 n", "SELECT n FROM PREV UNION ALL SELECT n FROM PREV", " SELECT * FROM LAST"),
		chain(40, "SELECT 1 n", "SELECT n FROM PREV WHERE n IN (SELECT n FROM PREV)", " SELECT * FROM LAST"),
		chain(40, "SELECT 1 n", "SELECT (SELECT max(n) FROM PREV) + (SELECT min(n) FROM PREV) n", " SELECT * FROM LAST"),
		chain(70, "SELECT 1 n", "SELECT a.n FROM PREV a, (SELECT * FROM PREV) b", " DELETE FROM mallory.x WHERE id IN (SELECT n FROM LAST)"),
		chain(40, "SELECT 1 n", "WITH d AS (SELECT a.n FROM PREV a JOIN PREV b) SELECT d.n FROM d JOIN d e", " UPDATE mallory.x SET id = (SELECT n FROM LAST)"),
		"INSERT INTO mallory.x " + chain(40, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST"),
		"CREATE VIEW mallory.v AS " + chain(40, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST"),
		"CREATE PROCEDURE mallory.p() " + chain(40, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST"),
		"SELECT * FROM (" + chain(40, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST") + ") x",
		"EXPLAIN " + chain(40, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST"),
	} {
		begun := time.Now()
		db.fails("mallory", text, sqlerr.TooManyTables)
		if took := time.Since(begun); took > aSecond {
			t.Errorf("%.60s took %v", text, took)
		}
		if _, err := db.as("mallory").Prepare(t.Context(), text); err == nil {
			t.Errorf("prepared %.40q", text)
		}
	}
	db.rows("mallory", chain(7, "SELECT 1 n", "SELECT a.n FROM PREV a JOIN PREV b", " SELECT * FROM LAST"), "1")
	db.rows("mallory", chain(30, "SELECT 1 n", "SELECT n + 1 n FROM PREV", " SELECT * FROM LAST"), "31")
	db.rows("mallory", "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT max(n) FROM r", "9")
	nested := func(n int) string {
		return "'" + strings.Repeat("GEOMETRYCOLLECTION(", n) + "POINT(1 1)" + strings.Repeat(")", n) + "'"
	}
	for _, name := range []string{"ST_GeomFromText", "ST_GeometryFromText", "ST_GeomCollFromText", "ST_GeomCollFromTxt", "ST_GeometryCollectionFromText"} {
		db.fails("mallory", "SELECT "+name+"("+nested(60_000)+")", sqlerr.InvalidGISData)
		db.rows("mallory", "SELECT "+name+"(NULL) IS NULL", "1")
	}
	db.rows("mallory", "SELECT ST_GeomFromText("+nested(50)+", 4326) IS NULL", "0")
}

// A name that WITH makes is no table: nobody is asked about it, with a current
// database or without, and a table of the same name stays what it is.
func TestWithNamesAreNoTables(t *testing.T) {
	db := lab(t)
	db.rows("mallory", "WITH c AS (SELECT 1 n), d AS (SELECT n + 1 n FROM c) SELECT c.n, d.n FROM c JOIN d", "1|2")
	db.rows("mallory", "WITH RECURSIVE c AS (SELECT 1 n UNION ALL SELECT n + 1 FROM c WHERE n < 3) SELECT * FROM c", "1", "2", "3")
	db.rows("mallory", "SELECT (WITH c AS (SELECT 5 n) SELECT n FROM c)", "5")
	db.ok("einstein", "GRANT SELECT ON t TO tesla")
	db.ok("mallory", "USE mallory; CREATE TABLE x (id INT PRIMARY KEY); INSERT INTO x VALUES (1), (2)")
	db.rows("mallory", "WITH x AS (SELECT id + 10 id FROM x) SELECT * FROM x", "11", "12")
	db.ok("mallory", "WITH c AS (SELECT 1 n) UPDATE x JOIN c ON x.id = c.n SET x.id = 7; WITH c AS (SELECT 2 n) DELETE FROM x WHERE id IN (SELECT n FROM c)")
	db.rows("mallory", "SELECT id FROM x", "7")
	for _, text := range []string{
		"WITH t AS (SELECT * FROM einstein.t) SELECT * FROM t", "WITH c AS (SELECT 1) SELECT * FROM einstein.t", "WITH c AS (SELECT 1 n) SELECT * FROM c, einstein.c",
		"WITH t AS (SELECT 1 n) SELECT * FROM einstein.t", "SELECT * FROM (WITH t AS (SELECT 1 n) SELECT * FROM t) a, einstein.t",
		"WITH RECURSIVE t AS (SELECT id FROM einstein.t UNION ALL SELECT id FROM t WHERE 0) SELECT * FROM t",
	} {
		if rows, err := db.run("mallory", text); err == nil {
			t.Errorf("%s: %q", text, rows)
		}
	}
	db.ok("root", "GRANT SELECT ON mallory.x TO tesla; CREATE VIEW mallory.v AS WITH t AS (SELECT id FROM mallory.x) SELECT * FROM t; GRANT SELECT ON mallory.v TO tesla")
	db.rows("tesla", "SELECT * FROM mallory.v", "7")
	for _, text := range []string{"WITH c AS (SELECT 1 n) UPDATE c SET n = 2", "WITH c AS (SELECT 1 n) DELETE FROM c", "WITH c AS (SELECT 1 n) UPDATE x JOIN c SET n = 2"} {
		if _, err := db.run("mallory", text); err == nil {
			t.Errorf("%s changed something", text)
		}
	}
}
