package ldapclient

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Bounds on what a server can send. The first two are the decoder's and hold for
// the whole process; nothing else here uses it.
const (
	maxMessageBytes   = 16 << 20
	maxMessageDepth   = 32
	maxOperationBytes = 64 << 20 // all messages that answer one request
)

var boundDecoder = sync.OnceFunc(func() {
	ber.MaxPacketLengthBytes = maxMessageBytes
	ber.MaxNestingDepth = maxMessageDepth
})

// dialer makes connections that are ready for a bind.
type dialer struct {
	cfg *Config
	tls *tls.Config // without a server's name
}

// newDialer reads the certificates. cfg must be valid.
func newDialer(cfg *Config) (*dialer, error) {
	boundDecoder()
	roots, err := cfg.roots()
	if err != nil {
		return nil, err
	}
	pins, err := cfg.pins()
	if err != nil {
		return nil, err
	}
	pair, err := cfg.clientCert()
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{
		MinVersion: tls.VersionTLS12,
		RootCAs:    roots,
		// A login makes a connection of its own; resumed sessions are cheaper, and
		// VerifyConnection runs for them too.
		ClientSessionCache: tls.NewLRUClientSessionCache(16),
		VerifyConnection:   func(state tls.ConnectionState) error { return checkPin(pins, state) },
	}
	if pair != nil {
		conf.Certificates = []tls.Certificate{*pair}
	}
	return &dialer{cfg: cfg, tls: conf}, nil
}

// checkPin looks at the server's own key. The certificate was verified before.
func checkPin(pins map[[sha256.Size]byte]bool, state tls.ConnectionState) error {
	if len(pins) == 0 {
		return nil
	}
	if len(state.PeerCertificates) == 0 {
		return errPin
	}
	if sum := keySum(state.PeerCertificates[0]); !pins[sum] {
		return fmt.Errorf("%w: its SHA-256 is %x", errPin, sum)
	}
	return nil
}

// dial connects and, unless the server is this machine, starts TLS. All of it
// takes no longer than Timeout.
func (d *dialer) dial(ctx context.Context, s *server) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	line, err := d.connect(ctx, s)
	if err != nil {
		return nil, err
	}
	line, err = d.secure(ctx, s, line)
	if err != nil {
		return nil, err
	}
	return d.wrap(s, line), nil
}

func (d *dialer) connect(ctx context.Context, s *server) (net.Conn, error) {
	line, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, connectError("connect to "+s.url, err)
	}
	// "localhost" is only a name; what counts is where it leads.
	if peer, ok := line.RemoteAddr().(*net.TCPAddr); s.plain && (!ok || !peer.IP.IsLoopback()) {
		_ = line.Close()
		return nil, connectError("connect to "+s.url, errPlain)
	}
	return line, nil
}

// secure starts TLS where it belongs. It closes the line when it fails.
func (d *dialer) secure(ctx context.Context, s *server, line net.Conn) (net.Conn, error) {
	if s.plain {
		return line, nil
	}
	if !s.tls {
		if err := startTLS(ctx, line); err != nil {
			_ = line.Close()
			return nil, err
		}
	}
	conf := d.tls.Clone()
	conf.ServerName = s.host
	if d.cfg.ServerName != "" {
		conf.ServerName = d.cfg.ServerName
	}
	secured := tls.Client(line, conf)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = line.Close()
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return nil, connectError("TLS with "+s.url, err)
	}
	return secured, nil
}

const (
	startTLSOID = "1.3.6.1.4.1.1466.20037"
	startTLSID  = 1 // the number of the message
)

// startTLS asks for TLS on a plain line. It reads exactly one message, so that
// bytes that somebody slipped in behind the answer are met by the handshake, which
// they break.
func startTLS(ctx context.Context, line net.Conn) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = line.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { _ = line.SetDeadline(longAgo) })
	defer func() {
		if stop() {
			_ = line.SetDeadline(time.Time{})
		}
	}()
	message := ber.NewSequence("StartTLS")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, startTLSID, "message id"))
	request := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "request")
	request.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLSOID, "name"))
	message.AppendChild(request)
	if _, err := line.Write(message.Bytes()); err != nil {
		return connectError("StartTLS", err)
	}
	answer, err := ber.ReadPacket(&io.LimitedReader{R: line, N: 64 << 10})
	if err != nil {
		return connectError("StartTLS", err)
	}
	id, op, err := envelope(answer)
	if err == nil && id != startTLSID {
		err = fmt.Errorf("%w: it has the number %d", errAnswer, id)
	}
	if err == nil {
		_, err = fits(ldap.ApplicationExtendedRequest, op)
	}
	if err != nil {
		return fmt.Errorf("%w: StartTLS: %w", ErrConfiguration, err)
	}
	if err := ldap.GetLDAPError(answer); err != nil {
		return fmt.Errorf("%w: StartTLS: %w", ErrConfiguration, answerText(err))
	}
	return nil
}

func (d *dialer) wrap(s *server, line net.Conn) *conn {
	bounded := &boundedConn{Conn: line}
	bounded.left.Store(maxOperationBytes)
	checked := newAnswers(bounded)
	c := &conn{ldap: ldap.NewConn(checked, !s.plain), line: bounded, answers: checked, server: s, made: time.Now()}
	// do sets deadlines on the line itself; this one is for what they would miss.
	c.ldap.SetTimeout(d.cfg.Timeout + time.Second)
	c.ldap.Start()
	return c
}

// conn is one connection to a server. One goroutine uses it at a time.
type conn struct {
	ldap    *ldap.Conn
	line    *boundedConn
	answers *answers
	server  *server
	made    time.Time
	used    time.Time // when it was put back
	reused  bool
	broken  bool
}

// boundedConn ends the line when a server sends more than one answer may have.
type boundedConn struct {
	net.Conn
	left atomic.Int64
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left.Load() <= 0 {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(p)
	c.left.Add(int64(-n))
	return n, err
}

// longAgo as a deadline ends whatever waits.
var longAgo = time.Unix(1, 0)

// do runs one request. It ends when ctx ends and takes no longer than timeout.
// After a failure that is no answer the connection is broken.
func (c *conn) do(ctx context.Context, timeout time.Duration, request func(*ldap.Conn) error) (err error) {
	if c.broken {
		return fmt.Errorf("request on a broken connection: %w", net.ErrClosed)
	}
	c.line.left.Store(maxOperationBytes)
	_ = c.line.SetDeadline(time.Now().Add(timeout))
	// The end of ctx, early or not, is told apart from a server that hangs: it
	// comes only this way.
	stop := context.AfterFunc(ctx, func() { _ = c.line.SetDeadline(longAgo) })
	defer func() {
		// The decoder reads what a server made up; a panic in it must not end the database.
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: the answer cannot be decoded: %v", ErrUnavailable, p)
		}
		_, answered := resultCode(err)
		if !stop() || err != nil && !answered && !ldap.IsErrorWithCode(err, ldap.ErrorFilterCompile) {
			c.broken = true
		}
		if why := c.answers.why(); err != nil && why != nil {
			err = fmt.Errorf("%w: %w", why, err)
		}
		if c.broken && ctx.Err() != nil && err != nil {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		_ = c.line.SetDeadline(time.Time{})
	}()
	return request(c.ldap)
}

// alive is a guess: the other side may have gone without a word.
func (c *conn) alive() bool { return !c.broken && !c.ldap.IsClosing() }

// close does not wait for the other side. The library's Close waits for its own
// goroutines, which a dead line would hold up.
func (c *conn) close() {
	c.broken = true
	_ = c.line.SetDeadline(longAgo)
	_ = c.ldap.Close()
}
