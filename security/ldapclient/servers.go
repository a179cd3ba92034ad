package ldapclient

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// servers remembers which server failed a while ago. Such a server is asked last
// and not left out: when all have failed, trying is the only way to find out that
// one is back.
type servers struct {
	all     []*server // in the order of Config.URLs; never changed
	downFor time.Duration
	now     func() time.Time
	log     *slog.Logger

	mu        sync.Mutex
	downUntil map[*server]time.Time
}

func newServers(cfg *Config, log *slog.Logger) (*servers, error) {
	l := &servers{downFor: cfg.DownFor, now: time.Now, log: log, downUntil: map[*server]time.Time{}}
	for _, text := range cfg.URLs {
		s, err := cfg.server(text)
		if err != nil {
			return nil, err
		}
		l.all = append(l.all, s)
	}
	return l, nil
}

// order is whom to ask: servers that are up as configured, then the others.
func (l *servers) order() []*server {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Clone(l.all)
	slices.SortStableFunc(list, func(a, b *server) int { return l.rank(a) - l.rank(b) })
	return list
}

func (l *servers) rank(s *server) int {
	if l.now().Before(l.downUntil[s]) {
		return 1
	}
	return 0
}

// another says whether a server is up.
func (l *servers) another() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.all, func(s *server) bool { return l.rank(s) == 0 })
}

// failed is told why. A caller who went away is no fault of the server; one whose
// time ran out may well be, or a server that hangs would be asked first forever.
func (l *servers) failed(s *server, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	l.mu.Lock()
	known := l.rank(s) != 0
	l.downUntil[s] = l.now().Add(l.downFor)
	l.mu.Unlock()
	if known {
		return // one line for an outage, not one for each login
	}
	l.log.Warn("an LDAP server cannot be used", "url", s.url, "err", err, "hint", hint(err))
}

func (l *servers) works(s *server) {
	l.mu.Lock()
	_, wasDown := l.downUntil[s]
	delete(l.downUntil, s)
	l.mu.Unlock()
	if wasDown {
		l.log.Info("an LDAP server can be used again", "url", s.url)
	}
}
