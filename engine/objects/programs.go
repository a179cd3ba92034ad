package objects

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// Triggers and stored procedures are kept as text. A trigger's body runs with
// the rights of its definer, never of whoever changes the table: otherwise the
// owner of a table could have others act for him. A procedure runs as its definer
// or as its caller, as its SQL SECURITY says (package routine).

var (
	_ sql.TriggerDatabase         = (*database)(nil)
	_ sql.StoredProcedureDatabase = (*database)(nil)
)

// GetTriggers implements sql.TriggerDatabase, for what the library shows and drops: those
// of the tables that the session sees. Bodies are ours alone.
func (d *database) GetTriggers(ctx *sql.Context) ([]sql.TriggerDefinition, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil
	}
	snap := d.inst.Cat.Snapshot()
	all := snap.Triggers(d.rec.ID)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Order < all[j].Order })
	var out []sql.TriggerDefinition
	for _, t := range all {
		on := snap.TableByID(t.Table)
		if on == nil || !s.Sees(access.In(privilege.KindTable, t.Table, d.rec.ID)) {
			continue
		}
		create := d.inst.Shown(triggerHeader(d.rec, on, t), t.SQLMode, t.Definer)
		s.HandOut(create, t.SQLMode, &state.ViewUse{Database: d.rec.Name, Name: t.Name, Rights: d.inst.StandingOf(t.Definer), Actor: d.inst.AccountOf(t.Definer)})
		out = append(out, sql.TriggerDefinition{
			Name: t.Name, CreateStatement: create, SqlMode: t.SQLMode, CreatedAt: time.UnixMicro(t.Created).UTC(),
		})
	}
	return out, nil
}

// CreateTrigger implements sql.TriggerDatabase. CREATE TRIGGER is ours: see Define.
func (d *database) CreateTrigger(*sql.Context, sql.TriggerDefinition) error {
	return sqlerr.DeniedSystem(privilege.SysAdmin.String())
}

// onTable is the text of a CREATE TRIGGER with another table behind ON. What the body
// says of the table stays, as in MySQL.
func onTable(create string, m lex.Mode, to string) string {
	l := lex.New(create, m)
	event := false // INSERT, UPDATE or DELETE stands before
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		word := strings.ToUpper(create[t.Pos:t.End])
		if !event || t.Kind != lex.Word || word != "ON" {
			event = t.Kind == lex.Word && (word == "INSERT" || word == "UPDATE" || word == "DELETE")
			continue
		}
		name := l.Next()
		if dot := l.Next(); dot.Kind == lex.Punct && create[dot.Pos:dot.End] == "." { // its database
			name = l.Next()
		}
		return create[:name.Pos] + sql.QuoteIdentifier(to) + create[name.End:]
	}
	return create
}

// LacksTrigger says that DROP TRIGGER IF EXISTS names a trigger that is not there, or not for the session.
func LacksTrigger(s *state.Session, stmt ast.Statement) bool {
	n, ok := stmt.(*ast.DDL)
	if !ok || n.TriggerSpec == nil || n.Action != ast.DropStr || !n.IfExists {
		return false
	}
	db, err := inDatabase(s, n.TriggerSpec.TrigName.Qualifier.String())
	return err == nil && triggerNamed(s, db.ID, n.TriggerSpec.TrigName.Name.String()) == nil
}

// triggerNamed is a trigger that the session may know of.
func triggerNamed(s *state.Session, database catalog.ID, name string) *catalog.Trigger {
	t := s.Inst.Cat.Snapshot().Trigger(database, name)
	if t == nil || !s.Sees(access.In(privilege.KindTable, t.Table, database)) {
		return nil
	}
	return t
}

// DropTrigger implements sql.TriggerDatabase.
func (d *database) DropTrigger(ctx *sql.Context, name string) error {
	s := state.Of(ctx)
	if s == nil {
		return sql.ErrTriggerDoesNotExist.New(name)
	}
	t := triggerNamed(s, d.rec.ID, name)
	if t == nil {
		return sql.ErrTriggerDoesNotExist.New(name)
	}
	if !s.May(access.In(privilege.KindTable, t.Table, d.rec.ID), access.One(privilege.Trigger)) {
		return sqlerr.DeniedObject("TRIGGER", s.User.Name(), name)
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if now := tx.Trigger(d.rec.ID, name); now == nil || now.ID != t.ID {
			return nil // DROP TABLE, of which the library drops the triggers afterwards, took it along
		}
		return tx.DropTrigger(t.ID)
	})
}

// GetStoredProcedure implements sql.StoredProcedureDatabase. The library calls none.
func (d *database) GetStoredProcedure(ctx *sql.Context, name string) (sql.StoredProcedureDetails, bool, error) {
	s := state.Of(ctx)
	r := d.inst.Cat.Snapshot().Routine(d.rec.ID, name, false)
	if s == nil || r == nil || !s.Sees(state.RoutineObject(r)) {
		return sql.StoredProcedureDetails{}, false, nil
	}
	return procedure(s, r), true, nil
}

// procedure hands out the text of a procedure.
func procedure(s *state.Session, r *catalog.Routine) sql.StoredProcedureDetails {
	create := s.Inst.Shown(r.Create, r.SQLMode, r.Definer)
	s.KeepReading(create, r.SQLMode)
	return sql.StoredProcedureDetails{
		Name: r.Name, CreateStatement: create, SqlMode: r.SQLMode,
		CreatedAt: time.UnixMicro(r.Created).UTC(), ModifiedAt: time.UnixMicro(r.Modified).UTC(),
	}
}

// GetStoredProcedures implements sql.StoredProcedureDatabase.
func (d *database) GetStoredProcedures(ctx *sql.Context) ([]sql.StoredProcedureDetails, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil
	}
	var out []sql.StoredProcedureDetails
	for _, r := range d.inst.Cat.Snapshot().Routines(d.rec.ID) {
		if !r.Function && s.Sees(state.RoutineObject(r)) {
			out = append(out, procedure(s, r))
		}
	}
	return out, nil
}

// SaveStoredProcedure implements sql.StoredProcedureDatabase. Statements that make,
// change and drop programs are ours: see Define.
func (d *database) SaveStoredProcedure(*sql.Context, sql.StoredProcedureDetails) error {
	return sqlerr.DeniedSystem(privilege.SysAdmin.String())
}

// DropStoredProcedure implements sql.StoredProcedureDatabase.
func (d *database) DropStoredProcedure(*sql.Context, string) error {
	return sqlerr.DeniedSystem(privilege.SysAdmin.String())
}

// SecurityOf reads the SQL SECURITY clause of a CREATE, which DEFINER is without.
func SecurityOf(ctx context.Context, create, mode string) (invoker bool, err error) {
	reading := state.ModeOf(mode)
	if kind := dialect.Program(create, reading); kind == "PROCEDURE" || kind == "FUNCTION" {
		h, err := program.Read(create, reading)
		return h.Invoker, err
	}
	stmt, err := lxaccess.Parser{}.One(ctx, create, reading, nil)
	if err != nil {
		return false, err
	}
	if ddl, ok := stmt.(*ast.DDL); ok && ddl.ViewSpec != nil {
		return strings.EqualFold(ddl.ViewSpec.Security, "invoker"), nil
	}
	return false, sqlerr.Syntax.Errorf("not a CREATE VIEW or CREATE PROCEDURE statement")
}
