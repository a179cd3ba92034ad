package lxtest_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/internal/lxtest"
)

// aSecond is "a second" on a busy machine.
const aSecond = 10 * time.Second

// connect returns one connection of a user, and its id.
func connect(t *testing.T, s *lxtest.Server, user, password string) (*sql.Conn, int) {
	t.Helper()
	c, err := s.Open(user, password, "").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var id int
	if err := c.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return c, id
}

func execAll(t *testing.T, c *sql.Conn, statements ...string) {
	t.Helper()
	for _, text := range statements {
		if _, err := c.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%.80s: %v", text, err)
		}
	}
}

// run runs a statement in the background and returns how it ends.
func run(c *sql.Conn, text string) <-chan error {
	failed := make(chan error, 1)
	go func() {
		rows, err := c.QueryContext(context.Background(), text)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		failed <- err
	}()
	return failed
}

// mustEnd wants a statement to end soon, and with an error.
func mustEnd(t *testing.T, failed <-chan error) error {
	t.Helper()
	err := ends(t, failed)
	if err == nil {
		t.Error("the statement ended well")
	}
	return err
}

// ends wants a statement to end soon, well or not.
func ends(t *testing.T, failed <-chan error) error {
	t.Helper()
	select {
	case err := <-failed:
		return err
	case <-time.After(aSecond):
		t.Fatalf("the statement runs still after %v", aSecond)
	}
	return nil
}

// busy keeps a processor busy inside one expression, where no row comes by at which it
// could be looked whether somebody wants its end.
const busy = "SELECT BENCHMARK(1000000000000, SHA2('x', 512))"

func startLab(t *testing.T, opts ...lxtest.Option) *lxtest.Server {
	t.Helper()
	s := lxtest.Start(t, opts...)
	s.Exec("CREATE DATABASE lab", "USE lab", "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1), (2, 2)",
		"CREATE PROCEDURE spin() BEGIN DECLARE i INT DEFAULT 0; REPEAT SET i = i + 1; UNTIL i < 0 END REPEAT; SELECT i; END",
		"CREATE USER bob IDENTIFIED BY 'pw-bob'", "GRANT READ, WRITE, EXECUTE ON SCHEMA lab TO bob")
	return s
}

// TestAttackL1 ends a statement in each of the ways that there are; one that spins in
// a procedure, and one inside an expression. Each time what it held is free at once.
func TestAttackL1EveryWayToEndAStatement(t *testing.T) {
	ways := map[string]func(t *testing.T, root *sql.DB, id int, c *sql.Conn){
		"kill": func(t *testing.T, root *sql.DB, id int, _ *sql.Conn) { mustExec(t, root, fmt.Sprintf("KILL %d", id)) },
		"kill query": func(t *testing.T, root *sql.DB, id int, _ *sql.Conn) {
			mustExec(t, root, fmt.Sprintf("KILL QUERY %d", id))
		},
		"account lock": func(t *testing.T, root *sql.DB, _ int, _ *sql.Conn) { mustExec(t, root, "ALTER USER bob ACCOUNT LOCK") },
		"drop user":    func(t *testing.T, root *sql.DB, _ int, _ *sql.Conn) { mustExec(t, root, "DROP USER bob CASCADE") },
		"password": func(t *testing.T, root *sql.DB, _ int, _ *sql.Conn) {
			mustExec(t, root, "ALTER USER bob IDENTIFIED BY 'pw-another'")
		},
		"vanish": func(*testing.T, *sql.DB, int, *sql.Conn) { // its context ends
		},
	}
	for _, text := range []string{"CALL lab.spin()", busy} {
		for name, end := range ways {
			if text[:4] != "CALL" && name != "kill" && name != "account lock" {
				continue // each keeps a processor busy for seconds
			}
			t.Run(name+" "+text[:4], func(t *testing.T) {
				s := startLab(t)
				root := s.Open("root", s.Root, "")
				c, id := connect(t, s, "bob", "pw-bob")
				execAll(t, c, "SELECT GET_LOCK('mine', 0)", "BEGIN", "UPDATE lab.t SET v = 9")
				failed := make(chan error, 1)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				go func() {
					_, err := c.ExecContext(ctx, text)
					failed <- err
				}()
				waitForStatement(t, root, text[:12], true)
				if name == "vanish" {
					leave()
				} else {
					end(t, root, id, c)
				}
				mustEnd(t, failed)
				mustExec(t, root, "SET innodb_lock_wait_timeout = 20")
				if name == "kill query" && text[:4] == "CALL" {
					execAll(t, c, "ROLLBACK", "SELECT RELEASE_ALL_LOCKS()") // the session lives
				}
				begun := time.Now()
				mustExec(t, root, "UPDATE lab.t SET v = 7")
				var free int
				if err := root.QueryRow("SELECT GET_LOCK('mine', 15)").Scan(&free); err != nil || free != 1 {
					t.Errorf("the named lock: %d, %v", free, err)
				}
				if waited := time.Since(begun); waited > aSecond {
					t.Errorf("others waited %v for its locks", waited)
				}
				if text[:4] != "CALL" {
					_ = s.Instance().Shutdown(t.Context())
					s.Forget()
				}
			})
		}
	}
}

