package instance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/frontend/https"
)

// listenHTTPS starts the HTTPS front end. Tunnels lead to the MySQL one.
func (s *Server) listenHTTPS(ctx context.Context, address string, limits engine.SessionLimits) error {
	if address == "" || address == Off {
		return nil
	}
	ca, err := os.ReadFile(s.tls.AuthorityFile())
	if err != nil {
		return fmt.Errorf("read the CA certificate: %w", err)
	}
	limits = limits.WithDefaults()
	sessions := limits.All + limits.Admin
	strangers := max(16, sessions/4)
	opts := https.Options{
		// A session is not bound to a socket: clients have several for one session, and
		// sessions without any.
		MaxConnections: 2*sessions + strangers, MaxPending: strangers,
		TLS:       s.tls.Server(),
		Login:     https.Authn(s.logins),
		Opener:    s.engine,
		Authority: ca,
		Logger:    s.log,
		Counters:  append(auditCounters(s.engine.Audit()), planCounters(s.engine.Plans)...),
	}
	if s.mysql != nil {
		opts.Tunnel = s.gate.through(catalog.ListenerSQL, s.mysql.Take)
		opts.Sockets = map[string]func() int{"mysql": s.mysql.Connections}
	}
	if s.https, err = https.New(opts); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for HTTPS clients: %w", err)
	}
	s.endpoints.HTTPS = l.Addr().String()
	l = s.gate.listener(catalog.ListenerConsole, l)
	go func() {
		if err := s.https.Serve(l); !errors.Is(err, https.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}
