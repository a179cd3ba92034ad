package engine

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

// Triggers and stored procedures are kept as text. A trigger's body runs with
// the rights of its definer, never of whoever changes the table: otherwise the
// owner of a table could have others act for him. A procedure runs as its definer
// or as its caller, as its SQL SECURITY says (routine.go).

var (
	_ sql.TriggerDatabase         = (*database)(nil)
	_ sql.StoredProcedureDatabase = (*database)(nil)
)

// GetTriggers implements sql.TriggerDatabase. The library binds every trigger
// that it is given for each write. A write gets those of the tables that it
// changes, whether the session may see them or not: what does not bind any more
// on one table must not stop writes to another. Everything else, SHOW and DROP
// among it, gets those of the tables that the session sees.
func (d *database) GetTriggers(ctx *sql.Context) ([]sql.TriggerDefinition, error) {
	s := stateOf(ctx)
	if s == nil {
		return nil, nil
	}
	all := d.inst.cat.Snapshot().Triggers(d.rec.ID)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Order < all[j].Order })
	var out []sql.TriggerDefinition
	for _, t := range all {
		fires := s.writesTo[t.Table]
		if !fires && (len(s.writesTo) > 0 || !s.sees(access.In(privilege.KindTable, t.Table, d.rec.ID))) {
			continue
		}
		use := &viewUse{database: d.rec.Name, name: t.Name, rights: d.inst.rightsOf(t.Definer), actor: d.inst.nameOf(t.Definer), trigger: fires}
		if fires {
			if err := forSession(s).mayFire(ctx, t, use); err != nil {
				return nil, err
			}
		}
		create := d.inst.shown(t.Create, t.SQLMode, t.Definer)
		s.handOut(create, t.SQLMode, use)
		out = append(out, sql.TriggerDefinition{
			Name: t.Name, CreateStatement: create, SqlMode: t.SQLMode, CreatedAt: time.UnixMicro(t.Created).UTC(),
		})
	}
	return out, nil
}

// CreateTrigger implements sql.TriggerDatabase.
func (d *database) CreateTrigger(ctx *sql.Context, def sql.TriggerDefinition) error {
	s := stateOf(ctx)
	ddl, err := triggerDDL(ctx, def.CreateStatement, def.SqlMode, nil)
	if err != nil {
		return err
	}
	tableName := ddl.Table.Name.String()
	rec := d.inst.cat.Snapshot().Table(d.rec.ID, tableName)
	if s == nil || rec == nil {
		return sql.ErrTableNotFound.New(tableName)
	}
	if !s.may(tableObject(rec), access.All(triggerNeeds(ddl.TriggerSpec.Body))) {
		return sqlerr.DeniedObject("TRIGGER", s.who.Name(), tableName)
	}
	definer, err := forSession(s).definerOf(ctx, def.CreateStatement)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if tx.Trigger(d.rec.ID, def.Name) != nil {
			return sqlerr.TriggerExists.Errorf("Trigger already exists")
		}
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		return tx.PutTrigger(&catalog.Trigger{
			ID: id, Database: d.rec.ID, Name: def.Name, Table: rec.ID, Create: kept(ctx, def.CreateStatement), SQLMode: def.SqlMode,
			Definer: definer, Order: uint32(len(tx.Triggers(d.rec.ID)) + 1), Created: def.CreatedAt.UnixMicro(),
		})
	})
}

// DropTrigger implements sql.TriggerDatabase.
func (d *database) DropTrigger(ctx *sql.Context, name string) error {
	s := stateOf(ctx)
	t := d.inst.cat.Snapshot().Trigger(d.rec.ID, name)
	if s == nil || t == nil {
		return sql.ErrTriggerDoesNotExist.New(name)
	}
	if !s.may(access.In(privilege.KindTable, t.Table, d.rec.ID), access.One(privilege.Trigger)) {
		return sqlerr.DeniedObject("TRIGGER", s.who.Name(), name)
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if tx.Trigger(d.rec.ID, name) == nil {
			return nil // DROP TABLE, of which the library drops the triggers afterwards, took it along
		}
		return tx.DropTrigger(t.ID)
	})
}

// GetStoredProcedure implements sql.StoredProcedureDatabase.
func (d *database) GetStoredProcedure(ctx *sql.Context, name string) (sql.StoredProcedureDetails, bool, error) {
	s := stateOf(ctx)
	r := d.inst.cat.Snapshot().Routine(d.rec.ID, name, false)
	if s == nil || r == nil || !s.sees(routineObject(r)) {
		return sql.StoredProcedureDetails{}, false, nil
	}
	a, err := activate(s, d.rec, r)
	if err != nil {
		return sql.StoredProcedureDetails{}, false, err
	}
	made := procedure(s, r)
	if err := callable(ctx, made.CreateStatement, made.SqlMode); err != nil {
		return sql.StoredProcedureDetails{}, false, err
	}
	a.text = made.CreateStatement
	s.binding = a
	return made, true, nil
}

