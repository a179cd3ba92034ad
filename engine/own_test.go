package engine

import (
	"slices"
	"testing"
)

// ownQueries are run by our operators. The answers are those that MySQL's manual
// gives. MariaDB 10.11 gives them, too, but for LATERAL, LEAD with a default and
// VALUES ROW, which it has not, and d = 2.495, which it rounds for the index.
var ownQueries = []struct {
	query string
	rows  []string
}{
	{"SELECT id, s, d, f FROM a", []string{"1|one|1.50|0.5", "2|two|2.50|NULL", "3|three|3.25|1e+10", "4|NULL|NULL|-1"}},
	{"SELECT id, k+1 FROM a WHERE k = 10 ORDER BY id DESC", []string{"3|11", "1|11"}},
	{"SELECT s FROM a WHERE id = 2", []string{"two"}},
	{"SELECT s FROM a WHERE id IN (1,3,7) AND k BETWEEN 5 AND 15 ORDER BY s", []string{"one", "three"}},
	{"SELECT id FROM a ORDER BY id DESC LIMIT 2", []string{"4", "3"}},
	{"SELECT id FROM a ORDER BY k, id LIMIT 1, 2", []string{"1", "3"}},
	{"SELECT id FROM a LIMIT 0", nil},
	{"SELECT COUNT(*) FROM a LIMIT 0", nil},
	{"SELECT k, COUNT(*), MAX(id), MIN(s) FROM a GROUP BY k ORDER BY k", []string{"NULL|1|4|NULL", "10|2|3|one", "20|1|2|two"}},
	{"SELECT COUNT(*), COUNT(k), COUNT(DISTINCT k), MAX(id) FROM a", []string{"4|3|2|4"}},
	{"SELECT COUNT(*), MAX(id) FROM a WHERE id > 100", []string{"0|NULL"}},
	{"SELECT k FROM a GROUP BY k HAVING COUNT(*) > 1", []string{"10"}},
	{"SELECT DISTINCT k FROM a ORDER BY k DESC", []string{"20", "10", "NULL"}},
	{"SELECT a.id, b.v FROM a JOIN b ON a.id = b.aid ORDER BY b.v", []string{"1|5", "1|6", "3|7"}},
	{"SELECT a.id, b.v FROM a, b WHERE a.id = b.aid AND b.v > 5 ORDER BY b.v", []string{"1|6", "3|7"}},
	{"SELECT a.id, b.v FROM a LEFT JOIN b ON a.id = b.aid ORDER BY a.id, b.v", []string{"1|5", "1|6", "2|NULL", "3|7", "4|NULL"}},
	{"SELECT a.id, b.v FROM a LEFT JOIN b ON a.id = b.aid AND b.v > 5 WHERE a.id < 3 ORDER BY a.id", []string{"1|6", "2|NULL"}},
	{"SELECT b.id, a.id FROM a RIGHT JOIN b ON a.id = b.aid ORDER BY b.id", []string{"1|1", "2|1", "3|3", "4|NULL"}},
	{"SELECT COUNT(*) FROM a CROSS JOIN b", []string{"16"}},
	{"SELECT x.id, y.id FROM a x JOIN a y ON x.k <=> y.k AND x.id < y.id", []string{"1|3"}},
	{"SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.aid = a.id) ORDER BY id", []string{"1", "3"}},
	{"SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.aid = a.id AND b.v > NULL) ORDER BY id", []string{"1", "2", "3", "4"}},
	{"SELECT id FROM a WHERE id NOT IN (SELECT aid FROM b) ORDER BY id", []string{"2", "4"}},
	{"SELECT id FROM a WHERE 7 NOT IN (SELECT k FROM a)", nil},
	{"SELECT id FROM a WHERE (id, k) IN (SELECT aid, 10 FROM b) ORDER BY id", []string{"1", "3"}},
	{"SELECT (SELECT MAX(v) FROM b WHERE b.aid = a.id) FROM a ORDER BY id", []string{"6", "NULL", "7", "NULL"}},
	{"SELECT id FROM a WHERE id = (SELECT MIN(aid) FROM b)", []string{"1"}},
	{"SELECT x.n FROM (SELECT k n, id FROM a WHERE k IS NOT NULL) x WHERE x.id > 1 ORDER BY n", []string{"10", "20"}},
	{"SELECT a.id, l.v FROM a, LATERAL (SELECT v FROM b WHERE b.aid = a.id ORDER BY v DESC LIMIT 1) l ORDER BY a.id", []string{"1|6", "3|7"}},
	{"SELECT 1 UNION SELECT 2 UNION ALL SELECT 2 ORDER BY 1 DESC", []string{"2", "2", "1"}},
	{"SELECT k FROM a INTERSECT SELECT 10", []string{"10"}},
	{"SELECT k FROM a WHERE k IS NOT NULL EXCEPT SELECT 10", []string{"20"}},
	{"SELECT 1 a UNION SELECT 'x'", []string{"1", "x"}},
	{"WITH RECURSIVE c AS (SELECT 1 n UNION ALL SELECT n+1 FROM c WHERE n < 5) SELECT MAX(n), COUNT(*) FROM c", []string{"5|5"}},
	{"WITH c AS (SELECT id FROM a WHERE id > 2) SELECT x.id, y.id FROM c x JOIN c y ON x.id < y.id", []string{"3|4"}},
	{"SELECT s FROM a WHERE s LIKE 't%' ORDER BY s", []string{"three", "two"}},
	{"SELECT id FROM a WHERE d = 2.505", nil},
	{"SELECT id FROM a WHERE k = '10' ORDER BY id", []string{"1", "3"}},
	{"SELECT id FROM a WHERE dt = '2024-02-01'", []string{"3"}},
	{"SELECT id FROM a WHERE dt BETWEEN '2024-01-01' AND '2024-12-31' ORDER BY dt DESC", []string{"3", "1"}},
	{"SELECT CASE WHEN k > 15 THEN 'big' WHEN k IS NULL THEN NULL ELSE 'small' END FROM a ORDER BY id", []string{"small", "big", "small", "NULL"}},
	{"SELECT id FROM a WHERE k = 10 OR s = 'two' ORDER BY id", []string{"1", "2", "3"}},
	{"SELECT 1 FROM a WHERE 1 = 0", nil},
	{"SELECT SUM(d), AVG(k), SUM(k), GROUP_CONCAT(s ORDER BY id DESC SEPARATOR '-') FROM a", []string{"7.25|13.3333|40|three-two-one"}},
	{"SELECT id FROM a WHERE d = 2.495", nil},
	{"SELECT id, SUM(id) OVER (PARTITION BY k ORDER BY id), RANK() OVER (ORDER BY k), DENSE_RANK() OVER (ORDER BY k) FROM a ORDER BY id",
		[]string{"1|1|2|2", "2|2|4|3", "3|4|2|2", "4|4|1|1"}},
	{"SELECT id, LAG(id) OVER (ORDER BY id), LEAD(id, 2, 0) OVER (ORDER BY id), NTILE(3) OVER (ORDER BY id) FROM a ORDER BY id",
		[]string{"1|NULL|3|1", "2|1|4|1", "3|2|0|2", "4|3|0|3"}},
	{"SELECT id, SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), COUNT(*) OVER (ORDER BY id RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) FROM a ORDER BY id",
		[]string{"1|3|1", "2|6|2", "3|9|3", "4|7|3"}},
	{"SELECT k, COUNT(*) OVER () FROM a WHERE k IS NOT NULL ORDER BY k", []string{"10|3", "10|3", "20|3"}},
	{"SELECT DATE_ADD('2024-01-31', INTERVAL 1 MONTH), '2024-01-01' + INTERVAL 1 DAY, EXTRACT(YEAR FROM '2024-05-06'), TRUNCATE(1.299, 2), TRIM(LEADING 'x' FROM 'xxa')",
		[]string{"2024-02-29|2024-01-02|2024|1.29|a"}},
	{"VALUES ROW(1, 'x'), ROW(2, 'y')", []string{"1|x", "2|y"}},
}

