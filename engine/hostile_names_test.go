package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

// TestHostileNamesReplay makes accounts, roles and things whose names and texts are made to break out of quotes, grants
// at random, and sends what SHOW CREATE USER and SHOW GRANTS say to an empty server, in each mode of reading quotes and
// backslashes: the same rights come out, each line is one statement, and nothing else is done.
func TestHostileNamesReplay(t *testing.T) {
	oneSession(t)
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for _, mode := range []string{"", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"} {
		for round := range rounds {
			t.Run(fmt.Sprintf("%s/%d", mode, round), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(round), uint64(len(mode))))
				w := newHostileWorld(rng)
				db, again := newTestDB(t), newTestDB(t)
				w.make(db)
				w.makeThings(again)
				w.grant(db, rng, 60)
				for _, of := range []*testDB{db, again} {
					of.ok("root#mode", "SET sql_mode = '"+mode+"'")
				}
				for _, user := range w.users {
					w.replay(db, again, "SHOW CREATE USER "+user)
				}
				for _, who := range slices.Concat(w.roles, w.users, w.groups) {
					w.replay(db, again, "SHOW GRANTS FOR "+who)
				}
				questions := []string{
					"SHOW SECURITY", "SHOW USERS", "SHOW GROUPS", "SELECT * FROM mysql.role_edges",
					"SELECT grantee, grantee_host, effect, privilege, object, is_grantable, valid_until FROM sys.grants",
					"SELECT table_schema, table_name FROM information_schema.tables",
					"SELECT * FROM canary.t",
				}
				for _, user := range w.users {
					questions = append(questions, "SHOW CREATE USER "+user)
				}
				for _, question := range questions {
					want, got := db.ok("root#mode", question), again.ok("root#mode", question)
					slices.Sort(want)
					slices.Sort(got)
					if !slices.Equal(want, got) {
						t.Errorf("%s\nwas   %q\nis now %q", question, want, got)
					}
				}
			})
		}
	}
}

// hostileWorld is what a round makes, as statements that a session of the default mode reads.
type hostileWorld struct {
	users, roles, groups []string // as they stand after TO
	things, on           []string
	accounts             []string
}

// breakers are what a name is made of.
var breakers = []string{
	"'", `"`, "`", `\`, ";", "-- ", "/*", "*/", "#", "%", "_", ".", "@", "x", "Y", "7", " ", "é", `\'`, "''", "``", `""`, "$", "?", "\\`",
	" ON *.* TO ", "; DROP TABLE canary.t; -- ", "'; DROP TABLE canary.t; -- ", "` TO root; -- ", "/*!50000 ", "(", ")", ",", "=", "\\n",
}

func newHostileWorld(rng *rand.Rand) *hostileWorld {
	n := 0
	name := func() string {
		n++
		text := ""
		for range 1 + rng.IntN(6) {
			if part := breakers[rng.IntN(len(breakers))]; len(text)+len(part) < 28 {
				text += part
			}
		}
		return fmt.Sprintf("%d%s%d", n, text, n) // each by itself, and without spaces at its ends
	}
	quoted := func() string { return lex.QuoteName(name()) }
	text := func() string { return lex.QuoteString(name()) }
	w := &hostileWorld{}
	for range 4 {
		user := quoted()
		w.users = append(w.users, user)
		w.accounts = append(w.accounts, "CREATE USER "+user+" IDENTIFIED BY "+text()+" REQUIRE SUBJECT "+text()+" COMMENT "+text()+
			" ATTRIBUTE "+lex.QuoteString(`{"k": "it's \\ \" "}`))
	}
	for range 3 {
		role := quoted()
		w.roles = append(w.roles, role)
		w.things = append(w.things, "CREATE ROLE "+role+" COMMENT "+text())
	}
	group := quoted()
	w.groups = append(w.groups, "ldapGroup:"+group)
	w.things = append(w.things, "CREATE GROUP "+group)
	for range 2 {
		db := lex.QuoteName(strings.ReplaceAll(name(), "/", "|")) // which no name of a database has here
		table, view, sequence, function := quoted(), quoted(), quoted(), quoted()
		w.things = append(w.things, "CREATE DATABASE "+db, "CREATE TABLE "+db+"."+table+" (a INT)",
			"CREATE VIEW "+db+"."+view+" AS SELECT 1 AS a", "CREATE SEQUENCE "+db+"."+sequence,
			"CREATE FUNCTION "+db+"."+function+"() RETURNS INT DETERMINISTIC RETURN 1")
		w.on = append(w.on, db+".*", db+"."+table, "VIEW "+db+"."+view, "SEQUENCE "+db+"."+sequence, "FUNCTION "+db+"."+function,
			"ALL TABLES IN SCHEMA "+db, "SCHEMA "+db)
	}
	w.on = append(w.on, lex.QuoteName(`lat\_er%`)+".*", "*.*")
	return w
}

func (w *hostileWorld) makeThings(db *testDB) {
	db.ok("root", "CREATE DATABASE canary; CREATE TABLE canary.t (a INT); INSERT INTO canary.t VALUES (1)")
	for _, thing := range w.things {
		db.ok("root", thing)
	}
}

func (w *hostileWorld) make(db *testDB) {
	w.makeThings(db)
	for _, account := range w.accounts {
		db.ok("root", account)
	}
}

// grant sends random statements, of which some mean nothing on what they name.
func (w *hostileWorld) grant(db *testDB, rng *rand.Rand, steps int) {
	who := slices.Concat(w.users, w.roles, w.groups)
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	done := 0
	for range steps {
		on, to := pick(w.on...), pick(who...)
		privileges := pick("SELECT", "ALL", "INSERT, SELECT", "DROP", "EXECUTE", "READ")
		statement := pick("GRANT ", "GRANT ", "DENY ") + privileges + " ON " + on + " TO " + to
		switch rng.IntN(6) {
		case 0:
			statement = "GRANT " + pick(w.roles...) + " TO " + to + pick("", " WITH ADMIN OPTION", " VALID UNTIL '2090-01-01T00:00:00Z'")
		case 1:
			statement = "REVOKE IF EXISTS " + privileges + " ON " + on + " FROM " + to
		case 2:
			statement += " VALID UNTIL '2091-02-03T04:05:06Z'"
		}
		if _, err := db.run("root", statement); err == nil {
			done++
		}
	}
	if done < steps/4 {
		db.t.Errorf("only %d of %d random statements were any", done, steps)
	}
}

// replay sends each line that a server shows to another, which must take it as one statement.
func (w *hostileWorld) replay(from, to *testDB, show string) {
	from.t.Helper()
	for _, line := range from.ok("root#mode", show) {
		if strings.Contains(line, " /* via ") {
			continue // a group's, which has its own
		}
		res, rest, err := to.as("root#mode").Query(context.Background(), line)
		if err == nil {
			_, err = drain(res)
		}
		if err != nil || rest != "" {
			from.t.Errorf("%s\nsays %s\nwhich is answered %v, and leaves %q", show, line, err, rest)
		}
	}
}
