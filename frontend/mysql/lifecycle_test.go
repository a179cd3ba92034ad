package mysql

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// syncBuffer is a log that a test reads while the server runs.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// waitFor polls until ok, for what has no event to wait for.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx := testContext(t)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestTooManyConnections(t *testing.T) {
	s := startServer(t, func(o *Options) { o.MaxConnections = 2 })
	a, b := s.mustLogin("alice", "wonder"), s.mustLogin("bob", "builder")
	c := s.dial()
	if p := c.mustRecv(); showPacket(p) != `ff 10 04 "Too many connections"` {
		t.Errorf("got %s", showPacket(p))
	}
	c.mustEnd()
	// A driver understands it.
	if err := s.open("alice", "wonder").PingContext(testContext(t)); !isNumber(err, 1040) {
		t.Errorf("the driver got %v", err)
	}
	b.command(comQuit)
	b.mustEnd()
	waitFor(t, "the place of the connection that left", func() bool { return s.Connections() == 1 })
	s.mustLogin("bob", "builder")
	if got := a.whoami(); !strings.HasPrefix(got, "alice@") {
		t.Errorf("the first connection says %s", got)
	}
}

// TestTooManyFromOneAddress keeps places for other machines.
func TestTooManyFromOneAddress(t *testing.T) {
	s := startServer(t, func(o *Options) { o.MaxPending, o.MaxPendingPerAddress = 10, 2 })
	first := s.connect()
	s.connect()
	s.mustLogin("alice", "wonder") // the oldest makes room
	first.mustEnd()
	other := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	raw, err := other.Dial("tcp", s.addr)
	if err != nil {
		t.Skipf("no second loopback address: %v", err)
	}
	defer raw.Close()
	var greeting [5]byte
	if _, err := io.ReadFull(raw, greeting[:]); err != nil || greeting[4] != 10 {
		t.Errorf("another address gets %x, %v; the greeting of protocol 10 expected", greeting, err)
	}
}

// TestTooManyStrangers keeps places for those who log in.
func TestTooManyStrangers(t *testing.T) {
	s := startServer(t, func(o *Options) { o.MaxConnections, o.MaxPending, o.MaxPendingPerAddress = 10, 2, 2 })
	known := s.mustLogin("alice", "wonder")
	first := s.connect()
	stranger := s.connect()
	s.mustLogin("bob", "builder") // the stranger that waits longest makes room
	first.mustEnd()
	if got := known.whoami(); !strings.HasPrefix(got, "alice@") {
		t.Errorf("the connection that is logged in says %s", got)
	}
	stranger.raw.Close()
	waitFor(t, "the stranger's place", func() bool { return s.Connections() == 2 })
	s.mustLogin("bob", "builder")
}

func TestIdleTimeout(t *testing.T) {
	s := startServer(t, func(o *Options) { o.IdleTimeout = 20 * time.Millisecond })
	c := s.connect()
	packets := c.login("alice", "wonder", "")
	c.mustOK(last(packets))
	c.seq = 1 // as the answer to the command that the client has not sent
	c.mustFail(c.mustRecv(), 4031)
	c.mustEnd()
}

// TestWatchOutlivesIdle runs a statement whose connection's idle deadline has
// passed: it must run on, and its client must be watched all the same.
func TestWatchOutlivesIdle(t *testing.T) {
	s := startServer(t, func(o *Options) { o.IdleTimeout, o.VanishCheck = time.Nanosecond, time.Millisecond })
	s.mustLogin("alice", "wonder") // makes the next login need one packet only
	c := s.connect()
	c.startTLS()
	// Login and statement come in one TLS record, so the statement is there
	// already when the deadline of its reading passes.
	response := c.response(hello{user: "alice", plugin: pluginSHA2, answer: scramblePassword("wonder", c.nonce)})
	if _, err := c.conn.Write(append(frame(response, c.seq), frame([]byte("\x03block"), 0)...)); err != nil {
		t.Fatal(err)
	}
	<-s.engine.blocking
	c.raw.Close()
	select {
	case <-s.engine.ended:
	case <-testContext(t).Done():
		t.Fatal("the statement still runs")
	}
}

