// Package process knows what every connection does at the moment: it is what SHOW
// PROCESSLIST shows, and by it KILL finds the statement to end.
//
// The library's own list counts every row that a scan returns under one lock of
// the whole server, and makes several maps for each statement. Nobody reads those
// counts, so this one keeps none.
package process

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
)

// slowAfter is the value of long_query_time, which cannot be set.
const slowAfter = 10 * time.Second

var (
	errUnknown = errors.New("process: the connection is not in the list")
	errBusy    = errors.New("process: the connection already does something")
)

// List is the list of all connections. Its methods may be called by any
// goroutine; those of one connection come one after the other, but for Kill.
type List struct {
	mu    sync.RWMutex
	conns map[uint32]*connection
}

var _ sql.ProcessList = (*List)(nil)

// connection is one row of the list.
type connection struct {
	mu   sync.Mutex
	info sql.Process
}

// NewList returns an empty list.
func NewList() *List { return &List{conns: map[uint32]*connection{}} }

func (l *List) get(id uint32) *connection {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.conns[id]
}

// Processes implements sql.ProcessList: a copy of every row, in no order.
func (l *List) Processes() []sql.Process {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make([]sql.Process, 0, len(l.conns))
	for _, c := range l.conns {
		c.mu.Lock()
		out = append(out, c.info)
		c.mu.Unlock()
	}
	return out
}

// AddConnection implements sql.ProcessList: somebody has connected and has not
// logged in.
func (l *List) AddConnection(id uint32, addr string) {
	sql.StatusVariables.IncrementGlobal("Threads_connected", 1)
	c := &connection{info: sql.Process{
		Connection: id, Command: sql.ProcessCommandConnect, Host: addr, User: "unauthenticated user", StartedAt: time.Now(),
	}}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[id] = c
}

// ConnectionReady implements sql.ProcessList: the connection has a user, or another.
func (l *List) ConnectionReady(s sql.Session) {
	c := &connection{info: sql.Process{
		Connection: s.ID(), Command: sql.ProcessCommandSleep, Host: s.Client().Address, User: s.Client().User,
		StartedAt: time.Now(), Database: s.GetCurrentDatabase(),
	}}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[s.ID()] = c
}

// RemoveConnection implements sql.ProcessList. What the connection does ends.
func (l *List) RemoveConnection(id uint32) {
	l.mu.Lock()
	c := l.conns[id]
	delete(l.conns, id)
	l.mu.Unlock()
	if c == nil {
		return
	}
	sql.StatusVariables.IncrementGlobal("Threads_connected", -1)
	c.cancel()
}

// BeginQuery implements sql.ProcessList. The context that it returns ends with
// Kill, and with EndQuery.
func (l *List) BeginQuery(ctx *sql.Context, query string) (*sql.Context, error) {
	if ctx.IsInterpreted() {
		return ctx, nil // a statement of a routine: its CALL is in the list
	}
	c := l.get(ctx.Session.ID())
	if c == nil {
		return nil, errUnknown
	}
	var cancel context.CancelFunc
	ctx.Context, cancel = context.WithCancel(ctx.Context) // in place: it was made for this statement
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info.Command, c.info.Query, c.info.QueryPid = sql.ProcessCommandQuery, query, ctx.Pid()
	c.info.StartedAt, c.info.Kill = time.Now(), cancel // not QueryTime, which SET timestamp moves
	sql.StatusVariables.IncrementGlobal("Threads_running", 1)
	return ctx, nil
}

// EndQuery implements sql.ProcessList. A second call for a statement does nothing.
func (l *List) EndQuery(ctx *sql.Context) {
	if ctx.IsInterpreted() {
		return
	}
	c := l.get(ctx.Session.ID())
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.info.QueryPid != ctx.Pid() || c.info.Kill == nil {
		return
	}
	now := time.Now()
	if now.Sub(c.info.StartedAt) > slowAfter {
		sql.IncrementStatusVariable(ctx, "Slow_queries", 1)
	}
	sql.StatusVariables.IncrementGlobal("Threads_running", -1)
	c.info.Kill()
	c.info.Command, c.info.Query, c.info.QueryPid, c.info.Kill = sql.ProcessCommandSleep, "", 0, nil
	c.info.StartedAt = now
}

// BeginOperation implements sql.ProcessList: work that Kill ends and that the
// list does not show, like preparing a statement.
func (l *List) BeginOperation(ctx *sql.Context) (*sql.Context, error) {
	if ctx.IsInterpreted() {
		return ctx, nil
	}
	c := l.get(ctx.Session.ID())
	if c == nil {
		return nil, errUnknown
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.info.Kill != nil {
		return nil, errBusy
	}
	inner, cancel := ctx.NewSubContext()
	c.info.Kill = cancel
	return inner, nil
}

// EndOperation implements sql.ProcessList.
func (l *List) EndOperation(ctx *sql.Context) {
	if ctx.IsInterpreted() {
		return
	}
	if c := l.get(ctx.Session.ID()); c != nil {
		c.cancel()
		c.mu.Lock()
		c.info.Kill = nil
		c.mu.Unlock()
	}
}

// Kill implements sql.ProcessList: whatever the connection does ends.
func (l *List) Kill(id uint32) {
	if c := l.get(id); c != nil {
		c.cancel()
	}
}

func (c *connection) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.info.Kill != nil {
		c.info.Kill()
	}
}
