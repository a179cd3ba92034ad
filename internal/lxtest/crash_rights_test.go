package lxtest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Grants, revokes, denials, roles, groups and accounts change all the time while the server
// is killed. Whatever was acknowledged holds afterwards, what was in flight happened or did
// not, SHOW GRANTS of every principal there is equals the model's to the last line, and the
// audit log has every change that counts, with a chain that verifies and with the record
// that the catalog's own state names as its last.

const (
	rightsWorkers = 4 // each with principals and tables of its own
	rightsObjects = 3
	// crashChangesEnv is up to how many changes a round makes before it is killed.
	crashChangesEnv = "LXDB_CRASH_CHANGES"
)

// rightsMachine is a thing that is in one of a few states: one of them when it was
// acknowledged, two while a change is in flight.
type rightsMachine struct {
	what  string
	moves map[string][]rightsMove // from each state
	// lines are what SHOW GRANTS has in a state, by grantee.
	lines map[string]map[string][]string
	// makes are the principals that exist in the states whose lines name them, and in no other.
	makes  []string
	states []string
	// shown is for states that SHOW GRANTS does not tell of.
	shown func(*rightsShown) string
}

// rightsMove is a statement of root's, or of by, and the state that it leads to.
type rightsMove struct{ statement, to, by string }

// rightsModel is what one worker's principals may be.
type rightsModel struct {
	user, role string
	machines   []*rightsMachine
	comment    []string
}

// rightsShown is what the restarted server says.
type rightsShown struct {
	grants         map[string][]string // of every principal, sorted
	create, groups string
}

// TestCrashOfRights is TestCrashOfAServer for the permission path.
func TestCrashOfRights(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	rounds, changes := 2, 190
	for env, to := range map[string]*int{crashRoundsEnv: &rounds, crashChangesEnv: &changes} {
		if n, err := strconv.Atoi(os.Getenv(env)); err == nil && n > 0 {
			*to = n
		}
	}
	r := &crashRun{t: t, dir: t.TempDir()}
	r.start()
	defer r.kill()
	models, base := r.setUpRights()
	seen := uint64(0)
	for round := range rounds {
		r.changeRights(models, 1+rand.IntN(changes))
		seen = r.verifyAudit(round, seen)
		r.start()
		r.verifyRights(round, models, base)
		for _, m := range models {
			r.mayDoAsShown(round, m)
		}
	}
	r.kill()
	r.verifyAudit(rounds, seen)
	t.Logf("%d kills, %d acknowledged changes of rights, roles, groups and accounts, none lost; %d records of the audit log verify", rounds, r.acks.Load(), seen)
}

// TestSecurityAfterACrash: after 1,000 changes, each acknowledged, and a kill -9 at once SHOW
// SECURITY is the same to the last byte.
func TestSecurityAfterACrash(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	r := &crashRun{t: t, dir: t.TempDir()}
	r.start()
	defer r.kill()
	models, _ := r.setUpRights()
	db := r.open("root", "pw-root")
	as := func(user string) *sql.DB { return r.open(user, "pw-"+user) }
	for i := range 1_000 {
		if !models[i%len(models)].step(db, as) {
			t.Fatalf("change %d was refused", i)
		}
	}
	show := func(db *sql.DB) string { return r.column(db, "SHOW SECURITY", 0, 1, 2, 3, 4) }
	before := show(db)
	r.kill()
	_ = db.Close()
	r.start()
	db = r.open("root", "pw-root")
	defer db.Close()
	if after := show(db); after != before {
		t.Errorf("SHOW SECURITY after the crash:\n%s\nbefore:\n%s", after, before)
	}
	if lines := strings.Count(before, "\n"); lines < 50 {
		t.Errorf("%d lines prove little", lines)
	}
}

const (
	stateOff, stateOn = "off", "on"
	statePassing      = "granted and a member"
)

