package catalog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Readers walk whole snapshots while writers make new ones. Every snapshot must
// be one state: each update adds a table and a trigger on it, or takes both.
// Worth most under the race detector.
func TestReadersSeeWholeStates(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	_, db, _ := shop(t, c)
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			last := uint64(0)
			for {
				s := c.Snapshot()
				if s.Version() < last {
					t.Errorf("version %d after %d", s.Version(), last)
				}
				last = s.Version()
				if tables, triggers := len(s.Tables(db)), len(s.Triggers(db)); tables != triggers+1 {
					t.Errorf("version %d has %d tables and %d triggers", last, tables, triggers)
				}
				checkTrees(t, s)
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for w := range 2 {
		writers.Go(func() {
			for i := range 60 {
				err := c.Update(context.Background(), func(tx *Tx) error { return addOrDrop(tx, db, fmt.Sprint(w, "_", i%7)) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

func addOrDrop(tx *Tx, db ID, name string) error {
	if old := tx.Table(db, name); old != nil {
		return tx.DropTable(old.ID)
	}
	table, err := tx.AllocID()
	if err != nil {
		return err
	}
	trigger, err := tx.AllocID()
	if err != nil {
		return err
	}
	if err := tx.PutTable(&Table{ID: table, Database: db, Name: name, Data: table}); err != nil {
		return err
	}
	return tx.PutTrigger(&Trigger{ID: trigger, Database: db, Name: name, Table: table})
}

func TestIDsAreNeverReused(t *testing.T) {
	db := openKivi(t, "")
	seen := map[ID]bool{}
	for range 3 {
		c := mustOpen(t, db) // as after a restart
		for range idBlockSize + 3 {
			id, err := c.AllocID(context.Background())
			if err != nil || id < FirstID || seen[id] {
				t.Fatalf("id %d: %v, seen before: %v", id, err, seen[id])
			}
			seen[id] = true
		}
	}
}

func TestOrphans(t *testing.T) {
	ctx := context.Background()
	db := openKivi(t, "")
	c := mustOpen(t, db)
	_, _, table := shop(t, c)
	rewrite, crashed := mustAlloc(t, c), mustAlloc(t, c)
	release := c.Reserve(rewrite)
	both := c.Reserve(rewrite)
	for _, id := range []ID{table, rewrite, crashed, 20} { // 20 is a reserved id: not ours to judge
		putRow(t, db, id)
	}
	expect := func(what string, want ...ID) {
		t.Helper()
		if got, err := c.Orphans(ctx); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: orphans %v (%v), want %v", what, got, err, want)
		}
	}
	expect("during a rewrite", crashed)
	release()
	release()
	expect("one reservation is left", crashed)
	if swept, err := c.Sweep(ctx); err != nil || !slices.Equal(swept, []ID{crashed}) {
		t.Fatalf("swept %v: %v", swept, err)
	}
	expect("after the sweep")
	old := table
	mustUpdate(t, c, func(tx *Tx) error { // the rewrite's table takes its data id over
		rec := tx.TableByID(table).Clone()
		rec.Data = rewrite
		tx.Purge(old)
		return tx.PutTable(rec)
	})
	both()
	expect("after the rewrite")
	if ids, err := db.DataObjects(ctx); err != nil || !slices.Equal(ids, []ID{20, rewrite}) {
		t.Fatalf("data ids left: %v (%v)", ids, err)
	}
	mustUpdate(t, c, func(tx *Tx) error { return tx.DropTable(table) })
	if ids, err := db.DataObjects(ctx); err != nil || !slices.Equal(ids, []ID{20}) {
		t.Fatalf("data ids left after DROP TABLE: %v (%v)", ids, err)
	}
}

func mustAlloc(t *testing.T, c *Catalog) ID {
	t.Helper()
	id, err := c.AllocID(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// putRow writes one row of a data id, as a table would.
func putRow(t *testing.T, db *kivi.DB, id ID) {
	t.Helper()
	done := false
	key := codec.AppendHeader(nil, codec.SpaceData, id, codec.IndexRows)
	err := db.Bulk(context.Background(), id, kivi.Internal("test row"), func() ([]byte, []byte, bool, error) {
		defer func() { done = true }()
		return key, []byte{1}, !done, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A row written through KV and the catalog's records are one transaction.
func TestRowsCommitWithRecords(t *testing.T) {
	ctx := context.Background()
	db := openKivi(t, "")
	c := mustOpen(t, db)
	_, _, table := shop(t, c)
	key := codec.AppendHeader(nil, codec.SpaceData, table, codec.IndexRows)
	write := func(result error) error {
		return c.Update(ctx, func(tx *Tx) error {
			rows := tx.KV().Table(table, kivi.Internal("test row"), kivi.Insert)
			if err := rows.Put(ctx, key, []byte{1}); err != nil {
				return err
			}
			return result
		})
	}
	if err := write(errInjected); err == nil {
		t.Fatal("no error")
	}
	if ids, _ := db.DataObjects(ctx); len(ids) != 0 {
		t.Fatalf("a failed update left rows in %v", ids)
	}
	version := c.Snapshot().Version()
	if err := write(nil); err != nil {
		t.Fatal(err)
	}
	if ids, _ := db.DataObjects(ctx); !slices.Equal(ids, []ID{table}) || c.Snapshot().Version() != version {
		t.Fatalf("rows in %v, version %d after %d", ids, c.Snapshot().Version(), version)
	}
}

func TestFoldPrincipal(t *testing.T) {
	for _, names := range [][]string{
		{"alice", "ALICE", "Alice", "ａｌｉｃｅ"},
		{"straße", "STRASSE", "Strasse"},
		{"é", "e\u0301", "É"},
		{"ﬁn", "FIN"},
		{"ͅα", "ͅΑ"},
	} {
		for _, name := range names {
			if got, want := FoldPrincipal(name), FoldPrincipal(names[0]); got != want {
				t.Errorf("%q folds to %q, %q to %q", name, got, names[0], want)
			}
		}
	}
	if FoldPrincipal("alice") == FoldPrincipal("alicе") { // the last letter is Cyrillic
		t.Error("another script's letter was taken for a Latin one")
	}
}

// FuzzFoldPrincipal: folding again changes nothing, or one name could be two.
func FuzzFoldPrincipal(f *testing.F) {
	for _, name := range []string{"root", "ÅNGSTRÖM", "ﬃ", "ΐ", "ᾳ\u0345", "İ", "\u1e9b\u0323", "ﷺ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if once := FoldPrincipal(name); FoldPrincipal(once) != once {
			t.Fatalf("%q folds to %q, that to %q", name, once, FoldPrincipal(once))
		}
	})
}

func TestFoldNameAllocatesNothing(t *testing.T) {
	c := mustOpen(t, openKivi(t, ""))
	_, db, _ := shop(t, c)
	s := c.Snapshot()
	var found *Table
	if n := testing.AllocsPerRun(100, func() { found = s.Table(db, "t") }); n != 0 || found == nil {
		t.Errorf("a look-up by name allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { found = s.TableByData(found.Data) }); n != 0 || found == nil {
		t.Errorf("a look-up by data id allocates %v times", n)
	}
	var user *Principal
	if n := testing.AllocsPerRun(100, func() { user = s.PrincipalByID(principal.ID(2)) }); n != 0 || user == nil {
		t.Errorf("a look-up of a principal allocates %v times", n)
	}
}
