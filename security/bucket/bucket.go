// Package bucket holds the verified permission certificates of an instance and
// answers what a session may do now.
//
// A certificate enters once: signature, authority, validity, instance, and
// agreement with the catalog's record are verified then and never per check.
// What does not pass stays out, is reported, and its principal is denied.
//
// After each catalog commit the bucket swaps its state atomically, before
// Update returns: a check that begins afterwards answers by the new grants.
// Checks take no lock and allocate nothing. Deny is the zero value of
// everything here.
package bucket

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
)

// Options of Open.
type Options struct {
	// Report is told of each certificate that was kept out, or taken out because its
	// time was over. It is called while a catalog change is being published, so it
	// must not call Update. May be nil.
	Report func(*Refused)
	// BlindAdmins: SYSTEM ADMIN is no right on data; see privilege.Blind.
	BlindAdmins bool
}

// Bucket is safe for concurrent use.
type Bucket struct {
	catalog   *catalog.Catalog
	authority *cert.Authority
	report    func(*Refused)

	state atomic.Pointer[state]
	gen   generation

	mu       sync.Mutex // serialises changes of state
	rights   map[principal.ID]*Rights
	standing map[principal.ID]*Rights // of what acts for them
	rightsMu sync.Mutex
	timer    *time.Timer
	closed   bool
	branch   bool // of a branch of the catalog: see Branch
}

// generation is the number of the newest state. Every check reads it, so it has
// a cache line of its own.
type generation struct {
	_ [64]byte
	n atomic.Uint64
	_ [56]byte
}

// state is one immutable version of what the bucket knows.
type state struct {
	gen      uint64
	snapshot *catalog.Snapshot
	held     *btree.Map[principal.ID, *cert.Permissions]
	changes  []change // newest last, at most maxChanges
	// dataChanged is the generation that changed the record of a data id's table
	// last; policies hang on it.
	dataChanged *btree.Map[catalog.ID, uint64]
	blind       bool // Options.BlindAdmins
	// defaultRoles: users log in with their default roles, not with all of them.
	defaultRoles bool
}

// change lists the data ids whose meaning one generation changed.
type change struct {
	gen  uint64
	data []catalog.ID
}

// maxChanges bounds how far behind a session's compiled pages may be and still
// be brought up to date; further behind they are compiled anew.
const maxChanges = 64

// expiryInterval bounds how late an expired certificate is noticed when the
// wall clock is moved.
const expiryInterval = time.Hour

// Open verifies every certificate in the catalog and follows its changes. The
// issuer must be attached to the catalog before, so that nothing is missing.
// Certificates that are refused do not fail Open: their principals are denied.
func Open(c *catalog.Catalog, a *cert.Authority, opts Options) *Bucket {
	b := &Bucket{catalog: c, authority: a, report: opts.Report, rights: map[principal.ID]*Rights{}, standing: map[principal.ID]*Rights{}}
	if b.report == nil {
		b.report = func(*Refused) {}
	}
	// The hook waits for mu, so it finds the first state in place.
	b.mu.Lock()
	defer b.mu.Unlock()
	c.AfterCommit(b.afterCommit)
	s := &state{gen: 1, blind: opts.BlindAdmins, snapshot: c.Snapshot(), held: new(btree.Map[principal.ID, *cert.Permissions]),
		dataChanged: new(btree.Map[catalog.ID, uint64])}
	b.admitAll(s)
	b.publishLocked(s)
	b.timer = time.AfterFunc(b.untilExpiry(s), b.onTimer)
	return b
}

// BlindAdmins says whether SYSTEM ADMIN is no right on data; see Options.
func (b *Bucket) BlindAdmins() bool { return b.state.Load().blind }

// admitAll verifies all certificates, on all processors: this is nearly the whole
// cost of a start with many users.
func (b *Bucket) admitAll(s *state) {
	all := s.snapshot.Principals()
	read := make([]*cert.Permissions, len(all))
	refused := make([]error, len(all))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				read[i], refused[i] = cert.Read(s.snapshot, b.authority, all[i].ID, nil)
			}
		})
	}
	wait.Wait()
	for i, p := range all {
		if refused[i] != nil {
			b.refuse(p.ID, refused[i])
		}
		if read[i] != nil {
			s.held.Set(p.ID, read[i])
		}
	}
}

// Refused is a certificate that was kept out of the bucket, or taken out.
type Refused struct {
	Principal principal.ID
	Err       error
}

func (r *Refused) Error() string {
	return fmt.Sprintf("certificate of principal %d refused: %v", r.Principal, r.Err)
}

func (r *Refused) Unwrap() error { return r.Err }

func (b *Bucket) refuse(id principal.ID, err error) { b.report(&Refused{id, err}) }

// Close stops following the clock. Rights go on answering as they last did, so
// sessions must have ended.
func (b *Bucket) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.timer.Stop()
}

func (b *Bucket) publishLocked(s *state) {
	b.state.Store(s)
	b.gen.n.Store(s.gen)
}

