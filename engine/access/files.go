package access

import (
	"context"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

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

// mayTakeRows refuses INTO of a file, wherever it stands: the library would write it; and of a variable that nobody declares.
func mayTakeRows(into *ast.Into) error {
	if into == nil {
		return nil
	}
	if into.Outfile != "" || into.Dumpfile != "" {
		return errServerFile
	}
	for _, v := range into.Variables {
		if name := v.String(); !strings.HasPrefix(name, "@") { // a program has taken its own out
			return sqlerr.SPUndeclaredVar.Errorf("Undeclared variable: %s", name)
		}
	}
	return nil
}

// filesRefused says first that the right is missing.
func filesRefused(ctx context.Context, err error) error {
	if c, ok := ctx.(*sql.Context); ok && err == error(errServerFile) && state.Of(c) != nil {
		return For(state.Of(c)).ServerFile()
	}
	return err
}
