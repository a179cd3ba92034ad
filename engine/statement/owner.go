package statement

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

// runChangeOwner gives an object to another user, with the rights of an owner; who
// owned it keeps what was granted to him besides. It is for SYSTEM ADMIN: what acts for its owner or
// definer would otherwise be a way to act as anybody.
func runChangeOwner(s *Call, n *dialect.ChangeOwner) ([]sql.Row, error) {
	name, err := s.existing("ALTER OWNER", n.To)
	if err != nil {
		return nil, err
	}
	var notes grant.Notes
	err = s.Update(s.Context, func(tx *catalog.Tx) error {
		var t target
		var program definedObject
		if n.Program != "" {
			program, err = s.program(tx.Snapshot, n)
		} else {
			t, err = s.resolveTarget(tx.Snapshot, n.Target)
		}
		if err != nil {
			return err
		}
		to := tx.Principal(name)
		if to == nil || to.Kind != catalog.KindUser && (to.Kind != catalog.KindGroup || n.Program != "") {
			return cannotUser("ALTER OWNER", name).WithHint("an owner is a user or a group, the definer of an event or trigger a user")
		}
		if n.Program != "" {
			notes, err = grant.Define(tx, program.id, program.table, to.ID, s.Who().ID())
			return err
		}
		if t.kind == privilege.KindSystem || t.kind == privilege.KindUser {
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'OWNER TO of %s'", t.name)
		}
		from := tx.Object(t.id).Owner
		if from == to.ID {
			return nil
		}
		notes, err = grant.Hand(tx, t.id, to.ID, s.Who().ID())
		return err
	})
	if err == nil {
		s.warn(notes)
	}
	return nil, err
}

// definedObject is an event, or a trigger of a table.
type definedObject struct{ id, table catalog.ID }

// program finds what ALTER EVENT or TRIGGER … OWNER TO names.
func (s *Call) program(snap *catalog.Snapshot, n *dialect.ChangeOwner) (definedObject, error) {
	at := s.database(dialect.ObjectName{Database: n.Target.Database, Name: n.Target.Name})
	if at == "" {
		return definedObject{}, sqlerr.NoDB.Errorf("No database selected")
	}
	if db := snap.Database(at); db != nil && n.Program == "EVENT" {
		if e := snap.Event(db.ID, n.Target.Name); e != nil {
			return definedObject{id: e.ID}, nil
		}
	} else if db != nil {
		if t := snap.Trigger(db.ID, n.Target.Name); t != nil {
			return definedObject{t.ID, t.Table}, nil
		}
	}
	if n.Program == "EVENT" {
		return definedObject{}, sqlerr.EventDoesNotExist.Errorf("Unknown event '%s'", n.Target.Name)
	}
	return definedObject{}, sqlerr.TriggerDoesNotExist.Errorf("Trigger does not exist")
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
