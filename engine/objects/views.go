package objects

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/privilege"
)

var _ sql.ViewDatabase = (*database)(nil)

// GetViewDefinition implements sql.ViewDatabase.
func (d *database) GetViewDefinition(ctx *sql.Context, name string) (sql.ViewDefinition, bool, error) {
	s := state.Of(ctx)
	if s == nil {
		return sql.ViewDefinition{}, false, nil
	}
	v := s.Catalog().View(d.rec.ID, name)
	if v != nil && !s.ViaView(d.rec.Name, v.Name, v.ID) && s.Temporary(d.rec.ID, name) != nil { // which hides it
		return sql.ViewDefinition{}, false, nil
	}
	if v == nil || !s.Sees(state.ViewObject(v)) && !s.ViaView(d.rec.Name, v.Name, v.ID) {
		return sql.ViewDefinition{}, false, nil
	}
	if err := lxaccess.For(s).CountView(ctx, d.rec.Name, v); err != nil {
		return sql.ViewDefinition{}, false, err
	}
	s.Touch(state.RelationUse{Object: state.ViewObject(v), View: true})
	use, err := lxaccess.For(s).UseOf(d.rec, v)
	if err != nil {
		return sql.ViewDefinition{}, false, err
	}
	s.HandOut(v.Create, v.SQLMode, use)
	s.InView = true
	return definition(v), true, nil
}

func definition(v *catalog.View) sql.ViewDefinition {
	return sql.ViewDefinition{Name: v.Name, TextDefinition: v.Definition, CreateViewStatement: v.Create, SqlMode: v.SQLMode}
}

// AllViews implements sql.ViewDatabase: those the caller holds anything on.
func (d *database) AllViews(ctx *sql.Context) ([]sql.ViewDefinition, error) {
	s := state.Of(ctx)
	if s == nil {
		return nil, nil
	}
	var out []sql.ViewDefinition
	for _, v := range d.inst.Cat.Snapshot().Views(d.rec.ID) {
		if s.Sees(state.ViewObject(v)) {
			s.KeepReading(v.Create, v.SQLMode)
			out = append(out, definition(v))
		}
	}
	return out, nil
}

// CreateView implements sql.ViewDatabase. The creator is the definer; a DEFINER
// clause that names somebody else needs SET_ANY_DEFINER.
func (d *database) CreateView(ctx *sql.Context, name, selectText, createText string) error {
	s := state.Of(ctx)
	if s == nil || s.Replaced == nil || s.Replaced.Database != d.rec.ID || !catalog.SameName(s.Replaced.Name, name) { // else DropView has asked for the right to replace it
		var err error
		if s, err = d.may(ctx, privilege.CreateView); err != nil {
			return err
		}
		if s.NameDenied(d.rec.ID, name) {
			return sqlerr.DeniedObject("CREATE VIEW", s.User.Name(), name)
		}
	}
	definer, err := lxaccess.For(s).DefinerOf(ctx, createText)
	if err != nil {
		return err
	}
	mode := sql.LoadSqlMode(ctx).String()
	invoker, err := SecurityOf(ctx, createText, mode)
	if err != nil {
		return err
	}
	if _, ok := plainView(ctx, dialect.CutDefiner(createText, state.ModeOf(mode)), mode); !ok {
		return notPlain(mode)
	}
	current := lxaccess.FirstOf(s.GetCurrentDatabase(), d.rec.Name)
	names, err := lxaccess.NamesOf(ctx, createText, mode, current)
	if err != nil {
		return err
	}
	if names.Check != "" && !lxaccess.For(s).Updatable(ctx, current, createText, mode, true) {
		return sqlerr.ViewNonUpdatableCheck.Errorf("CHECK OPTION on non-updatable view '%s.%s'", d.rec.Name, name)
	}
	if names.Check != "" {
		selectText = lex.BeforeWith(selectText, state.ModeOf(mode))
	}
	rec := &catalog.View{
		Database: d.rec.ID, Name: name, Definition: selectText, Create: lxaccess.Kept(ctx, createText),
		SQLMode: mode, Charsets: charsetsNow(ctx, s, nil), Definer: definer, Makers: s.Makers(definer), Invoker: invoker, Owner: s.User.ID(), CheckOption: names.Check,
	}
	replaced := s.Replaced
	s.Replaced = nil
	return s.Update(ctx, func(tx *catalog.Tx) error {
		rec.Bound = lxaccess.Bind(tx, names)
		if replaced != nil && reaches(tx, rec.Bound, replaced.ID, map[catalog.ID]bool{}) {
			return sqlerr.ViewRecursive.Errorf("'%s.%s' contains view recursion", d.rec.Name, name)
		}
		if replaced != nil {
			return replaceView(tx, replaced, rec)
		}
		return addView(tx, rec, d.rec.Name)
	})
}

// reaches reports whether what is bound reads the view with that id, directly or
// through other views.
func reaches(tx *catalog.Tx, bound *catalog.Bindings, id catalog.ID, seen map[catalog.ID]bool) bool {
	if bound == nil {
		return false
	}
	for _, r := range bound.Relations {
		if r.ID == id {
			return true
		}
		if v := tx.ViewByID(r.ID); v != nil && !seen[v.ID] {
			seen[v.ID] = true
			if reaches(tx, v.Bound, id, seen) {
				return true
			}
		}
	}
	return false
}

func addView(tx *catalog.Tx, rec *catalog.View, database string) error {
	if tx.Relation(rec.Database, rec.Name).ID != 0 {
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
	s := state.Of(ctx)
	if s == nil {
		return sql.ErrViewDoesNotExist.New(d.rec.Name, name)
	}
	v := s.Catalog().View(d.rec.ID, name)
	if t := s.Catalog().Table(d.rec.ID, name); t != nil && s.Sees(state.TableObject(t)) {
		return sqlerr.WrongObject.Errorf("'%s.%s' is not VIEW", d.rec.Name, name)
	}
	if v == nil {
		return sql.ErrViewDoesNotExist.New(d.rec.Name, name)
	}
	want := access.One(privilege.Drop)
	if s.Replaces {
		want = lxaccess.ReplacesView
	}
	if !s.May(state.ViewObject(v), want) {
		return sqlerr.DeniedObject("DROP", s.User.Name(), name)
	}
	if s.Replaces { // the library drops before it creates, and would leave nothing when that fails
		s.Replaced = v
		return nil
	}
	return s.Update(ctx, func(tx *catalog.Tx) error {
		if tx.ViewByID(v.ID) == nil { // meanwhile
			return sql.ErrViewDoesNotExist.New(d.rec.Name, name)
		}
		return tx.DropView(v.ID)
	})
}
