package access

import (
	"context"
	"strconv"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// UseOf says on whose behalf a view is opened. The invoker of a view inside
// another view or a trigger is the one that text acts for, not the session:
// otherwise a trigger could read through an invoker view of its author's
// whatever the person may read who fires it. It gets no more than the view's
// owner holds: he could have it read what only the enclosing one's definer may.
func (s Asker) UseOf(db *catalog.Database, v *catalog.View) (*state.ViewUse, error) {
	enclosed := s.ViaView(db.Name, v.Name, v.ID)
	var enclosing *bucket.Rights
	if enclosed {
		enclosing, _ = s.Next.Access.Guard.(*bucket.Rights)
	}
	use, err := s.useFor(db, v, enclosing, enclosed)
	if enclosed && err == nil {
		use.Trigger = s.Next.Access.Latest
	}
	return use, err
}

// useFor is UseOf of a view that stands in a text which acts by the rights enclosing, or in none.
func (s Asker) useFor(db *catalog.Database, v *catalog.View, enclosing *bucket.Rights, enclosed bool) (*state.ViewUse, error) {
	use := &state.ViewUse{Database: db.Name, Name: v.Name, Invoker: v.Invoker, Bound: state.NamesBound(v), Collation: v.Charsets.Or().Connection}
	switch {
	case !v.Invoker:
		if why := s.Inst.Outgrown(v.Makers, v.Definer); why != "" {
			if !access.May(s.Actor(), state.ViewObject(v), access.One(privilege.ShowView), access.List) {
				return nil, InvalidView(use) // who its definer is, is not for him
			}
			return nil, sqlerr.ViewInvalid.Errorf("View '%s.%s' %s", db.Name, v.Name, why).WithHint(state.MakeAgain)
		}
		use.Rights, use.Actor = s.ActingFor(v.Definer), s.Inst.AccountOf(v.Definer)
	case enclosed:
		use.Invoker, use.Rights = false, enclosing.Within(s.Inst.StandingOf(v.Owner))
		use.Actor = s.Inst.AccountOf(enclosing.Principal())
	case s.InDefiner():
		use.Invoker, use.Rights, use.Actor = false, s.Rights.Within(s.Inst.StandingOf(v.Owner)), s.ActsFor()
	}
	return use, nil
}

// maxNestedViews bounds the views that one reference stands for. The planner
// opens each where it is named: views of views of views grow without bound, and
// one that names itself, as CREATE OR REPLACE can make, would take the stack of
// the whole server.
const maxNestedViews = 500

func (s Asker) CountView(ctx *sql.Context, database string, v *catalog.View) error {
	if !s.ViaView(database, v.Name, v.ID) {
		s.NestedViews = 0
		return nil
	}
	if s.NestedViews++; s.NestedViews > maxNestedViews {
		return sqlerr.ViewRecursive.Errorf("'%s.%s' contains view recursion, or more than %d views", database, v.Name, maxNestedViews)
	}
	return ctx.Err()
}

// functionsOf has the stored functions of a view looked up where the view was made, and
// called by who its tables are read for.
func functionsOf(ctx context.Context, query ast.SQLNode, view *state.ViewUse) {
	c, ok := ctx.(*sql.Context)
	if !ok || query == nil {
		return
	}
	s := state.Of(c)
	if s == nil {
		return
	}
	database := view.Database
	if view.Bound != nil && view.Bound.Database != "" {
		database = view.Bound.Database
	}
	s.Views = append(s.Views, view)
	grammar.MarkFunctions(query, database, strconv.Itoa(len(s.Views)-1), lxplan.BuiltIn)
}

// CallerIn is who calls the stored functions of a view.
func CallerIn(s *state.Session, view *state.ViewUse) routine.Caller {
	if view.Invoker || view.Rights == nil {
		return routine.CallerOf(s)
	}
	id := view.Rights.Principal()
	return routine.Caller{User: principal.Trusted(id, s.Inst.NameOf(id)), Rights: view.Rights, Definer: true}
}

func (u *TableUse) inTrigger() bool { return u != nil && u.View != nil && u.View.Trigger }
