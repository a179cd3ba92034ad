package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// testDB is an engine in memory with a session per user.
type testDB struct {
	t        testing.TB
	engine   *Engine
	sessions map[string]*Session
}

// oneSession leaves a test out of the runs under the race detector: its statements run
// one after another, so that nothing could race, and there they take ten times as long.
func oneSession(t testing.TB) {
	if raceDetector {
		t.Skip("the statements of one session race with nothing")
	}
}

func newTestDB(t testing.TB) *testDB { return newTestDBWith(t, Options{}) }

// newTestDBWith opens one with options, in memory and with cheap hashes.
func newTestDBWith(t testing.TB, opts Options) *testDB {
	t.Helper()
	opts.InMemory, opts.Hash = true, authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}
	e, err := Open(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	db := &testDB{t: t, engine: e, sessions: map[string]*Session{}}
	t.Cleanup(func() {
		for _, s := range db.sessions {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		findings, err := e.Check(context.Background())
		if err != nil {
			t.Errorf("check what the test leaves: %v", err)
		}
		for _, f := range findings {
			t.Errorf("the test leaves %s: %s (%d)", f.Object, f.What, f.Count)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// as returns the session of a user, opened at its first use. name may end in
// #2 for a second session.
func (db *testDB) as(name string) *Session {
	db.t.Helper()
	if s := db.sessions[name]; s != nil {
		return s
	}
	user, _, _ := strings.Cut(name, "#")
	p := db.engine.Catalog().Snapshot().Principal(user)
	if p == nil {
		db.t.Fatalf("no user %s", user)
	}
	s, err := db.engine.NewSession(context.Background(), principal.Trusted(p.ID, p.Name), session.Options{})
	if err != nil {
		db.t.Fatal(err)
	}
	db.sessions[name] = s
	return s
}

// run executes statements and returns the rows of the last as text.
func (db *testDB) run(user, text string) ([]string, error) {
	s := db.as(user)
	var rows []string
	for text != "" {
		res, rest, err := s.Query(context.Background(), text)
		if err != nil {
			return nil, err
		}
		if rows, err = drain(res); err != nil {
			return nil, err
		}
		text = rest
	}
	return rows, nil
}

func drain(res session.Result) ([]string, error) {
	defer res.Close()
	var out []string
	for {
		batch, err := res.Next(context.Background())
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for _, row := range batch {
			cells := make([]string, len(row))
			for i, v := range row {
				cells[i] = show(v)
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
}

func show(v session.Value) string {
	switch v.Kind() {
	case session.Null:
		return "NULL"
	case session.Int:
		return fmt.Sprint(v.Int())
	case session.Uint:
		return fmt.Sprint(v.Uint())
	case session.Float32:
		return fmt.Sprint(v.Float32())
	case session.Float64:
		return fmt.Sprint(v.Float64())
	case session.Bytes:
		return string(v.Bytes())
	}
	if v.Kind() == session.DateTime {
		c := v.Civil()
		return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Sec)
	}
	return fmt.Sprintf("%v", v)
}

func (db *testDB) ok(user, text string) []string {
	db.t.Helper()
	rows, err := db.run(user, text)
	if err != nil {
		db.t.Fatalf("%s> %s: %v", user, text, err)
	}
	return rows
}

func (db *testDB) rows(user, text string, want ...string) {
	db.t.Helper()
	got := db.ok(user, text)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		db.t.Errorf("%s> %s\n got %q\nwant %q", user, text, got, want)
	}
}

func (db *testDB) fails(user, text string, number sqlerr.Code) {
	db.t.Helper()
	rows, err := db.run(user, text)
	var e *session.Error
	if !errors.As(err, &e) || e.Number != number {
		db.t.Errorf("%s> %s: got rows %q, error %v; want error %d", user, text, rows, err, number)
	}
}
