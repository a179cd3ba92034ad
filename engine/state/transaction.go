package state

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// transaction is a session transaction: a kivi.Txn begun at the first read, so
// that BEGIN costs nothing and the snapshot of REPEATABLE READ is that of the
// first statement, as in MySQL.
type transaction struct {
	db        *kivi.DB
	fence     *Fence // of the session
	Opts      kv.TxnOptions
	lockWait  time.Duration
	KV        *kivi.Txn // nil until the first use
	saves     savepoints
	around    int         // marks that are kept beside saves: of statements and savepoints around what runs
	marks     []kivi.Mark // statement marks, innermost last
	statement kivi.Mark   // state before the running statement, if it has touched anything
	touched   bool
	Finished  bool
	noWait    bool // the running statement says NOWAIT
}

// wait is how long a statement waits for a row.
func (t *transaction) wait() time.Duration {
	if t.noWait {
		return 0
	}
	return t.lockWait
}

var _ sql.Transaction = (*transaction)(nil)

func (t *transaction) String() string { return fmt.Sprintf("transaction %p", t) }

// IsReadOnly implements sql.Transaction. The answer is always no: the library's own
// check fails on every table that is not temporary. begin refuses what changes
// something, and the store refuses the rest.
func (t *transaction) IsReadOnly() bool { return false }

// open returns the kivi transaction and remembers the state before the running
// statement, which a failing statement returns to. own answers for the temporary tables, which a READ ONLY
// transaction changes; nil without any.
func (t *transaction) open(ctx *sql.Context, own kivi.Guard) (*kivi.Txn, error) {
	if t.Finished {
		return nil, kv.ErrClosed
	}
	if t.KV == nil {
		opts := t.Opts
		if opts.ReadOnly && own != nil {
			opts.ReadOnly = false
		}
		txn, err := t.db.Begin(ctx, opts)
		if err != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
		if t.Opts.ReadOnly && own != nil {
			txn.WriteOnly(own)
		}
		txn.SetLockWait(t.lockWait)
		if err := t.fence.join(txn); err != nil {
			return nil, errors.Join(err, txn.Rollback())
		}
		t.KV = txn
	}
	if !t.touched {
		t.statement, t.touched = t.KV.Mark(), true
	}
	return t.KV, nil
}

// BeginStatement: under READ COMMITTED each statement reads a new snapshot.
func (t *transaction) BeginStatement(ctx *sql.Context, within bool) error {
	t.touched = false
	t.marks = t.marks[:0]
	if t.KV == nil || within {
		return nil
	}
	return t.KV.Refresh(ctx)
}

// nest lets statements run inside the one that runs. What it has marked in the
// transaction is there again when they have ended.
func (s *Transactions) nest(ctx *sql.Context) (func(), error) {
	if _, err := s.Txn(ctx); err != nil { // the outer statement begins before what is inside it
		return nil, err
	}
	t := s.Tx
	statement, touched, marks := t.statement, t.touched, t.marks
	if err := t.keep(1); err != nil {
		return nil, err
	}
	t.touched, t.marks = false, nil
	s.Within++
	return func() {
		s.Within--
		t.statement, t.touched, t.marks = statement, touched, marks
		_ = t.keep(-1) // fewer are never refused
	}, nil
}

// SavepointLevel gives a function or trigger savepoints of its own: those around it are
// not its to undo, end or move. The function that it returns goes back to those.
func (s *Transactions) SavepointLevel() func() {
	t := s.Tx
	if t == nil {
		return func() {}
	}
	saves := t.saves
	t.saves = savepoints{}
	t.around += saves.live()
	return func() {
		t.saves = saves
		_ = t.keep(-saves.live()) // fewer are never refused
	}
}

// keep tells the store how many marks are kept now: more is how many there are more around what runs.
func (t *transaction) keep(more int) error {
	t.around += more
	if t.KV == nil {
		return nil
	}
	err := t.KV.Keep(t.around + t.saves.live())
	if err != nil {
		t.around -= more
	}
	return err
}

// FailStatement undoes what the running statement wrote. Its row locks stay,
// as InnoDB's do.
func (t *transaction) FailStatement() error {
	t.marks = t.marks[:0]
	if t.KV == nil || !t.touched || t.Finished {
		return nil
	}
	t.touched = false
	return t.KV.RollbackTo(t.statement)
}

// EndStatement forgets how to undo the statement, which has ended: a CALL that fails
// leaves what it has done before.
func (t *transaction) EndStatement() {
	if t != nil {
		t.touched, t.marks = false, t.marks[:0]
	}
}

func (t *transaction) commit(ctx *sql.Context) error {
	if t.Finished {
		return nil
	}
	t.Finished = true
	if t.KV == nil {
		return nil
	}
	return t.KV.Commit(ctx)
}

