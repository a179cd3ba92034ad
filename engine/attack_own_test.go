package engine

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// TestAttackR1Evaluation: what an expression of a definer's view says of a value that it
// cannot compute with is said without the value.
func TestAttackR1Evaluation(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE vault; CREATE DATABASE shop; CREATE USER ann IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO ann;
		CREATE TABLE vault.s (id INT PRIMARY KEY, secret VARCHAR(20), n BIGINT); INSERT INTO vault.s VALUES (1, 'topsecret1', 9223372036854775807);
		CREATE VIEW shop.a AS SELECT UUID_TO_BIN(secret) x FROM vault.s; CREATE VIEW shop.b AS SELECT BIN_TO_UUID(secret) x FROM vault.s;
		CREATE VIEW shop.c AS SELECT EXTRACTVALUE('<a/>', CONCAT('/a[', secret, '!')) x FROM vault.s;
		CREATE VIEW shop.d AS SELECT n * 987654321 x FROM vault.s; CREATE VIEW shop.e AS SELECT id FROM vault.s WHERE UUID_TO_BIN(secret) IS NULL`)
	for _, view := range []string{"a", "b", "c", "d", "e"} {
		_, err := db.run("ann", "SELECT * FROM shop."+view)
		if err == nil {
			t.Errorf("view %s: no error", view)
			continue
		}
		for _, word := range []string{"topsecret", "9223372036854775807", "987654321"} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("view %s tells who may not read the table: %v", view, err)
			}
		}
	}
	if _, err := db.run("root", "SELECT UUID_TO_BIN(secret) FROM vault.s"); err == nil || !strings.Contains(err.Error(), "topsecret1") {
		t.Errorf("who may read the table is told: %v", err)
	}
}

// TestAttackR2Windows: a window function gives its own argument, not a column beside it.
func TestAttackR2Windows(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE vault; CREATE DATABASE shop; CREATE USER ann IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO ann;
		CREATE TABLE vault.fv (secret VARCHAR(20), shown INT); INSERT INTO vault.fv VALUES ('topsecret1', 1), ('topsecret2', 2);
		CREATE VIEW shop.f AS SELECT FIRST_VALUE(shown) OVER (ORDER BY secret) x FROM vault.fv;
		CREATE VIEW shop.l AS SELECT LAST_VALUE(shown) OVER (PARTITION BY secret) x FROM vault.fv`)
	for query, want := range map[string]string{"SELECT x FROM shop.f": "1 1", "SELECT x FROM shop.l ORDER BY 1": "1 2"} {
		rows, err := db.run("ann", query)
		if got := strings.Join(rows, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", query, got, err, want)
		}
	}
}

// TestAttackRevokeEndsAJoin: a join that has read its tables, and gives rows still, ends.
func TestAttackRevokeEndsAJoin(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE shop; CREATE USER ann IDENTIFIED BY 'x'; CREATE TABLE shop.t (i INT PRIMARY KEY); GRANT SELECT ON shop.t TO ann;
		INSERT INTO shop.t VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)`)
	s := db.as("ann")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	res, _, err := s.Query(ctx, "SELECT a.i FROM shop.t a, shop.t b, shop.t c, shop.t d, shop.t e, shop.t f, shop.t g")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	if _, err := res.Next(ctx); err != nil {
		t.Fatal(err)
	}
	db.ok("root", "REVOKE SELECT ON shop.t FROM ann")
	read := 0
	for err == nil {
		var rows int
		batch, e := res.Next(ctx)
		rows, err = len(batch), e
		read += rows
	}
	if err == io.EOF || !strings.Contains(err.Error(), "1142") || read > 10_000 {
		t.Errorf("after the REVOKE %d rows came, then %v", read, err)
	}
}
