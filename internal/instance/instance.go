package instance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/frontend/https"
	"github.com/lxdb/lxdb/frontend/mysql"
	"github.com/lxdb/lxdb/ldapd"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/tlsconf"
	"github.com/lxdb/lxdb/storage/kivi/embed"
)

// Off as an address disables a listener.
const Off = "off"

// Errors of Start and OpenEngine.
var (
	// ErrInUse: another process has the data directory open.
	ErrInUse = errors.New("the data directory is in use by another lxdb")
	// ErrNoDatabase: the directory was never served.
	ErrNoDatabase = errors.New("no database here")
	// ErrTampered: somebody else changed records of the catalog.
	ErrTampered = catalog.ErrTampered
	// ErrEmptied: the database is gone, and its keys or its audit log are there.
	ErrEmptied = catalog.ErrEmptied
)

// Options of Start.
type Options struct {
	Dir          string   // created with mode 0700 if missing
	MySQL        string   // address of the MySQL listener; port 0 picks one, Off disables it
	HTTPS        string   // the same for HTTPS; "" disables it, too
	LDAP, LDAPS  string   // addresses of the directory, with StartTLS and with TLS; "" and Off disable
	Names        []string // more names for the server certificate
	RootPassword string   // of a new database; empty makes a random one and writes root.password
	Outside      *Outside // the company's directory; nil: the accounts are all ours
	// RestrictTableCreation and Hash: see engine.Options.
	RestrictTableCreation bool
	EventScheduler        bool // see engine.Options
	Hash                  authn.Params
	// PasswordMinLength is the least number of characters of new passwords; 0 is 1.
	PasswordMinLength int
	// Passwords are the other rules about passwords, for accounts that say nothing
	// themselves; UserAdminScope is whom USER ADMIN administers.
	Passwords      authn.Policy
	UserAdminScope accounts.Scope
	// BlindAdmins and DropUserKeepsObjects: see engine.Options.
	BlindAdmins, DropUserKeepsObjects bool
	// AlterKeyword is what alter_keyword_dialect is at the start, "" as it is built.
	AlterKeyword string
	// Sessions bound the logged-in connections; see engine.SessionLimits.
	Sessions engine.SessionLimits
	// NoConnectionRules lets everybody connect, for who has locked himself out.
	NoConnectionRules bool
	// Audit are the settings of the audit log; see engine.Options.
	Audit  audit.Options
	Logger *slog.Logger // nil discards
}

// passwordPolicy is all of the rules.
func (o Options) passwordPolicy() authn.Policy {
	o.Passwords.MinLength = o.PasswordMinLength
	return o.Passwords
}

// Server is a running instance.
type Server struct {
	dir       string
	log       *slog.Logger
	engine    *engine.Engine
	tls       *tlsconf.Store
	gate      *gate
	logins    *authn.Authenticator // one for all listeners: they share the count of failures
	mysql     *mysql.Server
	https     *https.Server
	ldap      *ldapd.Server
	outside   *outsideDirectory // nil without one
	endpoints Endpoints
	failed    chan error
}

// Start opens or creates the data directory, listens, and publishes the
// addresses. When it returns, clients can connect. Errors: ErrInUse.
func Start(ctx context.Context, opts Options) (_ *Server, err error) {
	s := &Server{dir: opts.Dir, log: opts.Logger, failed: make(chan error, 4)} // one for each listener
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	s.engine, err = openEngine(ctx, engine.Options{
		Dir: s.dir, Logger: s.log, Hash: opts.Hash, RestrictTableCreation: opts.RestrictTableCreation, EventScheduler: opts.EventScheduler,
		BlindAdmins: opts.BlindAdmins, DropUserKeepsObjects: opts.DropUserKeepsObjects,
		PasswordPolicy: opts.passwordPolicy(), UserAdminScope: opts.UserAdminScope, Sessions: opts.Sessions, Audit: opts.Audit,
		AlterKeyword: opts.AlterKeyword,
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	// The store's lock is ours, so a file left by a server that was killed says
	// nothing about anybody else.
	if err := removeEndpoints(s.dir); err != nil {
		return nil, err
	}
	if err := ensureRoot(ctx, s.engine, s.dir, opts.RootPassword); err != nil {
		return nil, err
	}
	s.tls, err = tlsconf.Open(tlsconf.Options{Dir: s.dir, Names: opts.Names, Log: s.log})
	if err != nil {
		return nil, err
	}
	if err := s.openOutside(ctx, opts.Outside); err != nil {
		return nil, err
	}
	s.gate = newGate(s.engine.Catalog(), s.engine.Audit().Write, opts.NoConnectionRules)
	s.logins = s.authenticator()
	if opts.NoConnectionRules {
		if err := s.engine.Audit().Write(audit.Record{Event: "connection.rules.off", Result: audit.Done, Reason: "the server was started without connection rules"}); err != nil {
			return nil, err
		}
		s.log.Warn("connection rules are switched off: everybody may connect")
	}
	if err := s.listen(ctx, opts.MySQL, opts.Sessions); err != nil {
		return nil, err
	}
	if err := s.listenHTTPS(ctx, opts.HTTPS, opts.Sessions); err != nil {
		return nil, err
	}
	if err := s.listenLDAP(ctx, opts.LDAP, opts.LDAPS); err != nil {
		return nil, err
	}
	s.endpoints.PID = os.Getpid()
	if err := s.endpoints.write(s.dir); err != nil {
		return nil, err
	}
	return s, nil
}

// OpenEngine opens the database of a directory that no server has open, for
// administration in process. Errors: ErrInUse, ErrNoDatabase.
func OpenEngine(ctx context.Context, dir string) (*engine.Engine, error) {
	if !Exists(dir) {
		return nil, fmt.Errorf("%w: %s", ErrNoDatabase, dir)
	}
	return openEngine(ctx, engine.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
}

// Reseal opens and closes a database whose catalog an administrator takes as it is:
// its records are sealed again, and all permission certificates made anew. Errors as
// those of OpenEngine.
func Reseal(ctx context.Context, dir string) error {
	if !Exists(dir) {
		return fmt.Errorf("%w: %s", ErrNoDatabase, dir)
	}
	e, err := openEngine(ctx, engine.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler), Reseal: true})
	if err != nil {
		return err
	}
	return e.Close()
}

// Exists reports whether the directory holds a database.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "kivi"))
	return err == nil && info.IsDir()
}

