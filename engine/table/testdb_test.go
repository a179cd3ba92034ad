package table

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// testDB is a whole SQL engine over a store in memory: databases without
// security, so that the tests of this package say what a table does in SQL.
type testDB struct {
	kv    *kivi.DB
	cat   *catalog.Catalog
	store *Store
	eng   *sqle.Engine
	next  uint32
}

func openTestDB(t testing.TB) *testDB {
	t.Helper()
	d, err := newTestDB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.kv.Close(); err != nil {
			t.Error(err)
		}
	})
	s := d.session(t)
	s.must("create database d")
	return d
}

func newTestDB() (*testDB, error) {
	ctx := context.Background()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 8 << 20, MemtableBytes: 4 << 20})
	if err != nil {
		return nil, err
	}
	cat, err := catalog.Open(ctx, db)
	if err != nil {
		return nil, err
	}
	st, err := NewStore(ctx, db, cat)
	if err != nil {
		return nil, err
	}
	d := &testDB{kv: db, cat: cat, store: st}
	d.eng = sqle.New(analyzer.NewDefault(&testProvider{d}), nil)
	return d, nil
}

// testSession runs SQL and keeps its transaction as the engine's session does.
type testSession struct {
	*sql.BaseSession
	t     testing.TB
	db    *testDB
	guard kivi.Guard
	locks *LockOwner
	tx    *testTx
	// writes: the running statement changes rows and reads as of mark.
	writes bool
	mark   *kivi.Mark
}

type testTx struct {
	kv    *kivi.Txn
	marks []kivi.Mark
	saves map[string]kivi.Mark
	done  bool
}

func (*testTx) String() string   { return "test transaction" }
func (*testTx) IsReadOnly() bool { return false }

var (
	_ Session                = (*testSession)(nil)
	_ sql.TransactionSession = (*testSession)(nil)
)

func (d *testDB) newSession(base *sql.BaseSession) *testSession {
	return &testSession{
		BaseSession: base, db: d, guard: kivi.Internal("tests without security"), locks: d.store.NewLockOwner(),
	}
}

func (d *testDB) session(t testing.TB) *testSession {
	d.next++
	base := sql.NewBaseSessionWithClientServer("test", sql.Client{User: "root", Address: "localhost"}, d.next)
	s := d.newSession(base)
	s.t = t
	s.SetCurrentDatabase("d")
	t.Cleanup(func() { s.end(true) })
	return s
}

func (s *testSession) context() *sql.Context {
	return sql.NewContext(context.Background(), sql.WithSession(s))
}

func (s *testSession) Txn(ctx *sql.Context) (*kivi.Txn, error) {
	if s.tx == nil {
		tx, err := s.StartTransaction(ctx, sql.ReadWrite)
		if err != nil {
			return nil, err
		}
		s.BaseSession.SetTransaction(tx)
	}
	if s.tx.kv == nil {
		txn, err := s.db.kv.Begin(ctx, kv.TxnOptions{})
		if err != nil {
			return nil, err
		}
		s.tx.kv = txn
	}
	if s.writes && s.mark == nil {
		mark := s.tx.kv.Mark()
		s.mark = &mark
	}
	return s.tx.kv, nil
}

func (s *testSession) Guard() kivi.Guard     { return s.guard }
func (s *testSession) MetaLocks() *LockOwner { return s.locks }

func (s *testSession) StatementBegin(ctx *sql.Context) error {
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	s.tx.marks = append(s.tx.marks, txn.Mark())
	return nil
}

func (s *testSession) StatementDiscard(*sql.Context) error {
	if s.tx == nil || len(s.tx.marks) == 0 {
		return nil
	}
	m := s.tx.marks[len(s.tx.marks)-1]
	s.tx.marks = s.tx.marks[:len(s.tx.marks)-1]
	return s.tx.kv.RollbackTo(m)
}

// Tallied implements Session.
func (s *testSession) Tallied(of *atomic.Int64) int64 {
	if s.tx == nil || s.tx.kv == nil {
		return 0
	}
	return s.tx.kv.Tallied(of)
}