// toggle is a thing that is there or not.
func toggle(what, on, off, grantee, line string) *rightsMachine {
	m := &rightsMachine{
		what: what, states: []string{stateOff},
		moves: map[string][]rightsMove{stateOff: {{on, stateOn, ""}}, stateOn: {{off, stateOff, ""}}},
	}
	if line != "" {
		m.lines = map[string]map[string][]string{stateOn: {grantee: {line}}}
	}
	return m
}

func newRightsModel(w int) *rightsModel {
	m := &rightsModel{user: fmt.Sprintf("user%d", w), role: fmt.Sprintf("role%d", w), comment: []string{""}}
	of := func(name string) string { return fmt.Sprint(name, w) }
	account := func(name string) string { return "`" + name + "`@`%`" }
	table := func(i int) (name, shown string) {
		return fmt.Sprintf("d.t%d_%d", w, i), fmt.Sprintf("`d`.`t%d_%d`", w, i)
	}
	add := func(machines ...*rightsMachine) { m.machines = append(m.machines, machines...) }
	give := func(verb, right, on, shown, to, written, printed, tail string) {
		off := "REVOKE "
		if verb == "DENY" {
			off += "DENY "
		}
		add(toggle(right+" on "+on+" of "+to, verb+" "+right+" ON "+on+" TO "+written+tail, off+right+" ON "+on+" FROM "+written, to, verb+" "+right+" ON "+shown+" TO "+printed+tail))
	}
	for i := range rightsObjects {
		name, shown := table(i)
		give("GRANT", "SELECT", name, shown, m.user, m.user, account(m.user), "")
		give("GRANT", "INSERT", name, shown, m.role, m.role, account(m.role), "")
		give("GRANT", "UPDATE", name, shown, "ldapGroup:"+of("group"), "ldapGroup:"+of("group"), "ldapGroup:`"+of("group")+"`", "")
		give("GRANT", "TRIGGER", name, shown, "PUBLIC", "PUBLIC", "PUBLIC", "")
		give("DENY", "ALTER", name, shown, m.user, m.user, account(m.user), "")
		give("GRANT", "INDEX", name, shown, of("second"), of("second"), account(of("second")), " WITH GRANT OPTION")
	}
	give("GRANT", "DELETE", "d.*", "`d`.*", m.user, m.user, account(m.user), "")
	give("GRANT", "SELECT", of("later")+".*", "`"+of("later")+"`.*", m.role, m.role, account(m.role), "")
	add(
		toggle("system right of "+m.role, "GRANT SYSTEM MONITOR TO "+m.role, "REVOKE SYSTEM MONITOR FROM "+m.role, m.role, "GRANT SYSTEM MONITOR TO "+account(m.role)),
		toggle("membership of "+m.role, "GRANT "+m.role+" TO "+m.user, "REVOKE "+m.role+" FROM "+m.user, m.user, "GRANT "+account(m.role)+" TO "+account(m.user)),
		toggle("membership of "+of("second"), "GRANT "+of("second")+" TO "+m.role+" WITH ADMIN OPTION", "REVOKE "+of("second")+" FROM "+m.role, m.role,
			"GRANT "+account(of("second"))+" TO "+account(m.role)+" WITH ADMIN OPTION"),
	)
	inGroup := toggle("membership of "+of("group"), "ALTER GROUP "+of("group")+" ADD USER "+m.user, "ALTER GROUP "+of("group")+" DROP USER "+m.user, "", "")
	inGroup.shown = func(s *rightsShown) string { return onWhere(strings.Contains(s.groups, m.user)) }
	lock := toggle("lock of "+m.user, "ALTER USER "+m.user+" ACCOUNT LOCK", "ALTER USER "+m.user+" ACCOUNT UNLOCK", "", "")
	lock.shown = func(s *rightsShown) string { return onWhere(strings.Contains(s.create, "ACCOUNT LOCK")) }
	// An account that comes and goes, with the schema that is its own.
	extra := toggle(of("extra"), "CREATE USER "+of("extra")+" IDENTIFIED BY 'pw-extra'", "DROP USER "+of("extra"), "", "")
	extra.makes = []string{of("extra")}
	extra.lines = map[string]map[string][]string{stateOn: {of("extra"): {
		"GRANT ALL PRIVILEGES ON `" + of("extra") + "`.* TO " + account(of("extra")) + " WITH GRANT OPTION",
		"GRANT GRANT ON `" + of("extra") + "`.* TO " + account(of("extra")) + " WITH GRANT OPTION",
	}}}
	// A role that goes with all that it had and gave.
	name, shown := table(0)
	passing := &rightsMachine{
		what: of("passing"), states: []string{stateOff}, makes: []string{of("passing")},
		moves: map[string][]rightsMove{
			stateOff:     {{"CREATE ROLE " + of("passing"), stateOn, ""}},
			stateOn:      {{"GRANT DELETE ON " + name + " TO " + of("passing"), "granted", ""}, {"DROP ROLE " + of("passing"), stateOff, ""}},
			"granted":    {{"GRANT " + of("passing") + " TO " + of("second"), statePassing, ""}, {"DROP ROLE " + of("passing"), stateOff, ""}},
			statePassing: {{"DROP ROLE " + of("passing"), stateOff, ""}},
		},
	}
	deletes := "GRANT DELETE ON " + shown + " TO " + account(of("passing"))
	passing.lines = map[string]map[string][]string{
		stateOn: {of("passing"): nil}, "granted": {of("passing"): {deletes}},
		statePassing: {of("passing"): {deletes}, of("second"): {"GRANT " + account(of("passing")) + " TO " + account(of("second"))}},
	}
	// An account that changes its name, and takes what it has with it.
	renamed := &rightsMachine{what: "name of " + of("one"), states: []string{"one"}, makes: []string{of("one"), of("two")}, moves: map[string][]rightsMove{}, lines: map[string]map[string][]string{}}
	for from, to := range map[string]string{"one": "two", "two": "one"} {
		renamed.moves[from] = []rightsMove{{"RENAME USER " + of(from) + " TO " + of(to), to, ""}}
		renamed.lines[from] = map[string][]string{of(from): {
			"GRANT REFERENCES ON " + shown + " TO " + account(of(from)),
			"GRANT ALL PRIVILEGES ON `" + of("one") + "`.* TO " + account(of(from)) + " WITH GRANT OPTION",
			"GRANT GRANT ON `" + of("one") + "`.* TO " + account(of(from)) + " WITH GRANT OPTION",
		}}
	}
	// CREATE USER under the new name would make a home of that name elsewhere, on which he holds nothing here.
	renamed.lines["two"][of("two")] = append(renamed.lines["two"][of("two")], "REVOKE IF EXISTS ALL, GRANT ON `"+of("two")+"`.* FROM "+account(of("two")))
	// A role that one user passes on to another, who has it as long as the first may give it.
	given := &rightsMachine{
		what: of("given"), states: []string{stateOff},
		moves: map[string][]rightsMove{
			stateOff: {{"GRANT " + of("given") + " TO " + of("giver") + " WITH ADMIN OPTION", stateOn, ""}},
			stateOn: {{"GRANT " + of("given") + " TO " + of("taker"), statePassing, of("giver")},
				{"REVOKE " + of("given") + " FROM " + of("giver") + " RESTRICT", stateOff, ""}},
			statePassing: {{"REVOKE ADMIN OPTION FOR " + of("given") + " FROM " + of("giver"), "held", ""},
				{"REVOKE " + of("given") + " FROM " + of("giver") + " CASCADE", stateOff, ""}},
			"held": {{"REVOKE " + of("given") + " FROM " + of("giver"), stateOff, ""}},
		},
	}
	gives := "GRANT " + account(of("given")) + " TO " + account(of("giver"))
	given.lines = map[string]map[string][]string{
		stateOn: {of("giver"): {gives + " WITH ADMIN OPTION"}}, "held": {of("giver"): {gives}},
		statePassing: {of("giver"): {gives + " WITH ADMIN OPTION"}, of("taker"): {"GRANT " + account(of("given")) + " TO " + account(of("taker"))}},
	}
	add(inGroup, lock, extra, passing, renamed, given)
	return m
}

