// Package query is what a converted query needs of its session and gives to its client:
// the Env that it is evaluated in, the description of its columns, its rows, and the
// count of those that were left to the SQL library's executor, with the reasons.
package query
