package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/grant"
)

// grantWorld is what the statements of TestGrantsRoundTrip are about.
const grantWorld = `CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); CREATE TABLE shop.u (id INT PRIMARY KEY);
	CREATE VIEW shop.v AS SELECT id FROM shop.t; CREATE PROCEDURE shop.p() SELECT 1;
	CREATE USER ann IDENTIFIED BY 'pw-ann', bob IDENTIFIED BY 'pw-bob', 'we''ird' IDENTIFIED BY 'pw-weird';
	CREATE ROLE r1, r2, 'r 3'; CREATE GROUP g`

// TestGrantsRoundTrip is property P2: what SHOW GRANTS says of everybody, sent to an
// empty server with the same accounts and objects, gives the same rights.
func TestGrantsRoundTrip(t *testing.T) {
	rounds, steps := 6, 40
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(round), 7))
			db := newTestDB(t)
			db.ok("root", grantWorld)
			for range steps {
				statement := randomGrant(rng)
				if _, err := db.run("root", statement); err != nil && !expectedOfRandom(err) {
					t.Fatalf("%s: %v", statement, err)
				}
			}
			again := newTestDB(t)
			again.ok("root", grantWorld)
			for _, who := range grantees {
				lines, err := db.run("root", "SHOW GRANTS FOR "+who)
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range lines {
					if strings.Contains(line, " /* via ") {
						continue // a group's, which has its own
					}
					if _, err := again.run("root", line); err != nil {
						t.Fatalf("%s: %v", line, err)
					}
				}
			}
			for _, question := range []string{"SHOW SECURITY", "SELECT * FROM mysql.role_edges ORDER BY 1, 2, 3, 4", "SELECT * FROM mysql.db ORDER BY 1, 2, 3"} {
				want, err := db.run("root", question)
				if err != nil {
					t.Fatal(err)
				}
				got, err := again.run("root", question)
				if err != nil {
					t.Fatal(err)
				}
				for _, line := range want {
					if !slices.Contains(got, line) {
						t.Errorf("%s: lost %s", question, line)
					}
				}
				for _, line := range got {
					if !slices.Contains(want, line) {
						t.Errorf("%s: new %s", question, line)
					}
				}
			}
		})
	}
}

// TestGrantsBelowATimeBox: what somebody passes on who holds it for a time ends with it. On another server
// SHOW GRANTS makes no more of it, before the end and after.
func TestGrantsBelowATimeBox(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 11))
		db, again := newTestDB(t), newTestDB(t)
		now := db.engine.clock.Now().Truncate(time.Second)
		until := func(hours int) string {
			return " VALID UNTIL '" + now.Add(time.Duration(hours)*time.Hour).UTC().Format(time.RFC3339Nano) + "'"
		}
		for _, d := range []*testDB{db, again} {
			d.ok("root", grantWorld+"; CREATE USER carol, dave")
		}
		users := []string{"ann", "bob", "carol", "dave"}
		db.ok("root", "GRANT SELECT ON shop.* TO ann WITH GRANT OPTION"+until(2))
		db.ok("ann", "GRANT SELECT ON shop.t TO bob")
		if got := db.ok("root", "SHOW GRANTS FOR bob"); !slices.ContainsFunc(got, func(line string) bool {
			return strings.Contains(line, "`shop`.`t`") && strings.HasSuffix(line, until(2))
		}) {
			t.Errorf("what hangs on a grant for a time has no end: %q", got)
		}
		for range 40 {
			by, to := append(users, "root", "root")[rng.IntN(6)], users[rng.IntN(4)]
			text := "GRANT " + []string{"SELECT", "INSERT", "SELECT, INSERT"}[rng.IntN(3)] + " ON " + []string{"shop.t", "shop.u", "shop.*"}[rng.IntN(3)] + " TO " + to +
				[]string{" WITH GRANT OPTION", ""}[rng.IntN(2)] + []string{"", until(2), until(4)}[rng.IntN(3)]
			_, _ = db.run(by, text) // who may not is refused
		}
		for _, who := range users {
			for _, line := range db.ok("root", "SHOW GRANTS FOR "+who) {
				again.ok("root", line)
			}
		}
		held := func(d *testDB) (rows []string) {
			for _, who := range users {
				rows = append(rows, d.ok("root", "SHOW EFFECTIVE PRIVILEGES FOR "+who)...)
			}
			return rows
		}
		for _, hours := range []int{1, 3, 5} {
			for _, d := range []*testDB{db, again} {
				d.engine.clock.AtLeast(now.Add(time.Duration(hours) * time.Hour))
				if err := d.engine.Catalog().Update(context.Background(), func(tx *catalog.Tx) error { return grant.Expire(tx, d.engine.clock.Now()) }); err != nil {
					t.Fatal(err)
				}
			}
			want := held(db)
			for _, row := range held(again) {
				if !slices.Contains(want, row) {
					t.Errorf("seed %d, after %d hours: more than here: %s", seed, hours, row)
				}
			}
		}
	}
}

