package mysql

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/principal"
)

// login takes the connection from the greeting to the OK packet, or fails. All
// of it has one deadline and one byte budget. What the client has to be told
// has been written when login returns an error.
func (c *conn) login() error {
	deadline := time.Now().Add(c.opts.LoginTimeout)
	ctx, cancel := context.WithDeadline(c.ctx, deadline)
	defer cancel()
	c.raw.setReadDeadline(deadline)
	if err := c.raw.SetWriteDeadline(deadline); err != nil {
		return err
	}
	nonce := newNonce()
	c.wr.begin()
	c.wr.buf = appendGreeting(c.wr.buf, c.opts.Version, c.id, nonce)
	c.wr.end()
	if err := c.wr.flush(); err != nil {
		return err
	}
	if err := c.startTLS(ctx); err != nil {
		return c.refuse(err)
	}
	packet, err := c.rd.next()
	if err != nil {
		return c.refuse(err)
	}
	hello, err := parseResponse(packet)
	if err != nil {
		return c.refuse(err)
	}
	c.listen(hello)
	if err := c.admit(ctx, hello, nonce); err != nil {
		return c.refuse(err)
	}
	return c.wr.flush()
}

// admit authenticates the client and opens its session.
func (c *conn) admit(ctx context.Context, hello *response, nonce []byte) error {
	who, err := c.prove(ctx, proof{user: hello.user, plugin: hello.plugin, answer: hello.answer, nonce: nonce})
	if err != nil {
		return err
	}
	c.caps = hello.caps & capOffered
	c.several = c.caps.has(capMultiStatements)
	// The session outlives the login, so it must not be tied to ctx.
	sess, err := c.opts.Opener.OpenSession(c.ctx, who, c.sessionOptions(hello))
	if err != nil {
		return err
	}
	c.adopt(sess)
	c.place.Admit() // before the client knows, so that it can rely on its place
	c.raw.unlimited = true
	c.rd.limit = c.opts.MaxPacketBytes
	c.wr.timeout = c.opts.WriteTimeout
	c.writeOK(headerOK, session.Summary{Status: sess.Status()}, false)
	return nil
}

func (c *conn) sessionOptions(r *response) session.Options {
	return session.Options{
		Transport: "mysql",
		ID:        c.id, Database: r.database, Remote: c.remote, Collation: r.collation,
		FoundRows: c.caps.has(capFoundRows), Interactive: c.caps.has(capInteractive), Attributes: r.attributes,
		LocalFile: c.localFile(), Certificate: c.certificate(),
	}
}

// refuse tells the client what err says, if there is something that it may
// know, and returns err.
func (c *conn) refuse(err error) error {
	if isConnectionFault(err) {
		return err
	}
	tell, internal := clientError(err)
	if internal {
		c.opts.Logger.Error("mysql: opening a session", "conn", c.id, "remote", c.remote, "error", err)
	}
	c.writeError(tell)
	return errors.Join(err, c.wr.flush())
}

// startTLS reads the client's first packet, which must ask for TLS, and
// performs the handshake.
//
// The packet is read without a single byte of read-ahead. Whatever follows it in
// the clear is therefore taken for a TLS record and fails the handshake: text
// that somebody injected into the clear part of the stream is never carried
// over into the encrypted one. It cannot simply be refused to be there, because
// an honest client may send its TLS hello in the same segment.
func (c *conn) startTLS(ctx context.Context) error {
	packet, err := c.readClear()
	if err != nil {
		return err
	}
	p := payload{b: packet}
	caps := capability(p.uint16()) // protocol 3.20 clients have 16 bits
	if p.bad {
		return errBadHandshake
	}
	if !caps.has(capSSL) {
		return errTLSRequired(c.opts.CAFile)
	}
	if len(packet) != sslRequestBytes || !caps.has(capProtocol41) {
		return errBadHandshake
	}
	conn := tls.Server(c.raw, c.opts.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS: %w", connectionFault{err})
	}
	c.wr.dst, c.rd.src = conn, conn
	return nil
}

