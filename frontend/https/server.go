package https

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxdb/lxdb/internal/netserve"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("https: server closed")

// Server serves HTTPS on any number of listeners.
type Server struct {
	opts     Options
	net      *netserve.Server
	http     *http.Server
	metrics  *metrics
	accepted chan net.Conn
	stopped  chan struct{}
	stopOnce sync.Once
	once     sync.Once // of the HTTP server's loop
	draining atomic.Bool
	bodies   atomic.Int64 // bytes of large requests that are held
	kept     atomic.Int64 // bytes of frames that can be fetched again
	buffered atomic.Int64 // bytes of rows that are kept for later, of all clients

	mu      sync.Mutex
	clients map[clientKey]*client
	ending  sync.WaitGroup // clients that have a session
}

// New checks the options and returns a server that is ready to Serve.
func New(opts Options) (*Server, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, accepted: make(chan net.Conn), stopped: make(chan struct{}), clients: map[clientKey]*client{}}
	s.net = netserve.New(netserve.Options{
		Name: "https", Closed: ErrServerClosed, Logger: o.Logger,
		Limits: netserve.Limits{
			Connections: o.MaxConnections, PerAddress: o.MaxPerAddress,
			Strangers: o.MaxPending, StrangersPerAddress: o.MaxPendingPerAddress,
		},
	})
	s.metrics = newMetrics(s)
	s.http = &http.Server{
		Handler:           s.routes(),
		TLSConfig:         o.TLS,
		ReadHeaderTimeout: o.HeaderTimeout,
		// Clients keep sockets, and one that is closed as they send fails a request.
		IdleTimeout:    10 * time.Minute,
		MaxHeaderBytes: 32 << 10,
		ConnContext:    withSocket,
		ErrorLog:       slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
		HTTP2:          &http.HTTP2Config{MaxConcurrentStreams: 64},
	}
	return s, nil
}

// Serve accepts connections from l until the server is shut down, which it reports as
// ErrServerClosed, or l fails. It closes l.
func (s *Server) Serve(l net.Listener) error {
	s.once.Do(func() {
		go func() { _ = s.http.Serve(handed{s, l.Addr()}) }() // it ends with us
	})
	return s.net.Serve(l, func(raw net.Conn, place *netserve.Place) netserve.Conn {
		return &socket{Conn: raw, srv: s, place: place, closed: make(chan struct{})}
	})
}

// Connections returns how many sockets there are now, in every state.
func (s *Server) Connections() int { return s.net.Connections() }

// Shutdown stops accepting, lets running requests finish and closes all sessions. When
// ctx ends first, it cuts what is left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.drain()
	drained := make(chan error, 1)
	go func() { drained <- s.http.Shutdown(ctx) }()
	err := s.net.Shutdown(ctx)
	s.stop()
	s.endClients()
	err = errors.Join(err, <-drained)
	closed := make(chan struct{})
	go func() {
		s.ending.Wait()
		close(closed)
	}()
	select {
	case <-closed:
		return err
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
}

// Close cuts every connection and closes all sessions.
func (s *Server) Close() error {
	s.drain()
	s.stop()
	s.endClients()
	err := s.http.Close()
	err = errors.Join(err, s.net.Close())
	s.ending.Wait()
	return err
}

// drain lets nobody open a session any more.
func (s *Server) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining.Store(true)
}

func (s *Server) stop() { s.stopOnce.Do(func() { close(s.stopped) }) }

func (s *Server) endClients() {
	s.mu.Lock()
	all := make([]*client, 0, len(s.clients))
	for _, c := range s.clients {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.end()
	}
}
