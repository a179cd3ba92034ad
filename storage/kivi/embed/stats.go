package embed

import (
	"sync/atomic"
	"time"
)

type counters struct {
	groups, commits, conflicts, seals, flushes atomic.Int64
}

// Stats are totals since Open unless said otherwise.
type Stats struct {
	Commits, Groups  int64 // Commits/Groups is the mean group size
	Conflicts        int64
	LockWaits        int64
	Deadlocks        int64
	LockedRows       int           // now
	OpenTransactions int64         // now; iterators count as well
	Snapshots        int           // live now
	OldestSnapshot   time.Duration // age of the oldest live one
	Seals            int64
	ScanFlushes      int64  // asked for by scans that met many old versions
	DiskBytes        uint64 // on disk now
	L0Sublevels      int32  // now; tens mean that compaction is behind
	CacheHits        int64
	CacheMisses      int64
}

// Stats walks the lock shards and the LSM's metrics: call it every second, not
// for every request. After Close it is zero.
func (e *Engine) Stats() Stats {
	if e.enter() != nil {
		return Stats{}
	}
	defer e.leave()
	l := e.locks.Stats()
	n, taken := e.snapshots.oldest()
	m := e.p.Metrics()
	s := Stats{
		Commits: e.stats.commits.Load(), Groups: e.stats.groups.Load(), Conflicts: e.stats.conflicts.Load(),
		LockWaits: l.Waits, Deadlocks: l.Deadlocks, LockedRows: l.Rows,
		OpenTransactions: e.open.n.Load() - 1, // not this call
		Snapshots:        n, Seals: e.stats.seals.Load(), ScanFlushes: e.stats.flushes.Load(),
		DiskBytes: m.DiskSpaceUsage(), L0Sublevels: m.Levels[0].Sublevels,
		CacheHits: m.BlockCache.Hits, CacheMisses: m.BlockCache.Misses,
	}
	if !taken.IsZero() {
		s.OldestSnapshot = time.Since(taken)
	}
	return s
}
