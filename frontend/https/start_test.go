package https_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/frontend/https"
	"github.com/lxdb/lxdb/internal/lxtest"
	"github.com/lxdb/lxdb/security/authn"
)

// site is an HTTPS server on a whole database, with limits of a test's own.
type site struct {
	*lxtest.Server
	t    *testing.T
	addr string
	web  *https.Server
}

func start(t *testing.T, change func(*https.Options)) *site {
	t.Helper()
	db := lxtest.Start(t)
	opts := https.Options{
		TLS: db.Instance().TLS().Server(), Opener: db.Engine(), Tunnel: nil,
		Login: https.Authn(authn.New(authn.Options{Directory: db.Engine().Directory(), Registry: db.Engine().Directory()})),
	}
	if change != nil {
		change(&opts)
	}
	web, err := https.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(l) }()
	t.Cleanup(func() {
		if err := web.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-served; err != https.ErrServerClosed {
			t.Errorf("serve: %v", err)
		}
	})
	return &site{Server: db, t: t, addr: l.Addr().String(), web: web}
}

// dial makes a TLS connection without a word on it.
func (s *site) dial(protocol string) *tls.Conn {
	s.t.Helper()
	c, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: s.CA, NextProtos: []string{protocol}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// visitor is a client of a user; "" sends no credentials.
type visitor struct {
	s              *site
	user, password string
	client         *http.Client
}

func (s *site) visit(user, password string) *visitor {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CA}, ForceAttemptHTTP2: true}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &visitor{s: s, user: user, password: password, client: &http.Client{Transport: transport}}
}

type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request. Its error is the connection's.
func (v *visitor) do(ctx context.Context, method, path, body string, header ...string) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, method, "https://"+v.s.addr+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if v.user != "" {
		r.SetBasicAuth(v.user, v.password)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := v.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(text)}, err
}

func (v *visitor) send(method, path, body string, header ...string) reply {
	v.s.t.Helper()
	r, err := v.do(v.s.t.Context(), method, path, body, header...)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return r
}

// object is a JSON object.
type object map[string]any

func encode(o object) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // of a test's own literal
	}
	return string(text)
}

func decode(t *testing.T, text string) object {
	t.Helper()
	var o object
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return o
}

// avatica sends an Avatica request.
func (v *visitor) avatica(o object, header ...string) (int, object) {
	v.s.t.Helper()
	r := v.send("POST", "/", encode(o), header...)
	return r.status, decode(v.s.t, r.body)
}

const (
	idOne = "00000000-1111-2222-3333-444444444444"
	idTwo = "99999999-8888-7777-6666-555555555555"
)

// open opens a connection.
func (v *visitor) open(id string, info object) {
	v.s.t.Helper()
	if status, o := v.avatica(object{"request": "openConnection", "connectionId": id, "info": info}); status != http.StatusOK {
		v.s.t.Fatalf("open: %d %v", status, o)
	}
}

// statement makes a statement.
func (v *visitor) statement(id string) any {
	v.s.t.Helper()
	status, o := v.avatica(object{"request": "createStatement", "connectionId": id})
	if status != http.StatusOK {
		v.s.t.Fatalf("createStatement: %d %v", status, o)
	}
	return o["statementId"]
}

func execute(id string, st any, sql string) object {
	return object{"request": "prepareAndExecute", "connectionId": id, "statementId": st, "sql": sql, "maxRowsTotal": -1}
}

// eventually waits for a condition that other goroutines bring about.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for look := time.NewTicker(2 * time.Millisecond); !f(); <-look.C {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}
