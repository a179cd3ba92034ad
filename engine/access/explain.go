package access

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// SeesTables says whether the session sees any table or view of a database, and
// so may be told that another is not there.
func (s Asker) SeesTables(who access.Actor, database catalog.ID) bool {
	about := access.Any(privilege.About(privilege.KindTable))
	if access.May(who, access.Database(database), about, access.List) {
		return true
	}
	snap := s.Inst.Cat.Snapshot()
	for _, t := range snap.Tables(database) {
		if access.May(who, state.TableObject(t), about, access.List) {
			return true
		}
	}
	for _, v := range snap.Views(database) {
		if access.May(who, state.ViewObject(v), about, access.List) {
			return true
		}
	}
	return false
}

// checkExplain: EXPLAIN shows the tables below a view and the constants in it,
// so it takes what would show them otherwise.
func (s Asker) checkExplain(o object, use *TableUse) error {
	if !s.Explains || use.inTrigger() {
		return nil
	}
	self := access.As(s.Own, nil)
	if use.View == nil && !access.May(self, o.Object(), access.Anything(), access.List) {
		return nil // refused as it is without EXPLAIN, and as what does not exist is
	}
	if o.View != nil && !access.May(self, o.Object(), MayReadText, access.List) ||
		use.View != nil && !access.May(self, o.Object(), access.One(privilege.Select), access.List) {
		return sqlerr.ViewNoExplain.Errorf("EXPLAIN/SHOW can not be issued; lacking privileges for underlying table")
	}
	return nil
}

// MayReadText are the rights that show the text of a view.
var MayReadText = access.Any(privilege.Of(privilege.ShowView, privilege.Metadata))