// TestVanishedClient closes the connection while a statement runs.
func TestVanishedClient(t *testing.T) {
	s := startServer(t, func(o *Options) { o.VanishCheck = time.Millisecond })
	for name, leave := range map[string]func(c *client){
		"close":    func(c *client) { c.conn.Close() },
		"cut":      func(c *client) { c.raw.Close() },
		"reset":    func(c *client) { _ = c.raw.(*net.TCPConn).SetLinger(0); c.raw.Close() },
		"pipeline": func(c *client) { c.command(comPing); c.raw.Close() },
		"garbage":  func(c *client) { _, _ = c.raw.Write([]byte("not TLS")) },
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			c := s.mustLogin("alice", "wonder")
			c.command(comQuery, []byte("block")...)
			<-s.engine.blocking
			leave(c)
			select {
			case <-s.engine.ended:
			case <-testContext(t).Done():
				t.Fatal("the statement still runs")
			}
			waitFor(t, "the session to close", func() bool { return s.engine.sessions() == 0 })
		})
	}
	s.t = t
}

// TestPipelining sends the next commands while a statement runs and is watched:
// what was read ahead must not be lost.
func TestPipelining(t *testing.T) {
	s := startServer(t, func(o *Options) { o.VanishCheck = time.Microsecond })
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("block")...)
	id := <-s.engine.blocking
	for i := range 200 {
		c.command(comQuery, []byte("echo "+strings.Repeat("x", i))...)
	}
	s.engine.mu.Lock()
	s.engine.open[id].Cancel()
	s.engine.mu.Unlock()
	c.seq = 1
	c.mustFail(c.mustRecv(), 1317)
	for i := range 200 {
		c.seq = 1
		var row []byte
		for j := range 4 {
			if p := c.mustRecv(); j == 2 {
				row = p
			}
		}
		if got := len(row); got != i+1 {
			t.Fatalf("answer %d has %d bytes", i, got)
		}
	}
}

// TestWatchedStatements arms and disarms the watch at every point of short statements.
func TestWatchedStatements(t *testing.T) {
	s := startServer(t, func(o *Options) { o.VanishCheck = time.Nanosecond })
	db := s.open("alice", "wonder")
	db.SetMaxOpenConns(1)
	for i := range 2000 {
		var got string
		if err := db.QueryRowContext(testContext(t), "args ?", i).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	if s.login.logins != 1 || s.login.fast != 0 {
		t.Errorf("%d logins: connections were lost on the way", s.login.logins+s.login.fast)
	}
}

// TestKill ends the connection whose session is killed, idle or busy.
func TestKill(t *testing.T) {
	s := startServer(t)
	root := s.mustLogin("bob", "builder")
	idle := s.mustLogin("alice", "wonder")
	root.command(comQuery, []byte("kill 102")...)
	root.mustOK(root.mustRecv())
	idle.mustEnd()

	busy := s.mustLogin("alice", "wonder")
	busy.command(comQuery, []byte("block")...)
	<-s.engine.blocking
	root.command(comProcessKill, 103, 0, 0, 0)
	root.mustOK(root.mustRecv())
	busy.mustFail(busy.mustRecv(), 1317)
	busy.mustEnd()
}

// TestShutdown lets the running statement finish and tells the idle ones.
func TestShutdown(t *testing.T) {
	s := startServer(t)
	idle, busy, stranger := s.mustLogin("alice", "wonder"), s.mustLogin("bob", "builder"), s.connect()
	busy.command(comQuery, []byte("block")...)
	id := <-s.engine.blocking

	finished := make(chan error, 1)
	go func() { finished <- s.Shutdown(testContext(t)) }()
	idle.seq = 1
	idle.mustFail(idle.mustRecv(), 1053)
	idle.mustEnd()
	stranger.mustEnd()
	select {
	case err := <-finished:
		t.Fatalf("Shutdown returned %v before the statement ended", err)
	default:
	}
	if _, err := net.Dial("tcp", s.addr); err == nil {
		t.Error("the listener is still open")
	}
	s.engine.mu.Lock()
	s.engine.open[id].Cancel()
	s.engine.mu.Unlock()
	busy.mustFail(busy.mustRecv(), 1317)
	busy.seq = 1
	busy.mustFail(busy.mustRecv(), 1053)
	if err := <-finished; err != nil {
		t.Error(err)
	}
}

// TestShutdownImpatient cuts what does not end in time; its client hears why.
func TestShutdownImpatient(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("block")...)
	<-s.engine.blocking
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); err != context.Canceled {
		t.Errorf("got %v", err)
	}
	<-s.engine.ended
	c.mustFail(c.mustRecv(), 1053)
	c.mustEnd()
}