func openEngine(ctx context.Context, opts engine.Options) (*engine.Engine, error) {
	e, err := engine.Open(ctx, opts)
	if errors.Is(err, embed.ErrInUse) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, opts.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", opts.Dir, err)
	}
	return e, nil
}

// listen starts the MySQL front end.
func (s *Server) listen(ctx context.Context, address string, limits engine.SessionLimits) error {
	if address == Off {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for MySQL clients: %w", err)
	}
	limits = limits.WithDefaults()
	sessions := limits.All + limits.Admin
	strangers := max(16, sessions/4)
	s.mysql, err = mysql.New(mysql.Options{
		// The engine refuses one session too many, when it knows whose. Sockets have
		// room for those who are about to log in besides.
		MaxConnections: sessions + strangers, MaxPending: strangers,
		TLS:    s.tls.Server(),
		Login:  mysql.Authn(s.logins),
		Opener: s.engine,
		CAFile: s.tls.AuthorityFile(),
		Logger: s.log,
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.endpoints.MySQL = l.Addr().String()
	l = s.gate.listener(catalog.ListenerSQL, l)
	go func() {
		if err := s.mysql.Serve(l); !errors.Is(err, mysql.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

func (s *Server) authenticator() *authn.Authenticator {
	opts := authn.Options{
		Directory: s.engine.Directory(),
		Registry:  s.engine.Directory(),
		Backdate:  tlsconf.Backdate,
		Now:       s.engine.Now,
		Admit:     s.gate.login,
		Audit: func(e authn.Event) error {
			if e.Err != nil {
				s.log.Info("login refused", "user", e.User, "remote", e.Remote, "transport", e.Transport, "reason", e.Err)
			}
			return s.engine.AuditLogin(e)
		},
	}
	if s.outside != nil {
		// A company's directory is the authority: who it has dismissed must not
		// come in by a certificate of ours.
		opts.Directory, opts.Registry = s.outside.directory, nil
	}
	return authn.New(opts)
}

// Endpoints are the addresses in use.
func (s *Server) Endpoints() Endpoints { return s.endpoints }

// TLS is the instance's TLS identity.
func (s *Server) TLS() *tlsconf.Store { return s.tls }

// Engine is the open database.
func (s *Server) Engine() *engine.Engine { return s.engine }

// Failed delivers the error of a listener that broke.
func (s *Server) Failed() <-chan error { return s.failed }

// Shutdown withdraws the addresses, lets running statements finish until ctx
// ends, cuts what is left, and closes the database.
func (s *Server) Shutdown(ctx context.Context) error {
	err := removeEndpoints(s.dir)
	if s.ldap != nil {
		if drain := s.ldap.Shutdown(ctx); drain != nil {
			s.log.Warn("directory connections were cut: their operations did not end in time", "err", drain)
		}
	}
	// Together: a tunnel is a connection of both.
	var draining sync.WaitGroup
	if s.https != nil {
		draining.Go(func() { s.drain("HTTPS requests", s.https.Shutdown(ctx)) })
	}
	if s.mysql != nil {
		draining.Go(func() { s.drain("connections", s.mysql.Shutdown(ctx)) })
	}
	draining.Wait()
	return errors.Join(err, s.close())
}

// drain logs that a listener was not done in time.
func (s *Server) drain(what string, err error) {
	if err != nil {
		s.log.Warn(what+" were cut: their statements did not end in time", "err", err)
	}
}

func (s *Server) close() error {
	var err error
	if s.ldap != nil {
		err = s.ldap.Close()
	}
	if s.https != nil {
		err = errors.Join(err, s.https.Close())
	}
	if s.mysql != nil {
		err = errors.Join(err, s.mysql.Close())
	}
	if s.outside != nil {
		err = errors.Join(err, s.outside.close())
	}
	e := s.engine.Close()
	if errors.Is(e, engine.ErrRunning) {
		// All that was committed is on disk. The process ends, and they with it.
		s.log.Warn("the server stops under statements that cannot be stopped", "err", e)
		return err
	}
	if e != nil {
		err = errors.Join(err, fmt.Errorf("close the database: %w", e))
	}
	return err
}
