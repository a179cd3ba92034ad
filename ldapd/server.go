package ldapd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("ldapd: server closed")

// Server serves the directory on any number of listeners.
type Server struct {
	opts      Options
	directory *directory
	large     atomic.Int64 // bytes of large messages in memory

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	addresses map[netip.Addr]int
	wg        sync.WaitGroup
}

// New checks the options and returns a server that is ready to Serve.
func New(opts Options) (*Server, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	d, err := newDirectory(o)
	if err != nil {
		return nil, err
	}
	return &Server{
		opts:      o,
		directory: d,
		listeners: map[net.Listener]struct{}{},
		conns:     map[*conn]struct{}{},
		addresses: map[netip.Addr]int{},
	}, nil
}

// Serve accepts plain connections, which may ask for StartTLS, until the server
// is shut down, which it reports as ErrServerClosed, or l fails. It closes l.
func (s *Server) Serve(l net.Listener) error { return s.serve(l, false) }

// ServeTLS is Serve for connections that begin with TLS (ldaps). It needs
// Options.TLS.
func (s *Server) ServeTLS(l net.Listener) error {
	if s.opts.TLS == nil {
		return errors.Join(errors.New("ldapd: no TLS configuration"), l.Close())
	}
	return s.serve(l, true)
}

func (s *Server) serve(l net.Listener, implicitTLS bool) error {
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
			s.start(raw, implicitTLS)
			continue
		}
		if s.isClosing() {
			return ErrServerClosed
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return fmt.Errorf("ldapd: accept: %w", err)
		}
		// Out of file descriptors, most likely: wait for some to come back.
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.opts.Logger.Warn("ldapd: cannot accept, retrying", "error", err, "wait", wait)
		time.Sleep(wait)
	}
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// start admits raw and serves it in its own goroutine. Who is one too many is cut
// off without a word: telling would cost what the limit saves.
func (s *Server) start(raw net.Conn, implicitTLS bool) {
	c := newConn(s, raw, implicitTLS)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.conns) >= s.opts.Limits.Connections || s.addresses[c.address] >= s.opts.Limits.PerAddress {
		if !s.closing {
			s.opts.Logger.Warn("ldapd: connection refused: too many", "remote", raw.RemoteAddr())
		}
		c.cancel()
		raw.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.addresses[c.address]++
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer s.forget(c)
		c.serve()
	}()
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.addresses[c.address]--; s.addresses[c.address] == 0 {
		delete(s.addresses, c.address)
	}
}

// Connections returns how many connections there are now.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Shutdown stops accepting, tells clients that the server is going, ends running
// operations and waits for them. When ctx ends first, it cuts the connections
// and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	conns := s.stopAccepting()
	for _, c := range conns {
		c.end()
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

// Close cuts every connection and waits until their operations have ended.
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
