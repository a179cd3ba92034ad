package lxtest_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/security/audit"
)

// Grants, revokes, roles, groups and accounts change all the time while the server is
// killed. Whatever was acknowledged holds afterwards, what was in flight happened or did
// not, SHOW GRANTS of every principal is the model's to the last line, and the audit log
// has every change that counts, with a chain that verifies.

const (
	rightsWorkers = 4 // each with principals and tables of its own
	rightsObjects = 3
	// crashChangesEnv is up to how many changes a round makes before it is killed.
	crashChangesEnv = "LXDB_CRASH_CHANGES"
)

// rightsSwitch is a thing that is there or not: one state when it was acknowledged, two
// while a change is in flight.
type rightsSwitch struct {
	what    string
	on, off string // the statements
	// grantee and line are what SHOW GRANTS has of it; for others shows looks for it.
	grantee, line string
	shows         func(*rightsShown) bool
	states        []bool
}

// rightsModel is what one worker's principals may be.
type rightsModel struct {
	user, role string
	switches   []*rightsSwitch
	comment    []string
	base       map[string][]string // SHOW GRANTS of a grantee without what the switches add
}

// rightsShown is what the restarted server says of a worker's principals.
type rightsShown struct {
	grants                       map[string][]string
	create, users, groups, roles string
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
	models := r.setUpRights()
	seen := uint64(0)
	for round := range rounds {
		r.changeRights(models, 1+rand.IntN(changes))
		seen = r.verifyAudit(round, seen)
		r.start()
		for _, m := range models {
			r.verifyRights(round, m)
		}
	}
	r.kill()
	r.verifyAudit(rounds, seen)
	t.Logf("%d kills, %d acknowledged changes of rights, roles, groups and accounts, none lost; %d records of the audit log verify", rounds, r.acks.Load(), seen)
}

func newRightsModel(w int) *rightsModel {
	m := &rightsModel{user: fmt.Sprintf("user%d", w), role: fmt.Sprintf("role%d", w), comment: []string{""}, base: map[string][]string{}}
	group, extra, passing := fmt.Sprintf("group%d", w), fmt.Sprintf("extra%d", w), fmt.Sprintf("passing%d", w)
	account := func(name string) string { return "`" + name + "`@`%`" }
	grant := func(right, on, shown, to string) {
		m.switches = append(m.switches, &rightsSwitch{
			what: right + " on " + on + " of " + to, on: "GRANT " + right + " ON " + on + " TO " + to, off: "REVOKE " + right + " ON " + on + " FROM " + to,
			grantee: to, line: "GRANT " + right + " ON " + shown + " TO " + account(to),
		})
	}
	for i := range rightsObjects {
		name := fmt.Sprintf("t%d_%d", w, i)
		grant("SELECT", "d."+name, "`d`.`"+name+"`", m.user)
		grant("INSERT", "d."+name, "`d`.`"+name+"`", m.role)
	}
	grant("DELETE", "d.*", "`d`.*", m.user)
	m.switches = append(m.switches,
		&rightsSwitch{what: "membership of " + m.role, on: "GRANT " + m.role + " TO " + m.user, off: "REVOKE " + m.role + " FROM " + m.user,
			grantee: m.user, line: "GRANT " + account(m.role) + " TO " + account(m.user)},
		&rightsSwitch{what: "membership of " + group, on: "ALTER GROUP " + group + " ADD USER " + m.user, off: "ALTER GROUP " + group + " DROP USER " + m.user,
			shows: func(s *rightsShown) bool { return strings.Contains(s.groups, m.user) }},
		&rightsSwitch{what: "lock of " + m.user, on: "ALTER USER " + m.user + " ACCOUNT LOCK", off: "ALTER USER " + m.user + " ACCOUNT UNLOCK",
			shows: func(s *rightsShown) bool { return strings.Contains(s.create, "ACCOUNT LOCK") }},
		&rightsSwitch{what: extra, on: "CREATE USER " + extra + " IDENTIFIED BY 'pw-extra'", off: "DROP USER " + extra,
			shows: func(s *rightsShown) bool { return slices.Contains(strings.Split(s.users, "\n"), extra) }},
		&rightsSwitch{what: passing, on: "CREATE ROLE " + passing, off: "DROP ROLE " + passing,
			shows: func(s *rightsShown) bool { return slices.Contains(strings.Split(s.roles, "\n"), passing) }},
	)
	for _, s := range m.switches {
		s.states = []bool{false}
	}
	return m
}

func (r *crashRun) setUpRights() []*rightsModel {
	r.t.Helper()
	db := r.open("root", "pw-root")
	defer db.Close()
	statements := []string{"CREATE DATABASE d"}
	var models []*rightsModel
	for w := range rightsWorkers {
		m := newRightsModel(w)
		statements = append(statements, fmt.Sprintf("CREATE USER %s IDENTIFIED BY 'pw-%s'", m.user, m.user), "CREATE ROLE "+m.role, fmt.Sprintf("CREATE GROUP group%d", w))
		for i := range rightsObjects {
			statements = append(statements, fmt.Sprintf("CREATE TABLE d.t%d_%d (id INT PRIMARY KEY)", w, i))
		}
		models = append(models, m)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
	}
	for _, m := range models {
		m.base = r.grantsOf(db, m)
	}
	return models
}

