package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
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
	"github.com/lxdb/lxdb/internal/may"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// One truth: what somebody may do is asked of the statement itself, of CHECK, of EXPLAIN
// SECURITY, of what `lxdb can` asks with, of SHOW EFFECTIVE PRIVILEGES and of a guarded transaction
// of the store, after random grants, revokes, denials, exceptions, roles, groups and grants for
// a time; on everything, on patterns of databases, on databases that are there or are still to come, on
// all tables, and on tables that are dropped, made again and renamed. The answers must be
// those of a model that knows nothing of the catalog: it keeps what was said.

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
	t.Logf("%d questions by 6 ways, %d answered by yes; %d changes were refused", asked, yes, refused)
}

// truthKey is a right of somebody on something: everything, databases, all tables, or one.
type truthKey struct{ who, on, right string }

// What a right can be on, beside the name of a table.
const (
	onAll    = "*"
	onBase   = "database "
	onLike   = "like "
	onTables = "tables of " // of a database, or of all
)

// truth is the model beside the database.
type truth struct {
	t   *testing.T
	db  *testDB
	rnd *rand.Rand
	log []string

	now     time.Duration // since the beginning
	partial bool          // partial_revokes
	bases   map[string]bool
	tables  map[string]bool // those that are there
	grants  map[truthKey]time.Duration
	denials map[truthKey]time.Duration          // until when
	except  map[truthKey]bool                   // of what is given by something around it
	holds   map[string]map[string]time.Duration // who is a member of what, until when
	kind    map[string]string                   // user, role or group
	expired chan struct{}
}

const always = time.Duration(1<<62 - 1)

var (
	truthUsers    = []string{"u0", "u1", "u2", "u3"}
	truthRoles    = []string{"r0", "r1", "r2"}
	truthGroups   = []string{"g0", "g1", "g2"}
	truthBases    = []string{"d0", "x_1", "xa1"}
	truthPatterns = []string{`x%`, `x_1`, `x\_%`, `%`}
	truthNames    = []string{"a", "b", "o`t"}
	truthRights   = []string{"SELECT", "INSERT", "UPDATE", "DELETE"}
)