func onWhere(on bool) string {
	if on {
		return stateOn
	}
	return stateOff
}

// setUpRights makes what stays. base is SHOW GRANTS of everybody without what machines add.
func (r *crashRun) setUpRights() (models []*rightsModel, base map[string][]string) {
	r.t.Helper()
	db := r.open("root", "pw-root")
	defer db.Close()
	statements := []string{"CREATE DATABASE d"}
	for w := range rightsWorkers {
		m := newRightsModel(w)
		statements = append(statements, fmt.Sprintf("CREATE USER %s IDENTIFIED BY 'pw-%s'", m.user, m.user), fmt.Sprintf("CREATE USER one%d", w),
			"CREATE ROLE "+m.role, fmt.Sprintf("CREATE ROLE second%d", w), fmt.Sprintf("CREATE ROLE given%d", w),
			fmt.Sprintf("CREATE USER giver%d IDENTIFIED BY 'pw-giver%d'", w, w), fmt.Sprintf("CREATE USER taker%d", w), fmt.Sprintf("CREATE GROUP group%d", w))
		for i := range rightsObjects {
			statements = append(statements, fmt.Sprintf("CREATE TABLE d.t%d_%d (id INT PRIMARY KEY)", w, i))
		}
		statements = append(statements, fmt.Sprintf("GRANT REFERENCES ON d.t%d_0 TO one%d", w, w))
		models = append(models, m)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
	}
	base = r.grantsOfAll(db)
	for w := range rightsWorkers {
		delete(base, fmt.Sprint("one", w)) // a machine's
	}
	return models, base
}

