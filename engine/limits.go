package engine

import (
	"context"
	"errors"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/principal"
)

// SessionLimits bound the open sessions, whatever front end they come through. A zero
// field is its default.
type SessionLimits struct {
	// All is how many there may be (max_connections): 1,000. The next one is refused
	// with error 1040.
	All int
	// PerUser is how many of them one account may have (max_user_connections): half
	// of All. The next one of it is error 1203.
	PerUser int
	// Admin are further ones for holders of SYSTEM ADMIN, for whom PerUser does not
	// count either: somebody must be able to look, and to KILL: 8.
	Admin int
	// Unfinished is how many statements of one account may go on using memory and
	// processor after they were given up (docs/cancel.md), before the account's next
	// one is refused with error 1226: 4. It does not count for holders of SYSTEM ADMIN.
	Unfinished int
}

// Defaults of SessionLimits.
const (
	DefaultSessions      = 1000
	DefaultUserSessions  = DefaultSessions / 2
	DefaultAdminSessions = 8
	DefaultUnfinished    = 4
)

// WithDefaults fills in what is zero.
func (l SessionLimits) WithDefaults() SessionLimits {
	if l.All == 0 {
		l.All = DefaultSessions
	}
	if l.PerUser == 0 {
		l.PerUser = max(1, l.All/2)
	}
	if l.Admin == 0 {
		l.Admin = DefaultAdminSessions
	}
	if l.Unfinished == 0 {
		l.Unfinished = DefaultUnfinished
	}
	return l
}

// room refuses one more session of who's when there are others already. REQUIRES: mu.
func (r *sessions) room(s *Session, who *principal.Principal, others int) error {
	limit := r.limits.All
	if s.standing { // as many events again, which count for nobody who connects
		if r.standing >= limit {
			return sqlerr.TooManyConnections.Errorf("Too many connections")
		}
		return nil
	}
	if s.admin {
		limit += r.limits.Admin
	}
	if account := s.engine.inst.Cat.Snapshot().PrincipalByID(who.ID()); account != nil {
		if limit := account.Rule().Connections; limit != 0 && r.users[who.ID()] >= limit {
			return state.Exceeded(account, "max_user_connections", limit)
		}
	}
	switch {
	case !s.admin && r.users[who.ID()] >= r.limits.PerUser:
		return sqlerr.TooManyUserConnections.Errorf("User %s already has more than 'max_user_connections' active connections", who.Name())
	case others >= limit:
		return sqlerr.TooManyConnections.Errorf("Too many connections")
	}
	return nil
}

// become counts an open session for another account.
func (r *sessions) become(s *Session, who principal.Principal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := s.login.Load().ID()
	if r.byID[s.id] == s && who.ID() != old {
		if err := r.room(s, &who, len(r.byID)-1-r.standing); err != nil {
			return err
		}
		r.forget(old)
		r.users[who.ID()]++
	}
	s.login.Store(&who)
	return nil
}

// forget counts one session of an account less. REQUIRES: mu.
func (r *sessions) forget(id principal.ID) {
	if r.users[id]--; r.users[id] <= 0 {
		delete(r.users, id)
	}
}

// mayBegin refuses a statement of who has too many that were given up and run still:
// killing them frees their locks, not what they use of the machine.
func (r *sessions) mayBegin(s *Session) error {
	if r.unfinished.Load() == 0 || s.admin {
		return nil
	}
	who := s.login.Load()
	r.mu.Lock()
	n := 0
	for other := range r.gaveUp {
		if other.login.Load().ID() == who.ID() {
			n++
		}
	}
	r.mu.Unlock()
	if n < r.limits.Unfinished {
		return nil
	}
	return sqlerr.UserLimitReached.Errorf("User '%s' has exceeded the 'unfinished statements' resource (current value: %d)", who.Name(), n).
		WithHint("statements that were ended do not come back at once; begin another when they have: SHOW PROCESSLIST has them as Killed")
}

// connects counts a login.
func (e *Engine) connects(who principal.Principal) error {
	rec := e.inst.Cat.Snapshot().PrincipalByID(who.ID())
	if rec == nil || e.branches { // there will be no session, or it is no login
		return nil
	}
	return e.usage.Take(rec, state.AConnection, e.clock.Now())
}

