package catalog

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/lxdb/lxdb/security/privilege"
)

// bootstrap writes the first version of the catalog. Hooks are registered after
// Open, so whoever issues certificates looks for principals without one first.
func (c *Catalog) bootstrap(ctx context.Context) error {
	var id [16]byte
	rand.Read(id[:]) // never fails: it stops the program instead
	return c.Update(ctx, func(tx *Tx) error {
		tx.instance = hex.EncodeToString(id[:])
		for _, p := range []Principal{
			{ID: Root, Name: "root", Kind: KindUser, Comment: "the administrator"},
			{ID: Public, Name: "PUBLIC", Kind: KindPublic, Comment: "everybody who is logged in"},
		} {
			if err := tx.PutPrincipal(&p); err != nil {
				return err
			}
		}
		admin := privilege.Of(privilege.SysAdmin)
		return tx.PutGrant(&Grant{
			Grantee: Root, Object: System, Kind: privilege.KindSystem,
			Atoms: admin, Options: admin, Grantor: SystemGrantor,
		})
	})
}
