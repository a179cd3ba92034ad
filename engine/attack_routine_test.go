package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A procedure runs as its definer, whoever calls it, or as its caller when it
// says so: the row R8.
func TestAttackR8ProcedureRunsAsItsDefiner(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7)")
	db.ok("mallory", `USE mallory; CREATE TABLE loot (v INT);
		CREATE PROCEDURE d() SQL SECURITY DEFINER INSERT INTO loot SELECT v FROM vault.s;
		CREATE PROCEDURE plain() INSERT INTO loot SELECT v FROM vault.s;
		CREATE PROCEDURE i() SQL SECURITY INVOKER INSERT INTO mallory.loot SELECT v FROM vault.s`)
	db.fails("root", "CALL mallory.d()", sqlerr.TableAccessDenied)
	db.fails("root", "CALL mallory.plain()", sqlerr.TableAccessDenied)
	db.rows("mallory", "SELECT v FROM loot")
	db.ok("root", "CALL mallory.i()") // he runs it as himself, and knows it
	db.rows("mallory", "SELECT v FROM loot", "7")

	// The other way: EXECUTE alone lends what the definer may, for as long as he may.
	db.ok("einstein", `USE einstein; CREATE PROCEDURE top() SELECT max(v) FROM t;
		CREATE PROCEDURE own() SQL SECURITY INVOKER SELECT max(v) FROM einstein.t;
		GRANT EXECUTE ON PROCEDURE top TO tesla; GRANT EXECUTE ON PROCEDURE own TO tesla`)
	db.rows("tesla", "CALL einstein.top()", "30")
	db.fails("tesla", "CALL einstein.own()", sqlerr.TableAccessDenied)
	db.fails("tesla", "SELECT max(v) FROM einstein.t", sqlerr.TableAccessDenied)
	db.ok("root", "GRANT SELECT ON vault.s TO mallory")
	db.ok("mallory", "CALL d(); CREATE PROCEDURE lend() SELECT v FROM vault.s; GRANT EXECUTE ON PROCEDURE lend TO tesla")
	db.rows("tesla", "CALL mallory.lend()", "7")
	db.ok("root", "REVOKE SELECT ON vault.s FROM mallory")
	db.fails("tesla", "CALL mallory.lend()", sqlerr.TableAccessDenied)
	db.fails("root", "CALL mallory.lend()", sqlerr.TableAccessDenied)
}

// What the definer of a program lacks, on what, and who he is, is for who may read the program:
// the caller hears the number.
func TestAttackR8WhatTheDefinerLacks(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE vault; CREATE TABLE vault.secretq (v INT); CREATE DATABASE pub; CREATE TABLE pub.t (v INT); GRANT INSERT ON pub.t TO tesla;
		CREATE DEFINER=mallory PROCEDURE pub.p() SELECT v FROM vault.secretq; GRANT EXECUTE ON PROCEDURE pub.p TO tesla, mallory;
		CREATE DEFINER=mallory FUNCTION pub.f() RETURNS INT READS SQL DATA RETURN (SELECT MAX(v) FROM vault.secretq); GRANT EXECUTE ON FUNCTION pub.f TO tesla;
		CREATE DEFINER=mallory PROCEDURE pub.q() CALL pub.p(); GRANT EXECUTE ON PROCEDURE pub.q TO tesla, mallory`)
	for _, text := range []string{"CALL pub.p()", "SELECT pub.f()", "CALL pub.q()"} {
		db.fails("tesla", text, sqlerr.TableAccessDenied)
		_, err := db.run("tesla", text)
		for _, word := range []string{"mallory", "secretq", "vault"} {
			if err != nil && strings.Contains(err.Error(), word) {
				t.Errorf("%s tells of %s: %v", text, word, err)
			}
		}
		if _, err := db.run("root", text); err == nil || !strings.Contains(err.Error(), "mallory") {
			t.Errorf("%s: who may read the program hears what is missing: %v", text, err)
		}
	}
	db.ok("root", "CREATE DEFINER=mallory TRIGGER pub.tr BEFORE INSERT ON pub.t FOR EACH ROW INSERT INTO vault.secretq VALUES (1)")
	_, err := db.run("tesla", "INSERT INTO pub.t VALUES (1)")
	if err == nil || strings.Contains(err.Error(), "mallory") || strings.Contains(err.Error(), "secretq") {
		t.Errorf("the trigger: %v", err)
	}
}

// Who may change a routine cannot make it act for its definer, nor may who changes a view.
func TestAttackAlterLendsNoRights(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7); CREATE DATABASE pub;
		CREATE PROCEDURE pub.p(q TEXT) SQL SECURITY INVOKER BEGIN SET @q = q; PREPARE z FROM @q; EXECUTE z; END;
		CREATE FUNCTION pub.f() RETURNS INT READS SQL DATA SQL SECURITY INVOKER RETURN (SELECT MAX(v) FROM vault.s);
		CREATE VIEW pub.w AS SELECT 1 AS v;
		GRANT EXECUTE, ALTER ROUTINE, SELECT, CREATE VIEW, DROP, ALTER ON pub.* TO mallory`)
	db.fails("mallory", "CALL pub.p('SELECT * FROM vault.s')", sqlerr.TableAccessDenied)
	db.fails("mallory", "ALTER PROCEDURE pub.p SQL SECURITY DEFINER", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "ALTER FUNCTION pub.f SQL SECURITY DEFINER", sqlerr.SpecificAccessDenied)
	db.ok("mallory", "ALTER PROCEDURE pub.p COMMENT 'mine'; ALTER PROCEDURE pub.p SQL SECURITY INVOKER")
	db.fails("mallory", "CALL pub.p('SELECT * FROM vault.s')", sqlerr.TableAccessDenied)
	db.fails("mallory", "SELECT pub.f()", sqlerr.TableAccessDenied)
	_, _ = db.run("mallory", "ALTER VIEW pub.w AS SELECT v FROM vault.s")
	_, _ = db.run("mallory", "CREATE OR REPLACE VIEW pub.w AS SELECT v FROM vault.s")
	db.rows("mallory", "SELECT v FROM pub.w", "1")
	db.ok("root", "ALTER PROCEDURE pub.p SQL SECURITY DEFINER")
	db.rows("mallory", "CALL pub.p('SELECT * FROM vault.s')", "7")
}

