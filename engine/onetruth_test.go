package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// One truth: what somebody may do is asked of the statement itself, of CHECK, of EXPLAIN
// SECURITY (which `lxdb can` sends) and of a guarded transaction of the store, after random
// grants, revokes, denials, exceptions, roles, groups and grants for a time. The answers
// must be those of a model that knows nothing of the catalog: it keeps what was said.

// rightsCasesEnv is how many questions TestOneTruth asks; make oracle sets 100,000.
const rightsCasesEnv = "LXDB_RIGHTS_CASES"

const (
	truthSteps     = 250 // of one database
	truthQuestions = 8   // after each step
)

func TestOneTruth(t *testing.T) {
	cases := 3_000
	if testing.Short() {
		cases = 800
	}
	if n, err := strconv.Atoi(os.Getenv(rightsCasesEnv)); err == nil && n > 0 {
		cases = n
	}
	asked, yes, refused := 0, 0, 0
	for seed := uint64(1); asked < cases && !t.Failed(); seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newTruth(t, seed)
			for step := 0; step < truthSteps && asked < cases; step++ {
				if !w.change() {
					refused++
				}
				for range truthQuestions {
					if w.ask() {
						yes++
					}
					asked++
				}
			}
		})
	}
	if yes*20 < asked || yes*20 > 19*asked || refused*2 > asked/truthQuestions {
		t.Errorf("%d of %d answers are yes, %d changes were refused: the run proves little", yes, asked, refused)
	}
	t.Logf("%d questions by 4 ways, %d answered by yes; %d changes were refused", asked, yes, refused)
}

// truthKey is a right of somebody on something: "*", a database, or a table.
type truthKey struct{ who, on, right string }

// truth is the model beside the database.
type truth struct {
	t   *testing.T
	db  *testDB
	rnd *rand.Rand
	log []string

	now     time.Duration // since the beginning
	grants  map[truthKey]time.Duration
	denials map[truthKey]bool
	except  map[truthKey]bool          // on a table, of what the database gives
	holds   map[string]map[string]bool // who is a member of what
	kind    map[string]string          // user, role or group
	expired chan struct{}
}

const always = time.Duration(1<<62 - 1)

var (
	truthUsers  = []string{"u0", "u1", "u2", "u3"}
	truthRoles  = []string{"r0", "r1", "r2"}
	truthGroups = []string{"g0", "g1", "g2"}
	truthBases  = []string{"d0", "d1"}
	truthTables = []string{"d0.a", "d0.b", "d1.a", "d1.b"}
	truthRights = []string{"SELECT", "INSERT", "UPDATE", "DELETE"}
)

func newTruth(t *testing.T, seed uint64) *truth {
	w := &truth{
		t: t, db: newTestDB(t), rnd: rand.New(rand.NewPCG(seed, 5)), grants: map[truthKey]time.Duration{}, denials: map[truthKey]bool{},
		except: map[truthKey]bool{}, holds: map[string]map[string]bool{}, kind: map[string]string{"PUBLIC": "public"}, expired: make(chan struct{}, 1),
	}
	for _, d := range truthBases {
		w.db.ok("root", "CREATE DATABASE "+d)
	}
	for _, x := range truthTables {
		w.db.ok("root", "CREATE TABLE "+x+" (i INT PRIMARY KEY)")
	}
	for kind, names := range map[string][]string{"USER": truthUsers, "ROLE": truthRoles, "GROUP": truthGroups} {
		for _, n := range names {
			w.db.ok("root", "CREATE "+kind+" "+n)
			w.kind[n] = kind
		}
	}
	w.db.engine.Catalog().AfterCommit(func(*catalog.Snapshot, catalog.Touched) {
		select {
		case w.expired <- struct{}{}:
		default:
		}
	})
	return w
}

func pickOf(r *rand.Rand, lists ...[]string) string {
	all := slices.Concat(lists...)
	return all[r.IntN(len(all))]
}

// named is a grantee as a statement writes it.
func (w *truth) named(who string) string {
	if w.kind[who] == "GROUP" {
		return "ldapGroup:" + who
	}
	return who
}

// target is what a grant is on, and how a statement writes it.
func (w *truth) target() (on, written string) {
	switch w.rnd.IntN(6) {
	case 0:
		return "*", "*.*"
	case 1, 2:
		on = pickOf(w.rnd, truthBases)
		return on, []string{on + ".*", "SCHEMA " + on}[w.rnd.IntN(2)]
	}
	on = pickOf(w.rnd, truthTables)
	return on, []string{on, "TABLE " + on}[w.rnd.IntN(2)]
}