// ForgetUsage implements statement.Host: the hour of every account begins anew.
func (s *sqlSession) ForgetUsage() { s.engine.usage.Forget() }

// account is the record of who logged in, read again after each change of the catalog.
func (s *Session) account() *catalog.Principal {
	if snap := s.engine.inst.Cat.Snapshot(); snap != s.seen {
		s.seen, s.seenAccount = snap, snap.PrincipalByID(s.login.Load().ID())
	}
	return s.seenAccount
}

// admitStatement says whether the account may send the statement now: it has some of
// its hour left, and no password to change first.
func (s *Session) admitStatement(ctx context.Context, stmt ast.Statement) error {
	rec := s.account()
	if rec == nil {
		return nil // killStale ends the session
	}
	if err := s.mustChange(ctx, rec, stmt); err != nil {
		return err
	}
	if rec.Rules == nil || s.standing { // an event's, or a part of a statement that was counted
		return nil
	}
	u := s.engine.usage
	if err := u.Take(rec, state.AQuery, s.engine.clock.Now()); err != nil {
		return err
	}
	if changesRows(stmt) || commitsFirst(stmt) {
		return u.Take(rec, state.AnUpdate, s.engine.clock.Now())
	}
	return nil
}

// mustChange refuses everything but a new password of his own to who logged in with one that has expired, and
// the settings of his session, which read and change nothing beside it.
func (s *Session) mustChange(ctx context.Context, rec *catalog.Principal, stmt ast.Statement) error {
	if !s.expired {
		return nil
	}
	if s.expired = s.engine.opts.PasswordPolicy.Expired(rec, s.engine.clock.Now()); !s.expired {
		if err := s.begin(ctx, rec, ""); err != nil {
			s.Kill()
			return toClient(err, lxaccess.ShowValues)
		}
		if s.opts.Database != "" && s.use(s.context(ctx, ""), s.opts.Database) != nil {
			s.sql.SetCurrentDatabase("") // it was asked for when he logged in, and another one is not meant
		}
		return nil
	}
	if n, ok := ours.Of(stmt); ok && ours.GivesOwnPassword(s.sql, n.Statement()) {
		return nil
	}
	if set, ok := stmt.(*ast.Set); ok && setsUp(set) {
		return nil // drivers send it when they connect
	}
	return sqlerr.MustChangePassword.Errorf("You must reset your password using ALTER USER statement before executing this statement.").
		WithHint("ALTER USER USER() IDENTIFIED BY '…'")
}

// setsUp says that a SET is about the session alone, and computes with nothing but its variables: no table, no stored
// function, and none of the functions that read, write or wait for something.
func setsUp(set *ast.Set) bool {
	for _, e := range set.Exprs {
		switch e.Scope {
		case ast.SetScope_Global, ast.SetScope_Persist, ast.SetScope_PersistOnly:
			return false
		}
		err := grammar.EveryNode(func(n ast.SQLNode) error {
			switch n := n.(type) {
			case *ast.SQLVal, *ast.NullVal, ast.BoolVal, *ast.ColName, *ast.Default, ast.ColIdent, ast.TableName, ast.TableIdent, *ast.ParenExpr,
				*ast.AndExpr, *ast.OrExpr, *ast.XorExpr, *ast.NotExpr, *ast.ComparisonExpr, *ast.IsExpr, ast.ValTuple, ast.Exprs, *ast.BinaryExpr, *ast.UnaryExpr,
				*ast.CaseExpr, *ast.When, *ast.CollateExpr, *ast.ConvertExpr, *ast.ConvertType, ast.SelectExprs, *ast.AliasedExpr:
				return nil
			case *ast.Over:
				if n == nil {
					return nil
				}
			case *ast.FuncExpr:
				if n.Qualifier.IsEmpty() && plainFunctions[n.Name.Lowered()] {
					return nil
				}
			}
			return errSandbox
		}, e.Expr)
		if err != nil {
			return false
		}
	}
	return true
}

var errSandbox = errors.New("more than a setting")

// plainFunctions are those that clients compute their settings with, as sql_mode with one more mode in it.
var plainFunctions = map[string]bool{"concat": true, "concat_ws": true, "replace": true, "if": true, "ifnull": true, "nullif": true, "coalesce": true, "lower": true, "upper": true}
