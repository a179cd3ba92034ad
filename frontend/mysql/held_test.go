package mysql

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRequestsAreHeld: what a client has sent of a request that is not whole is its session's, as it arrives; without
// memory for it there is an error, and memory that is not needed any more is given back.
func TestRequestsAreHeld(t *testing.T) {
	s := startServer(t)
	long := strings.Repeat("x", 3<<20)
	c := s.mustLogin("alice", "wonder")
	c.command(comQuery, []byte("held "+long)...)
	c.mustRecv() // how many columns, the column
	c.mustRecv()
	text := c.mustRecv()[1:]
	if held, err := strconv.Atoi(string(text)); err != nil || held < 3<<20-keepBufferBytes || held > 7<<20 {
		t.Errorf("%s bytes are held of a statement of 3 MiB: %v", text, err)
	}
	c.mustRecv()
	c.command(comPing)
	c.mustOK(c.mustRecv())
	if held := s.engine.held.Load(); held != 0 {
		t.Errorf("%d bytes are held after it", held)
	}

	begun := s.mustLogin("alice", "wonder")
	if _, err := begun.conn.Write(frame(make([]byte, maxFrame-1), 0)[:5<<20]); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "5 MiB of a packet are held", func() bool { n := s.engine.held.Load(); return n > 5<<20-keepBufferBytes && n < 16<<20 })
}

// TestRequestsWithoutMemory: 3170 instead of a packet, or at the execution of a statement with long data.
func TestRequestsWithoutMemory(t *testing.T) {
	s := startServer(t)
	s.engine.most = 4 << 20
	for _, size := range []int{5 << 20, maxFrame - 1, maxFrame, maxFrame + 5, 2*maxFrame + 1<<20} {
		c := s.mustLogin("alice", "wonder")
		if _, err := c.conn.Write(frame(make([]byte, size), 0)); err != nil {
			t.Fatal(err)
		}
		c.seq = uint8(size/maxFrame) + 1
		c.mustFail(c.mustRecv(), 3170)
		c.mustEnd()
	}
	c := s.mustLogin("alice", "wonder")
	c.command(comStmtPrepare, []byte("args ?, ?")...)
	p := payload{b: c.mustRecv()}
	p.uint8()
	id := binary.LittleEndian.AppendUint32(nil, p.uint32())
	for range 4 { // two parameters, no columns that are known: theirs and an end of each
		c.mustRecv()
		if c.in.Buffered() == 0 {
			break
		}
	}
	before := s.engine.held.Load()
	for range 100 {
		c.command(comStmtSendLong, append(append(append([]byte{}, id...), 1, 0), make([]byte, 60_000)...)...)
	}
	c.command(comStmtExecute, append(append([]byte{}, id...), 0, 1, 0, 0, 0, 0, 1, 252, 0, 252, 0)...)
	c.mustFail(c.mustRecv(), 3170)
	if held := s.engine.held.Load(); held > before {
		t.Errorf("%d bytes are held, before %d", held, before)
	}
}

// TestPacketTimeout: a client that has begun a packet does not keep its memory for as long as a client that asks nothing
// keeps its connection.
func TestPacketTimeout(t *testing.T) {
	s := startServer(t, func(o *Options) { o.PacketTimeout = 50 * time.Millisecond })
	idle := s.mustLogin("alice", "wonder")
	for _, begun := range [][]byte{frame(make([]byte, 100), 0)[:50], frame(make([]byte, 1<<20), 0)[:1<<19], frame(make([]byte, maxFrame), 0)[:4+maxFrame]} {
		c := s.mustLogin("alice", "wonder")
		if _, err := c.conn.Write(begun); err != nil {
			t.Fatal(err)
		}
		c.seq = 1
		c.mustFail(c.mustRecv(), 1159)
		c.mustEnd()
	}
	idle.command(comPing)
	idle.mustOK(idle.mustRecv())
}
