package engine

import (
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// SET innodb_lock_wait_timeout holds for the next statement, also within a transaction
// that has begun.
func TestLockWaitWithinATransaction(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); CREATE USER bob; GRANT ALL ON d.* TO bob; BEGIN; INSERT INTO d.t VALUES (1)")
	db.ok("bob", "BEGIN; INSERT INTO d.t VALUES (2); SET innodb_lock_wait_timeout = 1")
	begun := time.Now()
	db.fails("bob", "INSERT INTO d.t VALUES (1)", sqlerr.LockWaitTimeout)
	if waited := time.Since(begun); waited > 30*time.Second {
		t.Errorf("it waited for %s", waited)
	}
}
