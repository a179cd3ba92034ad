package https

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// Login proves identities; security/authn implements it, see Authn.
type Login interface {
	// Login checks a password. It must take equally long for an unknown user and a
	// wrong password, and refuse the empty one.
	Login(ctx context.Context, try authn.Attempt) (principal.Principal, error)
	// FastCheck verifies a scramble against a password that Login accepted before.
	FastCheck(try authn.Attempt, nonce, scramble []byte) (principal.Principal, bool)
}

// Options configure a Server. TLS, Login and Opener are required; for the rest the zero
// value means the default.
type Options struct {
	// TLS has the server's certificate. Versions below 1.2 are refused whatever it says.
	TLS    *tls.Config
	Login  Login
	Opener session.Opener

	// Authority is the CA certificate in PEM, which anybody may fetch.
	Authority []byte
	// Version is told to clients that ask for it. Default "8.0.40-lxdb".
	Version string
	// Tunnel takes a connection that speaks MySQL's protocol; nil refuses tunnels.
	Tunnel func(net.Conn)
	// Sockets counts the connections of other listeners by name, for the metrics.
	Sockets map[string]func() int
	// Counters are what other parts of the server count, for the metrics.
	Counters []Counter
	// Logger gets faults; nil discards them. Statements and passwords are never logged.
	Logger *slog.Logger

	// MaxConnections counts sockets in every state. Default 1000.
	MaxConnections int
	// MaxPending counts the sockets on which nobody has logged in yet. Default a quarter
	// of MaxConnections, at least 16.
	MaxPending int
	// MaxPendingPerAddress is how many of those one address may have. Default three
	// quarters of MaxPending.
	MaxPendingPerAddress int
	// MaxPerAddress bounds the sockets of one address. Default three quarters of MaxConnections.
	MaxPerAddress int
	// MaxBodyBytes bounds the request of who has logged in. Default 64 MiB.
	MaxBodyBytes int64
	// BodyTotal bounds the large requests that are held at one time, of all clients. Default
	// 512 MiB.
	BodyTotal int64
	// LoginBytes bounds the request of who has not. Default 64 KiB.
	LoginBytes int64
	// MaxStatements bounds the statements of one connection. Default 16382.
	MaxStatements int
	// LoginTimeout is how long a socket may be open without a login. Default 30 s.
	LoginTimeout time.Duration
	// HeaderTimeout bounds the TLS handshake, and reading a request's header. Default 10 s.
	HeaderTimeout time.Duration
	// StallTimeout ends a request whose body, or whose client, stops for so long. Default 30 s.
	StallTimeout time.Duration
	// IdleTimeout closes a session that is not used, unless wait_timeout does so earlier.
	// Default 1 h.
	IdleTimeout time.Duration
	// FrameBytes is about how much of a result goes into one answer. Default 1 MiB.
	FrameBytes int
	// FrameTime is how long rows are gathered for an answer. Default 1 s.
	FrameTime time.Duration
	// BufferBytes and BufferTotal bound the rows that are kept for results that are put
	// aside, of one connection and of all. BufferTotal bounds the frames that can be
	// fetched again, too. Defaults 8 MiB, 256 MiB.
	BufferBytes, BufferTotal int64
}

// Defaults of Options.
const (
	DefaultVersion        = "8.0.40-lxdb"
	DefaultMaxConnections = 1000
	DefaultMaxBodyBytes   = 64 << 20
	DefaultBodyTotal      = 512 << 20
	DefaultLoginBytes     = 64 << 10
	DefaultMaxStatements  = 16382
	DefaultLoginTimeout   = 30 * time.Second
	DefaultHeaderTimeout  = 10 * time.Second
	DefaultStallTimeout   = 30 * time.Second
	DefaultIdleTimeout    = time.Hour
	DefaultFrameBytes     = 1 << 20
	DefaultFrameTime      = time.Second
	DefaultBufferBytes    = 8 << 20
	DefaultBufferTotal    = 256 << 20
)

func (o Options) withDefaults() (Options, error) {
	var faults []error
	fault := func(bad bool, what string) {
		if bad {
			faults = append(faults, errors.New(what))
		}
	}
	fault(o.TLS == nil, "no TLS configuration: the HTTPS front end never listens without TLS")
	fault(o.Login == nil, "no Login")
	fault(o.Opener == nil, "no Opener")
	for _, n := range []int64{
		int64(o.MaxConnections), int64(o.MaxPending), int64(o.MaxPendingPerAddress), int64(o.MaxPerAddress), o.MaxBodyBytes, o.BodyTotal, o.LoginBytes,
		int64(o.MaxStatements), int64(o.LoginTimeout), int64(o.HeaderTimeout), int64(o.StallTimeout), int64(o.IdleTimeout),
		int64(o.FrameBytes), int64(o.FrameTime), o.BufferBytes, o.BufferTotal,
	} {
		fault(n < 0, "a limit is negative")
	}
	if err := errors.Join(faults...); err != nil {
		return o, fmt.Errorf("https: options: %w", err)
	}
	o.TLS = tighten(o.TLS)
	setDefault(&o.Version, DefaultVersion)
	setDefault(&o.MaxConnections, DefaultMaxConnections)
	setDefault(&o.MaxPending, min(o.MaxConnections, max(16, o.MaxConnections/4)))
	setDefault(&o.MaxPendingPerAddress, max(1, o.MaxPending*3/4))
	setDefault(&o.MaxPerAddress, max(1, o.MaxConnections*3/4))
	setDefault(&o.MaxBodyBytes, DefaultMaxBodyBytes)
	setDefault(&o.BodyTotal, DefaultBodyTotal)
	setDefault(&o.LoginBytes, DefaultLoginBytes)
	setDefault(&o.MaxStatements, DefaultMaxStatements)
	setDefault(&o.LoginTimeout, DefaultLoginTimeout)
	setDefault(&o.HeaderTimeout, DefaultHeaderTimeout)
	setDefault(&o.StallTimeout, DefaultStallTimeout)
	setDefault(&o.IdleTimeout, DefaultIdleTimeout)
	setDefault(&o.FrameBytes, DefaultFrameBytes)
	setDefault(&o.FrameTime, DefaultFrameTime)
	setDefault(&o.BufferBytes, DefaultBufferBytes)
	setDefault(&o.BufferTotal, DefaultBufferTotal)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// tighten returns a copy of config with what this front end insists on, for
// connections that get a configuration of their own, too.
func tighten(config *tls.Config) *tls.Config {
	c := config.Clone()
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	c.NextProtos = []string{"h2", "http/1.1"}
	if choose := c.GetConfigForClient; choose != nil {
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			own, err := choose(hello)
			if own == nil || err != nil {
				return nil, err
			}
			return tighten(own), nil
		}
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Counter is a number for the page of metrics. One that is no Gauge never falls.
type Counter struct {
	Name, Help string
	Gauge      bool
	Value      func() float64
}
