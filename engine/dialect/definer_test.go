package dialect

import (
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

func TestFindDefiner(t *testing.T) {
	for _, c := range []struct {
		text, name string
		current    bool
		cut        string
	}{
		{"CREATE DEFINER=`ann`@`%` VIEW v AS SELECT 1", "ann", false, "CREATE VIEW v AS SELECT 1"},
		{"create or replace algorithm=merge definer = 'a''b'@'localhost' sql security invoker view v as select 1", "a'b", false,
			"create or replace algorithm=merge sql security invoker view v as select 1"},
		{"CREATE DEFINER=ann@localhost PROCEDURE p() SELECT 1", "ann", false, "CREATE PROCEDURE p() SELECT 1"},
		{"CREATE DEFINER=ann TRIGGER t AFTER INSERT ON x FOR EACH ROW SET @a=1", "ann", false,
			"CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW SET @a=1"},
		{"CREATE DEFINER=CURRENT_USER VIEW v AS SELECT 1", "", true, "CREATE VIEW v AS SELECT 1"},
		{"CREATE DEFINER = current_user() EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "", true,
			"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1"},
		{"ALTER DEFINER=`x``y`@`%` VIEW v AS SELECT 1", "x`y", false, "ALTER VIEW v AS SELECT 1"},
	} {
		d, found, err := FindDefiner(c.text, lex.Mode{})
		if err != nil || !found || d.Account.Name != c.name || d.Account.Current != c.current {
			t.Errorf("%s: %+v, %v, %v", c.text, d, found, err)
		}
		if got := CutDefiner(c.text, lex.Mode{}); got != c.cut {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.cut)
		}
		if got := BlankDefiner(c.text, d, lex.Mode{}); len(got) != len(c.text) {
			t.Errorf("%s: blanked to another length", c.text)
		}
	}
	for _, text := range []string{
		"CREATE VIEW definer AS SELECT 1", "SELECT 'CREATE DEFINER=root VIEW'", "CREATE /* DEFINER=root */ VIEW v AS SELECT 1",
		"CREATE TABLE t (definer INT)", "CREATE PROCEDURE p() COMMENT 'DEFINER=root' SELECT 1", "", "CREATE",
	} {
		if _, found, err := FindDefiner(text, lex.Mode{}); found || err != nil {
			t.Errorf("%s: found %v, %v", text, found, err)
		}
	}
	for _, text := range []string{"CREATE DEFINER=`` VIEW v AS SELECT 1", "CREATE DEFINER= = VIEW v AS SELECT 1"} {
		if _, found, err := FindDefiner(text, lex.Mode{}); found || err == nil {
			t.Errorf("%s: found %v, %v; want an error", text, found, err)
		}
	}
}

func TestWithDefiner(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE VIEW v AS SELECT 1":                 "CREATE DEFINER=`a``b`@`%` VIEW v AS SELECT 1",
		"create or replace view v as select 1":      "create or replace DEFINER=`a``b`@`%` view v as select 1",
		"CREATE ALGORITHM=MERGE VIEW v AS SELECT 1": "CREATE ALGORITHM=MERGE DEFINER=`a``b`@`%` VIEW v AS SELECT 1",
		"CREATE PROCEDURE p() SELECT 1":             "CREATE DEFINER=`a``b`@`%` PROCEDURE p() SELECT 1",
	} {
		got := WithDefiner(text, Account{Name: "a`b"}, lex.Mode{})
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if d, found, err := FindDefiner(got, lex.Mode{}); !found || err != nil || d.Account.Name != "a`b" {
			t.Errorf("%s: read back as %+v, %v, %v", got, d, found, err)
		}
	}
}

func TestProgram(t *testing.T) {
	for text, want := range map[string]string{
		"create function f() returns int return 1":                    "FUNCTION",
		"CREATE DEFINER=`a`@`%` AGGREGATE FUNCTION f RETURNS INT":     "FUNCTION",
		"CREATE DEFINER=CURRENT_USER EVENT e ON SCHEDULE AT NOW() DO": "EVENT",
		"DROP FUNCTION IF EXISTS f":                                   "FUNCTION",
		"ALTER EVENT e DISABLE":                                       "EVENT",
		"CREATE OR REPLACE PROCEDURE p() SELECT 1":                    "PROCEDURE",
		"CREATE TABLE event (function INT)":                           "",
		"SELECT 'CREATE FUNCTION'":                                    "",
		"CREATE INDEX function ON t (a)":                              "",
	} {
		if got := Program(text, lex.Mode{}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if Defines("SELECT 1", lex.Mode{}) || !Defines(" /* x */ create table t (a int)", lex.Mode{}) {
		t.Error("Defines")
	}
}
