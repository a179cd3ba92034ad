package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestSimulateHoldsNobodyUp: what SIMULATE compares is looked at when others may change the catalog again, ends with its
// statement, and grows with what is gained, not with all pairs of accounts for each of it.
func TestSimulateHoldsNobodyUp(t *testing.T) {
	oneSession(t)
	db := lab(t)
	const n = 200
	var users []string
	for i := range n {
		users = append(users, fmt.Sprintf("u%d", i))
	}
	db.ok("root", "CREATE USER "+strings.Join(users, ", ")+"; CREATE DATABASE big; CREATE ROLE r, top; GRANT top TO "+strings.Join(users, ", "))
	for i := range n {
		db.ok("root", fmt.Sprintf("CREATE TABLE big.t%d (a INT); GRANT SELECT ON big.t%d TO r", i, i))
	}
	began := time.Now()
	rows := db.ok("root", "SIMULATE GRANT r TO top")
	if took := time.Since(began); took > 30*time.Second { // of 400 it was more than ten minutes, with the catalog locked
		t.Errorf("%v", took)
	}
	if want := n*(n+1) + 1; len(rows) < n*n || len(rows) > want+1001 {
		t.Errorf("%d rows", len(rows))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := db.as("root").Query(ctx, "SIMULATE GRANT r TO top"); err == nil {
		t.Error("it does not end")
	}
}

// TestSimulateAsksNoDirectory: who only wants to know has nobody asked outside, and nothing made, by whatever form of GRANT.
func TestSimulateAsksNoDirectory(t *testing.T) {
	db, c := withCompany(t)
	db.ok("root", "CREATE ROLE r")
	for _, text := range []string{
		"GRANT r TO ldapGroup:finance", "REVOKE r FROM ldapGroup:finance", "GRANT SELECT ON einstein.t TO ldapGroup:finance", "GRANT SYSTEM MONITOR TO ldapGroup:finance",
		"REVOKE SYSTEM MONITOR FROM ldapGroup:finance", "DENY SELECT ON einstein.t TO ldapGroup:finance",
	} {
		db.fails("root", "SIMULATE "+text, sqlerr.CantCreateUserWithGrant)
	}
	if len(c.asked) > 0 {
		t.Errorf("asked about %q", c.asked)
	}
	if db.engine.Catalog().Snapshot().Principal("finance") != nil {
		t.Error("the group was made")
	}
}
