package engine

import (
	"context"
	"fmt"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/objects"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/grant"
)

// upgradePrograms brings the programs of earlier releases to the form of
// today's (package access): those kept a DEFINER clause that nobody had checked in
// their text, and every procedure ran as its caller. The definer that the record
// names is whoever created it, so that is who it acts for from now on, and a
// procedure follows its own SQL SECURITY clause. A text that does not parse any
// more stays as it is, and is refused where it is used.
func (e *Engine) upgradePrograms(ctx context.Context) error {
	var change []func(*catalog.Tx) error
	snap := e.inst.Cat.Snapshot()
	for _, db := range snap.Databases() {
		for _, r := range snap.Routines(db.ID) {
			if n, changed := upgradedRoutine(ctx, r); changed {
				change = append(change, func(tx *catalog.Tx) error { return tx.PutRoutine(n) })
			}
		}
		for _, t := range snap.Triggers(db.ID) {
			if text := withoutDefiner(t.Create, t.SQLMode); text != t.Create {
				n := t.Clone()
				n.Create = text
				change = append(change, func(tx *catalog.Tx) error { return tx.PutTrigger(n) })
			}
		}
		for _, v := range snap.Views(db.ID) {
			if n, changed := upgradedView(ctx, snap, db, v); changed {
				change = append(change, func(tx *catalog.Tx) error { return tx.PutView(n) })
			}
		}
	}
	if len(change) == 0 {
		return nil
	}
	err := e.inst.Cat.Update(ctx, func(tx *catalog.Tx) error {
		for _, put := range change {
			if err := put(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("upgrade views and stored programs: %w", err)
	}
	return nil
}

// upgradeGrants completes what earlier releases gave as ALL, as MySQL's upgrade does.
func (e *Engine) upgradeGrants(ctx context.Context) error {
	if !grant.Incomplete(e.inst.Cat.Snapshot()) {
		return nil
	}
	if err := e.inst.Cat.Update(ctx, grant.Complete); err != nil {
		return fmt.Errorf("upgrade grants: %w", err)
	}
	return nil
}

func upgradedRoutine(ctx context.Context, r *catalog.Routine) (*catalog.Routine, bool) {
	n := r.Clone()
	n.Create = withoutDefiner(r.Create, r.SQLMode)
	if invoker, err := objects.SecurityOf(ctx, r.Create, r.SQLMode); err == nil {
		n.Invoker = invoker
	}
	return n, n.Create != r.Create || n.Invoker != r.Invoker
}

// upgradedView binds a view of an earlier release to what its names mean now,
// when a program that knows bindings opens the database for the first time.
func upgradedView(ctx context.Context, snap *catalog.Snapshot, db *catalog.Database, v *catalog.View) (*catalog.View, bool) {
	n := v.Clone()
	n.Create = withoutDefiner(v.Create, v.SQLMode)
	if v.Bound == nil {
		names, err := lxaccess.NamesOf(ctx, n.Create, n.SQLMode, db.Name)
		if err != nil {
			return n, n.Create != v.Create
		}
		n.Bound = lxaccess.Bind(snap, names)
	}
	return n, n.Create != v.Create || v.Bound == nil
}

func withoutDefiner(create, mode string) string {
	m := state.ModeOf(mode)
	if _, found, err := dialect.FindDefiner(create, m); err != nil || !found {
		return create
	}
	return dialect.CutDefiner(lex.OpenComments(create, m), m)
}
