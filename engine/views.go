package engine

import (
	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// viewUse says on whose behalf the tables of a stored view or trigger are
// opened.
type viewUse struct {
	database, name string
	invoker        bool // SQL SECURITY INVOKER: the caller's rights count
	rights         *bucket.Rights
	bound          *boundNames
	actor          string // the user whose rights these are, for CURRENT_USER()
	trigger        bool   // it fires: its body sees what the statement has written so far
}

func (u *tableUse) inTrigger() bool { return u != nil && u.view != nil && u.view.trigger }

// storedText is the text of views and triggers that the planner was handed in
// this statement and will parse. Matching the text, and forgetting it at the
// start and end of every statement, keeps a user's own CREATE VIEW with the
// same words from being taken for the stored one.
type storedText map[string]*viewUse

func (s *scope) handOut(text, mode string, use *viewUse) {
	s.keepReading(text, mode)
	if s.stored == nil {
		s.stored = storedText{}
	}
	s.stored[text] = use
}

func (s *state) storedUse(text string) *viewUse {
	if s == nil {
		return nil
	}
	return s.stored[text]
}

// readsStored reports whether a stored view or trigger is part of the statement.
func (s *state) readsStored() bool { return s != nil && len(s.stored) > 0 }

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
	if err := s.countView(ctx, d.rec.Name, v); err != nil {
		return sql.ViewDefinition{}, false, err
	}
	s.touch(relationUse{object: viewObject(v), view: true})
	s.handOut(v.Create, v.SQLMode, s.useOf(d.rec, v))
	s.inView = true
	return definition(v), true, nil
}

// useOf says on whose behalf a view is opened. The invoker of a view inside
// another view or a trigger is the one that text acts for, not the session:
// otherwise a trigger could read through an invoker view of its author's
// whatever the person may read who fires it. It gets no more than the view's
// owner holds: he could have it read what only the enclosing one's definer may.
func (s *state) useOf(db *catalog.Database, v *catalog.View) *viewUse {
	use := &viewUse{database: db.Name, name: v.Name, invoker: v.Invoker, bound: namesBound(v)}
	enclosed := s.viaView(db.Name, v.Name, v.ID)
	if enclosed {
		use.trigger = s.next.access.Latest
	}
	switch {
	case !v.Invoker:
		use.rights, use.actor = s.inst.rightsOf(v.Definer), s.inst.nameOf(v.Definer)
	case enclosed:
		enclosing, _ := s.next.access.Guard.(*bucket.Rights)
		use.invoker, use.rights = false, enclosing.Within(s.inst.rightsOf(v.Owner))
		use.actor = s.inst.nameOf(enclosing.Principal())
	case s.inDefiner():
		use.invoker, use.rights, use.actor = false, s.rights.Within(s.inst.rightsOf(v.Owner)), s.who.Name()
	}
	return use
}

// maxNestedViews bounds the views that one reference stands for. The planner
// opens each where it is named: views of views of views grow without bound, and
// one that names itself, as CREATE OR REPLACE can make, would take the stack of
// the whole server.
const maxNestedViews = 500

func (s *state) countView(ctx *sql.Context, database string, v *catalog.View) error {
	if !s.viaView(database, v.Name, v.ID) {
		s.nestedViews = 0
		return nil
	}
	if s.nestedViews++; s.nestedViews > maxNestedViews {
		return sqlerr.ViewRecursive.Errorf("'%s.%s' contains view recursion, or more than %d views", database, v.Name, maxNestedViews)
	}
	return ctx.Err()
}

func definition(v *catalog.View) sql.ViewDefinition {
	return sql.ViewDefinition{Name: v.Name, TextDefinition: v.Definition, CreateViewStatement: v.Create, SqlMode: v.SQLMode}
}

// viaView reports whether the authorizer has just allowed this object on behalf
// of an enclosing view's definer.
func (s *scope) viaView(database, name string, id catalog.ID) bool {
	acc := s.next
	return acc.once && acc.matches(database, name) && acc.id == id
}

// rightsOf follows the rights of the principal that a stored object runs as,
// whoever is logged in. A principal that is gone may do nothing.
func (in *instance) rightsOf(id principal.ID) *bucket.Rights {
	p := in.cat.Snapshot().PrincipalByID(id)
	if p == nil {
		return in.bucket.Session(principal.Principal{})
	}
	return in.bucket.Session(principal.Trusted(id, p.Name))
}

// nameOf is a principal's name, "" for one that is gone.
func (in *instance) nameOf(id principal.ID) string {
	if p := in.cat.Snapshot().PrincipalByID(id); p != nil {
		return p.Name
	}
	return ""
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
	definer, err := s.definerOf(ctx, createText)
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
	return s.update(ctx, func(tx *catalog.Tx) error {
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
		return deniedObject("DROP", s.who.Name(), name)
	}
	if s.replaces { // the library drops before it creates, and would leave nothing when that fails
		s.replaced = v
		return nil
	}
	return s.update(ctx, func(tx *catalog.Tx) error {
		return tx.DropView(v.ID)
	})
}