func (t *transaction) rollback() error {
	if t.Finished {
		return nil
	}
	t.Finished = true
	if t.KV == nil {
		return nil
	}
	return t.KV.Rollback()
}

// Transactions is the library's session with its variables and its transaction,
// of which there is at most one.
type Transactions struct {
	*Variables
	DB    *kivi.DB
	Log   *slog.Logger
	Tx    *transaction
	Locks *table.LockOwner // metadata locks of the transaction
	Fence *Fence           // what others may reach of both
	// HoldWrites is asked for the memory of what a transaction writes.
	HoldWrites func(bytes int64) error
	// HoldKept is asked for the memory of what the session keeps.
	HoldKept func(bytes int) error
	// HoldRows is asked for the room of the rows of temporary tables, of which more are new.
	HoldRows func(table string, all, more int64) error

	// Version is that of the catalog.
	Version func() uint64

	// Within counts the functions and triggers that run inside a statement: until it
	// ends, nothing ends the transaction.
	Within int

	// nextTx is what SET TRANSACTION said about the next transaction.
	nextTx oneTransaction
	// BeginsToWrite is set while START TRANSACTION READ WRITE runs.
	BeginsToWrite bool
	// BeginsSnapshot is set while START TRANSACTION WITH CONSISTENT SNAPSHOT runs.
	BeginsSnapshot bool
}

// Txn implements table.Session.
func (s *Transactions) Txn(ctx *sql.Context) (*kivi.Txn, error) {
	if s.Tx == nil {
		tx, err := s.StartTransaction(ctx, sql.ReadWrite)
		if err != nil {
			return nil, err
		}
		s.BaseSession.SetTransaction(tx)
	}
	txn, err := s.Tx.open(ctx, s.Locks.TemporaryGuard())
	// A limit that was set in the transaction holds for its next statement, as in MySQL.
	if noWait, limit := Of(ctx).saysNoWait(), s.Settings().lockWait; err == nil && (noWait != s.Tx.noWait || limit != s.Tx.lockWait) {
		s.Tx.noWait, s.Tx.lockWait = noWait, limit
		txn.SetLockWait(s.Tx.wait())
	}
	return txn, err
}

// MetaLocks implements table.Session.
func (s *Transactions) MetaLocks() *table.LockOwner { return s.Locks }

// Tallied implements table.Session.
func (s *Transactions) Tallied(of *atomic.Int64) int64 {
	if s.Tx == nil || s.Tx.KV == nil {
		return 0
	}
	return s.Tx.KV.Tallied(of)
}

// InTransaction says whether the client would have to COMMIT.
func (s *Transactions) InTransaction() bool {
	return s.Tx != nil && (s.Within > 0 || s.GetIgnoreAutoCommit() || !s.Autocommit())
}

