package ldapclient

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// slapd is OpenLDAP's server on a temporary directory. It serves company with a
// chain of groups for carol and 700 groups for bob.
type slapd struct {
	dir          string
	plain, tls   string // URLs
	id           identity
	cmd          *exec.Cmd
	log          bytes.Buffer
	program, add string
}

const slapdConf = `include %[1]s/core.schema
include %[1]s/cosine.schema
include %[1]s/inetorgperson.schema
include %[1]s/nis.schema
pidfile %[2]s/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile %[3]s
TLSCertificateFile %[4]s
TLSCertificateKeyFile %[5]s
TLSVerifyClient allow
sizelimit 500
database mdb
maxsize 67108864
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw secret
directory %[2]s/db
index objectClass,uid,cn,member,memberUid,uniqueMember eq
limits dn.exact="cn=svc,dc=example,dc=org" size.prtotal=unlimited size.pr=500
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=hidden,dc=example,dc=org" by * none
access to * by dn.exact="cn=svc,dc=example,dc=org" read by dn.exact="cn=small,dc=example,dc=org" read by self read by * none
`

// program finds a server's program, which Debian keeps off users' paths.
func program(name string) string {
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/libexec/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return ""
}

// missing skips a test for want of slapd, or fails it where slapd must be.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("LXDB_NEED_SLAPD") == "1" {
		t.Fatalf("%s is missing: drivers/slapd.sh installs it", what)
	}
	t.Skipf("%s is not installed: drivers/slapd.sh installs it and runs this test", what)
}

