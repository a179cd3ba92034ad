package mysql

import (
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/engine/session"
)

// A statement that nobody can stop keeps its goroutine in the engine. The session
// says so (Abandoned), and the attendant, a goroutine of the connection's that only
// waits, takes the connection over: it tells the client, closes the socket and gives
// the place up. When the statement comes back, its goroutine finds that the
// connection is no longer its own, and unwinds without touching it.

// turn says who may use the writer and close the books: the connection's goroutine,
// or, while that is in the engine, the attendant.
type turn struct{ state atomic.Int32 }

const (
	turnOwn    = iota // the goroutine is outside the engine
	turnEngine        // it is in a call of the session
	turnTaken         // the attendant has taken over, for good
)

// takenOver is what take panics with; conn.recover knows it.
type takenOver struct{}

// give is called before each call of the session that may run long, and take after it.
func (t *turn) give() { t.state.Store(turnEngine) }

func (t *turn) take() {
	if !t.state.CompareAndSwap(turnEngine, turnOwn) {
		panic(takenOver{})
	}
}

// tryTake is take inside a call of the session, to give it again.
func (t *turn) tryTake() bool { return t.state.CompareAndSwap(turnEngine, turnOwn) }

// seize is the attendant's.
func (t *turn) seize() bool { return t.state.CompareAndSwap(turnEngine, turnTaken) }

// lastWord bounds what a client that is cut off is still told.
const lastWord = 500 * time.Millisecond

// attend waits, beside the connection's goroutine, for the session to be killed or
// given up.
func (c *conn) attend(sess session.Session) {
	select {
	case <-sess.Done():
	case <-sess.Abandoned():
	case <-c.closed:
		return
	}
	c.end(endKilled)
	select {
	case <-sess.Abandoned():
		c.takeOver()
	case <-c.closed:
	}
}

// takeOver ends the connection although its goroutine does not. Outside the engine
// it can only be waiting for the client, which the closed socket ends.
func (c *conn) takeOver() {
	defer c.place.Leave()
	defer c.raw.Close()
	if !c.turn.seize() {
		return
	}
	tell := errInterrupted
	if c.stopping() {
		tell = errShutdown
	}
	_ = c.raw.SetWriteDeadline(time.Now().Add(lastWord)) // fails on a closed connection only
	c.wr.timeout = 0
	c.writeError(tell)
	_ = c.wr.flush() // the client may be gone, and is turned away either way
}

// stopping reports whether the server shuts down.
func (c *conn) stopping() bool {
	switch c.endReason() {
	case endShutdown, endCut:
		return true
	}
	return false
}
