package accounts

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Who has SYSTEM ADMIN by a locked role is no administrator whom the rules let in: the role gives nothing.
func TestLockedRolesAdmitNobody(t *testing.T) {
	ctx := context.Background()
	db, err := kivi.Open(kivi.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := catalog.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	var role principal.ID
	err = c.Update(ctx, func(tx *catalog.Tx) error {
		root := tx.PrincipalByID(catalog.Root).Clone()
		root.Locked = true // the only other one
		if err := tx.PutPrincipal(root); err != nil {
			return err
		}
		ids := make([]principal.ID, 3)
		for i, p := range []catalog.Principal{{Name: "ann", Kind: catalog.KindUser}, {Name: "outer", Kind: catalog.KindRole}, {Name: "inner", Kind: catalog.KindRole}} {
			id, err := tx.AllocID()
			if err != nil {
				return err
			}
			p.ID = principal.ID(id)
			if ids[i] = p.ID; i > 0 {
				if err := tx.PutPrincipal(&p); err != nil {
					return err
				}
				if err := tx.PutMembership(&catalog.Membership{Member: ids[i-1], Role: p.ID}); err != nil {
					return err
				}
				continue
			}
			if err := tx.PutPrincipal(&p); err != nil {
				return err
			}
		}
		role = ids[1]
		return tx.PutGrant(&catalog.Grant{Grantee: ids[2], Object: catalog.System, Kind: privilege.KindSystem, Grantor: catalog.SystemGrantor, Atoms: privilege.Of(privilege.SysAdmin)})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, locked := range []bool{false, true} {
		err := c.Update(ctx, func(tx *catalog.Tx) error {
			p := tx.PrincipalByID(role).Clone()
			p.Locked = locked
			return tx.PutPrincipal(p)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, forGood := range []bool{false, true} {
			if got := adminAdmitted(c.Snapshot(), forGood); got == locked {
				t.Errorf("the role between locked %v: an administrator is let in, for good %v: %v", locked, forGood, got)
			}
		}
	}
}
