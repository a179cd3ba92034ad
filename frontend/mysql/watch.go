package mysql

import (
	"errors"
	"os"
	"sync"
	"time"
)

// watch notices that the client of a running statement has gone.
//
// A closed connection shows only to a reader, and the connection's goroutine is
// busy running the statement. So when a statement has run for a while, a
// goroutine of its own takes over reading: into the connection's buffer, as far
// as it is free, consuming nothing. An error other than an interruption means
// that nobody waits for the answer. When the statement ends, disarm interrupts
// the read with a deadline in the past and waits for the goroutine, so at any
// time there is exactly one reader. A timed-out read leaves a TLS connection
// intact: partial records stay buffered in it, and only timeouts of writes are
// final.
//
// Short statements, nearly all, pay for a timer and nothing else.
type watch struct {
	reader *reader
	raw    *wireConn
	gone   func() // called once the client is known to be gone
	delay  time.Duration
	timer  *time.Timer

	mu      sync.Mutex
	running bool          // a statement runs
	done    chan struct{} // closed when the look-out ends; nil when there is none
}

// arm starts the clock: a statement begins.
func (w *watch) arm() {
	w.mu.Lock()
	w.running = true
	w.mu.Unlock()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.delay, w.lookOut)
		return
	}
	w.timer.Reset(w.delay)
}

// disarm ends the look-out; afterwards the reader is the caller's again. It says
// whether the read deadline has to be set anew.
func (w *watch) disarm() (deadlineLost bool) {
	w.timer.Stop()
	w.mu.Lock()
	w.running = false
	done := w.done
	w.mu.Unlock()
	if done == nil {
		return false
	}
	w.raw.setReadDeadline(longAgo)
	<-done
	return true
}

// lookOut is the timer's function. It may also run late, for a statement that
// ended as it began; then it watches the next one early, or nothing.
func (w *watch) lookOut() {
	w.mu.Lock()
	if !w.running || w.done != nil {
		w.mu.Unlock()
		return
	}
	done := make(chan struct{})
	w.done = done
	// The idle deadline does not count while a statement runs. Under the lock,
	// so that disarm's deadline comes after this one.
	w.raw.setReadDeadline(time.Time{})
	w.mu.Unlock()

	defer func() {
		w.mu.Lock()
		w.done = nil
		w.mu.Unlock()
		close(done)
	}()
	for {
		switch err := w.reader.lookAhead(); {
		case err == nil: // the client sends ahead; it is there
		case errors.Is(err, errBufferFull), errors.Is(err, os.ErrDeadlineExceeded):
			return
		default:
			w.gone()
			return
		}
	}
}
