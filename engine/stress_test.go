package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// stressSecondsEnv says how long TestDefinitionsChangeUnderPrograms runs.
const stressSecondsEnv = "LXDB_STRESS_SECONDS"

// stressed makes what the test's programs and definitions are about, in a database that is not there.
const stressed = `CREATE DATABASE d; USE d; GRANT ALL ON d.* TO u1; GRANT ALL ON d.* TO u2; GRANT ALL ON d.* TO u3;
	CREATE TABLE parent (id INT PRIMARY KEY, n INT); INSERT INTO parent VALUES (1, 0), (2, 0), (3, 0);
	CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20) DEFAULT 'x', KEY ka (a)); INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three');
	CREATE TABLE child (id INT PRIMARY KEY AUTO_INCREMENT, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
	CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, n INT);
	CREATE VIEW v AS SELECT id, a FROM t WHERE a > 0;
	CREATE FUNCTION f(n INT) RETURNS INT READS SQL DATA RETURN (SELECT MAX(a) FROM t WHERE id >= n);
	CREATE FUNCTION w(n INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO log (n) VALUES (n); RETURN (SELECT COUNT(*) FROM log); END;
	CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = IFNULL(OLD.a, 0) + 1;
	CREATE TRIGGER ta AFTER INSERT ON t FOR EACH ROW BEGIN INSERT INTO log (n) VALUES (NEW.id); UPDATE parent SET n = n + 1 WHERE id = 1; END;
	CREATE PROCEDURE p(k INT) BEGIN DECLARE i INT DEFAULT 0; DECLARE x INT; DECLARE y VARCHAR(30); DECLARE c CURSOR FOR SELECT a, b FROM t ORDER BY b;
		DECLARE CONTINUE HANDLER FOR 1054, 1412, 1324, 1326, 1136 SET @missing = @missing + 1;
		WHILE i < 5 DO
			SET i = i + 1; INSERT INTO t (id, a, b) VALUES (k + i, i, 'y'); UPDATE t SET a = a + 1, b = CONCAT('z', i) WHERE id = k + i; SELECT a, b INTO x, y FROM t WHERE id = k + i;
			OPEN c; FETCH c INTO x, y; CLOSE c; SET x = f(1); SELECT COUNT(*), SUM(f(id)) INTO x, y FROM t WHERE b LIKE 'z%' AND a > 0; SET x = w(i); DELETE FROM t WHERE id = k + i;
		END WHILE; END;
	CREATE PROCEDURE q() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END; START TRANSACTION; INSERT INTO child (p) VALUES (2); SELECT COUNT(*) INTO @n FROM v; UPDATE parent SET n = n + 1; DELETE FROM child; COMMIT; END;
	CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO CALL p(900000)`

// stressing are the statements of the users, by their number, and of the administrators.
var (
	stressing = []string{
		"CALL d.p(%d)", "CALL d.p(%d)", "CALL d.q()", "SELECT id, d.f(id), d.w(id) FROM d.t", "INSERT INTO d.t (id, a) VALUES (%d, 1)", "UPDATE d.t SET a = a + 1", "DELETE FROM d.t WHERE id > 3",
		"SELECT * FROM d.v", "INSERT INTO d.child (p) SELECT id FROM d.parent", "DELETE FROM d.parent WHERE id = 3", "REPLACE INTO d.parent VALUES (3, %d)", "UPDATE d.t, d.parent SET t.a = parent.n WHERE t.id = parent.id",
		"BEGIN; SELECT COUNT(*) FROM d.log; SELECT d.w(1); UPDATE d.t SET b = 'q' WHERE id = 1; COMMIT", "BEGIN; SELECT COUNT(*) FROM d.t; INSERT INTO d.child (p) VALUES (1); ROLLBACK",
		"PREPARE s FROM 'SELECT a, d.f(a) FROM d.t WHERE id = ?'", "SET @i = 2; EXECUTE s USING @i", "ROLLBACK",
	}
	defining = []string{
		"ALTER TABLE d.t DROP COLUMN b", "ALTER TABLE d.t ADD COLUMN b VARCHAR(20) DEFAULT 'x'", "ALTER TABLE d.t ADD COLUMN n%d INT FIRST", "ALTER TABLE d.t MODIFY a BIGINT", "ALTER TABLE d.t DROP COLUMN a, ADD COLUMN a INT",
		"ALTER TABLE d.t RENAME COLUMN a TO a2", "ALTER TABLE d.t RENAME COLUMN a2 TO a", "ALTER TABLE d.t ADD INDEX kb (b)", "ALTER TABLE d.t DROP INDEX kb", "ALTER TABLE d.t DROP INDEX ka", "ALTER TABLE d.t ADD INDEX ka (a)",
		"RENAME TABLE d.t TO d.t2", "RENAME TABLE d.t2 TO d.t", "TRUNCATE TABLE d.log", "TRUNCATE TABLE d.t", "DROP TABLE d.log", "CREATE TABLE IF NOT EXISTS d.log (id INT PRIMARY KEY AUTO_INCREMENT, n INT)",
		"CREATE OR REPLACE VIEW d.v AS SELECT id, a FROM d.t", "DROP VIEW d.v", "DROP TRIGGER d.tr", "CREATE TRIGGER d.tr BEFORE UPDATE ON d.t FOR EACH ROW SET NEW.a = IFNULL(OLD.a, 0) + 1",
		"DROP FUNCTION d.f", "CREATE FUNCTION d.f(n INT) RETURNS INT READS SQL DATA RETURN (SELECT MAX(a) + n FROM d.t)", "ALTER TABLE d.child DROP FOREIGN KEY child_ibfk_1", "ALTER TABLE d.child ADD FOREIGN KEY (p) REFERENCES d.parent (id)",
		"ALTER TABLE d.t ENGINE = InnoDB", "OPTIMIZE TABLE d.t", "REVOKE SELECT ON d.* FROM u1", "GRANT SELECT ON d.* TO u1", "CREATE TABLE d.copy AS SELECT * FROM d.t", "DROP TABLE IF EXISTS d.copy", "ALTER EVENT d.e ON SCHEDULE EVERY 2 SECOND",
	}
)

