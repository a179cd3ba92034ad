package statement

import (
	"cmp"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

func mayCreateSchema(s *Call, n *dialect.CreateSchema) error {
	if s.names(n.Owner) {
		return s.MayCreateDatabase(n.Name)
	}
	if err := s.RequireSystem(privilege.SysAdmin); err != nil || len(n.Elements) == 0 {
		return err
	}
	if id, err := s.grantee(s.Snapshot(), n.Owner); err == nil { // what is made there acts for him, and reads what he may read
		return s.MayRunAs(id)
	}
	return nil // runCreateSchema says what is wrong with him
}

// runCreateSchema makes a database that somebody else owns, for SYSTEM ADMIN.
// What stands in the statement runs as its owner, in it, and all of it is one change with the database.
// What a group owns, each of its members may create, alter, drop and grant in,
// as long as he is one.
func runCreateSchema(s *Call, n *dialect.CreateSchema) ([]sql.Row, error) {
	if err := s.makeOutsideOwner(n.Owner); err != nil {
		return nil, err
	}
	owner := func(snap *catalog.Snapshot) (principal.ID, error) {
		id, err := s.grantee(snap, n.Owner)
		if err == nil && id == catalog.Public {
			err = sqlerr.CantCreateUserWithGrant.Errorf("PUBLIC cannot own a schema")
		}
		if p := snap.PrincipalByID(id); err == nil && len(n.Elements) > 0 && (p.Kind != catalog.KindUser || !p.Acts()) {
			err = sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'statements inside CREATE SCHEMA of who cannot run any'").
				WithHint("they run as its owner, and so for a user who is not deactivated")
		}
		return id, err
	}
	var err error
	if len(n.Elements) == 0 {
		err = s.CreateDatabase(s.Context, n.Name, owner, nil)
	} else {
		err = s.CreateFilled(s.Context, n.Name, owner, func() error { return mayCreateSchema(s, n) }, n.Elements)
	}
	return nil, s.noteExists(n.IfNotExists, n.Name, err)
}

// noteExists makes a note of a database that is there already, of IF NOT EXISTS.
func (s *Call) noteExists(ifNotExists bool, name string, err error) error {
	if !ifNotExists || !sql.ErrDatabaseExists.Is(err) {
		return err
	}
	s.Warn(int(sqlerr.DatabaseExists), "Can't create database '%s'; database exists", name)
	return nil
}

func mayCreateDatabase(s *Call, n *dialect.CreateDatabase) error {
	if len(n.Users) > 0 {
		if err := s.RequireSystem(privilege.UserAdmin); err != nil {
			return err
		}
	}
	err := s.MayCreateDatabase(n.Name)
	if err != nil && len(n.Users) == 0 { // as of MySQL's statement
		err = sqlerr.DeniedDatabase(s.Who().Name(), n.Name)
	}
	return err
}

// runCreateDatabase makes a database of the session's user with accounts that begin in it and
// hold everything on it, all or nothing. Where the database is there already, no account is made.
func runCreateDatabase(s *Call, n *dialect.CreateDatabase) ([]sql.Row, error) {
	const op = "CREATE USER"
	users, proofs := make([]catalog.Principal, len(n.Users)), make([]proof, len(n.Users))
	names, hosts := make([]string, len(n.Users)), make([]string, len(n.Users))
	for i, u := range n.Users {
		var err error
		if names[i], hosts[i], err = accountParts(u.Account); err != nil {
			return nil, err
		}
		if proofs[i], err = s.proof(op, u, false); err != nil {
			return nil, err
		}
		users[i] = catalog.Principal{Name: catalog.Account(names[i], hosts[i]), Host: hosts[i], DefaultSchema: n.Name}
		if err := proofs[i].check(&users[i]); err != nil {
			return nil, err
		}
		proofs[i].apply(&users[i])
	}
	describe, err := describes(n.DatabaseOptions)
	if err != nil {
		return nil, err
	}
	err = s.CreateDatabase(s.Context, n.Name, func(*catalog.Snapshot) (principal.ID, error) { return s.Who().ID(), nil },
		func(tx *catalog.Tx, id catalog.ID) error {
			if err := describe(tx, id); err != nil || len(users) == 0 {
				return err
			}
			c := s.Accounts().In(tx, s.Who())
			all := grant.Request{
				Object: id, Kind: privilege.KindDatabase,
				Privileges: []grant.Privilege{{Name: "ALL", Atoms: privilege.All(privilege.KindDatabase)}},
			}
			for i := range users {
				if err := c.CreateUser(op, &users[i]); err != nil {
					return err
				}
				all.Grantees = append(all.Grantees, c.Principal(users[i].Name).ID)
			}
			_, err := grant.Apply(tx, s.grantor(), all)
			return err
		})
	if n.IfNotExists && sql.ErrDatabaseExists.Is(err) {
		for i := range proofs {
			proofs[i].random = "" // nobody has it
		}
	}
	if err = s.noteExists(n.IfNotExists, n.Name, err); err != nil {
		return nil, err
	}
	return generated(names, hosts, proofs), nil
}

// maxDatabaseComment is MariaDB's bound, in characters; MySQL has no such comments.
const maxDatabaseComment = 1024

// describes reads the options of a database, and changes it by them.
func describes(o dialect.DatabaseOptions) (func(*catalog.Tx, catalog.ID) error, error) {
	if o.Comment != nil && utf8.RuneCountInString(*o.Comment) > maxDatabaseComment {
		return nil, sqlerr.WrongArguments.Errorf("Incorrect arguments to DATABASE: the comment is longer than %d characters", maxDatabaseComment)
	}
	collation := ""
	if o.Charset != "" || o.Collate != "" {
		id, err := sql.ParseCollation(o.Charset, o.Collate, false)
		if err != nil {
			return nil, err
		}
		collation = id.Name()
	}
	return func(tx *catalog.Tx, id catalog.ID) error {
		rec := *tx.DatabaseByID(id)
		if o.Comment != nil {
			rec.Comment = *o.Comment
		}
		rec.Collation = cmp.Or(collation, rec.Collation)
		return tx.PutDatabase(&rec)
	}, nil
}

// runAlterDatabase changes a database's comment. Who may not know the database hears the same of every name.
func runAlterDatabase(s *Call, n *dialect.AlterDatabase) ([]sql.Row, error) {
	change, err := describes(n.DatabaseOptions)
	if err != nil {
		return nil, err
	}
	return nil, s.Update(s.Context, func(tx *catalog.Tx) error {
		t, err := s.alteredDatabase(tx.Snapshot, n)
		if err != nil {
			return err
		}
		return change(tx, t.id)
	})
}

func mayAlterDatabase(s *Call, n *dialect.AlterDatabase) error {
	_, err := s.alteredDatabase(s.Snapshot(), n)
	return err
}

// alteredDatabase is the database of an ALTER, for who may alter it.
func (s *Call) alteredDatabase(snap *catalog.Snapshot, n *dialect.AlterDatabase) (target, error) {
	name := cmp.Or(n.Name, s.GetCurrentDatabase())
	if name == "" {
		return target{}, sqlerr.NoDB.Errorf("No database selected")
	}
	t, err := s.databaseTarget(snap, name)
	if err == nil && !access.May(s.Actor(), access.Database(t.id), access.One(privilege.Alter), access.Enforce) {
		err = sqlerr.DeniedDatabase(s.Who().Name(), name)
	}
	return t, err
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