// ownTables are what the queries are about.
func ownTables(db *testDB) {
	db.ok("root", "CREATE USER einstein IDENTIFIED BY 'pw-einstein'")
	db.ok("einstein", `USE einstein;
		CREATE TABLE a (id BIGINT PRIMARY KEY, k INT, d DECIMAL(10,2), s VARCHAR(20), f DOUBLE, dt DATETIME, KEY (k), KEY (dt), KEY (d));
		INSERT INTO a VALUES (1,10,1.50,'one',0.5,'2024-01-01 10:00:00'),(2,20,2.50,'two',NULL,NULL),(3,10,3.25,'three',1e10,'2024-02-01'),(4,NULL,NULL,NULL,-1,'2023-01-01');
		CREATE TABLE b (id INT PRIMARY KEY, aid BIGINT, v INT); INSERT INTO b VALUES (1,1,5),(2,1,6),(3,3,7),(4,9,8)`)
}

// TestOwnQueries: our operators run them all, and give the right rows.
func TestOwnQueries(t *testing.T) {
	db := newTestDB(t)
	ownTables(db)
	for _, q := range ownQueries {
		got, err := db.run("einstein", q.query)
		if err != nil || !slices.Equal(got, q.rows) {
			t.Errorf("%s: %q, %v; want %q", q.query, got, err, q.rows)
		}
	}
	left, own := db.engine.left.Reasons()
	if len(left) > 0 || own != len(ownQueries) {
		t.Errorf("%d of %d queries were run by our operators; left to the library: %v", own, len(ownQueries), left)
	}
}

// TestOwnQueriesWithoutIndexes reads the same through another plan.
func TestOwnQueriesWithoutIndexes(t *testing.T) {
	db := newTestDB(t)
	ownTables(db)
	db.ok("einstein", "ALTER TABLE a DROP PRIMARY KEY; ALTER TABLE b DROP PRIMARY KEY; DROP INDEX k ON a; DROP INDEX dt ON a; DROP INDEX d ON a")
	for _, q := range ownQueries {
		got, err := db.run("einstein", q.query)
		if err != nil || !slices.Equal(got, q.rows) {
			t.Errorf("%s: %q, %v; want %q", q.query, got, err, q.rows)
		}
	}
}
