package https

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/internal/netserve"
)

// socket is one accepted connection. The HTTP server closes it; then Serve ends.
type socket struct {
	net.Conn
	srv      *Server
	place    *netserve.Place
	admitted atomic.Bool
	once     sync.Once
	closed   chan struct{}
}

// Close is the HTTP server's, by way of TLS.
func (s *socket) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() { close(s.closed) })
	return err
}

// Serve implements netserve.Conn: it hands the socket to the HTTP server and waits for
// its end. Who does not log in is not waited for.
func (s *socket) Serve() {
	defer s.Close()
	stranger := time.AfterFunc(s.srv.opts.LoginTimeout, func() {
		if !s.admitted.Load() {
			s.Close()
		}
	})
	defer stranger.Stop()
	select {
	case s.srv.accepted <- tls.Server(s, s.srv.opts.TLS):
		<-s.closed
	case <-s.srv.stopped:
	}
}

// End implements netserve.Conn. The HTTP server drains its connections by itself.
func (s *socket) End() {}

// Cut implements netserve.Conn.
func (s *socket) Cut() { s.Close() }

// admit says that somebody has logged in on it.
func (s *socket) admit() {
	if !s.admitted.Swap(true) {
		s.place.Admit()
	}
}

// handed is a listener whose connections were accepted elsewhere.
type handed struct {
	srv  *Server
	addr net.Addr
}

func (h handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.srv.accepted:
		return c, nil
	case <-h.srv.stopped:
		return nil, net.ErrClosed
	}
}

func (h handed) Close() error   { h.srv.stop(); return nil }
func (h handed) Addr() net.Addr { return h.addr }

type socketKey struct{}

// withSocket lets handlers find the socket of a request.
func withSocket(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		if s, ok := t.NetConn().(*socket); ok {
			return context.WithValue(ctx, socketKey{}, s)
		}
	}
	return ctx
}

func socketOf(r *http.Request) *socket {
	s, _ := r.Context().Value(socketKey{}).(*socket)
	return s
}

// admit makes the request's socket one that has logged in.
func admit(r *http.Request) {
	if s := socketOf(r); s != nil {
		s.admit()
	}
}