// sslRequestBytes is the length of an SSLRequest: a HandshakeResponse cut off
// before the user name.
const sslRequestBytes = 32

// readClear reads one packet and not a byte more.
func (c *conn) readClear() ([]byte, error) {
	var h [packetHeader]byte
	if _, err := io.ReadFull(c.raw, h[:]); err != nil {
		return nil, connectionFault{err}
	}
	n := int(binary.LittleEndian.Uint32(h[:]) & maxFrame)
	want := c.seq
	c.seq = h[3] + 1
	if h[3] != want || n > c.opts.LoginBytes {
		return nil, errBadHandshake
	}
	packet := make([]byte, n)
	if _, err := io.ReadFull(c.raw, packet); err != nil {
		return nil, connectionFault{err}
	}
	return packet, nil
}

// connectionFault marks an error that nobody can or should be told about.
type connectionFault struct{ error }

func (f connectionFault) Unwrap() error { return f.error }

func isConnectionFault(err error) bool {
	var f connectionFault
	return errors.As(err, &f)
}

// newNonce returns random bytes without a zero: clients treat the nonce as a
// zero-terminated string.
func newNonce() []byte {
	nonce := make([]byte, 0, nonceBytes)
	var random [2 * nonceBytes]byte
	for {
		rand.Read(random[:]) // never fails: it ends the process instead
		for _, b := range random {
			if b == 0 {
				continue
			}
			if nonce = append(nonce, b); len(nonce) == nonceBytes {
				return nonce
			}
		}
	}
}

// appendGreeting appends HandshakeV10.
func appendGreeting(b []byte, version string, id uint32, nonce []byte) []byte {
	b = append(b, protocolVersion)
	b = append(append(b, version...), 0)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = append(append(b, nonce[:8]...), 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(capOffered&0xffff))
	b = append(b, collationUTF8MB4)
	b = binary.LittleEndian.AppendUint16(b, statusAutocommit)
	b = binary.LittleEndian.AppendUint16(b, uint16(capOffered>>16))
	b = append(b, nonceBytes+1)
	b = append(b, make([]byte, 10)...)
	b = append(append(b, nonce[8:]...), 0)
	return append(append(b, pluginSHA2...), 0)
}

// response is a parsed HandshakeResponse41.
type response struct {
	caps       capability
	user       string
	answer     []byte // what the client's plugin made of the nonce; its own memory
	database   string
	collation  uint16
	plugin     string
	attributes map[string]string
}

// parseResponse parses the client's answer to the greeting, as sent inside TLS.
func parseResponse(packet []byte) (*response, error) {
	p := payload{b: packet}
	r := &response{caps: capability(p.uint32())}
	if p.bad || !r.caps.has(capProtocol41) {
		return nil, errBadHandshake
	}
	if !r.caps.has(capPluginAuth | capSecureConnection) {
		return nil, errOldClient // it knows only the SHA-1 scramble
	}
	p.take(4) // largest packet
	r.collation = uint16(p.uint8())
	p.take(23) // filler
	r.user = p.nulString()
	if r.caps.has(capAuthLenEnc) {
		r.answer = append([]byte{}, p.lenencBytes()...)
	} else {
		r.answer = append([]byte{}, p.take(int(p.uint8()))...)
	}
	if r.caps.has(capConnectWithDB) {
		r.database = p.nulString()
	}
	r.plugin = p.nulString()
	if r.caps.has(capConnectAttrs) && len(p.b) > 0 {
		r.attributes = parseAttributes(&p)
	}
	if p.bad {
		return nil, errBadHandshake
	}
	return r, nil
}

// parseAttributes reads the client's description of itself.
func parseAttributes(p *payload) map[string]string {
	list := payload{b: p.lenencBytes()}
	attributes := map[string]string{}
	for len(list.b) > 0 && !list.bad {
		key := string(list.lenencBytes())
		value := string(list.lenencBytes())
		attributes[key] = value
	}
	p.bad = p.bad || list.bad
	return attributes
}

// nobody is what every refused proof returns.
var nobody principal.Principal
