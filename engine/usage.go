package engine

import (
	"sync"
	"time"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/principal"
)

// usage counts what accounts with resource limits have used in the hour that runs.
// It lives as long as the process, as in MySQL.
type usage struct {
	mu   sync.Mutex
	byID map[principal.ID]*used
}

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

// What an account uses.
type resource uint8

const (
	aConnection resource = iota
	aQuery
	anUpdate
)

// take counts one more, and refuses what is above the account's limit.
func (u *usage) take(rec *catalog.Principal, what resource, now time.Time) error {
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
	case aConnection:
		counter, limit, name = &k.connections, limits.connections, "max_connections_per_hour"
	case anUpdate:
		counter, limit, name = &k.updates, limits.updates, "max_updates_per_hour"
	}
	if limit != 0 && *counter >= limit {
		return exceeded(rec, name, limit)
	}
	*counter++
	return nil
}

// connects counts a login.
func (e *Engine) connects(who principal.Principal) error {
	rec := e.inst.Cat.Snapshot().PrincipalByID(who.ID())
	if rec == nil {
		return nil // there will be no session
	}
	return e.usage.take(rec, aConnection, time.Now())
}

func exceeded(rec *catalog.Principal, resource string, limit int) error {
	return sqlerr.UserLimitReached.Errorf("User '%s' has exceeded the '%s' resource (current value: %d)", rec.LoginName(), resource, limit)
}

func (u *usage) forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.byID)
}

// ForgetUsage implements statement.Host: the hour of every account begins anew.
func (s *sqlSession) ForgetUsage() { s.engine.usage.forget() }

// account is the record of who logged in, read again after each change of the catalog.
func (s *Session) account() *catalog.Principal {
	if snap := s.engine.inst.Cat.Snapshot(); snap != s.seen {
		s.seen, s.seenAccount = snap, snap.PrincipalByID(s.login.Load().ID())
	}
	return s.seenAccount
}

// admitStatement says whether the account may send the statement now: it has some of
// its hour left, and no password to change first.
func (s *Session) admitStatement(stmt ast.Statement) error {
	rec := s.account()
	if rec == nil {
		return nil // killStale ends the session
	}
	if err := s.mustChange(rec, stmt); err != nil {
		return err
	}
	if rec.Rules == nil {
		return nil
	}
	u := &s.engine.usage
	if err := u.take(rec, aQuery, time.Now()); err != nil {
		return err
	}
	if changesRows(stmt) || commitsFirst(stmt) {
		return u.take(rec, anUpdate, time.Now())
	}
	return nil
}

// mustChange refuses everything but a new password to who logged in with one that
// has expired.
func (s *Session) mustChange(rec *catalog.Principal, stmt ast.Statement) error {
	if !s.expired {
		return nil
	}
	if s.expired = s.engine.opts.PasswordPolicy.Expired(rec, time.Now()); !s.expired {
		return nil
	}
	if n, ok := ours.Of(stmt); ok {
		switch n.Statement().(type) {
		case *dialect.AlterUser, *dialect.SetPassword:
			return nil
		}
	}
	if _, ok := stmt.(*ast.Set); ok {
		return nil // drivers send it when they connect
	}
	return sqlerr.MustChangePassword.Errorf("You must reset your password using ALTER USER statement before executing this statement.").
		WithHint("ALTER USER USER() IDENTIFIED BY '…'")
}
