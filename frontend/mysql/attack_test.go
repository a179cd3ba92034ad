package mysql

import (
	"bytes"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"
)

// TestInjectionBeforeTLS puts clear bytes behind the SSLRequest, as somebody in
// the middle could. They must neither be executed nor survive into the encrypted
// stream (CVE-2021-23214).
func TestInjectionBeforeTLS(t *testing.T) {
	s := startServer(t)
	for name, injected := range map[string][]byte{
		"a handshake response": frame((&client{caps: clientCaps}).response(hello{user: "alice", plugin: pluginClear, answer: []byte("wonder\x00")}), 2),
		"a query":              frame([]byte("\x03echo injected"), 0),
		"one byte":             {0},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			c := s.connect()
			if _, err := c.raw.Write(append(frame(c.sslRequest(), 1), injected...)); err != nil {
				t.Fatal(err)
			}
			conn := tls.Client(c.raw, &tls.Config{RootCAs: testCA().pool, ServerName: "localhost"})
			if err := conn.Handshake(); err == nil {
				t.Error("the TLS handshake went through")
			}
		})
	}
	s.t = t
	if s.login.logins != 0 {
		t.Error("a login was tried")
	}
}

// TestEagerTLS is the honest case of the above: the TLS hello comes in the same
// segment as the SSLRequest.
func TestEagerTLS(t *testing.T) {
	s := startServer(t)
	c := s.connect()
	request := frame(c.sslRequest(), 1)
	conn := tls.Client(&prefixed{c.raw, request}, &tls.Config{RootCAs: testCA().pool, ServerName: "localhost"})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
}

// prefixed sends prefix together with the first write.
type prefixed struct {
	net.Conn
	prefix []byte
}

func (p *prefixed) Write(b []byte) (int, error) {
	n, err := p.Conn.Write(append(p.prefix, b...))
	n = max(0, n-len(p.prefix))
	p.prefix = nil
	return n, err
}

// TestOldTLS offers TLS 1.1, to a server whose configuration would take it.
func TestOldTLS(t *testing.T) {
	permissive := testTLS()
	permissive.MinVersion = tls.VersionTLS10
	for name, config := range map[string]*tls.Config{
		"for all": permissive,
		"for one": {GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return permissive, nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, func(o *Options) { o.TLS = config })
			s.mustLogin("alice", "wonder")
			c := s.connect()
			c.send(c.sslRequest())
			conn := tls.Client(c.raw, &tls.Config{
				RootCAs: testCA().pool, ServerName: "localhost", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
			})
			if err := conn.Handshake(); err == nil {
				t.Error("TLS 1.1 was accepted")
			}
		})
	}
}

// TestSlowLoris stops at every step of the login; each time the deadline ends
// the connection. Nothing is timed: the client waits for the end.
func TestSlowLoris(t *testing.T) {
	s := startServer(t, func(o *Options) { o.LoginTimeout = 30 * time.Millisecond })
	steps := []struct {
		name string
		do   func(c *client)
	}{
		{"says nothing", func(*client) {}},
		{"half a header", func(c *client) { _, _ = c.raw.Write([]byte{32, 0}) }},
		{"half an SSLRequest", func(c *client) { _, _ = c.raw.Write(frame(c.sslRequest(), 1)[:20]) }},
		{"no TLS hello", func(c *client) { c.send(c.sslRequest()) }},
		{"half a TLS hello", func(c *client) {
			c.send(c.sslRequest())
			_, _ = c.raw.Write([]byte{22, 3, 1, 2, 0, 1})
		}},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			s.t = t
			c := s.connect()
			step.do(c)
			c.mustEnd()
		})
	}
	// Behind TLS: the steps themselves may meet the deadline on a slow machine,
	// and that is the outcome that is asked for.
	s.t = t
	c := s.connect()
	c.send(c.sslRequest())
	conn := tls.Client(c.raw, &tls.Config{RootCAs: testCA().pool, ServerName: "localhost"})
	if err := conn.Handshake(); err == nil {
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("the server said something")
		}
	}
}

// TestLoginBudget floods the server before the login.
func TestLoginBudget(t *testing.T) {
	s := startServer(t, func(o *Options) { o.LoginBytes = 8 << 10 })
	c := s.connect()
	c.startTLS()
	// The server may end the connection before all is written.
	_, _ = c.conn.Write(frame(make([]byte, 16<<10), 2))
	if p, err := c.recv(); err == nil {
		c.mustFail(p, 1153)
		c.mustEnd()
	}

	// Below the packet limit each, together beyond the budget.
	c = s.connect()
	c.startTLS()
	c.send(c.response(hello{user: strings.Repeat("u", 3<<10), plugin: "other"}))
	if p := c.mustRecv(); p[0] != headerSwitch {
		t.Fatalf("got %s", showPacket(p))
	}
	_, _ = c.conn.Write(frame(make([]byte, 7<<10), c.seq))
	c.mustEnd()
	if s.login.logins != 0 {
		t.Error("a login was tried")
	}
}

