package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

func TestAlterView(t *testing.T) {
	db := lab(t)
	db.ok("einstein", `USE einstein; CREATE DEFINER=CURRENT_USER SQL SECURITY INVOKER VIEW w AS SELECT v FROM t; ALTER VIEW w AS SELECT v + 1 x FROM t WHERE id = 1`)
	db.rows("einstein", "SELECT x FROM w", "11")
	db.ok("einstein", "ALTER ALGORITHM=MERGE DEFINER=einstein SQL SECURITY DEFINER VIEW w (y) AS SELECT v FROM t WHERE id = 2")
	db.rows("einstein", "SELECT y FROM w", "20")
	db.fails("einstein", "ALTER VIEW nosuch AS SELECT 1", sqlerr.NoSuchTable)
	db.fails("einstein", "ALTER VIEW t AS SELECT 1", sqlerr.WrongObject)
	db.fails("mallory", "ALTER VIEW einstein.w AS SELECT 1", sqlerr.DBAccessDenied)
	db.fails("mallory", "ALTER VIEW einstein.nosuch AS SELECT 1", sqlerr.DBAccessDenied)
	db.fails("einstein", "ALTER DEFINER=root VIEW w AS SELECT 1", sqlerr.SpecificAccessDenied)
	db.rows("einstein", "SELECT y FROM w", "20")
}
