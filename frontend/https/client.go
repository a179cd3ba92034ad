package https

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
	"github.com/lxdb/lxdb/security/principal"
)

// space keeps ids that clients choose apart from those that we make.
type space uint8

const (
	connections space = iota // of Avatica
	tokens                   // of the JSON API
	planets                  // of PlanetScale's protocol
)

// clientKey is the place of a client in Server.clients.
type clientKey struct {
	space space
	id    string
	// owner is whose id it is, where the id is no secret but goes with his credentials: others may have the same one, and
	// do not hear of his. 0 elsewhere.
	owner principal.ID
}

func (c *client) key() clientKey {
	if c.space == connections && c.basic {
		return clientKey{c.space, c.id, c.owner}
	}
	return clientKey{c.space, c.id, 0}
}

// maxWaiting is how many requests may wait for their turn in one session: each holds
// its body.
const maxWaiting = 32

// client is a session and what hangs on it between requests.
type client struct {
	srv   *Server
	space space  // with id, its place in Server.clients
	id    string // the client's connection id, or our token
	owner principal.ID
	// basic: every request must prove its owner again. Else the key is the proof.
	basic bool
	sess  session.Session
	ctx   context.Context // ends with the client

	turn    chan struct{} // holds something when nobody uses the session
	waiting atomic.Int32
	gone    chan struct{}
	closed  chan struct{} // closed with the session
	endOnce sync.Once
	idle    *time.Timer

	// Who has the turn owns the rest.
	stmts    map[uint32]*statement
	lastStmt uint32
	open     *cursor // whose result the session has open
	last     fetched
	buffered share // rows that are put aside
	kept     share // the frame in last
}

// share is what a client holds of a bound of the server's.
type share struct {
	bytes atomic.Int64
	lost  atomic.Bool
}

func (s *share) add(to *atomic.Int64, n int64) {
	if !s.lost.Load() {
		s.bytes.Add(n)
		to.Add(n)
	}
}

// giveUp gives back all of it, for a client whose goroutine does not come back in time.
func (s *share) giveUp(to *atomic.Int64) {
	if !s.lost.Swap(true) {
		to.Add(-s.bytes.Load())
	}
}

// keep makes f the frame that can be fetched again. When there is no room for it, the
// client cannot: it has to execute the statement once more. REQUIRES: the turn.
func (c *client) keep(f fetched) {
	c.kept.add(&c.srv.kept, -c.last.size())
	if c.last = f; c.srv.kept.Load()+f.size() > c.srv.opts.BufferTotal {
		c.last = fetched{}
	}
	c.kept.add(&c.srv.kept, c.last.size())
}

func (f fetched) size() int64 {
	if f.frame == nil {
		return 0
	}
	return int64(len(f.frame.Rows))
}

// fetched is the last frame that was fetched: its answer may have been lost.
type fetched struct {
	stmt  uint32
	frame *avatica.Frame
}

// Errors about a client's session.
var (
	errBusy = sqlerr.UserLimitReached.Errorf("too many requests wait for this session").
		WithHint("open more connections, or wait for answers")
	errInterrupted = sqlerr.QueryInterrupted.Errorf("Query execution was interrupted")
	errInternal    = sqlerr.UnknownError.Errorf("internal error").WithHint("see the server log")
	errShutdown    = sqlerr.Shutdown.Errorf("Server shutdown in progress")
)

// open opens a session for who. It is nobody's until it is registered.
func (s *Server) open(who principal.Principal, space space, id string, basic bool, opts session.Options) (*client, error) {
	s.mu.Lock()
	if s.draining.Load() {
		s.mu.Unlock()
		return nil, errShutdown
	}
	s.ending.Add(1)
	s.mu.Unlock()
	life, cancel := context.WithCancel(context.Background())
	sess, err := s.opts.Opener.OpenSession(life, who, opts)
	if err != nil {
		cancel()
		s.ending.Done()
		return nil, err
	}
	c := &client{
		srv: s, space: space, id: id, owner: who.ID(), basic: basic, sess: sess, ctx: life,
		turn: make(chan struct{}, 1), gone: make(chan struct{}), closed: make(chan struct{}), stmts: map[uint32]*statement{},
	}
	c.turn <- struct{}{}
	c.idle = time.AfterFunc(c.idleLimit(), c.expire)
	s.metrics.opened.Inc()
	go c.attend(cancel)
	return c, nil
}

// register makes the client known by its key. It returns another one that has the key.
func (s *Server) register(c *client) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.clients[c.key()]; other != nil {
		return other
	}
	s.clients[c.key()] = c
	return nil
}

