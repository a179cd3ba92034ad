package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
)

// temporaryOf is the record of a session's temporary table.
func temporaryOf(t *testing.T, s *Session, database, name string) *catalog.Table {
	t.Helper()
	rec := s.sql.TemporaryNamed(database, name)
	if rec == nil {
		t.Fatalf("no temporary table %s.%s", database, name)
	}
	return rec
}

// hasRows says whether the store has anything under a data id.
func hasRows(t *testing.T, e *Engine, data catalog.ID) bool {
	t.Helper()
	ids, err := e.db.DataObjects(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(ids, data)
}

// A temporary table goes with its session, however that ends, and its rows with it.
func TestTemporaryTableEndsWithItsSession(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE USER ann IDENTIFIED BY 'pw-ann'; GRANT CREATE TEMPORARY TABLES ON d.* TO ann")
	ctx := context.Background()
	ann := db.engine.Catalog().Snapshot().Principal("ann")
	for how, end := range map[string]func(*Session) error{
		"closed": func(s *Session) error { return s.Close() },
		"reset":  func(s *Session) error { return s.Reset(ctx) },
		"another user": func(s *Session) error {
			return s.ChangeUser(ctx, principal.Trusted(ann.ID, ann.Name), session.Options{})
		},
	} {
		const name = "ann#2"
		db.ok(name, "CREATE TEMPORARY TABLE d.x (n INT PRIMARY KEY, s VARCHAR(20), KEY (s)); INSERT INTO d.x VALUES (1, 'a'), (2, 'b')")
		s := db.as(name)
		rec := temporaryOf(t, s, "d", "x")
		if !hasRows(t, db.engine, rec.Data) {
			t.Fatalf("%s: no rows under data id %d", how, rec.Data)
		}
		if found, err := db.engine.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("%s: a check of the running server finds %v, %v", how, found, err)
		}
		db.ok(name, "BEGIN; INSERT INTO d.x VALUES (3, 'c')") // left open
		if err := end(s); err != nil {
			t.Fatal(err)
		}
		if hasRows(t, db.engine, rec.Data) {
			t.Errorf("%s: the rows are there still", how)
		}
		if how == "closed" {
			delete(db.sessions, name)
		}
		db.fails(name, "SELECT * FROM d.x", sqlerr.TableAccessDenied)
		if err := db.as(name).Close(); err != nil {
			t.Fatal(err)
		}
		delete(db.sessions, name)
	}
}

// Rows that are given up inside of a transaction go when it has ended, whichever way, and not before.
func TestTemporaryTableDroppedInTransaction(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE kept (n INT PRIMARY KEY)")
	for _, end := range []string{"COMMIT", "ROLLBACK"} {
		db.ok("root", "CREATE TEMPORARY TABLE x (n INT); INSERT INTO x VALUES (1); BEGIN; INSERT INTO x VALUES (2); INSERT INTO kept VALUES (1)")
		rec := temporaryOf(t, db.as("root"), "d", "x")
		db.ok("root", "DROP TEMPORARY TABLE x")
		db.fails("root", "SELECT * FROM x", sqlerr.NoSuchTable)
		db.ok("root", end)
		if hasRows(t, db.engine, rec.Data) {
			t.Errorf("%s: the rows are there still", end)
		}
		want := map[string]string{"COMMIT": "1", "ROLLBACK": "0"}[end]
		db.rows("root#2", "SELECT COUNT(*) FROM d.kept", want)
		db.ok("root", "DELETE FROM kept")
	}
	// What fails leaves nothing.
	db.ok("root", "CREATE TEMPORARY TABLE s (n INT); INSERT INTO s VALUES (1), (1)")
	db.fails("root", "CREATE TEMPORARY TABLE y (n INT PRIMARY KEY) AS SELECT n FROM s", sqlerr.DupEntry)
	db.ok("root", "BEGIN; INSERT INTO kept VALUES (7)")
	db.fails("root", "CREATE TEMPORARY TABLE y (n INT PRIMARY KEY) AS SELECT n FROM s", sqlerr.DupEntry)
	db.ok("root", "COMMIT")
	db.rows("root", "SELECT * FROM kept", "7")
	db.fails("root", "SELECT * FROM y", sqlerr.NoSuchTable)
}

