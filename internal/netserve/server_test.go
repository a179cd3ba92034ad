package netserve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

var errClosed = errors.New("test: closed")

// echo is a protocol: 'a' admits, 's' makes the goroutine deaf to everything but free,
// 'q' ends it.
type echo struct {
	net.Conn
	place *Place
	ended chan struct{}
	once  sync.Once
	free  chan struct{}
	stays bool // its place, when it is cut
}

func (e *echo) Serve() {
	defer e.Close()
	var b [1]byte
	for {
		if _, err := e.Read(b[:]); err != nil {
			return
		}
		if b[0] == 'a' {
			e.place.Admit()
		}
		if _, err := e.Write(b[:]); err != nil || b[0] == 'q' {
			return
		}
		if b[0] == 's' {
			<-e.free
		}
	}
}

func (e *echo) End() { e.once.Do(func() { close(e.ended) }); _ = e.SetReadDeadline(time.Unix(1, 0)) }
func (e *echo) Cut() {
	e.Close()
	if !e.stays {
		e.place.Leave()
	}
}

type testServer struct {
	*Server
	t    *testing.T
	addr string
	free chan struct{}
}

func start(t *testing.T, o Options) *testServer {
	t.Helper()
	return startWith(t, o, false)
}

func startWith(t *testing.T, o Options, stays bool) *testServer {
	t.Helper()
	o.Name, o.Closed = "test", errClosed
	o.Refuse = func(c net.Conn) { _, _ = c.Write([]byte("full")) }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &testServer{New(o), t, l.Addr().String(), make(chan struct{})}
	served := make(chan error, 1)
	go func() {
		served <- s.Serve(l, func(raw net.Conn, p *Place) Conn {
			return &echo{Conn: raw, place: p, ended: make(chan struct{}), free: s.free, stays: stays}
		})
	}()
	t.Cleanup(func() {
		_ = s.Close() // it has no errors
		if err := <-served; err != errClosed {
			t.Errorf("Serve returned %v", err)
		}
	})
	return s
}

// say connects, or goes on with c, and returns what comes back.
func (s *testServer) say(c net.Conn, text string) (net.Conn, string) {
	s.t.Helper()
	if c == nil {
		var err error
		if c, err = net.Dial("tcp", s.addr); err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { c.Close() })
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = c.Write([]byte(text))
	answer := make([]byte, 4)
	n, _ := io.ReadAtLeast(c, answer, 1)
	return c, string(answer[:n])
}

func (s *testServer) wait(n int) {
	s.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); s.Connections() != n; <-tick.C {
		if time.Now().After(end) {
			s.t.Fatalf("%d connections, want %d", s.Connections(), n)
		}
	}
}

// Strangers take no place of who logged in, and who logged in none of theirs.
func TestLimits(t *testing.T) {
	s := start(t, Options{Limits: Limits{Connections: 4, Strangers: 2, StrangersPerAddress: 2}})
	one, got := s.say(nil, "a")
	if got != "a" {
		t.Fatalf("got %q", got)
	}
	two, _ := s.say(nil, "x")
	three, _ := s.say(nil, "x")
	four, got := s.say(nil, "x")
	if got != "x" {
		t.Errorf("a third stranger got %q", got)
	}
	if _, got := s.say(two, "x"); got != "" {
		t.Errorf("the stranger that waited longest is there still, and got %q", got)
	}
	s.say(three, "a")
	s.say(four, "a")
	five, got := s.say(nil, "a")
	if got != "a" {
		t.Errorf("after two logged in, a stranger got %q", got)
	}
	if _, got := s.say(nil, "x"); got != "full" {
		t.Errorf("beside four that logged in, a fifth connection got %q", got)
	}
	for _, c := range []net.Conn{one, three, four, five} {
		if _, got := s.say(c, "x"); got != "x" {
			t.Errorf("one that logged in got %q", got)
		}
	}
	s.say(one, "q")
	s.wait(3)
}

// A flood of one address that says nothing keeps nobody out, neither there nor
// elsewhere, and counts right whatever the order of leaving.
func TestAttackStrangersMakeRoom(t *testing.T) {
	s := start(t, Options{Limits: Limits{Connections: 50, Strangers: 20, StrangersPerAddress: 10}})
	for range 100 {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	for range 5 {
		if _, got := s.say(nil, "a"); got != "a" {
			t.Fatalf("one that logs in during a flood got %q", got)
		}
	}
	c, _ := s.say(nil, "x")
	s.say(c, "a")
	s.say(c, "q")
	for _, p := range s.addresses {
		if s.mu.Lock(); p.strangers.n > 10 || p.all > 50 {
			t.Errorf("%d strangers, %d in all", p.strangers.n, p.all)
		}
		s.mu.Unlock()
	}
	_ = s.Close()
	s.wait(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.addresses) != 0 || s.strangers.n != 0 || s.strangers.first != nil || s.strangers.last != nil {
		t.Errorf("%d addresses, %d strangers are counted after the end", len(s.addresses), s.strangers.n)
	}
}

// What was cut and does not come back is bounded, too.
func TestAttackCutConnectionsAreBounded(t *testing.T) {
	s := startWith(t, Options{Limits: Limits{StrangersPerAddress: 1}}, true)
	s.say(nil, "s")
	for i := range maxDropped {
		if _, got := s.say(nil, "s"); got != "s" {
			t.Fatalf("connection %d got %q", i, got)
		}
	}
	if _, got := s.say(nil, "x"); got != "full" {
		t.Errorf("beside %d that do not come back, one more got %q", maxDropped, got)
	}
	close(s.free)
}

func TestLimitOfOneAddress(t *testing.T) {
	s := start(t, Options{Limits: Limits{PerAddress: 1}})
	c, _ := s.say(nil, "a")
	if _, got := s.say(nil, "x"); got != "full" {
		t.Errorf("a second connection got %q", got)
	}
	s.say(c, "q")
	s.wait(0)
	if _, got := s.say(nil, "x"); got != "x" {
		t.Errorf("after the first left: %q", got)
	}
}

// A shutdown ends although one goroutine cannot be stopped.
func TestDrainOfWhatCannotBeStopped(t *testing.T) {
	s := start(t, Options{})
	s.say(nil, "a")
	s.say(nil, "s")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	_ = s.Close()
	if n := s.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	close(s.free)
}

// A flood of refused connections is two lines in the log.
func TestAttackRefusalsAreFewLines(t *testing.T) {
	var log bytes.Buffer
	r := refusals{log: slog.New(slog.NewTextHandler(&log, nil)), name: "test", pause: time.Hour}
	for range 1000 {
		r.note(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}, "connections")
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines while the pause lasts:\n%s", n, log.String())
	}
	r.after()
	if n := strings.Count(log.String(), "\n"); n != 2 || !strings.Contains(log.String(), "count=999") {
		t.Errorf("after the pause:\n%s", log.String())
	}
	r.after()
	r.stop()
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("nothing came and %d lines are there", n)
	}
}

func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:5": "192.0.2.7/32", "[::ffff:192.0.2.7]:5": "192.0.2.7/32", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:5": "fe80::/64", "@": "invalid Prefix",
	} {
		if got := AddressOf(textAddr(remote)).String(); got != want {
			t.Errorf("%s counts as %s, want %s", remote, got, want)
		}
	}
}

// textAddr is an address as it is printed.
type textAddr string

func (textAddr) Network() string  { return "tcp" }
func (a textAddr) String() string { return string(a) }
