package engine

import (
	"context"
	"strings"
	"testing"
	"time"
)

// errandRuns starts CREATE SCHEMA … AUTHORIZATION tesla with something in it that does not end by itself, and waits until that runs.
func errandRuns(t *testing.T, db *testDB, as string) (outer *Session, ended <-chan error) {
	t.Helper()
	outer = db.as(as)
	ended = db.start(as, "CREATE SCHEMA sent AUTHORIZATION tesla CREATE TABLE t AS SELECT SLEEP(60) AS a")
	for range 500 {
		if in := outer.inner.Load(); in != nil && in.errand.cancel.Load() != nil {
			return outer, ended
		}
		select {
		case err := <-ended:
			t.Fatalf("it has ended: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("nothing runs")
	return nil, nil
}

// endsSoon says that it came to its end, and that nothing of it stays.
func endsSoon(t *testing.T, db *testDB, ended <-chan error, began time.Time) {
	t.Helper()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it came to its end")
		}
		if took := time.Since(began); took > aSecond {
			t.Errorf("ended after %v", took)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	if db.engine.Catalog().Snapshot().Database("sent") != nil {
		t.Error("the schema stays")
	}
}

// TestErrandIsNoConnection: what runs inside CREATE SCHEMA as its owner is a part of its sender's connection. The owner finds
// nothing of it, and nothing of it counts as his.
func TestErrandIsNoConnection(t *testing.T) {
	db := lab(t)
	db.ok("root", "ALTER USER tesla WITH MAX_USER_CONNECTIONS 1; CREATE DATABASE tesladb; GRANT ALL ON tesladb.* TO tesla")
	tesla := db.as("tesla")
	connections := func() int { return len(db.engine.procs.Processes()) }
	before := connections()
	root, ended := errandRuns(t, db, "root")
	if after := connections(); after != before {
		t.Errorf("%d connections, were %d", after, before)
	}
	if n := db.engine.sessions.users[tesla.login.Load().ID()]; n != 1 {
		t.Errorf("%d sessions of the owner", n)
	}
	for _, p := range db.engine.procs.Processes() {
		if p.Connection == root.id && (p.User != "root" || !strings.HasPrefix(p.Query, "CREATE SCHEMA")) {
			t.Errorf("root's connection is shown as %+v", p)
		}
	}
	got, err := db.run("tesla", "SELECT COUNT(*) FROM information_schema.processlist")
	if err != nil || len(got) != 1 || got[0] != "1" {
		t.Errorf("the owner sees %v, %v", got, err)
	}
	if o := root.inner.Load().sql.AuditOrigin(); o.Name != "tesla" || o.LoginName != "root" || o.Connection != root.id {
		t.Errorf("recorded as %+v", o)
	}
	began := time.Now()
	root.Cancel()
	endsSoon(t, db, ended, began)
	if root.inner.Load() != nil {
		t.Error("it is kept")
	}
	db.ok("root", "CREATE SCHEMA sent AUTHORIZATION tesla CREATE TABLE t (a INT)")
}

// TestErrandEnds: with the connection of its sender, with his right to have it run, and with its owner.
func TestErrandEnds(t *testing.T) {
	for name, end := range map[string]func(db *testDB){
		"KILL":        func(db *testDB) { db.ok("root", "KILL "+itoa(int(db.as("adm").id))) },
		"KILL QUERY":  func(db *testDB) { db.ok("root", "KILL QUERY "+itoa(int(db.as("adm").id))) },
		"demoted":     func(db *testDB) { db.ok("root", "REVOKE SYSTEM ADMIN FROM adm") },
		"dropped":     func(db *testDB) { db.ok("root", "DROP USER adm CASCADE") },
		"owner off":   func(db *testDB) { db.ok("root", "ALTER USER tesla SET ACTIVATED = FALSE") },
		"owner grows": func(db *testDB) { db.ok("root", "REVOKE SYSTEM ADMIN FROM adm; GRANT SYSTEM ADMIN TO tesla") },
	} {
		t.Run(name, func(t *testing.T) {
			db := lab(t)
			db.ok("root", "CREATE USER adm; GRANT SYSTEM ADMIN TO adm")
			_, ended := errandRuns(t, db, "adm")
			began := time.Now()
			end(db)
			endsSoon(t, db, ended, began)
		})
	}
}

// TestErrandIsGivenUp: with the session that it is a part of.
func TestErrandIsGivenUp(t *testing.T) {
	db := lab(t)
	outer, ended := errandRuns(t, db, "root")
	in := outer.inner.Load()
	in.abandon()
	select {
	case <-outer.Abandoned():
	default:
		t.Error("the session around goes on")
	}
	outer.Cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it came to its end")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	if _, _, err := outer.Query(context.Background(), "SELECT 1"); err == nil {
		t.Error("the session goes on")
	}
}
