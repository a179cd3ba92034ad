package table

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer/analyzererrors"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// Session is what tables need of the SQL session. The engine's sql.Session
// implements it; a context with any other session is refused.
type Session interface {
	sql.Session
	// Txn is the current transaction, begun if there is none.
	Txn(ctx *sql.Context) (*kivi.Txn, error)
	// Guard answers for the session's principal, live.
	Guard() kivi.Guard
	// Zone is the session's time zone, in which TIMESTAMP columns are seen.
	Zone() *time.Location
	// MetaLocks owns the metadata locks of the transaction; the session
	// releases it when the transaction ends.
	MetaLocks() *LockOwner
	// StatementBegin marks the transaction's writes; Discard returns to the
	// innermost mark and Complete forgets it. They nest.
	StatementBegin(ctx *sql.Context) error
	StatementDiscard(ctx *sql.Context) error
	StatementComplete(ctx *sql.Context) error
	// StatementMark is the state of the transaction's writes when the running
	// statement began, if the statement changes rows and its reads must not
	// meet its own; false for any other statement.
	StatementMark() (kivi.Mark, bool)
	// Tallied is what the current transaction, if one has begun, adds to a number
	// when it commits; see kivi.Txn.Tally.
	Tallied(of *atomic.Int64) int64
}

// errNoSession: a table was used outside a session of ours.
var errNoSession = fmt.Errorf("table: the context has no session of this engine")

func sessionOf(ctx *sql.Context) (Session, error) {
	if ctx != nil {
		if s, ok := ctx.Session.(Session); ok {
			return s, nil
		}
	}
	return nil, errNoSession
}

// Store makes the tables of one engine and changes their definitions. Its
// methods may be called concurrently.
type Store struct {
	branch bool // of a branch of the catalog: see Branch
	// refused is what was refused in a branch: it is not to be, whatever a handler makes of the error.
	refused atomic.Pointer[sqlerr.Error]
	db      *kivi.DB
	cat     *catalog.Catalog
	locks   *MetaLocks

	mu      sync.Mutex
	schemas map[catalog.ID]*schema // by table identity; stale when the record differs

	counters   *relation.Counters
	estimates  estimates
	references atomic.Pointer[references]
	births     births
}

// NewStore returns the Store over a database and its catalog. It purges data
// that no table refers to: left by a crash between a commit and its purge, or
// in the middle of a rewrite.
func NewStore(ctx context.Context, db *kivi.DB, cat *catalog.Catalog) (*Store, error) {
	if _, err := cat.Sweep(ctx); err != nil {
		return nil, fmt.Errorf("orphan sweep: %w", err)
	}
	st := &Store{db: db, cat: cat, locks: NewMetaLocks(), schemas: map[catalog.ID]*schema{}, counters: relation.NewCounters(db)}
	cat.AfterCommit(st.forgetGone)
	return st, nil
}

// Branch is the Store for a branch of the catalog. Locks on tables are the same.
func (st *Store) Branch(cat *catalog.Catalog) *Store {
	out := &Store{db: st.db, cat: cat, locks: st.locks, schemas: map[catalog.ID]*schema{}, counters: st.counters, branch: true}
	cat.AfterCommit(out.forgetGone)
	return out
}

// Refused is what nothing in a branch may go on after: the error that a program in it may have caught.
func (st *Store) Refused() error {
	if err := st.refused.Load(); err != nil {
		return err
	}
	return nil
}

// Abandon gives a branch up whose changes were not adopted, with the rows in its tables.
func (st *Store) Abandon(ctx context.Context, branch *catalog.Catalog) {
	for _, data := range st.cat.Abandon(ctx, branch) {
		st.counters.Forget(data)
	}
}

// NewLockOwner returns an owner of metadata locks for a session.
func (st *Store) NewLockOwner() *LockOwner { return st.locks.NewOwner() }

// Mode says how the rows of a table are read.
type Mode uint8

const (
	Read     Mode = iota // the transaction's snapshot
	Write                // target of UPDATE or DELETE: locked, newest committed
	LockRead             // SELECT … FOR UPDATE: likewise
)

// Access is how a statement may use a table. The zero Access reads, under the
// session's own guard.
type Access struct {
	Mode Mode
	// Guard answers instead of the session's: that of a view's definer.
	Guard kivi.Guard
	// Scan are the rights that reading the rows asks for, kivi.Read when 0. For
	// the target of an UPDATE or DELETE that shows no column it is only Update
	// or Delete.
	Scan kivi.Rights
	// Policy are the row filters and masks that apply to the guard's principal on
	// this table; nil when there are none. Without it a guard that says
	// "restricted" gets nothing.
	Policy relation.Policy
	// Blind is for who may see how a statement would be carried out, and no row: nothing that the rows hold moves the plan.
	Blind bool
	// Latest reads see what the running statement has written so far: foreign
	// key checks and the bodies of triggers.
	Latest bool
	// Validate is for the tables that a DDL statement changes or refers to: while
	// it runs, it sees all of their rows, whoever it runs for, to check that they
	// fit. It tells nothing of them but yes or no.
	Validate bool
}

// definitionKey is of Definitions.
type definitionKey struct{}

// Definitions is a context in which tables are opened to be described, as for information_schema: without the metadata
// lock, as in MySQL. Who describes them waits for no change of a table, and is told of the definition that stands.
func Definitions(ctx *sql.Context) *sql.Context {
	return ctx.WithContext(context.WithValue(ctx.Context, definitionKey{}, true))
}

// IsDefinitions says whether a context is one of Definitions.
func IsDefinitions(ctx *sql.Context) bool { return ctx.Value(definitionKey{}) != nil }

