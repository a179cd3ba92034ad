// Package state is what a session is made of, for the rooms of the engine that ask
// about it: who acts (Identity), the variables and the transaction (Variables,
// Transactions), and what belongs to the running statement alone (Scope). It knows
// the database that all sessions share (Instance) and no planner, and it decides
// nothing: package access asks, package objects shows.
package state
