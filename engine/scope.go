package engine

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/lex"
)

// scope is what belongs to one statement and to nothing after it: it is made
// when the statement begins and dropped when it ends. Its zero value is that of
// a statement that was granted nothing yet.
type scope struct {
	// next is the access that the authorizer granted for the object that the
	// planner fetches next, again and again until it grants another; what was
	// granted on behalf of a view's definer is for one fetch only.
	next grantedAccess
	// stored are the definitions that the planner was handed: see views.go.
	stored storedText
	// storedReading is how each of them is to be read, and the texts of procedures.
	storedReading map[string]lex.Mode
	// calls is the procedure whose body runs, binding the one whose CALL is
	// bound: see routine.go.
	calls, binding *activation
	// replaces is set in CREATE OR REPLACE VIEW; replaced is the view that it
	// finds: see views.go.
	replaces bool
	replaced *catalog.View
	inView   bool // a view is part of the statement, see GetCurrentDatabase
	// change is what the statement says about a table beside what the planner
	// reads of it: see keep.go.
	change *clause.Change
	noWait bool // the statement says NOWAIT
	// renaming is the database in which the statement renames tables.
	renaming string
	// nestedViews counts the views inside the one that the statement names.
	nestedViews int
	// writesTo are the tables that the statement, or a trigger that it fires,
	// writes to: only their triggers concern it.
	writesTo map[catalog.ID]bool
	// changesRows is set for an INSERT, UPDATE, DELETE or REPLACE: what it reads
	// is as of its beginning. Statements inside a routine are not counted.
	changesRows bool
	// killErr is why a KILL did nothing: see kill.go.
	killErr error
	// keeps is set for a statement that never ends the transaction of who began
	// one. The library commits after every statement that names a view, because
	// it binds the view's CREATE.
	keeps bool
	// explains is set for EXPLAIN, which shows the tables and the constants of
	// the views in it.
	explains bool
}
