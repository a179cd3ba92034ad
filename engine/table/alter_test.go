package table

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/exec/change"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// record is the catalog's definition of a table.
func (s *testSession) record(name string) string {
	cat := s.db.cat.Snapshot()
	rec := cat.Table(cat.Database("d").ID, name)
	var parts []string
	for _, c := range rec.Columns {
		parts = append(parts, c.Name)
	}
	for _, x := range rec.Indexes {
		parts = append(parts, x.Name)
	}
	return strings.Join(parts, " ")
}

func (s *testSession) data(name string) codec.ObjectID {
	cat := s.db.cat.Snapshot()
	return cat.Table(cat.Database("d").ID, name).Data
}

func TestInstantChangesKeepTheData(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, a int not null default 7 comment 'x', key ka (a))")
	s.must("insert into t values (1, 1), (2, 2)")
	data := s.data("t")
	s.must("alter table t add column b varchar(10) after id")
	s.must("alter table t rename column a to c")
	s.must("alter table t modify column c int not null default 9 comment 'y'")
	s.must("alter table t rename index ka to kc")
	s.must("insert into t (id, b) values (3, 'new')")
	s.wants("select * from t where c > 0", "[1 <nil> 1] [2 <nil> 2] [3 new 9]")
	s.must("update t set b = 'old' where id = 1")
	s.wants("select * from t", "[1 old 1] [2 <nil> 2] [3 new 9]")
	if s.data("t") != data {
		t.Error("the table was rewritten")
	}
	if got := s.record("t"); got != "id b c PRIMARY kc" {
		t.Errorf("record %q", got)
	}
}

func TestRewritesSwitchTheData(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key, a varchar(10), b int, key kb (b), unique key ua (a))")
	s.must("insert into t values (1,'1',10),(2,'2',20),(3,null,30)")
	for _, q := range []string{
		"alter table t modify column a bigint",
		"alter table t add column n int not null default 5",
		"alter table t drop column b",
		"alter table t drop primary key",
		"alter table t add primary key (n, id)",
	} {
		before := s.data("t")
		s.must(q)
		if s.data("t") == before {
			t.Errorf("%s: not rewritten", q)
		}
		for index := range uint16(4) {
			if n := dataCount(t, s, before, index); n != 0 {
				t.Errorf("%s: %d keys of index %d are left in the old data", q, n, index)
			}
		}
	}
	s.wants("select id, a, n from t where a = 2", "[2 2 5]")
	s.wants("select id from t order by n, id", "[1] [2] [3]")
	if got := s.record("t"); got != "id a n PRIMARY ua" {
		t.Errorf("record %q", got)
	}
}

// TestFailedDDLLeavesNothing: neither the definition nor a key changes.
func TestFailedDDLLeavesNothing(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key, a int, b varchar(10))")
	s.must("insert into t values (1,1,'x'),(2,1,'y'),(3,2,'300')")
	before, data := s.record("t"), s.data("t")
	failed := func(err error) bool { return err != nil }
	for _, c := range []struct {
		query string
		is    func(error) bool
	}{
		{"create unique index ua on t (a)", duplicate},
		{"alter table t modify column b int", failed},
		{"alter table t add column a int", sql.ErrColumnExists.Is},
		{"create index x on t (nope)", failed},
		{"create fulltext index f on t (b)", failed},
	} {
		if err := s.fails(c.query); !c.is(causeOf(err)) {
			t.Errorf("%s: %v", c.query, err)
		}
		if got := s.record("t"); got != before || s.data("t") != data {
			t.Errorf("%s: left %q", c.query, got)
		}
		if n := dataCount(t, s, data, 1); n != 0 {
			t.Errorf("%s: left %d index entries", c.query, n)
		}
	}
	orphans, err := db.cat.Orphans(context.Background())
	if err != nil || len(orphans) != 0 {
		t.Errorf("orphans %v, %v", orphans, err)
	}
	s.wants("select count(*) from t", "[3]")
}

func duplicate(err error) bool {
	var d *change.Duplicate
	return errors.As(err, &d)
}

