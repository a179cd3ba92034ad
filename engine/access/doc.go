// Package access reads a statement, notes what it does to each table, and asks the
// questions that follow from it. Its Authorizer is asked by the planner for every
// object at each bind and denies what it does not know; the answers themselves are
// those of security/access, and the guard below the tables gives the guarantee.
package access
