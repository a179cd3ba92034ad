package mysql

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/internal/netserve"
)

// conn is one client connection. Its goroutine owns everything here except what
// the mutex guards.
type conn struct {
	srv    *Server
	opts   *Options
	id     uint32 // announced in the greeting; the session's id
	remote string // "ip:port"
	host   string // without the port, as error 1045 names it
	raw    *wireConn

	seq   uint8 // packet number of this exchange, shared by rd and wr
	rd    reader
	wr    writer
	watch watch

	caps      capability
	several   bool          // the client may send several statements in one text
	idleUntil time.Time     // the deadline of the next command
	idleFor   time.Duration // the limit that it was made from
	idleWhy   error         // what a client is told that exceeds it
	stmts     map[uint32]*statement
	lastStmt  uint32
	file      *sentFile // of the statement that runs
	// told is the character set of errors, as it was when the last one came: who takes over does not ask the session.
	told      session.Charset
	longBytes int // held by the longData of all statements

	ctx    context.Context // ends with the connection, or when the client vanishes
	cancel context.CancelFunc

	place  *netserve.Place // what it takes of the server's limits
	turn   turn            // who may use the writer: see takeover.go
	closed chan struct{}   // closed when nothing is left to be done

	mu     sync.Mutex
	sess   session.Session // set once; nil before the login
	reason endReason
}

// endReason says who ends the connection.
type endReason uint8

const (
	endNone     endReason = iota // the client, or a fault
	endShutdown                  // Server.Shutdown: after the running statement
	endKilled                    // the session's Done: now
	endCut                       // Server.Close, or Shutdown's patience: now
)

// errQuit ends a connection without a word: the client said goodbye, or the
// last word has been written.
var errQuit = errors.New("connection ends")

func newConn(s *Server, raw net.Conn, place *netserve.Place) *conn {
	c := &conn{
		srv:    s,
		place:  place,
		opts:   &s.opts,
		id:     s.nextID(),
		remote: raw.RemoteAddr().String(),
		raw:    &wireConn{Conn: raw, budget: s.opts.LoginBytes},
	}
	c.host = c.remote
	if host, _, err := net.SplitHostPort(c.remote); err == nil {
		c.host = host
	}
	c.closed = make(chan struct{})
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.rd = reader{limit: s.opts.LoginBytes, seq: &c.seq}
	c.wr = writer{dst: c.raw, seq: &c.seq}
	c.watch = watch{reader: &c.rd, raw: c.raw, gone: c.vanished, delay: s.opts.VanishCheck}
	return c
}

// Serve implements netserve.Conn: the connection from greeting to close.
func (c *conn) Serve() {
	defer c.close()
	defer c.recover("serving a connection")
	if err := c.login(); err != nil {
		c.opts.Logger.Debug("mysql: login ended", "conn", c.id, "remote", c.remote, "error", err)
		return
	}
	c.commands()
}

func (c *conn) recover(doing string) {
	p := recover()
	if _, ok := p.(takenOver); ok {
		return
	}
	if p != nil {
		c.opts.Logger.Error("mysql: panic", "doing", doing, "conn", c.id, "remote", c.remote, "panic", p, "stack", string(debug.Stack()))
	}
}

// close frees everything. The session goes last but one, so that a statement
// that was running sees its context end first.
func (c *conn) close() {
	defer close(c.closed)
	c.cancel()
	defer c.raw.Close()
	if t, ok := c.wr.dst.(*tls.Conn); ok {
		defer t.Close() // says close_notify, with a deadline of its own
	}
	defer c.recover("closing a session")
	c.closeStatements()
	if c.sess != nil {
		if err := c.sess.Close(); err != nil {
			c.opts.Logger.Warn("mysql: closing a session", "conn", c.id, "error", err)
		}
	}
}

// commands reads and runs one command after the other.
func (c *conn) commands() {
	for {
		if c.endReason() != endNone {
			c.farewell(nil)
			return
		}
		c.freshenIdle()
		c.seq = 0
		packet, err := c.rd.next()
		if err != nil {
			c.farewell(err)
			return
		}
		c.srv.questions.Add(1)
		if err := c.dispatch(packet); err != nil {
			return
		}
		if err := c.wr.flush(); err != nil {
			c.opts.Logger.Debug("mysql: client does not take its answer", "conn", c.id, "error", err)
			return
		}
	}
}