// TestConvertCollation rewrites the rows, because their keys change.
func TestConvertCollation(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id varchar(10) primary key, v varchar(10), key kv (v))")
	s.must("insert into t values ('B', 'x'), ('a', 'X'), ('c', 'Y')")
	s.wants("select id from t order by id", "[B] [a] [c]")
	ctx := s.context()
	noErr(t, s.table(ctx, "t", Access{}).ModifyStoredCollation(ctx, sql.Collation_utf8mb4_0900_ai_ci))
	s.end(true)
	s.wants("select id from t order by id", "[a] [B] [c]")
	s.wants("select id from t where v = 'x' order by id", "[a] [B]")
	// A key that the new collation makes a duplicate stops the conversion.
	s.must("create table u (id varchar(10) primary key)")
	s.must("insert into u values ('B'), ('b')")
	data := s.data("u")
	err := s.table(ctx, "u", Access{}).ModifyStoredCollation(ctx, sql.Collation_utf8mb4_0900_ai_ci)
	if !duplicate(err) {
		t.Errorf("conversion with duplicates: %v", err)
	}
	s.end(true)
	if s.data("u") != data {
		t.Error("a failed conversion switched the data")
	}
}

func TestDDLCommitsWhatIsOpen(t *testing.T) {
	db := openTestDB(t)
	a, b := db.session(t), db.session(t)
	a.must("create table t (id int primary key, v int)")
	a.must("begin")
	a.must("insert into t values (1, 1)")
	a.must("create index kv on t (v)")
	b.wants("select id from t where v = 1", "[1]")
	a.must("rollback")
	b.wants("select id from t where v = 1", "[1]")
}

// TestDDLWaitsForTransactions: a table in use is not changed, and whoever
// waited uses the new definition.
func TestDDLWaitsForTransactions(t *testing.T) {
	db := openTestDB(t)
	a, b := db.session(t), db.session(t)
	a.must("create table t (id int primary key)")
	a.must("begin")
	a.must("insert into t values (1)")
	b.must("set lock_wait_timeout = 1")
	if err := b.fails("alter table t add column v int not null default 4"); !errors.Is(err, kv.ErrLockWait) {
		t.Fatalf("ALTER of a table in use: %v", err)
	}
	a.must("commit")
	b.must("alter table t add column v int not null default 4")
	a.must("insert into t values (2, 5)")
	a.wants("select * from t", "[1 4] [2 5]")
}

func TestForeignKeys(t *testing.T) {
	db := openTestDB(t)
	a, b := db.session(t), db.session(t)
	a.must("create table p (id int primary key, v int)")
	a.must("create table c (id int primary key, p int, constraint fk foreign key (p) references p (id) on delete cascade)")
	a.must("insert into p values (1, 1), (2, 2)")
	a.must("insert into c values (10, 1), (11, 1), (12, null)")
	if err := a.fails("insert into c values (13, 9)"); !sql.ErrForeignKeyChildViolation.Is(causeOf(err)) {
		t.Errorf("child without parent: %v", err)
	}
	// The parent is locked from the check on, so it cannot go before the commit.
	a.must("begin")
	a.must("insert into c values (14, 2)")
	b.must("begin")
	txn, err := b.Txn(b.context())
	noErr(t, err)
	txn.SetLockWait(0)
	if err := b.fails("delete from p where id = 2"); !errors.Is(err, kv.ErrLockWait) {
		t.Errorf("deleting a parent that a child was just checked against: %v", err)
	}
	b.must("rollback")
	a.must("commit")
	a.must("delete from p where id = 1")
	a.wants("select * from c", "[12 <nil>] [14 2]")
}

// TestNewIndexTellsNothingOld: an index id whose build was cut off by a crash
// may hold entries of rows that are gone.
func TestIndexBuildClearsLeftovers(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key, v int)")
	s.must("insert into t values (1, 1)")
	ctx := s.context()
	tab := s.table(ctx, "t", Access{})
	txn, err := db.kv.Begin(ctx, kv.TxnOptions{})
	noErr(t, err)
	stale := codec.AppendHeader(nil, codec.SpaceData, tab.schema.rec.Data, 1)
	stale = codec.AppendInt(append(stale, 1), 9, 4)
	stale = codec.AppendInt(stale, 77, 4)
	noErr(t, txn.Table(tab.schema.rec.Data, &denyAfter{}, 1<<1).Put(ctx, stale, []byte{0, 0, 12}))
	noErr(t, txn.Commit(ctx))
	s.end(true)
	s.must("create index kv on t (v)")
	s.wants("select id from t where v >= 0", "[1]")
}