func startSlapd(t testing.TB) *slapd {
	t.Helper()
	const schema = "/etc/ldap/schema"
	s := &slapd{program: program("slapd"), add: program("slapadd")}
	if s.program == "" || s.add == "" {
		missing(t, "slapd")
	}
	if _, err := os.Stat(schema + "/core.schema"); err != nil {
		missing(t, "slapd's schema")
	}
	s.dir = t.TempDir()
	s.id = newIdentity(t, "localhost", "127.0.0.1")
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf(slapdConf, schema, s.dir, s.id.caFile, s.id.certFile, s.id.keyFile)
	for name, text := range map[string]string{"slapd.conf": conf, "data.ldif": slapdData()} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(s.add, "-q", "-f", s.dir+"/slapd.conf", "-l", s.dir+"/data.ldif").CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	// The ports are free when they are chosen; somebody else may take them first.
	err := errors.New("not started")
	for try := 0; err != nil && try < 3; try++ {
		s.plain, s.tls = refusing(t), "ldaps"+strings.TrimPrefix(refusing(t), "ldap")
		err = s.run()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// start runs it again on the same ports.
func (s *slapd) start(t testing.TB) {
	t.Helper()
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}

// run starts the program and waits until both ports answer.
func (s *slapd) run() error {
	s.cmd = exec.Command(s.program, "-f", s.dir+"/slapd.conf", "-h", s.plain+"/ "+s.tls+"/", "-d", "0")
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ended := time.After(20 * time.Second)
	for _, url := range []string{s.plain, s.tls} {
		_, addr, _ := strings.Cut(url, "://")
		for {
			line, err := net.Dial("tcp", addr)
			if err == nil {
				_ = line.Close()
				break
			}
			select {
			case <-ended:
				s.stop()
				return fmt.Errorf("slapd does not listen: %w\n%s", err, s.log.String())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

// stop ends our own process and no other.
func (s *slapd) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

func slapdData() string {
	entries := company()
	small := entry{"cn=small," + suffix, map[string][]string{"objectClass": {"applicationProcess", "simpleSecurityObject"}, "cn": {"small"}, "userPassword": {"small-secret"}}}
	hidden := entry{"ou=hidden," + suffix, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"hidden"}}}
	guests := entry{"ou=guests," + people, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"guests"}}}
	twin, again, silent := person("twin"), person("twin"), person("silent")
	again.dn = "uid=twin,ou=guests," + people
	delete(silent.attrs, "userPassword")
	entries = append(entries, small, hidden, guests, twin, again, silent)
	entries = append(entries, chain(30, "carol")...)
	entries = append(entries, wide(700, "bob")...)
	var ldif strings.Builder
	for _, e := range entries {
		ldifLine(&ldif, "dn", e.dn)
		for attr, values := range e.attrs {
			for _, v := range values {
				ldifLine(&ldif, attr, v)
			}
		}
		ldif.WriteByte('\n')
	}
	return ldif.String()
}

func ldifLine(w *strings.Builder, attr, value string) {
	fmt.Fprintf(w, "%s:: %s\n", attr, base64.StdEncoding.EncodeToString([]byte(value)))
}

// settings for slapd over TLS.
func (s *slapd) settings(urls ...string) Config {
	if len(urls) == 0 {
		urls = []string{s.tls}
	}
	cfg := settingsFor(urls...)
	cfg.CAFile, cfg.GroupBase = s.id.caFile, groups
	return cfg
}

func (s *slapd) startTLS() Config {
	cfg := s.settings(s.plain)
	cfg.StartTLS = true
	return cfg
}

func TestSlapdLogin(t *testing.T) {
	s := startSlapd(t)
	for line, cfg := range map[string]Config{"ldaps": s.settings(), "StartTLS": s.startTLS(), "loopback": s.settings(s.plain)} {
		c := mustNew(t, cfg)
		for _, tc := range []struct {
			name, password, called string
			err                    error
		}{
			{"alice", "pw-alice", "alice", nil},
			{"ALICE", "pw-alice", "alice", nil},
			{"eve, the (tester)*", "pw-eve, the (tester)*", "eve, the (tester)*", nil},
			{"jürgen", "pässwört", "jürgen", nil},
			{"JÜRGEN", "pässwört", "jürgen", nil},
			{"*", "pw-alice", "", ErrNoUser},
			{"alice)(uid=*", "pw-alice", "", ErrNoUser},
			{"alice", "wrong", "", ErrWrongPassword},
			{"alice", "", "", ErrPassword},
			{"nobody", "pw-alice", "", ErrNoUser},
			{"twin", "pw-twin", "", ErrAmbiguous},
			{"silent", "pw-silent", "", ErrDenied}, // an entry without a password
		} {
			u, err := login(c, tc.name, tc.password)
			if !errors.Is(err, tc.err) || err != nil && !errors.Is(err, ErrDenied) || err == nil && u.Name != tc.called {
				t.Errorf("%s: %q: %q, %v; %q, %v expected", line, tc.name, u.Name, err, tc.called, tc.err)
			}
		}
		u, err := c.UserByDN(context.Background(), "UID=Alice, ou=People, dc=example, dc=org")
		if err != nil || u.Name != "alice" || u.Attributes["mail"][0] != "alice@example.org" || len(u.Attributes["entryUUID"]) != 1 {
			t.Errorf("%s: %+v, %v", line, u, err)
		}
		if u, err := c.UserByDN(context.Background(), "uid=twin,ou=guests,"+people); err != nil || u.Name != "twin" {
			t.Errorf("%s: %+v, %v", line, u, err)
		}
		if u, err := c.UserByDN(context.Background(), uidDN("gone")); !errors.Is(err, ErrNoUser) {
			t.Errorf("%s: %+v, %v", line, u, err)
		}
	}
}

func TestSlapdGroups(t *testing.T) {
	s := startSlapd(t)
	cfg := s.settings()
	c := mustNew(t, cfg)
	ctx := context.Background()
	groupsOf := func(c *Client, name string) (Groups, error) {
		u, err := c.User(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		return c.GroupsOf(ctx, u)
	}
	check := func(c *Client, name, want string, limited bool) {
		t.Helper()
		if got, err := groupsOf(c, name); err != nil || strings.Join(got.Names, " ") != want || got.Limited != limited {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	began := time.Now()
	check(c, "alice", "devs everyone loop posix staff unique", false)
	t.Logf("alice's groups with a first connection: %v", time.Since(began))
	check(c, "eve, the (tester)*", "esc (a*b), c", false)
	check(c, "jürgen", "", false)
	flat := cfg
	flat.Flat = true
	check(mustNew(t, flat), "alice", "devs loop posix unique", false)
	one := cfg
	one.GroupFilter = "(&(objectClass=groupOfNames)(cn=%GROUP%))"
	check(mustNew(t, one), "alice", "devs everyone loop staff", false)

	if got, err := groupsOf(c, "carol"); err != nil || len(got.Names) != 16 || !got.Limited {
		t.Errorf("a chain of 30: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
	if got, err := groupsOf(c, "bob"); err != nil || len(got.Names) != 703 || got.Limited {
		t.Errorf("700 groups, prtotal=unlimited: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
	small := cfg
	small.BindDN, small.BindPassword = "cn=small,"+suffix, "small-secret"
	if got, err := groupsOf(mustNew(t, small), "bob"); !errors.Is(err, ErrConfiguration) || errors.Is(err, ErrDenied) || len(got.Names) != 0 {
		t.Errorf("700 groups, sizelimit 500: %d groups, %v", len(got.Names), err)
	} else if !strings.Contains(hint(err), "prtotal") {
		t.Errorf("hint: %q", hint(err))
	}
}

func TestSlapdGroupNames(t *testing.T) {
	c := mustNew(t, startSlapd(t).settings())
	ctx := context.Background()
	for name, want := range map[string]string{"devs": "devs", "DevS": "devs", "esc (a*b), c": "esc (a*b), c", "posix": "posix", "unique": "unique"} {
		if got, err := c.Group(ctx, name); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	// slapd lets (name=groups) match ou=groups: the name itself must fit.
	for _, name := range []string{"dev*", "*", "devs)(cn=*", "nothing", "alice", "groups", "devs\\2a"} {
		if got, err := c.Group(ctx, name); !errors.Is(err, ErrNoGroup) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for group, want := range map[string]string{"everyone": "alice bob", "loop": "alice", "posix": "alice", "unique": "alice",
		"esc (a*b), c": "eve, the (tester)*", "c10": "carol", "g0001": "bob"} {
		if got, err := c.Members(ctx, group); err != nil || strings.Join(got, " ") != want {
			t.Errorf("members of %q: %q, %v", group, got, err)
		}
	}
	if _, err := c.Members(ctx, "c30"); !errors.Is(err, ErrLimited) {
		t.Errorf("members of c30: %v", err)
	}
}

func TestSlapdTLS(t *testing.T) {
	s := startSlapd(t)
	other := newIdentity(t, "127.0.0.1")
	pin, wrongPin := keySum(s.id.leaf), keySum(other.leaf)
	for _, tc := range []struct {
		name  string
		set   func(*Config)
		fault string
	}{
		{"right CA and pin", func(c *Config) { c.PinSHA256 = []string{hexOf(pin[:])} }, ""},
		{"another CA", func(c *Config) { c.CAFile = other.caFile }, "unknown authority"},
		{"no CA", func(c *Config) { c.CAFile = "" }, "unknown authority"},
		{"another name", func(c *Config) { c.ServerName = "elsewhere.example.org" }, "not elsewhere.example.org"},
		{"wrong pin", func(c *Config) { c.PinSHA256 = []string{hexOf(wrongPin[:])} }, "pinned"},
		{"wrong service password", func(c *Config) { c.BindPassword = "wrong" }, "service account"},
		{"unknown service account", func(c *Config) { c.BindDN = "cn=gone," + suffix }, "service account"},
		{"no service account", func(c *Config) { c.BindDN, c.BindPassword = "", "" }, "No Such Object"},
		{"base that is not there", func(c *Config) { c.UserBase = "ou=gone," + suffix }, "No Such Object"},
		{"base that is hidden", func(c *Config) { c.UserBase = "ou=hidden," + suffix }, "No Such Object"},
		{"client certificate", func(c *Config) { c.ClientCert, c.ClientKey = s.id.certFile, s.id.keyFile }, ""},
	} {
		for line, cfg := range map[string]Config{"ldaps": s.settings(), "StartTLS": s.startTLS()} {
			tc.set(&cfg)
			_, err := login(mustNew(t, cfg), "alice", "pw-alice")
			if tc.fault == "" && err != nil {
				t.Errorf("%s, %s: %v", tc.name, line, err)
			}
			if tc.fault != "" && (!errors.Is(err, ErrConfiguration) || errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), tc.fault)) {
				t.Errorf("%s, %s: %v", tc.name, line, err)
			}
		}
	}
}

func TestSlapdFailover(t *testing.T) {
	s := startSlapd(t)
	slow := hanging(t)
	for name, tc := range map[string]struct {
		urls        []string
		least, most time.Duration
	}{
		"refuses": {[]string{refusing(t), s.plain}, 0, time.Second},
		"hangs":   {[]string{slow.url(), s.plain}, time.Second, 2 * time.Second},
	} {
		cfg := s.settings(tc.urls...)
		cfg.Timeout = time.Second
		began := time.Now()
		_, err := login(mustNew(t, cfg), "alice", "pw-alice")
		took := time.Since(began)
		if err != nil || took < tc.least || took > tc.most {
			t.Errorf("first server %s: %v after %v", name, err, took)
		}
		t.Logf("first server %s: %v", name, took)
	}
	_, err := login(mustNew(t, s.settings(refusing(t), refusing(t))), "alice", "pw-alice")
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) {
		t.Errorf("all down: %v", err)
	}
}

// TestSlapdRestart: the pool's connections die with the server, and the next
// login must not notice.
func TestSlapdRestart(t *testing.T) {
	s := startSlapd(t)
	c := mustNew(t, s.settings())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := login(c, "alice", "pw-alice"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.stop()
	s.start(t)
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	s.stop()
	if _, err := login(c, "alice", "pw-alice"); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) {
		t.Errorf("while it is down: %v", err)
	}
	s.start(t)
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}

// TestSlapdStands: a server that stands still under a live pool is an outage in
// bounded time, and it is used again when it goes on.
func TestSlapdStands(t *testing.T) {
	s := startSlapd(t)
	cfg := s.settings()
	cfg.Timeout = 300 * time.Millisecond
	c := mustNew(t, cfg)
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stopped(t, s.cmd.Process.Pid)
	began := time.Now()
	_, err := login(c, "alice", "pw-alice")
	if took := time.Since(began); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrDenied) || took > 2*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Errorf("when it goes on: %v", err)
	}
}

// stopped waits until every thread of a process stands: a signal is sent before it has arrived.
func stopped(t *testing.T, pid int) {
	t.Helper()
	standing := func() bool {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		return !slices.ContainsFunc(threads, func(name string) bool {
			stat, err := os.ReadFile(name)
			// The state is the letter behind the name, which stands in brackets.
			_, after, _ := bytes.Cut(stat, []byte(") "))
			return err == nil && !bytes.HasPrefix(after, []byte("T"))
		})
	}
	for tick := time.NewTicker(time.Millisecond); !standing(); {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("slapd does not stand")
		}
	}
}

func TestSlapdCheck(t *testing.T) {
	s := startSlapd(t)
	var steps []string
	err := s.startTLS().Check(context.Background(), "alice", "pw-alice", func(step Step) {
		steps = append(steps, step.Name)
		t.Logf("%s: %s %v %s", step.Name, step.Detail, step.Err, step.Hint)
	})
	const want = "settings resolve connect tls service bind user base group base user search user bind groups"
	if err != nil || strings.Join(steps, " ") != want {
		t.Errorf("%v, %q", err, steps)
	}
	cfg := s.settings()
	cfg.InChain = true
	if err := cfg.Check(context.Background(), "alice", "", func(Step) {}); !errors.Is(err, ErrConfiguration) || !strings.Contains(err.Error(), "Active Directory") {
		t.Errorf("ldap-in-chain: %v", err)
	}
}

// TestSlapdRate logs how many logins a second there are, and that they leave
// nothing behind.
func TestSlapdRate(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := startSlapd(t)
	for _, way := range []struct {
		name string
		cfg  Config
	}{{"loopback", s.settings(s.plain)}, {"StartTLS", s.startTLS()}, {"ldaps", s.settings()}} {
		c := mustNew(t, way.cfg)
		before := runtime.NumGoroutine()
		const workers, each = 8, 40
		var wg sync.WaitGroup
		var failed atomic.Int64
		began := time.Now()
		for range workers {
			wg.Go(func() {
				for range each {
					u, err := login(c, "alice", "pw-alice")
					if err == nil {
						_, err = c.GroupsOf(context.Background(), u)
					}
					if err != nil {
						failed.Add(1)
					}
				}
			})
		}
		wg.Wait()
		took := time.Since(began)
		_ = c.Close()
		t.Logf("%s: %.0f logins a second with groups, %d workers", way.name, workers*each/took.Seconds(), workers)
		if failed.Load() != 0 {
			t.Errorf("%s: %d logins failed", way.name, failed.Load())
		}
		deadline := time.After(5 * time.Second)
		for runtime.NumGoroutine() > before {
			select {
			case <-deadline:
				t.Fatalf("%s: %d goroutines, %d before", way.name, runtime.NumGoroutine(), before)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}
