package https_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/frontend/https"
)

// TestAttackH1 takes another user's connection id: the answer is the one for an id that
// nobody has.
func TestAttackH1AnotherUsersConnection(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE USER eve IDENTIFIED BY 'pw-eve'")
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	want := encode(object(second(s.visit("eve", "pw-eve").avatica(object{"request": "createStatement", "connectionId": idTwo}))))
	for name, v := range map[string]*visitor{"another user": s.visit("eve", "pw-eve"), "nobody": s.visit("", "")} {
		for _, request := range []string{"createStatement", "connectionSync", "commit", "getTables", "prepareAndExecute", "fetch", "databaseProperties"} {
			status, o := v.avatica(object{"request": request, "connectionId": idOne, "statementId": 1, "sql": "SELECT 1"})
			if got := encode(o); status != http.StatusInternalServerError || got != want {
				t.Errorf("%s, %s: %d %s instead of %s", name, request, status, got, want)
			}
		}
		if status, _ := v.avatica(object{"request": "closeConnection", "connectionId": idOne}); status != http.StatusOK {
			t.Errorf("%s, close: %d", name, status)
		}
	}
	// An id that is another's opens as one that is free does: it goes with the credentials, and hers is hers.
	eve := s.visit("eve", "pw-eve")
	eve.open(idOne, nil)
	for who, v := range map[string]*visitor{"eve": eve, "root": root} {
		if _, o := v.avatica(execute(idOne, v.statement(idOne), "SELECT CURRENT_USER()")); !strings.Contains(encode(o), who+"@") {
			t.Errorf("%s: %v", who, o)
		}
	}
	if status, _ := eve.avatica(object{"request": "closeConnection", "connectionId": idOne}); status != http.StatusOK {
		t.Errorf("close: %d", status)
	}
	if status, o := eve.avatica(object{"request": "createStatement", "connectionId": idOne}); status != http.StatusInternalServerError {
		t.Errorf("closed: %d %v", status, o)
	}
	root.statement(idOne) // it is still there
	root.open(idOne, nil) // asked again it has nothing to do
}

func second[A, B any](_ A, b B) B { return b }

// TestAttackH2 sends requests from a page of another site: nothing is run.
func TestAttackH2CrossSite(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT)")
	root := s.visit("root", s.Root)
	for _, header := range [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "http://" + s.addr}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
	} {
		for _, path := range []string{"/api/v1/query", "/api/v1/session", "/", "/metrics"} {
			method := "POST"
			if path == "/metrics" {
				method = "GET"
			}
			r := root.send(method, path, `{"sql":"INSERT INTO lab.t VALUES (1)"}`, append(header, "Content-Type", "text/plain")...)
			if r.status != http.StatusForbidden {
				t.Errorf("%v %s: %d %s", header, path, r.status, r.body)
			}
		}
	}
	if r := root.send("OPTIONS", "/api/v1/query", ""); r.header.Get("Access-Control-Allow-Origin") != "" || r.status != http.StatusMethodNotAllowed {
		t.Errorf("a preflight: %d %v", r.status, r.header)
	}
	if r := root.send("POST", "/api/v1/query", `{"sql":"SELECT COUNT(*) FROM lab.t"}`, "Origin", "https://"+s.addr); !strings.Contains(r.body, "[[0]]") {
		t.Errorf("our own page: %d %s", r.status, r.body)
	}
}