// freshenIdle moves the idle deadline, when enough of it is used up that
// setting it is worth what it costs.
func (c *conn) freshenIdle() {
	limit, why := c.sess.IdleLimit()
	if limit == 0 {
		limit, why = c.opts.IdleTimeout, errInactive
	}
	now := time.Now()
	if limit == c.idleFor && c.idleUntil.Sub(now) > limit-limit/64 {
		return
	}
	c.idleFor, c.idleWhy, c.idleUntil = limit, why, now.Add(limit)
	c.raw.setReadDeadline(c.idleUntil)
}

// begun gives a client that has begun a packet some time to go on with it.
func (c *conn) begun() {
	now := time.Now()
	if until := now.Add(c.opts.PacketTimeout); until.Before(c.idleUntil) || until.Sub(c.idleUntil) > c.opts.PacketTimeout/4 {
		c.idleFor, c.idleWhy, c.idleUntil = 0, errReadTimeout, until
		c.raw.setReadDeadline(until)
	}
}

// farewell tells the client why the connection ends, if it is still there. When
// it has not asked anything, the packet is numbered as the answer to the command
// that it sends next.
func (c *conn) farewell(err error) {
	last, reason := (*session.Error)(nil), c.endReason()
	var told *session.Error
	if errors.As(err, &told) || errors.Is(err, errOutOfOrder) { // also of a packet that is too big, or has no memory
		last, _ = clientError(err)
	} else {
		c.seq = 1
		switch {
		case reason == endShutdown:
			last = errShutdown
		case reason != endNone:
			// Killed: as in MySQL, the connection is simply gone.
		case errors.Is(err, os.ErrDeadlineExceeded):
			last, _ = clientError(c.idleWhy)
		}
	}
	if last == nil {
		if err != nil && !errors.Is(err, io.EOF) {
			c.opts.Logger.Debug("mysql: connection lost", "conn", c.id, "error", err)
		}
		return
	}
	c.writeError(last)
	_ = c.wr.flush() // the client may be gone, and we are going
}

// end asks the connection to end: after the running statement for endShutdown,
// at once for endKilled. It may be called from any goroutine.
func (c *conn) end(reason endReason) {
	c.mu.Lock()
	if c.reason == endNone {
		c.reason = reason
	}
	c.mu.Unlock()
	c.raw.endReads()
	if reason == endKilled {
		c.cancel()
	}
}

// End implements netserve.Conn: the server shuts down.
func (c *conn) End() { c.end(endShutdown) }

// Cut implements netserve.Conn: what runs is cancelled, its client is told 1053, and
// soon the socket closes whatever happens.
func (c *conn) Cut() {
	c.mu.Lock()
	c.reason = endCut
	sess := c.sess
	c.mu.Unlock()
	c.cancel()
	if sess == nil {
		c.raw.Close()
		return
	}
	sess.Cancel()
	c.raw.endReads()
	time.AfterFunc(2*lastWord, func() { c.raw.Close() }) // for a client that does not read
}

func (c *conn) endReason() endReason {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// vanished is the watch's call: the client closed its end while a statement runs.
func (c *conn) vanished() {
	c.cancel()
	c.sess.Cancel() // no race: set before the first statement
}

// adopt makes sess the connection's, and ends the connection when the session
// is killed.
func (c *conn) adopt(sess session.Session) {
	if h, ok := sess.(session.Holder); ok {
		c.rd.hold = h.Hold
	}
	c.rd.stall = c.begun
	c.mu.Lock()
	c.sess = sess
	cut := c.reason == endCut
	c.mu.Unlock()
	if cut {
		sess.Cancel() // cut came while the session was being opened
	}
	go c.attend(sess)
}

func (c *conn) writeError(e *session.Error) {
	c.wr.begin()
	said := *e
	said.Message, said.Hint = errorIn(c.told, e.Message), errorIn(c.told, e.Hint)
	c.wr.buf = appendError(c.wr.buf, &said)
	c.wr.end()
}