// Who has got hold of a temporary table's record or of its ids reads nothing in another session, and nothing at all when its
// own has ended.
func TestTemporaryTableIsItsSessionsAlone(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; CREATE USER ann IDENTIFIED BY 'pw-ann'; GRANT CREATE TEMPORARY TABLES ON d.* TO ann")
	db.ok("ann", "CREATE TEMPORARY TABLE d.x (n INT PRIMARY KEY); INSERT INTO d.x VALUES (1)")
	owner, root := db.as("ann"), db.as("root")
	rec := temporaryOf(t, owner, "d", "x")
	home := db.engine.Catalog().Snapshot().Database("d")
	for _, want := range []kivi.Rights{kivi.Read, kivi.Insert, kivi.Update, kivi.Delete, kivi.Truncate, kivi.Alter} {
		for _, s := range []*Session{root, owner} {
			if s.sql.Rights.Allows(rec.Data, want) || s.sql.Rights.Restricted(rec.Data, want) != 0 {
				t.Errorf("the rights of %s allow %s", s.sql.User.Name(), want)
			}
		}
	}
	open := func(s *Session) (*table.Table, error) {
		sctx := s.context(context.Background(), "")
		return db.engine.inst.Store.Table(sctx, rec, home, table.Access{Guard: s.sql.Rights})
	}
	if _, err := open(root); !sql.ErrTableNotFound.Is(err) {
		t.Errorf("root opens it: %v", err)
	}
	mine, err := open(owner)
	if err != nil {
		t.Fatal(err)
	}
	read := func() error {
		sctx := owner.context(context.Background(), "")
		rows, err := mine.PartitionRows(sctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close(sctx) }()
		_, err = rows.Next(sctx)
		return err
	}
	if err := read(); err != nil {
		t.Fatalf("its own session: %v", err)
	}
	owner.sql.EndTemporaries()
	if err := read(); err == nil {
		t.Error("a handle of a session that has ended reads")
	}
}

