package table

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// entryCount counts the keys of a table in one part of its data, by index id.
func entryCount(t *testing.T, s *testSession, name string, index uint16) int {
	t.Helper()
	ctx := s.context()
	rec := s.table(ctx, name, Access{}).schema.rec
	return dataCount(t, s, rec.Data, index)
}

func dataCount(t *testing.T, s *testSession, data codec.ObjectID, index uint16) int {
	t.Helper()
	ctx := s.context()
	txn, err := s.db.kv.Begin(ctx, kv.TxnOptions{})
	noErr(t, err)
	defer func() { noErr(t, txn.Rollback()) }()
	lo, hi := codec.IndexBounds(codec.SpaceData, data, index)
	scan, err := txn.Table(data, kivi.Internal("test counts keys"), kivi.Read).CurrentScan(ctx, lo, hi, false)
	noErr(t, err)
	n := 0
	for scan.Next() {
		n++
	}
	noErr(t, scan.Err())
	noErr(t, scan.Close())
	return n
}

func TestEditsKeepIndexes(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, a int, b varchar(10), unique key ua (a), key kb (b))")
	s.must("insert into t values (1,1,'x'),(2,null,'x'),(3,null,null)")
	s.must("update t set a = 5, b = 'y' where id = 1")
	s.wants("select id from t where a = 5", "[1]")
	s.wants("select id from t where a = 1", "")
	s.wants("select id from t where b = 'x'", "[2]")
	s.must("update t set id = 7 where id = 1") // moves the row under its unique key
	s.wants("select id from t where a = 5", "[7]")
	s.must("delete from t where b is null")
	s.must("replace into t values (8, 5, 'z')")
	s.wants("select * from t", "[2 <nil> x] [8 5 z]")
	s.must("insert into t values (9, 5, 'q') on duplicate key update b = 'w'")
	s.wants("select * from t where a = 5", "[8 5 w]")
	checkConsistent(t, s, "t")
	for index, want := range map[uint16]int{0: 2, 1: 2, 2: 2} {
		if got := entryCount(t, s, "t", index); got != want {
			t.Errorf("index %d has %d entries, want %d", index, got, want)
		}
	}
	s.must("delete from t")
	for index := range uint16(3) {
		if got := entryCount(t, s, "t", index); got != 0 {
			t.Errorf("index %d keeps %d entries of an empty table", index, got)
		}
	}
}

func TestUniqueErrorCarriesTheRow(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, a varchar(10) collate utf8mb4_0900_ai_ci, unique key ua (a))")
	s.must("insert into t values (1, 'Abc')")
	ctx := s.context()
	in := s.table(ctx, "t", Access{}).Inserter(ctx)
	in.StatementBegin(ctx)
	for row, primary := range map[*sql.Row]bool{{int32(1), "zzz"}: true, {int32(2), "aBC"}: false} {
		err := in.Insert(ctx, *row)
		ue, ok := uniqueKeyError(err)
		if !ok || ue.IsPK != primary || fmt.Sprint(ue.Existing) != "[1 Abc]" {
			t.Errorf("insert %v: %v", *row, err)
		}
	}
	noErr(t, in.DiscardChanges(ctx, errors.New("test")))
	noErr(t, in.Close(ctx))
	s.end(true)
}

func uniqueKeyError(err error) (sql.UniqueKeyError, bool) {
	if !sql.ErrPrimaryKeyViolation.Is(err) && !sql.ErrUniqueKeyViolation.Is(err) {
		return sql.UniqueKeyError{}, false
	}
	w, ok := err.(interface{ Cause() error })
	if !ok {
		return sql.UniqueKeyError{}, false
	}
	ue, ok := w.Cause().(sql.UniqueKeyError)
	return ue, ok
}

func TestStatementRollsBackAlone(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, a int, unique key (a))")
	s.must("begin")
	s.must("insert into t values (1, 1)")
	s.fails("insert into t values (2, 2), (3, 3), (1, 9)")
	s.wants("select * from t", "[1 1]")
	s.must("insert ignore into t values (4, 1), (5, 5)")
	s.must("commit")
	s.wants("select * from t", "[1 1] [5 5]")
	if got := entryCount(t, s, "t", 1); got != 2 {
		t.Errorf("%d entries in the unique index, want 2", got)
	}
}

