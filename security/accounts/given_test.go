package accounts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// live are the rights by the grants of one snapshot, of somebody who is there.
type live struct{ *access.Hypothetical }

func (live) Live() bool { return true }

// gift is one gift of a role in the reference: who gave what to whom. by is "" for the
// administrators and for who made the role.
type gift struct{ role, member, by string }

// reference is what the memberships must be, kept as simply as can be: all gifts there are, and
// whether each may be passed on. After each loss it starts from the administrators' gifts and throws away
// what cannot be reached.
type reference map[gift]bool

func (r reference) admin(role, who string) bool {
	for g, admin := range r {
		if g.role == role && g.member == who && admin {
			return true
		}
	}
	return false
}

func (r reference) holds(role, who string) bool {
	for g := range r {
		if g.role == role && g.member == who {
			return true
		}
	}
	return false
}

// reached says whether who may pass role on by a chain of gifts that begins with the administrators.
func (r reference) reached(role, who string, on map[string]bool) bool {
	if who == "" {
		return true
	}
	if on[who] {
		return false
	}
	on[who] = true
	defer delete(on, who)
	for g, admin := range r {
		if g.role == role && g.member == who && admin && r.reached(role, g.by, on) {
			return true
		}
	}
	return false
}

// settle leaves what is reached, and says how much was not.
func (r reference) settle(role string) (lost int) {
	var gone []gift
	for g := range r {
		if g.role == role && !r.reached(role, g.by, map[string]bool{}) {
			gone = append(gone, g)
		}
	}
	for _, g := range gone {
		delete(r, g)
	}
	return len(gone)
}

func (r reference) clone() reference {
	out := reference{}
	for g, admin := range r {
		out[g] = admin
	}
	return out
}

func (r reference) String() string {
	var lines []string
	for g, admin := range r {
		lines = append(lines, fmt.Sprintf("%s to %s by %q admin %v", g.role, g.member, g.by, admin))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// shownGifts are those of the catalog, in the reference's words.
func shownGifts(s *catalog.Snapshot) reference {
	out := reference{}
	for _, p := range s.Principals() {
		for _, m := range s.MembershipsOf(p.ID) {
			for _, g := range m.Given() {
				by := ""
				if g.Grantor != catalog.SystemGrantor {
					by = s.PrincipalByID(g.Grantor).Name
				}
				out[gift{s.PrincipalByID(m.Role).Name, p.Name, by}] = g.Admin
			}
		}
	}
	return out
}

func (r reference) equal(other reference) bool {
	if len(r) != len(other) {
		return false
	}
	for g, admin := range r {
		if is, ok := other[g]; !ok || is != admin {
			return false
		}
	}
	return true
}

// TestRandomGiven: random gifts of roles and takings, by everybody, with RESTRICT and CASCADE and with
// principals that go, leave exactly what a slow reference leaves that knows nothing of how it is stored.
func TestRandomGiven(t *testing.T) {
	rounds, steps := 12, 1500
	if testing.Short() {
		rounds, steps = 4, 600
	}
	done := map[string]int{}
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 12))
		w := newGiven(t)
		for range steps {
			w.step(rng, done)
		}
	}
	for _, what := range []string{"given", "taken", "cascade", "restricted", "refused", "dropped", "option taken", "to himself"} {
		if done[what] < rounds {
			t.Errorf("%s: %d times in %d rounds, which proves nothing", what, done[what], rounds)
		}
	}
	t.Log(done)
}

type given struct {
	t    *testing.T
	c    *catalog.Catalog
	a    *Accounts
	want reference
	next int
}

var (
	givenUsers = []string{"ann", "bob", "cyd", "dan"}
	givenRoles = []string{"r1", "r2", "r3"}
)

