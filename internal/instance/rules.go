package instance

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
)

// gate asks the connection rules about everybody who connects, before a byte is read or
// written, and ends the connections that a new rule refuses.
type gate struct {
	snapshot func() *catalog.Snapshot
	record   func(audit.Record) error
	open     bool // the operator has switched the rules off

	mu      sync.Mutex
	conns   map[string]map[*gated]struct{} // by the other end's address: a login finds its own among many
	refused map[string]*refusal            // by listener and rule
}

// refusal counts what one record of the audit log stands for, so that who is refused
// cannot fill it.
type refusal struct {
	since time.Time
	count uint64
}

// refusalPause is how long refusals by one rule are only counted after one was recorded.
const refusalPause = 10 * time.Second

func newGate(c *catalog.Catalog, record func(audit.Record) error, open bool) *gate {
	g := &gate{snapshot: c.Snapshot, record: record, open: open, conns: map[string]map[*gated]struct{}{}, refused: map[string]*refusal{}}
	last := c.Snapshot().ConnectionRules()
	c.AfterCommit(func(s *catalog.Snapshot, t catalog.Touched) {
		now := s.ConnectionRules()
		changed := len(now) != len(last)
		for i := range now {
			// Who holds a role that a rule is about may be another now, and a certificate revoked.
			changed = changed || now[i] != last[i] || t.Security && (len(now[i].Users) > 0 || now[i].Require != "")
		}
		if last = now; changed {
			g.cut(s)
		}
	})
	return g
}

// listener puts the gate before one.
func (g *gate) listener(name string, l net.Listener) net.Listener { return &gatedListener{l, name, g} }

type gatedListener struct {
	net.Listener
	name string
	gate *gate
}

// Accept implements net.Listener.
func (l *gatedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn := &gated{Conn: c, listener: l.name, gate: l.gate}
		if l.gate.admit(conn) {
			return conn, nil
		}
		c.Close()
	}
}

// gated is a connection that came through the gate.
type gated struct {
	net.Conn
	listener string
	gate     *gate
	logins   map[string]catalog.Login // by listener: one inside HTTPS is of the same connection; under the gate's lock
}

// Close implements net.Conn.
func (c *gated) Close() error {
	c.gate.forget(c)
	return c.Conn.Close()
}

func (g *gate) keep(c *gated) {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := c.RemoteAddr().String()
	if g.conns[from] == nil {
		g.conns[from] = map[*gated]struct{}{}
	}
	g.conns[from][c] = struct{}{}
}

func (g *gate) forget(c *gated) {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := c.RemoteAddr().String()
	if delete(g.conns[from], c); len(g.conns[from]) == 0 {
		delete(g.conns, from)
	}
}

func (c *gated) from() netip.Addr { return from(c.Conn) }

// from is a connection's address, invalid where that is none.
func from(c net.Conn) netip.Addr {
	at, _ := netip.ParseAddrPort(c.RemoteAddr().String())
	return at.Addr()
}

// through asks about a connection that comes to a listener by another one: MySQL's
// protocol inside HTTPS.
func (g *gate) through(listener string, take func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		if ok, rule := g.snapshot().AdmitsConnection(listener, from(c)); !ok && !g.open {
			g.note(&gated{Conn: c, listener: listener, gate: g}, rule)
			c.Close()
			return
		}
		take(c)
	}
}

// admit asks, and keeps the connection for rules to come. It is kept before it is
// asked about: a rule that comes in between meets it.
func (g *gate) admit(c *gated) bool {
	g.keep(c)
	ok, rule := g.snapshot().AdmitsConnection(c.listener, c.from())
	if ok || g.open {
		return true
	}
	g.forget(c)
	g.note(c, rule)
	return false
}

// errRule is why a login is refused, for the audit log.
var errRule = errors.New("no connection rule allows the account from there")

// login asks about who has proved who he is, and keeps him with his connection for rules to come.
func (g *gate) login(account authn.Account, try authn.Attempt) error {
	at, _ := netip.ParseAddrPort(try.Remote)
	l := catalog.Login{
		Listener: listenerOf[try.Transport], From: at.Addr(), User: account.ID,
		TLS:     try.TLS != nil || try.Transport == "ldap", // the directory takes no password outside TLS
		Serials: authn.Serials(try.TLS),
	}
	logins := map[string]catalog.Login{l.Listener: l}
	g.mu.Lock()
	conns := g.conns[try.Remote]
	if !direct(conns, l.Listener) { // MySQL's protocol inside HTTPS: he comes by both
		for c := range conns {
			outer := l
			outer.Listener = c.listener
			logins[c.listener] = outer
		}
	}
	for c := range conns {
		if c.logins == nil {
			c.logins = map[string]catalog.Login{}
		}
		maps.Copy(c.logins, logins)
	}
	g.mu.Unlock()
	for _, l := range logins {
		if ok, rule := g.snapshot().AdmitsLogin(l); !ok && !g.open {
			if rule == "" {
				return errRule
			}
			return fmt.Errorf("connection rule %s", rule)
		}
	}
	return nil
}

// direct says whether one of some connections came to a listener itself.
func direct(conns map[*gated]struct{}, listener string) bool {
	for c := range conns {
		if c.listener == listener {
			return true
		}
	}
	return false
}

// listenerOf is the listener of a transport, as rules name it.
var listenerOf = map[string]string{"mysql": catalog.ListenerSQL, "https": catalog.ListenerConsole, "ldap": catalog.ListenerLDAP}

// cut ends the connections that the rules of now refuse, before whoever made them hears that they are made.
func (g *gate) cut(s *catalog.Snapshot) {
	g.mu.Lock()
	ended := map[*gated]string{}
	for _, conns := range g.conns {
		if g.open {
			break
		}
		for c := range conns {
			if ok, rule := s.AdmitsConnection(c.listener, c.from()); !ok {
				ended[c] = rule
			}
			for _, l := range c.logins {
				if ok, rule := s.AdmitsLogin(l); !ok {
					ended[c] = rule
				}
			}
		}
	}
	g.mu.Unlock()
	for c := range ended {
		c.Close()
	}
	go func() { // whoever makes the rule need not wait for the audit log
		for c, rule := range ended {
			g.note(c, rule)
		}
	}()
}

func (g *gate) note(c *gated, rule string) {
	g.mu.Lock()
	key := c.listener + " " + rule
	r := g.refused[key]
	if r == nil {
		r = &refusal{}
		g.refused[key] = r
	}
	r.count++
	count, now := r.count, time.Now()
	silent := now.Sub(r.since) < refusalPause
	if !silent {
		r.since, r.count = now, 0
	}
	g.mu.Unlock()
	if silent {
		return
	}
	reason := "no rule allows the address"
	if rule != "" {
		reason = "connection rule " + rule
	}
	// A log that cannot be written changes nothing here: the connection is refused anyway.
	_ = g.record(audit.Record{
		Event: "connection", Result: audit.Refused, Origin: audit.Origin{Remote: c.RemoteAddr().String(), Transport: c.listener},
		Reason: reason, Count: count,
	})
}