// Zone implements Session.
func (s *testSession) Zone() *time.Location { return time.UTC }

func (s *testSession) StatementMark() (kivi.Mark, bool) {
	if s.mark == nil {
		return kivi.Mark{}, false
	}
	return *s.mark, true
}

func (s *testSession) StatementComplete(*sql.Context) error {
	if s.tx != nil && len(s.tx.marks) > 0 {
		s.tx.marks = s.tx.marks[:len(s.tx.marks)-1]
	}
	return nil
}

func (s *testSession) StartTransaction(*sql.Context, sql.TransactionCharacteristic) (sql.Transaction, error) {
	if s.tx != nil {
		s.end(true)
	}
	s.tx = &testTx{saves: map[string]kivi.Mark{}}
	return s.tx, nil
}

func (s *testSession) CommitTransaction(ctx *sql.Context, tx sql.Transaction) error {
	t, ok := tx.(*testTx)
	if !ok || t == nil || t.done {
		return nil
	}
	t.done = true
	var err error
	if t.kv != nil {
		err = t.kv.Commit(ctx)
	}
	s.end(true)
	return err
}

func (s *testSession) Rollback(*sql.Context, sql.Transaction) error {
	s.end(true)
	return nil
}

func (s *testSession) end(rollback bool) {
	if s.tx != nil && s.tx.kv != nil && rollback {
		_ = s.tx.kv.Rollback()
	}
	s.locks.Release()
	s.tx = nil
	s.BaseSession.SetTransaction(nil)
}

func (s *testSession) CreateSavepoint(ctx *sql.Context, _ sql.Transaction, name string) error {
	txn, err := s.Txn(ctx)
	if err != nil {
		return err
	}
	s.tx.saves[strings.ToLower(name)] = txn.Mark()
	return nil
}

func (s *testSession) RollbackToSavepoint(_ *sql.Context, _ sql.Transaction, name string) error {
	if s.tx != nil {
		if m, ok := s.tx.saves[strings.ToLower(name)]; ok {
			return s.tx.kv.RollbackTo(m)
		}
	}
	return sql.ErrSavepointDoesNotExist.New(name)
}

func (s *testSession) ReleaseSavepoint(_ *sql.Context, _ sql.Transaction, name string) error {
	if s.tx != nil {
		delete(s.tx.saves, strings.ToLower(name))
	}
	return nil
}

// query runs a statement and returns its rows. A failed autocommit statement
// leaves no transaction behind.
func (s *testSession) query(q string) ([]sql.Row, error) {
	ctx := s.context().WithQuery(q)
	verb, _, _ := strings.Cut(strings.ToLower(q), " ")
	s.mark, s.writes = nil, verb == "insert" || verb == "update" || verb == "delete" || verb == "replace"
	rows, err := s.run(ctx, q)
	s.mark, s.writes = nil, false
	if err != nil && !s.GetIgnoreAutoCommit() {
		s.end(true)
	}
	return rows, err
}

func (s *testSession) run(ctx *sql.Context, q string) (rows []sql.Row, err error) {
	_, it, _, err := s.db.eng.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	for {
		row, err := it.Next(ctx)
		if err == io.EOF {
			return rows, it.Close(ctx)
		}
		if err != nil {
			_ = it.Close(ctx)
			return nil, err
		}
		rows = append(rows, row)
	}
}

func (s *testSession) must(q string) []sql.Row {
	s.t.Helper()
	rows, err := s.query(q)
	if err != nil {
		s.t.Fatalf("%s: %v", q, err)
	}
	return rows
}

// fails runs a statement that must fail and returns the error.
func (s *testSession) fails(q string) error {
	s.t.Helper()
	if _, err := s.query(q); err != nil {
		return err
	}
	s.t.Fatalf("%s: no error", q)
	return nil
}

