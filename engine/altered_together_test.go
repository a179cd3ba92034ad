package engine

import (
	"fmt"
	"sync"
	"testing"
)

// TestAlteredTogether: of several sessions that add columns to one table at once, each either adds its column or is told to
// try again: none is lost.
func TestAlteredTogether(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); INSERT INTO d.t VALUES (1), (2)")
	users := []string{"u1", "u2", "u3"}
	for _, u := range users {
		db.ok("root", "CREATE USER "+u+" IDENTIFIED BY 'pw-user-1'; GRANT SELECT, INSERT, ALTER ON d.t TO "+u)
		db.ok(u, "SELECT 1")
	}
	var mu sync.Mutex
	var added []string
	var all sync.WaitGroup
	for _, u := range users {
		all.Go(func() {
			for i := range 12 {
				name := fmt.Sprintf("%s_%d", u, i)
				if _, err := db.run(u, "ALTER TABLE d.t ADD COLUMN "+name+" INT DEFAULT 7"); err == nil {
					mu.Lock()
					added = append(added, name)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if len(added) < 12 {
		t.Errorf("%d columns of 36 were added", len(added))
	}
	for _, name := range added {
		db.rows("root", "SELECT "+name+" FROM d.t WHERE id = 1", "7")
	}
}
