// Package wording says in MySQL's words what the SQL library says in its own: programs read these
// texts. Of tells one error; Placed looks into the statement for what the library has forgotten, the
// database of a table and the clause of a column.
package wording