// TestAttackH3 acts for somebody else.
func TestAttackH3DoAs(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE USER eve IDENTIFIED BY 'pw-eve'")
	eve := s.visit("eve", "pw-eve")
	eve.open(idOne, nil)
	for _, path := range []string{"/?doAs=root", "/?doAs=", "/?doAs=eve"} {
		r := eve.send("POST", path, encode(object{"request": "createStatement", "connectionId": idOne}))
		if refused := path == "/?doAs=root"; (r.status != http.StatusOK) != refused {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := eve.send("POST", "/?doAs=root", encode(object{"request": "openConnection", "connectionId": idTwo})); r.status == http.StatusOK {
		t.Errorf("opened for root: %s", r.body)
	}
	// Two identities in one request.
	for _, info := range []object{{"user": "root"}, {"user": "root", "password": s.Root}, {"password": "another"}} {
		if status, o := eve.avatica(object{"request": "openConnection", "connectionId": idTwo, "info": info}); status == http.StatusOK || fmt.Sprint(o["errorCode"]) != "1045" {
			t.Errorf("%v: %d %v", info, status, o)
		}
	}
}

// TestAttackH4 sends large and endless requests before any login.
func TestAttackH4BodiesOfStrangers(t *testing.T) {
	s := start(t, func(o *https.Options) {
		o.LoginBytes, o.MaxBodyBytes = 10_000, 1_000_000
		o.StallTimeout, o.HeaderTimeout, o.LoginTimeout = 200*time.Millisecond, 200*time.Millisecond, time.Second
	})
	stranger := s.visit("", "")
	big := encode(object{"request": "openConnection", "connectionId": idOne, "info": object{"user": strings.Repeat("x", 20_000)}})
	if r, err := stranger.do(t.Context(), "POST", "/", big); err == nil && r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large request: %d", r.status)
	}
	// The same of who has a connection, by the id alone.
	stranger.open(idOne, object{"user": "root", "password": s.Root})
	st := stranger.statement(idOne)
	long := execute(idOne, st, "SELECT LENGTH('"+strings.Repeat("x", 20_000)+"')")
	other := s.visit("", "") // another socket, on which nobody has logged in
	if status, o := other.avatica(long); status != http.StatusOK {
		t.Errorf("a large statement: %d %v", status, o)
	}
	long["sql"] = "SELECT LENGTH('" + strings.Repeat("x", 1_000_000) + "')"
	if r, err := other.do(t.Context(), "POST", "/", encode(long)); err == nil && r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a statement above the limit: %d", r.status)
	}
	for name, words := range map[string]string{
		"a header that does not end": "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"a body that does not come":  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{",
		"chunks that do not come":    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"nothing":                    "",
	} {
		c := s.dial("http/1.1")
		begun := time.Now()
		if _, err := io.WriteString(c, words); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil && !isReset(err) {
			t.Errorf("%s: %v", name, err)
		}
		if waited := time.Since(begun); waited > 5*time.Second {
			t.Errorf("%s: the socket was open for %v", name, waited)
		}
	}
	flood := s.dial("http/1.1")
	fmt.Fprintf(flood, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
	for range 200 {
		if _, err := fmt.Fprintf(flood, "X-H: %s\r\n", strings.Repeat("y", 1000)); err != nil {
			break
		}
	}
	if line, err := bufio.NewReader(flood).ReadString('\n'); err == nil && !strings.Contains(line, "431") {
		t.Errorf("a flood of headers: %q", line)
	}
}

func isReset(err error) bool {
	return errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset") || strings.Contains(err.Error(), "broken pipe")
}

// TestAttackH5 opens a thousand sockets of one address and says nothing on them. Who
// logs in is served all the same, and memory stays bounded.
func TestAttackH5SilentSockets(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand TLS handshakes")
	}
	s := start(t, func(o *https.Options) { o.MaxConnections, o.MaxPending, o.MaxPendingPerAddress = 400, 100, 75 })
	s.visit("root", s.Root).open(idOne, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 1000 {
		c, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: s.CA})
		if err != nil {
			continue
		}
		defer c.Close()
	}
	if n := s.web.Connections(); n > 400 {
		t.Errorf("%d sockets", n)
	}
	late := s.visit("root", s.Root)
	late.open(idTwo, nil)
	if status, o := late.avatica(execute(idTwo, late.statement(idTwo), "SELECT 1")); status != http.StatusOK {
		t.Errorf("after the flood: %d %v", status, o)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if grown > 64<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	t.Logf("1,000 sockets: %d are held, the heap grew by %d KiB", s.web.Connections(), grown>>10)
}

