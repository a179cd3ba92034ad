package engine

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
)

// TestEveryVerbIsRefused sends a statement of each kind as somebody who holds nothing (E-06).
func TestEveryVerbIsRefused(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER nob; CREATE DATABASE shop; CREATE TABLE shop.t (a INT); INSERT INTO shop.t VALUES (7); CREATE PROCEDURE shop.p() SELECT 1; SET GLOBAL local_infile = 1")
	db.sends("nob", strings.NewReader("1\n"))
	text, err := os.ReadFile("testdata/verbs.txt")
	if err != nil {
		t.Fatal(err)
	}
	before, sent := db.engine.Catalog().Snapshot().Version(), 0
	for line := range strings.Lines(string(text)) {
		kind, statement, _ := strings.Cut(strings.TrimSpace(line), " ")
		if statement = strings.TrimSpace(statement); kind == "" || kind == "#" || statement == "program" || strings.HasPrefix(statement, "free: ") {
			continue
		}
		if sent++; kind == "Kill" {
			_ = db.as("root") // whose connection the first is
		}
		_, err := db.run("nob", statement)
		refused, is := errors.AsType[*session.Error](err)
		if !is || !slices.Contains(refusals, refused.Number) {
			t.Errorf("%s: %s: %v, want it refused for want of a right", kind, statement, err)
		}
	}
	if db.engine.Catalog().Snapshot().Version() != before || sent < 20 {
		t.Errorf("%d statements were sent, and something has changed", sent)
	}
	db.rows("root", "SELECT a FROM shop.t", "7")
}
