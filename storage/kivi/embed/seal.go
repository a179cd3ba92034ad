package embed

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// # Sealing an idle log
//
// Recovery trusts a damaged chunk to be the torn end of the log unless a later
// chunk vouches for it (witness.go). The last commit has no such witness: one
// flipped bit there would silently drop it, although it was acknowledged. When the
// engine goes idle we therefore push three records (small, a bit over one block,
// small, each synced) behind the last commit, with nothing but a witness in them,
// so that one in a later block vouches for it.
//
// Sealing writes only to the log, which rotates when the memtable is full; a
// store with one small commit a second would grow its log by 33 KiB a second.
// So after sealFlushBytes of seals the memtable is flushed and the log with it.
type sealer struct {
	touched chan struct{} // cap 1
	quit    chan struct{}
	done    sync.WaitGroup
	stopped sync.Once

	// sinceFlush is touched under the lead only.
	sinceFlush int
}

const (
	sealBlockBytes = 33 << 10
	sealFlushBytes = 8 << 20
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

// touch says that something was written.
func (s *sealer) touch() {
	select {
	case s.touched <- struct{}{}:
	default:
	}
}

// run seals once no touch came for SealAfter, then waits for the next touch.
func (s *sealer) run(e *Engine) {
	defer s.done.Done()
	idle := time.NewTimer(time.Hour)
	idle.Stop()
	defer idle.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-s.touched:
			idle.Reset(e.opts.SealAfter)
		case <-idle.C:
			if err := e.sealLog(context.Background()); err != nil {
				e.opts.Logger.Error("log not sealed", "err", err)
			}
		}
	}
}

// sealLog runs under the lead, or a checkpoint could copy a log being written.
func (e *Engine) sealLog(ctx context.Context) error {
	return e.exclusive(ctx, func() error {
		for _, n := range []int{1, sealBlockBytes, 1} {
			if err := e.p.LogData(e.witness(n), pebble.Sync); err != nil {
				return fmt.Errorf("seal: %w", err)
			}
		}
		e.stats.seals.Add(1)
		if e.seal.sinceFlush += sealBlockBytes; e.seal.sinceFlush < sealFlushBytes {
			return nil
		}
		e.seal.sinceFlush = 0
		if _, err := e.p.AsyncFlush(); err != nil {
			return fmt.Errorf("seal: flush: %w", err)
		}
		return nil
	})
}
