// Package engine is the SQL engine: MySQL's dialect, planned and run by
// go-mysql-server over tables that live in KiVi.
//
// # Life of a statement
//
// A front end calls Session.Query or Session.Prepare (session.go, stmt.go). The
// text meets the one parser of engine/access: security statements are read by
// engine/dialect and become nodes of engine/statement; everything else is
// parsed by the vitess grammar and annotated with what it will do to each table.
// The planner then asks the Authorizer of engine/access once per object, right
// before it fetches the object from a Database of engine/objects; the
// answer decides whether the statement may go on and how the table is opened:
// for a plain read, for a locking read, or as the target of a write, and on
// whose behalf. Tables are engine/table's, and every key they touch passes
// kivi.Guard, so a statement that slipped through planning still gets nothing.
// Rows stream back through result.go in batches.
//
// The authorizer gives early, well-worded errors; the guard gives the guarantee.
//
// What a session is, its transaction among it, is engine/state; this package adds
// what runs: sessions, statements, results, and how they end.
package engine
