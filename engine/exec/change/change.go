package change

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Table is a table whose rows a statement changes.
type Table interface {
	// Name is how errors call it.
	Name() string
	// Columns are those of its rows, in their order.
	Columns() []TableColumn
	// Key are the columns of its primary key.
	Key() []int
	// Same says whether another one is the same table.
	Same(as Table) bool
	// Begin opens it for one execution of a statement.
	Begin(c *expr.Ctx) (Changes, error)
}

// TableColumn is a column of a Table.
type TableColumn struct {
	Name    string
	Type    value.Type
	NotNull bool
}

// Changes are what one execution of a statement does to a table. Values are those of the
// columns' own types: Store has made them.
type Changes interface {
	// Insert adds a row, or fails with a Duplicate.
	Insert(c *expr.Ctx, row []value.Value) error
	// Take locks the row with this key and reads it as it is now; nil when it is gone. into is one that
	// nobody needs any more, which is used again, or nil.
	Take(c *expr.Ctx, key []byte, into *Taken) (*Taken, error)
	// Update turns a taken row into another one, or fails with a Duplicate. A row that a
	// foreign key has changed since it was taken has what row changes put over it, and row
	// becomes that; one that was deleted is ErrGone.
	Update(c *expr.Ctx, old *Taken, row []value.Value) error
	// Delete removes a taken row, as it is now, or fails with ErrGone.
	Delete(c *expr.Ctx, old *Taken) error
	// Number is the next one of the AUTO_INCREMENT column.
	Number(c *expr.Ctx) (uint64, error)
	// Mark remembers what was written so far, by the whole statement; undo returns to it.
	Mark() (undo func() error)
	// End is called when the execution has ended, and nothing that was taken is needed.
	End()
}

// ErrGone is the error of a taken row that a foreign key has deleted since.
var ErrGone = errors.New("the row was deleted by the statement that changes it")

// Taken is a row that was found and locked.
type Taken struct {
	Row []value.Value
	// Stored is for the Changes that made it.
	Stored any
}

// Duplicate is the error of a row whose key another one has.
type Duplicate struct {
	Key string // as MySQL names it: table.index
	// Entry is the value of the key as MySQL shows it.
	Entry string
	// Row is the key of the row in the way; nil for one that the actor does not see.
	Row []byte
}

// Event is what fires a trigger.
type Event uint8

// The events. REPLACE and ON DUPLICATE KEY UPDATE fire those of what they do.
const (
	OnInsert Event = iota
	OnUpdate
	OnDelete
)

// Triggers are the triggers of one table, for one execution of a statement.
//
// Before fires the BEFORE triggers of an event for a row, in their order, and After the AFTER
// triggers. old is the row as it is stored, nil for OnInsert; row is the new one, nil for
// OnDelete. Both have one value for each column of the table, of the column's own type.
// Before may put other values into row, which Store has made (SET NEW.c = …); it may leave a
// NULL in a column that takes none, which is asked afterwards. Generated columns of row are
// computed before it is called and again afterwards. In OnInsert an AUTO_INCREMENT
// column that gets its number only when the row is written is 0.
//
// An error ends the statement, with everything that it and its triggers wrote.
type Triggers interface {
	Before(c *expr.Ctx, e Event, old, row []value.Value) error
	After(c *expr.Ctx, e Event, old, row []value.Value) error
	// Fires says that there are BEFORE triggers for an event, and Assigns, once those of OnInsert have fired, that
	// one of them has an assignment to a column, whether it came to it or not.
	Fires(e Event) bool
	Assigns(column int) bool
}

// Outcome is what a statement that changes rows came to.
type Outcome struct {
	Affected int64 // as MySQL counts them
	Found    int64 // rows that UPDATE found, whether they changed or not
	Changed  int64
	// Records and Duplicates are of INSERT and REPLACE.
	Records, Duplicates int64
	// InsertID is what the client is told: the first number that AUTO_INCREMENT gave, or
	// what LAST_INSERT_ID(n) was called with.
	InsertID uint64
	// Generated says that AUTO_INCREMENT gave it, so that LAST_INSERT_ID() is it as well.
	Generated bool
}

// Change is a statement that changes rows.
type Change interface {
	// Run carries it out, to its end.
	Run(c *expr.Ctx, out *Outcome) error
}
