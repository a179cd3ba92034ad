package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// pieces are the plans that a session keeps of the statements in programs.
func (s *Session) pieces() (n int) {
	for _, of := range s.bodies {
		for _, st := range of {
			n += len(st.compiled)
		}
	}
	return n
}

// inPrograms are bodies of procedures with one parameter x, in a database with t.
var inPrograms = []string{
	"SELECT id FROM t WHERE a = x ORDER BY id", "SELECT x, id FROM t ORDER BY x, id", "SELECT x k, id FROM t ORDER BY k, id", "SELECT x + 1, id FROM t ORDER BY x + 1, id",
	"SELECT id FROM t ORDER BY x, id", "SELECT id FROM t ORDER BY x + id", "SELECT id, b FROM t ORDER BY b, a", "SELECT x, count(*) FROM t GROUP BY x", "SELECT x k, count(*) FROM t GROUP BY k",
	"SELECT x, a, count(*) FROM t GROUP BY x, a ORDER BY x, a", "SELECT x, a, count(*) FROM t GROUP BY a WITH ROLLUP", "SELECT a, count(*) n FROM t WHERE a = x GROUP BY a HAVING n > 0 ORDER BY n",
	"SELECT DISTINCT x FROM t ORDER BY x", "SELECT x UNION SELECT a FROM t ORDER BY 1", "SELECT x UNION SELECT a FROM t ORDER BY x", "SELECT max(x), a FROM t GROUP BY a HAVING x IS NOT NULL ORDER BY max(x)",
	"SELECT row_number() OVER (PARTITION BY x ORDER BY x, id), x FROM t ORDER BY x", "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.a = x AND u.id = t.id ORDER BY x) ORDER BY id",
	"SELECT id FROM t WHERE (a, x) IN (SELECT a, x FROM t) ORDER BY id", "SELECT CASE x WHEN 1 THEN 'a' ELSE 'b' END k, id FROM t ORDER BY k, id", "SELECT * FROM (SELECT x v, id FROM t) d ORDER BY v, id",
	"WITH c AS (SELECT x v, id FROM t) SELECT * FROM c ORDER BY v, id", "WITH RECURSIVE c AS (SELECT 1 n, x v UNION ALL SELECT n + 1, v FROM c WHERE n < 3) SELECT * FROM c ORDER BY v, n",
	"SELECT group_concat(id ORDER BY x, id), x FROM t GROUP BY x ORDER BY x", "SELECT t.id, x FROM t LEFT JOIN t u ON t.id = u.id AND u.a = x ORDER BY x, u.id", "SELECT x, @a := x, id FROM t ORDER BY x, id FOR UPDATE",
	"SELECT x IN (1, 2), x BETWEEN 1 AND 2, x LIKE '1%', x IS NULL, coalesce(x, id), if(x, 1, 2), nullif(x, id), cast(x AS CHAR), id FROM t ORDER BY id",
	"SELECT concat(x, b), x * c, json_array(x), date_format(x, '%Y'), id FROM t ORDER BY id LIMIT 2", "SELECT last_insert_id(), row_count(), found_rows(), x", "VALUES ROW(x, 1)", "TABLE t",
	"REPLACE INTO t VALUES (20, 1, NULL, 3)", "INSERT INTO t (id, a) SELECT id + 100, a FROM t WHERE id = x ON DUPLICATE KEY UPDATE a = VALUES(a)",
	"INSERT INTO t (id, b) VALUES (30, NULL) ON DUPLICATE KEY UPDATE b = left(concat('', x), 2)", "UPDATE t, (SELECT 1 q) s SET t.b = left(x, 3) WHERE t.id = s.q",
	"UPDATE t SET b = left(x, 3) WHERE id IN (SELECT id FROM (SELECT id FROM t WHERE id = x) z)", "DELETE t FROM t JOIN (SELECT 100 q) s ON t.id = s.q WHERE t.b = x",
	"UPDATE t SET c = c + 1 WHERE b = x ORDER BY id LIMIT 1", "DELETE FROM t WHERE b = x AND id > 99 ORDER BY id LIMIT 1", "DO x + 1", "SET @a = x", "SET @a = (SELECT max(a) FROM t WHERE b = x)",
	"SELECT a INTO @a FROM t WHERE id = 1 ORDER BY x", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'd' ORDER BY 1", "SELECT x FROM information_schema.tables WHERE table_schema = 'd' ORDER BY x",
	"SELECT json_extract(j, '$') FROM json_table(json_array(x), '$[*]' COLUMNS (j JSON PATH '$')) q",
}

