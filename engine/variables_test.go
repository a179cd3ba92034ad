package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/variable"
	"github.com/lxdb/lxdb/security/authn"
)

// Every variable that can be set stands in the table, and the table names no
// variable that does not exist.
func TestEveryVariableIsDeclared(t *testing.T) {
	setGlobals()
	all := sql.SystemVariables.NewSessionMap()
	for name, v := range all {
		_, declared := variable.Of(name)
		if settable := !v.Var.IsReadOnly(); settable != declared {
			t.Errorf("%s: can be set: %v, declared in engine/variable: %v", name, settable, declared)
		}
	}
	for _, d := range variable.All() {
		if _, ok := all[d.Name]; !ok {
			t.Errorf("engine/variable declares %s, which does not exist", d.Name)
		}
	}
}

// A variable without effect is not set: each of the fixed ones is tried with
// another value of its type, in each scope that it has.
func TestFixedVariablesDoNotChange(t *testing.T) {
	db := newTestDB(t)
	tried := 0
	for _, d := range variable.All() {
		v, now, _ := sql.SystemVariables.GetGlobal(d.Name)
		scope := v.(*sql.MysqlSystemVariable).Scope
		for _, global := range []bool{false, true} {
			if global && scope.IsSessionOnly() || !global && scope.IsGlobalOnly() {
				continue
			}
			word := map[bool]string{false: "SESSION", true: "GLOBAL"}[global]
			target := fmt.Sprintf("@@%s.%s", word, quoteName(d.Name))
			if d.Rule == variable.Fixed && now != nil {
				db.ok("root", fmt.Sprintf("SET %s = %s", target, target)) // what it is already
			}
			other := otherValue(v, now)
			if d.Rule != variable.Fixed || other == "" {
				continue
			}
			tried++
			before := db.ok("root", "SELECT "+target)[0]
			db.fails("root", fmt.Sprintf("SET %s = %s", target, other), sqlerr.NotSupportedYet)
			if after := db.ok("root", "SELECT "+target)[0]; after != before {
				t.Errorf("%s became %s", target, after)
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d were tried", tried)
	}
}

func quoteName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return "`" + name + "`"
}

// otherValue is a value of the variable's type that it does not have now, "" when
// the type has one value.
func otherValue(v sql.SystemVariable, now any) string {
	ctx := sql.NewEmptyContext()
	for _, c := range []any{int64(0), int64(1), int64(2), int64(5000), int64(100000), int64(1 << 22), "x,y", "/tmp/x", "ON", "OFF", "2.5"} {
		w, _, err := v.GetType().Convert(ctx, c)
		if err != nil || fmt.Sprint(w) == fmt.Sprint(now) {
			continue
		}
		if text, ok := c.(string); ok {
			return "'" + text + "'"
		}
		return fmt.Sprint(c)
	}
	return ""
}

// What clients, frameworks and dumps send at connection.
var connectionStatements = map[string][]string{
	"mysqldump": {
		"SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT", "SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS",
		"SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION", "SET NAMES utf8mb4", "SET @OLD_TIME_ZONE=@@TIME_ZONE", "SET TIME_ZONE='+00:00'",
		"SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0", "SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0",
		"SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO'", "SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0",
		"SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN", "SET @@SESSION.SQL_LOG_BIN= 0", "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a-b:1-5'",
		"SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN", "SET @saved_cs_client = @@character_set_client", "SET character_set_client = utf8mb4",
		"SET character_set_client = @saved_cs_client", "SET TIME_ZONE=@OLD_TIME_ZONE", "SET SQL_MODE=@OLD_SQL_MODE", "SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS",
		"SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS", "SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT", "SET SQL_NOTES=@OLD_SQL_NOTES",
		"SET SESSION information_schema_stats_expiry=0", "SET SQL_QUOTE_SHOW_CREATE=1", "SET SESSION NET_READ_TIMEOUT= 86400, SESSION NET_WRITE_TIMEOUT= 86400",
		"/*!40100 SET @@SQL_MODE='' */", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	},
	"Connector/J": {
		"SET character_set_results = NULL", "SET NAMES utf8mb4", "SET sql_mode='STRICT_TRANS_TABLES'", "SET autocommit=1",
		"SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SQL_SELECT_LIMIT=DEFAULT",
	},
	"Python drivers, Django, SQLAlchemy": {
		"SET NAMES utf8mb4", "SET AUTOCOMMIT = 0", "SET SQL_AUTO_IS_NULL = 0", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET foreign_key_checks=0", "SET foreign_key_checks=1", "SET sql_mode='STRICT_TRANS_TABLES'", "SET time_zone='+00:00'",
		"SET sql_mode='STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	},
	"Rails, Laravel, Sequelize": {
		"SET NAMES utf8mb4,  @@SESSION.sql_mode = CONCAT(CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), ',NO_AUTO_VALUE_ON_ZERO'),  @@SESSION.sql_auto_is_null = 0",
		"SET SESSION sql_mode='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		"SET @@sql_mode=''", "SET collation_connection = utf8mb4_unicode_ci",
	},
	"MySQL Workbench": {
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET CHARACTER SET utf8", "SET NAMES utf8", "SET SQL_SAFE_UPDATES=1", "SET SESSION sql_mode = @@sql_mode",
	},
	"mysql and mariadb, DBeaver": {
		"SET SQL_SAFE_UPDATES=0", "SET profiling=0", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET sql_big_selects=1", "SET sort_buffer_size=1048576",
		"SET group_concat_max_len=1048576", "SET lock_wait_timeout=5", "SET innodb_lock_wait_timeout=5", "SET sql_warnings=0", "SET tx_isolation='READ-COMMITTED'",
	},
}

func TestClientsCanSetWhatTheySendAtConnection(t *testing.T) {
	for name, statements := range connectionStatements {
		db := newTestDB(t)
		for _, stmt := range statements {
			if _, err := db.run("root", stmt); err != nil {
				t.Errorf("%s: %s: %v", name, stmt, err)
			}
		}
	}
}

// A kept variable is shown with its new value, and a note says that it changes nothing.
func TestKeptVariablesAreNoted(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "SET unique_checks = 0")
	db.rows("root", "SHOW WARNINGS", "Note|1235|the variable unique_checks is kept and has no effect")
	db.rows("root", "SELECT @@unique_checks", "0")
	db.ok("root", "SET unique_checks = OFF")
	db.rows("root", "SHOW WARNINGS")
}

func TestAttackD7Variables(t *testing.T) {
	db := newTestDB(t)
	for _, stmt := range []string{
		"SET GLOBAL read_only = ON", "SET GLOBAL super_read_only = 1", "SET GLOBAL max_connections = 3", "SET GLOBAL offline_mode = ON",
		"SET PERSIST max_connections = 3", "SET PERSIST_ONLY sql_mode = ''", "SET PERSIST sql_mode = ''", "SET GLOBAL general_log = ON",
		"SET sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'", "SET sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES'", "SET default_storage_engine = MyISAM",
		"SET GLOBAL require_secure_transport = OFF", "SET SESSION max_join_size = 10", "SET sql_auto_is_null = 1",
	} {
		db.fails("root", stmt, sqlerr.NotSupportedYet)
	}
	db.fails("root", "SET GLOBAL version = 'x'", 1238)
	db.fails("root", "SET SESSION max_connections = 3", 1229)
	db.fails("root", "SET GLOBAL timestamp = 3", 1228)
	db.fails("root", "SET nonsense = 3", 1193)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'pw-ann-1'")
	db.fails("ann", "SET GLOBAL read_only = ON", sqlerr.SpecificAccessDenied)
	db.rows("root", "SELECT @@read_only, @@max_connections, @@require_secure_transport", "0|1000|1")
}

// Each variable of the table that works is seen to work.
func TestVariablesWork(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY AUTO_INCREMENT, p INT, FOREIGN KEY (p) REFERENCES p (id)); INSERT INTO p VALUES (1),(2),(3)")

	db.ok("root", "SET sql_select_limit = 1")
	if n := len(db.ok("root", "SELECT id FROM p")); n != 1 {
		t.Errorf("sql_select_limit: %d rows", n)
	}
	db.ok("root", "SET sql_select_limit = DEFAULT")
	db.ok("root", "SET foreign_key_checks = 0; INSERT INTO c VALUES (1, 77); SET foreign_key_checks = 1")
	db.fails("root", "INSERT INTO c VALUES (2, 78)", 1452)
	db.ok("root", "SET group_concat_max_len = 4")
	db.rows("root", "SELECT GROUP_CONCAT(id ORDER BY id) FROM p", "1,2,")
	db.ok("root", "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; INSERT INTO c VALUES (0, 1)")
	db.rows("root", "SELECT id FROM c WHERE p = 1", "0")
	db.ok("root", "SET sql_mode = 'ANSI_QUOTES'")
	db.rows("root", `SELECT "id" FROM p WHERE id = 2`, "2")
	db.ok("root", "SET sql_mode = DEFAULT")
	db.fails("root", "SELECT id FROM p GROUP BY id % 2", 1055)
	db.ok("root", "SET last_insert_id = 9")
	db.rows("root", "SELECT LAST_INSERT_ID()", "9")
	db.ok("root", "SET time_zone = '+00:00', @u = NOW(); SET time_zone = '+05:00'")
	db.rows("root", "SELECT TIMESTAMPDIFF(MINUTE, @u, NOW()) BETWEEN 299 AND 301", "1")
	db.ok("root", "SET sql_notes = 0; DROP TABLE IF EXISTS nosuch")
	db.rows("root", "SHOW WARNINGS")
	db.ok("root", "SET sql_notes = 1; DROP TABLE IF EXISTS nosuch")
	if n := len(db.ok("root", "SHOW WARNINGS")); n != 1 {
		t.Errorf("sql_notes = 1: %d notes", n)
	}
	db.ok("root", "SET tx_isolation = 'READ-COMMITTED'")
	db.rows("root", "SELECT @@transaction_isolation", "READ-COMMITTED")
	db.ok("root", "SET SESSION transaction_read_only = 1")
	db.rows("root", "SELECT @@tx_read_only", "1")
	db.ok("root", "SET SESSION transaction_read_only = 0, innodb_lock_wait_timeout = 0, autocommit = 0; COMMIT")
	db.ok("root#2", "USE d; BEGIN; UPDATE p SET id = 4 WHERE id = 3")
	db.fails("root", "UPDATE p SET id = 5 WHERE id = 3", sqlerr.LockWaitTimeout)
	db.ok("root", "INSERT INTO p VALUES (9); ROLLBACK")
	db.rows("root", "SELECT count(*) FROM p WHERE id = 9", "0")
}

// TestVariablesOfPasswords: what a client reads of the rules of passwords is what the server asks for.
func TestVariablesOfPasswords(t *testing.T) {
	asked := "SELECT @@validate_password.length, @@validate_password.mixed_case_count, @@validate_password.number_count, @@validate_password.special_char_count, " +
		"@@generated_random_password_length, @@default_password_lifetime, @@password_history, @@password_reuse_interval, @@password_require_current"
	newTestDB(t).rows("root", asked, "0|0|0|0|26|0|0|0|0")
	t.Cleanup(func() {
		if err := showPolicy(authn.Policy{}); err != nil {
			t.Error(err)
		}
	})
	db := newTestDBWith(t, Options{PasswordPolicy: authn.Policy{MinLength: 12, LifetimeDays: 90, History: 5, ReuseDays: 365, RequireCurrent: true}})
	db.rows("root", asked, "12|0|0|0|26|90|5|365|1")
	db.fails("root", "CREATE USER ann IDENTIFIED BY 'elevenchars'", sqlerr.NotValidPassword)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'twelve-chars'")
}