// TestRefusedLoginsLookAlike compares every packet of refused logins, and
// counts the round trips.
func TestRefusedLoginsLookAlike(t *testing.T) {
	s := startServer(t)
	// alice is known, has logged in, and is therefore in the fast path's memory.
	s.mustLogin("alice", "wonder")
	attempt := func(user, password string) string {
		c := s.connect()
		var shown []string
		for _, p := range c.login(user, password, "") {
			shown = append(shown, strings.ReplaceAll(showPacket(p), user, "USER"))
		}
		c.mustEnd()
		return strings.Join(shown, "\n")
	}
	want := attempt("alice", "wrong")
	if !strings.Contains(want, "Access denied for user 'USER'@'127.0.0.1' (using password: YES)") || strings.Count(want, "\n") != 1 {
		t.Fatalf("unexpected refusal %s", want)
	}
	for _, user := range []string{"bob", "nobody", "mallory", "alice' OR ''='"} {
		if got := attempt(user, "wrong"); got != want {
			t.Errorf("%s: %s\nwant %s", user, got, want)
		}
	}
	empty := attempt("alice", "")
	if got := attempt("mallory", ""); got != empty {
		t.Errorf("empty password: %s and %s", got, empty)
	}
	if lines := strings.Split(want, "\n"); lines[1] != empty {
		t.Errorf("empty password is answered by %s, a wrong one by %s", empty, lines[1])
	}
}

// TestScrambleReplay presents a scramble that was right for another nonce.
func TestScrambleReplay(t *testing.T) {
	s := startServer(t)
	first := s.mustLogin("alice", "wonder")
	c := s.connect()
	if bytes.Equal(c.nonce, first.nonce) {
		t.Fatal("the nonce repeats")
	}
	c.startTLS()
	c.send(c.response(hello{user: "alice", plugin: pluginSHA2, answer: scramblePassword("wonder", first.nonce)}))
	if p := c.mustRecv(); !bytes.Equal(p, []byte{headerMoreAuth, sha2NeedFull}) {
		t.Errorf("got %s, want to be asked for the password", showPacket(p))
	}
}

func TestNonce(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		n := newNonce()
		if len(n) != nonceBytes || bytes.IndexByte(n, 0) >= 0 || seen[string(n)] {
			t.Fatalf("bad nonce %x", n)
		}
		seen[string(n)] = true
	}
}

// changeUserPacket is a COM_CHANGE_USER without a scramble, as MySQL's own
// client sends it.
func changeUserPacket(user, db, plugin string) []byte {
	b := append([]byte(user), 0, 0)
	b = append(append(b, db...), 0, collationUTF8MB4, 0)
	return append(append(b, plugin...), 0)
}

// changeUser runs COM_CHANGE_USER and returns the last packet.
func (c *client) changeUser(user, password, db string) []byte {
	c.t.Helper()
	c.command(comChangeUser, changeUserPacket(user, db, pluginSHA2)...)
	p := c.mustRecv()
	plugin, nonce, ok := bytes.Cut(p, []byte{0})
	if !ok || string(plugin) != "\xfe"+pluginSHA2 || len(nonce) != nonceBytes+1 {
		c.t.Fatalf("got %s, want a switch to %s", showPacket(p), pluginSHA2)
	}
	if bytes.Equal(nonce[:nonceBytes], c.nonce) {
		c.t.Fatal("the first nonce is used again")
	}
	c.send(scramblePassword(password, nonce[:nonceBytes]))
	return last(c.finishSHA2(password))
}

// whoami asks the session.
func (c *client) whoami() string {
	c.t.Helper()
	c.command(comQuery, []byte("whoami")...)
	var rows [][]byte
	for range 4 {
		rows = append(rows, c.mustRecv())
	}
	return string(rows[2][1:])
}