func TestDefaultsAndChecks(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (id int primary key, a int default 3, b varchar(20) default (concat('x', a)), g int as (a * 2) stored, " +
		"v int as (a + 1) virtual, ts datetime default current_timestamp, key kv (v))")
	s.must("insert into t (id) values (1)")
	s.must("insert into t (id, a) values (2, 20)")
	s.wants("select id, a, b, g, v, ts is null from t", "[1 3 x3 6 4 false] [2 20 x20 40 21 false]")
	s.wants("select id from t where v = 21", "[2]")
	s.must("update t set a = 30 where v = 21")
	s.wants("select id, g, v from t where v = 31", "[2 60 31]")

	s.must("create table k (a int, check (a < 100))")
	if err := s.fails("insert into k values (200)"); !sql.ErrCheckConstraintViolated.Is(causeOf(err)) {
		t.Errorf("check: %v", err)
	}
	s.must("alter table k drop check k_chk_1")
	s.must("insert into k values (200)")
}

// TestVirtualColumns: they behave like stored ones, with their checks.
func TestVirtualColumns(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table p (id int primary key)")
	s.must("insert into p values (11), (31)")
	s.must("create table t (id int primary key, a int, v int as (a + 1) virtual, key kv (v), check (v < 100))")
	s.must("insert into t (id, a) values (1, 10), (2, 20)")
	if err := s.fails("insert into t (id, a) values (3, 99)"); !sql.ErrCheckConstraintViolated.Is(causeOf(err)) {
		t.Errorf("check on insert: %v", err)
	}
	if err := s.fails("update t set a = 99 where id = 1"); !sql.ErrCheckConstraintViolated.Is(causeOf(err)) {
		t.Errorf("check on update: %v", err)
	}
	s.wants("select id from t where v = 21", "[2]")
	s.must("alter table t add column z int not null default 4")
	s.must("update t set a = 11 where id = 1") // sessions of this package compute nothing when a table is rewritten
	s.must("update t set a = 31 where id = 2")
	s.wants("select v, id, z from t", "[12 1 4] [32 2 4]")
	cat := s.db.cat.Snapshot()
	if !findColumn(cat.Table(cat.Database("d").ID, "t"), "v").Virtual {
		t.Error("the rewrite forgot that the column is virtual")
	}
	if err := s.fails("alter table t drop primary key, add primary key (v)"); !sql.ErrVirtualColumnPrimaryKey.Is(err) {
		t.Errorf("primary key over a virtual column: %v", err)
	}
	if err := s.fails("alter table t add foreign key (a) references p (id) on update cascade"); !strings.Contains(err.Error(), "generated") {
		t.Errorf("foreign key that changes what a column is generated from: %v", err)
	}
}

// What is appended to the columns of a table, as the library does for a join, is the appender's
// own: two sessions share the columns.
func TestSchemaHasNoRoomBehind(t *testing.T) {
	s := openTestDB(t).session(t)
	s.must("create table t (a int primary key, b int, c int, d int, e int)")
	ctx := s.context()
	tab := s.table(ctx, "t", Access{})
	for name, get := range map[string]func() sql.Schema{
		"all":         tab.Schema,
		"projected":   tab.WithProjections([]string{"e", "a", "c"}).Schema,
		"primary key": func() sql.Schema { return tab.PrimaryKeySchema().Schema },
	} {
		one, two := append(get(), &sql.Column{Name: "one"}), append(get(), &sql.Column{Name: "two"})
		if got := one[len(one)-1].Name; got != "one" {
			t.Errorf("%s: a column appended by one is %q of %q", name, got, two[len(two)-1].Name)
		}
	}
}
