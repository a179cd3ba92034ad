package access

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/privilege"
)

// errServerFile is of a statement that reads or writes a file of the server.
var errServerFile = sqlerr.OptionPreventsStatement.Errorf("The MySQL server is running with the --secure-file-priv option so it cannot execute this statement").
	WithHint("statements reach no files of the server: write a result, or send a file with LOAD DATA LOCAL, on the client's side")

// ServerFile refuses a statement that reads or writes a file of the server.
func (s Asker) ServerFile() error {
	if err := s.RequireSystem(privilege.File); err != nil {
		return err
	}
	return errServerFile
}

// filesRefused says first that the right is missing.
func filesRefused(ctx context.Context, err error) error {
	if c, ok := ctx.(*sql.Context); ok && err == error(errServerFile) && state.Of(c) != nil {
		return For(state.Of(c)).ServerFile()
	}
	return err
}
