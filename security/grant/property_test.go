package grant

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// randomWorld has owners, a role with a member, and names that need quoting.
func randomWorld(t *testing.T) *world {
	w := newWorld(t)
	for _, line := range []string{
		"user ann", "user bob", "user cyd", "user o`x", "role editors", "group science",
		"member bob editors", "member cyd science",
		"database shop ann", "database we`ird.db bob",
		"table shop.t ann", "table shop.u bob", "table ann.t ann", "view shop.v cyd",
		"procedure shop.p ann", "function shop.p bob",
	} {
		if err := w.update(func(tx *catalog.Tx) error { return w.create(tx, line) }); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return w
}

// form is a privilege list on a target, as both GRANT and REVOKE take it.
type form struct{ privileges, target string }

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

func randomForm(rng *rand.Rand) form {
	list := func(names ...string) string {
		first, second := pick(rng, names...), pick(rng, names...)
		if rng.IntN(2) == 0 || first == second {
			return first
		}
		return first + ", " + second
	}
	mysql := []string{"SELECT", "INSERT", "UPDATE", "DELETE", "ALTER", "DROP", "INDEX", "TRIGGER", "REFERENCES", "CREATE VIEW", "ALL", "GRANT", "METADATA"}
	words := []string{"READ", "write", "ALTER", "all privileges", "select"}
	switch rng.IntN(10) {
	case 0, 1:
		target, kind := pick(rng, "shop.t", "shop.u", "ann.t", "shop.v", "`SHOP`.`T`"), privilege.KindTable
		if target == "shop.v" {
			kind = privilege.KindView
		}
		opening := slices.DeleteFunc(slices.Clone(mysql), func(name string) bool { return !privilege.Opens(name, kind, false) }) // the statement refuses the others
		return form{list(opening...), target}
	case 2, 3, 4:
		return form{list(words...), pick(rng, "TABLE shop.t", "table shop.u", "TABLE ann.t")}
	case 5:
		return form{list(mysql...), pick(rng, "shop.*", "`we``ird.db`.*", "ann.*")}
	case 6, 7:
		return form{list(words...), pick(rng, "SCHEMA shop", "DATABASE `we``ird.db`", "schema ann")}
	case 8:
		return form{list("EXECUTE", "ALTER ROUTINE", "ALL"), pick(rng, "PROCEDURE shop.p", "FUNCTION shop.p")}
	}
	if rng.IntN(2) == 0 {
		return form{list("SYSTEM READ", "SYSTEM WRITE", "USER ADMIN", "SYSTEM MONITOR"), ""}
	}
	return form{list("SELECT", "INSERT", "PROCESS", "RELOAD"), "*.*"}
}

func (f form) statement(verb, preposition, grantees, tail string) string {
	on := ""
	if f.target != "" {
		on = " ON " + f.target
	}
	return verb + " " + f.privileges + on + " " + preposition + " " + grantees + tail
}

func randomGrantee(rng *rand.Rand) string {
	return pick(rng, "ann", "bob", "cyd", "`o``x`@`%`", "editors", "ldapGroup:science", "PUBLIC")
}

func randomActor(rng *rand.Rand) string { return pick(rng, "root", "ann", "bob", "cyd", "o`x", "ann") }

// step runs one random statement and checks what must hold of every one. It
// says whether it changed something.
func (w *world) step(rng *rand.Rand) bool {
	f, actor := randomForm(rng), randomActor(rng)
	text := f.statement("GRANT", "TO", randomGrantee(rng), pick(rng, "", " WITH GRANT OPTION"))
	switch rng.IntN(6) {
	case 0:
		text = f.statement(pick(rng, "REVOKE", "REVOKE IF EXISTS"), pick(rng, "FROM", "TO"), randomGrantee(rng)+", "+randomGrantee(rng), "")
	case 1:
		text = f.statement("REVOKE GRANT OPTION FOR", "FROM", randomGrantee(rng), "")
	}
	before := w.c.Snapshot()
	_, err := w.run(actor, text)
	after := w.c.Snapshot()
	if err != nil {
		if grants(before) != grants(after) {
			w.t.Fatalf("%s: %s: failed and changed something: %v", actor, text, err)
		}
		if !known(err) {
			w.t.Fatalf("%s: %s: %v", actor, text, err)
		}
		return false
	}
	w.checkStep(actor, text, before, after)
	w.checkSupported(actor + ": " + text)
	return grants(before) != grants(after)
}

func known(err error) bool {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return true
		}
	}
	return errors.Is(err, privilege.ErrWrongKind)
}

