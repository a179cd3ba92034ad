package engine

import (
	"net"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/witness"
)

// clientFoundRows is the protocol's capability bit, which the library asks when
// it counts the rows of an UPDATE.
const clientFoundRows = 2

// sqlSession is the library's view of a session: its state, with what only the
// engine itself may touch.
type sqlSession struct {
	state.Session
	engine     *Engine
	session    *Session           // whose this is
	tableLocks *table.LockOwner   // of LOCK TABLES
	decisions  *witness.Decisions // what was asked and answered
	bindsOwn   bool               // a change of rows is bound for our operators
	recorded   bool               // what the running statement does is in the audit log already
	// variableBytes is what the session is charged for each user variable.
	variableBytes map[string]int
	// authors are whose word the value of each is: see author.
	authors   map[string]principal.ID
	cleared   uint64    // how often the diagnostics area was cleared: see area.go
	left      [2]uint64 // what the last statement left there: all, and the errors
	unkept    uint64    // what the area had no place for
	keepsArea bool      // the library clears it where a program does not
	keptArea  int       // how many stood there then
	named     preparedNames
	// lacking takes the tables that DROP TABLE IF EXISTS did not find: the library notes them without their
	// database, in lower case, and not in the order in which the statement names them.
	lacking map[string]bool
}

var (
	_ sql.TransactionSession    = (*sqlSession)(nil)
	_ sql.LifecycleAwareSession = (*sqlSession)(nil)
	_ table.Session             = (*sqlSession)(nil)
)

func (e *Engine) newSQLSession(id uint32, who principal.Principal, account *catalog.Principal, opts session.Options) *sqlSession {
	client := sql.Client{User: account.LoginName(), Address: host(opts.Remote)}
	if opts.FoundRows {
		client.Capabilities = clientFoundRows
	}
	s := &sqlSession{
		Session: state.Session{
			Transactions: state.Transactions{
				Variables: &state.Variables{
					BaseSession: newBaseSession(e.address, client, id), DefaultWait: e.opts.Store.LockWait,
				},
				DB: e.db, Log: e.inst.Log, Locks: e.inst.Store.NewLockOwner(), Version: func() uint64 { return e.inst.Cat.Snapshot().Version() },
			},
			Identity: state.Identity{User: who, Rights: e.inst.Bucket.Session(who)},
			Inst:     &e.inst,
		},
		engine: e,
	}
	s.Own = s.Rights
	s.decisions = s.witness()
	s.Identity.Audit = s.decisions.Tell
	s.tableLocks = e.inst.Store.NewLockOwner()
	s.Locks.Over(s.tableLocks)
	s.Locks.Hold(s.NewTemporaries())
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

// GetPrivilegeSet serves information_schema, which asks it before showing
// views, routines and triggers.
func (s *sqlSession) GetPrivilegeSet() (sql.PrivilegeSet, uint64) {
	return objects.PrivilegeSet(&s.Session), 1
}

// disclosure says whether what the statement tells may carry values of rows.
func (s *sqlSession) disclosure() lxaccess.Disclosure { return lxaccess.For(&s.Session).Disclosure() }

// newBaseSession makes the library's session.
func newBaseSession(address string, client sql.Client, id uint32) *sql.BaseSession {
	library.RLock()
	defer library.RUnlock()
	return sql.NewBaseSessionWithClientServer(address, client, id)
}

// firesAll says for what is bound until back is called whether the triggers of whatever it
// does will fire.
func (s *sqlSession) firesAll(yes bool) (back func()) {
	before := s.FiresAll
	s.FiresAll = yes
	return func() { s.FiresAll = before }
}

// bindOwn is for a change of rows that is bound for our operators; back is for its end.
func (s *sqlSession) bindOwn() (back func()) {
	s.bindsOwn = true
	fires := s.firesAll(true)
	return func() {
		fires()
		s.bindsOwn = false
	}
}

// BindsOwn says that what is bound now is a change of rows for our operators: see
// Table.GetChecks.
func (s *sqlSession) BindsOwn() bool { return s.bindsOwn }

// countRows sets ROW_COUNT(). The library keeps it as an object, which is not made again for
// the number that is there: that of every query.
func (s *sqlSession) countRows(n int64) {
	if s.GetLastQueryInfoInt(sql.RowCount) != n {
		s.SetLastQueryInfoInt(sql.RowCount, n)
	}
}
