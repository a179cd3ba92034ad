// Package statement says how each security statement of engine/dialect runs: one
// declaration for each, with what it needs, what the audit log calls it, whether
// it ends the open transaction, what it returns, and the function that runs it.
//
// A statement of ours denies by default. The planner's own questions do not reach
// it, so its declaration asks: what it Needs is asked here, before it runs, and a
// declaration without a Need keeps the program from starting. A test wants a
// declaration for each type of dialect.
package statement
