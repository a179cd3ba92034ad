package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestShowCreateUserCanBeReplayed makes accounts of random clauses, drops each and
// makes it again by what SHOW CREATE USER said: the same is said of it then, and the
// same password is right.
func TestShowCreateUserCanBeReplayed(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE einstein")
	r := rand.New(rand.NewPCG(1, 2))
	clauses := [][]string{
		{"", "REQUIRE SSL", "REQUIRE X509", `REQUIRE SUBJECT '/O=l''x/CN=\\u'`, "REQUIRE ISSUER '/CN=ca' AND CIPHER 'c'"},
		{"", "WITH MAX_QUERIES_PER_HOUR 7", "WITH MAX_UPDATES_PER_HOUR 1 MAX_CONNECTIONS_PER_HOUR 3 MAX_USER_CONNECTIONS 2"},
		{"", "PASSWORD EXPIRE", "PASSWORD EXPIRE NEVER", "PASSWORD EXPIRE INTERVAL 9 DAY", "PASSWORD EXPIRE DEFAULT"},
		{"", "PASSWORD HISTORY 3", "PASSWORD HISTORY 0", "PASSWORD HISTORY DEFAULT"},
		{"", "PASSWORD REUSE INTERVAL 5 DAY", "PASSWORD REUSE INTERVAL 0 DAY"},
		{"", "PASSWORD REQUIRE CURRENT", "PASSWORD REQUIRE CURRENT OPTIONAL"},
		{"", "FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME UNBOUNDED", "FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 4"},
		{"", "ACCOUNT LOCK", "ACCOUNT UNLOCK"},
		{"", `COMMENT 'it''s "\\ \n'`, "COMMENT ''"},
		{"", `ATTRIBUTE '{"a": {"b": "it''s"}, "n": 12345678901234567890}'`},
		{"", "DEFAULT SCHEMA einstein"},
	}
	for i := range 200 {
		name := fmt.Sprintf("`Us er%d``x`", i)
		if r.IntN(2) == 0 {
			name += []string{"@'10.%'", "@localhost", "@'::1'", "@'10.0.0.0/8'"}[r.IntN(4)]
		}
		text := "CREATE USER " + name
		if r.IntN(4) > 0 {
			text += " IDENTIFIED BY 'it''s a secret'"
		}
		for _, choice := range clauses {
			text += " " + choice[r.IntN(len(choice))]
		}
		db.ok("root", text)
		shown := db.ok("root", "SHOW CREATE USER "+name)
		before := stored(db)
		db.ok("root", "DROP USER "+name)
		db.ok("root", strings.Join(shown, ""))
		if again := db.ok("root", "SHOW CREATE USER "+name); !slices.Equal(again, shown) {
			t.Errorf("%s\nwas shown as  %s\nreplayed it is %s", text, shown, again)
		}
		if after := stored(db); !slices.Equal(before, after) {
			t.Errorf("%s\npasswords were %q, are %q", text, before, after)
		}
	}
}

// stored lists the names and stored passwords of all accounts.
func stored(db *testDB) (out []string) {
	for _, p := range db.engine.inst.Cat.Snapshot().Principals() {
		out = append(out, p.Name+" "+p.Host+" "+p.Password)
	}
	slices.Sort(out)
	return out
}
