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