// change makes one random change, here and there, and says whether it was done.
func (w *truth) change() bool {
	who, right := pickOf(w.rnd, truthUsers, truthRoles, truthGroups, []string{"PUBLIC"}), pickOf(w.rnd, truthRights)
	on, written := w.target()
	k := truthKey{who, on, right}
	switch w.rnd.IntN(20) {
	case 0, 1, 12, 13, 14:
		return w.do("GRANT "+right+" ON "+written+" TO "+w.named(who), func() { w.grant(k, always) })
	case 2, 15, 16:
		hours := 1 + w.rnd.IntN(5)
		return w.do(fmt.Sprintf("GRANT %s ON %s TO %s FOR %d HOURS", right, written, w.named(who), hours),
			func() { w.grant(k, w.now+time.Duration(hours)*time.Hour) })
	case 3, 4:
		return w.do("REVOKE IF EXISTS "+right+" ON "+written+" FROM "+w.named(who), func() { w.revoke(k) })
	case 5:
		return w.do("DENY "+right+" ON "+written+" TO "+w.named(who), func() { w.denials[k] = true })
	case 6, 7, 17:
		return w.do("REVOKE IF EXISTS DENY "+right+" ON "+written+" FROM "+w.named(who), func() { delete(w.denials, k) })
	case 8, 9, 18, 19:
		return w.member()
	case 10:
		return w.later()
	}
	return w.forget()
}

// do runs a statement, and does the same in the model when it was done.
func (w *truth) do(text string, model func()) bool {
	_, err := w.db.run("root", text)
	if err != nil {
		w.log = append(w.log, text+" -- "+err.Error())
		return false
	}
	w.log = append(w.log, text)
	model()
	return true
}

// grant gives it until then: what was said last counts, but a grant for a time takes
// nothing of one for good.
func (w *truth) grant(k truthKey, until time.Duration) {
	if w.grants[k] != always {
		w.grants[k] = until
	}
	delete(w.except, k)
}

// revoke takes what is granted there; on a table, what comes of the database is excepted.
func (w *truth) revoke(k truthKey) {
	delete(w.grants, k)
	base, _, table := strings.Cut(k.on, ".")
	if table && w.granted(truthKey{k.who, base, k.right}) {
		w.except[k] = true
	}
	if !table && k.on != "*" {
		for _, x := range truthTables { // an exception is of something
			if strings.HasPrefix(x, k.on+".") {
				delete(w.except, truthKey{k.who, x, k.right})
			}
		}
	}
}

func (w *truth) granted(k truthKey) bool { return w.grants[k] > w.now }

// member puts somebody into a role or a group, or takes him out.
func (w *truth) member() bool {
	of := pickOf(w.rnd, truthRoles, truthGroups)
	who := pickOf(w.rnd, truthUsers, truthGroups)
	if w.kind[of] == "ROLE" { // no role is a member of a group
		who = pickOf(w.rnd, truthUsers, truthRoles, truthGroups)
	}
	held := w.holds[who][of]
	text := ""
	switch {
	case w.kind[of] == "ROLE" && held:
		text = "REVOKE " + of + " FROM " + w.named(who)
	case w.kind[of] == "ROLE":
		text = "GRANT " + of + " TO " + w.named(who)
	case held:
		text = "ALTER GROUP " + of + " DROP " + w.kind[who] + " " + who
	default:
		text = "ALTER GROUP " + of + " ADD " + w.kind[who] + " " + who
	}
	return w.do(text, func() {
		if w.holds[who] == nil {
			w.holds[who] = map[string]bool{}
		}
		w.holds[who][of] = !held
	})
}

// later lets an hour and a half pass.
func (w *truth) later() bool {
	const step = 90 * time.Minute
	clock := w.db.engine.clock
	clock.AtLeast(clock.Now().Add(step))
	w.now += step
	w.log = append(w.log, "-- "+step.String()+" later")
	for k, until := range w.grants {
		if until <= w.now {
			w.end(k)
		}
	}
	w.db.ok("root", "CREATE ROLE passing; DROP ROLE passing") // the timer is set by such a change
	due := func() bool {
		return slices.ContainsFunc(w.db.engine.Catalog().Snapshot().Timed(), func(g *catalog.Grant) bool { return g.Ends.By(clock.Now()) != 0 })
	}
	for deadline := time.After(20 * time.Second); due(); {
		select {
		case <-w.expired:
		case <-deadline:
			w.t.Fatal("what has ended is still in the catalog")
		}
	}
	return true
}

// end is what an end does: it takes the grant, and what was excepted of it.
func (w *truth) end(k truthKey) {
	delete(w.grants, k)
	for _, x := range truthTables {
		if strings.HasPrefix(x, k.on+".") {
			delete(w.except, truthKey{k.who, x, k.right})
		}
	}
}