// wants compares the rows of a query, printed, with want.
func (s *testSession) wants(q, want string) {
	s.t.Helper()
	var lines []string
	for _, r := range s.must(q) {
		lines = append(lines, fmt.Sprint([]any(r)))
	}
	if got := strings.Join(lines, " "); got != want {
		s.t.Errorf("%s:\n got %s\nwant %s", q, got, want)
	}
}

// table opens a table as a plain read does.
func (s *testSession) table(ctx *sql.Context, name string, access Access) *Table {
	s.t.Helper()
	db := s.db.cat.Snapshot().Database("d")
	rec := s.db.cat.Snapshot().Table(db.ID, name)
	if rec == nil {
		s.t.Fatalf("no table %s", name)
	}
	tab, err := s.db.store.Table(ctx, rec, db, access)
	if err != nil {
		s.t.Fatal(err)
	}
	return tab
}

type testProvider struct{ db *testDB }

var _ sql.MutableDatabaseProvider = (*testProvider)(nil)

func (p *testProvider) Database(_ *sql.Context, name string) (sql.Database, error) {
	if rec := p.db.cat.Snapshot().Database(name); rec != nil {
		return &testDatabase{p.db, rec}, nil
	}
	return nil, sql.ErrDatabaseNotFound.New(name)
}

func (p *testProvider) HasDatabase(_ *sql.Context, name string) bool {
	return p.db.cat.Snapshot().Database(name) != nil
}

func (p *testProvider) AllDatabases(*sql.Context) (out []sql.Database) {
	for _, rec := range p.db.cat.Snapshot().Databases() {
		out = append(out, &testDatabase{p.db, rec})
	}
	return out
}

func (p *testProvider) CreateDatabase(ctx *sql.Context, name string) error {
	return p.CreateCollatedDatabase(ctx, name, sql.Collation_Default)
}

func (p *testProvider) CreateCollatedDatabase(ctx *sql.Context, name string, c sql.CollationID) error {
	return p.db.cat.Update(ctx, func(tx *catalog.Tx) error {
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		return tx.PutDatabase(&catalog.Database{ID: id, Name: name, Collation: c.Name(), Owner: catalog.Root})
	})
}

func (p *testProvider) DropDatabase(ctx *sql.Context, name string) error {
	return p.db.cat.Update(ctx, func(tx *catalog.Tx) error {
		return tx.DropDatabase(tx.Database(name).ID)
	})
}

type testDatabase struct {
	db  *testDB
	rec *catalog.Database
}

var (
	_ sql.TableCreator        = (*testDatabase)(nil)
	_ sql.IndexedTableCreator = (*testDatabase)(nil)
	_ sql.TableDropper        = (*testDatabase)(nil)
	_ sql.TableRenamer        = (*testDatabase)(nil)
	_ sql.CollatedDatabase    = (*testDatabase)(nil)
)

func (d *testDatabase) Name() string { return d.rec.Name }

func (d *testDatabase) GetTableInsensitive(ctx *sql.Context, name string) (sql.Table, bool, error) {
	rec := d.db.cat.Snapshot().Table(d.rec.ID, name)
	if rec == nil {
		return nil, false, nil
	}
	access := Access{}
	if q := strings.ToLower(strings.TrimSpace(ctx.Query())); strings.HasPrefix(q, "update") {
		access = Access{Mode: Write, Scan: kivi.Read | kivi.Update}
	} else if strings.HasPrefix(q, "delete") {
		access = Access{Mode: Write, Scan: kivi.Read | kivi.Delete}
	}
	t, err := d.db.store.Table(ctx, rec, d.rec, access)
	return t, err == nil, err
}

func (d *testDatabase) GetTableNames(*sql.Context) (out []string, _ error) {
	for _, t := range d.db.cat.Snapshot().Tables(d.rec.ID) {
		out = append(out, t.Name)
	}
	return out, nil
}

func (d *testDatabase) CreateTable(ctx *sql.Context, name string, schema sql.PrimaryKeySchema, c sql.CollationID, comment string) error {
	return d.create(ctx, name, schema, c, comment, nil)
}

