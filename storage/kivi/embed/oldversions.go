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
//
// Many short scans do so, too: when a few rows are updated all the time and read in
// between, each of the scans steps over a few thousand versions at most, and half
// of a server's time goes there. So what all scans have stepped over in vain is added up.
type oldVersions struct {
	flushing atomic.Bool
	wasted   atomic.Int64 // steps of scans that made too few to ask for themselves
}

const (
	// A scan asks when it made this many steps, and so many for each row.
	oldVersionSteps       = 20_000
	oldVersionStepsPerRow = 100
	// Scans together ask when they made this many steps in vain: they have taken then some
	// times as long as a flush takes.
	wastedSteps = 4 << 20
	// Below this memtable size the steps were spent elsewhere, on tombstones in
	// tables, and a flush would not help.
	oldVersionMemtableBytes = 1 << 20
)

// note is called when a scan that returned rows ends.
func (o *oldVersions) note(e *Engine, stats pebble.IteratorStats, rows int) {
	steps := stats.ForwardStepCount[pebble.InternalIterCall] + stats.ReverseStepCount[pebble.InternalIterCall]
	if steps < oldVersionSteps || steps < oldVersionStepsPerRow*rows {
		vain := int64(steps - 2*rows - 8) // each row has a step or two of its own, and so have the ends
		if vain <= 0 || o.wasted.Add(vain) < wastedSteps {
			return
		}
		o.wasted.Store(0)
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
	o.wasted.Store(0)
}
