package engine

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/authn"
)

// audited are the newest records of the log as short texts.
func (db *testDB) audited(n int) []string {
	db.t.Helper()
	var out []string
	if err := db.engine.Audit().Read(func(r audit.Record) error {
		text := fmt.Sprintf("%s %s %s", r.Event, r.Result, r.Name)
		for _, s := range []string{r.Object, r.Missing, r.Statement} {
			if s != "" {
				text += " | " + s
			}
		}
		for _, c := range r.Changes {
			text += " | " + c.Of
		}
		out = append(out, text)
		return nil
	}); err != nil {
		db.t.Fatal(err)
	}
	return out[max(0, len(out)-n):]
}

func (db *testDB) auditedIs(want ...string) {
	db.t.Helper()
	got := db.audited(len(want))
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			db.t.Errorf("the log ends with\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			return
		}
	}
}

// The log has what was changed, by whom, and the statement without its secrets.
func TestAuditOfStatements(t *testing.T) {
	db := lab(t)
	db.ok("root", "GRANT SELECT ON einstein.t TO tesla")
	db.auditedIs(
		"change done root | rights of 'tesla' on table einstein.t",
		"grant done root | GRANT SELECT ON `einstein`.`t` TO `tesla`")
	db.ok("root", "ALTER USER tesla IDENTIFIED BY 'eureka-eureka'")
	for _, line := range db.audited(1000) {
		if strings.Contains(line, "eureka") {
			t.Errorf("a password: %s", line)
		}
	}
	db.ok("root", "CREATE TABLE einstein.u (a INT)")
	if got := db.audited(1); !strings.HasPrefix(got[0], "change done root | rights of") || !strings.Contains(got[0], "on table einstein.u") {
		t.Error(got)
	}
}

// Every refusal names the right that was missing and the object, for whoever reads
// the log; the client hears less.
func TestAuditOfRefusals(t *testing.T) {
	db := lab(t)
	db.fails("tesla", "SELECT * FROM einstein.t", 1142)
	db.auditedIs("denied refused tesla | table einstein.t | SELECT")
	db.fails("tesla", "CREATE USER eve IDENTIFIED BY 'apple-and-snake'", 1227)
	db.auditedIs(
		"denied refused tesla | the system | SYSTEM ADMIN or USER ADMIN",
		"user.create refused tesla | CREATE USER `eve` IDENTIFIED BY '***'")
	n := len(db.audited(1000))
	db.ok("tesla", "SHOW DATABASES; SHOW TABLES FROM information_schema; SHOW GRANTS; SELECT table_name FROM information_schema.tables")
	if got := db.audited(1000); len(got) != n {
		t.Errorf("what is only listed is recorded: %q", got[n:])
	}
}

