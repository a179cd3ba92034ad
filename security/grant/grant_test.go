package grant

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// sentinels names the errors in the files.
var sentinels = []struct {
	name string
	err  error
}{
	{"ErrNotGranted", ErrNotGranted}, {"ErrNoGrantee", ErrNoGrantee}, {"ErrNoObject", ErrNoObject},
	{"ErrMayNotGrant", ErrMayNotGrant}, {"ErrInvalid", ErrInvalid}, {"ErrDependants", ErrDependants},
	{"ErrOwnsObjects", ErrOwnsObjects}, {"ErrLastAdmin", ErrLastAdmin},
}

func describeError(err error) string {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return fmt.Sprintf("%s: %v\n", s.name, err)
		}
	}
	return fmt.Sprintf("error: %v\n", err)
}

// TestGrant runs the files of testdata/grant, each in a world of its own that
// has root and PUBLIC. Commands:
//
//	setup               creates what its lines name, see world.create
//	as USER             runs each line as a statement; prints notes and errors
//	show NAME...        SHOW GRANTS of each
//	rows DATABASE[.TABLE] | rows *.*   the rows on one object
//	drop NAME           DropPrincipal
//	drop-table D.T      drops the table's record
//	move D.T D2         moves a table to another database
//	revoke-all USER NAME   RevokeAll by a user
//	touched USER        runs one statement, prints whom it touched
//
// An error leaves everything as it was, which every failing line checks.
func TestGrant(t *testing.T) {
	datadriven.Walk(t, "testdata/grant", func(t *testing.T, path string) {
		w := newWorld(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w.t = t
			return w.command(t, d)
		})
	})
}

func (w *world) command(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	switch d.Cmd {
	case "setup":
		for line := range strings.Lines(d.Input) {
			if err := w.update(func(tx *catalog.Tx) error { return w.create(tx, line) }); err != nil {
				d.Fatalf(t, "%s: %v", line, err)
			}
		}
	case "as":
		for line := range strings.Lines(d.Input) {
			out.WriteString(w.statement(t, d.CmdArgs[0].Key, strings.TrimSpace(line)))
		}
	case "show":
		for _, arg := range d.CmdArgs {
			out.WriteString(strings.Join(Show(w.c.Snapshot(), w.c.Snapshot().Principal(arg.Key).ID), "\n") + "\n")
		}
	case "rows":
		s := w.c.Snapshot()
		r, err := parseStatement(s, "GRANT USAGE ON "+d.CmdArgs[0].Key+" TO root")
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		return rows(s, r.Object)
	case "drop":
		return w.drop(d.CmdArgs[0].Key)
	case "drop-table", "move":
		return w.changeObject(t, d)
	case "revoke-all":
		return w.revokeAll(d.CmdArgs[0].Key, d.CmdArgs[1].Key)
	case "touched":
		return w.touched(t, d.CmdArgs[0].Key, d.Input)
	default:
		d.Fatalf(t, "unknown command %s", d.Cmd)
	}
	if out.Len() == 0 {
		return "ok\n"
	}
	return out.String()
}

func (w *world) statement(t *testing.T, user, text string) string {
	before := grants(w.c.Snapshot())
	notes, err := w.run(user, text)
	if err != nil {
		if grants(w.c.Snapshot()) != before {
			t.Errorf("%s failed and changed grants", text)
		}
		return describeError(err)
	}
	var out strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&out, "note: %s\n", n)
	}
	return out.String()
}

func (w *world) drop(name string) string {
	var notes Notes
	err := w.update(func(tx *catalog.Tx) (err error) {
		notes, err = DropPrincipal(tx, tx.Principal(name).ID)
		return err
	})
	if err != nil {
		return describeError(err)
	}
	if len(notes) == 0 {
		return "ok\n"
	}
	return "note: " + strings.Join(notes, "\nnote: ") + "\n"
}

func (w *world) revokeAll(user, name string) string {
	var notes Notes
	err := w.update(func(tx *catalog.Tx) (err error) {
		notes, err = RevokeAll(tx, w.actor(tx.Snapshot, user), []principal.ID{tx.Principal(name).ID})
		return err
	})
	if err != nil {
		return describeError(err)
	}
	return "note: " + strings.Join(notes, "\nnote: ") + "\n"
}

func (w *world) changeObject(t *testing.T, d *datadriven.TestData) string {
	err := w.update(func(tx *catalog.Tx) error {
		r, err := parseStatement(tx.Snapshot, "GRANT USAGE ON "+d.CmdArgs[0].Key+" TO root")
		if err != nil {
			return err
		}
		switch d.Cmd {
		case "move":
			table := tx.TableByID(r.Object).Clone()
			table.Database = tx.Database(d.CmdArgs[1].Key).ID
			return errors.Join(tx.PutTable(table), Moved(tx, r.Object))
		}
		return tx.DropTable(r.Object)
	})
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	return "ok\n"
}

func (w *world) touched(t *testing.T, user, text string) string {
	before := w.c.Snapshot()
	var touched catalog.Touched
	err := w.update(func(tx *catalog.Tx) error {
		r, err := parseStatement(tx.Snapshot, text)
		if err != nil {
			return err
		}
		_, err = Apply(tx, w.actor(tx.Snapshot, user), r)
		touched = tx.Touched()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s := w.c.Snapshot()
	var names []string
	for _, p := range touched.Principals {
		names = append(names, s.PrincipalByID(p).Name)
	}
	for _, o := range touched.Objects {
		names = append(names, target(s, s.Object(o)))
	}
	return fmt.Sprintf("%s; security epoch moved: %v\n", strings.Join(names, ", "), s.SecurityEpoch() != before.SecurityEpoch())
}

func TestTheZeroActorMayDoNothing(t *testing.T) {
	w := newWorld(t)
	for _, line := range []string{"user ann", "table ann.x ann"} {
		if err := w.update(func(tx *catalog.Tx) error { return w.create(tx, line) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{
		"GRANT SELECT ON ann.x TO ann", "GRANT USAGE ON *.* TO ann", "REVOKE SELECT ON ann.x FROM ann",
		"REVOKE IF EXISTS SELECT ON ann.x FROM root", "GRANT SYSTEM ADMIN TO ann",
	} {
		err := w.update(func(tx *catalog.Tx) error {
			r, err := parseStatement(tx.Snapshot, text)
			if err != nil {
				return err
			}
			_, err = Apply(tx, Actor{}, r)
			return err
		})
		if !errors.Is(err, ErrMayNotGrant) {
			t.Errorf("%s: %v, want ErrMayNotGrant", text, err)
		}
	}
}
