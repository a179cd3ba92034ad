package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// Look-ups by an index find what a scan finds: keys have the weights of comparisons.
func TestIndexWeights(t *testing.T) {
	db := lab(t)
	for _, of := range []string{"utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci"} {
		db.ok("einstein", `DROP TABLE IF EXISTS t; CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20), KEY (s)) COLLATE `+of+`;
			INSERT INTO t VALUES (1, 'Straße'), (2, 'STRASSE'), (3, 'Ænima'), (4, 'aenima'), (5, 'Strasz'), (6, 'ete'), (7, 'été')`)
		for _, with := range []string{"t", "t IGNORE INDEX (s)"} {
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s = 'strasse' ORDER BY id", "1", "2")
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s IN ('aeNIMA', 'x') ORDER BY id", "3", "4")
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s > 'straß' AND s < 'strasze' ORDER BY id", "1", "2", "5")
			db.rows("einstein", "SELECT id FROM "+with+" WHERE s LIKE 'E%' ORDER BY id", "6", "7")
		}
		db.rows("einstein", "SELECT a.id, b.id FROM t a JOIN t b ON a.s = b.s AND a.id < b.id ORDER BY 1", "1|2", "3|4", "6|7")
		db.rows("einstein", "SELECT COUNT(DISTINCT s) FROM t", "4")
	}
}

// Under PAD SPACE texts that differ in spaces at their end are one key.
func TestIndexPadSpace(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE p (s VARCHAR(9) PRIMARY KEY, n INT) COLLATE utf8mb4_general_ci; INSERT INTO p VALUES ('a ', 1), ('b', 2), ('a\t', 3)")
	db.fails("einstein", "INSERT INTO p VALUES ('A', 4)", sqlerr.DupEntry)
	db.rows("einstein", "SELECT n, LENGTH(s) FROM p WHERE s = 'a'", "1|2")
	db.rows("einstein", "SELECT n FROM p WHERE s = 'a  '", "1")
	db.rows("einstein", "SELECT n FROM p WHERE s < 'a'", "3")
	db.rows("einstein", "SELECT n FROM p WHERE s >= 'a' ORDER BY n", "1", "2")
	db.rows("einstein", "SELECT n FROM p WHERE s > 'a\t' ORDER BY n", "1", "2")
	db.ok("einstein", "UPDATE p SET n = 9 WHERE s = 'A'; CREATE TABLE q (s VARCHAR(9) PRIMARY KEY) COLLATE utf8mb4_bin; INSERT INTO q VALUES ('a ')")
	db.fails("einstein", "INSERT INTO q VALUES ('a')", sqlerr.DupEntry)
	db.ok("einstein", "CREATE TABLE n (s VARCHAR(9) PRIMARY KEY) COLLATE utf8mb4_0900_ai_ci; INSERT INTO n VALUES ('a'), ('a ')")
	db.rows("einstein", "SELECT LENGTH(s) FROM n WHERE s = 'a'", "1")
	db.rows("einstein", "SELECT s, n FROM p WHERE s = 'a'", "a |9")
}

// What we cannot weigh is refused where it is named, and listed nowhere.
func TestUnknownCollations(t *testing.T) {
	db := lab(t)
	for text, code := range map[string]sqlerr.Code{
		"CREATE TABLE c (a VARCHAR(5) COLLATE utf8mb4_german2_ci)":               sqlerr.UnknownCollation,
		"CREATE TABLE c (a VARCHAR(5) CHARACTER SET cp1251)":                     sqlerr.UnknownCharacterSet,
		"CREATE TABLE c (a VARCHAR(5) CHARACTER SET latin1 COLLATE utf8mb4_bin)": sqlerr.CollationCharsetMismatch,
		"CREATE TABLE c (a INT) COLLATE utf8mb4_swedish_ci":                      sqlerr.UnknownCollation,
		"CREATE TABLE c (a INT) CHARACTER SET greek":                             sqlerr.UnknownCharacterSet,
		"CREATE DATABASE c CHARACTER SET latin2":                                 sqlerr.UnknownCharacterSet,
		"CREATE DATABASE c COLLATE nosuch":                                       sqlerr.UnknownCollation,
		"ALTER TABLE t CONVERT TO CHARACTER SET greek":                           sqlerr.UnknownCharacterSet,
		"ALTER TABLE t ADD COLUMN c ENUM('a') COLLATE latin1_german1_ci":         sqlerr.UnknownCollation,
		"SET NAMES latin2": sqlerr.UnknownCharacterSet,
		"SET NAMES utf8mb4 COLLATE utf8mb4_german2_ci": sqlerr.UnknownCollation,
		"SET character_set_results = greek":            sqlerr.UnknownCharacterSet,
	} {
		db.fails("einstein", text, code)
	}
	db.rows("einstein", "SELECT COUNT(*) FROM information_schema.collations WHERE collation_name LIKE '%german%'", "0")
	db.rows("einstein", "SELECT GROUP_CONCAT(character_set_name ORDER BY 1) FROM information_schema.character_sets", "ascii,binary,latin1,utf8mb3,utf8mb4")
	db.ok("einstein", "SET NAMES latin1; SET NAMES utf8; SET NAMES binary; SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci")
}

// The collation that a client names when it connects is its connection's until it is reset, and that of its literals.
func TestHandshakeCollation(t *testing.T) {
	db := lab(t)
	for _, c := range []struct {
		number uint16
		want   string
	}{
		{45, "utf8mb4_general_ci|utf8mb4|utf8mb4|utf8mb4|utf8mb4_general_ci|0"},
		{33, "utf8mb3_general_ci|utf8mb3|utf8mb3|utf8mb3|utf8mb3_general_ci|0"},
		{255, "utf8mb4_0900_ai_ci|utf8mb4|utf8mb4|utf8mb4|utf8mb4_0900_ai_ci|1"},
		{0, "utf8mb4_0900_ai_ci|utf8mb4|utf8mb4|utf8mb4|utf8mb4_0900_ai_ci|1"},
		{8, "latin1_swedish_ci|latin1|latin1|latin1|latin1_swedish_ci|0"},
		{31, "latin1_swedish_ci|latin1|latin1|latin1|latin1_swedish_ci|0"},        // latin1_german2_ci, which we have not
		{28, "utf8mb4_0900_ai_ci|utf8mb4|utf8mb4|utf8mb4|utf8mb4_0900_ai_ci|1"},   // gbk, which we have not: as in MySQL the server's
		{9999, "utf8mb4_0900_ai_ci|utf8mb4|utf8mb4|utf8mb4|utf8mb4_0900_ai_ci|1"}, // one that nobody knows
	} {
		s, err := db.engine.NewSession(t.Context(), db.engine.Root(), session.Options{Collation: c.number})
		if err != nil {
			t.Fatal(err)
		}
		const ask = "SELECT @@collation_connection, @@character_set_client, @@character_set_connection, @@character_set_results, COLLATION('a'), 'ß' = 'ss'"
		if got, err := drainOne(s, ask); err != nil || len(got) != 1 || got[0] != c.want {
			t.Errorf("collation %d: %v %v, want %s", c.number, got, err, c.want)
		}
		if err := s.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := drainOne(s, "SELECT @@collation_connection"); err != nil || len(got) != 1 || got[0] != "utf8mb4_0900_ai_ci" {
			t.Errorf("after a reset the collation is %v %v", got, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := db.engine.NewSession(t.Context(), db.engine.Root(), session.Options{Collation: 35}) // ucs2
	if got := session.AsError(err); err == nil || got.Number != sqlerr.WrongValueForVar {
		t.Errorf("a client in ucs2: %v", err)
	}
}
