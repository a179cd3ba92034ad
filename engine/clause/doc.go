// Package clause decides on every clause that a statement may carry, before it is
// planned: it works, or it has no meaning here and is kept, shown again and noted
// because dumps carry it, or the statement is refused with error 1235 and the
// clause's name. The SQL parser takes many clauses and forgets them; who wrote one
// must not believe that it did something.
//
// Read looks at the tokens of a statement and takes out of the text what the SQL
// parser would forget or not take. Check looks at every field of the parsed tree and
// refuses one that no row of the table allows: a field that a later parser adds is
// refused until somebody decides.
package clause
