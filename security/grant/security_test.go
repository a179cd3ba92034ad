package grant

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

func TestSecurityNamesTheWay(t *testing.T) {
	db, err := kivi.Open(kivi.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ctx := context.Background()
	c, err := catalog.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	const bob, inner, outer, role, locked, shop = 1001, 1002, 1003, 1004, 1005, 1006
	sel, ins := privilege.Of(privilege.Select), privilege.Of(privilege.Insert)
	err = c.Update(ctx, func(tx *catalog.Tx) error {
		for id, p := range map[principal.ID]catalog.Principal{
			bob: {Name: "bob", Kind: catalog.KindUser}, inner: {Name: "inner", Kind: catalog.KindGroup},
			outer: {Name: "outer", Kind: catalog.KindGroup}, role: {Name: "clerk", Kind: catalog.KindRole},
			locked: {Name: "locked", Kind: catalog.KindGroup, Locked: true},
		} {
			p.ID = id
			if err := tx.PutPrincipal(&p); err != nil {
				return err
			}
		}
		if err := tx.PutDatabase(&catalog.Database{ID: shop, Name: "shop"}); err != nil {
			return err
		}
		for _, m := range [][2]principal.ID{{bob, inner}, {inner, outer}, {outer, role}, {bob, locked}} {
			if err := tx.PutMembership(&catalog.Membership{Member: m[0], Role: m[1], Grantor: catalog.Root}); err != nil {
				return err
			}
		}
		for _, g := range []catalog.Grant{
			{Grantee: bob, Atoms: sel, Grantor: catalog.Root}, {Grantee: bob, Atoms: sel.Union(ins), Options: ins, Grantor: catalog.SystemGrantor},
			{Grantee: outer, Atoms: sel}, {Grantee: role, Atoms: ins}, {Grantee: locked, Atoms: sel}, {Grantee: catalog.Public, Atoms: sel},
		} {
			g.Object, g.Kind = shop, privilege.KindDatabase
			if g.Grantor == 0 {
				g.Grantor = catalog.SystemGrantor
			}
			if err := tx.PutGrant(&g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[principal.ID][]string{
		bob: {
			"INSERT `shop`.* direct true", "SELECT `shop`.* direct false", "SELECT `shop`.* ldapGroup:outer via ldapGroup:inner false",
			"INSERT `shop`.* role:clerk via ldapGroup:outer via ldapGroup:inner false", "SELECT `shop`.* PUBLIC false", "MEMBER OF ldapGroup:inner direct false",
		},
		inner:  {"SELECT `shop`.* ldapGroup:outer false", "INSERT `shop`.* role:clerk via ldapGroup:outer false", "MEMBER OF ldapGroup:outer direct false"},
		locked: {"SELECT `shop`.* direct false"},
		4000:   nil,
	} {
		var got []string
		for _, r := range Security(c.Snapshot(), id) {
			got = append(got, fmt.Sprint(r.Privilege, " ", r.Object, " ", r.Via, " ", r.Grantable))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d: got %q, want %q", id, got, want)
		}
	}
	for id, want := range map[principal.ID]int{bob: 3, inner: 2, role: 0} {
		if got := c.Snapshot().Held(id, false); len(got) != want {
			t.Errorf("%d holds %v", id, got)
		}
	}
	if got := c.Snapshot().Held(bob, true); len(got) != 4 {
		t.Errorf("with locked ones bob holds %v", got)
	}
}
