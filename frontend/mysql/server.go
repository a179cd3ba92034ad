package mysql

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/internal/netserve"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("mysql: server closed")

// Server serves the MySQL protocol on any number of listeners.
type Server struct {
	opts    Options
	net     *netserve.Server
	started time.Time
	lastID  atomic.Uint32 // used when the Opener allocates no ids

	questions atomic.Uint64 // commands served, for COM_STATISTICS
}

// New checks the options and returns a server that is ready to Serve.
func New(opts Options) (*Server, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, started: time.Now()}
	s.net = netserve.New(netserve.Options{
		Name: "mysql", Closed: ErrServerClosed, Logger: o.Logger, Refuse: s.refuse,
		Limits: netserve.Limits{Connections: o.MaxConnections, Strangers: o.MaxPending, StrangersPerAddress: o.MaxPendingPerAddress},
	})
	return s, nil
}

// Serve accepts connections from l until the server is shut down, which it
// reports as ErrServerClosed, or l fails. It closes l.
func (s *Server) Serve(l net.Listener) error {
	return s.net.Serve(l, func(raw net.Conn, place *netserve.Place) netserve.Conn { return newConn(s, raw, place) })
}

// Take serves a connection that was accepted elsewhere, as if a listener had.
func (s *Server) Take(raw net.Conn) {
	s.net.Take(raw, func(raw net.Conn, place *netserve.Place) netserve.Conn { return newConn(s, raw, place) })
}

// refuse tells a client that there is no room.
func (s *Server) refuse(raw net.Conn) {
	// It has no SQLSTATE: before the greeting neither side knows whether the
	// other speaks protocol 4.1, and MySQL's clients would show it as text.
	payload := appendErrorWithoutState(nil, errTooManyConnections)
	packet := append([]byte{byte(len(payload)), 0, 0, 0}, payload...)
	_ = raw.SetWriteDeadline(time.Now().Add(s.opts.LoginTimeout))
	_, _ = raw.Write(packet) // best effort: the client is turned away either way
}

// Connections returns how many connections there are now, in every state.
func (s *Server) Connections() int { return s.net.Connections() }

// Shutdown stops accepting, ends idle connections with error 1053 and lets
// running statements finish. When ctx ends first, it cancels what still runs,
// cuts the connections and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error { return s.net.Shutdown(ctx) }

// Close cuts every connection and waits until their sessions are closed.
func (s *Server) Close() error { return s.net.Close() }

func (s *Server) nextID() uint32 {
	if a, ok := s.opts.Opener.(session.IDAllocator); ok {
		return a.NextID()
	}
	return s.lastID.Add(1)
}
