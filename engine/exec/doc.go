// Package exec computes what queries say: operators over batches of typed columns,
// and subqueries as expressions. It knows values and expressions, not the SQL
// library, sessions or tables; package plan makes its nodes, a Source brings rows.
//
//   - A Node is what is to be done. It is immutable and may be opened again and again,
//     also while it runs (a subquery in a subquery).
//   - Open makes Rows, which give one Batch after the other. Rows belong to one
//     goroutine; whoever opens them closes them, also after an error.
//   - What a node needs from outside (parameters, the row of the outer query, the
//     left row of a look-up) stands in slots, expr.Ctx's Params.
//   - Whatever grows with the data is charged to the statement (value.Env's Budget)
//     before it is taken, and given back at Close. Sorts and windows write what is
//     too much to files without a name as sorted runs (merge), what compares keys splits its
//     rows by them (shards), and what reads rows again keeps them there (spool).
//   - A scan below a grouping or the first rows of an order is read in pieces by several
//     goroutines while processors are idle (pieces); each has an Env of its own.
//   - Each batch looks at the statement's context, and so do loops that produce none.
package exec
