package ldapclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Ages at which an idle connection is closed instead of used. Firewalls forget
// quiet connections without telling; and a connection to the second server must
// end some time after the first is back.
const (
	maxIdle = time.Minute
	maxAge  = 10 * time.Minute
)

var errClosed = errors.New("the LDAP client is closed")

// slots bound how much runs at once.
type slots chan struct{}

// acquire waits no longer than the time limit: a directory that answers slowly
// must not collect waiting logins.
func (s slots) acquire(ctx context.Context, limit time.Duration) error {
	select {
	case s <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case <-timer.C:
		return fmt.Errorf("%w: all %d connections are busy for %v; the directory is slow, or ldap-pool-size is too small", ErrUnavailable, cap(s), limit)
	}
}

func (s slots) release() { <-s }

// pool keeps idle connections that are bound as the service account. Nobody else
// is ever bound on them.
type pool struct {
	mu     sync.Mutex
	idle   []*conn // the one used last is at the end
	closed bool
}

// take returns an idle connection, or nil.
func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		c := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if c.alive() && time.Since(c.used) < maxIdle && time.Since(c.made) < maxAge {
			c.reused = true
			return c
		}
		go c.close()
	}
	return nil
}

func (p *pool) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !c.alive() {
		go c.close()
		return
	}
	c.used = time.Now()
	p.idle = append(p.idle, c)
}

// empty closes what is idle: when one connection has died, the others have too.
func (p *pool) empty() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		go c.close()
	}
	p.idle = nil
}

func (p *pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.empty()
}