func TestDeleteWithoutWhereRollsBack(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, a int, key (a))")
	s.must("insert into t values (1, 1), (2, 2)")
	data := s.table(s.context(), "t", Access{}).schema.rec.Data
	s.must("begin")
	s.must("delete from t")
	s.wants("select count(*) from t", "[0]")
	s.must("rollback")
	s.wants("select * from t", "[1 1] [2 2]")
	if now := s.table(s.context(), "t", Access{}).schema.rec.Data; now != data {
		t.Error("DELETE gave the table new data")
	}
	s.must("truncate table t")
	s.wants("select count(*) from t", "[0]")
	if now := s.table(s.context(), "t", Access{}).schema.rec.Data; now == data {
		t.Error("TRUNCATE kept the data id")
	}
}

func TestKeyless(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (a int, b varchar(10))")
	s.must("insert into t values (1,'x'),(1,'x'),(2,null),(3,'y')")
	s.must("delete from t where a = 1 limit 1")
	s.wants("select * from t", "[1 x] [2 <nil>] [3 y]")
	s.must("update t set b = 'z' where a >= 2")
	s.wants("select * from t", "[1 x] [2 z] [3 z]")
	s.must("alter table t add column c int")
	s.must("update t set c = a")
	s.must("delete from t where c = 2")
	s.wants("select * from t", "[1 x 1] [3 z 3]")
	if got := entryCount(t, s, "t", codec.IndexLast+1); got != 2 {
		t.Errorf("%d content entries, want 2", got)
	}
}

func TestLargeValues(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, v longtext, n int)")
	long := strings.Repeat("0123456789", 70_000)
	s.must("insert into t values (1, '" + long + "', 1), (2, 'short', 2)")
	s.wants("select length(v), right(v, 3), n from t where id = 1", "[700000 789 1]")
	if got := entryCount(t, s, "t", codec.IndexBlobs); got != 3 {
		t.Errorf("%d chunks, want 3", got)
	}
	s.must("update t set n = 5 where id = 1")
	s.wants("select v = '"+long+"', n from t where id = 1", "[true 5]")
	s.must("update t set v = 'now short' where id = 1")
	if got := entryCount(t, s, "t", codec.IndexBlobs); got != 0 {
		t.Errorf("%d chunks are left of a short value", got)
	}
	s.must("update t set v = '" + long + "' where id = 2")
	s.must("delete from t where id = 2")
	if got := entryCount(t, s, "t", codec.IndexBlobs); got != 0 {
		t.Errorf("%d chunks are left of a deleted row", got)
	}
}

func TestAutoIncrement(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key auto_increment, v int)")
	s.must("insert into t (v) values (1), (2)")
	s.must("insert into t values (10, 3)")
	s.must("begin")
	s.must("insert into t (v) values (4)")
	s.must("rollback")
	s.must("insert into t (v) values (5)")
	s.wants("select id, v from t", "[1 1] [2 2] [10 3] [12 5]")
	s.must("alter table t auto_increment = 100")
	s.must("insert into t (v) values (6)")
	s.must("alter table t modify v bigint")
	s.must("insert into t (v) values (7)")
	s.wants("select id from t where v > 5", "[100] [101]")
	// A new Store is what a restart leaves of the counters.
	st, err := NewStore(s.context(), db.kv, db.cat)
	noErr(t, err)
	db.store = st
	fresh := db.session(t)
	fresh.must("insert into t (v) values (8)")
	if id := fresh.must("select id from t where v = 8")[0][0].(int32); id <= 101 {
		t.Errorf("number %d was given again after a restart", id)
	}
	fresh.must("truncate table t")
	fresh.must("insert into t (v) values (9)")
	fresh.wants("select id from t", "[1]")
}

// causeOf peels what the library wraps around the error of a failed INSERT.
func causeOf(err error) error {
	if w, ok := err.(sql.WrappedInsertError); ok {
		return w.Cause
	}
	return err
}

// denyAfter allows everything until it is told not to.
type denyAfter struct{ denied kivi.Rights }

