package engine

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

var _ sql.ViewDatabase = (*database)(nil)

// GetViewDefinition implements sql.ViewDatabase.
func (d *database) GetViewDefinition(ctx *sql.Context, name string) (sql.ViewDefinition, bool, error) {
	s := stateOf(ctx)
	if s == nil {
		return sql.ViewDefinition{}, false, nil
	}
	v := s.snapshot().View(d.rec.ID, name)
	if v == nil || !s.sees(viewObject(v)) && !s.viaView(d.rec.Name, v.Name, v.ID) {
		return sql.ViewDefinition{}, false, nil
	}
	if err := forSession(s).countView(ctx, d.rec.Name, v); err != nil {
		return sql.ViewDefinition{}, false, err
	}
	s.touch(relationUse{object: viewObject(v), view: true})
	s.handOut(v.Create, v.SQLMode, forSession(s).useOf(d.rec, v))
	s.inView = true
	return definition(v), true, nil
}

func definition(v *catalog.View) sql.ViewDefinition {
	return sql.ViewDefinition{Name: v.Name, TextDefinition: v.Definition, CreateViewStatement: v.Create, SqlMode: v.SQLMode}
}

// AllViews implements sql.ViewDatabase: those the caller holds anything on.
func (d *database) AllViews(ctx *sql.Context) ([]sql.ViewDefinition, error) {
	s := stateOf(ctx)
	if s == nil {
		return nil, nil
	}
	var out []sql.ViewDefinition
	for _, v := range d.inst.cat.Snapshot().Views(d.rec.ID) {
		if s.sees(viewObject(v)) {
			s.keepReading(v.Create, v.SQLMode)
			out = append(out, definition(v))
		}
	}
	return out, nil
}

// CreateView implements sql.ViewDatabase. The creator is the definer; a DEFINER
// clause that names somebody else needs SET_ANY_DEFINER.
func (d *database) CreateView(ctx *sql.Context, name, selectText, createText string) error {
	s, err := d.may(ctx, privilege.CreateView)
	if err != nil {
		return err
	}
	definer, err := forSession(s).definerOf(ctx, createText)
	if err != nil {
		return err
	}
	mode := sql.LoadSqlMode(ctx).String()
	invoker, err := securityOf(ctx, createText, mode)
	if err != nil {
		return err
	}
	current := firstOf(s.GetCurrentDatabase(), d.rec.Name)
	names, err := viewNames(ctx, createText, mode, current)
	if err != nil {
		return err
	}
	rec := &catalog.View{
		Database: d.rec.ID, Name: name, Definition: selectText, Create: kept(ctx, createText),
		SQLMode: mode, Definer: definer, Invoker: invoker, Owner: s.who.ID(),
	}
	replaced := s.replaced
	s.replaced = nil
	return s.Update(ctx, func(tx *catalog.Tx) error {
		rec.Bound = bind(tx, current, names)
		if replaced != nil {
			return replaceView(tx, replaced, rec)
		}
		return addView(tx, rec, d.rec.Name)
	})
}

func addView(tx *catalog.Tx, rec *catalog.View, database string) error {
	if tx.View(rec.Database, rec.Name) != nil || tx.Table(rec.Database, rec.Name) != nil {
		return sql.ErrExistingView.New(database, rec.Name)
	}
	id, err := tx.AllocID()
	if err != nil {
		return err
	}
	rec.ID = id
	if err := tx.PutView(rec); err != nil {
		return err
	}
	return grant.Own(tx, id)
}

// replaceView puts a view in the place of another. Made by the same owner it is
// the same object, with the grants on it; made by somebody else it is a new one,
// which nobody has been granted anything on and no view is bound to.
func replaceView(tx *catalog.Tx, old, rec *catalog.View) error {
	now := tx.View(old.Database, old.Name)
	if now == nil || now.ID != old.ID {
		return sqlerr.NoSuchTable.Errorf("view %s was replaced or dropped meanwhile", old.Name)
	}
	if now.Owner == rec.Owner {
		rec.ID = now.ID
		return tx.PutView(rec)
	}
	if err := tx.DropView(now.ID); err != nil {
		return err
	}
	return addView(tx, rec, "")
}

// DropView implements sql.ViewDatabase.
func (d *database) DropView(ctx *sql.Context, name string) error {
	s := stateOf(ctx)
	if s == nil {
		return sql.ErrViewDoesNotExist.New(d.rec.Name, name)
	}
	v := s.snapshot().View(d.rec.ID, name)
	if v == nil {
		return sql.ErrViewDoesNotExist.New(d.rec.Name, name)
	}
	if !s.may(viewObject(v), access.One(privilege.Drop)) {
		return sqlerr.DeniedObject("DROP", s.who.Name(), name)
	}
	if s.replaces { // the library drops before it creates, and would leave nothing when that fails
		s.replaced = v
		return nil
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		return tx.DropView(v.ID)
	})
}
