package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// What a statement inside CREATE SCHEMA calls has temporary tables of its own, and changes no others, whatever its
// handlers make of the refusal.
func TestSchemaElementsCall(t *testing.T) {
	oneSession(t)
	db := lab(t)
	db.ok("einstein", `USE einstein;
		CREATE FUNCTION own() RETURNS INT BEGIN CREATE TEMPORARY TABLE w (a INT PRIMARY KEY); INSERT INTO w VALUES (1), (2), (3);
			UPDATE w SET a = a + 10; DELETE FROM w WHERE a = 12; SET @n = (SELECT SUM(a) FROM w); DROP TEMPORARY TABLE w; RETURN @n; END;
		CREATE FUNCTION others() RETURNS INT BEGIN DECLARE CONTINUE HANDLER FOR 1235, SQLEXCEPTION BEGIN END; INSERT INTO t VALUES (99, 99); RETURN 7; END`)
	db.ok("root", "CREATE SCHEMA s1 AUTHORIZATION einstein CREATE TABLE x AS SELECT einstein.own() AS n")
	db.rows("einstein", "SELECT n FROM s1.x", "24")
	db.ok("einstein", "CREATE TABLE x AS SELECT own() AS n")
	db.rows("einstein", "SELECT n FROM x", "24")
	db.fails("root", "CREATE SCHEMA s2 AUTHORIZATION einstein CREATE TABLE x AS SELECT einstein.others() AS n", sqlerr.NotSupportedYet)
	db.rows("root", "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 's2'", "0")
	db.rows("einstein", "SELECT COUNT(*) FROM t WHERE id = 99", "0")
}

// The statements stand side by side, however many they are.
func TestSchemaOfManyElements(t *testing.T) {
	oneSession(t)
	db := lab(t)
	var text strings.Builder
	text.WriteString("CREATE SCHEMA many AUTHORIZATION einstein")
	for i := range 800 {
		fmt.Fprintf(&text, " CREATE SEQUENCE q%d GRANT READ ON SEQUENCE q%d TO tesla", i, i)
	}
	db.ok("root", text.String())
	db.rows("root", "SELECT COUNT(*) FROM information_schema.SEQUENCES WHERE SEQUENCE_SCHEMA = 'many'", "800")
}

// Who changes the catalog all the time does not keep it from its end.
func TestSchemaBesideSteadyChanges(t *testing.T) {
	db := lab(t)
	other := db.as("einstein")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, text := range []string{"CREATE TABLE einstein.flicker (a INT)", "DROP TABLE einstein.flicker"} {
				if res, _, err := other.Query(t.Context(), text); err == nil {
					_ = res.Close()
				}
			}
		}
	}()
	db.ok("root", "SET lock_wait_timeout = 40; CREATE SCHEMA calm AUTHORIZATION tesla CREATE TABLE x AS SELECT SLEEP(1.3) AS n")
	close(stop)
	<-stopped
	db.rows("root", "SELECT COUNT(*) FROM calm.x", "1")
}
