package access

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// SeesTables says whether somebody holds something on a database that is about its tables, and so may be
// told that one is not there: he would see it. Who holds something on some of its tables, or has something
// taken from him in it, hears of all others the same, whether they are there or not.
func (s Asker) SeesTables(who access.Actor, database catalog.ID) bool {
	if !access.May(who, access.Database(database), access.Any(privilege.About(privilege.KindTable)), access.List) {
		return false
	}
	snap := s.Inst.Cat.Snapshot()
	if access.May(who, access.System(), access.SystemPrivilege(privilege.SysAdmin), access.List) {
		return true // which nothing binds
	}
	for _, id := range append(snap.Held(who.Principal(), false), who.Principal(), catalog.Public) {
		for _, e := range snap.ExceptionsOf(id) {
			if snap.Object(e.Object).Database == database {
				return false
			}
		}
	}
	return true
}

// checkExplain: EXPLAIN shows the tables below a view and the constants in it,
// so it takes what would show them otherwise.
func (s Asker) checkExplain(o object, use *TableUse) error {
	if !s.Explains || use.inTrigger() {
		return nil
	}
	self := access.As(s.Own, nil)
	if use.View == nil && !access.May(self, o.Object(), access.Any(privilege.About(o.Object().Kind())), access.List) {
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
