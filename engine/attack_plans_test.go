package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
)

// planned are statements that run by key, with their operators kept, and bound only, as texts and as prepared
// ones, all over d.t.
var planned = []struct{ text, prepared string }{
	{"SELECT v FROM d.t WHERE id = 1", "SELECT v FROM d.t WHERE id = ?"},
	{"SELECT COUNT(*) FROM d.t WHERE v >= 1", "SELECT COUNT(*) FROM d.t WHERE v >= ?"},
	{"SELECT COUNT(*) FROM d.t WHERE v LIKE '1'", "SELECT COUNT(*) FROM d.t WHERE v LIKE ?"},
	{"SELECT COUNT(*) FROM d.mine WHERE id IN (SELECT id FROM d.t WHERE v >= 1)", "SELECT COUNT(*) FROM d.mine WHERE id IN (SELECT id FROM d.t WHERE v >= ?)"},
	{"UPDATE d.t SET v = 1 WHERE id = 1", "UPDATE d.t SET v = 1 WHERE id = ?"},
	{"UPDATE d.t SET v = 1 WHERE v LIKE '1'", "UPDATE d.t SET v = 1 WHERE v LIKE ?"},
	{"DELETE FROM d.t WHERE id = 7", "DELETE FROM d.t WHERE id > 5 AND id > ?"},
	{"INSERT INTO d.mine SELECT id + 10, v FROM d.t WHERE id = 9", "INSERT INTO d.mine SELECT id + 10, v FROM d.t WHERE id = 8 + ?"},
}

// plansOf is a session with its statements prepared, nil for one that may not be.
type plansOf struct {
	db    *testDB
	user  string
	stmts []*Stmt
}

func (db *testDB) plans(user string) *plansOf {
	p := &plansOf{db: db, user: user, stmts: make([]*Stmt, len(planned))}
	for i, q := range planned {
		if st, err := db.as(user).Prepare(context.Background(), q.prepared); err == nil {
			p.stmts[i] = st.(*Stmt)
		}
	}
	return p
}

// run runs all statements, as often as it takes to keep their plans; want is the number that the i-th ends with.
func (p *plansOf) run(t *testing.T, when string, want func(i int) sqlerr.Code) {
	t.Helper()
	for range 4 {
		for i, q := range planned {
			if got := p.db.number(p.user, q.text); got != want(i) {
				t.Errorf("%s: %s: %s: error %d, want %d", when, p.user, q.text, got, want(i))
			}
			if p.stmts[i] == nil {
				continue
			}
			if _, got := p.db.execute(p.stmts[i], session.IntValue(1)); got != want(i) {
				t.Errorf("%s: %s: %s: error %d, want %d", when, p.user, q.prepared, got, want(i))
			}
		}
	}
}

func (db *testDB) number(user, text string) sqlerr.Code {
	res, _, err := db.as(user).Query(context.Background(), text)
	if err == nil {
		_, err = drain(res)
	}
	if err == nil {
		return 0
	}
	return toClient(err, true).Number
}

func allowed(int) sqlerr.Code { return 0 }
func refused(int) sqlerr.Code { return sqlerr.TableAccessDenied }

// reads are the statements that need SELECT alone, and the one that needs INSERT elsewhere.
func onlyReads(i int) sqlerr.Code {
	if i < 4 || i == 7 {
		return 0
	}
	return sqlerr.TableAccessDenied
}

