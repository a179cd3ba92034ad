package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/engine/sqlerr"
)

// E-29: whoever holds nothing in a database cannot tell one that is there, and what is in
// it, from one that is not, by any statement.
func TestAttackE29MissingAndForbiddenLookAlike(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER nob; CREATE USER other; CREATE TABLE nob.q (a INT); CREATE DATABASE hid")
	db.ok("root", `CREATE TABLE hid.o_t (id INT PRIMARY KEY, v INT); CREATE VIEW hid.o_v AS SELECT 1 AS a; CREATE SEQUENCE hid.o_s;
		CREATE PROCEDURE hid.o_p() SELECT 1; CREATE FUNCTION hid.o_f() RETURNS INT DETERMINISTIC RETURN 1;
		CREATE EVENT hid.o_e ON SCHEDULE EVERY 1 DAY DO SET @a = 1`)
	db.ok("root", "CREATE TRIGGER hid.o_g BEFORE INSERT ON hid.o_t FOR EACH ROW SET @a = 1")
	statements := strings.Split(strings.TrimSpace(`
SELECT * FROM {o}
SELECT COUNT(*) FROM {o}
TABLE {o}
WITH c AS (SELECT * FROM {o}) SELECT * FROM c
SELECT * FROM nob.q WHERE EXISTS (SELECT 1 FROM {o})
SELECT * FROM {o} FOR UPDATE
DO (SELECT 1 FROM {o})
SET @x = (SELECT 1 FROM {o})
INSERT INTO {o} VALUES (1, 2)
INSERT INTO nob.q SELECT 1 FROM {o}
REPLACE INTO {o} VALUES (1, 2)
UPSERT INTO {o} VALUES (1, 2)
UPDATE {o} SET v = 1
DELETE FROM {o}
TRUNCATE TABLE {o}
EXPLAIN {o}
EXPLAIN SELECT * FROM {o}
EXPLAIN FORMAT=TREE UPDATE {o} SET v = 1
EXPLAIN SECURITY SELECT * FROM {o}
EXPLAIN SECURITY DELETE FROM {o}
CHECK SELECT ON {o}
CHECK SELECT PERMISSION ON TABLE {o}
SHOW EFFECTIVE PRIVILEGES ON TABLE {o}
DROP TABLE {o}
DROP TABLE IF EXISTS {o}
DROP VIEW {o}
DROP VIEW IF EXISTS {o}
ALTER TABLE {o} ADD x INT
ALTER TABLE {o} RENAME TO nob.x
ALTER VIEW {o} AS SELECT 1
RENAME TABLE {o} TO nob.x
CREATE TABLE {o} (a INT)
CREATE TABLE IF NOT EXISTS {o} (a INT)
CREATE TABLE nob.z LIKE {o}
CREATE TABLE nob.z AS SELECT * FROM {o}
CREATE TABLE nob.z (a INT, FOREIGN KEY (a) REFERENCES {o} (id))
CREATE VIEW nob.z AS SELECT * FROM {o}
CREATE VIEW {o} AS SELECT 1
CREATE OR REPLACE VIEW {o} AS SELECT 1
CREATE INDEX i ON {o} (v)
DROP INDEX i ON {o}
DESCRIBE {o}
SHOW COLUMNS FROM {o}
SHOW INDEX FROM {o}
SHOW CREATE TABLE {o}
SHOW CREATE VIEW {o}
SHOW CREATE SEQUENCE {o}
SHOW CREATE PROCEDURE {o}
SHOW CREATE FUNCTION {o}
SHOW CREATE TRIGGER {o}
SHOW CREATE EVENT {o}
LOCK TABLES {o} READ
ANALYZE TABLE {o}
CHECK TABLE {o}
CHECKSUM TABLE {o}
GRANT SELECT ON {o} TO other
REVOKE SELECT ON {o} FROM other
DENY SELECT ON {o} TO other
GRANT SELECT ON {d}.* TO other
SELECT NEXT VALUE FOR {o}
SELECT nextval('{o}')
SELECT CURRENT VALUE FOR {o}
ALTER SEQUENCE {o} RESTART
DROP SEQUENCE {o}
DROP SEQUENCE IF EXISTS {o}
CREATE SEQUENCE {o}
CALL {o}()
SELECT {o}()
DROP PROCEDURE {o}
DROP PROCEDURE IF EXISTS {o}
DROP FUNCTION {o}
DROP FUNCTION IF EXISTS {o}
ALTER PROCEDURE {o} COMMENT 'x'
ALTER FUNCTION {o} COMMENT 'x'
CREATE PROCEDURE {o}() SELECT 1
CREATE FUNCTION {o}() RETURNS INT RETURN 1
CREATE TRIGGER nob.z BEFORE INSERT ON {o} FOR EACH ROW SET @a = 1
DROP TRIGGER {o}
DROP TRIGGER IF EXISTS {o}
DROP EVENT {o}
DROP EVENT IF EXISTS {o}
ALTER EVENT {o} DISABLE
CREATE EVENT {o} ON SCHEDULE EVERY 1 DAY DO SET @a = 1
ALTER TABLE {o} OWNER TO nob
SHOW TABLES FROM {d}
SHOW TABLE STATUS FROM {d}
SHOW TRIGGERS FROM {d}
SHOW EVENTS FROM {d}
SHOW CREATE DATABASE {d}
DROP DATABASE {d}
DROP DATABASE IF EXISTS {d}
ALTER DATABASE {d} CHARACTER SET utf8mb4
CREATE DATABASE {d}
CREATE DATABASE IF NOT EXISTS {d}
SELECT * FROM information_schema.tables WHERE table_schema = '{d}'
SELECT * FROM information_schema.routines WHERE routine_schema = '{d}'`), "\n")
	for _, object := range []string{"o_t", "o_v", "o_s", "o_p", "o_f", "o_e", "o_g"} {
		for _, text := range statements {
			answer := func(database string) string {
				said := strings.NewReplacer("{o}", database+"."+object, "{d}", database)
				rows, err := db.run("nob", said.Replace(text))
				if err != nil && sqlerr.From(err).Number == sqlerr.Syntax {
					t.Errorf("%s: %v", text, err)
				}
				return strings.ReplaceAll(fmt.Sprint(rows, err), database, "DB")
			}
			if there, missing := answer("hid"), answer("hix"); there != missing {
				t.Errorf("%s with %s:\n  there:   %s\n  missing: %s", text, object, there, missing)
			}
		}
	}
}
