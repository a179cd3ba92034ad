package netserve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Conn is one connection of a protocol.
type Conn interface {
	// Serve runs the connection to its end and closes it. It must not panic.
	Serve()
	// End asks for the end, after what runs; any goroutine may call it.
	End()
	// Cut ends the connection now, without a word; any goroutine may call it.
	Cut()
}

// Limits bound the connections of one Server. Zero means no bound of its own.
type Limits struct {
	Connections         int // in every state
	PerAddress          int // of one address, in every state
	Strangers           int // that have not been admitted
	StrangersPerAddress int
}

// Options of New.
type Options struct {
	Name   string // of the protocol, in errors and log lines: "mysql"
	Closed error  // what Serve returns after Shutdown or Close
	Limits Limits
	Logger *slog.Logger // nil discards
	// Refuse tells a client that there is no room; it must not block for long and
	// need not close the connection. nil cuts without a word.
	Refuse func(net.Conn)
}

// Server accepts connections on any number of listeners.
type Server struct {
	opts     Options
	refusals refusals

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]struct{}
	places    map[*Place]struct{}
	strangers queue // in all
	addresses map[netip.Prefix]*count
	wg        sync.WaitGroup // places and refusals
}

// New returns a server that listens to nothing yet.
func New(opts Options) *Server {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &Server{
		opts:      opts,
		refusals:  refusals{log: opts.Logger, name: opts.Name},
		listeners: map[net.Listener]struct{}{},
		places:    map[*Place]struct{}{},
		addresses: map[netip.Prefix]*count{},
	}
}

// Serve accepts connections from l and runs what open makes of each, until the
// server is shut down, which it reports as Options.Closed, or l fails. It closes l.
func (s *Server) Serve(l net.Listener, open func(net.Conn, *Place) Conn) error {
	defer l.Close()
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return s.opts.Closed
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
			s.Take(raw, open)
			continue
		}
		if s.isClosing() {
			return s.opts.Closed
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return fmt.Errorf("%s: accept: %w", s.opts.Name, err)
		}
		// Out of file descriptors, most likely: wait for some to come back.
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.opts.Logger.Warn(s.opts.Name+": cannot accept, retrying", "error", err, "wait", wait)
		time.Sleep(wait)
	}
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// Take gives a connection that was accepted, here or elsewhere, a place and runs it in
// its own goroutine.
func (s *Server) Take(raw net.Conn, open func(net.Conn, *Place) Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		raw.Close()
		return
	}
	p := &Place{srv: s, from: AddressOf(raw.RemoteAddr())}
	for limit, ofAddress := s.full(p.from); limit != ""; limit, ofAddress = s.full(p.from) {
		s.refusals.note(raw.RemoteAddr(), limit)
		if !s.makeRoom(p.from, ofAddress) {
			s.turnAway(raw)
			return
		}
	}
	p.conn = open(raw, p)
	s.places[p] = struct{}{}
	s.enter(p)
	s.wg.Add(1)
	go func() {
		defer p.Leave()
		p.conn.Serve()
	}()
}

// full names the limit that keeps one more from an address out, and says whether it
// is one of that address. REQUIRES: mu.
func (s *Server) full(from netip.Prefix) (limit string, ofAddress bool) {
	l, at := &s.opts.Limits, s.addresses[from]
	if at == nil {
		at = &count{}
	}
	switch {
	case l.PerAddress > 0 && at.all >= l.PerAddress:
		return "connections of one address", true
	case l.StrangersPerAddress > 0 && at.strangers.n >= l.StrangersPerAddress:
		return "connections of one address without a login", true
	case l.Connections > 0 && len(s.places) >= l.Connections:
		return "connections", false
	case l.Strangers > 0 && s.strangers.n >= l.Strangers:
		return "connections without a login", false
	}
	return "", false
}

// turnAway closes a connection that has no place. REQUIRES: mu.
func (s *Server) turnAway(raw net.Conn) {
	if s.opts.Refuse == nil {
		raw.Close()
		return
	}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer raw.Close()
		s.opts.Refuse(raw)
	}()
}

// Connections returns how many connections there are now, in every state.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.places)
}

// Each calls f with each connection, under the server's lock.
func (s *Server) Each(f func(Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.places {
		f(p.conn)
	}
}

// Shutdown stops accepting, asks every connection to end and waits for them. When
// ctx ends first, it cuts them and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	conns := s.stopAccepting()
	for _, c := range conns {
		c.End()
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
		c.Cut()
	}
	return ctx.Err()
}

// Close cuts every connection and waits until they have ended, or given up their
// places.
func (s *Server) Close() error {
	for _, c := range s.stopAccepting() {
		c.Cut()
	}
	s.wg.Wait()
	return nil
}

func (s *Server) stopAccepting() []Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	s.refusals.stop()
	for l := range s.listeners {
		l.Close()
	}
	conns := make([]Conn, 0, len(s.places))
	for p := range s.places {
		conns = append(conns, p.conn)
	}
	return conns
}