// forget drops a role with all that came through it, and makes it anew.
func (w *truth) forget() bool {
	role := pickOf(w.rnd, truthRoles)
	return w.do("DROP ROLE "+role, func() {
		w.db.ok("root", "CREATE ROLE "+role)
		for k := range w.grants {
			if k.who == role {
				delete(w.grants, k)
			}
		}
		for _, m := range []map[truthKey]bool{w.denials, w.except} {
			for k := range m {
				if k.who == role {
					delete(m, k)
				}
			}
		}
		delete(w.holds, role)
		for _, of := range w.holds {
			delete(of, role)
		}
	})
}

// principals are a user and all that he is a member of.
func (w *truth) principals(user string) []string {
	all := []string{user}
	for i := 0; i < len(all); i++ {
		for of, is := range w.holds[all[i]] {
			if is && !slices.Contains(all, of) {
				all = append(all, of)
			}
		}
	}
	return append(all, "PUBLIC")
}

// may is the whole rule: a denial anywhere, else a grant anywhere that is not excepted.
func (w *truth) may(user, table, right string) bool {
	base, _, _ := strings.Cut(table, ".")
	all := w.principals(user)
	for _, who := range all {
		for _, on := range []string{"*", base, table} {
			if w.denials[truthKey{who, on, right}] {
				return false
			}
		}
	}
	for _, who := range all {
		switch here := (truthKey{who, table, right}); {
		case w.granted(truthKey{who, "*", right}), w.granted(here):
			return true
		case w.granted(truthKey{who, base, right}) && !w.except[here]:
			return true
		}
	}
	return false
}

// asking is a statement for exactly one right on a table that is empty.
var asking = map[string]string{
	"SELECT": "SELECT i FROM %s", "INSERT": "INSERT INTO %s SELECT 1 WHERE FALSE", "UPDATE": "UPDATE %s SET i = 1", "DELETE": "DELETE FROM %s",
}

// ask asks one question by every way, and gives the model's answer.
func (w *truth) ask() bool {
	user, table, right := pickOf(w.rnd, truthUsers), pickOf(w.rnd, truthTables), pickOf(w.rnd, truthRights)
	want := w.may(user, table, right)
	text := fmt.Sprintf(asking[right], table)
	for way, got := range map[string]bool{
		"SQL":              w.runs(user, text),
		"CHECK":            w.says("CHECK " + right + " ON TABLE " + table + " FOR " + user),
		"EXPLAIN SECURITY": w.says("EXPLAIN SECURITY FOR " + user + " " + text),
		"the store":        w.opens(user, table, right),
	} {
		if got != want {
			w.t.Fatalf("%s may %s on %s: %s says %v, the model %v, after\n%s", user, right, table, way, got, want, strings.Join(w.log, "\n"))
		}
	}
	return want
}

func (w *truth) runs(user, text string) bool {
	_, err := w.db.run(user, text)
	var e *session.Error
	if errors.As(err, &e) && (e.Number == sqlerr.TableAccessDenied || e.Number == sqlerr.DBAccessDenied) {
		return false
	}
	if err != nil {
		w.t.Fatalf("%s: %s: %v", user, text, err)
	}
	return true
}

// says reads the answer that stands last: rows before it are its reasons.
func (w *truth) says(text string) bool {
	rows := w.db.ok("root", text)
	answer, _, _ := strings.Cut(rows[len(rows)-1], "|")
	if answer != "YES" && answer != "NO" {
		w.t.Fatalf("%s: %q", text, rows)
	}
	return answer == "YES"
}

// opens tries it in a transaction of the store, which asks the guard and nobody else.
func (w *truth) opens(user, table, right string) bool {
	e, ctx := w.db.engine, context.Background()
	snap := e.Catalog().Snapshot()
	base, name, _ := strings.Cut(table, ".")
	rec := snap.Table(snap.Database(base).ID, name)
	txn, err := e.db.Begin(ctx, kv.TxnOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = txn.Rollback() }()
	want := map[string]kivi.Rights{"SELECT": kivi.Read, "INSERT": kivi.Insert, "UPDATE": kivi.Update, "DELETE": kivi.Delete}[right]
	handle := txn.Table(rec.Data, e.inst.RightsOf(snap.Principal(user).ID), want)
	key := append(codec.AppendHeader(nil, codec.SpaceData, rec.Data, codec.IndexRows), 1)
	switch right {
	case "SELECT":
		_, err = handle.Get(ctx, key)
	case "DELETE":
		err = handle.Delete(ctx, key)
	default:
		err = handle.Put(ctx, key, []byte("v"))
	}
	if err != nil && !errors.Is(err, kivi.ErrDenied) && !errors.Is(err, kv.ErrNotFound) {
		w.t.Fatal(err)
	}
	return !errors.Is(err, kivi.ErrDenied)
}