func (g *denyAfter) Allows(_ codec.ObjectID, want kivi.Rights) bool { return want&g.denied == 0 }
func (g *denyAfter) Epoch() uint64                                  { return uint64(g.denied) }
func (g *denyAfter) Restricted(kivi.ObjectID, kivi.Rights) uint64   { return 0 }

func TestGuardIsAsked(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key auto_increment, a int, key (a))")
	s.must("insert into t values (1,1),(2,2)")
	cases := []struct {
		deny  kivi.Rights
		query string
	}{
		{kivi.Read, "select * from t"},
		{kivi.Read, "select * from t where a = 1"},
		{kivi.Read, "select count(*) from t"},
		{kivi.Insert, "insert into t values (3,3)"},
		{kivi.Insert, "replace into t values (1,3)"},
		{kivi.Delete, "replace into t values (1,3)"},
		{kivi.Update, "insert into t values (1,3) on duplicate key update a = 9"},
		{kivi.Update, "update t set a = 9"},
		{kivi.Delete, "delete from t"},
		{kivi.Delete, "delete from t where a = 1"},
		{kivi.Truncate, "truncate table t"},
		{kivi.Alter, "create index b on t (a, id)"},
		{kivi.Alter, "drop index a on t"},
		{kivi.Alter, "alter table t modify a bigint"},
		{kivi.Alter, "alter table t auto_increment = 50"},
	}
	for _, c := range cases {
		user := db.session(t)
		user.guard = &denyAfter{c.deny}
		if err := user.fails(c.query); !errors.Is(causeOf(err), kivi.ErrDenied) {
			t.Errorf("without %s, %s: %v", c.deny, c.query, err)
		}
		user.end(true)
	}
	s.wants("select * from t", "[1 1] [2 2]")
}

// TestRevokedBeforeCommit: what was written stays uncommitted if the right is
// gone by then.
func TestRevokedBeforeCommit(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key)")
	user := db.session(t)
	g := &denyAfter{}
	user.guard = g
	user.must("begin")
	user.must("insert into t values (1)")
	g.denied = kivi.Insert
	if err := user.fails("commit"); !errors.Is(err, kivi.ErrDenied) {
		t.Errorf("commit: %v", err)
	}
	s.wants("select count(*) from t", "[0]")
}

// TestUniqueConflictBetweenSessions: the second writer of a unique key waits.
func TestUniqueConflictBetweenSessions(t *testing.T) {
	db := openTestDB(t)
	a, b := db.session(t), db.session(t)
	a.must("create table t (id int primary key, u int, unique key (u))")
	a.must("begin")
	a.must("insert into t values (1, 7)")
	b.must("begin")
	ctx := b.context()
	txn, err := b.Txn(ctx)
	noErr(t, err)
	txn.SetLockWait(0)
	if err := b.fails("insert into t values (2, 7)"); !errors.Is(causeOf(err), kv.ErrLockWait) {
		t.Errorf("the same unique key in two transactions: %v", err)
	}
	a.must("rollback")
	b.must("insert into t values (2, 7)")
	b.must("commit")
	a.wants("select * from t", "[2 7]")
}

// TestStatementsDoNotMeetTheirOwnWrites: the Halloween problem in its usual
// forms. A statement that met its own rows would not end, or change rows twice.
func TestStatementsDoNotMeetTheirOwnWrites(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key auto_increment, v int, key kv (v))")
	s.must("insert into t (v) values (1), (2), (3)")
	s.must("insert into t (v) select v from t")
	s.must("insert into t (v) select v from t where v in (1, 3)")
	s.wants("select v, count(*) from t group by v order by v", "[1 4] [2 2] [3 4]")
	s.must("insert into t (v) select a.v from t a join t b on a.v = b.v where b.v = 2")
	s.wants("select count(*) from t where v = 2", "[6]")
	s.must("update t set v = v + 1 where v >= 1")
	s.wants("select v, count(*) from t group by v order by v", "[2 4] [3 6] [4 4]")
	s.must("update t a join t b on a.v <= b.v set a.v = a.v + 10")
	s.wants("select v, count(*) from t group by v order by v", "[12 4] [13 6] [14 4]")
	s.must("update t set id = id + 100 where id > 0 order by id desc")
	s.wants("select count(*) from t where id > 100 and id < 200", "[14]")
	checkConsistent(t, s, "t")
}
