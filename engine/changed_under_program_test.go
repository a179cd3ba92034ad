package engine

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// TestTableChangesUnderPrograms: columns come and go while programs run that read, write and fetch
// them. Each statement meets one shape of the table, or says what is missing.
func TestTableChangesUnderPrograms(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20) DEFAULT 'x'); INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two');
		CREATE TABLE log (n INT); CREATE USER u1 IDENTIFIED BY 'pw-user-1'; CREATE USER u2 IDENTIFIED BY 'pw-user-2'; GRANT ALL ON d.* TO u1; GRANT ALL ON d.* TO u2;
		CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = IFNULL(OLD.a, 0) + 1;
		CREATE FUNCTION f(n INT) RETURNS INT READS SQL DATA RETURN (SELECT MAX(a) FROM t WHERE id >= n);
		CREATE PROCEDURE p() BEGIN DECLARE i INT DEFAULT 0; DECLARE x INT; DECLARE y VARCHAR(30); DECLARE c CURSOR FOR SELECT a, b FROM t ORDER BY b;
			DECLARE CONTINUE HANDLER FOR 1054, 1412, 1324, 1326 SET @missing = @missing + 1;
			WHILE i < 20 DO
				SET i = i + 1; INSERT INTO t (id, a, b) VALUES (100 + i, i, 'y'); UPDATE t SET a = a + 1, b = CONCAT('z', i) WHERE id = 100 + i; SELECT a, b INTO x, y FROM t WHERE id = 100 + i;
				OPEN c; FETCH c INTO x, y; CLOSE c; SET x = f(1); SELECT COUNT(*) INTO x FROM t WHERE b LIKE 'z%' AND a > 0; DELETE FROM t WHERE id = 100 + i;
			END WHILE; END`)
	users := []string{"u1", "u2"}
	for _, u := range users {
		db.ok(u, "USE d")
	}
	db.as("root#2")
	may := map[sqlerr.Code]bool{
		sqlerr.DupEntry: true, sqlerr.LockWaitTimeout: true, sqlerr.LockDeadlock: true, sqlerr.TableDefChanged: true,
	}
	var all sync.WaitGroup
	var done atomic.Int32
	for _, u := range users {
		all.Go(func() {
			defer done.Add(1)
			for range 25 {
				_, err := db.run(u, "CALL p()")
				var e *session.Error
				if errors.As(err, &e) && !may[e.Number] {
					t.Errorf("%s: %d %s", u, e.Number, e.Message)
				}
				if err != nil {
					_, _ = db.run(u, "DELETE FROM t WHERE id > 100")
				}
			}
		})
	}
	for i := 0; done.Load() < int32(len(users)); i++ {
		for _, text := range []string{
			"ALTER TABLE d.t DROP COLUMN b", fmt.Sprintf("ALTER TABLE d.t ADD COLUMN n%d INT FIRST", i), "ALTER TABLE d.t ADD COLUMN b VARCHAR(20) DEFAULT 'x'",
			"ALTER TABLE d.t DROP COLUMN a", "ALTER TABLE d.t ADD COLUMN a INT AFTER id", fmt.Sprintf("ALTER TABLE d.t DROP COLUMN n%d", i),
		} {
			_, _ = db.run("root#2", text)
		}
	}
	all.Wait()
}
