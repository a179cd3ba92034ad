package engine

import (
	"context"
	"net"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

var lockWaitType = types.Int64

// clientFoundRows is the protocol's capability bit, which the library asks when
// it counts the rows of an UPDATE.
const clientFoundRows = 2

// sqlSession is the library's view of a session: variables, warnings, the
// transaction, and who acts. Nothing in it outlives the connection.
type sqlSession struct {
	*sql.BaseSession
	engine *Engine
	who    principal.Principal
	rights *bucket.Rights // live: follows GRANT and REVOKE
	tx     *transaction
	locks  *table.LockOwner // metadata locks of the transaction

	cached   *settings // nil after a variable changed
	planning uint64    // goes up when a variable changes that plans may depend on

	kept         map[string]*Stmt // closed statements that may be prepared again, by text
	texts        texts            // statements that come as text again and again
	compiledRuns int              // executions that went past the planner

	inView bool // a view is part of the statement, see GetCurrentDatabase

	// changesRows is set while an INSERT, UPDATE, DELETE or REPLACE runs: what it
	// reads is as of its beginning. Statements inside a routine are not counted.
	changesRows bool

	epoch     atomic.Uint64 // of the account, when it logged in
	ownChange atomic.Bool   // the session is changing its own account

	// next is the access that the authorizer granted for the object that the
	// planner fetches next. It is consumed by that fetch: see authorize.go.
	next grantedAccess
	// stored are the definitions that the planner was handed in this
	// statement: see views.go.
	stored storedText
	// calls is the procedure whose body runs, binding the one whose CALL is
	// bound: see routine.go.
	calls, binding *activation
	// nestedViews counts the views inside the one that the statement names.
	nestedViews int
	// writesTo are the tables that the statement, or a trigger that it fires,
	// writes to: only their triggers concern it.
	writesTo map[catalog.ID]bool
}

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
		BaseSession: sql.NewBaseSessionWithClientServer(e.address, client, id),
		engine:      e,
		who:         who,
		rights:      e.bucket.Session(who),
		locks:       e.store.NewLockOwner(),
	}
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

// Txn implements table.Session.
func (s *sqlSession) Txn(ctx *sql.Context) (*kivi.Txn, error) {
	if s.tx == nil {
		tx, err := s.StartTransaction(ctx, sql.ReadWrite)
		if err != nil {
			return nil, err
		}
		s.BaseSession.SetTransaction(tx)
	}
	return s.tx.open(ctx)
}

// Guard implements table.Session.
func (s *sqlSession) Guard() kivi.Guard { return s.rights }

// MetaLocks implements table.Session.
func (s *sqlSession) MetaLocks() *table.LockOwner { return s.locks }

// CommandBegin and CommandEnd implement sql.LifecycleAwareSession; run calls them.
func (s *sqlSession) CommandBegin() error {
	s.next, s.stored, s.inView, s.writesTo, s.binding = grantedAccess{}, nil, false, nil, nil
	return nil
}

// CommandEnd rolls back a transaction that an autocommit statement left behind.
// The library forgets to when planning or execution fails, and the next
// statement would then read an old snapshot and commit somebody else's work.
func (s *sqlSession) CommandEnd() {
	s.next, s.stored, s.inView = grantedAccess{}, nil, false
	if s.tx != nil && !s.GetIgnoreAutoCommit() && s.autocommit() {
		s.endTransaction(s.tx, true)
	}
}

func (s *sqlSession) SessionEnd() { s.endTransaction(s.tx, true) }

// GetCurrentDatabase names a database while a view is resolved, even when none
// was selected: the library asks for one before it turns to the view's own, and
// would refuse `SELECT … FROM db.view` otherwise.
func (s *sqlSession) GetCurrentDatabase() string {
	db := s.BaseSession.GetCurrentDatabase()
	if db == "" && s.inView {
		return sql.InformationSchemaDatabaseName
	}
	return db
}

// noContext is for library calls that take a context and do not look at it. To
// make one costs a map of every server variable.
var noContext = sql.NewContext(context.Background(), sql.WithSession(&sql.BaseSession{}))

// inTransaction says whether the client would have to COMMIT.
func (s *sqlSession) inTransaction() bool {
	return s.tx != nil && (s.GetIgnoreAutoCommit() || !s.autocommit())
}

// GetPrivilegeSet serves information_schema, which asks it before showing
// views, routines and triggers.
func (s *sqlSession) GetPrivilegeSet() (sql.PrivilegeSet, uint64) {
	return s.privilegeSet(), 1
}
