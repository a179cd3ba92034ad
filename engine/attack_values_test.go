package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/authn"
)

// says returns the whole text of a statement's error and the warnings after it.
func (db *testDB) says(user, text string) string {
	db.t.Helper()
	_, err := db.run(user, text)
	out := ""
	var e *session.Error
	if errors.As(err, &e) {
		out = e.Message + " " + e.Hint
	}
	warnings, werr := db.run(user, "SHOW WARNINGS")
	if werr != nil {
		db.t.Fatal(werr)
	}
	return out + " " + strings.Join(warnings, " ")
}

// vault has values that only its owner may see; each of others holds the right
// that his name says, and no SELECT.
func vault(t *testing.T) *testDB {
	t.Helper()
	db := newTestDB(t)
	db.ok("root", `CREATE USER owner IDENTIFIED BY 'x', alterer IDENTIFIED BY 'x', inserter IDENTIFIED BY 'x', updater IDENTIFIED BY 'x',
		viewer IDENTIFIED BY 'x', reader IDENTIFIED BY 'x'`)
	db.ok("owner", `USE owner;
		CREATE TABLE v (id INT PRIMARY KEY, secret VARCHAR(40), twin VARCHAR(40), k INT, UNIQUE (k, secret));
		INSERT INTO v VALUES (1,'hush-1','hush-2',7), (2,'hush-3','hush-2',8);
		CREATE VIEW dv AS SELECT * FROM v;
		GRANT ALTER, INDEX ON owner.v TO alterer; GRANT INSERT ON owner.v TO inserter; GRANT UPDATE ON owner.v TO updater;
		GRANT SELECT ON owner.dv TO viewer; GRANT SELECT, ALTER, INSERT, UPDATE ON owner.v TO reader`)
	return db
}

// TestAttackR1 tries every statement whose error has a value of a row in it, by
// somebody who may not read the row and by somebody who may.
func TestAttackR1ValuesInErrors(t *testing.T) {
	db := vault(t)
	for _, text := range []string{
		"ALTER TABLE owner.v MODIFY secret ENUM('dummy')",
		"ALTER TABLE owner.v MODIFY secret SET('dummy')",
		"ALTER TABLE owner.v MODIFY secret INT",
		"ALTER TABLE owner.v MODIFY secret TINYINT UNSIGNED",
		"ALTER TABLE owner.v MODIFY secret DECIMAL(5,2)",
		"ALTER TABLE owner.v MODIFY secret DATE",
		"ALTER TABLE owner.v MODIFY secret DATETIME",
		"ALTER TABLE owner.v MODIFY secret TIME",
		"ALTER TABLE owner.v MODIFY secret YEAR",
		"ALTER TABLE owner.v MODIFY secret JSON",
		"ALTER TABLE owner.v MODIFY secret GEOMETRY",
		"ALTER TABLE owner.v MODIFY secret VARCHAR(3)",
		"ALTER TABLE owner.v MODIFY secret BINARY(2)",
		"ALTER TABLE owner.v ADD UNIQUE (twin)",
		"CREATE UNIQUE INDEX u ON owner.v (twin)",
		"ALTER TABLE owner.v ADD g INT AS (CAST(secret AS JSON)) STORED",
		"ALTER TABLE owner.v ADD g DATE AS (secret) STORED",
		"ALTER TABLE owner.v ADD g INT AS (secret) STORED",
		"ALTER TABLE owner.v ADD g INT AS (JSON_LENGTH(secret)) STORED",
		"ALTER TABLE owner.v ADD CHECK (CAST(secret AS JSON) IS NOT NULL)",
		"ALTER TABLE owner.v ADD CHECK (secret = 'nothing')",
		"ALTER TABLE owner.v ADD g INT AS (ST_GeomFromText(secret)) STORED",
		"ALTER TABLE owner.v ADD g INT AS (secret REGEXP '(a|a)*b(') STORED",
	} {
		if said := db.says("alterer", text); strings.Contains(said, "hush") {
			t.Errorf("alterer> %s: %s", text, said)
		}
	}
	for user, text := range map[string]string{
		"updater":  "UPDATE owner.v SET k = 7",
		"inserter": "INSERT INTO owner.v VALUES (9,'a','b',1), (1,'a','b',7) ON DUPLICATE KEY UPDATE k = 8, id = 2",
		"viewer":   "SELECT CAST(secret AS JSON) FROM owner.dv",
	} {
		if said := db.says(user, text); strings.Contains(said, "hush") {
			t.Errorf("%s> %s: %s", user, text, said)
		}
	}
	for _, text := range []string{
		"SELECT STR_TO_DATE(secret, '%Y') FROM owner.dv", "SELECT secret + 0 FROM owner.dv", "SELECT CAST(secret AS DATE) FROM owner.dv",
		"SELECT ST_GeomFromText(secret) FROM owner.dv", "SELECT INET_ATON(secret) FROM owner.dv", "SELECT JSON_EXTRACT(secret, '$') FROM owner.dv",
		"SELECT ELT(secret, 1), CHAR(secret), SUM(secret), DAYNAME(secret) FROM owner.dv GROUP BY secret",
		"UPDATE IGNORE owner.v SET k = 7",
	} {
		for _, user := range []string{"viewer", "updater"} {
			if said := db.says(user, text); strings.Contains(said, "hush") {
				t.Errorf("%s> %s: %s", user, text, said)
			}
		}
	}
	// Who may read keeps MySQL's text, and so does who gave the value himself.
	db.rows("owner", "SELECT count(*) FROM owner.v", "2")
	for _, c := range []struct{ user, text, want string }{
		{"reader", "ALTER TABLE owner.v MODIFY secret INT", "Incorrect integer value: 'hush"},
		{"reader", "ALTER TABLE owner.v ADD UNIQUE (twin)", "hush-2"},
		{"inserter", "INSERT INTO owner.v VALUES (1,'mine','b',1)", "Duplicate entry '1' for key 'v.PRIMARY'"},
		{"inserter", "INSERT INTO owner.v VALUES ('my-own','mine','b',1)", "my-own"},
		{"reader", "UPDATE owner.v SET id = 2 WHERE id = 1", "Duplicate entry '2'"},
	} {
		if said := db.says(c.user, c.text); !strings.Contains(said, c.want) {
			t.Errorf("%s> %s: %q lacks %q", c.user, c.text, said, c.want)
		}
	}
}