// TestAttackH6 guesses passwords: each request that presents one counts, those that
// present none do not, and every answer is the same.
func TestAttackH6Passwords(t *testing.T) {
	s := start(t, nil)
	answers := map[string]bool{}
	for _, user := range []string{"root", "nosuch"} {
		for _, password := range []string{"wrong", ""} {
			r := s.visit(user, password).send("POST", "/api/v1/query", `{"sql":"SELECT 1"}`)
			if r.status != http.StatusUnauthorized || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s %q: %d", user, password, r.status)
			}
			answers[strings.ReplaceAll(r.body, user, "USER")] = true
		}
	}
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}
	for _, header := range []string{"Basic", "Basic !!!", "Basic cm9vdA==", "Bearer abc", "Negotiate"} {
		if r := s.visit("", "").send("POST", "/api/v1/query", `{"sql":"SELECT 1"}`, "Authorization", header); r.status != http.StatusUnauthorized {
			t.Errorf("%q: %d %s", header, r.status, r.body)
		}
	}
	stranger := s.visit("", "")
	for range 50 { // who asks what to send is not locked out
		if r := stranger.send("POST", "/", encode(object{"request": "openConnection", "connectionId": idOne})); r.status != http.StatusUnauthorized {
			t.Fatalf("no credentials: %d %s", r.status, r.body)
		}
	}
	s.visit("root", s.Root).open(idOne, nil)
	for _, id := range []string{"", "short", strings.Repeat("x", 200)} {
		if status, o := stranger.avatica(object{"request": "openConnection", "connectionId": id, "info": object{"user": "root", "password": s.Root}}); status == http.StatusOK {
			t.Errorf("the id %.10q was taken: %v", id, o)
		}
	}
}

// TestAttackH7 keeps a session whose account is gone, locked or has another password.
func TestAttackH7SessionsOfTheGone(t *testing.T) {
	s := start(t, nil)
	for name, end := range map[string]string{
		"dropped": "DROP USER eve CASCADE", "locked": "ALTER USER eve ACCOUNT LOCK", "password": "ALTER USER eve IDENTIFIED BY 'another'",
	} {
		s.Exec("DROP USER IF EXISTS eve CASCADE", "CREATE USER eve IDENTIFIED BY 'pw-eve'")
		eve := s.visit("", "") // the id is the proof
		eve.open(idOne, object{"user": "eve", "password": "pw-eve"})
		token := decode(t, s.visit("eve", "pw-eve").send("POST", "/api/v1/session", "").body)["session"]
		s.Exec(end)
		eventually(t, name, func() bool {
			status, o := eve.avatica(object{"request": "createStatement", "connectionId": idOne})
			return status == http.StatusInternalServerError && fmt.Sprint(o["errorCode"]) == "1"
		})
		r := s.visit("eve", "pw-eve").send("POST", "/api/v1/query", encode(object{"sql": "SELECT 1", "session": token}))
		if r.status != http.StatusUnauthorized {
			t.Errorf("%s: its token: %d %s", name, r.status, r.body)
		}
	}
}

// TestAttackH8 uses another user's token.
func TestAttackH8Tokens(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE USER eve IDENTIFIED BY 'pw-eve'")
	root, eve := s.visit("root", s.Root), s.visit("eve", "pw-eve")
	token := decode(t, root.send("POST", "/api/v1/session", "").body)["session"].(string)
	foreign := eve.send("POST", "/api/v1/query", `{"sql":"SELECT 1"}`, "Lxdb-Session", token)
	unknown := eve.send("POST", "/api/v1/query", `{"sql":"SELECT 1"}`, "Lxdb-Session", strings.Repeat("A", len(token)))
	if foreign.status != http.StatusNotFound || foreign.body != unknown.body || foreign.status != unknown.status {
		t.Errorf("another's token: %d %s; no token: %d %s", foreign.status, foreign.body, unknown.status, unknown.body)
	}
	if r := eve.send("DELETE", "/api/v1/session", "", "Lxdb-Session", token); r.status != http.StatusNoContent {
		t.Errorf("delete: %d", r.status)
	}
	if r := s.visit("", "").send("POST", "/api/v1/query", `{"sql":"SELECT 1"}`, "Lxdb-Session", token); r.status != http.StatusUnauthorized {
		t.Errorf("the token alone: %d", r.status)
	}
	if r := root.send("POST", "/api/v1/query", `{"sql":"SELECT 1"}`, "Lxdb-Session", token); r.status != http.StatusOK {
		t.Errorf("its owner: %d %s", r.status, r.body)
	}
	// A token is no connection id, nor the other way round.
	if status, _ := root.avatica(object{"request": "createStatement", "connectionId": token}); status == http.StatusOK {
		t.Error("a token is a connection id")
	}
}

