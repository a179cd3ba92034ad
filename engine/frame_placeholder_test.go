package engine

import (
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// A placeholder may say how far a frame reaches.
func TestPlaceholderInFrame(t *testing.T) {
	db := lab(t)
	db.ok("einstein", "CREATE TABLE w (id INT PRIMARY KEY, v INT); INSERT INTO w VALUES (1, 1), (2, 2), (3, 4), (4, 8)")
	db.ok("einstein", "PREPARE p FROM 'SELECT id, SUM(v) OVER (ORDER BY id ROWS BETWEEN ? PRECEDING AND ? FOLLOWING) FROM w ORDER BY id'; SET @a = 1, @b = 0, @c = -1, @d = NULL, @e = 'x'")
	db.rows("einstein", "EXECUTE p USING @a, @b", "1|1", "2|3", "3|6", "4|12")
	db.rows("einstein", "EXECUTE p USING @b, @a", "1|3", "2|6", "3|12", "4|8")
	for _, bad := range []string{"@c", "@d", "@e"} {
		db.fails("einstein", "EXECUTE p USING @a, "+bad, sqlerr.WindowFrameIllegal)
	}
	db.ok("einstein", "PREPARE q FROM 'SELECT id, SUM(v) OVER (ORDER BY v RANGE ? PRECEDING) FROM w WHERE id > ? ORDER BY id'; SET @h = 2.5")
	db.rows("einstein", "EXECUTE q USING @a, @b", "1|1", "2|3", "3|4", "4|8")
	db.rows("einstein", "EXECUTE q USING @h, @a", "2|2", "3|6", "4|8")
	db.fails("einstein", "SELECT SUM(v) OVER (ROWS ? PRECEDING) FROM w", sqlerr.Syntax)
}
