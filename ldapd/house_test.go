package ldapd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

// house is a directory server over a real catalog, with accounts that keep
// passwords in clear and administrators that are a list.
type house struct {
	t       testing.TB
	catalog *catalog.Catalog
	server  *Server
	plain   string // addresses
	secure  string
	client  *tls.Config

	mu      sync.Mutex
	admins  map[principal.ID]bool
	expired map[principal.ID]bool
	logins  []string                               // names that were tried
	before  func(ctx context.Context, what string) // runs before an account changes or a login is checked
}

func newHouse(t testing.TB, edit ...func(*Options)) *house {
	t.Helper()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 1 << 20, MemtableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := catalog.Open(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, catalog: c, admins: map[principal.ID]bool{catalog.Root: true}}
	if err := h.SetPassword(context.Background(), principal.Principal{}, "root", "rootpw"); err != nil {
		t.Fatal(err)
	}
	opts := Options{Catalog: c, Login: h, Accounts: h, Rights: h, PlainOnLoopback: true}
	opts.TLS, h.client = certificates(t)
	for _, e := range edit {
		e(&opts)
	}
	if h.server, err = New(opts); err != nil {
		t.Fatal(err)
	}
	h.plain = h.listen(h.server.Serve)
	if opts.TLS != nil {
		h.secure = h.listen(h.server.ServeTLS)
	}
	t.Cleanup(func() { _ = h.server.Close() })
	return h
}