// After the body the session is the caller's again, also when the body failed.
func TestAttackRoutineLeavesNothingBehind(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE who() SELECT current_user();
		CREATE PROCEDURE login() SELECT substring_index(user(), '@', 1);
		CREATE PROCEDURE bad() INSERT INTO t VALUES (1, 1);
		CREATE PROCEDURE dyn() BEGIN PREPARE s FROM 'SELECT max(v) INTO @m FROM einstein.t'; EXECUTE s; END;
		CREATE PROCEDURE mode() SET sql_mode = 'ANSI_QUOTES';
		GRANT EXECUTE ON einstein.* TO tesla`)
	db.ok("tesla", "USE tesla; CREATE TABLE t (own INT); INSERT INTO t VALUES (5)")
	for _, call := range []string{"CALL einstein.who()", "CALL einstein.bad()", "CALL einstein.dyn()", "CALL einstein.mode()", "CALL einstein.nosuch()"} {
		_, _ = db.run("tesla", call)
		db.rows("tesla", "SELECT database(), own, @@sql_mode LIKE '%ANSI_QUOTES%' FROM t", "tesla|5|0")
		db.fails("tesla", "SELECT * FROM einstein.t", sqlerr.TableAccessDenied)
	}
	db.rows("tesla", "CALL einstein.who()", "einstein@%")
	db.rows("tesla", "CALL einstein.login()", "tesla")
	db.fails("tesla", "EXECUTE s", sqlerr.UnknownStmtHandler) // what the definer prepared stays his
}

// Unqualified names in a procedure are its database's: the row R10.
func TestAttackR10NamesAreTheProceduresOwn(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE p() SELECT count(*) FROM t; CREATE PROCEDURE here() SELECT database();
		CREATE PROCEDURE nest() CALL p(); CREATE PROCEDURE pi() SQL SECURITY INVOKER SELECT count(*) FROM t;
		GRANT EXECUTE ON einstein.* TO mallory`)
	db.ok("mallory", "USE mallory; CREATE TABLE t (id INT); CREATE PROCEDURE p() SELECT 'mallory'")
	db.rows("mallory", "CALL einstein.p()", "3")
	db.rows("mallory", "CALL einstein.nest()", "3")
	db.rows("mallory", "CALL einstein.here()", "einstein")
	db.fails("mallory", "CALL einstein.pi()", sqlerr.TableAccessDenied)
	db.rows("mallory", "SELECT database()", "mallory")
	db.rows("root", "CALL einstein.p()", "3") // no database at all
	db.fails("mallory", "CREATE PROCEDURE u() USE einstein", sqlerr.SPBadStatement)
	db.fails("mallory", "CREATE PROCEDURE u() BEGIN IF 1 THEN USE einstein; END IF; END", sqlerr.SPBadStatement)
}