// TestNothingInProgramsIsLeft: statements of programs run on our operators, whatever types their
// variables have, and however often they have run.
func TestNothingInProgramsIsLeft(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "SET sql_mode = ''; CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), c DECIMAL(10,2)); INSERT INTO t VALUES (1, 1, 'x', 1.5), (2, 2, 'y', 2.5), (3, 1, 'z', 3)")
	for of, arg := range map[string]string{
		"INT": "1", "VARCHAR(20)": "'abc'", "DECIMAL(8,2)": "1.5", "DATETIME(3)": "'2020-01-01'", "BIT(8)": "1", "JSON": "'1'", "DOUBLE": "1e2", "TEXT": "'x'", "ENUM('x','y')": "'y'", "YEAR": "2020",
	} {
		for _, body := range inPrograms {
			db.ok("root", "DROP PROCEDURE IF EXISTS k; CREATE PROCEDURE k(x "+of+") "+body)
			for range 3 {
				before, _ := db.engine.left.Reasons()
				if _, err := db.run("root", "CALL k("+arg+")"); err != nil {
					t.Errorf("%s with %s: %v", body, of, err)
				}
				after, _ := db.engine.left.Reasons()
				for why, n := range after {
					if n != before[why] {
						t.Errorf("%s with %s: left to the library: %s", body, of, why)
					}
				}
			}
		}
	}
}

// all is outcome with every result of a CALL.
func all(s *Session, res session.Result, err error) string {
	var b strings.Builder
	for {
		b.WriteString(outcome(s, res, err))
		several, ok := res.(session.Several)
		if err != nil || !ok {
			return b.String()
		}
		if res, err = several.More(); res == nil && err == nil {
			return b.String()
		}
	}
}

func (w *twin) calls(user, text string) string {
	w.t.Helper()
	return w.same(user+"> "+text, func(db *testDB) string {
		s := db.as(user)
		res, _, err := s.Query(context.Background(), text)
		return all(s, res, err)
	})
}

var variableTypes = []string{"INT", "VARCHAR(12)", "DECIMAL(8,2)", "DOUBLE", "BIGINT UNSIGNED", "DATE", "DATETIME(3)", "CHAR(4) CHARACTER SET latin1", "TINYINT"}

// program makes a program that runs a statement some times, and says how it is called.
func (w *twin) program(r *rand.Rand, n int) (call string, values int) {
	text := anyStatement(r)
	var params []string
	for strings.Contains(text, "?") {
		p := fmt.Sprintf("zz%d", len(params))
		text = strings.Replace(text, "?", p, 1)
		params = append(params, p+" "+variableTypes[r.IntN(len(variableTypes))])
	}
	security := []string{"SQL SECURITY DEFINER ", "SQL SECURITY INVOKER "}[r.IntN(2)]
	maker := []string{"root", "tesla"}[r.IntN(2)]
	name := fmt.Sprintf("d.p%d", n)
	body := "BEGIN DECLARE zi INT DEFAULT 0; WHILE zi < 3 DO " + text + "; SET zi = zi + 1; END WHILE; "
	if r.IntN(3) == 0 {
		body = strings.Replace(body, "WHILE", "BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @e = zi; WHILE", 1) + "END; "
	}
	if strings.HasPrefix(text, "SELECT") || strings.HasPrefix(text, "WITH") || r.IntN(2) == 0 {
		w.calls(maker, "CREATE PROCEDURE "+name+"("+strings.Join(params, ", ")+") "+security+body+"END")
		return "CALL " + name + "(%s)", len(params)
	}
	w.calls(maker, "CREATE FUNCTION "+name+"("+strings.Join(params, ", ")+") RETURNS INT "+security+body+"RETURN row_count(); END")
	return "SELECT " + name + "(%s) FROM d.src", len(params)
}

