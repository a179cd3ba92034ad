package embed

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// # Sealing an idle log
//
// Recovery takes a damaged chunk for the torn end of the log unless something
// behind it promises that it had been synced (logpromise.go, logdamage.go). The
// last commit has nothing behind it: there one flipped bit would silently drop
// what was acknowledged. When the engine goes idle we therefore push one empty
// record behind the last commit. It is longer than a block, so it ends in a later
// one, which a wrong length cannot hide, and all its chunks promise the last commit.
//
// So a flipped bit in a log is always found, with one exception: when the process
// was killed before it sealed, a bit of what the last sync wrote. It looks like a
// torn tail, which a crash leaves and must not be refused.
//
// Sealing writes only to the log, which rotates when the memtable is full; a
// store with one small commit a second would grow its log by 33 KiB a second.
// So after restFlushBytes of seals and commits the memtable is flushed and the log
// with it. That serves readers, too: a scan of a memtable waits for memory at each
// entry, one of a table's blocks does not.
type sealer struct {
	touches atomic.Uint64
	waits   atomic.Bool   // for the next touch
	touched chan struct{} // cap 1
	quit    chan struct{}
	done    sync.WaitGroup
	stopped sync.Once

	// sinceFlush are bytes, touched under the lead only.
	sinceFlush int
}

const (
	sealBytes      = logBlockBytes + 1<<10
	restFlushBytes = 16 << 20
)

func (s *sealer) start(e *Engine) {
	s.touched = make(chan struct{}, 1)
	s.quit = make(chan struct{})
	if e.opts.SealAfter < 0 {
		return
	}
	s.done.Add(1)
	go s.run(e)
}

func (s *sealer) stop() {
	s.stopped.Do(func() { close(s.quit) })
	s.done.Wait()
}

// touch says that something was written. It wakes nobody while touches follow each other.
func (s *sealer) touch() {
	s.touches.Add(1)
	if s.waits.Load() {
		select {
		case s.touched <- struct{}{}:
		default:
		}
	}
}

// run seals when no touch came for SealAfter, then waits for the next touch.
func (s *sealer) run(e *Engine) {
	defer s.done.Done()
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for sealed := uint64(0); ; {
		s.waits.Store(true) // before the look at touches: the next one sees it, or is seen
		if s.touches.Load() == sealed {
			select {
			case <-s.quit:
				return
			case <-s.touched:
			}
			continue // the token may be one from before
		}
		s.waits.Store(false)
		for now := s.touches.Load(); now != sealed; now = s.touches.Load() {
			sealed = now
			idle.Reset(e.opts.SealAfter)
			select {
			case <-s.quit:
				return
			case <-idle.C:
			}
		}
		if err := e.sealLog(context.Background()); err != nil {
			e.opts.Logger.Error("log not sealed", "err", err)
		}
	}
}

// sealLog runs under the lead: everything before is synced, so the seal can
// promise it, and no checkpoint copies a log being written.
func (e *Engine) sealLog(ctx context.Context) error {
	return e.exclusive(ctx, func() error {
		if err := e.p.LogData(make([]byte, sealBytes), pebble.Sync); err != nil {
			return fmt.Errorf("seal: %w", err)
		}
		e.stats.seals.Add(1)
		if e.seal.sinceFlush += sealBytes; e.seal.sinceFlush < restFlushBytes {
			return nil
		}
		e.seal.sinceFlush = 0
		if _, err := e.p.AsyncFlush(); err != nil {
			return fmt.Errorf("seal: flush: %w", err)
		}
		return nil
	})
}