// procedure hands out the text of a procedure.
func procedure(s *state, r *catalog.Routine) sql.StoredProcedureDetails {
	create := s.inst.shown(r.Create, r.SQLMode, r.Definer)
	s.keepReading(create, r.SQLMode)
	return sql.StoredProcedureDetails{
		Name: r.Name, CreateStatement: create, SqlMode: r.SQLMode,
		CreatedAt: time.UnixMicro(r.Created).UTC(), ModifiedAt: time.UnixMicro(r.Modified).UTC(),
	}
}

// GetStoredProcedures implements sql.StoredProcedureDatabase.
func (d *database) GetStoredProcedures(ctx *sql.Context) ([]sql.StoredProcedureDetails, error) {
	s := stateOf(ctx)
	if s == nil {
		return nil, nil
	}
	var out []sql.StoredProcedureDetails
	for _, r := range d.inst.cat.Snapshot().Routines(d.rec.ID) {
		if !r.Function && s.sees(routineObject(r)) {
			out = append(out, procedure(s, r))
		}
	}
	return out, nil
}

// SaveStoredProcedure implements sql.StoredProcedureDatabase.
func (d *database) SaveStoredProcedure(ctx *sql.Context, p sql.StoredProcedureDetails) error {
	s, err := d.may(ctx, privilege.CreateRoutine)
	if err != nil {
		return err
	}
	if err := callable(ctx, p.CreateStatement, p.SqlMode); err != nil {
		return err
	}
	definer, err := forSession(s).definerOf(ctx, p.CreateStatement)
	if err != nil {
		return err
	}
	invoker, err := securityOf(ctx, p.CreateStatement, p.SqlMode)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if tx.Routine(d.rec.ID, p.Name, false) != nil {
			return sql.ErrStoredProcedureAlreadyExists.New(p.Name)
		}
		id, err := tx.AllocID()
		if err != nil {
			return err
		}
		if err := tx.PutRoutine(&catalog.Routine{
			ID: id, Database: d.rec.ID, Name: p.Name, Create: kept(ctx, p.CreateStatement), SQLMode: p.SqlMode,
			Definer: definer, Owner: s.who.ID(), Invoker: invoker,
			Created: p.CreatedAt.UnixMicro(), Modified: p.ModifiedAt.UnixMicro(),
		}); err != nil {
			return err
		}
		return grant.Own(tx, id)
	})
}

// DropStoredProcedure implements sql.StoredProcedureDatabase.
func (d *database) DropStoredProcedure(ctx *sql.Context, name string) error {
	s := stateOf(ctx)
	r := d.inst.cat.Snapshot().Routine(d.rec.ID, name, false)
	if s == nil || r == nil {
		return sql.ErrStoredProcedureDoesNotExist.New(name)
	}
	if !s.may(routineObject(r), access.Any(privilege.Of(privilege.Drop, privilege.AlterRoutine))) {
		return sqlerr.ProcAccessDenied.Errorf("alter routine command denied to user '%s' for routine '%s.%s'", s.who.Name(), d.rec.Name, name)
	}
	return s.Update(ctx, func(tx *catalog.Tx) error { return tx.DropRoutine(r.ID) })
}

// securityOf reads the SQL SECURITY clause of a CREATE, which DEFINER is without.
func securityOf(ctx context.Context, create, mode string) (invoker bool, err error) {
	stmt, err := parser{}.one(ctx, create, reading(mode), nil)
	if err != nil {
		return false, err
	}
	ddl, ok := stmt.(*ast.DDL)
	switch {
	case ok && ddl.ViewSpec != nil:
		return strings.EqualFold(ddl.ViewSpec.Security, "invoker"), nil
	case ok && ddl.ProcedureSpec != nil:
		for _, c := range ddl.ProcedureSpec.Characteristics {
			switch c.Type {
			case ast.CharacteristicValue_SqlSecurityInvoker:
				invoker = true
			case ast.CharacteristicValue_SqlSecurityDefiner:
				invoker = false
			}
		}
		return invoker, nil
	}
	return false, sqlerr.Syntax.Errorf("not a CREATE VIEW or CREATE PROCEDURE statement")
}

// callable parses a stored procedure and refuses what would run wrong. The
// library would go on with nothing where a text does not parse.
func callable(ctx context.Context, create, mode string) error {
	stmt, err := parser{}.one(ctx, create, reading(mode), nil)
	if err != nil {
		return err
	}
	ddl, ok := stmt.(*ast.DDL)
	if !ok || ddl.ProcedureSpec == nil || ddl.ProcedureSpec.Body == nil {
		return sqlerr.Syntax.Errorf("not a CREATE PROCEDURE statement")
	}
	return checkBody(ddl.ProcedureSpec.Body)
}
