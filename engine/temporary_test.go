package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
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
	if err != nil || len(found) != 1 {
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
