package engine

import (
	"io"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/sirupsen/logrus"

	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// setGlobals sets what the library keeps per process: the parser that it uses
// for the bodies of triggers and routines, and the server variables. They are
// the same for every engine of the process.
var setGlobals = sync.OnceFunc(func() {
	logrus.SetOutput(io.Discard) // the library's own log, which quotes statements
	sql.GlobalParser = parser{}
	replaceRules()
	sql.SystemVariables.AddSystemVariables([]sql.SystemVariable{
		// The library has it global only, fixed to one second.
		&sql.MysqlSystemVariable{
			Name: lockWaitVariable, Scope: sql.GetMysqlScope(sql.SystemVariableScope_Both), Dynamic: true,
			Type: types.NewSystemIntType(lockWaitVariable, 0, 1<<30, false), Default: int64(kivi.DefaultLockWait / time.Second),
		},
	})
	if err := sql.SystemVariables.AssignValues(serverVariables); err != nil {
		panic(err) // a name or type in the table below is wrong
	}
	sql.SystemVariables = guardedVariables{sql.SystemVariables}
})

// lockWaitVariable is how long a statement waits for rows and tables, in seconds.
const lockWaitVariable = "innodb_lock_wait_timeout"

// serverVariables differ from the library's defaults.
var serverVariables = map[string]any{
	"version":              Version,
	"version_comment":      "lxdb",
	"local_infile":         int8(0),
	"secure_file_priv":     "/nonexistent", // LOAD_FILE and INTO OUTFILE find nothing
	"collation_server":     defaultCollation.Name(),
	"collation_database":   defaultCollation.Name(),
	"collation_connection": defaultCollation.Name(),
}

// guardedVariables asks for SYSTEM ADMIN before a global variable changes. The
// library does not ask anyone, and SET GLOBAL may stand in a routine's body.
type guardedVariables struct{ sql.SystemVariableRegistry }

func (g guardedVariables) SetGlobal(ctx *sql.Context, name string, val any) error {
	s := sessionOf(ctx)
	if s == nil {
		return deniedSystem(privilege.SysAdmin.String())
	}
	if err := s.requireSystem(privilege.SysAdmin); err != nil {
		return err
	}
	return g.SystemVariableRegistry.SetGlobal(ctx, name, val)
}
