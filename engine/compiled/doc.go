// Package compiled keeps what the planner made of a statement that engine/fastpath
// recognised: reads and changes of rows by their whole primary key run again
// without it. What is compiled is held against the catalog, the session and its
// rights at each execution; where anything differs the planner looks again, and it
// alone words refusals.
package compiled
