package mysql

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/internal/netserve"
)

// nowhere takes what is written to it.
type nowhere struct{ net.Conn }

func (nowhere) Write(p []byte) (int, error)      { return len(p), nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
func (nowhere) SetReadDeadline(time.Time) error  { return nil }
func (nowhere) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (nowhere) Read([]byte) (int, error)         { select {} }

// localConn is a logged-in connection without a network, and therefore without a
// watch over it.
func localConn(t testing.TB) *conn {
	t.Helper()
	engine := newFakeEngine()
	srv, err := New(Options{TLS: testTLS(), Login: &fakeLogin{}, Opener: engine, VanishCheck: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(srv, nowhere{}, new(netserve.Place))
	t.Cleanup(c.cancel)
	c.caps = clientCaps
	c.wr.timeout = srv.opts.WriteTimeout
	sess, err := engine.OpenSession(c.ctx, nobody, session.Options{ID: 1})
	if err != nil {
		t.Fatal(err)
	}
	c.sess = sess
	return c
}

func (c *conn) mustDispatch(t testing.TB, packet []byte) {
	c.seq = 1
	if err := c.dispatch(packet); err != nil {
		t.Fatal(err)
	}
	if err := c.wr.flush(); err != nil {
		t.Fatal(err)
	}
}

func pointPacket(n uint64) []byte {
	p := []byte{byte(comStmtExecute), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, byte(wireLongLong), 0}
	return binary.LittleEndian.AppendUint64(p, n)
}

// TestPointSelectAllocatesNothing guards the path that matters most: executing a
// prepared statement that returns one row.
func TestPointSelectAllocatesNothing(t *testing.T) {
	c := localConn(t)
	c.mustDispatch(t, append([]byte{byte(comStmtPrepare)}, "point ?"...))
	packet := pointPacket(7)
	if n := testing.AllocsPerRun(1000, func() { c.mustDispatch(t, packet) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// BenchmarkPointSelect is the front end alone: decode, execute, encode.
func BenchmarkPointSelect(b *testing.B) {
	c := localConn(b)
	c.mustDispatch(b, append([]byte{byte(comStmtPrepare)}, "point ?"...))
	packet := pointPacket(7)
	b.ReportAllocs()
	for b.Loop() {
		c.mustDispatch(b, packet)
	}
}

// BenchmarkPointSelectTLS adds TLS, the loopback and a client.
func BenchmarkPointSelectTLS(b *testing.B) {
	s := startServer(b)
	c := s.mustLogin("alice", "wonder")
	if err := c.raw.SetDeadline(time.Time{}); err != nil {
		b.Fatal(err)
	}
	c.command(comStmtPrepare, []byte("point ?")...)
	for range 3 {
		c.mustRecv()
	}
	request := frame(pointPacket(7), 0)
	answer := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.conn.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := c.in.Read(answer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRows encodes results of many rows in both protocols.
func BenchmarkRows(b *testing.B) {
	for name, packet := range map[string][]byte{
		"text":   append([]byte{byte(comQuery)}, "rows 1000 100"...),
		"binary": {byte(comStmtExecute), 1, 0, 0, 0, 0, 1, 0, 0, 0},
	} {
		b.Run(name, func(b *testing.B) {
			c := localConn(b)
			c.mustDispatch(b, append([]byte{byte(comStmtPrepare)}, "rows 1000 100"...))
			b.SetBytes(1000 * 100)
			b.ReportAllocs()
			for b.Loop() {
				c.mustDispatch(b, packet)
			}
		})
	}
}

// BenchmarkTextValues encodes one value of each kind as text.
func BenchmarkTextValues(b *testing.B) {
	for _, sample := range typeSamples {
		if sample.value.IsNull() || len(sample.value.Bytes()) > 100 || strings.HasPrefix(sample.col.Name, "u") {
			continue
		}
		b.Run(sample.col.Name, func(b *testing.B) {
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buf = appendTextValue(buf[:0], &sample.col, sample.value)
			}
		})
	}
}
