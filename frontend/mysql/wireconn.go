package mysql

import (
	"errors"
	"net"
	"sync"
	"time"
)

var errLoginBytes = errors.New("the client sent too much before it was logged in")

// wireConn is the network connection below TLS. It holds what must be enforced
// there: the byte budget before the login, and read deadlines that a shutdown
// or a kill sets and nothing later may postpone.
type wireConn struct {
	net.Conn
	budget    int // bytes that may still be read before the login
	unlimited bool

	mu    sync.Mutex
	ended bool // reads fail from now on
}

func (c *wireConn) Read(p []byte) (int, error) {
	if c.unlimited {
		return c.Conn.Read(p)
	}
	if c.budget <= 0 {
		return 0, errLoginBytes
	}
	n, err := c.Conn.Read(p[:min(len(p), c.budget)])
	c.budget -= n
	return n, err
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// setReadDeadline sets the deadline unless reads have been ended.
func (c *wireConn) setReadDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		_ = c.SetReadDeadline(t) // fails only on a closed connection, whose reads fail too
	}
}

// endReads makes a read that is waiting, and all later ones, time out.
func (c *wireConn) endReads() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	_ = c.SetReadDeadline(longAgo)
}