func (h *house) listen(serve func(net.Listener) error) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- serve(l) }()
	h.t.Cleanup(func() {
		_ = h.server.Close()
		if err := <-done; !errors.Is(err, ErrServerClosed) {
			h.t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

var certificates = func() func(t testing.TB) (server, client *tls.Config) {
	var once sync.Once
	var server, client *tls.Config
	return func(t testing.TB) (*tls.Config, *tls.Config) {
		once.Do(func() {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
				NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
			der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			pool.AddCert(cert)
			server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
			client = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
		})
		return server, client
	}
}()

// Login is the Authenticator.
func (h *house) Login(ctx context.Context, name, password, _ string) (principal.Principal, error) {
	h.hook(ctx, "login "+name)
	h.mu.Lock()
	h.logins = append(h.logins, name)
	h.mu.Unlock()
	p := h.catalog.Snapshot().Principal(name)
	if p == nil || p.Kind != catalog.KindUser || p.Locked || p.Password == "" || p.Password != password || ctx.Err() != nil {
		return principal.Principal{}, errors.New("refused")
	}
	return principal.FromPassword(p.ID, p.Name), nil
}

// Administers is Rights.
func (h *house) Administers(who principal.Principal) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.admins[who.ID()]
}

// MustChange is Rights.
func (h *house) MustChange(who principal.Principal) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expired[who.ID()]
}

func (h *house) hook(ctx context.Context, what string) {
	h.mu.Lock()
	f := h.before
	h.mu.Unlock()
	if f != nil {
		f(ctx, what)
	}
}

func (h *house) setHook(f func(context.Context, string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.before = f
}

func (h *house) change(ctx context.Context, what string, f func(*catalog.Tx) error) error {
	h.hook(ctx, what)
	err := h.catalog.Update(ctx, f)
	for from, to := range map[error]error{catalog.ErrExists: ErrExists, catalog.ErrNotFound: ErrNotFound, catalog.ErrInvalid: ErrInvalid} {
		if errors.Is(err, from) {
			return errors.Join(to, err)
		}
	}
	return err
}

func (h *house) create(ctx context.Context, p catalog.Principal, members []string) error {
	return h.change(ctx, "create "+p.Name, func(tx *catalog.Tx) error {
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		p.ID = principal.ID(id)
		if err := tx.PutPrincipal(&p); err != nil {
			return err
		}
		return h.join(tx, p.Name, members)
	})
}

func (h *house) edit(ctx context.Context, name string, f func(*catalog.Principal)) error {
	return h.change(ctx, "edit "+name, func(tx *catalog.Tx) error {
		p := tx.Principal(name)
		if p == nil {
			return ErrNotFound
		}
		changed := *p
		f(&changed)
		return tx.PutPrincipal(&changed)
	})
}

func (h *house) drop(ctx context.Context, name string) error {
	return h.change(ctx, "drop "+name, func(tx *catalog.Tx) error { return tx.DropPrincipal(tx.Principal(name).ID) })
}

func (h *house) join(tx *catalog.Tx, group string, members []string) error {
	for _, m := range members {
		err := tx.PutMembership(&catalog.Membership{Member: tx.Principal(m).ID, Role: tx.Principal(group).ID, Grantor: catalog.Root})
		if errors.Is(err, catalog.ErrInvalid) {
			return ErrCycle
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *house) CreateUser(ctx context.Context, _ principal.Principal, name, password string, attributes map[string][]string) error {
	return h.create(ctx, catalog.Principal{Name: name, Kind: catalog.KindUser, Password: password, Attributes: attributes}, nil)
}

func (h *house) SetPassword(ctx context.Context, _ principal.Principal, name, password string) error {
	if len(password) < 4 {
		return ErrPolicy
	}
	return h.edit(ctx, name, func(p *catalog.Principal) { p.Password = password })
}

func (h *house) DropUser(ctx context.Context, _ principal.Principal, name string) error {
	if name == "root" {
		return ErrDenied
	}
	return h.drop(ctx, name)
}

func (h *house) RenameUser(ctx context.Context, _ principal.Principal, from, to string) error {
	return h.edit(ctx, from, func(p *catalog.Principal) { p.Name = to })
}

func (h *house) CreateGroup(ctx context.Context, _ principal.Principal, name string, members []string, attributes map[string][]string) error {
	return h.create(ctx, catalog.Principal{Name: name, Kind: catalog.KindGroup, Attributes: attributes}, members)
}

func (h *house) DropGroup(ctx context.Context, _ principal.Principal, name string) error {
	return h.drop(ctx, name)
}

func (h *house) RenameGroup(ctx context.Context, by principal.Principal, from, to string) error {
	return h.RenameUser(ctx, by, from, to)
}

func (h *house) AddMembers(ctx context.Context, _ principal.Principal, group string, members []string) error {
	return h.change(ctx, "join "+group, func(tx *catalog.Tx) error { return h.join(tx, group, members) })
}

// Modify is all or nothing, as Accounts demands. Its hook runs before, where
// another client could come between.
func (h *house) Modify(ctx context.Context, _ principal.Principal, name string, c Change) error {
	switch {
	case c.Password != nil && len(*c.Password) < 4:
		return &PolicyError{Short: true, Text: "the password is too short"}
	case c.Password != nil && *c.Password == name:
		return &PolicyError{Text: "the password is the user's name"}
	}
	return h.change(ctx, "edit "+name, func(tx *catalog.Tx) error {
		p := tx.Principal(name)
		switch {
		case p == nil:
			return ErrNotFound
		case p.ID != c.ID || p.Modified != c.Modified:
			return ErrStale
		}
		for _, m := range c.Leave {
			if err := tx.DropMembership(tx.Principal(m).ID, p.ID); err != nil {
				return err
			}
		}
		if err := h.join(tx, name, c.Join); err != nil {
			return err
		}
		changed := p.Clone()
		if c.Password != nil {
			changed.Password = *c.Password
		}
		if c.Attributes != nil {
			changed.Attributes = c.Attributes
		}
		return tx.PutPrincipal(changed)
	})
}

// user makes a user whose password is his name and "pw".
func (h *house) user(names ...string) {
	h.t.Helper()
	for _, name := range names {
		if err := h.CreateUser(context.Background(), principal.Principal{}, name, name+"pw", nil); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) triedToLogIn(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.logins, name)
}

// take serves one connection that came on no listener.
func (s *Server) take(raw net.Conn, implicitTLS bool) { s.net.Take(raw, s.open(implicitTLS)) }
