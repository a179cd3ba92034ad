// Package difftest finds wrong answers without anybody writing them down first.
// A generator makes schemas, rows, expressions and queries from a seed; oracles
// say whether the answer can be right.
//
// One oracle is a MariaDB beside lxdb (the command in internal/difftest/beside,
// make diff): both get the same statement and must give the same columns, values,
// error numbers and warning numbers. Where MySQL 8 and MariaDB differ on purpose,
// the table of Rules says so, each with the manual's rule and a case in
// testdata/sql.
//
// Stored programs are compared by what they leave in their tables and by how their CALL ends
// (beside programs).
//
// The other oracles need no second server and run in go test: NoREC (a condition
// as filter finds as many rows as it is true as a value), TLP (p, NOT p and p IS
// NULL partition the rows), PQS (a row that was chosen first must be found), and
// a second plan (the same rows without indexes).
//
// A Node is a piece of SQL text with holes for other nodes. Nothing here knows
// what a statement means; a reducer needs only the tree to make a failing
// statement small.
package difftest
