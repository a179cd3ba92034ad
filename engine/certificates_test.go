package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// SHOW CERTIFICATES shows everybody what counts for himself, and administrators all.
func TestShowCertificates(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'long-enough-1'; CREATE USER bob IDENTIFIED BY 'long-enough-1'; CREATE ROLE clerks; GRANT clerks TO ann; CREATE DATABASE d")
	for i := range 300 {
		db.ok("root", fmt.Sprintf("CREATE TABLE d.t%d (a INT); GRANT SELECT ON d.t%d TO ann", i, i))
	}
	names := func(user string) string {
		rows, err := db.run(user, "SHOW CERTIFICATES")
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			cells := strings.Split(r, "|")
			if cells[9] != "in force" || cells[2] == "" || !strings.HasPrefix(cells[3], "lxdb permission authority ") {
				t.Errorf("%s sees %v", user, r)
			}
			if cells[0] == "ann" && (cells[5] < "300" || cells[6] == "0") {
				t.Errorf("ann's entries and pages: %v", r)
			}
			out = append(out, cells[0])
		}
		return strings.Join(out, " ")
	}
	if got := names("root"); !strings.Contains(got, "ann bob clerks") || !strings.HasPrefix(got, "root PUBLIC") {
		t.Errorf("root sees %s", got)
	}
	if got := names("ann"); got != "PUBLIC ann clerks" {
		t.Errorf("ann sees %s", got)
	}
	if got := names("bob"); got != "PUBLIC bob" {
		t.Errorf("bob sees %s", got)
	}
	for _, q := range []string{"ALTER INSTANCE ROTATE PERMISSION KEY", "REVOKE CERTIFICATE '4f1e0a'"} {
		db.fails("ann", q, sqlerr.SpecificAccessDenied)
	}
	before := db.ok("root", "SHOW CERTIFICATES")[0]
	db.ok("root", "ALTER INSTANCE ROTATE PERMISSION KEY; REVOKE CERTIFICATE '00:4F:1E:0A'; REVOKE CERTIFICATE '4f1e0a'")
	db.fails("root", "REVOKE CERTIFICATE 'x'", sqlerr.WrongArguments)
	if after := db.ok("root", "SHOW CERTIFICATES")[0]; after == before {
		t.Error("the issuer is the same")
	}
	rows, err := db.run("root", "SHOW CERTIFICATES")
	if err != nil {
		t.Fatal(err)
	}
	revoked := 0
	for _, r := range rows {
		if strings.HasSuffix(r, "|revoked") {
			revoked++
		}
	}
	if revoked != 2 { // that one, and the authority before
		t.Errorf("%d are revoked", revoked)
	}
	db.ok("ann", "SELECT * FROM d.t299")
}

// serials are what SHOW CERTIFICATES has for each principal.
func serials(db *testDB) map[string]string {
	out := map[string]string{}
	for _, r := range db.ok("root", "SHOW CERTIFICATES") {
		cells := strings.Split(r, "|")
		out[cells[0]] = cells[2]
	}
	return out
}

// Nobody revokes what he, root or everybody would be locked out by: nothing in SQL could give
// it back. Another account's is taken at once, and comes back with the next change of its
// rights.
func TestRevokeCertificateLocksNobodyOut(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER adm; CREATE USER ann; CREATE USER boss; CREATE USER two; CREATE ROLE admins; CREATE ROLE clerks; CREATE DATABASE d; CREATE TABLE d.t (a INT); "+
		"GRANT SYSTEM ADMIN TO adm; GRANT SYSTEM ADMIN TO admins; GRANT admins TO boss; GRANT clerks TO boss; GRANT admins TO two; GRANT SYSTEM ADMIN TO two; GRANT SELECT ON d.t TO ann")
	revoke := func(whose string) string { return "REVOKE CERTIFICATE '" + serials(db)[whose] + "'" }
	for _, c := range []struct{ who, whose string }{
		{"root", "root"}, {"root", "PUBLIC"}, {"adm", "root"}, {"adm", "PUBLIC"}, {"adm", "adm"}, {"boss", "boss"}, {"boss", "admins"},
	} {
		text := revoke(c.whose)
		db.fails(c.who, text, sqlerr.WrongArguments)
		if _, err := db.run(c.who, text); sqlerr.From(err).Hint == "" {
			t.Errorf("%s revokes that of %s: no hint in %v", c.who, c.whose, err)
		}
	}
	db.fails("root", "REVOKE CERTIFICATE '"+db.engine.authority.Serial()+"'", sqlerr.WrongArguments)
	// In another's name it is his own as well as who logged in.
	db.ok("root", "EXECUTE AS USER = 'adm'")
	db.fails("root", revoke("adm"), sqlerr.WrongArguments)
	db.ok("root", "REVERT")
	db.ok("two", revoke("admins")) // who stays an administrator without it
	db.fails("boss", "SHOW CONNECTION RULES", sqlerr.SpecificAccessDenied)
	db.ok("ann", "SELECT * FROM d.t")
	db.ok("adm", revoke("ann"))
	if _, err := db.run("ann", "SELECT * FROM d.t"); err == nil {
		t.Error("ann reads by a revoked certificate")
	}
	db.ok("root", revoke("ann")) // again is no error
	db.ok("root", "GRANT INSERT ON d.t TO ann")
	db.ok("ann", "SELECT * FROM d.t")
	db.ok("root", "GRANT SELECT ON d.t TO admins; ALTER INSTANCE ROTATE PERMISSION KEY")
	db.ok("ann", "SELECT * FROM d.t")
	db.ok("boss", "SHOW CONNECTION RULES")
}
