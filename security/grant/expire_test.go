package grant

import (
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// TestExpire: an end takes the atoms that it is for, and what hung on their grant
// option; the rest of the row stays.
func TestExpire(t *testing.T) {
	w := newWorld(t)
	err := w.update(func(tx *catalog.Tx) error {
		for _, line := range []string{"user owner", "user bob", "user cid", "table owner.t owner"} {
			if err := w.create(tx, line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	snap := w.c.Snapshot()
	bob, cid := snap.Principal("bob").ID, snap.Principal("cid").ID
	table := snap.Table(snap.Database("owner").ID, "t").ID
	now := time.Now()
	give := func(by string, to principal.ID, atom privilege.Atom, option bool, until int64) {
		t.Helper()
		err := w.update(func(tx *catalog.Tx) error {
			_, err := Apply(tx, w.actor(tx.Snapshot, by), Request{
				Object: table, Kind: privilege.KindTable, Grantees: []principal.ID{to}, GrantOption: option, Until: until,
				Privileges: []Privilege{{atom.String(), privilege.Of(atom)}},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	give("owner", bob, privilege.Insert, false, 0)
	give("owner", bob, privilege.Select, true, now.Add(time.Hour).UnixMicro())
	give("bob", cid, privilege.Select, false, 0)

	for _, step := range []struct {
		at       time.Time
		bob, cid privilege.Set
	}{
		{now, privilege.Of(privilege.Select, privilege.Insert), privilege.Of(privilege.Select)},
		{now.Add(2 * time.Hour), privilege.Of(privilege.Insert), 0},
	} {
		if err := w.update(func(tx *catalog.Tx) error { return Expire(tx, step.at) }); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[principal.ID]privilege.Set{bob: step.bob, cid: step.cid} {
			var got privilege.Set
			for _, g := range w.c.Snapshot().GrantsToOn(who, table) {
				got |= g.Atoms
			}
			if got != want {
				t.Errorf("at %v principal %d holds %s, not %s", step.at.Sub(now), who, got, want)
			}
		}
	}
	if left := w.c.Snapshot().Timed(); len(left) != 0 {
		t.Errorf("%d grants still have an end", len(left))
	}
}