// Table opens a table for a statement. It takes the shared metadata lock when a
// transaction runs and then uses the newest definition, so that nobody writes
// rows of an old schema. A table that was dropped meanwhile is
// sql.ErrTableNotFound; a definition that stays locked is kv.ErrLockWait.
func (st *Store) Table(ctx *sql.Context, rec *catalog.Table, db *catalog.Database, access Access) (*Table, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil { // each of a thousand clauses opens its table
		return nil, err
	}
	if own := byID(session.MetaLocks().temporaries(), rec.ID); own != nil { // nobody else can reach it
		return st.openTemporary(session.MetaLocks(), own, db, access)
	}
	if ctx.GetTransaction() != nil && !IsDefinitions(ctx) { // preparing a statement runs without one
		if err := session.MetaLocks().Shared(ctx, rec.ID, metaLockWait(ctx)); err != nil {
			return nil, err
		}
	}
	if st.cat.Stale() { // what others have changed since a branch began is not what it sees
		return nil, catalog.ErrStaleDraft
	}
	name := rec.Name
	if rec = st.Snapshot(session.MetaLocks()).TableByID(rec.ID); rec == nil {
		return nil, sql.ErrTableNotFound.New(name)
	}
	s, err := st.schema(rec, db.Name, nil)
	if err != nil {
		return nil, err
	}
	return &Table{store: st, schema: s, access: access}, nil
}

// neverSet is the value of lock_wait_timeout that nobody chose: a year.
const neverSet = 31536000

// metaLockWait is how long a statement waits for a table's definition:
// @@lock_wait_timeout if the session set it, else the wait for a row. A question whether a statement may
// be sent waits a second: who asks may hold the lock himself.
func metaLockWait(ctx *sql.Context) time.Duration {
	if catalog.IsRehearsed(ctx) {
		return time.Second
	}
	v, err := ctx.GetSessionVariable(ctx, "lock_wait_timeout")
	if err != nil {
		return kivi.DefaultLockWait
	}
	secs, _, err := types.Int64.Convert(ctx, v)
	n, ok := secs.(int64)
	if err != nil || !ok || n < 0 || n == neverSet {
		return kivi.DefaultLockWait
	}
	return time.Duration(n) * time.Second
}

// schema returns the parsed form of a record. Records are immutable: another
// pointer is another definition. meter counts what its rows take, nil for nobody.
func (st *Store) schema(rec *catalog.Table, database string, meter *relation.Meter) (*schema, error) {
	st.mu.Lock()
	s := st.schemas[rec.ID]
	st.mu.Unlock()
	if s != nil && s.rec == rec && s.database == database {
		return s, nil
	}
	s, err := parseLike(rec, database, s)
	if err != nil {
		return nil, err
	}
	s.Meter = meter
	st.mu.Lock()
	st.schemas[rec.ID] = s
	st.mu.Unlock()
	return s, nil
}

// forgetGone drops what is kept of tables that a change has dropped, whichever way: with their database or owner, too.
func (st *Store) forgetGone(snap *catalog.Snapshot, touched catalog.Touched) {
	st.mu.Lock()
	for _, id := range touched.Objects {
		if snap.TableByID(id) == nil {
			delete(st.schemas, id)
		}
	}
	st.mu.Unlock()
	for _, data := range touched.Data {
		if snap.TableByData(data) == nil {
			st.counters.Forget(data)
			st.estimates.forget(data)
			st.births.forget(data)
		} else {
			st.births.note(data, snap.Version())
		}
	}
}

// forget drops what is kept of a table that is gone.
func (st *Store) forget(rec *catalog.Table) {
	st.mu.Lock()
	delete(st.schemas, rec.ID)
	st.mu.Unlock()
	st.counters.Forget(rec.Data)
	st.estimates.forget(rec.Data)
}

// alongside adds what went wrong while cleaning up after err. Without that it
// returns err itself: the library compares errors by type.
func alongside(err error, cleanup ...error) error {
	if more := errors.Join(cleanup...); more != nil {
		return errors.Join(err, more)
	}
	return err
}

// ValidateSchema implements sql.SchemaValidator for the engine's databases: a
// row of the longest values must fit MySQL's row size, in which long texts count
// only with their pointer.
func ValidateSchema(schema sql.Schema) error {
	var size int64
	for _, c := range schema {
		s, ok := c.Type.(sql.StringType)
		switch {
		case !ok:
			size += 8
		case types.IsTextBlob(c.Type):
			size += 16
		default:
			size += s.MaxByteLength()
		}
	}
	if size > types.MaxRowLength {
		return analyzererrors.ErrInvalidRowLength.New(types.MaxRowLength, size)
	}
	return nil
}

// births are the versions of the catalog with which data ids came to their rows, and tables to their youngest index, since
// the server began. A transaction whose snapshot is older has none of that: it would find nothing, and take it for all.
type births struct {
	youngest atomic.Uint64
	mu       sync.Mutex
	at       map[catalog.ID]uint64
}

func (b *births) note(data catalog.ID, version uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at == nil {
		b.at = map[catalog.ID]uint64{}
	}
	b.at[data] = max(b.at[data], version)
	b.youngest.Store(max(b.youngest.Load(), version))
}

func (b *births) forget(data catalog.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.at, data)
}

func (b *births) of(data catalog.ID) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[data]
}

// within says whether a table is as old as the snapshot that a transaction reads; the error is MySQL's, 1412.
func (st *Store) within(txn *kivi.Txn, rec *catalog.Table) error {
	if st.branch || txn.Isolation() == kv.ReadCommitted || rec.Temporary() {
		return nil
	}
	if txn.Since() == 0 {
		txn.From(st.cat.Snapshot().Version())
	}
	if since := txn.Since(); since < st.births.youngest.Load() && since < st.births.of(rec.Data) {
		return errDefinitionChanged
	}
	return nil
}
