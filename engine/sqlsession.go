package engine

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

// clientFoundRows is the protocol's capability bit, which the library asks when
// it counts the rows of an UPDATE.
const clientFoundRows = 2

// sqlSession is the library's view of a session. What it is made of: variables
// and the transaction, who acts, and the scope of the running statement, which is
// a new one for each. Nothing in it outlives the connection.
type sqlSession struct {
	tableLocks *table.LockOwner // of LOCK TABLES

	transactions
	acting
	scope
	met
	engine    *Engine
	session   *Session // whose this is
	userLocks sync.Map // names that GET_LOCK took
}

// acting is who acts.
type acting struct {
	who    principal.Principal
	rights *bucket.Rights // live: follows GRANT and REVOKE

	audit access.Audit // of what is enforced; nil while nobody listens

	epoch     atomic.Uint64 // of the account, when it logged in
	ownChange atomic.Bool   // the session is changing its own account
}

// Guard implements table.Session.
func (a *acting) Guard() kivi.Guard { return a.rights }

var (
	_ sql.TransactionSession    = (*sqlSession)(nil)
	_ sql.LifecycleAwareSession = (*sqlSession)(nil)
	_ table.Session             = (*sqlSession)(nil)
)

func (e *Engine) newSQLSession(id uint32, who principal.Principal, remote string, foundRows bool) *sqlSession {
	client := sql.Client{User: who.Name(), Address: host(remote)}
	if foundRows {
		client.Capabilities = clientFoundRows
	}
	s := &sqlSession{
		transactions: transactions{
			variables: &variables{
				BaseSession: sql.NewBaseSessionWithClientServer(e.address, client, id), defaultWait: e.opts.Store.LockWait,
			},
			db: e.db, log: e.log, locks: e.store.NewLockOwner(),
		},
		acting: acting{who: who, rights: e.bucket.Session(who), audit: e.opts.AuditDecision},
		engine: e,
	}
	s.own = s.rights
	s.tableLocks = e.store.NewLockOwner()
	s.locks.Over(s.tableLocks)
	s.SetLogger(e.gmsLog)
	return s
}

// host is an address without its port, as CURRENT_USER() shows it.
func host(remote string) string {
	if h, _, err := net.SplitHostPort(remote); err == nil {
		return h
	}
	return remote
}

// sessionOf returns the session that ctx runs in, or nil for a context without
// one of ours. Callers treat nil as nobody.
func sessionOf(ctx *sql.Context) *sqlSession {
	if ctx == nil {
		return nil
	}
	s, _ := ctx.Session.(*sqlSession)
	return s
}

// CommitTransaction implements sql.TransactionSession.
func (s *sqlSession) CommitTransaction(ctx *sql.Context, tx sql.Transaction) error {
	if s.keeps && s.inTransaction() {
		return nil
	}
	return s.transactions.CommitTransaction(ctx, tx)
}

// CommandBegin and CommandEnd implement sql.LifecycleAwareSession; run calls them.
func (s *sqlSession) CommandBegin() error {
	s.scope = scope{}
	s.met.reset()
	return nil
}

// CommandEnd drops the statement's scope with it.
func (s *sqlSession) CommandEnd() {
	s.scope = scope{}
	s.endLeftOver()
}

// StatementMark implements table.Session.
func (s *sqlSession) StatementMark() (kivi.Mark, bool) {
	if !s.changesRows {
		return kivi.Mark{}, false
	}
	return s.before()
}

// GetCurrentDatabase names a database while a view is resolved, even when none
// was selected: the library asks for one before it turns to the view's own, and
// would refuse `SELECT … FROM db.view` otherwise.
func (s *sqlSession) GetCurrentDatabase() string {
	if s.renaming != "" {
		return s.renaming
	}
	db := s.BaseSession.GetCurrentDatabase()
	if db == "" && s.inView {
		return sql.InformationSchemaDatabaseName
	}
	return db
}

// GetPrivilegeSet serves information_schema, which asks it before showing
// views, routines and triggers.
func (s *sqlSession) GetPrivilegeSet() (sql.PrivilegeSet, uint64) {
	return s.privilegeSet(), 1
}