// DEFINER of another account takes SET_ANY_DEFINER, in every kind of object: the row R9 and S101.
func TestAttackR9DefinerOfAnotherAccount(t *testing.T) {
	db := lab(t)
	db.ok("mallory", "USE mallory; CREATE TABLE bait (id INT); CREATE TABLE loot (v INT)")
	db.ok("mallory", "CREATE VIEW own AS SELECT 1 AS a; CREATE EVENT soon ON SCHEDULE EVERY 1 DAY DO SELECT 1")
	for _, object := range []string{
		"VIEW v AS SELECT 1", "PROCEDURE p() SELECT 1", "TRIGGER tr AFTER INSERT ON bait FOR EACH ROW SET @a = 1",
		"FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", "EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
	} {
		for _, account := range []string{"root", "`root`@`%`", "'nosuch'@'%'", "einstein@localhost"} {
			db.fails("mallory", "CREATE DEFINER = "+account+" "+object, sqlerr.SpecificAccessDenied)
			db.fails("mallory", "/*!50003 CREATE*/ /*!50017 DEFINER="+account+"*/ /*!50003 "+object+" */", sqlerr.SpecificAccessDenied)
		}
	}
	for _, account := range []string{"root", "`root`@`%`", "'nosuch'@'%'", "einstein@localhost"} {
		db.fails("mallory", "ALTER DEFINER = "+account+" VIEW own AS SELECT 2 AS a", sqlerr.SpecificAccessDenied)
		db.fails("mallory", "CREATE OR REPLACE DEFINER = "+account+" VIEW own AS SELECT 2 AS a", sqlerr.SpecificAccessDenied)
		db.fails("mallory", "ALTER DEFINER = "+account+" EVENT soon COMMENT 'x'", sqlerr.SpecificAccessDenied)
	}
	db.rows("root", "SELECT definer FROM information_schema.views WHERE table_name = 'own' UNION ALL SELECT definer FROM information_schema.events WHERE event_name = 'soon'", "mallory@%", "mallory@%")
	for _, account := range []string{"CURRENT_USER", "current_user()", "mallory", "`mallory`@`localhost`"} {
		db.ok("mallory", "CREATE DEFINER="+account+" VIEW v AS SELECT 1; DROP VIEW v")
		db.ok("mallory", "CREATE DEFINER="+account+" PROCEDURE p() SELECT 1; DROP PROCEDURE p")
		db.ok("mallory", "CREATE DEFINER="+account+" TRIGGER tr AFTER INSERT ON bait FOR EACH ROW SET @a = 1; DROP TRIGGER tr")
		db.ok("mallory", "CREATE DEFINER="+account+" FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1; DROP FUNCTION f")
		db.ok("mallory", "CREATE DEFINER="+account+" EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1; DROP EVENT e")
		db.ok("mallory", "ALTER DEFINER="+account+" VIEW own AS SELECT 2 AS a; ALTER DEFINER="+account+" EVENT soon COMMENT 'x'")
	}
	db.fails("root", "CREATE DEFINER=nosuch PROCEDURE mallory.p() SELECT 1", sqlerr.NoSuchUser)

	// What root makes with DEFINER=mallory runs as mallory.
	db.ok("root", `USE mallory; CREATE DEFINER=mallory TRIGGER tr AFTER INSERT ON bait FOR EACH ROW INSERT INTO mallory.loot SELECT v FROM einstein.t;
		CREATE DEFINER=mallory PROCEDURE p() INSERT INTO loot SELECT v FROM einstein.t`)
	_, err := db.run("root", "INSERT INTO mallory.bait VALUES (1)")
	if err == nil {
		t.Error("the trigger of definer mallory ran as root")
	}
	db.fails("root", "CALL mallory.p()", sqlerr.TableAccessDenied)
	db.rows("mallory", "SELECT * FROM loot")

	// SET_ANY_DEFINER alone does not make an administrator.
	db.ok("root", "GRANT SET_ANY_DEFINER ON *.* TO mallory")
	db.ok("mallory", "CREATE DEFINER=einstein VIEW ev AS SELECT 1")
	db.fails("mallory", "CREATE DEFINER=root VIEW rv AS SELECT 1", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "CREATE DEFINER=root PROCEDURE rp() SELECT 1", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "CREATE DEFINER=root FUNCTION rf() RETURNS INT DETERMINISTIC RETURN 1", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "CREATE DEFINER=root EVENT re ON SCHEDULE EVERY 1 DAY DO SELECT 1", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "ALTER DEFINER=root VIEW own AS SELECT 2 AS a", sqlerr.SpecificAccessDenied)
	db.fails("mallory", "ALTER DEFINER=root EVENT soon COMMENT 'y'", sqlerr.SpecificAccessDenied)
}

