package embed

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// snapshot is one LSM snapshot shared by every reader that begins between two
// group commits: making one per transaction would cost more than the read.
type snapshot struct {
	lsm   *pebble.Snapshot
	csn   uint64
	taken time.Time
	refs  atomic.Int64
	set   *snapshotSet
}

// tryRef fails once the last holder is gone.
func (s *snapshot) tryRef() bool {
	for {
		n := s.refs.Load()
		if n == 0 {
			return false
		}
		if s.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (s *snapshot) unref() {
	if s.refs.Add(-1) == 0 {
		s.set.remove(s)
		_ = s.lsm.Close() // never fails for an open LSM
	}
}

// snapshotSet knows every live snapshot, for the age of the oldest: old
// versions cannot leave the LSM before it.
type snapshotSet struct {
	mu   sync.Mutex
	live map[*snapshot]struct{}

	// anchor is an old one that nobody reads. Whenever the oldest snapshot goes, the LSM looks for
	// a table to compact, which would be at each commit.
	anchoring sync.Mutex
	anchor    *snapshot // guarded by both
}

// anchorFor is how long an anchor holds old versions.
const anchorFor = 50 * time.Millisecond

// retire unrefs what was the newest until now, or makes it the anchor.
func (ss *snapshotSet) retire(s *snapshot) {
	ss.anchoring.Lock()
	free := ss.anchor == nil
	if free {
		ss.setAnchor(s)
		time.AfterFunc(anchorFor, ss.weigh)
	}
	ss.anchoring.Unlock()
	if !free {
		s.unref()
	}
}

// weigh gives the anchor up.
func (ss *snapshotSet) weigh() {
	ss.anchoring.Lock()
	defer ss.anchoring.Unlock()
	if s := ss.anchor; s != nil {
		ss.setAnchor(nil)
		s.unref()
	}
}

func (ss *snapshotSet) setAnchor(s *snapshot) {
	ss.mu.Lock()
	ss.anchor = s
	ss.mu.Unlock()
}

// take makes a snapshot of everything applied so far with refs holders. Only
// whoever leads the commits may call it: then "so far" is exactly csn.
func (ss *snapshotSet) take(p *pebble.DB, csn uint64, refs int64) *snapshot {
	s := &snapshot{lsm: p.NewSnapshot(), csn: csn, taken: time.Now(), set: ss}
	s.refs.Store(refs)
	ss.mu.Lock()
	ss.live[s] = struct{}{}
	ss.mu.Unlock()
	return s
}

func (ss *snapshotSet) remove(s *snapshot) {
	ss.mu.Lock()
	delete(ss.live, s)
	ss.mu.Unlock()
}

// oldest returns how many snapshots are live and when the oldest was taken.
func (ss *snapshotSet) oldest() (n int, taken time.Time) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	n = len(ss.live)
	for s := range ss.live {
		if s == ss.anchor && s.refs.Load() == 1 {
			n--
			continue
		}
		if taken.IsZero() || s.taken.Before(taken) {
			taken = s.taken
		}
	}
	return n, taken
}

// acquire refs the snapshot p points to. It loops only when the snapshot was
// replaced and dropped between the load and the ref.
func acquire(p *atomic.Pointer[snapshot]) *snapshot {
	for {
		s := p.Load()
		if s.tryRef() {
			return s
		}
	}
}
