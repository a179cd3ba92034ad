// Package plan is what stands between the library's planner and us: the rules that
// we add to it, what it must not know, the functions that take the place of its
// own, and the way of values and columns from its rows to session.Value.
package plan