// A trigger that reads what its caller may not must not say it in the caller's
// error, though the caller gave the row.
func TestAttackR1TriggerReadsTheTargetOfAnInsert(t *testing.T) {
	db := vault(t)
	db.ok("owner", `USE owner; CREATE TRIGGER tr BEFORE INSERT ON v FOR EACH ROW SET NEW.twin = (SELECT max(secret) FROM v), NEW.k = (SELECT max(secret) FROM v)`)
	if said := db.says("inserter", "INSERT INTO owner.v VALUES (5,'x','y',9)"); strings.Contains(said, "hush") {
		t.Error(said)
	}
}

// The log is read by operators, who are nobody's readers.
func TestAttackR1ValuesInTheLog(t *testing.T) {
	var log strings.Builder
	e, err := Open(context.Background(), Options{InMemory: true, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	db := &testDB{t: t, engine: e, sessions: map[string]*Session{}}
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT); INSERT INTO t VALUES (1, concat('hush', repeat('a', 60)))")
	for _, text := range []string{
		"SELECT v REGEXP '((a+)+)+$b' FROM t", "SELECT UUID_TO_BIN(v) FROM t", "SELECT ST_GeomFromText(v) FROM t", "SELECT CAST(v AS JSON) FROM t",
		"SELECT DATE_ADD(NOW(), INTERVAL v DAY_SECOND) FROM t", "ALTER TABLE t MODIFY v ENUM('x')", "SELECT REPEAT('x', v) FROM t",
	} {
		_, _ = db.run("root", text)
	}
	db.fails("root", "SELECT v REGEXP '((a+)+)+$b' FROM t", 3699)
	for _, s := range db.sessions {
		_ = s.Close()
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "hush") {
		t.Errorf("a value is in the log:\n%s", log.String())
	}
}

// A routine that acts for its definer reads what its caller may not.
func TestAttackR1RoutineActsForItsDefiner(t *testing.T) {
	db := vault(t)
	db.ok("owner", `USE owner; CREATE PROCEDURE p() SELECT CAST(secret AS JSON) FROM v; CREATE PROCEDURE q() SELECT secret + 0, DAYNAME(secret) FROM v;
		GRANT EXECUTE ON PROCEDURE owner.p TO viewer; GRANT EXECUTE ON PROCEDURE owner.q TO viewer`)
	for _, text := range []string{"CALL owner.p()", "CALL owner.q()"} {
		_, err := db.run("viewer", text)
		if said := db.says("viewer", text); strings.Contains(said, "hush") {
			t.Errorf("%s: %s (%v)", text, said, err)
		}
	}
}
