// Package hint reads what a statement wishes of its planner: optimizer hints in /*+ … */ comments, USE, FORCE and
// IGNORE INDEX, and STRAIGHT_JOIN. What was read of one query block travels to the planner as a comment of the
// block (Encode, Decode), because the library's binder keeps nothing else of it.
package hint
