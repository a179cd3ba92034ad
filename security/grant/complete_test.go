package grant

import (
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// TestComplete: what an earlier release gave as ALL is given the newer privilege by the same giver, and ends with the rest;
// what took ALL takes it; what was less stays less; and what does not hang on anybody any more is not given.
func TestComplete(t *testing.T) {
	w := newWorld(t)
	temp := privilege.Of(privilege.CreateTemp)
	old := privilege.All(privilege.KindDatabase).Minus(temp)
	until := time.Now().Add(time.Hour).UnixMicro()
	ids := map[string]principal.ID{}
	var db, other catalog.ID
	err := w.update(func(tx *catalog.Tx) error {
		for _, line := range []string{"user owner", "user bob", "user cid", "user dan", "user eve", "database other owner"} {
			if err := w.create(tx, line); err != nil {
				return err
			}
		}
		for _, name := range []string{"owner", "bob", "cid", "dan", "eve"} {
			ids[name] = tx.Principal(name).ID
		}
		db, other = tx.Database("owner").ID, tx.Database("other").ID
		for _, g := range tx.GrantsToOn(ids["owner"], db) {
			was := *g
			was.Atoms, was.Options = was.Atoms.Minus(temp), was.Options.Minus(temp)
			if err := tx.PutGrant(&was); err != nil {
				return err
			}
		}
		for _, g := range []catalog.Grant{
			{Grantee: ids["bob"], Grantor: ids["owner"], Atoms: old, Options: old, Ends: catalog.Ends("").With(old, until)},
			{Grantee: ids["cid"], Grantor: ids["bob"], Atoms: old},
			{Grantee: ids["dan"], Grantor: ids["owner"], Atoms: old.Minus(privilege.Of(privilege.Lock))},
			{Grantee: ids["eve"], Grantor: ids["dan"], Atoms: old}, // dan has no option: what does not hang on anybody
		} {
			g.Object, g.Kind = db, privilege.KindDatabase
			if err := tx.PutGrant(&g); err != nil {
				return err
			}
		}
		return tx.PutException(&catalog.Exception{Grantee: ids["cid"], Object: other, Kind: privilege.KindDatabase, Deny: old, By: ids["owner"]})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.update(Complete); err != nil {
		t.Fatal(err)
	}
	snap := w.c.Snapshot()
	for name, want := range map[string]bool{"owner": true, "bob": true, "cid": true, "dan": false, "eve": false} {
		var atoms, options, ends privilege.Set
		for _, g := range snap.GrantsToOn(ids[name], db) {
			atoms, options, ends = atoms|g.Atoms, options|g.Options, ends|g.Ends.Atoms()
		}
		if atoms.HasAll(temp) != want || options.HasAll(temp) != (name == "owner" || name == "bob") || ends.HasAll(temp) != (name == "bob") {
			t.Errorf("%s: %v, to pass on %v, ending %v", name, atoms, options, ends)
		}
	}
	if e := snap.ExceptionsOf(ids["cid"]); len(e) != 1 || !e[0].Deny.HasAll(temp) {
		t.Errorf("denied %+v", e)
	}
	if snap.PrivilegeLevel() != privilege.Level || Incomplete(snap) {
		t.Errorf("level %d, incomplete %v", snap.PrivilegeLevel(), Incomplete(snap))
	}
}