// TestAttackH9 leaves while a statement runs: it is cancelled, and the session goes on.
func TestAttackH9Vanish(t *testing.T) {
	s := start(t, nil)
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	st := root.statement(idOne)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := root.do(ctx, "POST", "/", encode(execute(idOne, st, "SELECT SLEEP(1000)")))
		ended <- err
	}()
	watcher := s.Open("root", s.Root, "")
	running := func() bool {
		var n int
		if err := watcher.QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n > 0
	}
	eventually(t, "the statement runs", running)
	leave()
	if err := <-ended; err == nil {
		t.Error("the request went well")
	}
	eventually(t, "the statement ends", func() bool { return !running() })
	if status, o := root.avatica(execute(idOne, st, "SELECT 1")); status != http.StatusOK {
		t.Errorf("the session after that: %d %v", status, o)
	}
}

// TestAttackH10 asks for what errors must not tell.
func TestAttackH10Errors(t *testing.T) {
	s := start(t, nil)
	root := s.visit("root", s.Root)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/", "", 405}, {"GET", "/anything", "", 405}, {"PUT", "/api/v1/query", "", 405}, {"POST", "/healthz", "", 405},
		{"POST", "/", "", 500}, {"POST", "/", "garbage", 500}, {"POST", "/", "{}", 500}, {"POST", "/", `{"request":"nope"}`, 500},
		{"POST", "/api/v1/query", "", 400}, {"POST", "/api/v1/query", "{", 400}, {"POST", "/api/v1/query", `{"sql":1}`, 400},
		{"POST", "/api/v1/query", `{"sql":"SELECT ?","params":[[1]]}`, 400}, {"POST", "/api/v1/query", `{"sql":"SELECT 1; SELECT 2"}`, 400},
		{"POST", "/api/v1/query", `{"nonsense":1}`, 400}, {"POST", "/api/v1/query", `{"sql":"SELECT * FROM nope.t"}`, 400},
		{"GET", "/tunnel/mysql", "", 426}, {"GET", "/ca.crt", "", 404},
	} {
		r := root.send(c.method, c.path, c.body)
		if r.status != c.status {
			t.Errorf("%s %s %s: %d instead of %d: %s", c.method, c.path, c.body, r.status, c.status, r.body)
		}
		for _, secret := range []string{".go:", "goroutine", "panic", "lxdb/engine"} {
			if strings.Contains(r.body, secret) {
				t.Errorf("%s %s tells %q: %s", c.method, c.path, secret, r.body)
			}
		}
		if r.header.Get("Server") != "" || r.header.Get("Content-Encoding") != "" || r.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: headers %v", c.method, c.path, r.header)
		}
	}
	if r := s.visit("", "").send("POST", "/", "garbage"); r.status != http.StatusBadRequest {
		t.Errorf("garbage of a stranger: %d", r.status)
	}
	if _, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: s.CA, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

// TestAttackH11 runs a statement that nobody can stop: its client is answered when he
// gives up, his session is gone, others are served, and the server does not wait for it.
func TestAttackH11Unstoppable(t *testing.T) {
	s := start(t, nil)
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY)", "INSERT INTO lab.t VALUES (1), (2)",
		"CREATE PROCEDURE lab.spin() BEGIN DECLARE i INT DEFAULT 0; REPEAT SET i = i + 1; UNTIL i < 0 END REPEAT; SELECT i; END")
	root := s.visit("root", s.Root)
	root.open(idOne, nil)
	st := root.statement(idOne)
	ended := make(chan reply, 1)
	go func() {
		r, err := root.do(context.WithoutCancel(t.Context()), "POST", "/", encode(execute(idOne, st, "CALL lab.spin()")))
		if err != nil {
			r.body = err.Error()
		}
		ended <- r
	}()
	watcher := s.Open("root", s.Root, "")
	var id int
	eventually(t, "the statement runs", func() bool {
		return watcher.QueryRow("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'CALL lab.spin%'").Scan(&id) == nil
	})
	if _, err := watcher.Exec(fmt.Sprintf("KILL %d", id)); err != nil {
		t.Fatal(err)
	}
	if r := <-ended; r.status != http.StatusInternalServerError {
		t.Errorf("the killed statement: %d %s", r.status, r.body)
	}
	eventually(t, "its session is gone", func() bool {
		_, o := root.avatica(object{"request": "createStatement", "connectionId": idOne})
		return fmt.Sprint(o["errorCode"]) == "1"
	})
	root.open(idTwo, nil)
	if status, o := root.avatica(execute(idTwo, root.statement(idTwo), "SELECT 1")); status != http.StatusOK {
		t.Errorf("another session: %d %v", status, o)
	}
}