// TestAuditOfErrors: a refusal has the number and the SQLSTATE that its client heard, whichever way he asked.
func TestAuditOfErrors(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE VIEW einstein.w AS SELECT * FROM einstein.t; GRANT SELECT ON einstein.w TO tesla; CREATE USER own; "+
		"CREATE DATABASE p; GRANT ALL ON p.* TO tesla; CREATE DEFINER = own VIEW p.v AS SELECT * FROM einstein.t")
	db.ok("tesla", `CREATE PROCEDURE p.caught() BEGIN DECLARE CONTINUE HANDLER FOR 1142 BEGIN END; SELECT * FROM einstein.t; SELECT 1; END`)
	last := func() (r audit.Record) {
		if err := db.engine.Audit().Read(func(got audit.Record) error {
			if got.Event == "denied" {
				r = got
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		text   string
		number sqlerr.Code
	}{
		{"SELECT * FROM einstein.t", 1142},
		{"SELECT * FROM p.v", 1356},
		{"EXECUTE AS USER = 'root'", 1227},
		{"CREATE DATABASE q", 1044},
	} {
		before := last().Seq
		db.fails("tesla", c.text, c.number)
		if r := last(); r.Seq == before || r.Code != int(c.number) || r.State != c.number.State() {
			t.Errorf("%s: recorded as %d %q, %+v", c.text, r.Code, r.State, r)
		}
	}
	db.fails("tesla", "GRANT SELECT ON einstein.w TO own", 1142)
	if err := db.engine.Audit().Read(func(r audit.Record) error {
		if r.Event == "grant" && r.Result == audit.Refused && (r.Code != 1142 || r.State != "42000") {
			t.Errorf("%+v", r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	before := last().Seq
	if _, err := db.as("tesla").Prepare(context.Background(), "DELETE FROM einstein.t"); err == nil {
		t.Error("prepared without the right")
	}
	if r := last(); r.Seq == before || r.Code != 1142 || r.State != "42000" {
		t.Errorf("to prepare: %+v", r)
	}
	before = last().Seq
	db.ok("tesla", "CALL p.caught()")
	if r := last(); r.Seq == before || r.Code != 1142 {
		t.Errorf("in a handler: %+v", r)
	}
}

// TestAuditOfHiddenNames: who names what he may not know of, there or not, leaves one record of it, as does who is
// refused what he sees; each says what was missing.
func TestAuditOfHiddenNames(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE secretdb; CREATE TABLE secretdb.t (a INT); CREATE SEQUENCE secretdb.q; CREATE PROCEDURE secretdb.p() SELECT 1; CREATE ROLE boss; "+
		"CREATE EVENT secretdb.e ON SCHEDULE AT '2090-01-01' DO SELECT 1; CREATE TRIGGER secretdb.g BEFORE INSERT ON secretdb.t FOR EACH ROW SET @a = 1")
	db.ok("tesla", "CREATE TABLE tesla.own (a INT)")
	refused := func() (out []audit.Record) {
		if err := db.engine.Audit().Read(func(r audit.Record) error {
			if r.Result == audit.Refused {
				out = append(out, r)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	one := func(text string, number sqlerr.Code, before int) {
		t.Helper()
		all := refused()
		missing := 0
		for _, r := range all[before:] {
			if r.Missing != "" {
				missing++
			}
			if r.Code != int(number) || r.State != number.State() || r.Name != "tesla" {
				t.Errorf("%s: %+v", text, r)
			}
		}
		if n := len(all) - before; n == 0 || missing != 1 || n == 2 && all[before+1].Statement == "" || n > 2 {
			t.Errorf("%s: recorded as %+v", text, all[before:])
		}
	}
	for _, name := range []string{"secretdb", "nosuchdb"} {
		for _, text := range []string{
			"USE %s", "SHOW TABLES FROM %s", "SHOW TABLE STATUS FROM %s", "SHOW EVENTS FROM %s", "SHOW TRIGGERS FROM %s", "SHOW CREATE DATABASE %s",
			"CREATE PROCEDURE %s.x() SELECT 1", "CREATE EVENT %s.x ON SCHEDULE AT '2090-01-01' DO SELECT 1", "CREATE TRIGGER %s.x BEFORE INSERT ON %[1]s.t FOR EACH ROW SET @a = 1",
			"DROP PROCEDURE %s.p", "ALTER PROCEDURE %s.p COMMENT 'x'", "DROP EVENT %s.e", "ALTER EVENT %s.e DISABLE", "SHOW CREATE EVENT %s.e", "DROP TRIGGER %s.g", "ANALYZE TABLE %s.t",
			"SELECT * FROM %s.t", "SELECT * FROM %s.nosuch", "INSERT INTO %s.nosuch VALUES (1)", "DROP TABLE %s.t", "CREATE TABLE %s.x (a INT)", "CALL %s.p()",
			"ALTER VIEW %s.v AS SELECT 1",
			"GRANT SELECT ON %s.t TO einstein", "REVOKE SELECT ON %s.t FROM einstein", "DENY SELECT ON %s.t TO einstein", "CHECK SELECT ON %s.t", "SHOW EFFECTIVE PRIVILEGES ON TABLE %s.t",
			"GRANT SELECT ON %s.* TO einstein", "DROP SEQUENCE %s.q", "ALTER SEQUENCE %s.q RESTART", "SHOW CREATE SEQUENCE %s.q", "SET SCHEMA %s",
		} {
			text := fmt.Sprintf(text, name)
			before := len(refused())
			_, err := db.run("tesla", text)
			number := sqlerr.From(err).Number
			if err == nil || !number.Denies() {
				t.Errorf("%s: %v", text, err)
				continue
			}
			one(text, number, before)
		}
		before := len(refused())
		if err := db.as("tesla").Use(context.Background(), name); err == nil {
			t.Error("used " + name)
		}
		one("to use "+name, 1044, before)
		before = len(refused())
		if _, err := db.engine.NewSession(context.Background(), db.as("tesla").Principal(), session.Options{Database: name}); err == nil {
			t.Error("logged in to " + name)
		}
		one("to log in to "+name, 1044, before)
		before = len(refused())
		if _, err := db.as("tesla").Prepare(context.Background(), "SHOW TABLES FROM "+name); err == nil {
			_, err = db.run("tesla", "SHOW TABLES FROM "+name)
			if err == nil {
				t.Error("listed " + name)
			}
		}
		one("to prepare on "+name, 1044, before)
	}
	for _, text := range []string{"GRANT boss TO einstein", "SHOW GRANTS FOR einstein", "CREATE USER x", "CHECK SELECT ON einstein.t FOR einstein", "KILL 999999"} {
		before := len(refused())
		_, err := db.run("tesla", text)
		if number := sqlerr.From(err).Number; err != nil && number.Denies() {
			one(text, number, before)
		}
	}
	db.ok("tesla", `CREATE PROCEDURE tesla.caught() BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; SHOW TABLES FROM secretdb; SHOW TABLES FROM nosuchdb; END;
		CREATE PROCEDURE tesla.uncaught() SHOW TABLES FROM secretdb`)
	before := len(refused())
	db.ok("tesla", "CALL tesla.caught()")
	if got := refused()[before:]; len(got) != 2 || got[0].Object != "database secretdb" || got[1].Object != "database nosuchdb" {
		t.Errorf("in handlers: %+v", got)
	}
	before = len(refused())
	db.fails("tesla", "CALL tesla.uncaught()", 1044)
	one("in a program", 1044, before)
}

// TestAuditOfReach: what opened somebody else's is named, also where it is a privilege on *.* that is none of the system's own.
func TestAuditOfReach(t *testing.T) {
	db := lab(t)
	db.ok("root", "GRANT SELECT ON *.* TO tesla")
	db.ok("tesla", "SELECT * FROM einstein.t")
	if err := db.engine.Audit().Read(func(r audit.Record) error {
		if strings.Contains(r.Reason, "by ,") {
			t.Errorf("%+v", r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAuditPurpose: what a session says that it works for is in its records, and in nobody else's.
func TestAuditPurpose(t *testing.T) {
	db := lab(t)
	purpose := func() (p string) {
		if err := db.engine.Audit().Read(func(r audit.Record) error { p = r.Purpose; return nil }); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct{ user, set, then, want string }{
		{"tesla", "SET audit_purpose = 'ticket 4711'", "SELECT * FROM einstein.t", "ticket 4711"},
		{"root", "SELECT 1", "GRANT SELECT ON einstein.t TO PUBLIC", ""},
		{"root", "SET @@session.audit_purpose = 'line\none'", "REVOKE SELECT ON einstein.t FROM PUBLIC", "line\none"},
		{"tesla", "SELECT 1", "SELECT /*+ SET_VAR(audit_purpose = 'once') */ * FROM einstein.t", "once"},
		{"tesla", "SELECT 1", "SELECT * FROM einstein.t", "ticket 4711"},
		{"tesla", "SET audit_purpose = DEFAULT", "SELECT * FROM einstein.t", ""},
	} {
		db.ok(c.user, c.set)
		_, err := db.run(c.user, c.then)
		if (err == nil) != (c.user == "root") {
			t.Errorf("%s: %v", c.then, err)
		}
		if got := purpose(); got != c.want {
			t.Errorf("%s; %s: the purpose is %q, not %q", c.set, c.then, got, c.want)
		}
	}
	db.ok("tesla", "SET audit_purpose = '"+strings.Repeat("ü", 256)+"'")
	db.fails("tesla", "SET audit_purpose = '"+strings.Repeat("x", 257)+"'", 1231)
	db.fails("root", "SET GLOBAL audit_purpose = 'all'", 1228)
}

// What an administrator reads of others is recorded, his own is not.
func TestAuditOfAdministrators(t *testing.T) {
	db := lab(t)
	n := len(db.audited(1000))
	db.ok("root", "SELECT * FROM einstein.t")
	db.auditedIs("admin.access done root | table einstein.t")
	db.ok("root", "SELECT * FROM einstein.t; SELECT id FROM einstein.t WHERE id = 1")
	if got := db.audited(1000); len(got) != n+1 {
		t.Errorf("recorded each time: %q", got[n:])
	}
	db.ok("einstein", "SELECT * FROM einstein.t")
	if got := db.audited(1000); len(got) != n+1 {
		t.Errorf("recorded of the owner: %q", got[n:])
	}
}

// TestAttackE46: an audit log that cannot be written lets nothing pass that it should
// record; reading one's own goes on.
func TestAttackE46(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "SELECT id FROM t")
	db.as("root")
	if err := db.engine.Audit().Close(); err != nil {
		t.Fatal(err)
	}
	version := db.engine.Catalog().Snapshot().Version()
	for _, c := range []struct{ user, text string }{
		{"root", "GRANT SELECT ON einstein.t TO tesla"},
		{"root", "CREATE USER eve IDENTIFIED BY 'apple-and-snake'"},
		{"root", "DROP USER tesla"},
		{"root", "SELECT * FROM einstein.t"},
		{"einstein", "CREATE TABLE w (a INT)"},
		{"tesla", "SELECT * FROM einstein.t"},
	} {
		if _, err := db.run(c.user, c.text); err == nil {
			t.Errorf("%s: %s passed", c.user, c.text)
		}
	}
	if got := db.engine.Catalog().Snapshot().Version(); got != version {
		t.Errorf("the catalog was changed: version %d after %d", got, version)
	}
	db.ok("einstein", "SELECT id FROM t; INSERT INTO t VALUES (4711, 1)")
}

// TestAttackE46HalfRecorded: a change whose own record is in the log is not told as one that did not happen, because
// there is no room for the statement's; and nobody hears where the log stands.
func TestAttackE46HalfRecorded(t *testing.T) {
	var full func()
	db := newTestDBWith(t, Options{AuditStatement: func(ev ours.Event) {
		if full != nil {
			full()
		}
	}})
	db.ok("root", "CREATE DATABASE app")
	full = func() { _ = db.engine.Audit().Close() }
	if res, err := db.run("root", "CREATE USER eve"); err != nil || db.engine.Catalog().Snapshot().Principal("eve") == nil {
		t.Errorf("%q, %v", res, err)
	}
	db.rows("root", "SHOW WARNINGS", "Warning|1105|The audit log has what was changed, and could not be given the statement")
	db.fails("root", "CREATE USER adam", 1105)
	if db.engine.Catalog().Snapshot().Principal("adam") != nil {
		t.Error("done, although it could not be recorded")
	}
	for _, cause := range []error{
		fmt.Errorf("%w: %w", audit.ErrUnwritable, &fs.PathError{Op: "write", Path: "/srv/lxdb/audit/1.audit", Err: syscall.ENOSPC}),
		fmt.Errorf("flush: %w", &fs.PathError{Op: "open", Path: "/srv/lxdb/data/1.sst", Err: syscall.EIO}),
		fmt.Errorf("flush: %w", &os.LinkError{Op: "rename", Old: "/srv/lxdb/a", New: "/srv/lxdb/b", Err: syscall.ENOSPC}),
	} {
		if told := toClient(cause, lxaccess.ShowValues); strings.Contains(told.Message+told.Hint, "/srv") || told.Message == "" {
			t.Errorf("%+v", told)
		}
	}
}

// TestAttackE46Impersonation: who the session acts as changes only when that is in the log, both ways, and then the change is
// not told as one that did not happen.
func TestAttackE46Impersonation(t *testing.T) {
	var full func()
	db := newTestDBWith(t, Options{AuditStatement: func(ev ours.Event) {
		if full != nil && ev.Name == "impersonate.stop" {
			full()
		}
	}})
	db.ok("root", "CREATE USER tesla IDENTIFIED BY 'pw-tesla'; GRANT BECOME ANY USER TO tesla")
	db.ok("root", "EXECUTE AS USER = 'tesla' WITH NO REVERT")
	db.fails("root", "EXECUTE AS USER = 'tesla'", 1227) // and no record says that it was done
	if got := strings.Join(db.audited(1000), "; "); strings.Count(got, "impersonate done") != 1 {
		t.Errorf("recorded %s", got)
	}
	if err := db.as("root").Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	db.ok("root", "EXECUTE AS USER = 'tesla'; EXECUTE AS USER = 'tesla'")
	full = func() { _ = db.engine.Audit().Close() }
	db.ok("root", "REVERT")
	db.rows("root", "SHOW WARNINGS", "Warning|1105|The audit log has what was changed, and could not be given the statement")
	db.fails("root", "REVERT", 1105)
	db.rows("root", "SELECT CURRENT_USER()", "tesla@%")
}

// The log belongs to the directory and goes on over a restart.
func TestAuditSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	for i := range 2 {
		e, err := Open(context.Background(), Options{Dir: dir, Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.NewSession(context.Background(), e.Root(), session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Query(context.Background(), fmt.Sprintf("CREATE DATABASE d%d", i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	log, keyFile := AuditFiles(dir)
	key, err := audit.ReadKey(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	var changes []string
	r, err := audit.Verify(log, key, func(r audit.Record) error {
		if r.Event == "change" && len(r.Changes) > 0 {
			changes = append(changes, r.Changes[0].Of)
		}
		return nil
	})
	if err != nil || r.Files != 1 || !strings.HasSuffix(changes[len(changes)-1], "database d1") {
		t.Errorf("%+v, %q, %v", r, changes, err)
	}
}

// sys.audit_log is for AUDIT READ. Whoever lacks it cannot tell it from a table that
// there is not.
func TestAuditLogTable(t *testing.T) {
	db := lab(t)
	for _, name := range []string{"sys.audit_log", "sys.nothing", "mysql.nothing"} {
		db.fails("tesla", "SELECT * FROM "+name, 1142)
		db.fails("tesla", "SELECT event FROM "+name+" LIMIT 1", 1142)
		db.fails("tesla", "DELETE FROM "+name, 1142)
	}
	db.rows("tesla", "SHOW DATABASES", "information_schema", "tesla")
	db.fails("root", "SELECT * FROM sys.nothing", 1146)
	db.ok("root", "CREATE USER auditor IDENTIFIED BY 'pw-auditor'; GRANT AUDIT READ ON *.* TO auditor")
	db.rows("auditor", "SELECT event, result, user, object, missing FROM sys.audit_log WHERE object = 'table sys.nothing' OR missing LIKE '%AUDIT%' LIMIT 1",
		"denied|refused|tesla|the system|SYSTEM ADMIN or AUDIT READ")
	db.rows("auditor", "SELECT statement FROM sys.audit_log WHERE event = 'grant.system' OR event = 'grant' ORDER BY seq DESC LIMIT 1", "GRANT AUDIT READ ON *.* TO `auditor`")
	db.rows("auditor", "SELECT COUNT(*) = MAX(seq), MIN(time) > '2020-01-01' FROM sys.audit_log", "1|1")
	db.rows("auditor", "USE sys; SHOW TABLES", "audit_log", "grants", "role_memberships")
	for _, text := range []string{
		"DELETE FROM sys.audit_log", "TRUNCATE TABLE sys.audit_log", "DROP TABLE sys.audit_log", "UPDATE sys.audit_log SET user = 'x'",
		"INSERT INTO sys.audit_log (event) VALUES ('x')", "ALTER TABLE sys.audit_log ADD COLUMN x INT", "CREATE TABLE sys.x (a INT)", "DROP DATABASE sys",
		"CREATE DATABASE sys", "RENAME TABLE sys.audit_log TO tesla.a",
	} {
		for _, who := range []string{"root", "auditor"} {
			if _, err := db.run(who, text); err == nil {
				t.Errorf("%s: %s passed", who, text)
			}
		}
	}
	db.ok("root", "REVOKE AUDIT READ ON *.* FROM auditor")
	db.fails("auditor", "SELECT * FROM sys.audit_log", 1142)
}

// TestAttackE12ClockGoesBack: what was granted until a time that has passed does not come
// back because somebody set the clock back while nobody ran.
func TestAttackE12ClockGoesBack(t *testing.T) {
	dir := t.TempDir()
	open := func(opts audit.Options) *Engine {
		e, err := Open(context.Background(), Options{Dir: dir, Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}, Audit: opts})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	run := func(e *Engine, text string) {
		t.Helper()
		s, err := e.NewSession(context.Background(), e.Root(), session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Query(context.Background(), text); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	timed := func(e *Engine) int { return len(e.Catalog().Snapshot().Timed()) }

	e := open(audit.Options{})
	run(e, "CREATE USER ann")
	run(e, "CREATE DATABASE d")
	run(e, "GRANT SELECT ON d.* TO ann FOR 1 HOUR")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(audit.Options{Now: func() time.Time { return time.Now().Add(2 * time.Hour) }}) // as it was two hours later
	run(e, "CREATE DATABASE later")
	if n := timed(e); n != 1 {
		t.Fatalf("%d timed grants, want 1: this process has the right time", n)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(audit.Options{}) // and the clock is back
	if n := timed(e); n != 0 {
		t.Errorf("%d timed grants after the clock went back", n)
	}
	run(e, "GRANT SELECT ON d.* TO ann FOR 2 HOURS")
	behind := 0
	var newest time.Time
	if err := e.Audit().Read(func(r audit.Record) error {
		if r.Event == "clock.behind" {
			behind++
		}
		if r.Time.Before(newest) {
			t.Errorf("record %d is older than the one before", r.Seq)
		}
		newest = r.Time
		return nil
	}); err != nil || behind != 1 {
		t.Errorf("%d records that the clock is behind, %v", behind, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(audit.Options{})
	if n := timed(e); n != 1 {
		t.Errorf("%d timed grants, want the new one", n)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whoever ends what is another's is in the log, with whose it was; who ends his own is not. Who may not is there as refused.
func TestAuditOfKill(t *testing.T) {
	for _, c := range []struct{ name, kill string }{
		{"connection", "KILL %d"}, {"its statement", "KILL QUERY %d"}, {"computed", "KILL %d + 0"}, {"a statement, computed", "KILL QUERY CAST('%d' AS UNSIGNED)"},
		{"in a program", "CALL lab.ends(%d)"}, {"a decimal", "KILL %d.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := newTestDB(t)
			db.ok("root", "CREATE USER ann; CREATE USER bob; CREATE DATABASE lab; CREATE PROCEDURE lab.ends(n INT) SQL SECURITY INVOKER KILL QUERY n; GRANT EXECUTE ON lab.* TO ann, bob")
			victim := db.as("ann")
			number := victim.ID()
			text := fmt.Sprintf(c.kill, number)
			db.fails("bob", text, sqlerr.KillDenied)
			refused := db.audited(1)[0]
			if !strings.HasPrefix(refused, "denied refused bob") {
				t.Errorf("of the refusal the log has %q", refused)
			}
			before := len(db.audited(1 << 20))
			db.ok("ann#2", text) // his own
			if more := db.audited(1 << 20)[before:]; len(more) > 0 {
				t.Errorf("of his own the log has %q", more)
			}
			delete(db.sessions, "ann")
			_ = victim.Close()
			number = db.as("ann").ID()
			db.ok("root", fmt.Sprintf(c.kill, number))
			db.auditedIs(fmt.Sprintf("kill done root | connection %d of user ann", number))
		})
	}
}
