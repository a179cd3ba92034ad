package ldapclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// refusing is the URL of a port that nobody listens on.
func refusing(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	return "ldap://" + ln.Addr().String()
}

// hanging is a server that accepts connections and never says a word.
func hanging(t testing.TB) *fake {
	return startFake(t, func(f *fake) { f.hook = func(request) action { return action{hang: true} } })
}

func TestFailover(t *testing.T) {
	good := startFake(t)
	busy := startFake(t, func(f *fake) { f.hook = func(request) action { return action{code: ldap.LDAPResultBusy} } })
	slow := hanging(t)
	for name, first := range map[string]string{"refuses": refusing(t), "hangs": slow.url(), "is busy": busy.url()} {
		cfg := settingsFor(first, good.url())
		cfg.Timeout = 300 * time.Millisecond
		c := mustNew(t, cfg)
		began := time.Now()
		if _, err := login(c, "alice", "pw-alice"); err != nil {
			t.Errorf("first server %s: %v", name, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("first server %s: %v", name, took)
		}
	}
	// The first login met the hanging server once; the later bind went past it.
	if n := slow.connections(); n != 1 {
		t.Errorf("%d connections to the server that hangs", n)
	}
}

// TestFailoverOfAnonymousSearches: without a service account a server that hangs
// is noticed by the search itself.
func TestFailoverOfAnonymousSearches(t *testing.T) {
	slow, good := hanging(t), startFake(t)
	cfg := settingsFor(slow.url(), good.url())
	cfg.BindDN, cfg.BindPassword, cfg.Timeout = "", "", 200*time.Millisecond
	if _, err := login(mustNew(t, cfg), "alice", "pw-alice"); err != nil {
		t.Error(err)
	}
	if n := len(good.requests("bind")); n != 1 {
		t.Errorf("%d binds, the user's one expected", n)
	}
}

func TestDownFor(t *testing.T) {
	first, second := startFake(t), startFake(t)
	var down atomic.Bool
	down.Store(true)
	first.hook = func(request) action { return action{close: down.Load()} }
	c := mustNew(t, settingsFor(first.url(), second.url()))
	now := time.Now()
	c.servers.now = func() time.Time { return now }
	bind := func() {
		t.Helper()
		if err := c.Bind(context.Background(), User{DN: uidDN("alice")}, "pw-alice"); err != nil {
			t.Fatal(err)
		}
	}
	bind()
	down.Store(false)
	bind()
	if n := first.connections(); n != 1 {
		t.Errorf("the server that failed was asked again at once: %d connections", n)
	}
	now = now.Add(31 * time.Second)
	bind()
	if a, b := first.connections(), second.connections(); a != 2 || b != 2 {
		t.Errorf("after DownFor: %d and %d connections, 2 and 2 expected", a, b)
	}
}

func TestOutage(t *testing.T) {
	cfg := settingsFor(refusing(t), refusing(t))
	c := mustNew(t, cfg)
	ctx := context.Background()
	_, e1 := c.User(ctx, "alice")
	e2 := c.Bind(ctx, User{DN: uidDN("alice")}, "x")
	_, e3 := c.GroupsOf(ctx, User{DN: uidDN("alice")})
	_, e4 := c.Group(ctx, "devs")
	_, e5 := c.Members(ctx, "devs")
	_, e6 := c.UserByDN(ctx, uidDN("alice"))
	for i, err := range []error{e1, e2, e3, e4, e5, e6} {
		if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) || errors.Is(err, ErrNoGroup) || errors.Is(err, ErrConfiguration) {
			t.Errorf("%d: %v", i+1, err)
		}
	}
	// An outage is not remembered: the server is asked as soon as it is back.
	f := startFake(t)
	cfg = settingsFor(f.url())
	c = mustNew(t, cfg)
	f.hook = func(request) action { return action{close: true} }
	if _, err := login(c, "alice", "pw-alice"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	f.mu.Lock()
	f.hook = nil
	f.mu.Unlock()
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Errorf("the server is back: %v", err)
	}
}

func TestTimeouts(t *testing.T) {
	for _, op := range []string{"bind", "search", "user bind"} {
		f := startFake(t, func(f *fake) {
			f.hook = func(r request) action {
				kind := r.op
				if r.op == "bind" && r.dn != service {
					kind = "user bind"
				}
				return action{hang: kind == op}
			}
		})
		cfg := settingsFor(f.url())
		cfg.Timeout = 200 * time.Millisecond
		began := time.Now()
		_, err := login(mustNew(t, cfg), "alice", "pw-alice")
		if took := time.Since(began); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) || took > 3*time.Second || took < cfg.Timeout {
			t.Errorf("%s hangs: %v after %v", op, err, took)
		}
	}
}

