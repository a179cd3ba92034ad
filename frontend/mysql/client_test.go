package mysql

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// client speaks the protocol by hand, and wrongly when asked to.
type client struct {
	t     testing.TB
	addr  string
	raw   net.Conn
	conn  net.Conn // raw, or TLS over it
	in    *bufio.Reader
	seq   uint8
	nonce []byte
	caps  capability
}

const clientCaps = capLongPassword | capProtocol41 | capSSL | capSecureConnection | capPluginAuth | capAuthLenEnc |
	capTransactions | capMultiResults | capPSMultiResults | capDeprecateEOF | capFoundRows

func (s *testServer) dial() *client {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(testTimeout)); err != nil {
		s.t.Fatal(err)
	}
	return &client{t: s.t, addr: s.addr, raw: conn, conn: conn, in: bufio.NewReader(conn), caps: clientCaps}
}

// connect dials and reads the greeting.
func (s *testServer) connect() *client {
	s.t.Helper()
	c := s.dial()
	c.greeting()
	return c
}

func (c *client) greeting() []byte {
	c.t.Helper()
	g := c.mustRecv()
	p := payload{b: g}
	p.uint8()
	p.nulString()
	p.uint32()
	c.nonce = append([]byte{}, p.take(8)...)
	p.take(1 + 2 + 1 + 2 + 2 + 1 + 10)
	c.nonce = append(c.nonce, p.take(12)...)
	if p.bad {
		c.t.Fatalf("malformed greeting %x", g)
	}
	return g
}

func (c *client) sslRequest() []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(c.caps))
	b = binary.LittleEndian.AppendUint32(b, 1<<24)
	b = append(b, collationUTF8MB4)
	return append(b, make([]byte, 23)...)
}

// startTLS asks for TLS and performs the handshake.
func (c *client) startTLS() {
	c.t.Helper()
	c.send(c.sslRequest())
	conn := tls.Client(c.raw, &tls.Config{RootCAs: testCA().pool, ServerName: "localhost"})
	if err := conn.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.conn, c.in = conn, bufio.NewReader(conn)
}

type hello struct {
	user, db, plugin string
	answer           []byte
	attrs            []byte // encoded, without the total length
}

// response builds a HandshakeResponse41.
func (c *client) response(h hello) []byte {
	caps := c.caps
	if h.db != "" {
		caps |= capConnectWithDB
	}
	if h.attrs != nil {
		caps |= capConnectAttrs
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(caps))
	b = append(b, c.sslRequest()[4:]...)
	b = append(append(b, h.user...), 0)
	b = appendLenencBytes(b, h.answer)
	if h.db != "" {
		b = append(append(b, h.db...), 0)
	}
	b = append(append(b, h.plugin...), 0)
	if h.attrs != nil {
		b = appendLenencBytes(b, h.attrs)
	}
	return b
}

// login logs in over TLS with the full exchange and returns every packet that
// the server sent.
func (c *client) login(user, password, db string) [][]byte {
	c.t.Helper()
	c.startTLS()
	c.send(c.response(hello{user: user, db: db, plugin: pluginSHA2, answer: scramblePassword(password, c.nonce)}))
	return c.finishSHA2(password)
}

func (c *client) finishSHA2(password string) (packets [][]byte) {
	c.t.Helper()
	for {
		p := c.mustRecv()
		packets = append(packets, p)
		switch {
		case bytes.Equal(p, []byte{headerMoreAuth, sha2NeedFull}):
			c.send(append([]byte(password), 0))
		case bytes.Equal(p, []byte{headerMoreAuth, sha2FastOK}):
		default:
			return packets
		}
	}
}

// mustLogin is a logged-in client.
func (s *testServer) mustLogin(user, password string) *client {
	s.t.Helper()
	c := s.connect()
	c.mustOK(last(c.login(user, password, "")))
	return c
}

func last(packets [][]byte) []byte { return packets[len(packets)-1] }

func (c *client) mustOK(p []byte) {
	c.t.Helper()
	if len(p) == 0 || p[0] != headerOK {
		c.t.Fatalf("got %s, want OK", showPacket(p))
	}
}

// mustFail checks that p is the error number.
func (c *client) mustFail(p []byte, number uint16) {
	c.t.Helper()
	if len(p) < 3 || p[0] != headerErr || binary.LittleEndian.Uint16(p[1:]) != number {
		c.t.Fatalf("got %s, want error %d", showPacket(p), number)
	}
}

// mustEnd checks that the server has closed the connection, by whatever means.
func (c *client) mustEnd() {
	c.t.Helper()
	p, err := c.recv()
	if err == nil {
		c.t.Fatalf("got %s, want the end of the connection", showPacket(p))
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatal("the server does not end the connection")
	}
}

func (c *client) send(payload []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(frame(payload, c.seq)); err != nil {
		c.t.Fatal(err)
	}
	c.seq++
}

// command sends a command packet.
func (c *client) command(com command, arg ...byte) {
	c.t.Helper()
	c.seq = 0
	c.send(append([]byte{byte(com)}, arg...))
}

// frame puts headers before payload; it may be larger than one frame.
func frame(payload []byte, seq uint8) []byte {
	var b []byte
	for {
		n := min(len(payload), maxFrame)
		b = append(b, byte(n), byte(n>>8), byte(n>>16), seq)
		b = append(b, payload[:n]...)
		payload = payload[n:]
		seq++
		if n < maxFrame {
			return b
		}
	}
}

// recv reads a packet and checks its number.
func (c *client) recv() ([]byte, error) {
	var all []byte
	for {
		var h [4]byte
		if _, err := io.ReadFull(c.in, h[:]); err != nil {
			return nil, err
		}
		if h[3] != c.seq {
			return nil, fmt.Errorf("packet number %d, want %d", h[3], c.seq)
		}
		c.seq++
		n := int(h[0]) | int(h[1])<<8 | int(h[2])<<16
		b := make([]byte, n)
		if _, err := io.ReadFull(c.in, b); err != nil {
			return nil, err
		}
		all = append(all, b...)
		if n < maxFrame {
			return all, nil
		}
	}
}

func (c *client) mustRecv() []byte {
	c.t.Helper()
	p, err := c.recv()
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}