// Ensure starts the transaction that a prepared statement runs in.
func (s *Transactions) Ensure(ctx *sql.Context) error {
	if s.Tx != nil && !s.Tx.Finished {
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
func (s *Transactions) endLeftOver() {
	if s.Tx != nil && s.Within == 0 && !s.GetIgnoreAutoCommit() && s.Autocommit() {
		s.EndTransaction(s.Tx, true)
	}
}

// SessionEnd implements sql.LifecycleAwareSession.
func (s *Transactions) SessionEnd() { s.EndTransaction(s.Tx, true) }

// StartTransaction implements sql.TransactionSession.
func (s *Transactions) StartTransaction(ctx *sql.Context, c sql.TransactionCharacteristic) (sql.Transaction, error) {
	s.EndTransaction(s.Tx, false)
	set := s.Settings()
	opts := s.nextTx.over(kv.TxnOptions{Isolation: set.isolation, ReadOnly: set.readOnly, Hold: s.HoldWrites})
	opts.ReadOnly = c == sql.ReadOnly || opts.ReadOnly && !s.BeginsToWrite
	s.Tx = &transaction{db: s.DB, fence: s.Fence, Opts: opts, lockWait: set.lockWait}
	if s.BeginsSnapshot { // of now, and not of the first read
		txn, err := s.Tx.open(ctx, s.Locks.TemporaryGuard())
		if err == nil {
			if s.Version != nil {
				txn.From(s.Version())
			}
			err = txn.Pin(ctx)
		}
		if err != nil {
			s.EndTransaction(s.Tx, true)
			return nil, err
		}
	}
	return s.Tx, nil
}

// CommitTransaction implements sql.TransactionSession. The transaction is over
// whatever the outcome: the planner would otherwise leave a failed one in the
// session and run the next statement in it, and would take the session for one
// that is still inside BEGIN, so that all later work is lost at its end.
func (s *Transactions) CommitTransaction(ctx *sql.Context, tx sql.Transaction) error {
	t, ok := tx.(*transaction)
	if !ok || t == nil {
		return nil
	}
	err := t.commit(ctx)
	s.EndTransaction(t, true)
	if err != nil {
		s.SetIgnoreAutoCommit(false)
	}
	return err
}

// Rollback implements sql.TransactionSession.
func (s *Transactions) Rollback(ctx *sql.Context, tx sql.Transaction) error {
	t, ok := tx.(*transaction)
	if !ok || t == nil {
		return nil
	}
	s.EndTransaction(t, true)
	return nil
}

// EndTransaction rolls back whatever is left of t and releases the metadata
// locks that were held for it.
func (s *Transactions) EndTransaction(t *transaction, clear bool) {
	if t == nil {
		return
	}
	if err := t.rollback(); err != nil {
		s.Log.Warn("rollback", "connection", s.ID(), "err", err)
	}
	s.Locks.Release()
	if t.KV != nil {
		t.fence.leave()
	}
	t.fence.forget()
	if s.Tx == t {
		s.Tx = nil
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
func (s *Transactions) SetTransaction(tx sql.Transaction) {
	if t, ok := tx.(*transaction); ok && t != nil {
		if t.Finished {
			return
		}
		if s.Tx != t {
			s.EndTransaction(s.Tx, false)
		}
		s.Tx = t
		s.BaseSession.SetTransaction(t)
		return
	}
	if s.Tx == nil || s.Tx.Finished {
		s.EndTransaction(s.Tx, true)
		s.BaseSession.SetTransaction(nil)
	}
}

// CreateSavepoint implements sql.TransactionSession.
func (s *Transactions) CreateSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	if long := sqlerr.LongName(name); long != nil {
		return long
	}
	if s.Tx.saves.end(name) { // so that the new one takes its name
		if err := s.Tx.keep(0); err != nil {
			return err
		}
	}
	s.Tx.saves.add(name, txn.Mark())
	if err := s.Tx.keep(0); err != nil {
		return errors.Join(err, s.Tx.cutSavepoints(len(s.Tx.saves.list)-1))
	}
	return nil
}

// RollbackToSavepoint implements sql.TransactionSession. The savepoint stays.
func (s *Transactions) RollbackToSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	if s.Tx != nil {
		if i, there := s.Tx.saves.find(name); there {
			mark := s.Tx.saves.list[i].mark
			if err := s.Tx.KV.RollbackTo(mark); err != nil {
				return err
			}
			if err := s.Tx.cutSavepoints(i); err != nil { // and what is written from here on is a period of its own
				return err
			}
			s.Tx.saves.add(name, mark)
			return s.Tx.keep(0)
		}
	}
	return sql.ErrSavepointDoesNotExist.New(name)
}

// ReleaseSavepoint implements sql.TransactionSession.
func (s *Transactions) ReleaseSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	if s.Tx != nil {
		if i, there := s.Tx.saves.find(name); there {
			return s.Tx.cutSavepoints(i)
		}
	}
	return sql.ErrSavepointDoesNotExist.New(name)
}

// cutSavepoints forgets all but the first n of the list.
func (t *transaction) cutSavepoints(n int) error {
	t.saves.cut(n)
	return t.keep(0)
}

// StatementBegin, StatementDiscard and StatementComplete implement
// table.Session. Editors call them as the library opens and closes them: nested
// for INSERT … ON DUPLICATE KEY UPDATE, once per row for INSERT IGNORE. The
// marks live here, not in an editor, because several editors share a statement.
func (s *Transactions) StatementBegin(ctx *sql.Context) error {
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	s.Tx.marks = append(s.Tx.marks, txn.Mark())
	return nil
}

func (s *Transactions) StatementDiscard(*sql.Context) error {
	mark, ok := s.popMark()
	if !ok {
		return nil
	}
	return s.Tx.KV.RollbackTo(mark)
}

func (s *Transactions) StatementComplete(*sql.Context) error {
	s.popMark()
	return nil
}

// before is the state before the running statement.
func (s *Transactions) before() (kivi.Mark, bool) {
	if s.Tx == nil || !s.Tx.touched {
		return kivi.Mark{}, false
	}
	return s.Tx.statement, true
}

func (s *Transactions) popMark() (kivi.Mark, bool) {
	if s.Tx == nil || s.Tx.Finished || len(s.Tx.marks) == 0 {
		return kivi.Mark{}, false
	}
	mark := s.Tx.marks[len(s.Tx.marks)-1]
	s.Tx.marks = s.Tx.marks[:len(s.Tx.marks)-1]
	return mark, true
}
