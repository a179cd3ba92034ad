package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// KILL compares who has logged in, as MySQL's does, whomever PROXY made them; the process list shows those, and those of
// the account that it made.
func TestKillByProxies(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE USER front, third; GRANT PROXY ON einstein TO front; GRANT PROXY ON einstein TO third")
	for _, name := range []string{"front", "front#2", "third"} {
		user, _, _ := strings.Cut(name, "#")
		p := db.engine.Catalog().Snapshot().Principal(user)
		s, err := db.engine.NewSession(context.Background(), principal.FromPassword(p.ID, p.Name), session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		db.sessions[name] = s
	}
	db.rows("front", "SELECT CURRENT_USER()", "einstein@%")
	db.rows("einstein", "SELECT CURRENT_USER()", "einstein@%")
	id := func(user string) string { return fmt.Sprint(db.as(user).ID()) }
	db.rows("front", "SELECT id FROM information_schema.processlist ORDER BY id", id("einstein"), id("front"), id("front#2"))
	db.rows("einstein", "SELECT id FROM information_schema.processlist", id("einstein"))
	db.fails("front", "KILL "+id("einstein"), sqlerr.KillDenied)
	db.fails("front", "KILL QUERY "+id("third"), sqlerr.KillDenied)
	db.fails("einstein", "KILL "+id("front"), sqlerr.KillDenied)
	// What acts for the account is the account, and what acts for its invoker is who has logged in.
	db.ok("einstein", fmt.Sprintf("CREATE PROCEDURE ends(n INT) KILL QUERY %s; CREATE PROCEDURE ends_mine() SQL SECURITY INVOKER KILL QUERY %s", id("einstein"), id("einstein")))
	db.ok("front", "CALL einstein.ends(1)")
	db.fails("front", "CALL einstein.ends_mine()", sqlerr.KillDenied)
	db.ok("front", "KILL "+id("front#2"))
	if _, err := db.run("front#2", "SELECT 1"); err == nil {
		t.Error("the session goes on")
	}
}
