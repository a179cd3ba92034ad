package statement

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// runChangeOwner gives an object to another user, with the rights of an owner; who
// owned it keeps nothing of those. It is for SYSTEM ADMIN: what acts for its owner or
// definer would otherwise be a way to act as anybody.
func runChangeOwner(s *Call, n *dialect.ChangeOwner) ([]sql.Row, error) {
	name, err := s.existing("ALTER OWNER", n.To)
	if err != nil {
		return nil, err
	}
	return nil, s.Update(s.Context, func(tx *catalog.Tx) error {
		t, err := s.resolveTarget(tx.Snapshot, n.Target)
		if err != nil {
			return err
		}
		to := tx.Principal(name)
		if to == nil || to.Kind != catalog.KindUser && to.Kind != catalog.KindGroup {
			return cannotUser("ALTER OWNER", name).WithHint("an owner is a user or a group")
		}
		if t.kind == privilege.KindSystem || t.kind == privilege.KindUser {
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'OWNER TO of %s'", t.name)
		}
		from := tx.Object(t.id).Owner
		if from == to.ID {
			return nil
		}
		if tx.PrincipalByID(from) != nil {
			lost := grant.Request{
				Revoke: true, IfExists: true, Object: t.id, Kind: t.kind, Grantees: []principal.ID{from},
				Privileges: []grant.Privilege{{Name: "ALL", Atoms: privilege.Owner(t.kind)}},
			}
			if _, err := grant.Apply(tx, s.grantor(), lost); err != nil {
				return s.grantError(err, t, lost)
			}
		}
		if err := tx.SetOwner(t.id, to.ID, s.Who().ID()); err != nil {
			return err
		}
		return grant.Give(tx, t.id)
	})
}

// runSetSchema is USE, and with DEFAULT the schema that the account's logins begin in.
func runSetSchema(s *Call, n *dialect.SetSchema) ([]sql.Row, error) {
	name := n.Name
	if p := s.Snapshot().PrincipalByID(s.Who().ID()); name == "" && p != nil {
		if name = accounts.DefaultSchema(s.Snapshot(), p, s.Holders()); name == "" {
			if home := s.Snapshot().HomeOf(p.ID); home != nil {
				name = home.Name
			}
		}
	}
	if name == "" {
		return nil, sqlerr.NoDB.Errorf("No database selected")
	}
	return nil, s.UseNamed(s.Context, name)
}
