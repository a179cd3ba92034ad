package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// transaction is a session transaction: a kivi.Txn begun at the first read, so
// that BEGIN costs nothing and the snapshot of REPEATABLE READ is that of the
// first statement, as in MySQL.
type transaction struct {
	db        *kivi.DB
	fence     *fence // of the session
	opts      kv.TxnOptions
	lockWait  time.Duration
	kv        *kivi.Txn // nil until the first use
	saves     []savepoint
	marks     []kivi.Mark // statement marks, innermost last
	statement *kivi.Mark  // state before the running statement, nil when untouched
	finished  bool
	noWait    bool // the running statement says NOWAIT
}

// wait is how long a statement waits for a row.
func (t *transaction) wait() time.Duration {
	if t.noWait {
		return 0
	}
	return t.lockWait
}

type savepoint struct {
	name string
	mark kivi.Mark
}

var _ sql.Transaction = (*transaction)(nil)

func (t *transaction) String() string { return fmt.Sprintf("transaction %p", t) }

// IsReadOnly implements sql.Transaction. The answer is always no: the library's own
// check fails on every table that is not temporary. begin refuses what changes
// something, and the store refuses the rest.
func (t *transaction) IsReadOnly() bool { return false }

// open returns the kivi transaction and remembers the state before the running
// statement, which a failing statement returns to.
func (t *transaction) open(ctx *sql.Context) (*kivi.Txn, error) {
	if t.finished {
		return nil, kv.ErrClosed
	}
	if t.kv == nil {
		txn, err := t.db.Begin(ctx, t.opts)
		if err != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
		txn.SetLockWait(t.lockWait)
		if err := t.fence.join(txn); err != nil {
			return nil, errors.Join(err, txn.Rollback())
		}
		t.kv = txn
	}
	if t.statement == nil {
		mark := t.kv.Mark()
		t.statement = &mark
	}
	return t.kv, nil
}

// beginStatement: under READ COMMITTED each statement reads a new snapshot.
func (t *transaction) beginStatement(ctx *sql.Context) error {
	t.statement = nil
	t.marks = t.marks[:0]
	if t.kv == nil {
		return nil
	}
	return t.kv.Refresh(ctx)
}

// failStatement undoes what the running statement wrote. Its row locks stay,
// as InnoDB's do.
func (t *transaction) failStatement() error {
	t.marks = t.marks[:0]
	if t.kv == nil || t.statement == nil || t.finished {
		return nil
	}
	mark := *t.statement
	t.statement = nil
	return t.kv.RollbackTo(mark)
}

func (t *transaction) commit(ctx *sql.Context) error {
	if t.finished {
		return nil
	}
	t.finished = true
	if t.kv == nil {
		return nil
	}
	return t.kv.Commit(ctx)
}

func (t *transaction) rollback() error {
	if t.finished {
		return nil
	}
	t.finished = true
	if t.kv == nil {
		return nil
	}
	return t.kv.Rollback()
}

// transactions is the library's session with its variables and its transaction,
// of which there is at most one.
type transactions struct {
	*variables
	db    *kivi.DB
	log   *slog.Logger
	tx    *transaction
	locks *table.LockOwner // metadata locks of the transaction
	fence *fence           // what others may reach of both

	// nextTx is what SET TRANSACTION said about the next transaction.
	nextTx oneTransaction
	// beginsToWrite is set while START TRANSACTION READ WRITE runs.
	beginsToWrite bool
}

// Txn implements table.Session.
func (s *transactions) Txn(ctx *sql.Context) (*kivi.Txn, error) {
	if s.tx == nil {
		tx, err := s.StartTransaction(ctx, sql.ReadWrite)
		if err != nil {
			return nil, err
		}
		s.BaseSession.SetTransaction(tx)
	}
	txn, err := s.tx.open(ctx)
	if noWait := stateOf(ctx).saysNoWait(); err == nil && noWait != s.tx.noWait {
		s.tx.noWait = noWait
		txn.SetLockWait(s.tx.wait())
	}
	return txn, err
}

// MetaLocks implements table.Session.
func (s *transactions) MetaLocks() *table.LockOwner { return s.locks }

// inTransaction says whether the client would have to COMMIT.
func (s *transactions) inTransaction() bool {
	return s.tx != nil && (s.GetIgnoreAutoCommit() || !s.autocommit())
}

// ensure starts the transaction that a prepared statement runs in.
func (s *transactions) ensure(ctx *sql.Context) error {
	if s.tx != nil && !s.tx.finished {
		return nil
	}
	tx, err := s.StartTransaction(ctx, sql.ReadWrite)
	if err != nil {
		return err
	}
	s.SetTransaction(tx)
	return nil
}

// endLeftOver rolls back a transaction that an autocommit statement left behind.
// The library forgets to when planning or execution fails, and the next
// statement would then read an old snapshot and commit somebody else's work.
func (s *transactions) endLeftOver() {
	if s.tx != nil && !s.GetIgnoreAutoCommit() && s.autocommit() {
		s.endTransaction(s.tx, true)
	}
}

// SessionEnd implements sql.LifecycleAwareSession.
func (s *transactions) SessionEnd() { s.endTransaction(s.tx, true) }

