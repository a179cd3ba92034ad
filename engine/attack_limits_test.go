package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// Statements that would take the stack or the processor of the whole server.
func TestAttackDeepStatements(t *testing.T) {
	oneSession(t)
	db := lab(t)
	for _, text := range []string{
		"SELECT 1" + strings.Repeat("+1", 1_000_000),
		"SELECT " + strings.Repeat("NOT ", 1_000_000) + "1",
		"SELECT " + strings.Repeat("- ", 1_000_000) + "1",
		"SELECT 1" + strings.Repeat(" UNION SELECT 1", 2_000),
		"SELECT 1 UNION SELECT 2 " + strings.Repeat("INTO @a ", 100_000),
		"SELECT 1 FROM mallory.x WHERE 1=1" + strings.Repeat(" OR 1=2", 1_000_000),
		"CREATE PROCEDURE mallory.p() " + strings.Repeat("IF 1 THEN SELECT 1,2; ", 500_000),
	} {
		db.fails("mallory", text, sqlerr.StackOverrunNeedMore)
		if _, err := db.as("mallory").Prepare(t.Context(), text); err == nil {
			t.Errorf("prepared %.40q", text)
		}
	}
	db.rows("mallory", "SELECT 1", "1")
}

// The text of an error holds no column that the user may not read.
func TestAttackDuplicateKeyText(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE k (id INT PRIMARY KEY, a INT, secret VARCHAR(20), UNIQUE KEY (a, secret));
		INSERT INTO k VALUES (1, 1, 'plutonium'), (2, 2, 'plutonium'); GRANT WRITE ON TABLE k TO mallory`)
	for _, text := range []string{
		"UPDATE einstein.k SET a = 1",
		"INSERT INTO einstein.k VALUES (2, 9, 'x') ON DUPLICATE KEY UPDATE a = 1",
	} {
		_, err := db.run("mallory", text)
		wantNumber(t, err, 1062)
		if err != nil && strings.Contains(err.Error(), "plutonium") {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := db.run("einstein", "UPDATE einstein.k SET a = 1")
	wantNumber(t, err, 1062)
}

// A foreign key is kept true for everyone, whatever they hold on the table at its
// other end. That opens no way to that table, and no error names it to who may
// not see it, or shows a row of it.
func TestAttackForeignKey(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `CREATE TABLE child (id INT PRIMARY KEY, t INT, CONSTRAINT child_of_t FOREIGN KEY (t) REFERENCES t (id));
		INSERT INTO child VALUES (7, 1); GRANT READ, WRITE ON TABLE t TO mallory; INSERT INTO t (id) VALUES (51), (52)`)
	db.ok("root", `CREATE DATABASE vault; CREATE TABLE vault.grandchild (id INT PRIMARY KEY, t INT, CONSTRAINT far FOREIGN KEY (t) REFERENCES einstein.t (id));
		INSERT INTO vault.grandchild VALUES (1, 52); CREATE TABLE vault.other (id INT)`)
	for _, id := range []string{"1", "52"} {
		_, err := db.run("mallory", "DELETE FROM einstein.t WHERE id = "+id)
		wantNumber(t, err, 1451)
		if err == nil || strings.Contains(err.Error(), "child") || strings.Contains(err.Error(), "vault") {
			t.Errorf("deleting the parent of a row of a hidden table: %v", err)
		}
	}
	db.ok("mallory", "DELETE FROM einstein.t WHERE id = 51")
	db.ok("einstein", `CREATE TABLE pet (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE);
		INSERT INTO t (id) VALUES (53); INSERT INTO pet VALUES (1, 53)`)
	db.ok("mallory", "DELETE FROM einstein.t WHERE id = 53") // what the key says happens to its rows
	db.rows("einstein", "SELECT COUNT(*) FROM pet", "0")
	for _, text := range []string{
		"DELETE FROM einstein.t WHERE id IN (SELECT t FROM einstein.child)",
		"DELETE a FROM einstein.t a JOIN einstein.child b ON a.id = b.t",
		"UPDATE einstein.t SET id = (SELECT MAX(id) FROM einstein.child)",
		"DELETE FROM einstein.child",
		"INSERT INTO einstein.t (id) SELECT id FROM einstein.child",
		"INSERT INTO einstein.t (id) TABLE einstein.child",
	} {
		_, err := db.run("mallory", text)
		wantNumber(t, err, 1142)
	}
	_, err := db.run("mallory", "DELETE FROM einstein.t WHERE id IN (SELECT id FROM vault.other)")
	wantNumber(t, err, 1142)

	_, err = db.run("einstein", "DELETE FROM t WHERE id = 1")
	wantNumber(t, err, 1451)
	_, err = db.run("einstein", "INSERT INTO child VALUES (8, 99)")
	wantNumber(t, err, 1452)
	if err == nil || !strings.Contains(err.Error(), "CONSTRAINT `child_of_t`") {
		t.Errorf("inserting a child: %v", err)
	}
	db.ok("einstein", "GRANT WRITE ON TABLE child TO mallory; REVOKE READ, WRITE ON TABLE t FROM mallory")
	db.ok("mallory", "INSERT INTO einstein.child VALUES (9, 52)")
	_, err = db.run("mallory", "INSERT INTO einstein.child VALUES (10, 99)")
	wantNumber(t, err, 1452)
	db.rows("mallory", "SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_NAME FROM information_schema.referential_constraints WHERE TABLE_NAME = 'child'", "child_of_t|NULL")
	_, err = db.run("mallory", "INSERT INTO einstein.child SELECT 11, id FROM einstein.t")
	wantNumber(t, err, 1142)
}

// One function call that would make a text larger than the server's memory.
func TestAttackLongTexts(t *testing.T) {
	db := lab(t)
	for _, call := range []string{
		"RPAD('a', 9000000000000000000, 'b')", "LPAD('a', 9000000000, 'b')",
		"SPACE(9000000000)", "REPEAT('abcdefgh', 2147483647)",
	} {
		db.rows("mallory", "SELECT "+call+" IS NULL", "1")
		db.rows("mallory", "SHOW WARNINGS", "Warning|1301|Result of "+strings.ToLower(call[:strings.IndexByte(call, '(')])+
			"() was larger than max_allowed_packet (67108864) - truncated")
	}
	db.rows("mallory", "SELECT RPAD('ab', 7, 'xyz'), LPAD('ab', 7, 'xyz'), RPAD('abc', 2, ''), LPAD('a', 3, ''), LPAD('a', -1, 'x'), REPEAT('ab', 2), CONCAT('[', SPACE(3), ']')",
		"abxyzxy|xyzxyab|ab||NULL|abab|[   ]")
}

// A session that was killed runs nothing more, whatever its front end does.
func TestAttackKilledSession(t *testing.T) {
	db := lab(t)
	s := db.as("mallory")
	prepared, err := s.Prepare(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	db.ok("root", "DROP USER mallory")
	for name, run := range map[string]func() error{
		"query":   func() error { _, _, err := s.Query(t.Context(), "SELECT 1"); return err },
		"prepare": func() error { _, err := s.Prepare(t.Context(), "SELECT 1"); return err },
		"execute": func() error { _, err := prepared.Execute(t.Context(), nil); return err },
		"reset":   func() error { return s.Reset(t.Context()) },
	} {
		if err := run(); err == nil {
			t.Errorf("%s succeeded", name)
		} else {
			wantNumber(t, err, sqlerr.SessionWasKilled)
		}
	}
}

// What a password proved before it was changed opens no session.
func TestAttackOldProof(t *testing.T) {
	db := lab(t)
	account := db.engine.inst.Cat.Snapshot().Principal("mallory")
	proved := principal.FromPassword(account.ID, account.Name).At(account.Epoch)
	s, err := db.engine.NewSession(t.Context(), proved, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Query(t.Context(), "SET PASSWORD = 'another long secret'"); err != nil {
		t.Fatal(err)
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Errorf("reset after changing one's own password: %v", err)
	}
	_, err = db.engine.NewSession(t.Context(), proved, session.Options{})
	wantNumber(t, err, sqlerr.AccessDenied)
}

// DDL that failed leaves no table locked behind it.
func TestAttackFailedDDLKeepsNoLock(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE l (id INT PRIMARY KEY); SET autocommit = 0")
	if _, err := db.run("einstein", "ALTER TABLE l DROP COLUMN nothing"); err == nil {
		t.Fatal("dropped a column that does not exist")
	}
	db.ok("root", "SET lock_wait_timeout = 1; ALTER TABLE einstein.l ADD COLUMN c INT")
}
