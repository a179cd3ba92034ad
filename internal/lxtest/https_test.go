package lxtest_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/internal/lxtest"
	"github.com/lxdb/lxdb/security/tlsconf"
)

// web is an HTTPS client of a test's server.
type web struct {
	t        testing.TB
	base     string
	client   *http.Client
	user     string // with password, for Basic
	password string
}

// withHTTPS serves HTTPS, too.
func withHTTPS() lxtest.Option {
	return lxtest.With(func(o *instance.Options) { o.HTTPS = "127.0.0.1:0" })
}

// browse returns a client that logs in by Basic, or not at all for "".
func browse(t testing.TB, s *lxtest.Server, user, password string) *web {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CA}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &web{
		t: t, base: "https://" + s.Instance().Endpoints().HTTPS, user: user, password: password,
		client: &http.Client{Transport: transport},
	}
}

// send returns the status and the body of an answer. change may edit the request.
func (w *web) send(method, path, body string, change ...func(*http.Request)) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if w.user != "" {
		r.SetBasicAuth(w.user, w.password)
	}
	for _, f := range change {
		f(r)
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// answer is what the JSON API says.
type answer struct {
	Columns      []struct{ Name, Type string }
	Rows         [][]any
	AffectedRows uint64
	LastInsertID uint64 `json:"lastInsertId"`
	Status       struct {
		InTransaction, Autocommit bool
		Database                  string
	}
	Error *struct {
		Code                    int
		SQLState, Message, Hint string
	}
	Session string
}

// query asks /api/v1/query.
func (w *web) query(body map[string]any) (int, answer) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	status, got := w.send("POST", "/api/v1/query", string(text))
	return status, w.read(got)
}

func (w *web) read(text string) (a answer) {
	w.t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		w.t.Fatalf("%v in %.300s", err, text)
	}
	return a
}

// ava sends an Avatica request in JSON and returns what came, with its status.
func (w *web) ava(request string, more map[string]any) (int, map[string]any) {
	w.t.Helper()
	body := map[string]any{"request": request}
	for k, v := range more {
		body[k] = v
	}
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	status, got := w.send("POST", "/", string(text))
	var out map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(got)))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		w.t.Fatalf("%v in %.300s", err, got)
	}
	return status, out
}

// connect opens an Avatica connection.
func (w *web) connect(id string, info map[string]string) {
	w.t.Helper()
	status, out := w.ava("openConnection", map[string]any{"connectionId": id, "info": info})
	if status != http.StatusOK {
		w.t.Fatalf("openConnection: %d %v", status, out)
	}
}

const someID = "11111111-2222-3333-4444-555555555555"

// run creates a statement and executes text on it. It returns its id and the result.
func (w *web) run(id, text string) (statement any, result map[string]any) {
	w.t.Helper()
	status, out := w.ava("createStatement", map[string]any{"connectionId": id})
	if status != http.StatusOK {
		w.t.Fatalf("createStatement: %d %v", status, out)
	}
	statement = out["statementId"]
	status, out = w.ava("prepareAndExecute", map[string]any{"connectionId": id, "statementId": statement, "sql": text, "maxRowsTotal": -1})
	if status != http.StatusOK {
		w.t.Fatalf("%.100s: %d %v", text, status, out)
	}
	return statement, out["results"].([]any)[0].(map[string]any)
}

func frameRows(frame any) (rows []any, done bool) {
	f := frame.(map[string]any)
	return f["rows"].([]any), f["done"].(bool)
}

