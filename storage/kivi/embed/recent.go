package embed

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"

	"github.com/lxdb/lxdb/storage/kivi/embed/membuf"
)

// recentCommits remembers which keys were committed since the oldest open
// validating transaction took its snapshot. It is what Serializable is
// validated against.
//
// Why nothing is missed: a validating transaction takes the newest applied
// snapshot s and registers it under mu; the leader replaces the applied snapshot
// under the same mutex (advance) and learns there whether anybody is registered.
// So either the transaction registered before, and the group is remembered, or
// it got the new snapshot, which contains the group. Entries are pruned only up
// to the oldest registered snapshot, after that.
type recentCommits struct {
	mu     sync.Mutex
	active map[*Txn]uint64 // open validating transactions and their snapshot

	// The rest is touched by the leading goroutine only.
	keys  *btree.BTreeG[recentKey]
	order []recentKey // by csn, for pruning
	// floor: commits up to it have been forgotten to bound memory, so older
	// snapshots cannot be validated.
	floor uint64
	limit int
}

// maxRecentKeys bounds what one forgotten Serializable transaction can hold up
// in memory; it then fails with a conflict.
const maxRecentKeys = 4 << 20

type recentKey struct {
	key []byte // shared with the write set, never changed
	csn uint64
}

func (rc *recentCommits) init() {
	rc.active = make(map[*Txn]uint64)
	rc.limit = maxRecentKeys
	rc.keys = btree.NewBTreeGOptions(
		func(a, b recentKey) bool { return bytes.Compare(a.key, b.key) < 0 },
		btree.Options{NoLocks: true})
}

// join gives a validating transaction its snapshot.
func (rc *recentCommits) join(t *Txn, applied *atomic.Pointer[snapshot]) *snapshot {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	s := acquire(applied)
	rc.active[t] = s.csn
	return s
}

func (rc *recentCommits) quit(t *Txn) {
	rc.mu.Lock()
	delete(rc.active, t)
	rc.mu.Unlock()
}

// advance publishes s as the applied snapshot; true when somebody reads an
// older one and will be validated.
func (rc *recentCommits) advance(applied *atomic.Pointer[snapshot], s *snapshot) bool {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	applied.Swap(s).unref()
	return len(rc.active) > 0
}

func (rc *recentCommits) anyone(q []*commitReq) bool {
	for _, r := range q {
		if r.txn.validated() {
			return true
		}
	}
	return false
}

func (rc *recentCommits) remember(t *Txn, csn uint64) {
	if t.buf == nil {
		return
	}
	t.buf.All(func(w membuf.Entry) bool {
		k := recentKey{w.Key, csn}
		rc.keys.Set(k)
		rc.order = append(rc.order, k)
		return true
	})
}

// prune forgets what no registered transaction can conflict with. Those that
// register later start at the applied snapshot, which has it all.
func (rc *recentCommits) prune() {
	if len(rc.order) == 0 {
		return
	}
	rc.mu.Lock()
	oldest := ^uint64(0)
	for _, csn := range rc.active {
		oldest = min(oldest, csn)
	}
	rc.mu.Unlock()
	n := 0
	for n < len(rc.order) && (rc.order[n].csn <= oldest || len(rc.order)-n > rc.limit) {
		k := rc.order[n]
		if k.csn > oldest {
			rc.floor = k.csn
		}
		if have, ok := rc.keys.Get(k); ok && have.csn == k.csn {
			rc.keys.Delete(k)
		}
		rc.order[n].key = nil
		n++
	}
	if rc.order = rc.order[n:]; len(rc.order) == 0 {
		rc.order = nil
	}
}

// validate says whether t may commit: nothing it read or writes was committed
// after its snapshot.
func (rc *recentCommits) validate(t *Txn) bool {
	if !t.validated() {
		return true
	}
	since := t.snap.csn
	if since < rc.floor {
		return false
	}
	ok := true
	t.buf.All(func(w membuf.Entry) bool {
		ok = !rc.changed(w.Key, since)
		return ok
	})
	for i := 0; ok && i < len(t.reads); i++ {
		ok = !t.reads[i].changed(rc, since)
	}
	return ok
}

func (rc *recentCommits) changed(key []byte, since uint64) bool {
	k, ok := rc.keys.Get(recentKey{key: key})
	return ok && k.csn > since
}

// span is what a Serializable transaction read: lo <= key < hi, hi nil for no
// upper bound, or just lo.
type span struct {
	lo, hi []byte
	point  bool
}

func (s span) changed(rc *recentCommits, since uint64) bool {
	if s.point {
		return rc.changed(s.lo, since)
	}
	found := false
	rc.keys.Ascend(recentKey{key: s.lo}, func(k recentKey) bool {
		if s.hi != nil && bytes.Compare(k.key, s.hi) >= 0 {
			return false
		}
		found = k.csn > since
		return !found
	})
	return found
}
