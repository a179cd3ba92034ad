package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	ours "github.com/lxdb/lxdb/engine/statement"
)

// scheduled is a database whose scheduler has no loop: the test says what time it is.
func scheduled(t *testing.T) (db *testDB, at func(text string)) {
	db = newTestDB(t)
	e := db.engine.events
	e.TurnOnAt(zurich(t, "2039-01-01 00:00:00"))
	db.ok("root", `CREATE DATABASE lab; USE lab; SET time_zone = 'Europe/Zurich'; CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200))`)
	return db, func(text string) {
		t.Helper()
		e.Pass(zurich(t, text))
		e.Wait()
	}
}

func zurich(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	out, err := time.ParseInLocation("2006-01-02 15:04:05", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEventEvery(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", "CREATE EVENT e ON SCHEDULE EVERY 1 HOUR STARTS '2040-01-01 00:00:00' ENDS '2040-01-01 05:00:00' DO INSERT INTO log (v) VALUES (@@time_zone)")
	count := func(want string) {
		t.Helper()
		db.rows("root", "SELECT count(*) FROM log", want)
	}
	at("2039-12-31 23:59:59")
	count("0")
	at("2040-01-01 00:00:00")
	count("1")
	at("2040-01-01 00:00:00")
	at("2040-01-01 00:59:59")
	count("1")
	at("2040-01-01 03:30:00") // what was missed is run once
	count("2")
	at("2040-01-01 03:59:59")
	count("2")
	db.ok("root", "ALTER EVENT e DISABLE")
	at("2040-01-01 04:00:00")
	count("2")
	db.ok("root", "ALTER EVENT e ENABLE COMMENT 'again'")
	at("2040-01-01 04:30:00")
	count("3")
	db.rows("root", "SELECT status, last_executed FROM information_schema.events", "ENABLED|2040-01-01 04:30:00")
	at("2040-01-01 05:00:00")
	count("4")
	db.rows("root", "SELECT DISTINCT v FROM log", "Europe/Zurich")
	db.rows("root", "SHOW EVENTS") // it was the last time
}

func TestEventAt(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", `CREATE EVENT once ON SCHEDULE AT '2039-06-01 12:00:00' + INTERVAL 1 DAY DO INSERT INTO log (v) VALUES ('once');
		CREATE EVENT stays ON SCHEDULE AT '2039-06-01 12:00:00' ON COMPLETION PRESERVE COMMENT 'it''s' DO BEGIN SELECT 1; INSERT INTO log (v) VALUES ('stays'); END`)
	at("2039-06-02 11:59:59")
	at("2039-06-02 12:00:00")
	at("2039-06-02 12:00:01")
	db.rows("root", "SELECT v FROM log ORDER BY v", "once", "stays")
	db.rows("root", "SELECT event_name, status, event_type, execute_at, on_completion, event_comment FROM information_schema.events",
		"stays|DISABLED|ONE TIME|2039-06-01 12:00:00|PRESERVE|it's")
	db.ok("root", "ALTER EVENT stays ON SCHEDULE AT '2039-07-01 12:00:00' ENABLE")
	at("2040-01-01 00:00:00") // late, but it did not run yet
	db.rows("root", "SELECT count(*) FROM log", "3")
}

// An event runs as its definer, in its database, sql_mode and time zone, whoever changed
// what since, and for as long as the definer may have events there.
func TestEventRunsAsItsDefiner(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'Correct-Horse-9'; GRANT EVENT, INSERT, SELECT ON lab.* TO ann; CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7)")
	db.ok("ann", `USE lab; SET sql_mode = 'ANSI_QUOTES', time_zone = '+05:00';
		CREATE EVENT who ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log (v) SELECT concat_ws('|', current_user(), database(), @@sql_mode, @@time_zone) AS "v";
		CREATE EVENT reading ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log (v) SELECT v FROM vault.s`)
	at("2040-01-01 12:00:00")
	db.rows("root", "SELECT v FROM log", "ann@%|lab|ANSI_QUOTES|+05:00")
	db.ok("root", "GRANT SELECT ON vault.s TO ann; ALTER EVENT reading ON SCHEDULE EVERY 1 HOUR STARTS '2040-01-01 13:00:00'")
	at("2040-01-01 13:00:00")
	db.rows("root", "SELECT v FROM log WHERE v = '7'", "7") // while she may read it
	db.ok("root", "REVOKE SELECT ON vault.s FROM ann")
	at("2040-01-01 14:00:00")
	db.rows("root", "SELECT v FROM log WHERE v = '7'", "7")
	db.ok("root", "ALTER EVENT reading ON SCHEDULE EVERY 1 DAY STARTS '2040-01-02 00:00:00'; DELETE FROM log WHERE v = '7'")
	db.ok("root", "REVOKE EVENT ON lab.* FROM ann")
	at("2040-01-02 12:00:00")
	db.rows("root", "SELECT count(*) FROM log", "1")
	db.ok("root", "GRANT EVENT ON lab.* TO ann; ALTER USER ann SET ACTIVATED = FALSE")
	at("2040-01-03 12:00:00")
	db.rows("root", "SELECT count(*) FROM log", "1")
	db.fails("root", "DROP USER ann", sqlerr.CannotUser) // it defines events
	db.ok("root", "ALTER DEFINER=CURRENT_USER EVENT reading ENABLE")
	at("2040-01-04 12:00:00")
	db.rows("root", "SELECT v FROM log WHERE id > 1", "7")
	db.rows("root", "SELECT definer FROM information_schema.events WHERE event_name = 'reading'", "root@%")
	db.rows("root", "SELECT result, user, code FROM sys.audit_log WHERE event = 'event.run' AND object = 'event `lab`.`who`' ORDER BY seq",
		"done|ann|NULL", "done|ann|NULL", "failed|ann|1044", "refused|ann|1045", "refused|ann|1045")
	db.rows("root", "SELECT result, user, code FROM sys.audit_log WHERE event = 'event.run' AND object = 'event `lab`.`reading`' ORDER BY seq DESC LIMIT 1", "done|root|NULL")
}

// TestEventOfLocked: ACCOUNT LOCK keeps the definer from logging in, and his events run; those of an account that is
// not activated do not.
func TestEventOfLocked(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", "CREATE USER ann IDENTIFIED BY 'Correct-Horse-9'; GRANT EVENT, INSERT ON lab.* TO ann")
	db.ok("ann", "USE lab; CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log (v) VALUES (current_user())")
	db.ok("root", "ALTER USER ann ACCOUNT LOCK")
	at("2040-01-01 12:00:00")
	db.rows("root", "SELECT v FROM log", "ann@%")
	db.ok("root", "REVOKE INSERT ON lab.* FROM ann")
	at("2040-01-02 12:00:00")
	db.rows("root", "SELECT count(*) FROM log", "1")
	db.ok("root", "GRANT INSERT ON lab.* TO ann; ALTER USER ann SET ACTIVATED = FALSE")
	at("2040-01-03 12:00:00")
	db.rows("root", "SELECT count(*) FROM log", "1")
}

// TestAttackE26EventOutgrown: an event that somebody made to act for another does not run while that
// one holds rights on the system that its maker does not hold.
func TestAttackE26EventOutgrown(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", `CREATE USER sd IDENTIFIED BY 'Correct-Horse-9', bob IDENTIFIED BY 'Correct-Horse-9'; GRANT SET_ANY_DEFINER ON *.* TO sd; GRANT ALL ON lab.* TO sd; GRANT ALL ON lab.* TO bob`)
	db.ok("sd", "USE lab; CREATE DEFINER=bob EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log (v) VALUES (current_user())")
	at("2040-01-01 12:00:00")
	db.rows("root", "SELECT v FROM log", "bob@%")
	for i, right := range []string{"SYSTEM ADMIN", "SYSTEM READ", "USER ADMIN"} {
		db.ok("root", "GRANT "+right+" TO bob")
		at("2040-01-0" + itoa(i+2) + " 12:00:00")
		db.rows("root", "SELECT count(*) FROM log", "1")
		db.rows("root", "SELECT result, user FROM sys.audit_log WHERE event = 'event.run' ORDER BY seq DESC LIMIT 1", "refused|bob")
		db.ok("root", "REVOKE "+right+" FROM bob")
	}
	at("2040-01-05 12:00:00")
	db.rows("root", "SELECT count(*) FROM log", "2")
	// Who passes it on has a hand in it: root may act for everybody, sd is no longer asked.
	db.ok("root", "GRANT SYSTEM READ TO bob; ALTER DEFINER=bob EVENT e COMMENT 'as it is'")
	at("2040-01-06 12:00:00")
	db.rows("root", "SELECT count(*) FROM log", "3")
}

// No value of a row comes into the audit log by the errors of an event.
func TestEventErrorsTellNoValues(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", `CREATE TABLE s (v VARCHAR(20) PRIMARY KEY); INSERT INTO s VALUES ('hush');
		CREATE EVENT a ON SCHEDULE AT '2040-01-01 00:00:00' DO BEGIN SELECT CONCAT('SELEC ', v) INTO @q FROM s; PREPARE z FROM @q; END;
		CREATE EVENT b ON SCHEDULE AT '2040-01-01 00:00:00' DO INSERT INTO s SELECT v FROM s;
		CREATE EVENT c ON SCHEDULE AT '2040-01-01 00:00:00' DO BEGIN DECLARE x VARCHAR(50); SELECT v INTO x FROM s; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = x; END`)
	at("2040-01-01 00:00:00")
	db.rows("root", "SELECT code FROM sys.audit_log WHERE event = 'event.run' AND result = 'failed' ORDER BY code", "1062", "1064", "1644")
	for _, row := range db.ok("root", "SELECT event, object, reason, statement FROM sys.audit_log WHERE event = 'event.run'") {
		if strings.Contains(row, "hush") {
			t.Error(row)
		}
	}
}

// Who may have events sees and changes them; an event of another account takes the right to
// define for it.
func TestAttackEvents(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", `CREATE USER ann IDENTIFIED BY 'Correct-Horse-9'; CREATE USER bob IDENTIFIED BY 'Correct-Horse-9'; GRANT EVENT ON lab.* TO ann; GRANT SELECT ON lab.* TO bob;
		CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log (v) VALUES ('secret')`)
	for _, text := range []string{
		"CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO SELECT 1", "ALTER EVENT e DISABLE", "DROP EVENT e", "DROP EVENT IF EXISTS nosuch", "SHOW CREATE EVENT e", "SHOW EVENTS",
	} {
		db.fails("bob", "USE lab; "+text, sqlerr.DBAccessDenied)
	}
	db.rows("bob", "SELECT event_name FROM information_schema.events")
	for _, definer := range []string{"root", "bob@localhost", "nosuch"} {
		db.fails("ann", "USE lab; CREATE DEFINER = "+definer+" EVENT x ON SCHEDULE EVERY 1 DAY DO SELECT 1", sqlerr.SpecificAccessDenied)
		db.fails("ann", "ALTER DEFINER = "+definer+" EVENT e COMMENT 'x'", sqlerr.SpecificAccessDenied)
	}
	db.ok("ann", "ALTER EVENT e COMMENT 'mine'") // it acts for her now, who may not insert
	at("2040-01-01 00:00:00")
	db.rows("root", "SELECT count(*) FROM log", "0")
	db.fails("ann", "SET GLOBAL event_scheduler = ON", sqlerr.SpecificAccessDenied)
	db.fails("ann", "CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO CREATE EVENT y ON SCHEDULE EVERY 1 DAY DO SELECT 1", sqlerr.EventRecursionForbidden)
}

func TestEventStatements(t *testing.T) {
	db, _ := scheduled(t)
	db.ok("root", "CREATE EVENT e ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2040-01-01 00:00:00' ENDS '2041-01-01 00:00:00' DO BEGIN DECLARE x INT; SET x = 1; END")
	for text, number := range map[string]sqlerr.Code{
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1":                                       sqlerr.EventAlreadyExists,
		"CREATE EVENT f ON SCHEDULE EVERY 0 DAY DO SELECT 1":                                       sqlerr.EventIntervalNotPositiveOrTooBig,
		"CREATE EVENT f ON SCHEDULE EVERY NULL DAY DO SELECT 1":                                    sqlerr.EventIntervalNotPositiveOrTooBig,
		"CREATE EVENT f ON SCHEDULE AT 'nonsense' DO SELECT 1":                                     sqlerr.WrongValue,
		"CREATE EVENT f ON SCHEDULE AT NULL DO SELECT 1":                                           sqlerr.WrongValue,
		"CREATE EVENT f ON SCHEDULE EVERY 1 DAY STARTS '2040-01-02' ENDS '2040-01-01' DO SELECT 1": sqlerr.EventEndsBeforeStarts,
		"CREATE EVENT f ON SCHEDULE EVERY 1 DAY":                                                   sqlerr.Syntax,
		"CREATE EVENT f ON SCHEDULE EVERY 1 DAY DO":                                                sqlerr.Syntax,
		"CREATE EVENT f ON SCHEDULE EVERY 1 DAY DO SELEC 1":                                        sqlerr.Syntax,
		"CREATE EVENT f ON SCHEDULE EVERY 1 SECOND_MICROSECOND DO SELECT 1":                        sqlerr.NotSupportedYet,
		"CREATE EVENT f ON SCHEDULE EVERY (SELECT 1) DAY DO SELECT 1":                              sqlerr.NotSupportedYet,
		"CREATE EVENT f ON SCHEDULE EVERY 1 DAY DO RETURN 1":                                       sqlerr.SPBadReturn,
		"CREATE EVENT nosuch.f ON SCHEDULE EVERY 1 DAY DO SELECT 1":                                1049,
		"ALTER EVENT nosuch DISABLE":                                                               sqlerr.EventDoesNotExist,
		"ALTER EVENT e":                                                                            sqlerr.Syntax,
		"ALTER EVENT e RENAME TO e":                                                                sqlerr.EventSameName,
		"ALTER EVENT e ON SCHEDULE AT '2001-01-01'":                                                sqlerr.EventCannotAlterInThePast,
		"DROP EVENT nosuch":                                                                        sqlerr.EventDoesNotExist,
		"SHOW CREATE EVENT nosuch":                                                                 sqlerr.EventDoesNotExist,
		"CREATE PROCEDURE p() CREATE EVENT f ON SCHEDULE EVERY 1 DAY DO SELECT 1":                  sqlerr.EventRecursionForbidden,
		"CREATE EVENT `" + strings.Repeat("x", 65) + "` ON SCHEDULE EVERY 1 DAY DO SELECT 1":       sqlerr.TooLongIdent,
		"SET GLOBAL event_scheduler = DISABLED":                                                    sqlerr.WrongValueForVar,
		"CREATE EVENT f ON SCHEDULE EVERY 1 DAY DISABLE ON NOTHING DO SELECT 1":                    sqlerr.Syntax,
		"CREATE EVENT f ON SCHEDULE AT (SELECT NOW()) DO SELECT 1":                                 sqlerr.NotSupportedYet,
	} {
		db.fails("root", text, number)
	}
	create := "CREATE DEFINER=`root`@`%` EVENT `e` ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2040-01-01 00:00:00' ENDS '2041-01-01 00:00:00'" +
		" ON COMPLETION NOT PRESERVE ENABLE DO BEGIN DECLARE x INT; SET x = 1; END"
	shown := db.ok("root", "SHOW CREATE EVENT e")
	if len(shown) != 1 || !strings.Contains(shown[0], "|Europe/Zurich|"+create+"|") {
		t.Errorf("SHOW CREATE EVENT: %q", shown)
	}
	db.ok("root", "DROP EVENT e")
	db.ok("root", create) // what is shown can be run
	if again := db.ok("root", "SHOW CREATE EVENT e"); again[0] != shown[0] {
		t.Errorf("made again it is %q, not %q", again, shown)
	}
	db.ok("root", "ALTER EVENT e RENAME TO g; ALTER EVENT g ON COMPLETION PRESERVE DO INSERT INTO log (v) VALUES (1)")
	db.rows("root", "SELECT event_name, interval_value, interval_field, starts, ends, event_definition FROM information_schema.events WHERE event_schema = 'lab'",
		"g|'1:30'|HOUR_MINUTE|2040-01-01 00:00:00|2041-01-01 00:00:00|INSERT INTO log (v) VALUES (1)")
	db.ok("root", "ALTER EVENT g DISABLE ON REPLICA")
	db.rows("root", "SELECT status FROM information_schema.events WHERE event_schema = 'lab'", "SLAVESIDE_DISABLED")
	if shown := db.ok("root", "SHOW CREATE EVENT g"); !strings.Contains(shown[0], " PRESERVE DISABLE ON SLAVE DO ") {
		t.Errorf("disabled on replicas: %q", shown)
	}
	db.ok("root", "ALTER EVENT g DISABLE")
	db.rows("root", "SELECT status FROM information_schema.events WHERE event_schema = 'lab'", "DISABLED")
	db.ok("root", "CREATE EVENT IF NOT EXISTS g ON SCHEDULE EVERY 1 DAY DO SELECT 1")
	db.rows("root", "SHOW WARNINGS", "Note|1537|Event 'g' already exists")
	db.ok("root", "CREATE EVENT past ON SCHEDULE AT '2001-01-01' DO SELECT 1")
	db.rows("root", "SHOW WARNINGS", "Note|1588|Event execution time is in the past and ON COMPLETION NOT PRESERVE is set. The event was dropped immediately after creation.")
	db.ok("root", "CREATE EVENT past ON SCHEDULE AT '2001-01-01' ON COMPLETION PRESERVE DO SELECT 1")
	db.rows("root", "SHOW EVENTS LIKE 'p%'", "lab|past|root@%|Europe/Zurich|ONE TIME|2001-01-01 00:00:00|NULL|NULL|NULL|NULL|DISABLED|1|utf8mb4|utf8mb4_0900_ai_ci|utf8mb4_0900_ai_ci")
	db.ok("root", "SET @s = '2040-01-01', @n = 2; CREATE EVENT v ON SCHEDULE EVERY @n DAY STARTS @s + INTERVAL 1 HOUR DO SELECT 1")
	db.rows("root", "SELECT interval_value, starts FROM information_schema.events WHERE event_name = 'v'", "2|2040-01-01 01:00:00")
	db.rows("root", "SHOW VARIABLES LIKE 'event%'", "event_scheduler|ON")
	db.ok("root", "DROP DATABASE lab; SELECT 1")
	db.rows("root", "SELECT count(*) FROM information_schema.events", "0")
}

// One run of an event at a time, and each can be killed.
func TestEventOneRunAtATime(t *testing.T) {
	db, _ := scheduled(t)
	db.ok("root", "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND STARTS '2040-01-01 00:00:00' DO BEGIN INSERT INTO log (v) VALUES ('begun'); DO GET_LOCK('busy', 600); INSERT INTO log (v) VALUES ('never'); END")
	db.ok("root#2", "SELECT GET_LOCK('busy', 0)")
	e := db.engine.events
	e.Pass(zurich(t, "2040-01-01 00:00:00"))
	list := "SELECT id FROM information_schema.processlist WHERE info LIKE 'EVENT `lab`.`e`%'"
	var id []string
	for len(db.ok("root", "SELECT v FROM log")) == 0 || len(id) == 0 {
		id = db.ok("root", list)
	}
	e.Pass(zurich(t, "2040-01-01 00:00:05"))
	if now := db.ok("root", list); len(now) != 1 {
		t.Errorf("%d runs at once", len(now))
	}
	db.ok("root", "KILL "+id[0])
	e.Wait()
	db.rows("root", "SELECT v FROM log", "begun")
	db.rows("root", list)
}

// fakeClock is a clock that a test moves.
type fakeClock struct {
	mu   sync.Mutex
	now  time.Time
	asks chan chan time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) After(time.Duration) (<-chan time.Time, func()) {
	passed := make(chan time.Time, 1)
	c.asks <- passed
	return passed, func() {}
}

// The loop sleeps until the next time, and looks when an event is made.
func TestSchedulerLoop(t *testing.T) {
	clock := &fakeClock{now: zurich(t, "2039-01-01 00:00:00"), asks: make(chan chan time.Time, 100)}
	ran := make(chan ours.Event, 10)
	db := newTestDBWith(t, Options{clock: clock, AuditStatement: func(ev ours.Event) {
		if ev.Name == "event.run" {
			ran <- ev
		}
	}})
	db.ok("root", "CREATE DATABASE lab; USE lab; SET time_zone = 'Europe/Zurich'; CREATE TABLE log (v INT); SET GLOBAL event_scheduler = ON")
	db.rows("root", "SELECT @@event_scheduler", "ON")
	db.ok("root", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO log VALUES (1)")
	wake := <-clock.asks
	clock.mu.Lock()
	clock.now = zurich(t, "2040-01-01 00:00:00")
	clock.mu.Unlock()
	for wake != nil {
		wake <- clock.Now()
		select {
		case wake = <-clock.asks: // it had looked again, and sleeps anew
		case ev := <-ran:
			if wake = nil; ev.Err != nil || ev.Text != "EVENT `lab`.`e`" {
				t.Errorf("the run: %+v", ev)
			}
		}
	}
	db.ok("root", "SET GLOBAL event_scheduler = OFF")
	db.engine.events.Wait()
	db.rows("root", "SELECT count(*) FROM log", "1")
}

// What began to run for the last time before a crash does not run again.
func TestEventAfterACrash(t *testing.T) {
	dir := t.TempDir()
	open := func() *testDB {
		return newTestDBOn(t, dir)
	}
	db := open()
	db.ok("root", `CREATE DATABASE lab; USE lab; CREATE TABLE log (v INT); CREATE EVENT e ON SCHEDULE AT '2039-01-01 00:00:00' DO INSERT INTO log VALUES (1);
		CREATE EVENT next ON SCHEDULE EVERY 1 DAY STARTS '2039-01-01 00:00:00' DO INSERT INTO log VALUES (2)`)
	snap := db.engine.Catalog().Snapshot()
	e := snap.Event(snap.Database("lab").ID, "e")
	if err := (eventHost{db.engine}).Change(e, func(cur *catalog.Event) { cur.Over, cur.LastExecuted = true, 1 }); err != nil {
		t.Fatal(err)
	}
	db.shut()
	db = open()
	db.engine.events.TurnOnAt(zurich(t, "2040-01-01 10:00:00"))
	db.engine.events.Pass(zurich(t, "2040-01-01 12:00:00"))
	db.engine.events.Wait()
	db.rows("root", "SELECT count(*) FROM lab.log", "0")
	db.rows("root", "SELECT event_name FROM information_schema.events", "next")
	db.engine.events.Pass(zurich(t, "2040-01-02 12:00:00"))
	db.engine.events.Wait()
	db.rows("root", "SELECT v FROM lab.log", "2")
	db.shut()
}

// newTestDBOn opens an engine on a directory; shut closes it.
func newTestDBOn(t *testing.T, dir string) *testDB {
	t.Helper()
	e, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return &testDB{t: t, engine: e, sessions: map[string]*Session{}}
}

func (db *testDB) shut() {
	db.t.Helper()
	for _, s := range db.sessions {
		if err := s.Close(); err != nil {
			db.t.Error(err)
		}
	}
	if err := db.engine.Close(); err != nil {
		db.t.Error(err)
	}
}

// An event is nobody's connection: what bounds the connections and the statements of its definer bounds no event, and the
// other way round.
func TestEventCountsForNoLimit(t *testing.T) {
	db, at := scheduled(t)
	db.ok("root", `CREATE USER u IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 1 MAX_CONNECTIONS_PER_HOUR 1 MAX_QUERIES_PER_HOUR 4 MAX_UPDATES_PER_HOUR 3;
		GRANT ALL ON lab.* TO u`)
	db.ok("u", "SET time_zone = 'Europe/Zurich'; CREATE EVENT lab.e ON SCHEDULE EVERY 1 HOUR STARTS '2040-01-01 00:00:00' DO INSERT INTO lab.log (v) VALUES ('e')")
	for hour := range 5 {
		at(fmt.Sprintf("2040-01-01 %02d:00:00", hour))
	}
	db.rows("u", "SELECT COUNT(*) FROM lab.log", "5")
}