func TestChangeUser(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("begin")...)
	c.mustOK(c.mustRecv())
	c.command(comStmtPrepare, []byte("ok 1")...)
	c.mustOK(c.mustRecv())
	if got := c.whoami(); got != "alice@ 101" {
		t.Errorf("logged in as %s", got)
	}
	ok := c.changeUser("bob", "builder", "shop")
	c.mustOK(ok)
	if ok[3] != statusAutocommit {
		t.Errorf("status %x, want no transaction", ok[3])
	}
	if got := c.whoami(); got != "bob@shop 101" {
		t.Errorf("changed to %s", got)
	}
	c.command(comStmtExecute, 1, 0, 0, 0, 0, 1, 0, 0, 0)
	c.mustFail(c.mustRecv(), 1243)
	// Back, by the fast path, and with a packet larger than a login may send.
	c.mustOK(c.changeUser("alice", "wonder", ""))
	c.command(comQuery, []byte("ok "+strings.Repeat("0", 100_000))...)
	c.mustOK(c.mustRecv())
}

func TestChangeUserFails(t *testing.T) {
	s := startServer(t)
	for name, try := range map[string]struct {
		user, password, db string
		number             uint16
	}{
		"wrong password":   {"bob", "wrong", "", 1045},
		"unknown user":     {"mallory", "builder", "", 1045},
		"unknown database": {"bob", "builder", "nosuch", 1049},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			c := s.mustLogin("alice", "wonder")
			c.mustFail(c.changeUser(try.user, try.password, try.db), try.number)
			c.mustEnd()
		})
	}
	s.t = t
	c := s.mustLogin("alice", "wonder")
	c.command(comChangeUser, []byte("bob")...)
	c.mustFail(c.mustRecv(), 1835)
	c.mustEnd()
}

// TestChangeUserIsALogin: each COM_CHANGE_USER with a password that is not remembered asks who keeps
// the accounts, where failures are counted and lock, and each has a nonce of its own.
func TestChangeUserIsALogin(t *testing.T) {
	s := startServer(t)
	for range 3 {
		c := s.mustLogin("alice", "wonder")
		before := s.login.count()
		c.mustFail(c.changeUser("bob", "wrong", ""), 1045)
		c.mustEnd()
		if n := s.login.count() - before; n != 1 {
			t.Errorf("a refused COM_CHANGE_USER was counted as %d logins", n)
		}
	}
	c := s.mustLogin("alice", "wonder")
	seen := map[string]bool{string(c.nonce): true}
	for range 5 {
		c.command(comChangeUser, changeUserPacket("bob", "", pluginSHA2)...)
		_, nonce, _ := bytes.Cut(c.mustRecv(), []byte{0})
		nonce = nonce[:nonceBytes]
		if seen[string(nonce)] {
			t.Fatalf("the nonce %x is used again", nonce)
		}
		seen[string(nonce)] = true
		c.send(scramblePassword("builder", nonce))
		c.mustOK(last(c.finishSHA2("builder")))
	}
}

// TestChangeUserSlowly lets the deadline of a login end it.
func TestChangeUserSlowly(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	s.opts.LoginTimeout = 10 * time.Millisecond // for the next login; the server is idle
	c.command(comChangeUser, changeUserPacket("bob", "", pluginSHA2)...)
	c.mustRecv()
	c.mustEnd()
}

// TestPanic ends one connection and leaves the others.
func TestPanic(t *testing.T) {
	var log syncBuffer
	s := startServer(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	bystander := s.mustLogin("bob", "builder")
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("panic")...)
	c.mustEnd()
	if got := bystander.whoami(); !strings.HasPrefix(got, "bob@") {
		t.Errorf("the other connection says %s", got)
	}
	if !strings.Contains(log.String(), "as asked") {
		t.Errorf("the log says %q", log.String())
	}
}

// TestLogKeepsSecrets checks that the detail of an internal error is logged and
// the statement is not.
func TestLogKeepsSecrets(t *testing.T) {
	var log syncBuffer
	s := startServer(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("internal IDENTIFIED BY 'hunter2'")...)
	c.mustFail(c.mustRecv(), 1105)
	if text := log.String(); !strings.Contains(text, "secret detail") || strings.Contains(text, "hunter2") || strings.Contains(text, "wonder") {
		t.Errorf("the log says %q", text)
	}
}

// TestGarbage speaks something else altogether.
func TestGarbage(t *testing.T) {
	s := startServer(t)
	for _, text := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("\x16\x03\x01", 100), strings.Repeat("\x00", 300)} {
		c := s.connect()
		if _, err := c.raw.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := c.recv(); err != nil {
				var timeout net.Error
				if errors.As(err, &timeout) && timeout.Timeout() {
					t.Error("the server does not end the connection")
				}
				break
			}
		}
	}
}
