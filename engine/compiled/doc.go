// Package compiled keeps what the planner made of a statement, so that it runs again without it:
// prepared statements, texts that differ in their literals only (AppendTemplate), and statements of stored
// programs, whose variables are the values. A statement is bound
// once for values of certain kinds. If the values decide about nothing but themselves, its operators
// are made once, too, with parameters in their places; else they are made anew from what was bound.
// Ranges of indexes are computed at each execution in both cases. What is kept is held against the
// catalog, the session and its rights at each execution; where anything differs the planner looks
// again, and it alone words refusals.
package compiled
