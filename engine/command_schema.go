package engine

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// createDatabase makes a database with its owner's rights. The caller has
// checked that the session may. Error: sql.ErrDatabaseExists.
func (e *Engine) createDatabase(ctx context.Context, s *sqlSession, name string, collation sql.CollationID, owner func(*catalog.Snapshot) (principal.ID, error)) error {
	return e.update(ctx, s, func(tx *catalog.Tx) error {
		id, err := owner(tx.Snapshot)
		if err != nil {
			return err
		}
		if tx.Database(name) != nil {
			return sql.ErrDatabaseExists.New(name)
		}
		database, err := tx.AllocID()
		if err != nil {
			return err
		}
		if err := tx.PutDatabase(&catalog.Database{ID: database, Name: name, Collation: collation.Name(), Owner: id}); err != nil {
			return err
		}
		return grant.Own(tx, database)
	})
}

func mayCreateSchema(c *ours.Call, n *dialect.CreateSchema) error {
	s := sessionOf(c.Context)
	if !s.names(n.Owner) {
		return c.RequireSystem(privilege.SysAdmin)
	}
	return s.checkCreateDatabase()
}

// runCreateSchema makes a database that somebody else owns, for SYSTEM ADMIN.
// What a group owns, each of its members may create, alter, drop and grant in,
// as long as he is one.
func runCreateSchema(ctx *sql.Context, s *sqlSession, stmt dialect.Statement) ([]sql.Row, error) {
	n := stmt.(*dialect.CreateSchema)
	if err := s.makeOutsideOwner(ctx, n.Owner); err != nil {
		return nil, err
	}
	if err := checkName("database", n.Name); err != nil {
		return nil, err
	}
	err := s.engine.createDatabase(ctx, s, n.Name, s.engine.opts.defaultCollation, func(snap *catalog.Snapshot) (principal.ID, error) {
		owner, err := s.grantee(snap, n.Owner)
		if err == nil && owner == catalog.Public {
			err = sqlerr.CantCreateUserWithGrant.Errorf("PUBLIC cannot own a schema")
		}
		return owner, err
	})
	if n.IfNotExists && sql.ErrDatabaseExists.Is(err) {
		ctx.Warn(int(sqlerr.DatabaseExists), "Can't create database '%s'; database exists", n.Name)
		err = nil
	}
	return nil, err
}

// makeOutsideOwner makes the group that is to own a schema, when only the
// company's directory knows it. It is for who may give schemas away.
func (s *sqlSession) makeOutsideOwner(ctx *sql.Context, owner dialect.Grantee) error {
	unknown := unknownGroups(s.engine.cat.Snapshot(), []dialect.Grantee{owner})
	if s.engine.outside == nil || len(unknown) == 0 || !s.hasSystem(privilege.SysAdmin) {
		return nil
	}
	return s.withOutsideGroups(ctx, []dialect.Grantee{owner}, func(*catalog.Tx) error { return nil })
}
