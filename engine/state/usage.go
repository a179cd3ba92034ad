package state

import (
	"sync"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// Usage counts what accounts with resource limits have used in the hour that runs.
// It lives as long as the process, as in MySQL.
type Usage struct {
	mu   sync.Mutex
	byID map[principal.ID]*used
}

// NewUsage counts from now on.
func NewUsage() *Usage { return &Usage{byID: map[principal.ID]*used{}} }

// used is one account's hour. Other limits begin another one.
type used struct {
	limits                        allowance
	since                         time.Time
	queries, updates, connections int
}

// allowance are the limits of an account; 0 is none.
type allowance struct{ queries, updates, connections int }

func allowanceOf(rec *catalog.Principal) allowance {
	r := rec.Rule()
	return allowance{r.QueriesPerHour, r.UpdatesPerHour, r.ConnectionsPerHour}
}

// Resource is what an account uses.
type Resource uint8

const (
	AConnection Resource = iota
	AQuery
	AnUpdate
)

// Take counts one more, and refuses what is above the account's limit.
func (u *Usage) Take(rec *catalog.Principal, what Resource, now time.Time) error {
	limits := allowanceOf(rec)
	if limits == (allowance{}) {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	k := u.byID[rec.ID]
	if k == nil || k.limits != limits || now.Sub(k.since) >= time.Hour {
		k = &used{limits: limits, since: now}
		u.byID[rec.ID] = k
	}
	counter, limit, name := &k.queries, limits.queries, "max_queries_per_hour"
	switch what {
	case AConnection:
		counter, limit, name = &k.connections, limits.connections, "max_connections_per_hour"
	case AnUpdate:
		counter, limit, name = &k.updates, limits.updates, "max_updates_per_hour"
	}
	if limit != 0 && *counter >= limit {
		return Exceeded(rec, name, limit)
	}
	*counter++
	return nil
}

// Exceeded is the refusal of what an account has too many of.
func Exceeded(rec *catalog.Principal, resource string, limit int) error {
	return sqlerr.UserLimitReached.Errorf("User '%s' has exceeded the '%s' resource (current value: %d)", rec.LoginName(), resource, limit)
}

// Forget lets the hour of every account begin anew.
func (u *Usage) Forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.byID)
}