func TestHTTPSQuery(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	s.Exec("CREATE DATABASE lab", "CREATE TABLE lab.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20), d DECIMAL(10,2))",
		"CREATE USER bob IDENTIFIED BY 'pw-bob'")
	root := browse(t, s, "root", s.Root)
	if status, text := root.send("GET", "/healthz", ""); status != http.StatusOK || text != "ok\n" {
		t.Errorf("healthz: %d %q", status, text)
	}
	status, a := root.query(map[string]any{"sql": "INSERT INTO t (v, d) VALUES (?, ?), ('b', 2)", "params": []any{"it's", "1.50"}, "database": "lab"})
	if status != http.StatusOK || a.AffectedRows != 2 || a.LastInsertID != 1 {
		t.Errorf("insert: %d %+v", status, a)
	}
	status, a = root.query(map[string]any{"sql": "SELECT id, v, d, NULL, CAST('2024-02-29 13:14:15.123456' AS DATETIME(6)) AS at FROM lab.t ORDER BY id"})
	if got := fmt.Sprint(status, " ", a.Rows, " ", a.Columns[2].Type, " ", a.Columns[4]); got !=
		"200 [[1 it's 1.50 <nil> 2024-02-29 13:14:15.123456] [2 b 2.00 <nil> 2024-02-29 13:14:15.123456]] DECIMAL {at DATETIME}" {
		t.Errorf("select: %s", got)
	}
	bob := browse(t, s, "bob", "pw-bob")
	if status, a = bob.query(map[string]any{"sql": "SELECT * FROM lab.t"}); status != http.StatusForbidden || a.Error == nil || a.Error.Code != 1044 && a.Error.Code != 1142 {
		t.Errorf("denied: %d %+v", status, a.Error)
	}
	if status, a = browse(t, s, "bob", "wrong").query(map[string]any{"sql": "SELECT 1"}); status != http.StatusUnauthorized || a.Error.Code != 1045 {
		t.Errorf("wrong password: %d %+v", status, a.Error)
	}
}

func TestHTTPSFramesByBytes(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	w := browse(t, s, "", "")
	w.connect(someID, map[string]string{"user": "root", "password": s.Root})
	const rows = 900
	st, res := w.run(someID, fmt.Sprintf("WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < %d) SELECT i, REPEAT('a', 5000) FROM n", rows))
	got, done := frameRows(res["firstFrame"])
	if done || len(got) > 300 {
		t.Fatalf("the first frame has %d rows, done %v", len(got), done)
	}
	frames := 1
	for n := len(got); !done; frames++ {
		fetch := map[string]any{"connectionId": someID, "statementId": st, "offset": n, "fetchMaxRowCount": 100}
		status, out := w.ava("fetch", fetch)
		again, same := w.ava("fetch", fetch) // the answer was lost
		if status != http.StatusOK || again != status || fmt.Sprint(out) != fmt.Sprint(same) {
			t.Fatalf("fetch at %d: %d, again %d", n, status, again)
		}
		got, done = frameRows(out["frame"])
		if len(got) > 0 && fmt.Sprint(got[0].([]any)[0]) != fmt.Sprint(n+1) {
			t.Fatalf("the frame at %d begins with row %v", n, got[0].([]any)[0])
		}
		if len(got) == 0 && !done {
			t.Fatal("an empty frame that is not the last")
		}
		if n += len(got); done && n != rows {
			t.Errorf("%d rows", n)
		}
	}
	if frames < 4 || frames > 8 {
		t.Errorf("%d frames for 4.5 MB", frames)
	}
	if status, out := w.ava("fetch", map[string]any{"connectionId": someID, "statementId": st, "offset": 5}); status != http.StatusInternalServerError {
		t.Errorf("fetch of an offset that has gone: %d %v", status, out)
	}
}

// TestHTTPSAuthority fetches the CA certificate: it is the one whose fingerprint the
// server prints.
func TestHTTPSAuthority(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	status, text := browse(t, s, "", "").send("GET", "/ca.crt", "")
	block, _ := pem.Decode([]byte(text))
	if status != http.StatusOK || block == nil {
		t.Fatalf("%d %.100s", status, text)
	}
	if got := tlsconf.Fingerprint(block.Bytes); got != s.Instance().TLS().AuthorityFingerprint() {
		t.Errorf("fingerprint %s", got)
	}
}

// TestRefusedLoginsAreLogged has who, from where, and by which door.
func TestRefusedLoginsAreLogged(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s := lxtest.Start(t, withHTTPS(), lxtest.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if status, _ := browse(t, s, "mallory", "not-it").send("POST", "/api/v1/query", `{"sql": "SELECT 1"}`); status != http.StatusUnauthorized {
		t.Fatalf("let in: %d", status)
	}
	if db := s.Open("mallory", "not-it", ""); db.Ping() == nil {
		t.Fatal("let in by MySQL's protocol")
	}
	for _, want := range []string{"transport=https", "transport=mysql"} {
		if text := log.String(); !strings.Contains(text, want) || !strings.Contains(text, "user=mallory") || !strings.Contains(text, "remote=127.0.0.1:") || strings.Contains(text, "not-it") {
			t.Errorf("no %s in the log: %s", want, text)
		}
	}
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