var inTriggers = []string{
	"CREATE TRIGGER d.t1 AFTER UPDATE ON d.num FOR EACH ROW INSERT INTO d.auto (v) VALUES (NEW.k + OLD.k)",
	"CREATE TRIGGER d.t2 BEFORE INSERT ON d.txt FOR EACH ROW UPDATE d.bin SET v = v + 1 WHERE a = NEW.a",
	"CREATE TRIGGER d.t3 AFTER DELETE ON d.auto FOR EACH ROW DELETE FROM d.gen WHERE v = OLD.v",
	"CREATE TRIGGER d.t4 BEFORE UPDATE ON d.bin FOR EACH ROW SET NEW.v = NEW.v + (SELECT count(*) FROM d.num WHERE id < NEW.v)",
	"CREATE TRIGGER d.t5 AFTER INSERT ON d.auto FOR EACH ROW INSERT INTO d.num (id, k) VALUES (NEW.id + 1000, NEW.v)", // 1442 from t1
}

// TestProgramsCompiled runs random programs both ways, with definitions and rights that change in between:
// what a client sees is the same, and nobody runs what was planned for another.
func TestProgramsCompiled(t *testing.T) {
	oneSession(t)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newTwin(t)
			w.setup()
			w.calls("root", "CREATE TABLE d.src (a INT); INSERT INTO d.src VALUES (1), (2); GRANT EXECUTE, SELECT ON d.* TO guest")
			for _, text := range inTriggers {
				w.calls("root", text)
			}
			r := rand.New(rand.NewPCG(seed, 78))
			made := 0
			type program struct {
				call   string
				values int
			}
			var kept []program
			for range 220 {
				switch p := r.IntN(100); {
				case p < 25 || len(kept) == 0:
					call, n := w.program(r, made)
					made++
					kept = append(kept, program{call, n})
				case p < 35:
					w.calls(users[r.IntN(len(users))], around[r.IntN(len(around))])
				case p < 45:
					for _, user := range users {
						w.calls(user, "ROLLBACK")
					}
					w.calls("root", append(byRoot, "REVOKE EXECUTE ON d.* FROM guest", "GRANT EXECUTE ON d.* TO guest")[r.IntN(len(byRoot)+2)])
					w.calls("root", "COMMIT")
				default:
					p, user := kept[r.IntN(len(kept))], users[r.IntN(len(users))]
					for range 1 + r.IntN(3) {
						args := make([]string, p.values)
						for i := range args {
							args[i] = sqlLiteral(randomValue(r))
						}
						w.calls(user, fmt.Sprintf(p.call, strings.Join(args, ", ")))
						w.calls(user, "SHOW WARNINGS")
					}
				}
			}
			for _, user := range users {
				w.calls(user, "ROLLBACK")
			}
			for _, table := range []string{"num", "gen", "bin", "two", "odd", "auto", "big", "chk", "kid"} {
				w.calls("root", "SELECT * FROM d."+table)
			}
			n := 0
			for _, s := range w.db[0].sessions {
				n += s.pieces()
			}
			if n < 20 || w.compiledRuns() < 60 {
				t.Errorf("%d plans are kept, %d executions were compiled", n, w.compiledRuns())
			}
		})
	}
}

