package embed

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// # The commit path
//
// Invariants:
//
//   - Commit sequence numbers (csn) follow the order in the log, and a group of
//     transactions shares one.
//   - A plain read sees csn c only when every byte up to c is on disk.
//
// The naive design lets each transaction apply its own batch with an fsync. The
// LSM groups the fsyncs, but shows the data to readers before the fsync ends, so
// a reader can act on a value that a power cut takes away; and validation
// would need a lock of its own.
//
// Instead one goroutine at a time leads. It takes everyone queued as a group:
//
//	validate each member            against recentCommits, nobody else writes it
//	apply one batch, no wait        log queued and memtable written, csn = +1
//	release the members' row locks  early: whoever gets them is later in the log
//	take a snapshot                 exactly csn, since nobody applies meanwhile
//	give the lead away              to the first who came meanwhile, or who comes next
//	wait for the fsync              make the snapshot the one that new readers get, acknowledge
//
// so that a commit alone needs no other goroutine of ours. The next leader may
// begin during that fsync. Leading on at once
// is best when rows are contended (early release turns one hot row from 1,500
// into 20,000 commits/s) and wasteful otherwise, since small groups cost more
// CPU per commit. So a leader adapts: while a group is syncing it starts the
// next only if somebody waits for a row lock. Such groups go to the syncer, whose leaders need not wait.
//
// A locking read may thus see a value that is not durable yet. Its transaction
// remembers the csn (Txn.seen) and its commit, even of nothing, waits for it.
//
// Work that must not meet a commit (range delete, ingest, checkpoint, seal) is
// queued like one, as an exclusive request.
type leader struct {
	mu      sync.Mutex
	queue   []*commitReq
	leading bool

	// csn is the newest applied; only the leading goroutine touches it.
	csn uint64
	// inflight counts groups that were applied and are not durable.
	inflight atomic.Int64
	// order is held by whoever makes a group durable, from before the next one can
	// be applied: they are published in the order of the log.
	order      sync.Mutex
	syncq      chan *group
	syncerDone sync.WaitGroup
	// woken has room for one token: inflight became zero or a lock wait began.
	woken chan struct{}
}

// maxGroupBytes splits a queue of big transactions into several groups.
const maxGroupBytes = 64 << 20

// syncDepth is how many groups may wait for their fsync.
const syncDepth = 64

type commitReq struct {
	txn       *Txn         // nil for an exclusive request
	exclusive func() error // run with all earlier commits durable
	err       error
	told      chan word
	group     group // that it leads
}

// word is what a request that waits is told.
type word bool

const (
	ended word = true
	leads word = false // it is the leader now, and is told its end later
)

// end tells a request its end; nobody may touch it afterwards.
func (r *commitReq) end(err error) {
	r.err = err
	r.told <- ended
}

// channels are those of requests that have ended.
var channels = sync.Pool{New: func() any { return make(chan word, 1) }}

type group struct {
	members []*commitReq
	batch   *pebble.Batch // nil: the members wrote nothing, they only wait
	snap    *snapshot
}

func (l *leader) init() {
	l.syncq = make(chan *group, syncDepth)
	l.woken = make(chan struct{}, 1)
}

func (l *leader) wake() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// submit queues r and waits for its end. The first to come leads.
func (e *Engine) submit(r *commitReq) error {
	r.told = channels.Get().(chan word)
	l := &e.commit
	l.mu.Lock()
	l.queue = append(l.queue, r)
	first := !l.leading
	l.leading = true
	l.mu.Unlock()
	if first || <-r.told == leads {
		e.lead(r)
		<-r.told
	}
	channels.Put(r.told)
	return r.err
}

// lead serves everyone queued, gives the lead away, and waits for the fsync of its group.
func (e *Engine) lead(r *commitReq) {
	l := &e.commit
	for l.inflight.Load() > 0 && e.locks.Waiting() == 0 {
		<-l.woken
	}
	l.mu.Lock()
	q := l.queue
	l.queue = nil
	l.mu.Unlock()
	mine := e.serve(r, q)
	l.mu.Lock()
	if l.leading = len(l.queue) > 0; l.leading {
		l.queue[0].told <- leads
	}
	l.mu.Unlock()
	if mine != nil {
		e.finish(mine)
	}
}

// serve cuts the queue into groups and exclusive requests, in order. It returns the group whose
// fsync its leader has to wait for: if all of the queue is one, and no earlier one is syncing.
func (e *Engine) serve(leader *commitReq, q []*commitReq) (mine *group) {
	var size int64
	from := 0
	flush := func(to int) {
		if to > from {
			e.hand(e.commitGroup(&group{}, q[from:to]))
		}
		from, size = to, 0
	}
	for i, r := range q {
		if r.exclusive != nil {
			flush(i)
			e.drain()
			err := e.brokenErr()
			if err == nil {
				err = r.exclusive()
			}
			r.end(err)
			from = i + 1
			continue
		}
		if size += r.txn.Size(); size > maxGroupBytes && i > from {
			flush(i)
			size = r.txn.Size()
		}
	}
	if from > 0 || e.commit.inflight.Load() > 0 {
		flush(len(q))
		return nil
	}
	e.commit.order.Lock()
	if mine = e.commitGroup(&leader.group, q); mine == nil {
		e.commit.order.Unlock()
		return nil
	}
	e.commit.inflight.Add(1)
	return mine
}