// find returns the client of a key that the caller may use, or nil. There is one answer
// for a key that nobody has and one that is another's.
func (s *Server) find(space space, id string, who principal.Principal) *client {
	s.mu.Lock()
	c := s.clients[clientKey{space, id, who.ID()}]
	if c == nil {
		c = s.clients[clientKey{space, id, 0}]
	}
	s.mu.Unlock()
	switch {
	case c == nil, c.basic && who.IsNobody(), !who.IsNobody() && who.ID() != c.owner:
		return nil
	}
	select {
	case <-c.sess.Done(): // attend ends it, and may not have come to that yet
		c.end()
		return nil
	default:
		return c
	}
}

// attend waits for the end, and ends a client whose session was killed.
func (c *client) attend(cancel context.CancelFunc) {
	select {
	case <-c.sess.Done():
		c.end()
	case <-c.gone:
	}
	// Who has the turn gets it back only when its call has returned; a call that does
	// not return is given up by the engine.
	select {
	case <-c.turn:
		c.forget()
		cancel()
		if err := c.sess.Close(); err != nil {
			c.srv.opts.Logger.Warn("https: closing a session", "conn", c.sess.ID(), "error", err)
		}
	case <-c.sess.Abandoned():
		cancel()
		c.buffered.giveUp(&c.srv.buffered)
		c.kept.giveUp(&c.srv.kept)
	}
	close(c.closed)
	c.srv.ending.Done()
}

// finish ends a client that its owner gives up, and waits for that: the owner's next
// request needs the place among max_user_connections. A call that does not return is
// waited for until the engine gives it up.
func (c *client) finish() {
	c.end()
	<-c.closed
}

// forget drops the results. REQUIRES: the turn.
func (c *client) forget() {
	for id := range c.stmts {
		c.closeStatement(id)
	}
	c.keep(fetched{})
}

// end makes the client unknown and has its session closed. What runs is cancelled.
func (c *client) end() {
	c.endOnce.Do(func() {
		c.srv.mu.Lock()
		if c.srv.clients[c.key()] == c {
			delete(c.srv.clients, c.key())
		}
		c.srv.mu.Unlock()
		c.idle.Stop()
		close(c.gone)
		select {
		case t := <-c.turn: // nothing runs
			c.turn <- t
		default:
			c.sess.Cancel()
		}
	})
}

// expire ends a client that was not used for long. One that is in use gets a new time
// when its request ends.
func (c *client) expire() {
	select {
	case t := <-c.turn:
		c.turn <- t
		c.end()
	default:
	}
}

func (c *client) idleLimit() time.Duration {
	limit, _ := c.sess.IdleLimit()
	if limit <= 0 || limit > c.srv.opts.IdleTimeout {
		return c.srv.opts.IdleTimeout
	}
	return limit
}

// enter waits for the turn. leave must follow when it returns nil.
func (c *client) enter(ctx context.Context) error {
	if c.waiting.Add(1) > maxWaiting {
		c.waiting.Add(-1)
		return errBusy
	}
	defer c.waiting.Add(-1)
	select {
	case <-c.turn:
	case <-c.gone:
		return errNoClient
	case <-ctx.Done():
		return errInterrupted
	}
	select {
	case <-c.gone:
		c.turn <- struct{}{}
		return errNoClient
	default:
		return nil
	}
}

func (c *client) leave() {
	c.idle.Reset(c.idleLimit())
	c.turn <- struct{}{}
}

// outcome is what a call returned.
type outcome[T any] struct {
	value T
	err   error
}

// use calls f, which may use the session, as soon as it is its turn.
func use[T any](ctx context.Context, c *client, f func() (T, error)) (T, error) {
	if err := c.enter(ctx); err != nil {
		var none T
		return none, err
	}
	value, back, err := call(ctx, c, f)
	if back {
		c.leave()
	}
	return value, err
}

// call calls f for who has the turn. When ctx ends, what f runs is cancelled. A
// statement that cannot be stopped keeps its goroutine, and the turn: call then returns
// without it and reports back as false, so f must leave nothing that others read.
func call[T any](ctx context.Context, c *client, f func() (T, error)) (value T, back bool, err error) {
	done := make(chan outcome[T], 1)
	go func() { done <- guarded(c, f) }()
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(cancelled)
		c.sess.Cancel()
	})
	select {
	case out := <-done:
		if !stop() {
			<-cancelled // it must not meet the next one's statement
		}
		return out.value, true, out.err
	case <-c.sess.Abandoned():
		c.end()
		return value, false, errInterrupted
	}
}

// guarded calls f and makes an error of a panic, which would end the process here.
func guarded[T any](c *client, f func() (T, error)) (out outcome[T]) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.opts.Logger.Error("https: panic", "conn", c.sess.ID(), "panic", p, "stack", string(debug.Stack()))
			out.err = errInternal
		}
	}()
	out.value, out.err = f()
	return out
}
