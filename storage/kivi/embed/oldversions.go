package embed

import (
	"context"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// # Old versions in the memtable
//
// Every update leaves the row's older version in the memtable, and a scan steps
// over all of them until a flush drops those that no snapshot needs. A table
// used as a queue has few rows and many versions: walking 1,000 rows with 1,000
// versions each takes 34 to 134 ms. So a scan that found this asks for a flush.
type oldVersions struct{ flushing atomic.Bool }

const (
	// A scan asks when it made this many steps, and so many for each row.
	oldVersionSteps       = 20_000
	oldVersionStepsPerRow = 100
	// Below this memtable size the steps were spent elsewhere, on tombstones in
	// tables, and a flush would not help.
	oldVersionMemtableBytes = 1 << 20
)

// note is called when a scan that returned rows ends.
func (o *oldVersions) note(e *Engine, stats pebble.IteratorStats, rows int) {
	steps := stats.ForwardStepCount[pebble.InternalIterCall] + stats.ReverseStepCount[pebble.InternalIterCall]
	if steps < oldVersionSteps || steps < oldVersionStepsPerRow*rows {
		return
	}
	if e.p.Metrics().MemTable.Size < oldVersionMemtableBytes || !o.flushing.CompareAndSwap(false, true) {
		return
	}
	go o.flush(e)
}

// flush begins a new log, which a checkpoint must not meet: so under the lead.
func (o *oldVersions) flush(e *Engine) {
	defer o.flushing.Store(false)
	var done <-chan struct{}
	err := e.exclusive(context.Background(), func() (err error) {
		done, err = e.p.AsyncFlush()
		return err
	})
	if err != nil {
		e.opts.Logger.Warn("old versions not flushed", "err", err)
		return
	}
	e.stats.flushes.Add(1)
	<-done
}
