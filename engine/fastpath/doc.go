// Package fastpath recognises statements that are simple enough to be compiled
// once and run many times without the planner: reads and changes of rows that
// are named by their whole primary key.
//
// It looks at syntax alone, so that it can be read and tested without an
// engine. Whether a recognised statement may really be compiled (the table has
// that key, no triggers, no computed columns, …) is decided by the engine, from
// the plan that the planner made for it: what is not recognised there, too, goes
// through the planner for ever. Not to recognise a statement is therefore never
// wrong, only slow.
package fastpath