// changeRights changes rights from several connections and kills the server after
// about so many acknowledgements.
func (r *crashRun) changeRights(models []*rightsModel, acks int) {
	db := r.open("root", "pw-root")
	defer db.Close()
	as := func(user string) *sql.DB { return r.open(user, "pw-"+user) }
	until := r.acks.Load() + int64(acks)
	enough := make(chan struct{})
	var once sync.Once
	var workers sync.WaitGroup
	for _, m := range models {
		workers.Go(func() {
			for m.step(db, as) {
				if r.acks.Add(1) >= until {
					once.Do(func() { close(enough) })
				}
			}
			once.Do(func() { close(enough) }) // refused: nobody is to wait for it
		})
	}
	<-enough
	r.kill()
	workers.Wait()
}

// step makes one change, and says whether the server acknowledged it.
func (m *rightsModel) step(db *sql.DB, as func(string) *sql.DB) bool {
	if n := rand.IntN(len(m.machines) + 1); n < len(m.machines) {
		return m.machines[n].step(db, as)
	}
	text := fmt.Sprintf("note %d", rand.Int())
	m.comment = []string{m.comment[0], text}
	if _, err := db.Exec(fmt.Sprintf("ALTER USER %s COMMENT '%s'", m.user, text)); err != nil {
		return false
	}
	m.comment = []string{text}
	return true
}

// step goes on to a next state. Until that is acknowledged it may be either.
func (s *rightsMachine) step(db *sql.DB, as func(string) *sql.DB) bool {
	from := s.states[0]
	move := s.moves[from][rand.IntN(len(s.moves[from]))]
	s.states = []string{from, move.to}
	if move.by != "" {
		db = as(move.by)
		defer db.Close()
	}
	if _, err := db.Exec(move.statement); err != nil {
		return false
	}
	s.states = []string{move.to}
	return true
}

