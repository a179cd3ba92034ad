package lxtest_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/internal/lxtest"
)

// companyUser is the session name that means the company's server, as its root.
const companyUser = "company"

// company is another server of ours, whose bundled directory plays the company's
// LDAP server, behind a gate that can be shut.
type company struct {
	*lxtest.Server
	gate *gate
}

func startCompany(t testing.TB) *company {
	t.Helper()
	c := &company{Server: lxtest.Start(t, lxtest.WithDirectory())}
	c.Exec("CREATE USER svc IDENTIFIED BY '"+c.Root+"'", "CREATE GROUP ldap_reader", "ALTER GROUP ldap_reader ADD USER svc")
	c.gate = newGate(t, c.Instance().Endpoints().LDAPS)
	return c
}

// outside configures a server to ask the company, with settings besides.
func (c *company) outside(t testing.TB, settings [][2]string) lxtest.Option {
	t.Helper()
	password := filepath.Join(t.TempDir(), "bind.password")
	if err := os.WriteFile(password, []byte(c.Root+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return lxtest.With(func(o *instance.Options) {
		o.Outside = new(instance.Outside)
		for _, kv := range append([][2]string{
			{"ldap-url", "ldaps://" + c.gate.address()},
			{"ldap-ca-file", filepath.Join(c.Dir, "ca.crt")},
			{"ldap-bind-dn", "uid=svc,ou=users,dc=lxdb"},
			{"ldap-bind-password-file", password},
			{"ldap-user-base", "ou=users,dc=lxdb"},
		}, settings...) {
			if known, _, err := o.Outside.Set(kv[0], kv[1]); !known || err != nil {
				t.Fatalf("%s = %s: known %v, %v", kv[0], kv[1], known, err)
			}
		}
	})
}

// gate passes connections on while it is open, and ends them when it shuts.
type gate struct {
	listener net.Listener
	target   string
	shut     atomic.Bool

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newGate(t testing.TB, target string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{listener: l, target: target, conns: map[net.Conn]bool{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.serve()
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		g.close()
	})
	return g
}

func (g *gate) address() string { return g.listener.Addr().String() }

func (g *gate) serve() {
	for {
		in, err := g.listener.Accept()
		if err != nil {
			return
		}
		if g.shut.Load() {
			_ = in.Close()
			continue
		}
		out, err := net.Dial("tcp", g.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		g.pass(in, out)
	}
}

func (g *gate) pass(in, out net.Conn) {
	g.mu.Lock()
	g.conns[in], g.conns[out] = true, true
	g.mu.Unlock()
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		go func() {
			_, _ = io.Copy(way[0], way[1]) // whichever side ends, the other follows
			_ = way[0].Close()
			_ = way[1].Close()
		}()
	}
}

// set opens or shuts the gate.
func (g *gate) set(open bool) {
	g.shut.Store(!open)
	if !open {
		g.close()
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		_ = c.Close()
	}
	clear(g.conns)
}