func (d *testDatabase) CreateIndexedTable(ctx *sql.Context, name string, schema sql.PrimaryKeySchema, pk sql.IndexDef, c sql.CollationID) error {
	return d.create(ctx, name, schema, c, "", &pk)
}

func (d *testDatabase) create(ctx *sql.Context, name string, schema sql.PrimaryKeySchema, c sql.CollationID, comment string, pk *sql.IndexDef) error {
	return d.db.cat.Update(ctx, func(tx *catalog.Tx) error {
		if tx.Table(d.rec.ID, name) != nil {
			return sql.ErrTableAlreadyExists.New(name)
		}
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		_, err = d.db.store.Create(ctx, tx, id, d.rec, name, schema, c, comment, pk, catalog.Root)
		return err
	})
}

func (d *testDatabase) change(ctx *sql.Context, name string, f func(*catalog.Tx, *catalog.Table) error) error {
	rec := d.db.cat.Snapshot().Table(d.rec.ID, name)
	if rec == nil {
		return sql.ErrTableNotFound.New(name)
	}
	s := ctx.Session.(*testSession)
	if err := s.locks.Exclusive(ctx, rec.ID, metaLockWait(ctx)); err != nil {
		return err
	}
	return d.db.cat.Update(ctx, func(tx *catalog.Tx) error { return f(tx, tx.TableByID(rec.ID)) })
}

func (d *testDatabase) DropTable(ctx *sql.Context, name string) error {
	return d.change(ctx, name, func(tx *catalog.Tx, rec *catalog.Table) error { return d.db.store.Drop(ctx, tx, rec) })
}

func (d *testDatabase) RenameTable(ctx *sql.Context, from, to string) error {
	return d.change(ctx, from, func(tx *catalog.Tx, rec *catalog.Table) error {
		if other := tx.Table(d.rec.ID, to); other != nil && other.ID != rec.ID {
			return sql.ErrTableAlreadyExists.New(to)
		}
		return d.db.store.Rename(ctx, tx, rec, to)
	})
}

func (d *testDatabase) GetCollation(*sql.Context) sql.CollationID {
	c, err := parseCollation(d.rec.Collation)
	if err != nil {
		return sql.Collation_Default
	}
	return c
}

func (d *testDatabase) SetCollation(ctx *sql.Context, c sql.CollationID) error {
	return d.db.cat.Update(ctx, func(tx *catalog.Tx) error {
		rec := tx.DatabaseByID(d.rec.ID).Clone()
		rec.Collation = c.Name()
		return tx.PutDatabase(rec)
	})
}

func (d *testDatabase) ValidateSchema(schema sql.Schema) error { return ValidateSchema(schema) }

// Filler implements Fills: of definitions without expressions.
func (s *testSession) Filler(_ *sql.Context, t *Table) (Filler, error) {
	return &testFiller{t: t, env: &value.Env{Mode: value.DefaultMode, Writing: true, Location: time.UTC}}, nil
}

type testFiller struct {
	t   *Table
	env *value.Env
}

func (f *testFiller) Env() *value.Env { return f.env }
func (f *testFiller) End()            {}

// Fill implements Filler: a DEFAULT is a literal.
func (f *testFiller) Fill(row []value.Value, added []int, n int) error {
	text := value.Type{Kind: value.TypeVarChar, Collation: value.DefaultCollation}
	for _, i := range added {
		c := &f.t.schema.rec.Columns[i]
		if c.Default == nil {
			continue
		}
		v, err := value.Store(f.env, value.Bytes([]byte(strings.Trim(*c.Default, "'"))), &text, &f.t.schema.valueTypes()[i], value.Place{Row: n})
		if err != nil {
			return err
		}
		row[i] = v
	}
	return nil
}

func (f *testFiller) NotNull(column, _ int, _ bool) (value.Value, error) {
	return value.Null, sql.ErrInsertIntoNonNullableProvidedNull.New(f.t.schema.rec.Columns[column].Name)
}

func (f *testFiller) Meets([]value.Value) error { return nil }