// grantsOfAll are the sorted lines of SHOW GRANTS of every principal, without those that
// come by a group, which are the group's.
func (r *crashRun) grantsOfAll(root *sql.DB) map[string][]string {
	r.t.Helper()
	out := map[string][]string{}
	for _, line := range strings.Split(r.column(root, "SHOW USERS", 0, 1), "\n") {
		name, kind, _ := strings.Cut(line, " ")
		if kind == "group" {
			name = "ldapGroup:" + name
		}
		lines := strings.Split(r.column(root, "SHOW GRANTS FOR "+name, 0), "\n")
		slices.Sort(lines)
		out[name] = slices.DeleteFunc(lines, func(line string) bool {
			return line == "" || strings.HasPrefix(line, "GRANT USAGE ") || strings.HasSuffix(line, "*/")
		})
	}
	return out
}

// isIn reports whether SHOW GRANTS has what a state has, and nothing that only another does.
func (s *rightsMachine) isIn(state string, shown *rightsShown) bool {
	if s.shown != nil {
		return s.shown(shown) == state
	}
	for _, who := range s.makes {
		_, named := s.lines[state][who]
		if _, exists := shown.grants[who]; named != exists {
			return false
		}
	}
	for _, possible := range s.states {
		for who, lines := range s.lines[possible] {
			for _, line := range lines {
				if slices.Contains(shown.grants[who], line) != slices.Contains(s.lines[state][who], line) {
					return false
				}
			}
		}
	}
	return true
}

// verifyRights compares what the restarted server shows with the model, and takes
// over what was in flight and did happen.
func (r *crashRun) verifyRights(round int, models []*rightsModel, base map[string][]string) {
	r.t.Helper()
	root := r.open("root", "pw-root")
	defer root.Close()
	shown := &rightsShown{grants: r.grantsOfAll(root), groups: r.column(root, "SHOW GROUPS", 0, 1)}
	want := map[string][]string{}
	for who, lines := range base {
		want[who] = slices.Clone(lines)
	}
	for _, m := range models {
		shown.create = r.column(root, "SHOW CREATE USER "+m.user, 0)
		for _, s := range m.machines {
			i := slices.IndexFunc(s.states, func(state string) bool { return s.isIn(state, shown) })
			if i < 0 {
				r.t.Fatalf("round %d: %s is in none of %q: %q", round, s.what, s.states, shown.grants)
			}
			s.states = []string{s.states[i]}
			for who, lines := range s.lines[s.states[0]] {
				want[who] = append(want[who], lines...)
			}
		}
		found := ""
		for _, text := range m.comment {
			if text != "" && strings.Contains(shown.create, "'"+text+"'") {
				found = text
			}
		}
		if !slices.Contains(m.comment, found) {
			r.t.Fatalf("round %d: comment of %s is %q, possible %q: %s", round, m.user, found, m.comment, shown.create)
		}
		m.comment = []string{found}
	}
	for _, who := range slices.Sorted(maps.Keys(want)) {
		slices.Sort(want[who])
		if !slices.Equal(want[who], shown.grants[who]) {
			r.t.Fatalf("round %d: SHOW GRANTS FOR %s:\n%s\nwant:\n%s", round, who, strings.Join(shown.grants[who], "\n"), strings.Join(want[who], "\n"))
		}
		delete(shown.grants, who)
	}
	if len(shown.grants) > 0 {
		r.t.Fatalf("round %d: nobody made %q", round, slices.Collect(maps.Keys(shown.grants)))
	}
}

// is says whether a thing is there, after the model was compared.
func (m *rightsModel) is(what string) bool {
	i := slices.IndexFunc(m.machines, func(s *rightsMachine) bool { return s.what == what })
	return m.machines[i].states[0] == stateOn
}

