package access

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
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
	below := access.One(privilege.Select)
	if s.Plans {
		below = mayPlan
	}
	if o.View != nil && !access.May(self, o.Object(), MayReadText, access.List) || use.View != nil && !access.May(self, o.Object(), below, access.List) {
		return sqlerr.ViewNoExplain.Errorf("EXPLAIN/SHOW can not be issued; lacking privileges for underlying table")
	}
	return nil
}

// mayPlan is what it takes to see how a table would be read, below a view as well.
var mayPlan = access.Any(privilege.Of(privilege.Select, privilege.Metadata))

// plans says that somebody who may not do what a statement does may see how it would be done: EXPLAIN shows that, and
// no row, to who holds METADATA. The plan is made blindly, and what is opened for it is opened for nobody.
func (s Asker) plans(actor access.Actor, o object, use *TableUse) bool {
	if !s.Plans || use.inTrigger() || !access.May(actor, o.Object(), access.One(privilege.Metadata), access.List) {
		return false
	}
	return access.May(actor, o.Object(), access.One(privilege.Metadata), access.Enforce)
}

// planned is how what plans allows is opened. A view is no more than its text, and what is below it is asked about
// for whom it is read.
func (s Asker) planned(o object, database, name string, use *TableUse) state.Granted {
	acc := table.Access{Guard: s.Inst.Nobody, Blind: true}
	if o.View != nil {
		acc.Guard = s.rightsFor(use)
	}
	return state.Granted{Database: database, Name: name, ID: o.ID(), Access: acc, Once: use.View != nil}
}

// MayReadText are the rights that show the text of a view.
var MayReadText = access.Any(privilege.Of(privilege.ShowView, privilege.Metadata))