// Procedures call procedures: each runs as it was declared, and what acts for
// its invoker inside another's gets no more than its own owner holds.
func TestAttackNestedProcedures(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7)")
	db.ok("mallory", `USE mallory; CREATE TABLE loot (v INT);
		CREATE PROCEDURE harmless() SQL SECURITY INVOKER SELECT current_user();
		GRANT EXECUTE ON mallory.* TO einstein`)
	db.ok("root", `CREATE PROCEDURE vault.outer_() CALL mallory.harmless(); GRANT EXECUTE ON PROCEDURE vault.outer_ TO tesla, mallory`)
	db.rows("tesla", "CALL vault.outer_()", "root@%")
	db.ok("mallory", `DROP PROCEDURE harmless;
		CREATE PROCEDURE harmless() SQL SECURITY INVOKER INSERT INTO mallory.loot SELECT v FROM vault.s`)
	db.fails("tesla", "CALL vault.outer_()", sqlerr.TableAccessDenied)
	db.fails("root", "CALL vault.outer_()", sqlerr.TableAccessDenied)
	db.ok("mallory", `DROP PROCEDURE harmless; CREATE SQL SECURITY INVOKER VIEW iv AS SELECT 1 v;
		CREATE PROCEDURE harmless() SQL SECURITY INVOKER INSERT INTO mallory.loot SELECT v FROM mallory.iv`)
	db.ok("root", "CREATE PROCEDURE vault.look() SELECT * FROM mallory.iv; GRANT EXECUTE ON PROCEDURE vault.look TO mallory")
	db.rows("mallory", "CALL vault.look()", "1")
	db.ok("root", "GRANT SELECT ON vault.s TO mallory")
	db.ok("mallory", "CREATE OR REPLACE SQL SECURITY INVOKER VIEW iv AS SELECT v FROM vault.s")
	db.ok("root", "REVOKE SELECT ON vault.s FROM mallory")
	if rows, err := db.run("mallory", "CALL vault.look()"); err == nil {
		t.Errorf("mallory reads %q through root's procedure", rows)
	}
	if _, err := db.run("root", "CALL vault.outer_()"); err == nil {
		t.Error("root's procedure ran mallory's text with root's rights")
	}
	db.rows("mallory", "SELECT * FROM loot")
}

// A caller's prepared statement does not run as the definer, and the definer's
// does what he has written, but for what his password is.
func TestAttackDynamicSQLInRoutines(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE e() EXECUTE s; CREATE PROCEDURE g() BEGIN PREPARE s FROM 'GRANT SELECT ON einstein.t TO tesla'; EXECUTE s; END;
		CREATE PROCEDURE sp() BEGIN PREPARE s FROM 'SET PASSWORD = ''new-password-1'''; EXECUTE s; END;
		GRANT EXECUTE ON einstein.* TO tesla`)
	db.ok("tesla", "USE tesla; CREATE TABLE loot (v INT); GRANT INSERT ON tesla.loot TO einstein")
	db.fails("tesla", "PREPARE s FROM 'INSERT INTO tesla.loot SELECT v FROM einstein.t'", sqlerr.TableAccessDenied)
	db.ok("tesla", "PREPARE s FROM 'SELECT 1'")
	db.fails("tesla", "CALL einstein.e()", sqlerr.UnknownStmtHandler)
	db.fails("tesla", "SELECT * FROM einstein.t", sqlerr.TableAccessDenied)
	db.fails("tesla", "CALL einstein.sp()", sqlerr.SpecificAccessDenied)
	db.fails("einstein", "CALL einstein.sp()", sqlerr.SpecificAccessDenied)
	db.ok("tesla", "CALL einstein.g(); SELECT * FROM einstein.t")
}

// The parameters of one call are nobody else's.
func TestRoutineParametersAreTheCalls(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE PROCEDURE a(v INT) SELECT v; CREATE PROCEDURE b() SELECT max(v) FROM t;
		CREATE PROCEDURE inn(p INT) BEGIN SET p = 99; END;
		CREATE PROCEDURE out_(OUT o INT) SET o = 5;
		CREATE PROCEDURE outer_(p INT) BEGIN DECLARE x INT DEFAULT 1; CALL inn(p); CALL inn(x); CALL out_(x); SELECT p, x; END;
		CREATE PROCEDURE twice() BEGIN DECLARE x INT DEFAULT 1; DECLARE y INT; CALL same(x, y); SET x = 4; CALL same(x, y); SELECT x, y; END;
		CREATE PROCEDURE same(x INT, OUT y INT) SET y = x * 10;
		GRANT EXECUTE ON einstein.* TO tesla`)
	db.rows("tesla", "CALL einstein.a(77)", "77")
	db.rows("tesla", "CALL einstein.b()", "30")
	db.rows("tesla", "CALL einstein.outer_(3)", "3|5")
	db.rows("tesla", "CALL einstein.twice()", "4|40")
	db.ok("tesla", "CALL einstein.out_(@o)")
	db.rows("tesla", "SELECT @o", "5")
}
