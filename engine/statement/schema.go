package statement

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

func mayCreateSchema(s *Call, n *dialect.CreateSchema) error {
	if !s.names(n.Owner) {
		return s.RequireSystem(privilege.SysAdmin)
	}
	return s.MayCreateDatabase(n.Name)
}

// runCreateSchema makes a database that somebody else owns, for SYSTEM ADMIN.
// What a group owns, each of its members may create, alter, drop and grant in,
// as long as he is one.
func runCreateSchema(s *Call, n *dialect.CreateSchema) ([]sql.Row, error) {
	if err := s.makeOutsideOwner(n.Owner); err != nil {
		return nil, err
	}
	err := s.CreateDatabase(s.Context, n.Name, func(snap *catalog.Snapshot) (principal.ID, error) {
		owner, err := s.grantee(snap, n.Owner)
		if err == nil && owner == catalog.Public {
			err = sqlerr.CantCreateUserWithGrant.Errorf("PUBLIC cannot own a schema")
		}
		return owner, err
	})
	if n.IfNotExists && sql.ErrDatabaseExists.Is(err) {
		s.Warn(int(sqlerr.DatabaseExists), "Can't create database '%s'; database exists", n.Name)
		err = nil
	}
	return nil, err
}

// makeOutsideOwner makes the group that is to own a schema, when only the
// company's directory knows it. It is for who may give schemas away.
func (s *Call) makeOutsideOwner(owner dialect.Grantee) error {
	unknown := unknownGroups(s.Snapshot(), []dialect.Grantee{owner})
	if s.Outside() == nil || len(unknown) == 0 || !s.HasSystem(privilege.SysAdmin) {
		return nil
	}
	return s.withOutsideGroups([]dialect.Grantee{owner}, func(*catalog.Tx) error { return nil })
}
