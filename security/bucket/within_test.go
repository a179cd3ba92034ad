package bucket

import (
	"testing"

	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

func TestWithin(t *testing.T) {
	w := newWorld(t)
	d := w.database("d")
	ids := w.tables(d, 2)
	ann, bob := w.user("ann"), w.user("bob")
	a, b := w.session(ann), w.session(bob)
	both := a.Within(b)
	if both.Principal() != ann {
		t.Error("the rights of ann within bob's are not ann's")
	}
	expect(t, "nothing granted", both, ids[0], 0)
	w.grant(ann, ids[0], privilege.Select, privilege.Insert)
	expect(t, "ann alone", both, ids[0], 0)
	if both.AnyInDatabase(d) {
		t.Error("the database is visible through ann's grant alone")
	}
	w.grant(bob, ids[0], privilege.Select, privilege.Delete)
	expect(t, "both", both, ids[0], kivi.Read)
	if got := both.Atoms(ids[0], d); got != privilege.Of(privilege.Select) {
		t.Errorf("atoms are %v", got)
	}
	w.grant(bob, ids[1], privilege.Select)
	expect(t, "bob alone", both, ids[1], 0)
	w.revoke(bob, ids[0])
	expect(t, "revoked", both, ids[0], 0)

	if a.Within(nil).Allows(ids[0], kivi.Read) || (*Rights)(nil).Within(a).Allows(ids[0], kivi.Read) {
		t.Error("without one of the two something is allowed")
	}
	if a.Within(a) != a {
		t.Error("within one's own rights")
	}
	carol := w.session(w.user("carol"))
	w.grant(bob, ids[0], privilege.Select)
	expect(t, "two of three", both.Within(carol), ids[0], 0)
}