// StartTransaction implements sql.TransactionSession.
func (s *transactions) StartTransaction(_ *sql.Context, c sql.TransactionCharacteristic) (sql.Transaction, error) {
	s.endTransaction(s.tx, false)
	set := s.settings()
	opts := s.nextTx.over(kv.TxnOptions{Isolation: set.isolation, ReadOnly: set.readOnly})
	opts.ReadOnly = c == sql.ReadOnly || opts.ReadOnly && !s.beginsToWrite
	s.tx = &transaction{db: s.db, fence: s.fence, opts: opts, lockWait: set.lockWait}
	return s.tx, nil
}

// CommitTransaction implements sql.TransactionSession. The transaction is over
// whatever the outcome: the planner would otherwise leave a failed one in the
// session and run the next statement in it, and would take the session for one
// that is still inside BEGIN, so that all later work is lost at its end.
func (s *transactions) CommitTransaction(ctx *sql.Context, tx sql.Transaction) error {
	t, ok := tx.(*transaction)
	if !ok || t == nil {
		return nil
	}
	err := t.commit(ctx)
	s.endTransaction(t, true)
	if err != nil {
		s.SetIgnoreAutoCommit(false)
	}
	return err
}

// Rollback implements sql.TransactionSession.
func (s *transactions) Rollback(ctx *sql.Context, tx sql.Transaction) error {
	t, ok := tx.(*transaction)
	if !ok || t == nil {
		return nil
	}
	s.endTransaction(t, true)
	return nil
}

// endTransaction rolls back whatever is left of t and releases the metadata
// locks that were held for it.
func (s *transactions) endTransaction(t *transaction, clear bool) {
	if t == nil {
		return
	}
	if err := t.rollback(); err != nil {
		s.log.Warn("rollback", "connection", s.ID(), "err", err)
	}
	s.locks.Release()
	if t.kv != nil {
		t.fence.leave()
	}
	t.fence.forget()
	if s.tx == t {
		s.tx = nil
		if clear {
			s.BaseSession.SetTransaction(nil)
		}
	}
}

// SetTransaction keeps the library and us of one mind. To drop a transaction
// that failed it sets nil without rolling back, also in the middle of a routine
// whose cursors still read in it; the end of the statement deals with that one.
// After a CALL it puts back the transaction that the CALL began in, also when the
// body has ended that one: what the body began in its place is the session's then,
// for COMMIT, ROLLBACK and the end of the session to find.
func (s *transactions) SetTransaction(tx sql.Transaction) {
	if t, ok := tx.(*transaction); ok && t != nil {
		if t.finished {
			return
		}
		if s.tx != t {
			s.endTransaction(s.tx, false)
		}
		s.tx = t
		s.BaseSession.SetTransaction(t)
		return
	}
	if s.tx == nil || s.tx.finished {
		s.endTransaction(s.tx, true)
		s.BaseSession.SetTransaction(nil)
	}
}

// CreateSavepoint implements sql.TransactionSession.
func (s *transactions) CreateSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	s.tx.dropSavepoint(name)
	s.tx.saves = append(s.tx.saves, savepoint{strings.ToLower(name), txn.Mark()})
	return nil
}

// RollbackToSavepoint implements sql.TransactionSession. The savepoint stays.
func (s *transactions) RollbackToSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	if s.tx != nil {
		if i := s.tx.findSavepoint(name); i >= 0 {
			s.tx.saves = s.tx.saves[:i+1]
			return s.tx.kv.RollbackTo(s.tx.saves[i].mark)
		}
	}
	return sql.ErrSavepointDoesNotExist.New(name)
}

// ReleaseSavepoint implements sql.TransactionSession.
func (s *transactions) ReleaseSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	if s.tx != nil {
		if i := s.tx.findSavepoint(name); i >= 0 {
			s.tx.saves = s.tx.saves[:i]
			return nil
		}
	}
	return sql.ErrSavepointDoesNotExist.New(name)
}

func (t *transaction) findSavepoint(name string) int {
	for i := len(t.saves) - 1; i >= 0; i-- {
		if t.saves[i].name == strings.ToLower(name) {
			return i
		}
	}
	return -1
}

func (t *transaction) dropSavepoint(name string) {
	if i := t.findSavepoint(name); i >= 0 {
		t.saves = append(t.saves[:i], t.saves[i+1:]...)
	}
}

// StatementBegin, StatementDiscard and StatementComplete implement
// table.Session. Editors call them as the library opens and closes them: nested
// for INSERT … ON DUPLICATE KEY UPDATE, once per row for INSERT IGNORE. The
// marks live here, not in an editor, because several editors share a statement.
func (s *transactions) StatementBegin(ctx *sql.Context) error {
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	s.tx.marks = append(s.tx.marks, txn.Mark())
	return nil
}

func (s *transactions) StatementDiscard(*sql.Context) error {
	mark, ok := s.popMark()
	if !ok {
		return nil
	}
	return s.tx.kv.RollbackTo(mark)
}

func (s *transactions) StatementComplete(*sql.Context) error {
	s.popMark()
	return nil
}

// before is the state before the running statement.
func (s *transactions) before() (kivi.Mark, bool) {
	if s.tx == nil || s.tx.statement == nil {
		return kivi.Mark{}, false
	}
	return *s.tx.statement, true
}

func (s *transactions) popMark() (kivi.Mark, bool) {
	if s.tx == nil || s.tx.finished || len(s.tx.marks) == 0 {
		return kivi.Mark{}, false
	}
	mark := s.tx.marks[len(s.tx.marks)-1]
	s.tx.marks = s.tx.marks[:len(s.tx.marks)-1]
	return mark, true
}