// Everything that programs use is altered, dropped and made again while they run: tables, their columns, indexes and
// keys, views, functions, triggers, rights, the whole database. Each statement meets one definition or says what is missing, none
// fails by a fault of ours, none waits for ever, and what is left is whole.
func TestDefinitionsChangeUnderPrograms(t *testing.T) {
	long := 3 * time.Second
	if n, err := strconv.Atoi(os.Getenv(stressSecondsEnv)); err == nil && n > 0 {
		long = time.Duration(n) * time.Second
	}
	var log lockedBuffer
	db := newTestDBWith(t, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})), EventScheduler: true})
	db.ok("root", "CREATE USER u1 IDENTIFIED BY 'pw-user-1'; CREATE USER u2 IDENTIFIED BY 'pw-user-2'; CREATE USER u3 IDENTIFIED BY 'pw-user-3'")
	db.ok("root", stressed)
	w := &stress{t: t, db: db, end: time.Now().Add(long), errs: map[string]int{}}
	for i, u := range []string{"u1", "u2", "u3"} {
		w.goes(u, func(r *rand.Rand) string { return stressing[r.IntN(len(stressing))] }, 1000*(i+1))
	}
	for i := range 2 {
		w.goes("root", func(r *rand.Rand) string { return "DO SLEEP(0.01); " + defining[r.IntN(len(defining))] }, i)
	}
	w.goes("root", func(r *rand.Rand) string {
		return []string{"DROP DATABASE IF EXISTS d", stressed, "SELECT SLEEP(0.2)", "SELECT SLEEP(0.3)"}[r.IntN(4)]
	}, 0)
	w.all.Wait()
	db.ok("root", "SET GLOBAL event_scheduler = OFF; DROP DATABASE IF EXISTS d")
	w.report(log.String())
}

// stress is sessions that send statements until it is over.
type stress struct {
	t   *testing.T
	db  *testDB
	end time.Time
	all sync.WaitGroup

	mu      sync.Mutex
	errs    map[string]int // by number and the beginning of the statement
	longest time.Duration
	slow    string
	done    int
}

// mostWait is how long a statement may take: it waits for locks of others, which end by themselves.
const mostWait = 20 * time.Second

func (w *stress) goes(user string, next func(*rand.Rand) string, number int) {
	p := w.db.engine.Catalog().Snapshot().Principal(user)
	s, err := w.db.engine.NewSession(context.Background(), principal.Trusted(p.ID, p.Name), session.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.all.Go(func() {
		defer func() {
			if err := s.Close(); err != nil {
				w.t.Error(err)
			}
		}()
		w.one(s, "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 3") // row locks and tables in one circle are not found at once, as in MySQL
		r := rand.New(rand.NewPCG(uint64(number), uint64(len(user))))
		for n := 0; time.Now().Before(w.end); n++ {
			text := next(r)
			if strings.Contains(text, "%d") {
				text = fmt.Sprintf(text, number*1000+n%1000)
			}
			w.one(s, text)
		}
	})
}

func (w *stress) one(s *Session, text string) {
	began := time.Now()
	hung := time.AfterFunc(mostWait, func() {
		buf := make([]byte, 1<<20)
		w.t.Errorf("%.60s: no answer in %v\n%s", text, mostWait, buf[:runtime.Stack(buf, true)])
	})
	whole, err := text, error(nil)
	for text != "" && err == nil {
		var res session.Result
		if res, text, err = s.Query(context.Background(), text); err == nil {
			_, err = drain(res)
		}
	}
	hung.Stop()
	took := time.Since(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done++
	if took > w.longest {
		w.longest, w.slow = took, whole
	}
	var e *session.Error
	switch {
	case err == nil:
	case !errors.As(err, &e) || e.Number == sqlerr.UnknownError || e.Number == sqlerr.RunHookError:
		w.t.Errorf("%s: %v", whole, err)
	default:
		w.errs[fmt.Sprintf("%d %.40s", e.Number, numbersIn.ReplaceAllString(strings.TrimPrefix(whole, "DO SLEEP(0.01); "), "N"))]++
	}
}

func (w *stress) report(log string) {
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `msg="event failed"`) { // of what is missing, as the others
			w.t.Errorf("the server's log has %s", line)
		}
	}
	var lines []string
	for what, n := range w.errs {
		lines = append(lines, fmt.Sprintf("%6d %s", n, what))
	}
	slices.Sort(lines)
	w.t.Logf("%d statements, the longest %v: %.60s\n%s", w.done, w.longest, w.slow, strings.Join(lines, "\n"))
}

var numbersIn = regexp.MustCompile(`\d+`)

// lockedBuffer is a log that several write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
