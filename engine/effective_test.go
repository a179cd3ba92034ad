package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// TestSupposedRightsAreTheReal holds the rights that are computed by the grants of a
// snapshot against those of the certificates, for every user and object after each of many random
// grants, revokes, exceptions and changes of groups.
func TestSupposedRightsAreTheReal(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE d; CREATE TABLE d.a (i INT); CREATE TABLE d.b (i INT); CREATE VIEW d.v AS SELECT i FROM d.a")
	names := []string{"u1", "u2", "u3"}
	for _, n := range names {
		db.ok("root", "CREATE USER "+n)
	}
	db.ok("root", "CREATE GROUP g1; CREATE GROUP g2")
	grantees := []string{"u1", "u2", "u3", "ldapGroup:g1", "ldapGroup:g2", "PUBLIC"}
	targets := []string{"*.*", "d.*", "TABLE d.a", "TABLE d.b", "TABLE d.v"}
	rights := []string{"SELECT", "INSERT", "UPDATE", "ALL PRIVILEGES"}
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	for range 300 {
		text := fmt.Sprintf("GRANT %s ON %s TO %s", pick(rights), pick(targets), pick(grantees))
		switch r.IntN(8) {
		case 0, 1, 2:
			text = fmt.Sprintf("REVOKE IF EXISTS %s ON %s FROM %s", pick(rights), pick(targets), pick(grantees))
		case 3:
			text = fmt.Sprintf("ALTER GROUP %s ADD USER %s", pick([]string{"g1", "g2"}), pick(names))
		case 4:
			text = fmt.Sprintf("ALTER GROUP %s DROP USER %s", pick([]string{"g1", "g2"}), pick(names))
		case 5:
			text = pick([]string{"GRANT SYSTEM READ TO u1", "REVOKE IF EXISTS SYSTEM READ FROM u1", "GRANT SYSTEM WRITE TO u2", "REVOKE IF EXISTS SYSTEM WRITE FROM u2"})
		}
		_, _ = db.run("root", text) // some are refused, and change nothing
		agree(t, db, text)
	}
}

func agree(t *testing.T, db *testDB, after string) {
	t.Helper()
	snap := db.engine.Catalog().Snapshot()
	for _, p := range snap.Principals() {
		if p.Kind != catalog.KindUser {
			continue
		}
		real, supposed := access.As(db.engine.inst.RightsOf(p.ID), nil), access.As(access.Suppose(snap, p.ID, db.engine.clock.Now(), false), nil)
		ask := func(what string, o access.Object) {
			if a, b := access.Held(real, o), access.Held(supposed, o); a != b {
				t.Fatalf("after %s: %s holds on %s %v, supposed %v", after, p.Name, what,
					privilege.Describe(a, o.Kind()), privilege.Describe(b, o.Kind()))
			}
		}
		ask("the system", access.System())
		for _, d := range snap.Databases() {
			ask(d.Name, access.Database(d.ID))
			for _, o := range snap.Objects(d.ID) {
				ask(d.Name+"."+o.Name, access.In(o.Kind, o.ID, d.ID))
			}
		}
	}
}
