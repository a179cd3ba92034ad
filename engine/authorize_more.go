package engine

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// seesTables says whether the session sees any table or view of a database, and
// so may be told that another is not there.
func (s asker) seesTables(who access.Actor, database catalog.ID) bool {
	about := access.Any(privilege.About(privilege.KindTable))
	if access.May(who, access.Database(database), about, access.List) {
		return true
	}
	snap := s.inst.cat.Snapshot()
	for _, t := range snap.Tables(database) {
		if access.May(who, tableObject(t), about, access.List) {
			return true
		}
	}
	for _, v := range snap.Views(database) {
		if access.May(who, viewObject(v), about, access.List) {
			return true
		}
	}
	return false
}

// checkExplain: EXPLAIN shows the tables below a view and the constants in it,
// so it takes what would show them otherwise.
func (s asker) checkExplain(o object, use *tableUse) error {
	if !s.explains || use.inTrigger() {
		return nil
	}
	self := access.As(s.own, nil)
	if o.view != nil && !access.May(self, o.object(), mayReadText, access.List) ||
		use.view != nil && !access.May(self, o.object(), access.One(privilege.Select), access.List) {
		return sqlerr.ViewNoExplain.Errorf("EXPLAIN/SHOW can not be issued; lacking privileges for underlying table")
	}
	return nil
}

// mayReadText are the rights that show the text of a view.
var mayReadText = access.Any(privilege.Of(privilege.ShowView, privilege.Metadata))