// TestStuckClient does not read its result: the write deadline ends it.
func TestStuckClient(t *testing.T) {
	s := startServer(t, func(o *Options) { o.WriteTimeout = 20 * time.Millisecond })
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("rows 40 1000000")...)
	waitFor(t, "the session to close", func() bool { return s.engine.sessions() == 0 })
}

func TestOptions(t *testing.T) {
	_, err := New(Options{MaxPacketBytes: -1})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{"TLS", "Login", "Opener", "MaxPacketBytes"} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not name %s", err, fault)
		}
	}
}

func TestStatistics(t *testing.T) {
	c := startServer(t).mustLogin("alice", "wonder")
	c.command(comStatistics)
	if got := string(c.mustRecv()); !strings.HasPrefix(got, "Uptime: ") || !strings.Contains(got, "Threads: 1  Questions: 1") {
		t.Errorf("got %q", got)
	}
}

// Who has to change his password first is answered statements, of which the session takes few, and nothing else.
func TestExpiredPassword(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	s.engine.expired.Store(true)
	for com, arg := range map[command]string{
		comInitDB: "db", comFieldList: "t\x00", comStatistics: "", comProcessInfo: "", comProcessKill: "\x01\x00\x00\x00", comDebug: "",
		comSetOption: "\x00\x00", comResetConnection: "", comStmtReset: "\x01\x00\x00\x00", comStmtFetch: "\x01\x00\x00\x00\x01\x00\x00\x00",
	} {
		c.command(com, []byte(arg)...)
		c.mustFail(c.mustRecv(), 1820)
	}
	c.command(comPing)
	c.mustOK(c.mustRecv())
	c.command(comQuery, []byte("ok 1")...)
	c.mustOK(c.mustRecv())
	s.engine.expired.Store(false)
	c.command(comInitDB, []byte("db")...)
	c.mustOK(c.mustRecv())
}

// TestAttackL1StatementThatCannotBeStopped: whoever ends it, the client hears of it,
// the socket closes, and nobody waits for the goroutine.
func TestAttackL1StatementThatCannotBeStopped(t *testing.T) {
	for name, c := range map[string]struct {
		stop   func(s *testServer, victim *client)
		number uint16 // 0: there is nobody to be told
	}{
		"kill": {func(s *testServer, _ *client) {
			s.engine.mu.Lock()
			defer s.engine.mu.Unlock()
			for _, sess := range s.engine.open {
				sess.kill()
			}
		}, 1317},
		"vanished": {func(_ *testServer, victim *client) { victim.raw.Close() }, 0},
		"shutdown": {func(s *testServer, _ *client) {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			_ = s.Shutdown(ctx) // says that it was cut off
			_ = s.Close()       // returns although the statement runs
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, func(o *Options) { o.VanishCheck = time.Millisecond })
			victim := s.mustLogin("alice", "wonder")
			victim.command(comQuery, []byte("deaf")...)
			<-s.engine.blocking
			c.stop(s, victim)
			if c.number != 0 {
				victim.mustFail(victim.mustRecv(), c.number)
				victim.mustEnd()
			}
			waitFor(t, "the place", func() bool { return s.Connections() == 0 })
			if s.engine.sessions() != 1 {
				t.Error("the session was closed under its statement")
			}
			s.engine.tokens <- struct{}{}
			waitFor(t, "the session to close", func() bool { return s.engine.sessions() == 0 })
		})
	}
}

// TestIdleLimitOfTheSession: the limit that the session names counts from the next
// command on, and its error is what the client reads.
func TestIdleLimitOfTheSession(t *testing.T) {
	s := startServer(t)
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("idle 20")...)
	c.mustOK(c.mustRecv())
	c.seq = 1
	p := c.mustRecv()
	c.mustFail(p, 4031)
	if !strings.Contains(showPacket(p), "idle in a transaction") {
		t.Errorf("the client was told %s", showPacket(p))
	}
	c.mustEnd()
}
