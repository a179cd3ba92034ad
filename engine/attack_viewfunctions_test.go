package engine

import (
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// The functions of a view are called by who the view acts for.
func TestViewCallsFunctionsAsItsDefiner(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE vault; USE vault; CREATE TABLE s (v INT); INSERT INTO s VALUES (7);
		CREATE FUNCTION top() RETURNS INT READS SQL DATA RETURN (SELECT max(v) FROM s);
		CREATE FUNCTION inv() RETURNS INT READS SQL DATA SQL SECURITY INVOKER RETURN (SELECT max(v) FROM vault.s);
		CREATE FUNCTION plus(a INT) RETURNS INT DETERMINISTIC RETURN a + 1;
		CREATE FUNCTION whoami() RETURNS VARCHAR(100) NO SQL SQL SECURITY INVOKER RETURN substring_index(current_user(), '@', 1);
		CREATE VIEW def AS SELECT top() AS a, vault.inv() AS b, plus(v) AS c, whoami() AS d, upper('x') AS e, count(*) OVER () AS f FROM s;
		CREATE VIEW nest AS SELECT a + plus(1) AS a FROM def;
		CREATE VIEW agg AS SELECT max(plus(v)) AS m, group_concat(plus(v)) AS g FROM s GROUP BY plus(v) HAVING plus(max(v)) > 0;
		CREATE SQL SECURITY INVOKER VIEW inv_view AS SELECT plus(1) AS a;
		GRANT SELECT ON vault.def TO tesla; GRANT SELECT ON vault.nest TO tesla; GRANT SELECT ON vault.agg TO tesla; GRANT SELECT ON vault.inv_view TO tesla`)
	db.rows("tesla", "USE tesla; SELECT * FROM vault.def", "7|7|8|root|X|1")
	db.rows("tesla", "SELECT * FROM vault.nest", "9")
	db.rows("tesla", "SELECT * FROM vault.agg", "8|8")
	db.fails("tesla", "SELECT * FROM vault.inv_view", sqlerr.ViewInvalid)
	db.fails("tesla", "SELECT vault.plus(1) FROM vault.def", sqlerr.ProcAccessDenied) // outside of the view it is his
	db.ok("root", "GRANT EXECUTE ON FUNCTION vault.plus TO tesla")
	db.rows("tesla", "SELECT * FROM vault.inv_view", "2")
	db.ok("tesla", "CREATE FUNCTION plus(a INT) RETURNS INT DETERMINISTIC RETURN 1000") // names in a view are its own
	db.rows("tesla", "SELECT a FROM vault.nest", "9")
	db.rows("tesla", "SELECT * FROM vault.inv_view", "2")
	db.ok("root", "DROP FUNCTION vault.plus")
	db.fails("tesla", "SELECT a FROM vault.nest", sqlerr.ViewInvalid)
	db.fails("root", "SELECT a FROM vault.nest", sqlerr.ViewInvalid)
}

// A view lends its definer's right to call, for as long as he has it, and no function that was
// put in the place of another gets more than its own owner holds.
func TestAttackFunctionOfAView(t *testing.T) {
	db := lab(t)
	db.ok("root", "CREATE DATABASE vault; CREATE TABLE vault.s (v INT); INSERT INTO vault.s VALUES (7); CREATE DATABASE lent; GRANT SELECT ON lent.* TO tesla; GRANT CREATE VIEW, SELECT, DROP ON lent.* TO mallory")
	db.ok("einstein", `CREATE FUNCTION einstein.g() RETURNS INT RETURN 1; GRANT EXECUTE ON FUNCTION einstein.g TO mallory`)
	db.ok("mallory", "CREATE VIEW lent.w AS SELECT einstein.g() AS v")
	db.rows("tesla", "SELECT * FROM lent.w", "1")
	db.ok("root", "CREATE VIEW lent.r AS SELECT einstein.g() AS v")
	db.ok("einstein", `DROP FUNCTION einstein.g; CREATE FUNCTION einstein.g() RETURNS INT READS SQL DATA SQL SECURITY INVOKER RETURN (SELECT max(v) FROM vault.s)`)
	db.fails("tesla", "SELECT * FROM lent.w", sqlerr.ViewInvalid) // the grant went with the function
	for _, who := range []string{"tesla", "einstein"} {
		rows, err := db.run(who, "SELECT * FROM lent.r")
		if err == nil || strings.Contains(strings.Join(rows, ""), "7") {
			t.Errorf("%s reads what only root may: %q, %v", who, rows, err)
		}
	}
}