// TestContext: a caller who goes away gets his goroutine back, and the server is
// not blamed for it.
func TestContext(t *testing.T) {
	f := hanging(t)
	cfg := settingsFor(f.url(), startFake(t).url())
	cfg.Timeout = time.Minute
	c := mustNew(t, cfg)
	arrived := make(chan struct{}, 1)
	f.mu.Lock()
	f.hook = func(request) action { arrived <- struct{}{}; return action{hang: true} }
	f.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	if _, err := c.User(ctx, "alice"); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("cancelled: %v", err)
	}
	if list := c.servers.order(); list[0].url != f.url() {
		t.Error("the server was taken for broken because the caller went away")
	}
	// One who has less time than Timeout must not keep the first server first forever.
	ctx, cancel = context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.User(ctx, "alice"); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("deadline: %v", err)
	}
	if _, err := c.User(context.Background(), "alice"); err != nil {
		t.Errorf("the second server: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	cancel()
	if _, err := c.User(ctx, "bob"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestPool(t *testing.T) {
	f := startFake(t)
	cfg := settingsFor(f.url())
	cfg.PoolSize = 3
	c := mustNew(t, cfg)
	errs := make(chan error, 60)
	for range cap(errs) {
		go func() { _, err := c.User(context.Background(), "alice"); errs <- err }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := f.connections(); n < 1 || n > cfg.PoolSize {
		t.Errorf("%d connections, at most %d expected", n, cfg.PoolSize)
	}
	// All idle connections die; the next search must not notice.
	before := f.connections()
	f.cut()
	for range 2 * cfg.PoolSize {
		if _, err := c.User(context.Background(), "alice"); err != nil {
			t.Errorf("after the connections died: %v", err)
		}
	}
	if n := f.connections() - before; n != 1 {
		t.Errorf("%d new connections, 1 expected", n)
	}
}

// TestSilentDeath: a firewall forgot the connection. Nothing comes back, and the
// search is done again on a new one.
func TestSilentDeath(t *testing.T) {
	f := startFake(t)
	cfg := settingsFor(f.url())
	cfg.Timeout = 200 * time.Millisecond
	c := mustNew(t, cfg)
	const idle = 3
	var open func(n int) error
	open = func(n int) error { // n connections, each in use while the next is made
		return c.withService(context.Background(), "", func(*conn) error {
			if n == 1 {
				return nil
			}
			return open(n - 1)
		})
	}
	if err := open(idle); err != nil || f.connections() != idle {
		t.Fatalf("%d connections, %v", f.connections(), err)
	}
	f.mu.Lock()
	f.hook = func(r request) action { return action{hang: r.conn <= idle} }
	f.mu.Unlock()
	for range 2 {
		if _, err := c.User(context.Background(), "alice"); err != nil {
			t.Error(err)
		}
	}
	if n := f.connections(); n != idle+1 {
		t.Errorf("%d connections, %d expected", n, idle+1)
	}
}

func TestBusyPool(t *testing.T) {
	f := hanging(t)
	cfg := settingsFor(f.url())
	cfg.PoolSize, cfg.Timeout = 1, 150*time.Millisecond
	c := mustNew(t, cfg)
	if err := c.searches.acquire(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := c.User(context.Background(), "alice"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "ldap-pool-size") {
		t.Error(err)
	}
	if n := f.connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestClose(t *testing.T) {
	f := startFake(t)
	c := mustNew(t, settingsFor(f.url()))
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	n := f.connections()
	if _, err := login(c, "alice", "pw-alice"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if err := c.Bind(context.Background(), User{DN: uidDN("alice")}, "pw-alice"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if f.connections() != n {
		t.Error("a closed client made a connection")
	}
}

func TestTLS(t *testing.T) {
	id, other := newIdentity(t, "127.0.0.1", "ldap.example.org"), newIdentity(t, "127.0.0.1")
	ldaps := startFake(t, func(f *fake) { f.tls, f.ldaps = id.conf, true })
	start := startFake(t, func(f *fake) { f.tls = id.conf })
	pin, wrongPin := keySum(id.leaf), keySum(other.leaf)
	for _, tc := range []struct {
		name  string
		set   func(*Config)
		fault string // in the error; "": it works
		hint  string
	}{
		{"right CA", func(*Config) {}, "", ""},
		{"no CA", func(c *Config) { c.CAFile = "" }, "unknown authority", "ldap-ca-file"},
		{"another CA", func(c *Config) { c.CAFile = other.caFile }, "unknown authority", "test CA"},
		{"a name that it has", func(c *Config) { c.ServerName = "ldap.example.org" }, "", ""},
		{"a name that it has not", func(c *Config) { c.ServerName = "elsewhere.example.org" }, "valid for ldap.example.org, not elsewhere", "ldap-server-name to one of: ldap.example.org, 127.0.0.1"},
		{"right pin", func(c *Config) { c.PinSHA256 = []string{hexOf(wrongPin[:]), hexOf(pin[:])} }, "", ""},
		{"wrong pin", func(c *Config) { c.PinSHA256 = []string{hexOf(wrongPin[:])} }, "none of the pinned ones: its SHA-256 is " + hexOf(pin[:]), "attack"},
		{"right pin, another CA", func(c *Config) { c.PinSHA256, c.CAFile = []string{hexOf(pin[:])}, other.caFile }, "unknown authority", "ldap-ca-file"},
	} {
		for _, f := range []*fake{ldaps, start} {
			cfg := settingsFor(f.url())
			cfg.CAFile, cfg.StartTLS = id.caFile, !f.ldaps
			tc.set(&cfg)
			before := len(f.requests("bind"))
			_, err := login(mustNew(t, cfg), "alice", "pw-alice")
			if tc.fault == "" {
				if err != nil {
					t.Errorf("%s, %s: %v", tc.name, f.url(), err)
				}
				continue
			}
			if !errors.Is(err, ErrConfiguration) || errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), tc.fault) || !strings.Contains(hint(err), tc.hint) {
				t.Errorf("%s, %s: %v; hint %q", tc.name, f.url(), err, hint(err))
			}
			if len(f.requests("bind")) != before {
				t.Errorf("%s: a password was sent to a server that is not trusted", tc.name)
			}
		}
	}
}

func TestStartTLSRefused(t *testing.T) {
	id := newIdentity(t, "127.0.0.1")
	for name, setup := range map[string]func(*fake){
		"no support":  func(*fake) {},
		"unavailable": func(f *fake) { f.hook = func(request) action { return action{code: ldap.LDAPResultUnavailable} } },
		"another answer": func(f *fake) {
			f.hook = func(request) action { return action{raw: []byte{0x30, 0x05, 0x02, 0x01, 0x01, 0x04, 0x00}} }
		},
		"success in clear": func(f *fake) {
			f.tls, f.injected = id.conf, []byte{0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00}
		},
	} {
		f := startFake(t, setup)
		cfg := settingsFor(f.url())
		cfg.StartTLS, cfg.CAFile = true, id.caFile
		if _, err := login(mustNew(t, cfg), "alice", "pw-alice"); !errors.Is(err, ErrConfiguration) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(f.requests("bind")) + len(f.requests("search")); n != 0 {
			t.Errorf("%s: %d requests in clear text", name, n)
		}
	}
}

// TestWrongPort: TLS to a port without it, and the other way round.
func TestWrongPort(t *testing.T) {
	plain := startFake(t)
	cfg := settingsFor("ldaps" + strings.TrimPrefix(plain.url(), "ldap"))
	cfg.Timeout = 300 * time.Millisecond
	if _, err := login(mustNew(t, cfg), "alice", "pw-alice"); err == nil || errors.Is(err, ErrDenied) {
		t.Errorf("TLS to a plain port: %v", err)
	}
	id := newIdentity(t, "127.0.0.1")
	secure := startFake(t, func(f *fake) { f.tls, f.ldaps = id.conf, true })
	cfg = settingsFor("ldap" + strings.TrimPrefix(secure.url(), "ldaps"))
	cfg.Timeout, cfg.StartTLS = 300*time.Millisecond, true
	if _, err := login(mustNew(t, cfg), "alice", "pw-alice"); err == nil || errors.Is(err, ErrDenied) {
		t.Errorf("StartTLS to a TLS port: %v", err)
	}
}

// TestPlainStaysHere: a name that passes for this machine may lead elsewhere.
func TestPlainStaysHere(t *testing.T) {
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	defer ln.Close()
	addr := ""
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			addr = ip.IP.String()
		}
	}
	if addr == "" {
		t.Skip("this machine has only loopback addresses")
	}
	cfg := settingsFor("ldap://127.0.0.1:389").withDefaults()
	d, err := newDialer(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	_, err = d.dial(context.Background(), &server{url: "ldap://localhost", host: "localhost", addr: net.JoinHostPort(addr, port), plain: true})
	if !errors.Is(err, errPlain) || !errors.Is(err, ErrConfiguration) {
		t.Error(err)
	}
}

func TestClientCertificate(t *testing.T) {
	id, own := newIdentity(t, "127.0.0.1"), newIdentity(t, "lxdb")
	conf := id.conf.Clone()
	conf.ClientAuth = tls.RequireAnyClientCert
	f := startFake(t, func(f *fake) { f.tls, f.ldaps = conf, true })
	cfg := settingsFor(f.url())
	cfg.CAFile = id.caFile
	if _, err := login(mustNew(t, cfg), "alice", "pw-alice"); err == nil || errors.Is(err, ErrDenied) {
		t.Errorf("without a certificate: %v", err)
	}
	cfg.ClientCert, cfg.ClientKey = own.certFile, own.keyFile
	if _, err := login(mustNew(t, cfg), "alice", "pw-alice"); err != nil {
		t.Errorf("with a certificate: %v", err)
	}
}

// TestHostileServer: what a server sends cannot end the process, hold a login, or
// take unbounded memory.
func TestHostileServer(t *testing.T) {
	deep := bytes.Repeat([]byte{0x30, 0x80}, 40_000)
	huge := []byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x02}
	noResult := []byte{0x30, 0x05, 0x02, 0x01, 0x02, 0x61, 0x00}
	oddEntry := []byte{0x30, 0x08, 0x02, 0x01, 0x02, 0x64, 0x03, 0x04, 0x01, 'x'}
	for name, raw := range map[string][]byte{"nested": deep, "huge": huge, "no result": noResult, "odd entry": oddEntry,
		"not BER": []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), "zeros": make([]byte, 64)} {
		for _, op := range []string{"bind", "search"} {
			f := startFake(t, func(f *fake) {
				f.hook = func(r request) action {
					if r.op == op {
						return action{raw: raw}
					}
					return action{}
				}
			})
			cfg := settingsFor(f.url())
			cfg.Timeout = 200 * time.Millisecond
			began := time.Now()
			_, err := login(mustNew(t, cfg), "alice", "pw-alice")
			if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) || time.Since(began) > 3*time.Second {
				t.Errorf("%s as an answer to a %s: %v after %v", name, op, err, time.Since(began))
			}
		}
	}
}

// TestEndlessAnswer: entries that never end are cut by their bytes.
func TestEndlessAnswer(t *testing.T) {
	line, other := net.Pipe()
	defer other.Close()
	go func() {
		for {
			if _, err := other.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}()
	b := &boundedConn{Conn: line}
	b.left.Store(8 << 20)
	n, buf := 0, make([]byte, 1<<20)
	for {
		got, err := b.Read(buf)
		if n += got; errors.Is(err, errTooMuch) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n != 8<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

func TestNoPasswordInLogs(t *testing.T) {
	var log bytes.Buffer
	f := startFake(t)
	cfg := settingsFor(refusing(t), f.url())
	c, err := New(cfg, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = login(c, "alice", "pw-alice")
	_, _ = login(c, "alice", "wrong-pw")
	cfg.BindPassword = "svc-wrong"
	c2, err := New(cfg, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c2.Close()
	_, err = login(c2, "alice", "pw-alice")
	out := log.String() + err.Error() + fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "config", cfg)
	out += log.String()
	if !strings.Contains(out, "an LDAP server cannot be used") {
		t.Errorf("the failover was not logged:\n%s", out)
	}
	for _, secret := range []string{"pw-alice", "wrong-pw", "svc-secret", "svc-wrong"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is in a log or an error:\n%s", secret, out)
		}
	}
}

// TestOutageIsLoggedOnce for each server and DownFor.
func TestOutageIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	first := startFake(t, func(f *fake) { f.hook = func(request) action { return action{close: true} } })
	c, err := New(settingsFor(first.url(), refusing(t)), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 5 {
		_, _ = c.User(context.Background(), "alice")
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 2 {
		t.Errorf("%d lines for two servers:\n%s", n, log.String())
	}
	first.mu.Lock()
	first.hook = nil
	first.mu.Unlock()
	_, _ = c.User(context.Background(), "alice")
	if !strings.Contains(log.String(), "can be used again") {
		t.Errorf("the end of the outage is not in the log:\n%s", log.String())
	}
}

// TestPasswordFile is read at each bind, so that the password can be changed.
func TestPasswordFile(t *testing.T) {
	f := startFake(t)
	path := t.TempDir() + "/password"
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("svc-secret\n")
	cfg := settingsFor(f.url())
	cfg.BindPassword, cfg.BindPasswordFile = "", path
	c := mustNew(t, cfg)
	if _, err := c.User(context.Background(), "alice"); err != nil {
		t.Fatal(err)
	}
	write("")
	f.cut()
	if _, err := c.User(context.Background(), "alice"); !errors.Is(err, ErrConfiguration) || !strings.Contains(err.Error(), "ldap-bind-password-file") {
		t.Error(err)
	}
	if last := f.requests("bind"); last[len(last)-1].password != "svc-secret" {
		t.Error("an empty password was sent")
	}
}

func hexOf(b []byte) string { return fmt.Sprintf("%x", b) }
