package process

import (
	"context"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/variables"
)

func TestMain(m *testing.M) {
	variables.InitStatusVariables() // the list counts in them
	m.Run()
}

func statement(id uint32, pid uint64) *sql.Context {
	s := sql.NewBaseSessionWithClientServer("server", sql.Client{User: "tesla", Address: "here"}, id)
	return sql.NewContext(context.Background(), sql.WithSession(s), sql.WithPid(pid))
}

func only(t *testing.T, l *List) sql.Process {
	t.Helper()
	all := l.Processes()
	if len(all) != 1 {
		t.Fatalf("%d rows, want 1", len(all))
	}
	return all[0]
}

// TestStatement follows one connection from its opening to its end.
func TestStatement(t *testing.T) {
	l := NewList()
	ctx := statement(7, 1)
	if _, err := l.BeginQuery(ctx, "SELECT 1"); err == nil {
		t.Error("a connection that is not in the list runs a statement")
	}
	l.AddConnection(7, "here")
	if p := only(t, l); p.Command != sql.ProcessCommandConnect || p.User != "unauthenticated user" {
		t.Errorf("before login: %+v", p)
	}
	l.ConnectionReady(ctx.Session)
	running, err := l.BeginQuery(ctx, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if p := only(t, l); p.Command != sql.ProcessCommandQuery || p.Query != "SELECT 1" || p.User != "tesla" {
		t.Errorf("a statement runs: %+v", p)
	}
	l.Kill(8)
	if running.Err() != nil {
		t.Error("KILL of another connection ended it")
	}
	l.Kill(7)
	if running.Err() == nil {
		t.Error("KILL ended nothing")
	}
	l.EndQuery(running)
	if p := only(t, l); p.Command != sql.ProcessCommandSleep || p.Query != "" {
		t.Errorf("after it: %+v", p)
	}
	l.RemoveConnection(7)
	if n := len(l.Processes()); n != 0 {
		t.Errorf("%d rows after the end", n)
	}
}

// TestLateEnd: the end of an older statement, which the library may tell twice,
// leaves the one alone that runs now.
func TestLateEnd(t *testing.T) {
	l := NewList()
	l.AddConnection(7, "here")
	first, err := l.BeginQuery(statement(7, 1), "first")
	if err != nil {
		t.Fatal(err)
	}
	l.EndQuery(first)
	second, err := l.BeginQuery(statement(7, 2), "second")
	if err != nil {
		t.Fatal(err)
	}
	l.EndQuery(first)
	if second.Err() != nil || only(t, l).Query != "second" {
		t.Error("the end of the first statement ended the second")
	}
	l.RemoveConnection(7)
	if second.Err() == nil {
		t.Error("a statement outlives its connection")
	}
}

// TestOperation: one at a time, ended by Kill, not shown as a statement.
func TestOperation(t *testing.T) {
	l := NewList()
	l.AddConnection(7, "here")
	ctx := statement(7, 0)
	working, err := l.BeginOperation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.BeginOperation(ctx); err == nil {
		t.Error("two at once")
	}
	if p := only(t, l); p.Command == sql.ProcessCommandQuery {
		t.Errorf("shown as a statement: %+v", p)
	}
	l.Kill(7)
	if working.Err() == nil {
		t.Error("KILL ended nothing")
	}
	l.EndOperation(working)
	if _, err := l.BeginOperation(ctx); err != nil {
		t.Error(err)
	}
}