// mayDoAsShown asks the certificates what SHOW GRANTS has said: a user who is not
// locked may do what he, his role or his group was granted, and nothing else.
func (r *crashRun) mayDoAsShown(round int, m *rightsModel) {
	r.t.Helper()
	db := r.open(m.user, "pw-"+m.user)
	defer db.Close()
	free, group := !m.is("lock of "+m.user), "group"+strings.TrimPrefix(m.user, "user")
	for i := range rightsObjects {
		table := fmt.Sprintf("d.t%s_%d", strings.TrimPrefix(m.user, "user"), i)
		var n int
		reads := db.QueryRow("SELECT COUNT(*) FROM "+table).Scan(&n) == nil
		if want := m.is("SELECT on "+table+" of "+m.user) && free; reads != want {
			r.t.Fatalf("round %d: %s reads %s: %v, want %v", round, m.user, table, reads, want)
		}
		_, err := db.Exec("INSERT INTO " + table + " SELECT 1 WHERE FALSE")
		if want := m.is("INSERT on "+table+" of "+m.role) && m.is("membership of "+m.role) && free; (err == nil) != want {
			r.t.Fatalf("round %d: %s inserts into %s: %v, want %v", round, m.user, table, err, want)
		}
		_, err = db.Exec("UPDATE " + table + " SET id = 1")
		if want := m.is("UPDATE on "+table+" of ldapGroup:"+group) && m.is("membership of "+group) && free; (err == nil) != want {
			r.t.Fatalf("round %d: %s updates %s: %v, want %v", round, m.user, table, err, want)
		}
	}
}

// column has columns of all rows, a row a line.
func (r *crashRun) column(db *sql.DB, query string, at ...int) string {
	r.t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		r.t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		cells, to := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			r.t.Fatal(err)
		}
		var line []string
		for _, i := range at {
			line = append(line, cells[i].String)
		}
		lines = append(lines, strings.Join(line, " "))
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// verifyAudit follows the chain while the server is dead, and wants the log to have
// grown. Versions of changes rise; one that did not come about is taken back at the
// next start. The catalog's state names the record of its last change.
func (r *crashRun) verifyAudit(round int, seen uint64) uint64 {
	r.t.Helper()
	version, audited := r.stateOfCatalog()
	log, keyFile := engine.AuditFiles(r.dir)
	last, lastOf := uint64(0), map[uint64]uint64{} // the record of each version
	report, err := audit.VerifyAll(audit.Files{Dir: log, KeyFile: keyFile}, func(rec audit.Record) error {
		switch rec.Event {
		case "change":
			if rec.Version <= last {
				return fmt.Errorf("record %d: version %d after %d", rec.Seq, rec.Version, last)
			}
			last = rec.Version
			lastOf[last] = rec.Seq
		case "change.undone":
			last = rec.Version - 1
			delete(lastOf, rec.Version)
		case "audit.damaged", "audit.cut", "audit.headless":
			return fmt.Errorf("record %d: %s", rec.Seq, rec.Reason)
		}
		return nil
	})
	if err != nil && !errors.Is(err, audit.ErrTorn) || report.Last < seen {
		r.t.Fatalf("round %d: the audit log: %+v after %d records, %v", round, report, seen, err)
	}
	want := uint64(0) // a change is recorded before it is committed: the last one may be of no version
	for v, seq := range lastOf {
		if v <= version {
			want = max(want, seq)
		}
	}
	if audited != want || last > version+1 {
		r.t.Fatalf("round %d: the catalog, version %d, says that its last change is record %d; by the log, which ends with version %d, it is %d", round, version, audited, last, want)
	}
	return report.Last
}

// stateOfCatalog reads the state record of the store that nobody has open.
func (r *crashRun) stateOfCatalog() (version, audited uint64) {
	r.t.Helper()
	db, err := kivi.Open(kivi.Options{Dir: filepath.Join(r.dir, "kivi"), ReadOnly: true})
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, keyFile := engine.AuditFiles(r.dir)
	sealing, err := cert.ReadSeal(filepath.Dir(keyFile))
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := catalog.Read(context.Background(), db, sealing)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, found := range s.Tampered() {
		r.t.Fatalf("the catalog: %s", found.What)
	}
	return s.Version(), s.Audited()
}