// E-03: a plan that was kept is never used for another user, nor after the rights that it was made under, or
// whoever the session acts for, have changed.
func TestAttackE03KeptPlansAreNobodyElses(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER ann IDENTIFIED BY 'x'; CREATE USER bob IDENTIFIED BY 'x'; CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT);
		CREATE TABLE d.mine (id INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1, 1), (2, 2); INSERT INTO d.mine VALUES (1, 1);
		GRANT SELECT, INSERT ON d.mine TO ann; GRANT SELECT, INSERT ON d.mine TO bob; GRANT SELECT, UPDATE, DELETE ON d.t TO ann`)
	ann := db.plans("ann")
	ann.run(t, "with all rights", allowed)
	if db.as("ann").compiledRuns < 20 {
		t.Fatalf("only %d runs were of kept plans", db.as("ann").compiledRuns)
	}
	bob := db.plans("bob")
	bob.run(t, "beside ann, without rights", refused)

	db.ok("root", "GRANT SELECT ON d.t TO bob")
	bob = db.plans("bob")
	bob.run(t, "with SELECT", onlyReads)
	db.ok("root", "REVOKE UPDATE, DELETE ON d.t FROM ann")
	ann.run(t, "after a REVOKE", onlyReads)
	db.ok("root", "REVOKE SELECT ON d.t FROM ann")
	ann.run(t, "after another one", refused)
	bob.run(t, "whose rights are as they were", onlyReads)

	// The same connection goes on as somebody else, and comes back.
	db.ok("root", "GRANT SELECT, UPDATE, DELETE ON d.t TO ann")
	ann.run(t, "granted again", allowed)
	s := db.as("ann")
	as := func(name string) {
		t.Helper()
		p := db.engine.inst.Cat.Snapshot().Principal(name)
		if err := s.ChangeUser(context.Background(), principal.Trusted(p.ID, p.Name), session.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	db.ok("root", "REVOKE SELECT ON d.t FROM bob")
	as("bob")
	(&plansOf{db, "ann", make([]*Stmt, len(planned))}).run(t, "ann's connection as bob", refused)
	as("ann")
	db.plans("ann").run(t, "and as ann again", allowed)

	// Roles that count no longer.
	db.ok("root", "CREATE ROLE reader; GRANT SELECT ON d.t TO reader; GRANT reader TO bob; REVOKE SELECT ON d.t FROM ann")
	db.ok("bob", "SET ROLE reader")
	bob = db.plans("bob")
	bob.run(t, "in a role", onlyReads)
	db.ok("bob", "SET ROLE NONE")
	bob.run(t, "without it", refused)
	db.ok("bob", "SET ROLE reader")
	bob.run(t, "in it again", onlyReads)
	db.ok("root", "REVOKE reader FROM bob; GRANT SELECT ON d.t TO ann")
	bob.run(t, "when it was taken away", refused)

	// What is another object under the old name is not what was allowed.
	ann = db.plans("ann")
	ann.run(t, "before", allowed)
	db.ok("root", "DROP TABLE d.t; CREATE TABLE d.t (id INT PRIMARY KEY, v INT)")
	ann.run(t, "of the table that was dropped", refused)
}

// What is asked when a plan was made is asked, and told to the audit, at each execution, as if it were planned then;
// a refusal is told once.
func TestKeptPlansAreAudited(t *testing.T) {
	var all [2][]string
	for mode := range all {
		var told []string
		db := newTestDBWith(t, Options{AuditDecision: func(d access.Decision) error {
			told = append(told, fmt.Sprint(d.Object(), d.Wanted(), d.Allowed()))
			return nil
		}})
		db.engine.opts.planEverything = mode == 1
		db.ok("root", "CREATE USER ann IDENTIFIED BY 'x'; CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v INT); CREATE TABLE d.mine (id INT PRIMARY KEY, v INT); GRANT ALL ON d.* TO ann")
		stmts := db.plans("ann").stmts
		for n := range 6 {
			if n == 5 {
				db.ok("root", "REVOKE ALL ON d.* FROM ann; GRANT INSERT ON d.* TO ann")
			}
			for i, st := range stmts {
				told = nil
				if _, number := db.execute(st, session.IntValue(1)); (number != 0) != (n == 5) {
					t.Fatalf("execution %d of %s: error %d", n, planned[i].prepared, number)
				}
				all[mode] = append(all[mode], fmt.Sprintf("execution %d of %s: %v", n, planned[i].prepared, told))
			}
		}
	}
	for i := range all[0] {
		if all[0][i] != all[1][i] {
			t.Errorf("kept:    %s\nplanned: %s", all[0][i], all[1][i])
		}
	}
}
