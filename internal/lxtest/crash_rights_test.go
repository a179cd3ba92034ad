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

// Grants, revokes, groups and accounts change all the time while the server is killed.
// Whatever was acknowledged holds afterwards, what was in flight happened or did not,
// and the audit log has every change that counts, with a chain that verifies.

const (
	rightsWorkers = 4 // each with principals and tables of its own
	rightsObjects = 3
)

// rightsModel is what one worker's user may be, by aspect: one state when it was
// acknowledged, two while a change is in flight.
type rightsModel struct {
	held    [rightsObjects][]bool // SELECT on each table
	member  []bool                // in the group
	locked  []bool
	comment []string
	exists  []bool // a second user, made and dropped
}

// TestCrashOfRights is TestCrashOfAServer for the permission path.
func TestCrashOfRights(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	rounds := 2
	if n, err := strconv.Atoi(os.Getenv(crashRoundsEnv)); err == nil {
		rounds = n
	}
	r := &crashRun{t: t, dir: t.TempDir()}
	r.start()
	defer r.kill()
	models := r.setUpRights()
	seen := uint64(0)
	for round := range rounds {
		r.changeRights(models, 40+53*round%160)
		seen = r.verifyAudit(round, seen)
		r.start()
		for w, m := range models {
			r.verifyRights(round, w, m)
		}
	}
	r.kill()
	r.verifyAudit(rounds, seen)
	t.Logf("%d kills, %d acknowledged changes of rights and accounts, none lost; %d records of the audit log verify", rounds, r.acks.Load(), seen)
}

func (r *crashRun) setUpRights() []*rightsModel {
	r.t.Helper()
	db := r.open("root", "pw-root")
	defer db.Close()
	statements := []string{"CREATE DATABASE d"}
	var models []*rightsModel
	for w := range rightsWorkers {
		statements = append(statements, fmt.Sprintf("CREATE USER user%d IDENTIFIED BY 'pw-user-%d'", w, w), fmt.Sprintf("CREATE GROUP group%d", w))
		m := &rightsModel{member: []bool{false}, locked: []bool{false}, comment: []string{""}, exists: []bool{false}}
		for i := range rightsObjects {
			statements = append(statements, fmt.Sprintf("CREATE TABLE d.t%d_%d (id INT PRIMARY KEY)", w, i))
			m.held[i] = []bool{false}
		}
		models = append(models, m)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
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
	for w, m := range models {
		workers.Go(func() {
			for step := rand.IntN(100); m.step(db, w, step); step += 1 + rand.IntN(3) {
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
func (m *rightsModel) step(db *sql.DB, w, step int) bool {
	switch step % 7 {
	case 0:
		return flip(db, &m.member, fmt.Sprintf("ALTER GROUP group%d ADD USER user%d", w, w), fmt.Sprintf("ALTER GROUP group%d DROP USER user%d", w, w))
	case 1:
		return flip(db, &m.locked, fmt.Sprintf("ALTER USER user%d ACCOUNT LOCK", w), fmt.Sprintf("ALTER USER user%d ACCOUNT UNLOCK", w))
	case 2:
		return flip(db, &m.exists, fmt.Sprintf("CREATE USER extra%d IDENTIFIED BY 'pw-extra'", w), fmt.Sprintf("DROP USER extra%d", w))
	case 3:
		text := fmt.Sprintf("note %d", step)
		before := m.comment[0]
		m.comment = []string{before, text}
		if _, err := db.Exec(fmt.Sprintf("ALTER USER user%d COMMENT '%s'", w, text)); err != nil {
			return false
		}
		m.comment = []string{text}
		return true
	}
	i := step % rightsObjects
	return flip(db, &m.held[i], fmt.Sprintf("GRANT SELECT ON d.t%d_%d TO user%d", w, i, w), fmt.Sprintf("REVOKE SELECT ON d.t%d_%d FROM user%d", w, i, w))
}

// flip turns a switch. Until that is acknowledged it may stand either way.
func flip(db *sql.DB, states *[]bool, on, off string) bool {
	held := (*states)[0]
	statement := on
	if held {
		statement = off
	}
	*states = []bool{held, !held}
	if _, err := db.Exec(statement); err != nil {
		return false
	}
	*states = []bool{!held}
	return true
}

// verifyRights compares what the restarted server shows with the model, and takes
// over what was in flight and did happen.
func (r *crashRun) verifyRights(round, w int, m *rightsModel) {
	r.t.Helper()
	root := r.open("root", "pw-root")
	defer root.Close()
	user := fmt.Sprintf("user%d", w)
	grants := r.column(root, "SHOW GRANTS FOR "+user, 0)
	for i := range m.held {
		settle(r.t, fmt.Sprintf("round %d: %s on table %d", round, user, i), &m.held[i], strings.Contains(grants, fmt.Sprintf("`t%d_%d`", w, i)))
	}
	groups := r.column(root, "SHOW GROUPS", 0, 1)
	settle(r.t, fmt.Sprintf("round %d: %s in its group", round, user), &m.member, strings.Contains(groups, user))
	create := r.column(root, "SHOW CREATE USER "+user, 0)
	settle(r.t, fmt.Sprintf("round %d: %s locked", round, user), &m.locked, strings.Contains(create, "ACCOUNT LOCK"))
	extra := r.column(root, "SHOW USERS", 0)
	settle(r.t, fmt.Sprintf("round %d: extra%d", round, w), &m.exists, slices.Contains(strings.Split(extra, "\n"), fmt.Sprintf("extra%d", w)))
	found := ""
	for _, text := range m.comment {
		if text != "" && strings.Contains(create, "'"+text+"'") {
			found = text
		}
	}
	settle(r.t, fmt.Sprintf("round %d: comment of %s in %s", round, user, create), &m.comment, found)
	r.mayReadAsShown(round, w, m)
}

// mayReadAsShown asks the certificates what SHOW GRANTS has said: a user who is not
// locked reads what he was granted, and nothing else.
func (r *crashRun) mayReadAsShown(round, w int, m *rightsModel) {
	r.t.Helper()
	db := r.open(fmt.Sprintf("user%d", w), fmt.Sprintf("pw-user-%d", w))
	defer db.Close()
	for i := range m.held {
		var n int
		allowed := db.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM d.t%d_%d", w, i)).Scan(&n) == nil
		if want := m.held[i][0] && !m.locked[0]; allowed != want {
			r.t.Fatalf("round %d: user%d reads table %d: %v, want %v", round, w, i, allowed, want)
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
	key, err := audit.ReadKey(keyFile)
	if err != nil {
		r.t.Fatal(err)
	}
	version := uint64(0)
	report, err := audit.Verify(log, key, func(rec audit.Record) error {
		switch rec.Event {
		case "change":
			if rec.Version <= version {
				return fmt.Errorf("record %d: version %d after %d", rec.Seq, rec.Version, version)
			}
			version = rec.Version
		case "change.undone":
			version = rec.Version - 1
		case "audit.damaged":
			return fmt.Errorf("record %d: %s", rec.Seq, rec.Reason)
		}
		return nil
	})
	if err != nil && !errors.Is(err, audit.ErrTorn) || report.Last < seen {
		r.t.Fatalf("round %d: the audit log: %+v after %d records, %v", round, report, seen, err)
	}
	return report.Last
}
