// Package session is the one interface between the SQL engine and every front
// end: sessions, statements, results, values and errors. It knows neither a
// wire protocol nor the SQL library, so a front end can be read, tested and
// replaced without either.
//
// Results are streamed in batches: a front end asks for the next batch when the
// last one is on the wire, so memory stays bounded whatever the statement.
package session

import (
	"context"
	"io"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

// Opener opens sessions for identities that authn has proved.
type Opener interface {
	OpenSession(ctx context.Context, who principal.Principal, opts Options) (Session, error)
}

// IDAllocator is implemented by an Opener that hands out connection ids ahead of
// the session: some protocols announce the id before the login, and KILL must
// know the same number. A front end passes the id back in Options.ID.
type IDAllocator interface {
	// NextID returns an id that no other connection has. It may be called from
	// any goroutine; an id whose login fails is simply not used.
	NextID() uint32
}

// Options describe the client of a new session.
type Options struct {
	ID        uint32 // the connection id announced to the client, 0 lets the engine choose
	Database  string // initial database, "" for none
	Remote    string // client address, for the process list and the audit log
	Transport string // by which it comes: mysql, https; for the audit log
	// Certificate are the serial numbers of the client certificate that the connection
	// came with, and of those that vouch for it, as the catalog's revocation list has them.
	Certificate []string
	FoundRows   bool // UPDATE counts matched rows instead of changed ones
	// Interactive: a person types; interactive_timeout is for him.
	Interactive bool
	// AnsiQuotes: names come in double quotes, as drivers of the SQL standard write
	// them. The session begins with ANSI_QUOTES in its sql_mode.
	AnsiQuotes bool
	// Collation is MySQL's number of the one that the client asked for when it connected;
	// 0, and one that cannot be had, is the server's.
	Collation uint16
	// LocalFile asks the client for a file of its own, for LOAD DATA LOCAL; nil when it did not
	// say that it sends any. It is called while a statement runs, by the goroutine that runs it,
	// and what it returns is closed before the statement ends.
	LocalFile func(ctx context.Context, name string) (io.ReadCloser, error)
	// Attributes are what the client says of itself (program_name, …). Untrusted.
	Attributes map[string]string
}

// Session is one authenticated connection. Its methods are called by one
// goroutine at a time, except Cancel.
type Session interface {
	// ID is the connection id that the client and KILL know.
	ID() uint32
	// Principal is the effective identity.
	Principal() principal.Principal
	// Query runs the first statement of text and returns what follows it, ""
	// when nothing does. A front end that does not allow several statements
	// refuses a non-empty rest before calling: see Split.
	Query(ctx context.Context, text string) (res Result, rest string, err error)
	// Split returns the first statement of text and what follows it, without running either.
	Split(text string) (first, rest string)
	// Prepare compiles one statement with ? placeholders.
	Prepare(ctx context.Context, text string) (Stmt, error)
	// Use changes the current database.
	Use(ctx context.Context, database string) error
	// Status says what the client shows: transaction open, autocommit.
	Status() Status
	// Reset returns to the state just after login: rolls back, drops prepared
	// statements, variables, temporary tables and user-level locks.
	Reset(ctx context.Context) error
	// ChangeUser is Reset under another, already proved identity.
	ChangeUser(ctx context.Context, who principal.Principal, opts Options) error
	// Cancel stops the running statement with error 1317. It may be called
	// from any goroutine.
	Cancel()
	// Done is closed when the session was killed (KILL, DROP USER, account
	// locked, shutdown); the front end then ends the connection.
	Done() <-chan struct{}
	// Abandoned is closed when a cancelled call did not come back in time. What the
	// session held for others is free; the call goes on until it ends by itself, and
	// the front end closes the connection without waiting for it.
	Abandoned() <-chan struct{}
	// IdleLimit is how long the front end lets the session ask nothing now, and what
	// it then tells the client; 0 leaves it to the front end.
	IdleLimit() (time.Duration, error)
	// Close rolls back and frees everything. The session is unusable after it.
	Close() error
}

// Monitor is implemented by a Session that can say whether its principal may see the
// state of the instance.
type Monitor interface {
	// MayMonitor is true for who holds SYSTEM MONITOR now.
	MayMonitor() bool
}

// Admitter is implemented by a Session that answers nothing but some statements while its password has to be changed.
type Admitter interface {
	// Admit says whether the front end may answer now what is no statement, and what it knows itself. Its error is for
	// the client. It is called like the methods of Session.
	Admit(ctx context.Context) error
}

// Admit asks a session that is an Admitter.
func Admit(ctx context.Context, s Session) error {
	if a, ok := s.(Admitter); ok {
		return a.Admit(ctx)
	}
	return nil
}

// Holder is implemented by a Session that is charged for what its front end has read of a request
// that is not whole yet.
type Holder interface {
	// Hold takes so many bytes, or gives them back when they are negative. Its error is for the client. It is
	// called like the methods of Session.
	Hold(bytes int) error
}

// Stmt is a prepared statement. Permissions are checked anew at every Execute.
type Stmt interface {
	// Params has one column per placeholder.
	Params() []Column
	// Columns of the result; empty for a statement that returns none.
	Columns() []Column
	Execute(ctx context.Context, args []Value) (Result, error)
	Close() error
}

// Result is the outcome of a statement, streamed. It must be closed; the
// session runs nothing else until then.
type Result interface {
	// Columns is empty for a statement that returns no rows.
	Columns() []Column
	// Next returns the next batch, at most BatchRows rows, and io.EOF after
	// the last. The batch is valid until the next call.
	Next(ctx context.Context) ([]Row, error)
	// Summary is complete after Next returned io.EOF, and at once when
	// Columns is empty.
	Summary() Summary
	Close() error
}

// Several is implemented by a Result that others of the same statement may follow:
// those of CALL, which are all there when it returns.
type Several interface {
	Result
	// More is the next one, nil after the last. An error is that of the statement,
	// which failed after it had given results.
	More() (Result, error)
}

// Kept is implemented by a Result whose rows may be read now and handed out later.
type Kept interface {
	Result
	// Still is asked before the rows are read. What it returns says, at any time afterwards, also when the result has
	// ended, whether the rights that they were read with are still there: it is nil, or the error that the client gets
	// instead of them. Whoever has asked calls end when he needs no more answers.
	Still() (still func() error, end func())
}

// Only is the one result of a statement for who asks for one only: the first with rows, or the
// last. The error is the statement's.
func Only(res Result, err error) (Result, error) {
	if err != nil {
		return nil, err
	}
	only := Result(nil)
	for {
		if only == nil && len(res.Columns()) > 0 {
			only = res
		}
		several, ok := res.(Several)
		if !ok {
			break
		}
		next, err := several.More()
		if err != nil {
			return nil, err
		}
		if next == nil {
			break
		}
		res = next
	}
	if only == nil {
		return res, nil
	}
	return only, nil
}

// BatchRows is the largest number of rows in a batch.
const BatchRows = 256

// Summary is what an OK packet carries.
type Summary struct {
	AffectedRows uint64
	LastInsertID uint64
	Warnings     uint16
	Info         string // "Rows matched: 1  Changed: 1  Warnings: 0"
	// Outputs: the row has what a CALL has given to its OUT and INOUT parameters that were
	// placeholders, with a column for each.
	Outputs bool
	Status  Status
}

// Status is the session's visible state.
type Status struct {
	InTransaction bool
	Autocommit    bool
	Database      string
	// NoBackslashEscapes mirrors the SQL mode of that name, which drivers need
	// to quote correctly.
	NoBackslashEscapes bool
}