func newTruth(t *testing.T, seed uint64) *truth {
	w := &truth{
		t: t, db: newTestDB(t), rnd: rand.New(rand.NewPCG(seed, 5)), bases: map[string]bool{}, tables: map[string]bool{}, grants: map[truthKey]time.Duration{},
		denials: map[truthKey]time.Duration{}, except: map[truthKey]bool{}, holds: map[string]map[string]time.Duration{}, kind: map[string]string{"PUBLIC": "public"}, expired: make(chan struct{}, 1),
	}
	w.must("SET GLOBAL partial_revokes = false", func() {})
	for _, d := range truthBases {
		w.makeBase(d)
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

// name is a name of something as a statement may write it.
func (w *truth) name(n string) string {
	quoted := "`" + strings.ReplaceAll(n, "`", "``") + "`"
	switch w.rnd.IntN(3) {
	case 0:
		return strings.ToUpper(quoted)
	case 1:
		if !strings.Contains(n, "`") {
			return n
		}
	}
	return quoted
}

// of is the name of a table, and of its database.
func of(table string) (base, name string) {
	base, name, _ = strings.Cut(table, ".")
	return base, name
}

func (w *truth) written(table string) string {
	base, name := of(table)
	return w.name(base) + "." + w.name(name)
}

// there is a table that is there, or "".
func (w *truth) there() string {
	if len(w.tables) == 0 {
		return ""
	}
	return pickOf(w.rnd, slices.Sorted(maps.Keys(w.tables)))
}

// target is what a grant is on, and how a statement writes it.
func (w *truth) target() (on, written string) {
	switch w.rnd.IntN(12) {
	case 0:
		return onAll, "*.*"
	case 1, 2, 3: // there or not
		base := pickOf(w.rnd, truthBases)
		if w.rnd.IntN(2) == 0 {
			return onBase + base, "SCHEMA " + w.name(base)
		}
		return onBase + base, "`" + strings.ReplaceAll(base, "_", `\_`) + "`.*"
	case 4, 5:
		like := pickOf(w.rnd, truthPatterns)
		if w.partial || !strings.ContainsAny(like, `%\\`) || w.rnd.IntN(2) == 0 { // a database that is called that would be meant
			return onLike + like, "SCHEMAS LIKE '" + strings.ReplaceAll(like, `\`, `\\`) + "'"
		}
		return onLike + like, "`" + like + "`.*"
	case 6:
		return onTables, "ALL TABLES"
	case 7:
		if base := pickOf(w.rnd, truthBases); w.bases[base] {
			return onTables + base, []string{"ALL TABLES IN SCHEMA ", "TABLES IN "}[w.rnd.IntN(2)] + w.name(base)
		}
	}
	if on = w.there(); on == "" {
		return onAll, "*.*"
	}
	return on, []string{"", "TABLE "}[w.rnd.IntN(2)] + w.written(on)
}

// change makes one random change, here and there, and says whether it was done.
func (w *truth) change() bool {
	who, right := pickOf(w.rnd, truthUsers, truthRoles, truthGroups, []string{"PUBLIC"}), pickOf(w.rnd, truthRights)
	on, written := w.target()
	k := truthKey{who, on, right}
	switch w.rnd.IntN(28) {
	case 0, 1, 12, 13, 14:
		return w.must("GRANT "+right+" ON "+written+" TO "+w.named(who), func() { w.grant(k, always) })
	case 2, 15, 16:
		hours := 1 + w.rnd.IntN(5)
		return w.must(fmt.Sprintf("GRANT %s ON %s TO %s FOR %d HOURS", right, written, w.named(who), hours),
			func() { w.grant(k, w.now+time.Duration(hours)*time.Hour) })
	case 3, 4, 20:
		return w.must("REVOKE IF EXISTS "+right+" ON "+written+" FROM "+w.named(who), func() { w.revoke(k) })
	case 5:
		return w.must("DENY "+right+" ON "+written+" TO "+w.named(who), func() { w.denials[k] = always })
	case 27: // no denial is made shorter
		hours := 1 + w.rnd.IntN(5)
		return w.must(fmt.Sprintf("DENY %s ON %s TO %s FOR %d HOURS", right, written, w.named(who), hours),
			func() { w.denials[k] = max(w.denials[k], w.now+time.Duration(hours)*time.Hour) })
	case 6, 7, 17:
		return w.must("REVOKE IF EXISTS DENY "+right+" ON "+written+" FROM "+w.named(who), func() { delete(w.denials, k) })
	case 8, 9, 18, 19:
		return w.member()
	case 10:
		return w.later()
	case 11:
		return w.forget()
	case 21:
		return w.do(fmt.Sprintf("SET GLOBAL partial_revokes = %t", !w.partial), func() { w.partial = !w.partial }) // not off while one is there
	case 22:
		return w.baseComesOrGoes()
	case 23, 24, 25:
		return w.tableComesOrGoes()
	}
	if held := w.heldOnes(); len(held) > 0 { // else what is revoked was seldom granted
		k = held[w.rnd.IntN(len(held))]
		if base, table := of(k.on); table != "" && w.bases[base] {
			return w.must("REVOKE IF EXISTS "+k.right+" ON "+w.written(k.on)+" FROM "+w.named(k.who), func() { w.revoke(k) })
		}
	}
	return w.later()
}

// heldOnes are the rights that somebody has on a table by something around it.
func (w *truth) heldOnes() (list []truthKey) {
	for _, table := range slices.Sorted(maps.Keys(w.tables)) {
		for _, who := range slices.Sorted(maps.Keys(w.kind)) {
			for _, right := range truthRights {
				if k := (truthKey{who, table, right}); w.around(k) {
					list = append(list, k)
				}
			}
		}
	}
	return list
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

// must is do for what nothing is against.
func (w *truth) must(text string, model func()) bool {
	w.t.Helper()
	if !w.do(text, model) {
		w.t.Fatalf("refused, after\n%s", strings.Join(w.log, "\n"))
	}
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

// revoke takes what is granted there. What comes of something around it is excepted: on a
// table, and on all tables of a database; on a database, of what is granted on everything,
// where revokes may be partial. The exception stays until the same is granted there again.
func (w *truth) revoke(k truthKey) {
	delete(w.grants, k)
	switch {
	case k.on == onAll:
		w.forgetPartial(k)
	case strings.HasPrefix(k.on, onBase): // there or not
		if w.partial && w.granted(truthKey{k.who, onAll, k.right}) {
			w.except[k] = true
		}
	case strings.HasPrefix(k.on, onLike), k.on == onTables:
	case w.around(k):
		w.except[k] = true
	}
}

// forgetPartial ends exceptions to what is granted on everything no more.
func (w *truth) forgetPartial(k truthKey) {
	for _, base := range truthBases {
		delete(w.except, truthKey{k.who, onBase + base, k.right})
	}
}

// isLike says whether the name of a database is like a pattern, letter by letter.
func isLike(pattern, name string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '%':
		return isLike(pattern[1:], name) || name != "" && isLike(pattern, name[1:])
	case name == "":
		return false
	case pattern[0] == '\\':
		return pattern[1] == name[0] && isLike(pattern[2:], name[1:])
	}
	return (pattern[0] == '_' || pattern[0] == name[0]) && isLike(pattern[1:], name[1:])
}

// nearest lists the patterns that a database's name is like, those that say most before their first
// % or _ first.
func nearest(base string) (list []string) {
	for _, p := range truthPatterns {
		if isLike(p, base) {
			list = append(list, p)
		}
	}
	says := func(p string) (n int) {
		for n < len(p) && p[n] != '%' && p[n] != '_' {
			if p[n] == '\\' {
				n++
			}
			n++
		}
		return n
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(says(b)-says(a), len(b)-len(a), strings.Compare(a, b)) })
	return list
}

// onDatabase says whether somebody has a right by a database: of what he has on it and on
// patterns of it, only the nearest counts, whatever rights that is.
func (w *truth) onDatabase(who, base, right string) bool {
	places := []string{onBase + base}
	for _, p := range nearest(base) {
		places = append(places, onLike+p)
	}
	for _, on := range places {
		any := false
		for _, r := range truthRights {
			any = any || w.granted(truthKey{who, on, r})
		}
		if any {
			// What is excepted on the database binds what a pattern gives there.
			return w.granted(truthKey{who, on, right}) && (on == onBase+base || !w.except[truthKey{who, onBase + base, right}])
		}
	}
	return false
}

// around says whether somebody has a right on a table, or on all tables of a database, by
// what is around it.
func (w *truth) around(k truthKey) bool {
	if base, all := strings.CutPrefix(k.on, onTables); all {
		return w.onDatabase(k.who, base, k.right)
	}
	base, _ := of(k.on)
	return w.onDatabase(k.who, base, k.right) && !w.except[truthKey{k.who, onTables + base, k.right}] ||
		w.granted(truthKey{k.who, onTables, k.right}) || w.granted(truthKey{k.who, onTables + base, k.right})
}

func (w *truth) granted(k truthKey) bool { return w.grants[k] > w.now }

// member puts somebody into a role or a group, or takes him out.
func (w *truth) member() bool {
	of := pickOf(w.rnd, truthRoles, truthGroups)
	who := pickOf(w.rnd, truthUsers, truthGroups)
	if w.kind[of] == "ROLE" { // no role is a member of a group
		who = pickOf(w.rnd, truthUsers, truthRoles, truthGroups)
	}
	held, until := w.holds[who][of] > w.now, always
	text := ""
	switch {
	case w.kind[of] == "ROLE" && w.rnd.IntN(3) == 0: // what is held for good stays so
		hours := 1 + w.rnd.IntN(5)
		text = fmt.Sprintf("GRANT %s TO %s FOR %d HOURS", of, w.named(who), hours)
		if !held || w.holds[who][of] != always {
			until = w.now + time.Duration(hours)*time.Hour
		}
		held = false
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
			w.holds[who] = map[string]time.Duration{}
		}
		if held {
			until = 0
		}
		w.holds[who][of] = until
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
			delete(w.grants, k)
			if k.on == onAll {
				w.forgetPartial(k)
			}
		}
	}
	w.db.ok("root", "CREATE ROLE passing; DROP ROLE passing") // the timer is set by such a change
	due := func() bool {
		at, ends := w.db.engine.Catalog().Snapshot().NextEnd()
		return ends && !at.After(clock.Now())
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

// drop forgets of a map what is of such a key.
func drop[V any](m map[truthKey]V, such func(truthKey) bool) {
	maps.DeleteFunc(m, func(k truthKey, _ V) bool { return such(k) })
}

// forget drops a role with all that came through it, and makes it anew.
func (w *truth) forget() bool {
	role := pickOf(w.rnd, truthRoles)
	return w.must("DROP ROLE "+role, func() {
		w.db.ok("root", "CREATE ROLE "+role)
		his := func(k truthKey) bool { return k.who == role }
		drop(w.grants, his)
		drop(w.denials, his)
		drop(w.except, his)
		delete(w.holds, role)
		for _, of := range w.holds {
			delete(of, role)
		}
	})
}

// makeBase makes a database with tables. What was granted on its name counts from now on; what
// was denied and excepted in one of the name does, too.
func (w *truth) makeBase(base string) {
	w.must("CREATE DATABASE "+w.name(base), func() { w.bases[base] = true })
	for _, n := range truthNames {
		w.makeTable(base + "." + n)
	}
}

func (w *truth) makeTable(table string) bool {
	return w.must("CREATE TABLE "+w.written(table)+" (i INT PRIMARY KEY)", func() { w.tables[table] = true })
}

// baseComesOrGoes makes a database, or drops it with all grants on it and in it. What was
// denied stays with the names, and what was excepted where grants around it go on.
func (w *truth) baseComesOrGoes() bool {
	base := pickOf(w.rnd, truthBases[1:])
	if !w.bases[base] {
		w.makeBase(base)
		return true
	}
	inside := func(k truthKey) bool { b, table := of(k.on); return table != "" && b == base || k.on == onTables+base }
	return w.must("DROP DATABASE "+w.name(base), func() {
		w.bases[base] = false
		maps.DeleteFunc(w.tables, func(table string, _ bool) bool { b, _ := of(table); return b == base })
		drop(w.grants, func(k truthKey) bool { return inside(k) || k.on == onBase+base })
		drop(w.except, func(k truthKey) bool {
			wide := w.granted(truthKey{k.who, onTables, k.right})
			for _, p := range nearest(base) {
				wide = wide || w.granted(truthKey{k.who, onLike + p, k.right})
			}
			return inside(k) && !wide
		})
	})
}

// tableComesOrGoes drops a table, makes one of a name that was there, or gives one the name
// of another. Grants go with a table; what is denied and excepted stays with its name, and goes with it.
func (w *truth) tableComesOrGoes() bool {
	base := pickOf(w.rnd, truthBases)
	if !w.bases[base] {
		return w.baseComesOrGoes()
	}
	table, other := base+"."+pickOf(w.rnd, truthNames), base+"."+pickOf(w.rnd, truthNames)
	switch {
	case !w.tables[table]:
		return w.makeTable(table)
	case !w.tables[other]:
		return w.must("RENAME TABLE "+w.written(table)+" TO "+w.written(other), func() {
			delete(w.tables, table)
			w.tables[other] = true
			for k, until := range maps.Clone(w.grants) {
				if k.on == table {
					delete(w.grants, k)
					w.grants[truthKey{k.who, other, k.right}] = until
				}
			}
			for k, until := range maps.Clone(w.denials) { // which stay with the old name, and come to the new one
				if k.on == table {
					there := truthKey{k.who, other, k.right}
					w.denials[there] = max(w.denials[there], until)
				}
			}
			for k := range maps.Clone(w.except) {
				if k.on == table {
					w.except[truthKey{k.who, other, k.right}] = true
				}
			}
		})
	case w.rnd.IntN(3) == 0:
		return w.must("TRUNCATE TABLE "+w.written(table), func() {}) // its rows stand elsewhere from now on
	}
	return w.must("DROP TABLE "+w.written(table), func() {
		delete(w.tables, table)
		drop(w.grants, func(k truthKey) bool { return k.on == table })
	})
}

// principals are a user and all that he is a member of.
func (w *truth) principals(user string) []string {
	all := []string{user}
	for i := 0; i < len(all); i++ {
		for of, until := range w.holds[all[i]] {
			if until > w.now && !slices.Contains(all, of) {
				all = append(all, of)
			}
		}
	}
	return append(all, "PUBLIC")
}

// may is the whole rule: a denial anywhere, else a grant anywhere that is not excepted.
func (w *truth) may(user, table, right string) bool {
	base, _ := of(table)
	all := w.principals(user)
	places := []string{onAll, onBase + base, onTables, onTables + base, table}
	for _, p := range nearest(base) {
		places = append(places, onLike+p)
	}
	for _, who := range all {
		for _, on := range places {
			if w.denials[truthKey{who, on, right}] > w.now {
				return false
			}
		}
	}
	for _, who := range all {
		switch here := (truthKey{who, table, right}); {
		case w.granted(here):
			return true
		case w.granted(truthKey{who, onAll, right}) && !w.except[truthKey{who, onBase + base, right}]:
			return true
		case w.around(here) && !w.except[here]:
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
	user, table, right := pickOf(w.rnd, truthUsers), w.there(), pickOf(w.rnd, truthRights)
	if table == "" {
		return false
	}
	want, name := w.may(user, table, right), w.written(table)
	text := fmt.Sprintf(asking[right], name)
	ways := map[string]bool{
		"SQL":                       w.runs(user, text),
		"CHECK":                     w.says("CHECK " + right + " ON TABLE " + name + " FOR " + user),
		"EXPLAIN SECURITY":          w.says("EXPLAIN SECURITY FOR " + user + " " + text),
		"lxdb can":                  w.can(user, text),
		"SHOW EFFECTIVE PRIVILEGES": w.lists(user, name, right),
		"the store":                 w.opens(user, table, right),
	}
	for _, got := range ways {
		if got != want {
			w.t.Fatalf("%s may %s on %s: %v, the model says %v, after\n%s\n%s", user, right, table, ways, want, strings.Join(w.log, "\n"), strings.Join(w.db.ok("root", "SHOW SECURITY FOR "+user), "\n"))
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

// can asks by the code of the command line.
func (w *truth) can(user, text string) bool {
	answer, _ := w.db.mayAsk(user, text)
	if answer == may.Unsaid {
		w.t.Fatalf("lxdb can --user %s %q says nothing", user, text)
	}
	return answer == may.Yes
}

// lists looks for the right in the list of all.
func (w *truth) lists(user, table, right string) bool {
	return slices.ContainsFunc(w.db.ok("root", "SHOW EFFECTIVE PRIVILEGES FOR "+user+" ON TABLE "+table), func(row string) bool {
		return strings.HasPrefix(row, user+"|"+right+"|")
	})
}

// opens tries it in a transaction of the store, which asks the guard and nobody else.
func (w *truth) opens(user, table, right string) bool {
	e, ctx := w.db.engine, context.Background()
	snap := e.Catalog().Snapshot()
	base, name := of(table)
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
