package engine

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The programs of a release that ran every procedure as its caller, and kept
// whatever its DEFINER clause said, act for who created them.
func TestUpgradePrograms(t *testing.T) {
	db := lab(t)
	db.ok("mallory", "USE mallory; CREATE TABLE bait (id INT); CREATE TABLE loot (v INT)")
	db.ok("mallory", `CREATE PROCEDURE p() INSERT INTO loot SELECT v FROM einstein.t; CREATE PROCEDURE i() SQL SECURITY INVOKER SELECT 1;
		CREATE TRIGGER tr AFTER INSERT ON bait FOR EACH ROW SET @a = 1; CREATE VIEW v AS SELECT count(*) n FROM bait;
		CREATE VIEW broken AS SELECT v FROM loot`)
	old := func(tx *catalog.Tx) error {
		home := tx.Database("mallory").ID
		for _, r := range tx.Routines(home) {
			n := r.Clone()
			n.Create, n.Invoker = "CREATE DEFINER=`root`@`%` "+n.Create[len("CREATE "):], true
			if err := tx.PutRoutine(n); err != nil {
				return err
			}
		}
		tr := tx.Trigger(home, "tr").Clone()
		tr.Create = "CREATE DEFINER=root " + tr.Create[len("CREATE "):]
		v := tx.View(home, "v").Clone()
		v.Create, v.Bound = "CREATE DEFINER=root "+v.Create[len("CREATE "):], nil
		broken := tx.View(home, "broken").Clone()
		broken.Create, broken.Bound = "CREATE VIEW broken AS SELECT v FROM", nil
		if err := tx.PutView(broken); err != nil {
			return err
		}
		if err := tx.PutTrigger(tr); err != nil {
			return err
		}
		return tx.PutView(v)
	}
	e := db.engine
	if err := e.inst.Cat.Update(context.Background(), old); err != nil {
		t.Fatal(err)
	}
	if err := e.upgradePrograms(context.Background()); err != nil {
		t.Fatal(err)
	}
	snap := e.inst.Cat.Snapshot()
	home := snap.Database("mallory").ID
	for name, invoker := range map[string]bool{"p": false, "i": true} {
		if r := snap.Routine(home, name, false); r.Invoker != invoker || e.inst.NameOf(r.Definer) != "mallory" || withoutDefiner(r.Create, r.SQLMode) != r.Create {
			t.Errorf("%+v", r)
		}
	}
	db.fails("root", "CALL mallory.p()", sqlerr.TableAccessDenied)
	db.rows("mallory", "SELECT * FROM v", "0")
	if v := snap.View(home, "v"); v.Bound == nil || len(v.Bound.Relations) != 1 || v.Bound.Relations[0].ID != snap.Table(home, "bait").ID {
		t.Errorf("bound to %+v", v.Bound)
	}
	if _, err := db.run("mallory", "SELECT * FROM broken"); err == nil {
		t.Error("a view that does not parse is read")
	}
	db.ok("root", "INSERT INTO mallory.bait VALUES (1)")
	before := e.inst.Cat.Snapshot().Version()
	if err := e.upgradePrograms(context.Background()); err != nil || e.inst.Cat.Snapshot().Version() != before {
		t.Errorf("a second turn changes something: %v", err)
	}
}