// checkStep: a GRANT adds to rows of its object only what the actor could pass
// on, and a REVOKE adds nothing.
func (w *world) checkStep(actor, text string, before, after *catalog.Snapshot) {
	w.t.Helper()
	r, err := parseStatement(before, text)
	if err != nil {
		w.t.Fatal(err)
	}
	may := privilege.Set(0)
	if !r.Revoke {
		err := w.update(func(tx *catalog.Tx) error { // in the state before, which is rolled back
			l := newLedger(tx)
			for _, p := range after.Principals() {
				for _, g := range tx.GrantsTo(p.ID) {
					l.set(catalog.Grant{Grantee: g.Grantee, Object: g.Object, Grantor: g.Grantor, Kind: g.Kind})
				}
				for _, g := range before.GrantsTo(p.ID) {
					l.set(*g)
				}
			}
			may = l.authorityOf(w.actor(before, actor), before.Object(r.Object)).atoms()
			return errRollback
		})
		if !errors.Is(err, errRollback) {
			w.t.Fatal(err)
		}
	}
	for _, p := range after.Principals() {
		for _, g := range after.GrantsTo(p.ID) {
			had := catalog.Grant{}
			if old := before.Grant(g.Grantee, g.Object, g.Grantor); old != nil {
				had = *old
			}
			gained := g.Atoms.Minus(had.Atoms).Union(g.Options.Minus(had.Options))
			if gained.IsEmpty() {
				continue
			}
			if r.Revoke || g.Object != r.Object || !may.HasAll(gained) {
				w.t.Fatalf("%s: %s: gained %v on %d, might pass on %v", actor, text, gained, g.Object, may)
			}
		}
	}
}

var errRollback = errors.New("rolled back on purpose")

// checkSupported: no row hangs in the air.
func (w *world) checkSupported(after string) {
	w.t.Helper()
	err := w.update(func(tx *catalog.Tx) error {
		if cut := newLedger(tx).cascade(catalog.System); len(cut) > 0 {
			w.t.Fatalf("after %s: not supported: %v", after, cut)
		}
		return errRollback
	})
	if !errors.Is(err, errRollback) {
		w.t.Fatal(err)
	}
}

// TestRandomStatements keeps the invariants through long random histories.
func TestRandomStatements(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			w := randomWorld(t)
			changed := 0
			for range 250 {
				if w.step(rng) {
					changed++
				}
			}
			if changed < 25 {
				t.Fatalf("only %d of 250 statements changed something; the run proves nothing", changed)
			}
			roundTrip(t, w)
		})
	}
}

// TestGrantThenRevoke: a REVOKE of what was just granted restores the state to
// the last field of every row, for every form, actor and kind of grantee.
func TestGrantThenRevoke(t *testing.T) {
	forms := map[string]int{}
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 3))
		w := randomWorld(t)
		for i := range 300 {
			if i%20 == 0 { // another state to start from
				for range 5 {
					w.step(rng)
				}
			}
			f, actor, grantee := randomForm(rng), randomActor(rng), randomGrantee(rng)
			grant := f.statement("GRANT", "TO", grantee, pick(rng, "", " WITH GRANT OPTION"))
			before := w.c.Snapshot()
			r, err := parseStatement(before, grant)
			if err != nil {
				if !known(err) {
					t.Fatalf("%s: %v", grant, err)
				}
				continue
			}
			if atoms, _ := r.atoms(); holdsAny(before, r, atoms) {
				continue
			}
			if _, err := w.run(actor, grant); err != nil {
				continue
			}
			if grants(w.c.Snapshot()) == grants(before) {
				t.Fatalf("%s: %s: changed nothing", actor, grant)
			}
			revoke := f.statement("REVOKE", pick(rng, "FROM", "TO"), grantee, "")
			if _, err := w.run(actor, revoke); err != nil {
				t.Fatalf("%s: %s, then %s: %v", actor, grant, revoke, err)
			}
			if got, want := grants(w.c.Snapshot()), grants(before); got != want {
				t.Fatalf("%s: %s, then %s:\n%s\nbefore:\n%s", actor, grant, revoke, got, want)
			}
			forms[strings.Fields(f.target + " *.*")[0]]++
		}
	}
	for _, word := range []string{"TABLE", "SCHEMA", "shop.t", "shop.*", "PROCEDURE", "*.*"} {
		if forms[word] == 0 {
			t.Errorf("no round trip with ON %s: %v", word, forms)
		}
	}
}

