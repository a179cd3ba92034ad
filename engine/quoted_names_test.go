package engine

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/principal"
)

// TestQuotedNamesUnderAnotherMode: a client that quotes names may log in whatever mode SET GLOBAL has given to all.
func TestQuotedNamesUnderAnotherMode(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER ann; SET GLOBAL sql_mode = 'NO_ZERO_DATE'")
	ann := db.engine.Catalog().Snapshot().Principal("ann")
	s, err := db.engine.NewSession(context.Background(), principal.Trusted(ann.ID, ann.Name), session.Options{AnsiQuotes: true})
	db.ok("root", "SET GLOBAL sql_mode = DEFAULT") // it is the process's
	if err != nil {
		t.Fatal(err)
	}
	db.sessions["ann"] = s
	rows, err := db.run("ann", `SELECT @@sql_mode AS "mode"`)
	if err != nil || len(rows) != 1 || rows[0] != "ANSI_QUOTES,NO_ZERO_DATE" {
		t.Errorf("%q, %v", rows, err)
	}
}