func newGiven(t *testing.T) *given {
	t.Helper()
	db, err := kivi.Open(kivi.Options{InMemory: true, CacheBytes: 1 << 20, MemtableBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := catalog.Open(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	w := &given{t: t, c: c, want: reference{}}
	w.a = New(Options{Catalog: c, Rights: func(p principal.Principal) Rights {
		return live{access.Suppose(c.Snapshot(), p.ID(), time.Now(), false)}
	}})
	for _, name := range givenUsers {
		w.create(name, catalog.KindUser)
	}
	for _, name := range givenRoles {
		w.create(name, catalog.KindRole)
	}
	return w
}

func (w *given) create(name string, kind catalog.PrincipalKind) {
	w.t.Helper()
	err := w.as("root", func(c *Tx) error {
		if kind == catalog.KindUser {
			return c.CreateUser("CREATE USER", &catalog.Principal{Name: name})
		}
		return c.CreateRole(&catalog.Principal{Name: name})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *given) as(who string, change func(*Tx) error) error {
	p := w.c.Snapshot().Principal(who)
	return w.c.Update(context.Background(), func(tx *catalog.Tx) error {
		return change(w.a.In(tx, principal.Trusted(p.ID, p.Name)))
	})
}

// giver is by whose right the reference lets who pass a role on: himself, then what he holds, nearest first.
func (w *given) giver(who, role string) (by string, ok bool) {
	if who == "root" {
		return "", true
	}
	snap, byID := w.c.Snapshot(), slices.Clone(givenRoles) // the older of two as near goes first
	slices.SortFunc(byID, func(a, b string) int { return int(snap.Principal(a).ID) - int(snap.Principal(b).ID) })
	for open, seen := []string{who}, map[string]bool{}; len(open) > 0; open = open[1:] {
		if seen[open[0]] {
			continue
		}
		seen[open[0]] = true
		if w.want.admin(role, open[0]) {
			return open[0], true
		}
		for _, next := range byID {
			if w.want.holds(next, open[0]) {
				open = append(open, next)
			}
		}
	}
	return "", false
}

func (w *given) step(rng *rand.Rand, done map[string]int) {
	w.t.Helper()
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	actor, role := pick(append([]string{"root", "root", "root"}, givenUsers...)), pick(givenRoles)
	member := pick(append(slices.Clone(givenUsers), givenRoles...))
	admin := rng.IntN(2) == 0
	before := w.want.clone()
	var err error
	text := ""
	switch n := rng.IntN(60); {
	case n < 36:
		text = fmt.Sprintf("%s: GRANT %s TO %s, admin %v", actor, role, member, admin)
		err = w.as(actor, func(c *Tx) error { return c.GrantRole(role, c.Principal(member).ID, admin, 0) })
		by, may := w.giver(actor, role)
		switch {
		case !may, member == actor && by != "" && by != actor: // nor does who holds it through another give it to himself
			w.mustBe(text, err, ErrDenied)
			done["refused"]++
			if may {
				done["to himself"]++
			}
		case errors.Is(err, ErrCycle):
		case err == nil:
			g := gift{role, member, by}
			w.want[g] = w.want[g] || admin
			done["given"]++
		}
	case n < 59:
		restrict := rng.IntN(3) == 0
		text = fmt.Sprintf("%s: REVOKE %s FROM %s, admin only %v, restrict %v", actor, role, member, admin, restrict)
		err = w.as(actor, func(c *Tx) error { return c.RevokeRole(role, c.Principal(member).ID, admin, restrict) })
		w.revoked(text, err, actor, role, member, admin, restrict, done)
	default:
		name := pick(givenUsers)
		if rng.IntN(3) == 0 {
			name = pick(givenRoles)
		}
		text = "root: DROP " + name
		err = w.as("root", func(c *Tx) error {
			if slices.Contains(givenRoles, name) {
				return c.DropRole(name)
			}
			return c.DropUser(name, OwnedStays)
		})
		for g := range before {
			if g.member == name || g.role == name {
				delete(w.want, g)
			}
		}
		for _, r := range givenRoles {
			w.want.settle(r)
		}
		done["dropped"]++
		kind := catalog.KindUser
		if slices.Contains(givenRoles, name) {
			kind = catalog.KindRole
		}
		if err == nil {
			w.create(name, kind) // who has the name next has nothing of it
		}
	}
	known := err == nil || errors.Is(err, ErrDenied) || errors.Is(err, ErrCycle) || errors.Is(err, ErrNotHeld) || errors.Is(err, ErrDependants)
	if !known {
		w.t.Fatalf("%s: %v", text, err)
	}
	if is := shownGifts(w.c.Snapshot()); !is.equal(w.want) {
		w.t.Fatalf("%s: %v\nbefore:\n%s\nis:\n%s\nwant:\n%s", text, err, before, is, w.want)
	}
	for _, f := range w.c.Snapshot().Faults() {
		if strings.Contains(fmt.Sprint(f), "role") {
			w.t.Fatalf("%s: %v", text, f)
		}
	}
}

func (w *given) revoked(text string, err error, actor, role, member string, adminOnly, restrict bool, done map[string]int) {
	w.t.Helper()
	_, may := w.giver(actor, role)
	switch {
	case !may:
		w.mustBe(text, err, ErrDenied)
		done["refused"]++
		return
	case !w.want.holds(role, member), adminOnly && !w.want.admin(role, member):
		w.mustBe(text, err, ErrNotHeld)
		return
	}
	next, passed := w.want.clone(), w.want.admin(role, member)
	for g := range w.want {
		switch {
		case g.role != role || g.member != member:
		case adminOnly:
			next[g] = false
		default:
			delete(next, g)
		}
	}
	lost := 0
	if passed {
		lost = next.settle(role)
	}
	if members := lostMembers(w.want, next, role, member); restrict && members > 0 {
		w.mustBe(text, err, ErrDependants)
		done["restricted"]++
		return
	}
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	w.want = next
	done["taken"]++
	if adminOnly {
		done["option taken"]++
	}
	if lost > 0 {
		done["cascade"]++
	}
}

// lostMembers counts who else lost the role or its option, besides him whom the statement names and whom
// an own gift of his does not keep.
func lostMembers(was, is reference, role, member string) (n int) {
	for _, who := range append(slices.Clone(givenUsers), givenRoles...) {
		lostIt := was.holds(role, who) && !is.holds(role, who)
		if who == member {
			lostIt = false
			continue
		}
		if lostIt || was.admin(role, who) && !is.admin(role, who) {
			n++
		}
	}
	return n
}

func (w *given) mustBe(text string, err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Fatalf("%s: %v, want %v", text, err, want)
	}
}

// TestGivenByWhoMadeTheRole: USER ADMIN who made a role gives it as the administrators do, so it stays when
// he goes; what he gives of a role that he was only given goes with him.
func TestGivenByWhoMadeTheRole(t *testing.T) {
	w := newGiven(t)
	err := w.c.Update(context.Background(), func(tx *catalog.Tx) error {
		_, err := grant.Apply(tx, grant.Actor{ID: catalog.Root}, grant.Request{
			Object: catalog.System, Kind: privilege.KindSystem, Grantees: []principal.ID{tx.Principal("ann").ID},
			Privileges: []grant.Privilege{{Name: "USER ADMIN", Atoms: privilege.Of(privilege.UserAdmin)}},
		})
		return err
	})
	bob := w.c.Snapshot().Principal("bob").ID
	err = errors.Join(err,
		w.as("ann", func(c *Tx) error { return c.CreateRole(&catalog.Principal{Name: "hers"}) }),
		w.as("ann", func(c *Tx) error { return c.GrantRole("hers", bob, false, 0) }),
		w.as("root", func(c *Tx) error { return c.GrantRole("r1", c.Principal("ann").ID, true, 0) }),
		w.as("ann", func(c *Tx) error { return c.GrantRole("r1", bob, false, 0) }),
		w.as("root", func(c *Tx) error { return c.DropUser("ann", OwnedStays) }))
	if err != nil {
		t.Fatal(err)
	}
	s := w.c.Snapshot()
	if s.Membership(bob, s.Principal("hers").ID) == nil || s.Membership(bob, s.Principal("r1").ID) != nil {
		t.Errorf("bob holds %v", shownGifts(s))
	}
}
