package objects

import (
	"slices"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/variable"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Trigger is a trigger with what its text says before the body.
type Trigger struct {
	Record   *catalog.Trigger
	Database *catalog.Database
	Table    *catalog.Table
	Header   program.Header
	Mode     lex.Mode
}

// TriggersOf are the triggers of a table for an event, in their order.
func TriggersOf(s *state.Session, on *catalog.Table, event string) ([]Trigger, error) {
	snap := s.Inst.Cat.Snapshot()
	var out []Trigger
	for _, t := range snap.Triggers(on.Database) {
		if t.Table != on.ID {
			continue
		}
		mode := state.ModeOf(t.SQLMode)
		h, err := program.Read(t.Create, mode)
		if err != nil {
			return nil, err
		}
		if h.On.Event == event {
			out = append(out, Trigger{t, snap.DatabaseByID(on.Database), on, h, mode})
		}
	}
	slices.SortStableFunc(out, func(a, b Trigger) int { return int(a.Record.Order) - int(b.Record.Order) })
	return out, nil
}

// ActivateTrigger makes the activation of a trigger that fires: it acts for its
// definer. With an error it is given where that is somebody.
func ActivateTrigger(s *state.Session, t *Trigger) (*state.Activation, error) {
	p := s.Inst.Cat.Snapshot().PrincipalByID(t.Record.Definer)
	if p == nil || p.Kind != catalog.KindUser {
		return nil, sqlerr.NoSuchUser.Errorf("The user specified as a definer of trigger '%s.%s' does not exist", t.Database.Name, t.Record.Name)
	}
	a := &state.Activation{
		Makers: t.Record.Makers, Names: t.Record.Names, Outer: s.Calls, Trigger: t.Record.ID, Database: t.Database.Name, Mode: t.Record.SQLMode, Charsets: t.Record.Charsets.Or(),
		User: principal.Trusted(p.ID, p.Name), Rights: s.ActingFor(p.ID), Definer: true, Prepared: map[string]bool{},
	}
	return a, a.MayAct(s.Inst)
}

// MayFire asks whether the definer, for whom the session acts, still holds what the
// trigger needs on its table.
func MayFire(s *state.Session, t *Trigger, p *program.Program) error {
	if s.May(state.TableObject(t.Table), access.All(triggerNeeds(p))) {
		return nil
	}
	return sqlerr.TableAccessDenied.Errorf("the definer of trigger '%s.%s' does not hold the rights that it needs on table '%s'",
		t.Database.Name, t.Record.Name, t.Table.Name).WithHint("grant them, or DROP TRIGGER %s.%s", t.Database.Name, t.Record.Name)
}

// triggerNeeds is what the definer of a trigger must hold on the table that fires it,
// when he creates it and whenever it fires: the row's columns are read and changed for
// him.
func triggerNeeds(p *program.Program) privilege.Set {
	need := privilege.Of(privilege.Trigger)
	if p.ReadsRow {
		need = need.Union(privilege.Of(privilege.Select))
	}
	if p.SetsNew {
		need = need.Union(privilege.Of(privilege.Update))
	}
	return need
}

func (n *defineRoutine) createTrigger(ctx *sql.Context, s *state.Session, h program.Header) error {
	on, err := inDatabase(s, lxaccess.FirstOf(h.On.Database, h.Database))
	if err != nil {
		return err
	}
	if db, err := inDatabase(s, lxaccess.FirstOf(h.Database, on.Name)); err != nil || db.ID != on.ID {
		if err == nil {
			err = sqlerr.TrgInWrongSchema.Errorf("Trigger in wrong schema")
		}
		return err
	}
	snap := s.Inst.Cat.Snapshot()
	if s.Temporary(on.ID, h.On.Table) != nil {
		return sqlerr.TrgOnViewOrTempTable.Errorf("Trigger's '%s' is view or temporary table", h.On.Table)
	}
	rec := snap.Table(on.ID, h.On.Table)
	if rec == nil || !s.Sees(state.TableObject(rec)) {
		if snap.View(on.ID, h.On.Table) != nil && lxaccess.For(s).SeesTables(s.Actor(), on.ID) {
			return sqlerr.WrongObject.Errorf("'%s.%s' is not BASE TABLE", on.Name, h.On.Table)
		}
		if lxaccess.For(s).SeesTables(s.Actor(), on.ID) {
			return sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", on.Name, h.On.Table)
		}
		return sqlerr.DeniedObject("TRIGGER", s.User.Name(), h.On.Table)
	}
	if !s.May(state.TableObject(rec), access.One(privilege.Trigger)) {
		return sqlerr.DeniedObject("TRIGGER", s.User.Name(), h.On.Table)
	}
	if err := CheckName("trigger", h.Name); err != nil {
		return err
	}
	p, err := readNew(ctx, s.Inst, on, n.text, n.mode, rec)
	if err != nil {
		return err
	}
	for _, need := range []struct {
		is   bool
		of   privilege.Atom
		name string
	}{{p.ReadsRow, privilege.Select, "SELECT"}, {p.SetsNew, privilege.Update, "UPDATE"}} {
		if need.is && !s.May(state.TableObject(rec), access.One(need.of)) {
			return sqlerr.DeniedObject(need.name, s.User.Name(), h.On.Table)
		}
	}
	definer, err := lxaccess.For(s).DefinerOf(ctx, n.text)
	if err != nil {
		return err
	}
	created := &catalog.Trigger{
		Database: on.ID, Name: h.Name, Table: rec.ID, Create: lxaccess.Kept(ctx, n.text), SQLMode: sessionText(ctx, sql.SqlModeSessionVar), Charsets: charsetsNow(ctx, s, on),
		Definer: definer, Makers: s.Makers(definer), Names: namesIn(s, on, p), Created: time.Now().UnixMicro(),
	}
	exists := false
	err = s.Update(ctx, func(tx *catalog.Tx) error {
		if exists = tx.Trigger(on.ID, h.Name) != nil; exists {
			if h.IfNotExists {
				return nil
			}
			return sqlerr.TriggerExists.Errorf("Trigger already exists")
		}
		return putTrigger(tx, created, h)
	})
	if err == nil && exists {
		ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.TriggerExists), Message: "Trigger already exists"})
	}
	return err
}

