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
//	hand batch and snapshot on      to the syncer
//
// and leads the next group while the syncer waits for the fsync, makes the
// snapshot the one that new readers get, and acknowledges. Leading on at once
// is best when rows are contended (early release turns one hot row from 1,500
// into 20,000 commits/s) and wasteful otherwise, since small groups cost more
// CPU per commit. So the leader adapts: while a group is syncing it starts the
// next only if somebody waits for a row lock.
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
	// inflight counts groups handed to the syncer and not acknowledged.
	inflight   atomic.Int64
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
	done      chan struct{}
}

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

// submit queues r and waits for its end. The first to come leads one round
// itself: with a single committer no goroutine is switched to.
func (e *Engine) submit(r *commitReq) error {
	r.done = make(chan struct{})
	l := &e.commit
	l.mu.Lock()
	l.queue = append(l.queue, r)
	first := !l.leading
	l.leading = true
	l.mu.Unlock()
	if first && e.leadRound() {
		go e.lead()
	}
	<-r.done
	return r.err
}

func (e *Engine) lead() {
	for e.leadRound() {
	}
}

// leadRound serves everyone queued; false when nobody came meanwhile and the
// lead was given up.
func (e *Engine) leadRound() bool {
	l := &e.commit
	for l.inflight.Load() > 0 && e.locks.Waiting() == 0 {
		<-l.woken
	}
	l.mu.Lock()
	q := l.queue
	l.queue = nil
	l.mu.Unlock()
	e.serve(q)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leading = len(l.queue) > 0
	return l.leading
}

// serve cuts the queue into groups and exclusive requests, in order.
func (e *Engine) serve(q []*commitReq) {
	var size int64
	from := 0
	flush := func(to int) {
		if to > from {
			e.commitGroup(q[from:to])
		}
		from, size = to, 0
	}
	for i, r := range q {
		if r.exclusive != nil {
			flush(i)
			e.drain()
			if r.err = e.brokenErr(); r.err == nil {
				r.err = r.exclusive()
			}
			close(r.done)
			from = i + 1
			continue
		}
		if size += r.txn.Size(); size > maxGroupBytes && i > from {
			flush(i)
			size = r.txn.Size()
		}
	}
	flush(len(q))
}

// drain waits until every applied group is durable.
func (e *Engine) drain() {
	for e.commit.inflight.Load() > 0 {
		<-e.commit.woken
	}
}

// commitGroup applies one group, see leader.
func (e *Engine) commitGroup(q []*commitReq) {
	if err := e.brokenErr(); err != nil {
		refuse(q, err)
		return
	}
	csn := e.commit.csn + 1
	batch := e.p.NewBatch()
	// A later member must see the writes of an earlier one, so they are
	// remembered at once when anybody in the group will be validated.
	eager := e.recent.anyone(q)
	members := make([]*commitReq, 0, len(q))
	for _, r := range q {
		if !e.recent.validate(r.txn) {
			e.stats.conflicts.Add(1)
			r.err = kv.ErrConflict
			close(r.done)
			continue
		}
		if err := r.txn.fill(batch); err != nil {
			batch.Close()
			refuse(q, fmt.Errorf("fill batch: %w", err))
			return
		}
		if eager {
			e.recent.remember(r.txn, csn)
		}
		members = append(members, r)
	}
	if len(members) == 0 {
		batch.Close()
		return // nobody waits for the group: Close may be closing syncq
	}
	g := &group{members: members}
	if batch.Empty() {
		batch.Close()
	} else if !e.apply(g, batch, csn, eager) {
		return
	}
	e.stats.groups.Add(1)
	e.stats.commits.Add(int64(len(members)))
	e.commit.inflight.Add(1)
	e.commit.syncq <- g
}

// apply writes the batch to the log's queue and the memtable and takes the
// snapshot; false after the log failed.
func (e *Engine) apply(g *group, batch *pebble.Batch, csn uint64, eager bool) bool {
	e.nextCSN.Store(csn)
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
		if r.err == nil {
			r.err = err
			close(r.done)
		}
	}
}

// syncer makes groups durable in order, then visible, then acknowledges them.
func (e *Engine) syncer() {
	defer e.commit.syncerDone.Done()
	for g := range e.commit.syncq {
		err := e.brokenErr()
		if g.batch != nil {
			err = e.syncGroup(g, err)
		}
		if err != nil {
			err = fmt.Errorf("%w: %v", kv.ErrUndetermined, err)
		}
		if e.commit.inflight.Add(-1) == 0 {
			e.commit.wake()
		}
		for _, r := range g.members {
			r.err = err
			close(r.done)
		}
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
	e.durable.Swap(g.snap).unref()
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