// afterCommit is called by the catalog, one commit at a time.
func (b *Bucket) afterCommit(snapshot *catalog.Snapshot, touched catalog.Touched) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.state.Load()
	next := *old
	s := &next
	s.gen, s.snapshot = old.gen+1, snapshot
	if len(touched.Data) > 0 {
		s.changes = append(slices.Clone(old.changes[max(0, len(old.changes)-maxChanges+1):]), change{s.gen, touched.Data})
	}
	s.noteTables(old, touched)
	changed := slices.Concat(touched.Certificates, touched.Principals)
	if b.branch {
		changed = cert.Affected(old.snapshot, snapshot, touched)
	}
	if len(changed) > 0 {
		s.held = old.held.Copy()
		slices.Sort(changed)
		for _, id := range slices.Compact(changed) {
			if b.branch {
				b.suppose(s, id)
			} else {
				b.admit(s, id)
			}
		}
	}
	b.publishLocked(s)
	b.forgetDropped(snapshot, touched.Principals)
}

// noteTables notes the data ids of tables whose record changed; records are
// immutable, so another pointer is another record.
func (s *state) noteTables(old *state, touched catalog.Touched) {
	data := slices.Clone(touched.Data)
	for _, id := range touched.Objects {
		if rec := s.snapshot.TableByID(id); rec != nil && rec != old.snapshot.TableByID(id) {
			data = append(data, rec.Data)
		}
	}
	if len(data) == 0 {
		return
	}
	s.dataChanged = old.dataChanged.Copy()
	for _, id := range data {
		s.dataChanged.Set(id, s.gen)
	}
}

// admit puts the certificate of one principal into s, or takes it out.
func (b *Bucket) admit(s *state, id principal.ID) {
	before, _ := s.held.Get(id)
	if rec := s.snapshot.Certificate(id); rec != nil && before != nil && rec.Serial == before.Serial && rec.Epoch == before.Epoch && !cert.Revoked(s.snapshot, rec.Serial) {
		return // verified already, when it entered
	}
	s.held.Delete(id)
	if s.snapshot.PrincipalByID(id) == nil {
		return
	}
	p, err := cert.Read(s.snapshot, b.authority, id, before)
	if err != nil {
		b.refuse(id, err)
	}
	if p != nil {
		s.held.Set(id, p)
	}
}

// forgetDropped lets go of the rights of principals that are no more; sessions
// that still hold them are denied everything.
func (b *Bucket) forgetDropped(s *catalog.Snapshot, ids []principal.ID) {
	b.rightsMu.Lock()
	defer b.rightsMu.Unlock()
	for _, id := range ids {
		if s.PrincipalByID(id) == nil {
			delete(b.rights, id)
			delete(b.standing, id)
		}
	}
}

// Session is the live view of what p may do: it follows every grant and revoke.
// Sessions of one principal share it. Nobody's denies everything.
func (b *Bucket) Session(p principal.Principal) *Rights {
	if p.IsNobody() {
		return newRights(b, 0)
	}
	return b.shared(p.ID(), false)
}

// Standing is the live view of what the objects that act for p may do: programs, views, triggers and events that he
// defines. It is Session's, but that a lock which only keeps p from logging in (catalog.Principal.Standing) leaves it
// as it is. No login has it.
func (b *Bucket) Standing(p principal.Principal) *Rights {
	if p.IsNobody() {
		return newRights(b, 0)
	}
	return b.shared(p.ID(), true)
}

func (b *Bucket) shared(id principal.ID, standing bool) *Rights {
	b.rightsMu.Lock()
	defer b.rightsMu.Unlock()
	all := b.rights
	if standing {
		all = b.standing
	}
	r := all[id]
	if r == nil {
		r = newRights(b, id)
		r.standing = standing
		if b.state.Load().snapshot.PrincipalByID(id) != nil { // else it would never be let go of
			all[id] = r
		}
	}
	return r
}

// onTimer takes out what has expired.
func (b *Bucket) onTimer() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.expireLocked()
	b.timer.Reset(b.untilExpiry(b.state.Load()))
}

func (b *Bucket) expireLocked() {
	old := b.state.Load()
	now := b.authority.Now()
	var ended []principal.ID
	old.held.Scan(func(id principal.ID, p *cert.Permissions) bool {
		if now.After(p.NotAfter) && !p.HasEnded() {
			ended = append(ended, id)
		}
		return true
	})
	if len(ended) == 0 {
		return
	}
	next := *old
	s := &next
	s.gen, s.held = old.gen+1, old.held.Copy()
	for _, id := range ended {
		p, _ := s.held.Get(id)
		s.held.Set(id, p.AfterEnd())
		b.refuse(id, cert.ErrExpired)
	}
	b.publishLocked(s)
}

// untilExpiry is the time to the next look at the clock.
func (b *Bucket) untilExpiry(s *state) time.Duration {
	now, wait := b.authority.Now(), expiryInterval
	s.held.Scan(func(_ principal.ID, p *cert.Permissions) bool {
		if !p.HasEnded() {
			wait = min(wait, p.NotAfter.Sub(now)+time.Second)
		}
		return true
	})
	return max(wait, time.Second)
}
