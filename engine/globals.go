package engine

import (
	"io"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/sirupsen/logrus"

	"github.com/lxdb/lxdb/storage/kivi"
)

// setGlobals sets what the library keeps per process: the parser that it uses
// for the bodies of triggers and routines, and the server variables. They are
// the same for every engine of the process.
var setGlobals = sync.OnceFunc(func() {
	logrus.SetOutput(io.Discard) // the library's own log, which quotes statements
	sql.GlobalParser = parser{}
	replaceRules()
	sql.SystemVariables.AddSystemVariables(addedVariables)
	if err := sql.SystemVariables.AssignValues(serverVariables); err != nil {
		panic(err) // a name or type in the table below is wrong
	}
	sql.SystemVariables = guardedVariables{sql.SystemVariables}
})

// lockWaitVariable is how long a statement waits for rows and tables, in seconds.
const (
	lockWaitVariable       = "innodb_lock_wait_timeout"
	defaultLockWaitSeconds = kivi.DefaultLockWait / time.Second
)

// serverVariables differ from the library's defaults.
var serverVariables = map[string]any{
	"version":         Version,
	"version_comment": "lxdb",
	"local_infile":    int8(0),
	// Of an engine with the default options; Open writes what is true of its own.
	"max_connections":      int64(DefaultSessions),
	"max_user_connections": int64(DefaultUserSessions),
	// What is true here, where the library's default says something else.
	"require_secure_transport": int8(1),
	"tls_version":              "TLSv1.2,TLSv1.3",
	"admin_tls_version":        "TLSv1.2,TLSv1.3",
	"lc_time_names":            "en_US",
	"event_scheduler":          "OFF",
	"secure_file_priv":         "/nonexistent", // LOAD_FILE and INTO OUTFILE find nothing
	"collation_server":         defaultCollation.Name(),
	"collation_database":       defaultCollation.Name(),
	"collation_connection":     defaultCollation.Name(),
}
