// Package sqlconn runs SQL for the command line, over the wire when a server
// runs on the data directory and in this process when none does. Both ways pass
// the same permission checks.
package sqlconn

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/lxdb/lxdb/internal/instance"
)

// Conn is one session. It is used by one goroutine at a time.
type Conn interface {
	// Exec runs a statement that returns no rows. Arguments are nil, string,
	// int64 or float64. It returns the number of affected rows.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// Query returns all rows as text; a nil cell is NULL. For small results.
	Query(ctx context.Context, query string) (Rows, error)
	// Prepare compiles a statement that is run many times.
	Prepare(ctx context.Context, query string) (Stmt, error)
	Close() error
}

// Stmt is a prepared statement of a Conn.
type Stmt interface {
	Exec(ctx context.Context, args ...any) (int64, error)
	Close() error
}

// Rows is a whole result.
type Rows struct {
	Columns []string
	Rows    [][]*string
}

// Text is a cell with NULL as the empty string.
func Text(cell *string) string {
	if cell == nil {
		return ""
	}
	return *cell
}

// MySQL's numbers that the command line acts on. They are read, not raised.
const (
	unknownDatabase = 1049
	checkViolated   = 3819
)

// Error is what the database answered to a statement.
type Error struct {
	Number  uint16
	State   string
	Message string
	Hint    string // what the reader can do; may be empty
}

func (e *Error) Error() string { return fmt.Sprintf("%s (error %d)", e.Message, e.Number) }

// ErrNoRootPassword: a server runs, and the password to reach it is unknown.
var ErrNoRootPassword = errors.New("root's password is not known")

// Admin opens a session of root on a data directory: with the running server if
// there is one, else in process. passwordFile replaces DIR/root.password when it
// is not empty. Errors: instance.ErrNoDatabase, instance.ErrInUse,
// ErrNoRootPassword.
func Admin(ctx context.Context, dir, passwordFile string) (Conn, error) {
	at, err := instance.ReadEndpoints(dir)
	if err == nil && at.MySQL != "" {
		c, dialErr := adminByWire(ctx, dir, at.MySQL, passwordFile)
		var network *net.OpError
		if dialErr == nil || !errors.As(dialErr, &network) {
			return c, dialErr
		}
		// Nobody answers: the file is what a killed server left, unless the
		// directory is in use.
		c, err := embedded(ctx, dir)
		if errors.Is(err, instance.ErrInUse) {
			return nil, errors.Join(err, dialErr)
		}
		return c, err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return embedded(ctx, dir)
}

func adminByWire(ctx context.Context, dir, address, passwordFile string) (Conn, error) {
	if passwordFile == "" {
		passwordFile = instance.RootPasswordFile(dir)
	}
	password, err := instance.ReadPasswordFile(passwordFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist", ErrNoRootPassword, passwordFile)
	}
	if err != nil {
		return nil, err
	}
	return Dial(ctx, Target{Address: address, User: "root", Password: password, CAFile: CAFile(dir)})
}

// IsUnknownDatabase reports whether a database that was named does not exist.
func (e *Error) IsUnknownDatabase() bool { return e.Number == unknownDatabase }

// IsCheckViolated reports whether a row broke a CHECK constraint, which has no
// SQLSTATE of its own.
func (e *Error) IsCheckViolated() bool { return e.Number == checkViolated }
