package ldapd

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/internal/netserve"
	"github.com/lxdb/lxdb/security/principal"
)

// conn is one client. Its own goroutine reads and dispatches; binds and StartTLS
// run on it, so that nothing overtakes them. Every other operation has a
// goroutine. Writes are whole messages under wmu.
type conn struct {
	s        *Server
	base     net.Conn // the TCP connection, for deadlines and cutting
	address  netip.Addr
	place    *netserve.Place // what it takes of the server's limits
	implicit bool            // TLS from the first byte
	ctx      context.Context
	cancel   context.CancelFunc

	// Of the reading goroutine alone.
	r *bufio.Reader

	wmu sync.Mutex
	w   io.ReadWriteCloser // base, or TLS over it

	mu     sync.Mutex
	ending bool
	tls    bool
	peer   *tls.ConnectionState // of a client whose certificate was verified; nil: none was
	who    principal.Principal
	epoch  uint64    // of the account when it was bound
	until  time.Time // the end of the certificate that it was bound by; zero: by a password
	ops    map[int]*operation
	wg     sync.WaitGroup // running operations
}

// endWrite bounds the last words to a client that may not be listening.
const endWrite = 500 * time.Millisecond

func newConn(s *Server, raw net.Conn, place *netserve.Place, implicitTLS bool) *conn {
	c := &conn{s: s, base: raw, place: place, implicit: implicitTLS, r: bufio.NewReader(raw), w: raw, ops: map[int]*operation{}}
	if a, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
		c.address = a.Addr().Unmap().WithZone("")
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Serve implements netserve.Conn.
func (c *conn) Serve() {
	defer c.close()
	defer func() {
		if p := recover(); p != nil {
			c.s.opts.Logger.Error("ldapd: panic", "panic", p, "remote", c.base.RemoteAddr(), "stack", string(debug.Stack()))
		}
	}()
	if c.implicit && c.startTLS() != nil {
		return
	}
	for {
		m, err := c.read()
		if err != nil {
			c.sayWhy(err)
			return
		}
		if !c.dispatch(m) {
			return
		}
	}
}

// close ends what runs and waits for it; then nobody uses the connection.
func (c *conn) close() {
	c.cancel()
	c.wg.Wait()
	c.w.Close()
	c.base.Close()
}

// read waits for the next message.
func (c *conn) read() (message, error) {
	limits := &c.s.opts.Limits
	idle, limit := limits.AnonymousIdle, limits.AnonymousBytes
	if c.bound() {
		idle, limit = limits.Idle, limits.MessageBytes
	}
	if !c.waitUntil(time.Now().Add(idle)) {
		return message{}, ErrServerClosed
	}
	if _, err := c.r.Peek(1); err != nil {
		return message{}, err
	}
	if !c.waitUntil(time.Now().Add(limits.Message)) {
		return message{}, ErrServerClosed
	}
	reserved := 0
	body, err := readFrame(c.r, func(n int) error {
		if n > limit {
			return errTooLarge
		}
		if n > limits.AnonymousBytes {
			reserved = n
			if c.s.large.Add(int64(n)) > limits.LargeMessageBytes {
				return errBusy
			}
		}
		return nil
	})
	var m message
	if err == nil {
		m, err = parseMessage(body)
	}
	if err != nil {
		c.s.large.Add(-int64(reserved))
	}
	return m, err
}

// release gives back what read reserved for a message.
func (c *conn) release(m message) {
	if m.size > c.s.opts.Limits.AnonymousBytes {
		c.s.large.Add(-int64(m.size))
	}
}

// waitUntil sets the reading deadline, unless the connection is being ended.
func (c *conn) waitUntil(t time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.ending && c.base.SetReadDeadline(t) == nil
}

// sayWhy sends the notice of disconnection, except to who has gone.
func (c *conn) sayWhy(err error) {
	c.mu.Lock()
	ending := c.ending
	c.mu.Unlock()
	var notice []byte
	switch {
	case ending:
		notice = appendNotice(nil, unavailable, "the server is shutting down")
	case errors.Is(err, os.ErrDeadlineExceeded):
		notice = appendNotice(nil, unavailable, "nothing came for too long")
	case errors.Is(err, errBusy):
		notice = appendNotice(nil, busy, err.Error())
	case errors.Is(err, errTooLarge), errors.Is(err, errFraming), errors.Is(err, errBER),
		errors.Is(err, errDepth), errors.Is(err, errNodes):
		notice = appendNotice(nil, protocolError, err.Error())
	default:
		return
	}
	_ = c.write(notice) // the client is turned away either way
}

// write sends whole messages. After an error the connection is of no use.
func (c *conn) write(b []byte) error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	c.mu.Lock()
	patience := c.s.opts.Limits.Write
	if c.ending {
		patience = endWrite
	}
	err := c.base.SetWriteDeadline(time.Now().Add(patience))
	c.mu.Unlock()
	if err == nil {
		_, err = c.w.Write(b)
	}
	if err != nil {
		c.cancel()
		c.base.Close() // wakes the reading goroutine
	}
	return err
}

