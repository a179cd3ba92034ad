package engine

import "testing"

// What leaves 64 bits does not come in again at the other end.
func TestAssignedArithmetic(t *testing.T) {
	db := lab(t)
	db.ok("root", `CREATE DATABASE d; USE d; CREATE TABLE o (id INT PRIMARY KEY, n BIGINT UNSIGNED, m BIGINT UNSIGNED, b BIGINT, t TINYINT);
		INSERT INTO o VALUES (1, 3, 5, 9223372036854775807, 4)`)
	// MySQL's 1690: the sum itself leaves BIGINT, or BIGINT UNSIGNED, before it comes to the column.
	db.fails("root", "UPDATE o SET b = b + n WHERE id = 1", 1264)
	for _, value := range []string{
		"n = n - 5", "n = n - 128", "n = n - 40000", "n = n - 3000000000", "n = n - m", "n = n - t", "n = n - m - m + 1", "n = b + b + 2",
		"n = n * b", "b = b + 1", "b = b * 2", "b = 0 - b - 2", "t = t + b + b + 2", "b = t - 128 - 9223372036854775807",
	} {
		for range 4 { // as text, and compiled
			db.fails("root", "UPDATE o SET "+value+" WHERE id = 1", 1690)
		}
		db.fails("root", "UPDATE o SET "+value, 1690)
	}
	db.rows("root", "SELECT n, m, b, t FROM o", "3|5|9223372036854775807|4")
	db.ok("root", "UPDATE o SET n = n + 128 - 128, b = b - 1 + 1, t = NULL + 1, m = b + n * 2 WHERE id = 1")
	db.rows("root", "SELECT n, m, b, t FROM o", "3|9223372036854775813|9223372036854775807|NULL")
	db.ok("root", "UPDATE o SET t = TRUE + TRUE, n = (1 = 1) + n")
	db.rows("root", "SELECT n, t FROM o", "4|2")
	db.fails("root", "UPDATE IGNORE o SET n = n - 128", 1690)
	db.ok("root", "UPDATE IGNORE o SET t = n + 200")
	db.rows("root", "SELECT n, t FROM o", "4|127")
}