// changeRights changes rights from several connections and kills the server after
// about so many acknowledgements.
func (r *crashRun) changeRights(models []*rightsModel, acks int) {
	db := r.open("root", "pw-root")
	defer db.Close()
	until := r.acks.Load() + int64(acks)
	enough := make(chan struct{})
	var once sync.Once
	var workers sync.WaitGroup
	for _, m := range models {
		workers.Go(func() {
			for m.step(db) {
				if r.acks.Add(1) >= until {
					once.Do(func() { close(enough) })
				}
			}
		})
	}
	<-enough
	r.kill()
	workers.Wait()
}

// step makes one change, and says whether the server acknowledged it.
func (m *rightsModel) step(db *sql.DB) bool {
	if n := rand.IntN(len(m.switches) + 1); n < len(m.switches) {
		return m.switches[n].flip(db)
	}
	text := fmt.Sprintf("note %d", rand.Int())
	m.comment = []string{m.comment[0], text}
	if _, err := db.Exec(fmt.Sprintf("ALTER USER %s COMMENT '%s'", m.user, text)); err != nil {
		return false
	}
	m.comment = []string{text}
	return true
}

// flip turns a switch. Until that is acknowledged it may stand either way.
func (s *rightsSwitch) flip(db *sql.DB) bool {
	held := s.states[0]
	statement := s.on
	if held {
		statement = s.off
	}
	s.states = []bool{held, !held}
	if _, err := db.Exec(statement); err != nil {
		return false
	}
	s.states = []bool{!held}
	return true
}

// grantsOf are the sorted lines of SHOW GRANTS of a worker's principals.
func (r *crashRun) grantsOf(root *sql.DB, m *rightsModel) map[string][]string {
	r.t.Helper()
	out := map[string][]string{}
	for _, p := range []string{m.user, m.role} {
		lines := strings.Split(r.column(root, "SHOW GRANTS FOR "+p, 0), "\n")
		slices.Sort(lines)
		out[p] = slices.DeleteFunc(lines, func(line string) bool { return line == "" || strings.HasPrefix(line, "GRANT USAGE ") })
	}
	return out
}

// verifyRights compares what the restarted server shows with the model, and takes
// over what was in flight and did happen.
func (r *crashRun) verifyRights(round int, m *rightsModel) {
	r.t.Helper()
	root := r.open("root", "pw-root")
	defer root.Close()
	shown := &rightsShown{
		grants: r.grantsOf(root, m), create: r.column(root, "SHOW CREATE USER "+m.user, 0), users: r.column(root, "SHOW USERS", 0),
		groups: r.column(root, "SHOW GROUPS", 0, 1), roles: r.column(root, "SELECT user FROM mysql.user", 0),
	}
	want := map[string][]string{}
	for p, lines := range m.base {
		want[p] = slices.Clone(lines)
	}
	for _, s := range m.switches {
		is := s.shows != nil && s.shows(shown) || s.line != "" && slices.Contains(shown.grants[s.grantee], s.line)
		settle(r.t, fmt.Sprintf("round %d: %s", round, s.what), &s.states, is)
		if is && s.line != "" {
			want[s.grantee] = append(want[s.grantee], s.line)
		}
	}
	for p, lines := range want {
		slices.Sort(lines)
		if !slices.Equal(lines, shown.grants[p]) {
			r.t.Fatalf("round %d: SHOW GRANTS FOR %s:\n%s\nwant:\n%s", round, p, strings.Join(shown.grants[p], "\n"), strings.Join(lines, "\n"))
		}
	}
	found := ""
	for _, text := range m.comment {
		if text != "" && strings.Contains(shown.create, "'"+text+"'") {
			found = text
		}
	}
	settle(r.t, fmt.Sprintf("round %d: comment of %s in %s", round, m.user, shown.create), &m.comment, found)
	r.mayDoAsShown(round, m)
}

// is says how a switch stands, after it was settled.
func (m *rightsModel) is(what string) bool {
	i := slices.IndexFunc(m.switches, func(s *rightsSwitch) bool { return s.what == what })
	return m.switches[i].states[0]
}

// mayDoAsShown asks the certificates what SHOW GRANTS has said: a user who is not
// locked may do what he or his role was granted, and nothing else.
func (r *crashRun) mayDoAsShown(round int, m *rightsModel) {
	r.t.Helper()
	db := r.open(m.user, "pw-"+m.user)
	defer db.Close()
	free := !m.is("lock of " + m.user)
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
	}
}

// settle wants what was found among what may be, and makes it what is.
func settle[T comparable](t *testing.T, what string, states *[]T, found T) {
	t.Helper()
	if !slices.Contains(*states, found) {
		t.Fatalf("%s: found %v, possible %v", what, found, *states)
	}
	*states = []T{found}
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
// next start.
func (r *crashRun) verifyAudit(round int, seen uint64) uint64 {
	r.t.Helper()
	log, keyFile := engine.AuditFiles(r.dir)
	version := uint64(0)
	report, err := audit.VerifyAll(audit.Files{Dir: log, KeyFile: keyFile}, func(rec audit.Record) error {
		switch rec.Event {
		case "change":
			if rec.Version <= version {
				return fmt.Errorf("record %d: version %d after %d", rec.Seq, rec.Version, version)
			}
			version = rec.Version
		case "change.undone":
			version = rec.Version - 1
		case "audit.damaged", "audit.cut", "audit.headless":
			return fmt.Errorf("record %d: %s", rec.Seq, rec.Reason)
		}
		return nil
	})
	if err != nil && !errors.Is(err, audit.ErrTorn) || report.Last < seen {
		r.t.Fatalf("round %d: the audit log: %+v after %d records, %v", round, report, seen, err)
	}
	return report.Last
}