// TestGrantsOfALostHome: CREATE USER gives a home; who has none, or lost the rights on it, does not get them by
// what SHOW CREATE USER and SHOW GRANTS say, nor the right to give them to himself.
func TestGrantsOfALostHome(t *testing.T) {
	for name, lose := range map[string]string{
		"revoked": "CREATE USER hugo; REVOKE ALL ON hugo.* FROM hugo", "revoked in part": "CREATE USER hugo; REVOKE DROP ON hugo.* FROM hugo",
		"revoked everywhere": "CREATE USER hugo; REVOKE ALL PRIVILEGES, GRANT OPTION FROM hugo", "dropped": "CREATE USER hugo; DROP DATABASE hugo",
		"renamed": "CREATE USER otto; RENAME USER otto TO hugo; DROP DATABASE otto", "of the name": "CREATE DATABASE hugo; CREATE USER hugo", "kept": "CREATE USER hugo",
		"of who was called so": "CREATE USER hugo, otto; RENAME USER hugo TO hans, otto TO hugo",
		"of another host":      "CREATE USER hugo@'10.0.0.1', hugo@'10.0.0.2'", "passes on nothing": "CREATE USER hugo; REVOKE GRANT OPTION ON hugo.* FROM hugo",
	} {
		t.Run(name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", lose)
			sameElsewhere(t, db, rand.New(rand.NewPCG(1, 1)))
		})
	}
	rounds := uint64(12)
	if testing.Short() {
		rounds = 3
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 23))
			db, done := newTestDB(t), 0
			db.ok("root", "CREATE USER hugo, otto; CREATE DATABASE hans")
			for range 40 {
				if _, err := db.run("root", randomHome(rng)); err == nil {
					done++
				}
			}
			if done < 8 {
				t.Errorf("%d of 40 statements did something", done)
			}
			sameElsewhere(t, db, rng)
		})
	}
}

func randomHome(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	who, other, on := "", "", pick("hugo", "otto", "hans", "emil")
	for _, name := range []*string{&who, &other} {
		*name = pick("hugo", "otto", "hans", "emil", "hugo@'10.0.0.1'")
	}
	return pick("CREATE USER "+who, "CREATE USER "+who, "CREATE DATABASE "+on, "DROP DATABASE "+on, "RENAME USER "+who+" TO "+other, "DROP USER "+who+" CASCADE",
		"REVOKE ALL PRIVILEGES, GRANT OPTION FROM "+who, "REVOKE "+pick("ALL", "GRANT OPTION", "DROP", "GRANT", "GRANT OPTION FOR SELECT")+" ON "+on+".* FROM "+who,
		"GRANT "+pick("ALL", "SELECT, DROP", "GRANT")+" ON "+on+".* TO "+who+pick("", " WITH GRANT OPTION", " VALID UNTIL '2090-01-01T00:00:00Z'"),
		"GRANT ALTER ON SCHEMA "+on+" TO "+who)
}

