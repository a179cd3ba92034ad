package engine

import (
	"strings"
	"testing"
)

// Statements that would take the stack or the processor of the whole server.
func TestAttackDeepStatements(t *testing.T) {
	db := lab(t)
	for _, text := range []string{
		"SELECT 1" + strings.Repeat("+1", 1_000_000),
		"SELECT " + strings.Repeat("NOT ", 1_000_000) + "1",
		"SELECT " + strings.Repeat("- ", 1_000_000) + "1",
		"SELECT 1" + strings.Repeat(" UNION SELECT 1", 2_000),
		"SELECT 1 FROM mallory.x WHERE 1=1" + strings.Repeat(" OR 1=2", 1_000_000),
		"CREATE PROCEDURE mallory.p() " + strings.Repeat("IF 1 THEN SELECT 1,2; ", 500_000),
	} {
		db.fails("mallory", text, errStackOverrun)
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