// What a crash leaves of a temporary table the next start removes.
func TestTemporaryTableAfterCrash(t *testing.T) {
	w := newFeedWorld(t, t.TempDir())
	w.ok("root", "CREATE DATABASE d; CREATE TABLE d.base (n INT); INSERT INTO d.base VALUES (1)")
	w.ok("root", "CREATE TEMPORARY TABLE d.base (m INT PRIMARY KEY); INSERT INTO d.base VALUES (8), (9)")
	data := temporaryOf(t, w.as("root"), "d", "base").Data
	after := t.TempDir()
	if err := w.engine.db.Checkpoint(context.Background(), filepath.Join(after, "kivi")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "kivi" {
			continue
		}
		if e.IsDir() {
			err = os.CopyFS(filepath.Join(after, e.Name()), os.DirFS(filepath.Join(w.dir, e.Name())))
		} else {
			var b []byte
			if b, err = os.ReadFile(filepath.Join(w.dir, e.Name())); err == nil {
				err = os.WriteFile(filepath.Join(after, e.Name()), b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	found, err := CheckDir(context.Background(), after)
	if err != nil || len(found) != 1 || !found[0].Note {
		t.Errorf("a check of what the crash left: %v, %v", found, err)
	}
	w.close()
	w = newFeedWorld(t, after)
	defer func() { w.close() }()
	if hasRows(t, w.engine, data) {
		t.Error("the rows are there still")
	}
	w.rows("root", "SELECT * FROM d.base", "1")
	if found, err := w.engine.Check(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("after the start: %v, %v", found, err)
	}
}

// A session has so many and no more, and is charged for each.
func TestTemporaryTablesAreBounded(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d")
	many := func(n int) (err error) {
		for i := 0; i < n && err == nil; i++ {
			_, err = db.run("root", "CREATE TEMPORARY TABLE t"+itoa(i)+" (a INT)")
		}
		return err
	}
	db.ok("root", "SET max_session_memory = 1048576")
	var e *session.Error
	if err := many(table.MaxTemporaries); !errors.As(err, &e) || e.Number != sqlerr.CapacityExceeded {
		t.Errorf("their definitions are not charged: %v", err)
	}
	if testing.Short() {
		return
	}
	if err := db.as("root").Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	db.ok("root", "USE d")
	if err := many(table.MaxTemporaries); err != nil {
		t.Fatal(err)
	}
	db.fails("root", "CREATE TEMPORARY TABLE one_more (a INT)", sqlerr.TooManyTables)
	db.ok("root", "DROP TEMPORARY TABLE t1; CREATE TEMPORARY TABLE one_more (a INT)")
}

// What a session is charged for the definitions of its temporary tables is about what they take.
func TestTemporaryDefinitionsAreChargedWhatTheyTake(t *testing.T) {
	columns := map[string]string{"int": "INT", "text": "TEXT", "enum": "ENUM('red and blue', 'green and yellow', 'black and white')"}
	if testing.Short() {
		columns = map[string]string{"text": "TEXT"}
	}
	for name, typ := range columns {
		db := newTestDB(t)
		db.ok("root", "CREATE DATABASE d; USE d")
		taken := func() (heap int64, charged int64) {
			var m runtime.MemStats
			runtime.GC()
			runtime.GC()
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc), db.as("root").held.Kept()
		}
		of := func(n int) {
			var b strings.Builder
			b.WriteString("CREATE TEMPORARY TABLE t" + itoa(n) + " (a INT PRIMARY KEY")
			for c := range 1000 {
				b.WriteString(", c" + itoa(c) + " " + typ)
			}
			db.ok("root", b.String()+"); SELECT * FROM t"+itoa(n))
		}
		of(0)
		heap, charged := taken()
		for n := 1; n <= 20; n++ {
			of(n)
		}
		heapThen, chargedThen := taken()
		if took, asked := heapThen-heap, chargedThen-charged; asked < took*9/10 || asked > 2*took {
			t.Errorf("%s: 20 tables of 1,000 columns take %d bytes and are charged %d", name, took, asked)
		}
	}
}

// Whatever way a temporary table goes, its memory comes back; what ALTER adds is charged.
func TestTemporaryDefinitionsAreGivenBack(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE USER ann IDENTIFIED BY 'pw-ann'; GRANT CREATE TEMPORARY TABLES ON d.* TO ann")
	kept := func() int64 { return db.as("root").held.Kept() }
	before := kept()
	for _, ends := range []string{
		"DROP TABLE x", "DROP TEMPORARY TABLE x", "BEGIN; DROP TEMPORARY TABLE x; ROLLBACK",
		"ALTER TABLE x ADD b TEXT COMMENT 'something', ADD KEY (a); ALTER TABLE x DROP b; ALTER TABLE x RENAME y; DROP TABLE y",
	} {
		db.ok("root", "CREATE TEMPORARY TABLE x (a INT, s VARCHAR(20) DEFAULT 'x')")
		if kept() <= before {
			t.Errorf("not charged before %s", ends)
		}
		db.ok("root", ends)
		if kept() != before {
			t.Errorf("after %s %d bytes are charged still", ends, kept()-before)
		}
	}
	db.ok("root", "EXECUTE AS USER = 'ann'; CREATE TEMPORARY TABLE d.x (a INT)")
	if kept() <= before {
		t.Error("not charged to who acts as another account")
	}
	db.ok("root", "REVERT")
	if kept() != before {
		t.Errorf("after REVERT %d bytes are charged still", kept()-before)
	}
	db.ok("root", "CREATE TEMPORARY TABLE x (a INT)")
	one := kept()
	db.fails("root", "ALTER TABLE x ADD b INT, ADD CONSTRAINT c CHECK (nothing > 1)", sqlerr.BadField)
	db.fails("root", "CREATE TEMPORARY TABLE x (a INT, b INT)", sqlerr.TableExists)
	if kept() != one {
		t.Errorf("statements that failed are charged %d bytes", kept()-one)
	}
	db.ok("root", "ALTER TABLE x ADD b INT")
	if kept() <= one {
		t.Error("a new column is not charged")
	}
	db.ok("root", "SET max_session_memory = 1048576")
	labels := "'" + strings.Repeat("x", 250) + "'"
	for i := range 300 {
		labels += ", '" + itoa(i) + strings.Repeat("x", 240) + "'"
	}
	two := kept()
	db.fails("root", "ALTER TABLE x ADD c ENUM ("+labels+"), ADD e ENUM ("+labels+"), ADD f ENUM ("+labels+"), ADD g ENUM ("+labels+"), ADD h ENUM ("+labels+")", sqlerr.CapacityExceeded)
	if kept() != two {
		t.Errorf("an ALTER TABLE that was refused is charged %d bytes", kept()-two)
	}
	db.ok("root", "ALTER TABLE x ADD c ENUM ("+labels+")")
	if err := db.as("root").Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	if kept() != 0 || db.engine.Memory().Used() != 0 {
		t.Errorf("a session that begins anew keeps %d bytes, the server %d", kept(), db.engine.Memory().Used())
	}
}

// The rows of a session's temporary tables have a bound together; what is removed, undone or dropped makes room.
func TestRowsOfTemporaryTablesAreBounded(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE n (n INT PRIMARY KEY);
		INSERT INTO n WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 100) SELECT n FROM r;
		CREATE TEMPORARY TABLE a (n INT PRIMARY KEY, s LONGTEXT); CREATE TEMPORARY TABLE b LIKE a; CREATE TEMPORARY TABLE bare (s TEXT, KEY (s(100)));
		SET max_session_disk = 2000000`)
	const half = "SELECT n, REPEAT('x', 10000) AS s FROM n" // 1 MB
	const large = "SELECT n, REPEAT('x', 200000) FROM n WHERE n < 6"
	for range 3 {
		db.ok("root", "INSERT INTO a "+half)
		db.fails("root", "INSERT INTO b "+large, sqlerr.RecordFileFull)
		db.rows("root", "SELECT COUNT(*) FROM b", "0")
		db.ok("root", "INSERT INTO b "+large+" AND n < 5")
		db.ok("root", "DELETE FROM a; DELETE FROM b")
		db.ok("root", "INSERT INTO bare SELECT REPEAT('y', 10000) FROM n; UPDATE bare SET s = REPEAT('z', 9000); DELETE FROM bare")
	}
	for _, undo := range []string{"ROLLBACK", "COMMIT; TRUNCATE a", "COMMIT; DELETE FROM a", "COMMIT; DROP TEMPORARY TABLE a; CREATE TEMPORARY TABLE a LIKE b"} {
		for range 3 {
			db.ok("root", "BEGIN; INSERT INTO a "+half+"; SAVEPOINT s; INSERT INTO a SELECT n + 100, REPEAT('x', 10000) FROM n WHERE n < 60; ROLLBACK TO s; "+undo)
		}
		db.rows("root", "SELECT COUNT(*) FROM a", "0")
	}
	db.ok("root", "INSERT INTO a "+half+"; REPLACE INTO a "+half+"; INSERT INTO a "+half+" ON DUPLICATE KEY UPDATE s = REPEAT('y', 9000)")
	db.ok("root", "ALTER TABLE a ADD t INT, MODIFY n BIGINT") // written anew: the old rows and the new ones fit
	db.ok("root", "INSERT INTO a SELECT n + 100, REPEAT('x', 5000), 1 FROM n WHERE n < 50")
	db.fails("root", "ALTER TABLE a MODIFY n INT", sqlerr.RecordFileFull)
	db.fails("root", "ALTER TABLE a ADD KEY (s(760)), ADD KEY (s(761)), ADD KEY (s(762)), ADD KEY (s(763)), ADD KEY (s(764)), ADD KEY (s(765)), ADD KEY (s(766))", sqlerr.RecordFileFull)
	db.fails("root", "CREATE TEMPORARY TABLE c "+half, sqlerr.RecordFileFull)
	db.fails("root", "SELECT * FROM c", sqlerr.NoSuchTable)
	db.ok("root", "DROP TABLE a; CREATE TEMPORARY TABLE c "+half)
	db.ok("root", "CREATE TABLE others "+half+"; INSERT INTO others SELECT n + 100, s FROM others; INSERT INTO others SELECT n + 200, s FROM others") // not temporary
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann'")
	db.fails("ann", "SET max_session_disk = 1 << 40", sqlerr.SpecificAccessDenied)
}

// Nor do they take what is kept of the disk for the data.
func TestRowsOfTemporaryTablesLeaveDisk(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TEMPORARY TABLE x (s LONGTEXT); CREATE TABLE y (s LONGTEXT)")
	db.engine.memory.Room = func() (int64, int64, error) { return 1 << 30, 100 << 30, nil }
	db.fails("root", "INSERT INTO x VALUES (REPEAT('x', 100000))", sqlerr.RecordFileFull)
	db.ok("root", "INSERT INTO y VALUES (REPEAT('x', 100000))")
	db.engine.memory.Room = nil
	db.ok("root", "INSERT INTO x VALUES (REPEAT('x', 100000))")
}

// A READ ONLY transaction changes the rows of temporary tables, and of no other.
func TestReadOnlyTransactionsChangeTemporaryTables(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE base (a INT PRIMARY KEY); INSERT INTO base VALUES (1); CREATE VIEW v AS SELECT * FROM base;
		CREATE PROCEDURE writes() INSERT INTO base VALUES (9);
		CREATE FUNCTION writing() RETURNS INT BEGIN INSERT INTO base VALUES (9); RETURN 1; END`)
	const readOnly = sqlerr.CantExecuteInReadOnlyTransaction
	for _, begin := range []string{"START TRANSACTION READ ONLY", "SET TRANSACTION READ ONLY; BEGIN", "SET SESSION TRANSACTION READ ONLY; BEGIN"} {
		db.ok("root", "CREATE TEMPORARY TABLE x (a INT PRIMARY KEY AUTO_INCREMENT, b INT, UNIQUE (b)); CREATE TEMPORARY TABLE y (a INT); "+begin)
		db.ok("root", "INSERT INTO x (b) VALUES (1), (2); UPDATE x SET b = b + 10; REPLACE INTO x VALUES (1, 5); DELETE FROM x WHERE a = 2")
		db.ok("root", "INSERT INTO y SELECT * FROM base; UPDATE y JOIN base ON y.a = base.a SET y.a = 7; DELETE y FROM y JOIN base; INSERT INTO y VALUES (3)")
		for _, refused := range []string{
			"INSERT INTO base VALUES (2)", "UPDATE base SET a = 3", "DELETE FROM base", "DELETE FROM base WHERE a = 77", "REPLACE INTO base VALUES (1)",
			"UPDATE y JOIN base SET base.a = 3", "DELETE base FROM y JOIN base", "INSERT INTO base SELECT * FROM y", "INSERT INTO v VALUES (4)",
			"CALL writes()", "SELECT writing()", "INSERT INTO y VALUES (writing())",
			"CREATE TEMPORARY TABLE z (a INT)", "TRUNCATE x", "CREATE INDEX k ON x (b)", "ALTER TABLE x ADD c INT",
		} {
			db.fails("root", refused, readOnly)
		}
		db.rows("root", "SELECT * FROM base FOR UPDATE", "1")
		db.ok("root", "SAVEPOINT s; DELETE FROM x; ROLLBACK TO s")
		db.rows("root", "SELECT * FROM x", "1|5")
		db.ok("root", "COMMIT")
		db.rows("root", "SELECT a FROM y", "3")
		db.ok("root", "SET SESSION TRANSACTION READ WRITE; DROP TEMPORARY TABLE x, y; INSERT INTO base VALUES (2); DELETE FROM base WHERE a = 2")
	}
	db.ok("root", "CREATE TEMPORARY TABLE x (a INT); SET autocommit = 0; SET SESSION TRANSACTION READ ONLY")
	db.ok("root", "INSERT INTO x VALUES (1); ROLLBACK")
	db.rows("root", "SELECT COUNT(*) FROM x", "0")
	db.fails("root", "INSERT INTO base VALUES (2)", readOnly)
}