// End implements netserve.Conn: it asks the connection to stop, from another
// goroutine.
func (c *conn) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	c.cancel()
	_ = c.base.SetReadDeadline(time.Unix(1, 0))
	_ = c.base.SetWriteDeadline(time.Now().Add(endWrite))
	time.AfterFunc(endWrite+endWrite/2, func() { c.base.Close() })
}

// Cut implements netserve.Conn: it ends the connection without a word.
func (c *conn) Cut() {
	c.cancel()
	c.base.Close()
}

func (c *conn) bound() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.who.IsNobody()
}

// view is what an operation that begins now sees. Who was dropped or locked, or
// got another password, since his bind is nobody; so is who was bound by a
// certificate that has ended or is revoked.
func (c *conn) view() *view {
	v := &view{directory: c.s.directory, snap: c.s.directory.catalog.Snapshot()}
	c.mu.Lock()
	who, epoch, until := c.who, c.epoch, c.until
	v.tls = c.tls
	peer := c.peer
	v.certified = peer != nil && c.s.opts.Certificates != nil
	c.mu.Unlock()
	if who.IsNobody() || !until.IsZero() && time.Now().After(until) {
		return v
	}
	p := v.snap.PrincipalByID(who.ID())
	if p == nil || entryOf(p) == nil || p.Locked || p.Epoch != epoch {
		return v
	}
	if who.Source() == principal.TLSCert && (peer == nil || v.snap.AnyRevoked(serials(peer))) {
		return v
	}
	v.who = who
	if v.rights.MustChange(who) {
		return v // he finds himself, and changes his password
	}
	v.admin = v.rights.Administers(who)
	v.reader = v.admin || v.reads(who.ID())
	return v
}

// serials are the numbers of a client certificate and of those that vouch for it.
func serials(state *tls.ConnectionState) (out []string) {
	for _, c := range state.VerifiedChains[0] {
		out = append(out, catalog.FoldSerial(c.SerialNumber.Text(16)))
	}
	return out
}

// become changes the identity; the zero principal is anonymous.
func (c *conn) become(who principal.Principal, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.who, c.epoch, c.until = who, epoch, time.Time{}
	if !who.IsNobody() {
		c.place.Admit()
	}
	if who.Source() == principal.TLSCert && c.peer != nil {
		c.until = c.peer.PeerCertificates[0].NotAfter
	}
}

// startTLS makes the connection a TLS connection. On error it is of no use.
func (c *conn) startTLS() error {
	t := tls.Server(c.base, c.s.opts.TLS)
	deadline := time.Now().Add(c.s.opts.Limits.Handshake)
	if !c.waitUntil(deadline) {
		return ErrServerClosed
	}
	ctx, cancel := context.WithDeadline(c.ctx, deadline)
	defer cancel()
	if err := c.base.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if err := t.HandshakeContext(ctx); err != nil {
		c.s.opts.Logger.Info("ldapd: TLS handshake failed", "remote", c.base.RemoteAddr(), "error", err)
		return err
	}
	c.wmu.Lock()
	c.w = t
	c.wmu.Unlock()
	c.r.Reset(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tls = true
	if state := t.ConnectionState(); len(state.VerifiedChains) > 0 {
		c.peer = &state
	}
	return nil
}