// TestAttackL1WhatCannotBeStopped: the loops that docs/cancel.md lists keep nothing from
// others for longer than the time that they get to come back. Each keeps a processor
// busy for seconds, or until the test ends.
func TestAttackL1WhatCannotBeStopped(t *testing.T) {
	long := strings.Repeat("1,", 400_000) + "1"
	var list strings.Builder
	for i := range 8_000 {
		fmt.Fprintf(&list, "%d,", 3*i)
	}
	for name, text := range map[string]string{
		"one expression":                  busy,
		"ranges of an index":              "SELECT COUNT(*) FROM lab.t WHERE id IN (" + list.String() + "1)",
		"rows of a long document":         "SELECT COUNT(*) FROM JSON_TABLE(CONCAT('[1', REPEAT(',1', 1000000), ']'), '$[*]' COLUMNS (x INT PATH '$')) j",
		"reading and planning long texts": "SELECT COUNT(*) FROM lab.t WHERE 1 IN (" + long + ")",
	} {
		t.Run(name, func(t *testing.T) {
			s := startLab(t)
			c, id := connect(t, s, "bob", "pw-bob")
			execAll(t, c, "BEGIN", "UPDATE lab.t SET v = 9")
			failed := run(c, text)
			root := s.Open("root", s.Root, "")
			tick := time.NewTicker(5 * time.Millisecond)
			for i := 0; i < 40 && !running(t, root, text[:20]); i++ { // while it is parsed, it is in no list
				<-tick.C
			}
			tick.Stop()
			mustExec(t, root, fmt.Sprintf("KILL %d", id))
			mustExec(t, root, "SET innodb_lock_wait_timeout = 20")
			begun := time.Now()
			mustExec(t, root, "UPDATE lab.t SET v = 7")
			if waited := time.Since(begun); waited > aSecond {
				t.Errorf("others waited %v for its locks", waited)
			}
			ends(t, failed) // well, too: a fast machine is done with it before the KILL
			if err := s.Instance().Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			s.Forget()
		})
	}
}

// TestAttackL1Shutdown: the server ends within the time that it has, whatever runs.
func TestAttackL1Shutdown(t *testing.T) {
	for _, text := range []string{"CALL lab.spin()", busy} {
		t.Run(text[:4], func(t *testing.T) {
			s := startLab(t)
			c, _ := connect(t, s, "bob", "pw-bob")
			failed := run(c, text)
			waitForStatement(t, s.Open("root", s.Root, ""), text[:12], true)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			begun := time.Now()
			if err := s.Instance().Shutdown(ctx); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
			if took := time.Since(begun); took > aSecond {
				t.Errorf("the shutdown took %v", took)
			}
			if err := mustEnd(t, failed); number(err) != 1053 {
				t.Errorf("its client is told %v, want 1053", err)
			}
			s.Forget()
		})
	}
}

// TestAttackL4OneUserStopsTheOthers: one account fills its places and no more, before
// and after the login, and an administrator gets in at any time.
func TestAttackL4OneUserStopsTheOthers(t *testing.T) {
	limits := engine.SessionLimits{All: 12, PerUser: 8, Admin: 2}
	s := startLab(t, lxtest.With(func(o *instance.Options) { o.Sessions = limits }))
	s.Exec("CREATE USER ann IDENTIFIED BY 'pw-ann'")
	var open []*sql.Conn
	try := func(user, password string) error {
		c, err := s.Open(user, password, "").Conn(t.Context())
		if err == nil {
			open = append(open, c)
		}
		return err
	}
	refused := 0
	for range 30 {
		if err := try("bob", "pw-bob"); number(err) == 1203 {
			refused++
		} else if err != nil {
			t.Fatalf("bob: %v", err)
		}
	}
	if refused != 22 {
		t.Errorf("%d of 30 connections of one user were refused; he may have 8", refused)
	}
	for range 4 {
		if err := try("ann", "pw-ann"); err != nil {
			t.Errorf("another user: %v", err)
		}
	}
	if err := try("ann", "pw-ann"); number(err) != 1040 {
		t.Errorf("one too many: %v, want 1040", err)
	}
	for range 2 {
		if err := try("root", s.Root); err != nil {
			t.Errorf("the administrator: %v", err)
		}
	}
	if err := try("root", s.Root); number(err) != 1040 {
		t.Errorf("the third administrator: %v, want 1040", err)
	}
	for _, c := range open {
		c.Close()
	}
}

// TestIdleOverWire: both limits close a connection with MySQL's 4031, and free what
// its transaction held.
func TestIdleOverWire(t *testing.T) {
	s := startLab(t)
	root := s.Open("root", s.Root, "")
	idle, _ := connect(t, s, "bob", "pw-bob")
	execAll(t, idle, "SET wait_timeout = 1")
	owner, _ := connect(t, s, "bob", "pw-bob")
	execAll(t, owner, "SET idle_transaction_timeout = 1", "BEGIN", "UPDATE lab.t SET v = 9")
	stays, _ := connect(t, s, "bob", "pw-bob")
	execAll(t, stays, "SET idle_transaction_timeout = 1", "BEGIN", "UPDATE lab.t SET v = v WHERE id = 99", "ROLLBACK")
	mustExec(t, root, "SET innodb_lock_wait_timeout = 20")
	mustExec(t, root, "UPDATE lab.t SET v = 5")
	for name, c := range map[string]*sql.Conn{"idle": idle, "in a transaction": owner} {
		tick := time.NewTicker(1100 * time.Millisecond) // above the limit: asking is a sign of life
		for end := time.Now().Add(aSecond); c.PingContext(t.Context()) == nil; <-tick.C {
			if time.Now().After(end) {
				t.Errorf("the connection that is %s answers still", name)
				break
			}
		}
		tick.Stop()
	}
	execAll(t, stays, "SELECT 1")
	var v int
	if err := root.QueryRow("SELECT v FROM lab.t WHERE id = 1").Scan(&v); err != nil || v != 5 {
		t.Errorf("v is %d, %v", v, err)
	}
}
