package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestAttackRowsOfACall: what a CALL has read waits in memory for its client. It is handed over as long as the rights are there
// with which it was read, and as long as he may call.
func TestAttackRowsOfACall(t *testing.T) {
	oneSession(t)
	for _, c := range []struct {
		name, call, loss string
		stays            bool
	}{
		{"select of the invoker", "CALL d.own()", "REVOKE SELECT ON d.secret FROM ann", false},
		{"select of the definer", "CALL d.his()", "REVOKE SELECT ON d.secret FROM dee", false},
		{"a denial", "CALL d.own()", "DENY SELECT ON d.secret TO ann", false},
		{"the right to call", "CALL d.his()", "REVOKE EXECUTE ON d.* FROM ann", false},
		{"the right to call, of one that is called by it", "CALL d.calls()", "REVOKE EXECUTE ON d.* FROM dee", false},
		{"read by one that is called by it", "CALL d.calls()", "REVOKE SELECT ON d.secret FROM dee", false},
		{"by text", "CALL d.texts()", "REVOKE SELECT ON d.secret FROM ann", false},
		{"another right", "CALL d.own()", "REVOKE INSERT ON d.secret FROM ann", true},
		{"somebody else's", "CALL d.his()", "REVOKE SELECT ON d.secret FROM ann", true},
		{"dropped", "CALL d.his()", "DROP PROCEDURE d.his", true},
		{"the table is dropped", "CALL d.own()", "DROP TABLE d.secret", true},
		{"the database is dropped", "CALL d.own()", "DROP DATABASE d", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", `CREATE USER dee; CREATE USER ann; CREATE DATABASE d; USE d; CREATE TABLE secret (id INT PRIMARY KEY); INSERT INTO secret VALUES (1), (2), (3);
				INSERT INTO secret SELECT a.id + 3 * b.id + 9 * c.id + 27 * e.id + 81 * f.id + 243 * g.id FROM secret a, secret b, secret c, secret e, secret f, secret g;
				GRANT SELECT ON d.secret TO dee; GRANT SELECT, INSERT ON d.secret TO ann; GRANT EXECUTE ON d.* TO ann; GRANT EXECUTE ON d.* TO dee;
				CREATE PROCEDURE own() SQL SECURITY INVOKER BEGIN SELECT id FROM secret; SELECT 'end'; END;
				CREATE PROCEDURE texts() SQL SECURITY INVOKER BEGIN PREPARE s FROM 'SELECT id FROM secret'; EXECUTE s; SELECT 'end'; END;
				CREATE DEFINER = dee PROCEDURE his() BEGIN SELECT id FROM secret; SELECT 'end'; END;
				CREATE DEFINER = dee PROCEDURE calls() BEGIN CALL his(); END`)
			res, _, err := db.as("ann").Query(context.Background(), c.call)
			if err != nil {
				t.Fatal(err)
			}
			first, err := res.Next(context.Background())
			if err != nil || len(first) == 0 {
				t.Fatalf("the first rows: %v", err)
			}
			had := len(first)
			db.ok("root", c.loss)
			for err == nil {
				var more []session.Row
				more, err = res.Next(context.Background())
				had += len(more)
			}
			var e *session.Error
			lost := errors.As(err, &e) && e.Number == sqlerr.TableAccessDenied
			if lost == c.stays || c.stays != (had == 732) {
				t.Errorf("he has %d rows of 732, and %v", had, err)
			}
		})
	}
}
