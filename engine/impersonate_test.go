package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// TestAttackE24ResetRestoresTheLogin: a pool resets its connections between its users. Nothing
// of an impersonation may be left, whatever its terms were, and nothing of who had the connection.
func TestAttackE24ResetRestoresTheLogin(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE USER imp; GRANT SELECT ON einstein.t TO imp")
	s := db.as("root")
	ctx := context.Background()
	stmt, err := s.Prepare(ctx, "SELECT COUNT(*) FROM einstein.t")
	if err != nil {
		t.Fatal(err)
	}
	execute := func() error {
		res, err := stmt.Execute(ctx, nil)
		if err != nil {
			return err
		}
		_, err = drain(res)
		return err
	}
	db.ok("root", "EXECUTE AS USER = 'tesla' WITH NO REVERT")
	if err := execute(); err == nil {
		t.Error("a statement that root prepared runs with root's rights for who he acts as")
	}
	db.ok("root", "SET @left = 1; SET sql_mode = 'ANSI_QUOTES'; PREPARE left_over FROM 'SELECT 1'; DO GET_LOCK('left', 0); USE tesla; CREATE TABLE tesla.open (a INT); BEGIN; INSERT INTO tesla.open VALUES (1)")
	if err := s.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	db.rows("root", "SELECT CURRENT_USER(), @left, @@sql_mode LIKE '%ANSI_QUOTES%', IS_FREE_LOCK('left'), (SELECT COUNT(*) FROM tesla.open)", "root@%|NULL|0|1|0")
	db.fails("root", "EXECUTE left_over", sqlerr.UnknownStmtHandler)
	db.ok("root", "CREATE DATABASE afterwards; DROP DATABASE afterwards")

	db.ok("root", "EXECUTE AS USER = 'imp'")
	tesla := db.engine.Catalog().Snapshot().Principal("tesla")
	if err := s.ChangeUser(ctx, principal.Trusted(tesla.ID, tesla.Name), session.Options{}); err != nil {
		t.Fatal(err)
	}
	db.rows("root", "REVERT; SELECT CURRENT_USER()", "tesla@%")
	db.fails("root", "SET USER imp", sqlerr.SpecificAccessDenied)
}

// TestAttackE24NoWayAroundByPrograms: what runs for its definer cannot make the session
// somebody else, and neither can what such a program is called from.
func TestAttackE24NoWayAroundByPrograms(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE p; USE p; CREATE USER imp; GRANT EXECUTE ON p.* TO imp")
	for _, text := range []string{"EXECUTE AS USER = ''tesla''", "SET USER tesla", "REVERT"} {
		db.ok("root", "SET @q = '"+text+"'")
		for _, security := range []string{"DEFINER", "INVOKER"} {
			db.ok("root", "CREATE PROCEDURE p.go() SQL SECURITY "+security+" BEGIN PREPARE s FROM @q; EXECUTE s; END")
			if _, err := db.run("root", "CALL p.go()"); err == nil {
				t.Errorf("%s in a procedure of its %s", text, security)
			}
			db.rows("root", "SELECT CURRENT_USER()", "root@%")
			db.ok("root", "DROP PROCEDURE p.go")
		}
	}
	// In a session that acts as somebody, a program of root's is root's for its body alone.
	db.ok("root", "CREATE PROCEDURE p.who() SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1), SUBSTRING_INDEX(USER(), '@', 1)")
	db.ok("root", "EXECUTE AS USER = 'imp'")
	db.rows("root", "CALL p.who()", "root|root")
	db.rows("root", "SELECT CURRENT_USER()", "imp@%")
	db.fails("root", "CREATE PROCEDURE p.mine() SELECT 1", sqlerr.DBAccessDenied)
	db.ok("root", "REVERT")
}

// TestImpersonationIsRecorded: the audit log has both identities.
func TestImpersonationIsRecorded(t *testing.T) {
	db := lab(t)
	db.ok("root", "EXECUTE AS USER = 'tesla'")
	db.fails("root", "CREATE USER nobody", sqlerr.SpecificAccessDenied)
	o := db.as("root").sql.AuditOrigin()
	if o.Name != "tesla" || o.LoginName != "root" {
		t.Errorf("recorded as %+v", o)
	}
	db.ok("root", "REVERT")
	if o := db.as("root").sql.AuditOrigin(); o.Name != "root" || strings.Contains(o.LoginName, "tesla") {
		t.Errorf("after REVERT recorded as %+v", o)
	}
}
