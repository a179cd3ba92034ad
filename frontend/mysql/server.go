package mysql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/engine/session"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("mysql: server closed")

// Server serves the MySQL protocol on any number of listeners.
type Server struct {
	opts    Options
	started time.Time
	lastID  atomic.Uint32 // used when the Opener allocates no ids

	questions atomic.Uint64 // commands served, for COM_STATISTICS

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	pending   pending
	wg        sync.WaitGroup
}

// New checks the options and returns a server that is ready to Serve.
func New(opts Options) (*Server, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Server{
		opts:      o,
		started:   time.Now(),
		listeners: map[net.Listener]struct{}{},
		conns:     map[*conn]struct{}{},
		pending:   pending{byAddress: map[netip.Prefix]int{}},
	}, nil
}

// Serve accepts connections from l until the server is shut down, which it
// reports as ErrServerClosed, or l fails. It closes l.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[l] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
	}()

	for wait := time.Duration(0); ; {
		raw, err := l.Accept()
		if err == nil {
			wait = 0
			s.start(raw)
			continue
		}
		if s.isClosing() {
			return ErrServerClosed
		}
		if !isTemporary(err) {
			return fmt.Errorf("mysql: accept: %w", err)
		}
		// Out of file descriptors, most likely: wait for some to come back.
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.opts.Logger.Warn("mysql: cannot accept, retrying", "error", err, "wait", wait)
		time.Sleep(wait)
	}
}

func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// start admits raw and serves it in its own goroutine.
func (s *Server) start(raw net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		raw.Close()
		return
	}
	s.wg.Add(1)
	from := addressOf(raw.RemoteAddr())
	if len(s.conns) >= s.opts.MaxConnections || !s.pending.room(from, &s.opts) {
		go func() {
			defer s.wg.Done()
			s.refuse(raw)
		}()
		return
	}
	c := newConn(s, raw)
	c.from = from
	s.conns[c] = struct{}{}
	s.pending.add(from, 1)
	go func() {
		defer s.wg.Done()
		defer s.forget(c)
		c.serve()
	}()
}

// refuse tells a client that there is no room.
func (s *Server) refuse(raw net.Conn) {
	defer raw.Close()
	// It has no SQLSTATE: before the greeting neither side knows whether the
	// other speaks protocol 4.1, and MySQL's clients would show it as text.
	payload := appendErrorWithoutState(nil, errTooManyConnections)
	packet := append([]byte{byte(len(payload)), 0, 0, 0}, payload...)
	_ = raw.SetWriteDeadline(time.Now().Add(s.opts.LoginTimeout))
	_, _ = raw.Write(packet) // best effort: the client is turned away either way
}

// admitted moves c from the pending to the logged-in connections.
func (s *Server) admitted(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.admitted {
		c.admitted = true
		s.pending.add(c.from, -1)
	}
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if !c.admitted {
		s.pending.add(c.from, -1)
	}
}

// Connections returns how many connections there are now, in every state.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Shutdown stops accepting, ends idle connections with error 1053 and lets
// running statements finish. When ctx ends first, it cancels what still runs,
// cuts the connections and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	conns := s.stopAccepting()
	for _, c := range conns {
		c.end(endShutdown)
	}
	drained := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(drained)
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
	}
	for _, c := range conns {
		c.cut()
	}
	return ctx.Err()
}

// Close cuts every connection and waits until their sessions are closed.
func (s *Server) Close() error {
	for _, c := range s.stopAccepting() {
		c.cut()
	}
	s.wg.Wait()
	return nil
}

func (s *Server) stopAccepting() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for l := range s.listeners {
		l.Close()
	}
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	return conns
}

func (s *Server) nextID() uint32 {
	if a, ok := s.opts.Opener.(session.IDAllocator); ok {
		return a.NextID()
	}
	return s.lastID.Add(1)
}
