package catalog

import (
	"context"
	"errors"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
)

// What the company's directory checks has no password here, and root is never its.
func TestOutsidePrincipals(t *testing.T) {
	c, err := Open(context.Background(), openKivi(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	put := func(p Principal) error {
		return c.Update(context.Background(), func(tx *Tx) error {
			if p.ID == 0 {
				id, err := tx.AllocID()
				if err != nil {
					return err
				}
				p.ID = principal.ID(id)
			}
			return tx.PutPrincipal(&p)
		})
	}
	for _, p := range []Principal{
		{Name: "a", Kind: KindUser, Plugin: PluginLDAP},
		{Name: "b", Kind: KindUser, Plugin: PluginLDAP, DirectoryName: "uid=b,dc=example,dc=org"},
		{Name: "c", Kind: KindGroup, Plugin: PluginLDAP},
	} {
		if err := put(p); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, p := range []Principal{
		{Name: "d", Kind: KindUser, Plugin: PluginLDAP, Password: "$argon2id$x"},
		{Name: "e", Kind: KindUser, Plugin: "mysql_native_password"},
		{Name: "f", Kind: KindUser, DirectoryName: "f"},
		{Name: "g", Kind: KindRole, Plugin: PluginLDAP},
		{Name: "h", Kind: KindGroup, Plugin: PluginLDAP, DirectoryName: "h"},
		{ID: Root, Name: "root", Kind: KindUser, Plugin: PluginLDAP},
	} {
		if err := put(p); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	before := c.Snapshot().Principal("a").Epoch
	changed := c.Snapshot().Principal("a").Clone()
	changed.DirectoryName = "another"
	if err := put(*changed); err != nil {
		t.Fatal(err)
	}
	if after := c.Snapshot().Principal("a").Epoch; after <= before {
		t.Errorf("epoch %d after %d: what was proved for another entry of the directory still counts", after, before)
	}
}