func holdsAny(s *catalog.Snapshot, r Request, atoms privilege.Set) bool {
	for _, p := range r.Grantees {
		for _, g := range s.GrantsToOn(p, r.Object) {
			if g.Atoms.HasAny(atoms) {
				return true
			}
		}
		for _, g := range s.GrantsToOn(p, s.Object(r.Object).Database) {
			if g.Atoms.HasAny(atoms) {
				return true // a REVOKE would make an exception
			}
		}
	}
	return false
}

// roundTrip runs what Show prints for everybody in a world that has the same
// objects and no grants, and compares who may do what.
func roundTrip(t *testing.T, w *world) {
	t.Helper()
	fresh := randomWorld(t)
	err := fresh.update(func(tx *catalog.Tx) error {
		for _, p := range tx.Principals() {
			for _, g := range tx.GrantsTo(p.ID) {
				if p.ID == catalog.Root {
					continue
				}
				if err := tx.DropGrant(g.Grantee, g.Object, g.Grantor); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := w.c.Snapshot()
	for _, p := range s.Principals() {
		for _, line := range Show(s, p.ID) {
			if strings.HasPrefix(line, "GRANT `") {
				continue // a membership, which is not Apply's
			}
			if _, err := fresh.run("root", line); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	if got, want := effective(fresh.c.Snapshot()), effective(s); got != want {
		t.Fatalf("from SHOW GRANTS:\n%s\nwant:\n%s", got, want)
	}
}

// effective is who may do what on which object, whoever granted it.
func effective(s *catalog.Snapshot) string {
	var b strings.Builder
	for _, p := range s.Principals() {
		atoms, options := map[catalog.ID]privilege.Set{}, map[catalog.ID]privilege.Set{}
		var order []catalog.ID
		for _, g := range s.GrantsTo(p.ID) {
			if _, seen := atoms[g.Object]; !seen {
				order = append(order, g.Object)
			}
			atoms[g.Object] = atoms[g.Object].Union(g.Atoms)
			options[g.Object] = options[g.Object].Union(g.Options)
		}
		for _, o := range order {
			fmt.Fprintf(&b, "%s on %s: %v, may pass on %v\n", p.Name, target(s, s.Object(o)), atoms[o], options[o])
		}
		for _, e := range s.ExceptionsOf(p.ID) {
			fmt.Fprintf(&b, "%s on %s: not %v, may not pass on %v\n", p.Name, target(s, s.Object(e.Object)), e.Atoms, e.Options)
		}
	}
	return b.String()
}

// Rights that only support each other are not kept alive, whatever the shape.
func TestCyclesFall(t *testing.T) {
	w := newWorld(t)
	lines := []string{"user owner", "table owner.t owner"}
	for i := range 6 {
		lines = append(lines, fmt.Sprintf("user u%d", i))
	}
	for _, line := range lines {
		if err := w.update(func(tx *catalog.Tx) error { return w.create(tx, line) }); err != nil {
			t.Fatal(err)
		}
	}
	run := func(user, text string) {
		t.Helper()
		if _, err := w.run(user, text); err != nil {
			t.Fatalf("%s: %s: %v", user, text, err)
		}
	}
	run("owner", "GRANT SELECT ON owner.t TO u0 WITH GRANT OPTION")
	for i := range 6 { // everybody gives to everybody, and to himself
		for j := range 6 {
			run(fmt.Sprint("u", i), fmt.Sprintf("GRANT SELECT ON owner.t TO u%d WITH GRANT OPTION", j))
		}
		if i == 0 {
			run("owner", "GRANT SELECT ON owner.t TO u5")
		}
	}
	s := w.c.Snapshot()
	table := s.Table(s.Database("owner").ID, "t").ID
	if n := len(s.GrantsOn(table)); n != 39 {
		t.Fatalf("%d rows, want 39", n)
	}
	run("owner", "REVOKE GRANT OPTION FOR SELECT ON owner.t FROM u0")
	left := map[principal.ID]int{}
	for _, g := range w.c.Snapshot().GrantsOn(table) {
		left[g.Grantee]++
	}
	want := map[principal.ID]int{s.Principal("owner").ID: 1, s.Principal("u0").ID: 1, s.Principal("u5").ID: 1}
	if fmt.Sprint(left) != fmt.Sprint(want) {
		t.Fatalf("rows left by grantee %v, want %v", left, want)
	}
}
