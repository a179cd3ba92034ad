package mysql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// Login proves identities; security/authn implements it.
type Login interface {
	// Login checks a password. Every refusal looks the same to the client, so
	// the error is for nobody but the implementation's own audit. It must take
	// equally long for an unknown user and a wrong password, and it must refuse
	// the empty password.
	Login(ctx context.Context, try authn.Attempt) (principal.Principal, error)
	// FastCheck verifies a caching_sha2_password scramble,
	// SHA256(p) XOR SHA256(SHA256(SHA256(p)) + nonce), against a password that
	// Login accepted before. False only means "ask for the password". The attempt has
	// none.
	FastCheck(try authn.Attempt, nonce, scramble []byte) (principal.Principal, bool)
}

// Options configure a Server. TLS, Login and Opener are required; for the rest
// the zero value means the default.
type Options struct {
	// TLS has the server's certificate. Versions below 1.2 are refused
	// whatever it says. The configuration is cloned by New.
	TLS    *tls.Config
	Login  Login
	Opener session.Opener

	// CAFile is where the clients' administrator finds the CA certificate, as
	// named to a client that came without TLS. Default: "ca.crt in the data directory".
	CAFile string
	// Version is announced in the greeting; drivers branch on its prefix.
	// Default "8.0.40-lxdb".
	Version string
	// Logger gets connection faults; nil discards them. Statement texts and
	// passwords are never logged.
	Logger *slog.Logger

	// MaxConnections counts connections in every state; the next one gets error
	// 1040. Default 1000.
	MaxConnections int
	// MaxPending counts the connections that have not logged in yet, so that
	// strangers cannot take every place. Default a quarter of MaxConnections,
	// at least 16 (or MaxConnections, if that is less).
	MaxPending int
	// MaxPendingPerAddress is how many of those one address may have, so that one
	// machine cannot take every place of the others. Default three quarters of MaxPending.
	MaxPendingPerAddress int
	// MaxPacketBytes bounds one packet from a logged-in client, and all long
	// data that its prepared statements hold (max_allowed_packet). Default 64 MiB.
	MaxPacketBytes int
	// MaxStatements bounds the prepared statements of one connection. Default 16382.
	MaxStatements int
	// LoginTimeout bounds everything from accept to the answer of the login,
	// and COM_CHANGE_USER. Default 10 s.
	LoginTimeout time.Duration
	// LoginBytes bounds what a client may send before it is logged in, TLS
	// included. Default 64 KiB.
	LoginBytes int
	// IdleTimeout ends a connection that sends no command (wait_timeout); it is
	// kept within one part in 64. Default 8 h.
	IdleTimeout time.Duration
	// PacketTimeout ends a connection that has begun a packet and sends nothing more of it (net_read_timeout).
	// Default 30 s.
	PacketTimeout time.Duration
	// WriteTimeout ends a connection that does not take its results; a write
	// gets between one and two of it. Default 60 s.
	WriteTimeout time.Duration
	// VanishCheck is how long a statement runs before the server begins to look
	// whether its client is still there. Default 50 ms.
	VanishCheck time.Duration
}

// Defaults of Options.
const (
	DefaultVersion        = "8.0.40-lxdb"
	DefaultCAFile         = "ca.crt in the data directory"
	DefaultMaxConnections = 1000
	DefaultMaxPacketBytes = 64 << 20
	DefaultMaxStatements  = 16382
	DefaultLoginTimeout   = 10 * time.Second
	DefaultLoginBytes     = 64 << 10
	DefaultIdleTimeout    = 8 * time.Hour
	DefaultPacketTimeout  = 30 * time.Second
	DefaultWriteTimeout   = 60 * time.Second
	DefaultVanishCheck    = 50 * time.Millisecond
)

// withDefaults validates o and fills in the defaults. It names all faults at once.
func (o Options) withDefaults() (Options, error) {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(o.TLS == nil, "no TLS configuration: the MySQL front end never listens without TLS")
	fault(o.Login == nil, "no Login")
	fault(o.Opener == nil, "no Opener")
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"MaxConnections", int64(o.MaxConnections)},
		{"MaxPending", int64(o.MaxPending)},
		{"MaxPendingPerAddress", int64(o.MaxPendingPerAddress)},
		{"MaxPacketBytes", int64(o.MaxPacketBytes)},
		{"MaxStatements", int64(o.MaxStatements)},
		{"LoginTimeout", int64(o.LoginTimeout)},
		{"LoginBytes", int64(o.LoginBytes)},
		{"IdleTimeout", int64(o.IdleTimeout)},
		{"PacketTimeout", int64(o.PacketTimeout)},
		{"WriteTimeout", int64(o.WriteTimeout)},
		{"VanishCheck", int64(o.VanishCheck)},
	} {
		fault(n.value < 0, "%s is negative", n.name)
	}
	if err := errors.Join(faults...); err != nil {
		return o, fmt.Errorf("mysql: options: %w", err)
	}

	o.TLS = tighten(o.TLS)
	setDefault(&o.CAFile, DefaultCAFile)
	setDefault(&o.Version, DefaultVersion)
	setDefault(&o.MaxConnections, DefaultMaxConnections)
	setDefault(&o.MaxPending, min(o.MaxConnections, max(16, o.MaxConnections/4)))
	setDefault(&o.MaxPendingPerAddress, max(1, o.MaxPending*3/4))
	setDefault(&o.MaxPacketBytes, DefaultMaxPacketBytes)
	setDefault(&o.MaxStatements, DefaultMaxStatements)
	setDefault(&o.LoginTimeout, DefaultLoginTimeout)
	setDefault(&o.LoginBytes, DefaultLoginBytes)
	setDefault(&o.IdleTimeout, DefaultIdleTimeout)
	setDefault(&o.PacketTimeout, DefaultPacketTimeout)
	setDefault(&o.WriteTimeout, DefaultWriteTimeout)
	setDefault(&o.VanishCheck, DefaultVanishCheck)
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o, nil
}

// tighten returns a copy of config with what this front end insists on, for
// connections that get a configuration of their own, too.
func tighten(config *tls.Config) *tls.Config {
	c := config.Clone()
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	// Results leave in buffers of one TLS record each; sizing records
	// dynamically would cut every one of them into a dozen system calls.
	c.DynamicRecordSizingDisabled = true
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
