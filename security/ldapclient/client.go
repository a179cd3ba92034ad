package ldapclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Client asks the directory. It is safe for concurrent use.
type Client struct {
	cfg      Config
	log      *slog.Logger
	dialer   *dialer
	servers  *servers
	pool     pool
	searches slots
	binds    slots
	refusal  refusal
}

// New checks the settings and connects to nothing yet. log may be nil. Close the
// client when it is no longer needed.
func New(cfg Config, log *slog.Logger) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Client{cfg: cfg.withDefaults(), log: log}
	var err error
	if c.dialer, err = newDialer(&c.cfg); err != nil {
		return nil, err
	}
	if c.servers, err = newServers(&c.cfg, log); err != nil {
		return nil, err
	}
	c.searches = make(slots, c.cfg.PoolSize)
	c.binds = make(slots, c.cfg.PoolSize)
	return c, nil
}

// Close ends idle connections; what runs may finish.
func (c *Client) Close() error {
	c.pool.close()
	return nil
}

// connect asks the servers in turn until one takes the connection and prepare,
// which may be nil, is content with it. A server that can be reached but not be
// trusted is passed over like one that is down. When prepare finds the settings
// wrong nobody else is asked: every failed bind of the service account brings it
// nearer to being locked.
func (c *Client) connect(ctx context.Context, prepare func(*conn) error) (*conn, error) {
	if c.pool.isClosed() {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, errClosed)
	}
	var failure error
	for _, s := range c.servers.order() {
		if !leaves(ctx, fairTime) {
			return nil, outOfTime(ctx, failure)
		}
		cn, err := c.dialer.dial(ctx, s)
		if err == nil && prepare != nil {
			if err = prepare(cn); err != nil {
				cn.close()
				if !errors.Is(err, ErrUnavailable) {
					return nil, err
				}
			}
		}
		if err == nil {
			c.servers.works(s)
			return cn, nil
		}
		if cause := ctx.Err(); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		c.servers.failed(s, err)
		failure = both(failure, err)
	}
	return nil, failure
}

// fairTime is the least that a server must get to be asked. With less it could
// only fail and be taken for down, as if it were the one before it that hangs.
const fairTime = 20 * time.Millisecond

func outOfTime(ctx context.Context, failure error) error {
	cause := ctx.Err()
	if cause == nil {
		cause = context.DeadlineExceeded
	}
	return both(failure, fmt.Errorf("%w: %w", ErrUnavailable, cause))
}

func leaves(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || time.Until(deadline) > d)
}

func both(a, b error) error {
	if a == nil {
		return b
	}
	return fmt.Errorf("%w; %w", a, b)
}

// refusal remembers for a moment that the service account was refused, so that a
// wrong password is not tried at every login until the account is locked.
type refusal struct {
	mu    sync.Mutex
	until time.Time
	err   error
}

const refusalPause = 10 * time.Second

func (r *refusal) recent() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Now().Before(r.until) {
		return r.err
	}
	return nil
}

func (r *refusal) set(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.until = err, time.Now().Add(refusalPause)
}

// bindService makes a new connection one for searches.
func (c *Client) bindService(ctx context.Context, cn *conn) error {
	if c.cfg.BindDN == "" {
		return nil
	}
	if err := c.refusal.recent(); err != nil {
		return err
	}
	err := c.cfg.bindService(ctx, cn)
	if errors.Is(err, ErrConfiguration) {
		c.refusal.set(err)
	}
	return err
}

func (c *Config) bindService(ctx context.Context, cn *conn) error {
	password, err := c.servicePassword()
	if err != nil {
		return err
	}
	err = cn.do(ctx, c.Timeout, func(l *ldap.Conn) error { return l.Bind(c.BindDN, password) })
	return serviceError("bind of the service account "+c.BindDN, err)
}

// withService runs ask on a connection of the service account. ask may be run
// again on another connection: when a pooled one turns out to be dead, or the
// server fails and there is another. It returns errors as they come from do.
func (c *Client) withService(ctx context.Context, what string, ask func(*conn) error) error {
	if err := c.searches.acquire(ctx, c.cfg.Timeout); err != nil {
		return err
	}
	defer c.searches.release()
	for try := 0; ; try++ {
		cn, err := c.pool.take(), error(nil)
		if cn == nil {
			cn, err = c.connect(ctx, func(cn *conn) error { return c.bindService(ctx, cn) })
		}
		if err != nil {
			return err
		}
		err = serviceError(what, ask(cn))
		if !errors.Is(err, ErrUnavailable) {
			c.pool.put(cn)
			return err
		}
		cn.close()
		if cn.reused {
			c.pool.empty()
		} else {
			c.servers.failed(cn.server, err)
		}
		if !leaves(ctx, fairTime) || try >= len(c.servers.all) || !cn.reused && !c.servers.another() {
			return err
		}
	}
}

// search runs one search request as it is. The result is there even with an error.
func (c *conn) search(ctx context.Context, timeout time.Duration, req *ldap.SearchRequest) (result *ldap.SearchResult, err error) {
	err = c.do(ctx, timeout, func(l *ldap.Conn) error {
		var err error
		result, err = l.Search(req)
		return err
	})
	if result == nil {
		result = &ldap.SearchResult{}
	}
	return result, err
}

// find searches a few entries: limit bounds them, 0 leaves it to the server.
// A size limit that is reached is no error: then there are limit entries or more.
func (c *Client) find(ctx context.Context, what string, scope int, base, filter string, attrs []string, limit int) (entries []*ldap.Entry, more bool, err error) {
	err = c.withService(ctx, what, func(cn *conn) error {
		req := ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, limit, 0, false, filter, attrs, nil)
		result, err := cn.search(ctx, c.cfg.Timeout, req)
		entries, more = result.Entries, ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded)
		if more && limit > 0 {
			return nil
		}
		return err
	})
	return entries, more, err
}

const (
	pageSize = 500
	maxPages = 1000 // a server may send empty pages, but not forever
)

var errPages = errors.New("the server has no last page")

// findAll searches below base, page by page, and stops above most entries. No
// size limit is sent: slapd refuses a search outright when it asks for more
// than the account may have. Code 4 therefore means that the server's own
// limit cut the answer, which must not pass for the whole of it.
func (c *Client) findAll(ctx context.Context, what, base, filter string, attrs []string, most int) (entries []*ldap.Entry, more bool, err error) {
	err = c.withService(ctx, what, func(cn *conn) error {
		entries, more = nil, false
		page := ldap.NewControlPaging(pageSize)
		for range maxPages {
			req := ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, attrs, []ldap.Control{page})
			result, err := cn.search(ctx, c.cfg.Timeout, req)
			if err != nil {
				return err
			}
			entries = append(entries, result.Entries...)
			if len(entries) > most {
				entries, more = entries[:most], true
				// The server holds the rest of the pages for this connection.
				cn.broken = len(cookie(result)) > 0
				return nil
			}
			if len(cookie(result)) == 0 {
				return nil
			}
			page.SetCookie(cookie(result))
		}
		cn.broken = true
		return errPages
	})
	if err != nil {
		return nil, false, err
	}
	return slices.Clip(entries), more, nil
}

// cookie leads to the next page; it is empty after the last.
func cookie(result *ldap.SearchResult) []byte {
	page, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	if !ok {
		return nil
	}
	return page.Cookie
}
