package catalog

import (
	"errors"
	"fmt"
)

// Met while changing the catalog. They come wrapped with the names concerned.
var (
	// ErrExists: the name is taken in its name space.
	ErrExists = errors.New("catalog: name already exists")
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("catalog: not found")
	// ErrInvalid: the record contradicts itself or the catalog.
	ErrInvalid = errors.New("catalog: invalid record")
	// ErrCycle is the ErrInvalid of a membership that would close a cycle.
	ErrCycle = fmt.Errorf("%w: cycle of memberships", ErrInvalid)
)

// Met while opening.
var (
	// ErrEmpty: the store has no catalog yet.
	ErrEmpty = errors.New("catalog: the store is empty")
	// ErrEmptied: the store is empty, and what stands beside it says that it was not.
	ErrEmptied = errors.New("catalog: the store was emptied")
	// ErrFormat: a record has a kind or version that this program does not know.
	ErrFormat = errors.New("catalog: unknown record format")
	// ErrCorrupt: a record cannot be decoded, or records contradict each other.
	ErrCorrupt = errors.New("catalog: corrupt record")
)

// ErrFailed: an earlier commit ended without a known result and the catalog
// could not be read again; it refuses changes until it is opened anew.
var ErrFailed = errors.New("catalog: state unknown after a failed commit")