// sameElsewhere makes the accounts of a server on an empty one, then the databases, then the grants, and compares what everybody holds.
func sameElsewhere(t *testing.T, db *testDB, rng *rand.Rand) {
	t.Helper()
	again := newTestDB(t)
	users := db.ok("root", "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user <> 'root'")
	rng.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	for _, who := range users {
		again.ok("root", db.ok("root", "SHOW CREATE USER "+who)[0])
	}
	for _, name := range db.ok("root", "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ('information_schema', 'mysql', 'sys', 'performance_schema')") {
		again.ok("root", "CREATE DATABASE IF NOT EXISTS `"+name+"`")
	}
	for _, who := range users {
		for _, line := range db.ok("root", "SHOW GRANTS FOR "+who) {
			again.ok("root", line)
		}
	}
	for _, who := range users {
		want, got := db.ok("root", "SHOW EFFECTIVE PRIVILEGES FOR "+who), again.ok("root", "SHOW EFFECTIVE PRIVILEGES FOR "+who)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s:\n%s\nelsewhere:\n%s", who, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
}

var grantees = []string{"ann", "bob", "`we'ird`", "r1", "r2", "`r 3`", "ldapGroup:g", "PUBLIC"}

func randomGrant(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	who := grantees[rng.IntN(len(grantees))]
	if rng.IntN(5) == 0 {
		if role := pick("r1", "r2", "`r 3`"); rng.IntN(2) == 0 {
			return "REVOKE IF EXISTS " + role + " FROM " + who
		} else {
			return "GRANT " + role + " TO " + who + pick("", "", " WITH ADMIN OPTION", " VALID UNTIL '2090-01-01T00:00:00Z'", " WITH ADMIN OPTION VALID UNTIL '2089-01-01T00:00:00Z'")
		}
	}
	on := pick("shop.t", "shop.u", "shop.v", "shop.*", "ann.*", "*.*", "PROCEDURE shop.p", "TABLE shop.t", "SCHEMA shop")
	privileges := pick("SELECT", "SELECT, INSERT", "ALL", "UPDATE, DELETE", "DROP", "CREATE, ALTER")
	switch {
	case strings.HasPrefix(on, "PROCEDURE"):
		privileges = pick("EXECUTE", "ALTER ROUTINE", "ALL")
	case strings.HasPrefix(on, "TABLE"), strings.HasPrefix(on, "SCHEMA"):
		privileges = pick("READ", "WRITE", "ALTER", "READ, WRITE", "ALL")
	case privileges == "CREATE, ALTER" && !strings.HasSuffix(on, "*"): // CREATE belongs to the database
		privileges = "ALTER"
	case on == "*.*":
		privileges = pick("SELECT", "PROCESS", "RELOAD", "SYSTEM READ", "USER ADMIN")
	}
	if rng.IntN(3) == 0 {
		return "REVOKE IF EXISTS " + pick("", "GRANT OPTION FOR ") + privileges + " ON " + on + " FROM " + who
	}
	return "GRANT " + privileges + " ON " + on + " TO " + who + pick("", "", " WITH GRANT OPTION", " VALID UNTIL '2090-01-01T00:00:00Z'")
}

// expectedOfRandom are refusals that a random statement may meet.
func expectedOfRandom(err error) bool {
	switch sqlerr.From(err).Number {
	case sqlerr.RoleGrantedToItself, sqlerr.CannotUser, sqlerr.MandatoryRole:
		return true
	}
	return false
}

// TestGrantEndsOnRunningScan: a grant for a second, and a role for one, ends the scan that it began, the
// statement that was prepared, and nothing that is held otherwise.
func TestGrantEndsOnRunningScan(t *testing.T) {
	t.Run("grant", func(t *testing.T) { testEndsOnRunningScan(t, "GRANT SELECT ON shop.t TO ann FOR 1 SECOND") })
	t.Run("role", func(t *testing.T) {
		testEndsOnRunningScan(t, "CREATE ROLE reader; GRANT SELECT ON shop.t TO reader; GRANT reader TO ann FOR 1 SECOND")
	})
}

func testEndsOnRunningScan(t *testing.T, give string) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); CREATE USER ann IDENTIFIED BY 'pw-ann'`)
	for i := range 8 {
		values := make([]string, 1000)
		for j := range values {
			values[j] = fmt.Sprintf("(%d)", i*1000+j)
		}
		db.ok("root", "INSERT INTO shop.t VALUES "+strings.Join(values, ","))
	}
	db.ok("root", give)
	ended := make(chan struct{})
	var once sync.Once
	db.engine.Catalog().AfterCommit(func(s *catalog.Snapshot, _ catalog.Touched) {
		if _, ends := s.NextEnd(); !ends {
			once.Do(func() { close(ended) })
		}
	})
	s := db.as("ann")
	res, _, err := s.Query(context.Background(), "SELECT id FROM shop.t")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	if _, err := res.Next(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-ended
	for {
		if _, err = res.Next(context.Background()); err != nil {
			break
		}
	}
	if sqlerr.From(err).Number != sqlerr.TableAccessDenied {
		t.Errorf("the scan went on until %v", err)
	}
	db.fails("ann#2", "SELECT COUNT(*) FROM shop.t", sqlerr.TableAccessDenied)
}