// putTrigger gives a new trigger its place: the last, or right behind or before
// another one of the same table, time and event.
func putTrigger(tx *catalog.Tx, t *catalog.Trigger, h program.Header) error {
	id, err := tx.AllocID()
	if err != nil {
		return err
	}
	t.ID = id
	all := tx.Triggers(t.Database)
	slices.SortStableFunc(all, func(a, b *catalog.Trigger) int { return int(a.Order) - int(b.Order) })
	at := len(all)
	if h.On.Other != "" {
		at = slices.IndexFunc(all, func(o *catalog.Trigger) bool {
			other, err := program.Read(o.Create, state.ModeOf(o.SQLMode))
			return err == nil && catalog.SameName(o.Name, h.On.Other) && o.Table == t.Table && other.On.Before == h.On.Before && other.On.Event == h.On.Event
		})
		if at < 0 {
			return sqlerr.ReferencedTriggerDoesNotExist.Errorf("Referenced trigger '%s' for the given action time and event type does not exist.", h.On.Other)
		}
		if h.On.Follows {
			at++
		}
	}
	for i, o := range slices.Insert(slices.Clone(all), at, t) {
		if o == t {
			t.Order = uint32(i + 1)
		} else if o.Order != uint32(i+1) {
			moved := o.Clone()
			moved.Order = uint32(i + 1)
			if err := tx.PutTrigger(moved); err != nil {
				return err
			}
		}
	}
	return tx.PutTrigger(t)
}

// triggerHeader is a CREATE TRIGGER without body for the library, which reads it to know of which table a trigger is.
// It is written anew: the library's grammar knows neither IF NOT EXISTS nor every name that stands bare in MySQL, and one
// header that it cannot read would fail whatever lists or drops triggers of the database, and its tables. A text that is
// unreadable itself has the table of its record. The triggers come in their order.
func triggerHeader(db *catalog.Database, on *catalog.Table, t *catalog.Trigger) string {
	time, event := "BEFORE", "INSERT"
	if h, err := program.Read(t.Create, state.ModeOf(t.SQLMode)); err == nil {
		event = h.On.Event
		if !h.On.Before {
			time = "AFTER"
		}
	}
	quote := sql.QuoteIdentifier
	return "CREATE TRIGGER " + quote(db.Name) + "." + quote(t.Name) + " " + time + " " + event + " ON " + quote(db.Name) + "." + quote(on.Name) + " FOR EACH ROW BEGIN END"
}

// actionOrder is the place of a trigger among those that fire for the same table, event and time.
func actionOrder(snap *catalog.Snapshot, t *catalog.Trigger, h program.Header) int64 {
	place := int64(1)
	for _, o := range snap.Triggers(t.Database) {
		if o.Table != t.Table || o.Order >= t.Order {
			continue
		}
		if other, err := program.Read(o.Create, state.ModeOf(o.SQLMode)); err == nil && other.On.Event == h.On.Event && other.On.Before == h.On.Before {
			place++
		}
	}
	return place
}

// showBody puts the body back.
func showBody(s *state.Session, r infoRow) bool {
	snap := s.Inst.Cat.Snapshot()
	db := snap.Database(r.text("TRIGGER_SCHEMA"))
	if db == nil {
		return false
	}
	t := snap.Trigger(db.ID, r.text("TRIGGER_NAME"))
	if t == nil || !showsTrigger(s, t) {
		return false
	}
	r.set("SQL_MODE", variable.StoredModes(t.SQLMode))
	client, connection, database := madeUnder(s, db, t.Charsets)
	r.set("CHARACTER_SET_CLIENT", client)
	r.set("COLLATION_CONNECTION", connection)
	r.set("DATABASE_COLLATION", database)
	if h, err := program.Read(t.Create, state.ModeOf(t.SQLMode)); err == nil {
		r.set("ACTION_STATEMENT", t.Create[h.BodyAt:])
		r.set("ACTION_ORDER", actionOrder(snap, t, h))
	}
	return true
}

// ShowsProgram says that a session may read a routine, or a trigger, and so may hear what it
// lacks.
func ShowsProgram(s *state.Session, r *catalog.Routine, t *catalog.Trigger) bool {
	if r != nil {
		return access.May(s.Actor(), state.RoutineObject(r), routineText, access.List)
	}
	return t != nil && showsTrigger(s, t)
}

// showsTrigger: what a trigger does is for who may make triggers on its table.
func showsTrigger(s *state.Session, t *catalog.Trigger) bool {
	return access.May(s.Actor(), access.In(privilege.KindTable, t.Table, t.Database), access.One(privilege.Trigger), access.List)
}
