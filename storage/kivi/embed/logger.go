package embed

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
)

// exitStatus is EX_SOFTWARE: a supervisor restarts us, recovery does the rest.
const exitStatus = 70

func exitProcess(string) { os.Exit(exitStatus) }

// lsmLogger hands the LSM's messages to slog.
type lsmLogger struct {
	log   *slog.Logger
	fatal func(string)
}

func (l *lsmLogger) Infof(format string, args ...any) {
	l.log.Debug("lsm", "event", fmt.Sprintf(format, args...))
}

func (l *lsmLogger) Errorf(format string, args ...any) {
	l.log.Error("lsm", "event", fmt.Sprintf(format, args...))
}

// Fatalf is called when the write-ahead log failed. The LSM relies on it not
// to return, see Options.Fatal.
func (l *lsmLogger) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	l.log.Error("the store cannot go on; free or replace the disk and restart", "cause", msg)
	l.fatal(msg)
}

// events are those an operator acts on; the LSM's own chatter is left out.
func (l *lsmLogger) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) { l.log.Error("lsm background error", "err", err.Error()) },
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			l.log.Error("corrupt data: restore from a backup", "path", i.Path, "err", whatIsDamaged(i.Details))
		},
		DiskSlow:        func(i pebble.DiskSlowInfo) { l.log.Warn("slow disk", "event", i.String()) },
		LowDiskSpace:    func(i pebble.LowDiskSpaceInfo) { l.log.Warn("low disk space", "event", i.String()) },
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) { l.log.Warn("writes stalled", "reason", i.Reason) },
		WriteStallEnd:   func() { l.log.Info("writes go on") },
	}
}
