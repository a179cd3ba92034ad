package engine

import (
	"slices"
	"testing"
)

// bridgedCalls are functions that the SQL library has not, or has not so, and what
// MySQL's manual says that they give.
var bridgedCalls = [][2]string{
	{"TRUNCATE(1.999, 1)", "1.9"}, {"TRUNCATE(d, 1)", "1.5"}, {"OCT(12)", "14"}, {"MAKE_SET(5, 'a', s, 'c')", "a,c"},
	{"EXPORT_SET(5, 'Y', 'N', ',', 4)", "Y,N,Y,N"}, {"INSERT('Quadratic', 3, 4, 'What')", "QuWhattic"}, {"INSERT(s, 1, 1, 'T')", "Tne"},
	{"UUID_SHORT() > 0", "1"}, {"AES_DECRYPT(AES_ENCRYPT(s, 'k'), 'k')", "one"}, {"WEIGHT_STRING('a') IS NOT NULL", "1"},
	{"FORMAT_BYTES(1024)", "1.00 KiB"}, {"SESSION_USER() IS NOT NULL", "1"}, {"LENGTH(RANDOM_BYTES(8))", "8"}, {"BENCHMARK(2, 1)", "0"},
	{"RADIANS(180) > 3", "1"}, {"EXTRACTVALUE('<a>x</a>', '/a')", "x"}, {"GROUP_CONCAT(s)", "one"}, {"LAST_INSERT_ID(7)", "7"}, {"LAST_INSERT_ID()", "7"},
}

// TestFunctionsThatTheLibraryHasNot: they are bound in a query, and computed where the
// library's executor runs a statement.
func TestFunctionsThatTheLibraryHasNot(t *testing.T) {
	db := newTestDB(t)
	ownTables(db)
	db.ok("einstein", "CREATE TABLE out1 (v VARCHAR(100))")
	for _, c := range bridgedCalls {
		got, err := db.run("einstein", "SELECT "+c[0]+" FROM a WHERE id = 1")
		if err != nil || !slices.Equal(got, []string{c[1]}) {
			t.Errorf("%s: %q, %v; want %s", c[0], got, err, c[1])
		}
		db.ok("einstein", "DELETE FROM out1; INSERT INTO out1 SELECT "+c[0]+" FROM a WHERE id = 1")
		if got, err := db.run("einstein", "SELECT v FROM out1"); err != nil || !slices.Equal(got, []string{c[1]}) {
			t.Errorf("INSERT of %s: %q, %v; want %s", c[0], got, err, c[1])
		}
	}
}

// TestFunctionsOfTheSession: what they tell is what the session knows.
func TestFunctionsOfTheSession(t *testing.T) {
	db := newTestDB(t)
	ownTables(db)
	for q, want := range map[string]string{
		"SELECT DATABASE()": "einstein", "SELECT SCHEMA()": "einstein", "SELECT VERSION()": Version, "SELECT CONNECTION_ID() > 0": "1",
		"SELECT ROW_COUNT() IS NOT NULL": "1",
	} {
		if got, err := db.run("einstein", q); err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, %v; want %s", q, got, err, want)
		}
	}
}
