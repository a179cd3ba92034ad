package ldapd

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/lxdb/lxdb/internal/netserve"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("ldapd: server closed")

// Server serves the directory on any number of listeners.
type Server struct {
	opts      Options
	directory *directory
	net       *netserve.Server
	large     atomic.Int64 // bytes of large messages in memory
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
	// Who is one too many is cut off without a word: telling would cost what the
	// limit saves.
	n := netserve.New(netserve.Options{
		Name: "ldapd", Closed: ErrServerClosed, Logger: o.Logger,
		Limits: netserve.Limits{Connections: o.Limits.Connections, PerAddress: o.Limits.PerAddress, Strangers: o.Limits.Strangers},
	})
	return &Server{opts: o, directory: d, net: n}, nil
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
	return s.net.Serve(l, s.open(implicitTLS))
}

func (s *Server) open(implicitTLS bool) func(net.Conn, *netserve.Place) netserve.Conn {
	return func(raw net.Conn, place *netserve.Place) netserve.Conn { return newConn(s, raw, place, implicitTLS) }
}

// Connections returns how many connections there are now.
func (s *Server) Connections() int { return s.net.Connections() }

// Shutdown stops accepting, tells clients that the server is going, ends running
// operations and waits for them. When ctx ends first, it cuts the connections
// and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error { return s.net.Shutdown(ctx) }

// Close cuts every connection and waits until their operations have ended.
func (s *Server) Close() error { return s.net.Close() }
