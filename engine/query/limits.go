package query

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
)

// Names of the variables that bound a statement.
const (
	StatementVariable = "max_statement_memory"
	SessionVariable   = "max_session_memory"
	ServerVariable    = "max_server_memory"
	DiskVariable      = "max_statement_disk"
	RowsVariable      = "max_session_disk"
	TimeVariable      = "max_execution_time"
	DepthVariable     = "cte_max_recursion_depth"
)

// Defaults and bounds of the variables. MinStatement is what operators need to write to files.
const (
	MinStatement     = 1 << 20
	DefaultStatement = 256 << 20
	DefaultSession   = 512 << 20
	DefaultDisk      = 16 << 30
	MaxMemory        = 1 << 40
	DefaultDepth     = 1000
)

// Limits are what bounds one statement.
type Limits struct {
	Statement, Session int64
	Disk               int64         // of temporary files
	Rows               int64         // bytes of rows of temporary tables of the session
	Time               time.Duration // of a SELECT; 0 is no bound
}

func readLimits(ctx *sql.Context) Limits {
	return Limits{
		Statement: number(ctx, StatementVariable, DefaultStatement),
		Session:   number(ctx, SessionVariable, DefaultSession),
		Disk:      number(ctx, DiskVariable, DefaultDisk),
		Rows:      number(ctx, RowsVariable, DefaultDisk),
		Time:      milliseconds(number(ctx, TimeVariable, 0)),
	}
}

// milliseconds is a variable's or a hint's time; what is too long for a Duration has no end.
func milliseconds(n int64) time.Duration {
	if n <= 0 || n > int64(365*24*time.Hour/time.Millisecond) {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// ServerLimit is what the statements of a server may take together: a third of the machine's
// memory, so that the storage's cache and what waits for the garbage collector fit beside it.
// A hundred sessions live in 24 GiB with it.
var ServerLimit = sync.OnceValue(func() int64 {
	const fallback = 4 << 30
	total := meminfo()
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 && (total == 0 || n < total) {
			total = n
		}
	}
	if total == 0 {
		return fallback
	}
	return max(total/3, DefaultStatement)
})

// meminfo is the machine's memory; 0 where nobody says.
func meminfo() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemTotal:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}