// TestProgramsPlansAreTheirOwners: what is kept of a program is for the rights that it was planned for.
// Who calls it as somebody else, or after a REVOKE, gets what the planner says.
func TestProgramsPlansAreTheirOwners(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE USER tesla IDENTIFIED BY 'x'; CREATE USER guest IDENTIFIED BY 'x'; CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, v INT); CREATE TABLE log (v INT);
		INSERT INTO t VALUES (1, 10), (2, 20); GRANT ALL ON d.* TO tesla; GRANT EXECUTE ON d.* TO guest`)
	db.ok("tesla", "CREATE PROCEDURE d.gives(x INT) SELECT v FROM d.t WHERE id = x; CREATE PROCEDURE d.mine(x INT) SQL SECURITY INVOKER SELECT v FROM d.t WHERE id = x")
	db.ok("tesla", "CREATE PROCEDURE d.calls(x INT) BEGIN CALL d.gives(x); CALL d.mine(x); END; CREATE TRIGGER d.tr AFTER UPDATE ON d.t FOR EACH ROW INSERT INTO d.log VALUES (NEW.v)")
	for range 4 { // the same text of the same session, with other rights
		db.ok("guest", "CALL d.calls(1)")
		db.fails("guest", "CALL d.mine(1)", sqlerr.TableAccessDenied)
		db.ok("guest", "CALL d.calls(2)")
	}
	for range 4 {
		db.rows("guest", "CALL d.gives(1)", "10")
		db.fails("guest", "CALL d.mine(1)", sqlerr.TableAccessDenied)
		db.rows("tesla", "CALL d.mine(2)", "20")
		db.ok("root", "UPDATE d.t SET v = v WHERE id = 1; UPDATE d.t SET v = v + 0, id = id")
	}
	if db.as("guest").pieces() == 0 || db.as("tesla").pieces() == 0 || db.as("root").pieces() == 0 {
		t.Error("nothing was compiled")
	}
	db.ok("root", "REVOKE SELECT ON d.* FROM tesla")
	db.fails("guest", "CALL d.gives(1)", sqlerr.TableAccessDenied)
	db.fails("tesla", "CALL d.mine(2)", sqlerr.TableAccessDenied)
	db.ok("root", "GRANT SELECT ON d.* TO tesla")
	db.rows("guest", "CALL d.gives(1)", "10")
	db.fails("guest", "CALL d.mine(1)", sqlerr.TableAccessDenied)
	db.ok("root", "UPDATE d.t SET v = 11 WHERE id = 1; REVOKE INSERT ON d.* FROM tesla")
	db.fails("root", "UPDATE d.t SET v = 12 WHERE id = 1", sqlerr.TableAccessDenied)
	db.ok("root", "GRANT INSERT ON d.* TO tesla; ALTER TABLE d.t RENAME COLUMN v TO w; ALTER TABLE d.t ADD v VARCHAR(5) DEFAULT 'new'")
	db.rows("guest", "CALL d.gives(1)", "new")
	db.ok("root", "DROP TABLE d.t; CREATE TABLE d.t (id INT, v INT); INSERT INTO d.t VALUES (1, 5)")
	db.rows("guest", "CALL d.gives(1)", "5")
	db.ok("tesla", "DROP PROCEDURE d.gives; CREATE PROCEDURE d.gives(x INT) SELECT -v FROM d.t WHERE id = x")
	db.rows("guest", "CALL d.gives(1)", "-5")
}

// TestFunctionsPlanFollowsTheStatementAround: a function that was compiled where nothing is in its way
// is refused where the statement around uses the table that it changes.
func TestFunctionsPlanFollowsTheStatementAround(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE DATABASE d; USE d; CREATE TABLE t (id INT); CREATE TABLE o (id INT); INSERT INTO o VALUES (1), (2); CREATE FUNCTION f(x INT) RETURNS INT BEGIN INSERT INTO t VALUES (x); RETURN x; END")
	db.ok("root", "SELECT f(1); SELECT f(2); SELECT f(id) FROM o")
	if db.as("root").pieces() == 0 {
		t.Error("nothing was compiled")
	}
	db.fails("root", "SELECT f(id) FROM t", sqlerr.CantUpdateUsedTable)
	db.fails("root", "UPDATE t SET id = f(3)", sqlerr.CantUpdateUsedTable)
	db.rows("root", "SELECT count(*) FROM t", "4")
	db.ok("root", "SELECT f(id) FROM o")
}