// hand gives a group to the syncer.
func (e *Engine) hand(g *group) {
	if g != nil { // else nobody waits for it: Close may be closing syncq
		e.commit.inflight.Add(1)
		e.commit.syncq <- g
	}
}

// drain waits until every applied group is durable.
func (e *Engine) drain() {
	for e.commit.inflight.Load() > 0 {
		<-e.commit.woken
	}
}

// commitGroup applies one group, see leader; nil when nothing is left to wait for. The group
// takes over q.
func (e *Engine) commitGroup(g *group, q []*commitReq) *group {
	if err := e.brokenErr(); err != nil {
		refuse(q, err)
		return nil
	}
	csn := e.commit.csn + 1
	batch := e.p.NewBatch()
	// A later member must see the writes of an earlier one, so they are
	// remembered at once when anybody in the group will be validated.
	eager := e.recent.anyone(q)
	members := q[:0]
	for i, r := range q {
		if !e.recent.validate(r.txn) {
			e.stats.conflicts.Add(1)
			r.end(kv.ErrConflict)
			continue
		}
		if err := r.txn.fill(batch); err != nil {
			batch.Close()
			err = fmt.Errorf("fill batch: %w", err)
			refuse(members, err)
			refuse(q[i:], err)
			return nil
		}
		if eager {
			e.recent.remember(r.txn, csn)
		}
		members = append(members, r)
	}
	if len(members) == 0 {
		batch.Close()
		return nil
	}
	g.members = members
	if batch.Empty() {
		batch.Close()
	} else if !e.apply(g, batch, csn, eager) {
		return nil
	}
	e.stats.groups.Add(1)
	e.stats.commits.Add(int64(len(members)))
	return g
}

// apply writes the batch to the log's queue and the memtable and takes the
// snapshot; false after the log failed.
func (e *Engine) apply(g *group, batch *pebble.Batch, csn uint64, eager bool) bool {
	e.nextCSN.Store(csn)
	e.seal.sinceFlush += batch.Len()
	if err := e.p.ApplyNoSyncWait(batch, pebble.Sync); err != nil {
		_ = e.fail(err)
		refuse(g.members, fmt.Errorf("%w: %v", kv.ErrUndetermined, err))
		return false
	}
	e.commit.csn = csn
	e.appliedCSN.Store(csn)
	for _, r := range g.members {
		e.locks.ReleaseAll(&r.txn.owner, csn)
	}
	g.batch = batch
	g.snap = e.snapshots.take(e.p, csn, 2)
	if e.recent.advance(&e.applied, g.snap) && !eager {
		for _, r := range g.members {
			e.recent.remember(r.txn, csn)
		}
	}
	e.recent.prune()
	return true
}

func refuse(q []*commitReq, err error) {
	for _, r := range q {
		r.end(err)
	}
}

// syncer makes groups durable whose leaders do not wait.
func (e *Engine) syncer() {
	defer e.commit.syncerDone.Done()
	for g := range e.commit.syncq {
		e.commit.order.Lock()
		e.finish(g)
	}
}

// finish makes a group durable, then visible, then acknowledges it. REQUIRES: order, which it gives back.
func (e *Engine) finish(g *group) {
	err := e.brokenErr()
	if g.batch != nil {
		err = e.syncGroup(g, err)
	}
	if err != nil {
		err = fmt.Errorf("%w: %v", kv.ErrUndetermined, err)
	}
	last := e.commit.inflight.Add(-1) == 0
	e.commit.order.Unlock()
	if last {
		e.commit.wake()
	}
	members := g.members // g is part of one of them, which is gone when it was told
	for _, r := range members {
		r.end(err)
	}
}

// syncGroup waits for the group's fsync and publishes its snapshot. After a
// failure nothing is published any more: later groups stand behind it in the log.
func (e *Engine) syncGroup(g *group, broken error) error {
	if err := g.batch.SyncWait(); err != nil && broken == nil {
		broken = e.fail(err)
	}
	if broken != nil {
		g.snap.unref()
		return broken
	}
	e.snapshots.retire(e.durable.Swap(g.snap))
	e.durableCSN.Store(g.snap.csn)
	e.seal.touch()
	_ = g.batch.Close() // returns it to a pool, cannot fail
	return nil
}

// exclusive runs f in the leader's place with everything before it durable.
func (e *Engine) exclusive(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	return e.submit(&commitReq{exclusive: f})
}

// publish makes what an exclusive request wrote, durably, visible to new
// readers. Without it they would go on with a snapshot from before.
func (e *Engine) publish() {
	l := &e.commit
	l.csn++
	e.nextCSN.Store(l.csn)
	e.appliedCSN.Store(l.csn)
	s := e.snapshots.take(e.p, l.csn, 2)
	e.recent.advance(&e.applied, s)
	e.durable.Swap(s).unref()
	e.durableCSN.Store(l.csn)
	e.seal.touch()
}
