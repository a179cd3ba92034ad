package engine

import "testing"

// Shapes for which the library's planner returns wrong rows.
func TestPlannerFaults(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", `CREATE DATABASE f; USE f;
		CREATE TABLE a (pk INT PRIMARY KEY, v1 INT, v2 INT, INDEX (v2));
		CREATE TABLE b (pk INT PRIMARY KEY, v1 INT, v2 INT, INDEX (v2));
		CREATE TABLE c (pk INT PRIMARY KEY, v1 INT, v2 INT, INDEX (v2));
		INSERT INTO a VALUES (1,1,1),(2,2,2),(3,1,1),(4,2,2);
		INSERT INTO b VALUES (1,1,1),(2,2,2),(3,1,1),(4,2,2);
		INSERT INTO c VALUES (1,1,1),(2,2,2),(3,1,1),(4,2,2);
		CREATE TABLE r (id INT PRIMARY KEY);
		CREATE TABLE deps (id INT PRIMARY KEY, col_a INT, col_b INT, type VARCHAR(10), INDEX (col_a), INDEX (col_b));
		INSERT INTO r VALUES (1),(2);
		INSERT INTO deps VALUES (1,1,9,'keep'),(2,9,1,'drop'),(3,2,2,'keep'),(4,2,9,'drop')`)

	where := db.ok("root", "SELECT a.pk, b.pk, c.pk FROM c, b, a WHERE a.v2=b.pk AND b.v2=c.pk AND c.v2=1 ORDER BY 1,2,3")
	db.rows("root", "SELECT a.pk, b.pk, c.pk FROM c JOIN b JOIN a ON a.v2=b.pk AND b.v2=c.pk AND c.v2=1 ORDER BY 1,2,3", where...)

	db.rows("root", "SELECT r.id, d.id FROM r JOIN deps d ON d.type='keep' AND (d.col_a=r.id OR d.col_b=r.id) ORDER BY 1,2", "1|1", "2|3")
	db.rows("root", "SELECT r.id, d.id FROM r, deps d WHERE d.type='keep' AND (d.col_a=r.id OR d.col_b=r.id) ORDER BY 1,2", "1|1", "2|3")
	db.rows("root", "SELECT r.id, d.id FROM r LEFT JOIN deps d ON d.type='keep' AND (d.col_a=r.id OR d.col_b=r.id) ORDER BY 1,2", "1|1", "2|3")
	db.rows("root", "SELECT count(*) FROM a JOIN (SELECT NULL AS c0 FROM b) v ON v.c0 >= (SELECT min(pk) FROM c)", "0")
}
