package table

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/catalog"
)

// TestForgetsWhatIsDropped: nothing is kept in memory of tables that go with their database.
func TestForgetsWhatIsDropped(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	before := [2]int{len(db.store.schemas), len(db.store.estimates.rows)}
	for range 5 {
		s.must("create database x")
		s.must("create table x.t (id int primary key auto_increment, a int)")
		s.must("insert into x.t (a) values (1), (2)")
		s.must("select count(*) from x.t")
		if len(db.store.schemas) == before[0] || len(db.store.estimates.rows) == before[1] {
			t.Fatal("nothing is kept of a table that is used")
		}
		noErr(t, db.cat.Update(context.Background(), func(tx *catalog.Tx) error { return tx.DropDatabase(tx.Database("x").ID) }))
		if after := [2]int{len(db.store.schemas), len(db.store.estimates.rows)}; after != before {
			t.Fatalf("%d schemas and estimates are left, and were %d", after, before)
		}
	}
}
