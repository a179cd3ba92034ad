package engine

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/bucket"
)

// useOf says on whose behalf a view is opened. The invoker of a view inside
// another view or a trigger is the one that text acts for, not the session:
// otherwise a trigger could read through an invoker view of its author's
// whatever the person may read who fires it. It gets no more than the view's
// owner holds: he could have it read what only the enclosing one's definer may.
func (s asker) useOf(db *catalog.Database, v *catalog.View) *viewUse {
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

func (s asker) countView(ctx *sql.Context, database string, v *catalog.View) error {
	if !s.viaView(database, v.Name, v.ID) {
		s.nestedViews = 0
		return nil
	}
	if s.nestedViews++; s.nestedViews > maxNestedViews {
		return sqlerr.ViewRecursive.Errorf("'%s.%s' contains view recursion, or more than %d views", database, v.Name, maxNestedViews)
	}
	return ctx.Err()
}

func (u *tableUse) inTrigger() bool { return u != nil && u.view != nil && u.view.trigger }
