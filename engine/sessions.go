package engine

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// sessions are the open sessions by connection id.
type sessions struct {
	mu     sync.Mutex
	byID   map[uint32]*Session
	closed bool
	empty  *sync.Cond
}

func newSessions() *sessions {
	r := &sessions{byID: map[uint32]*Session{}}
	r.empty = sync.NewCond(&r.mu)
	return r
}

func (r *sessions) add(s *Session) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return sqlerr.Shutdown.Errorf("Server shutdown in progress")
	}
	if r.byID[s.ID()] != nil {
		return sqlerr.UnknownError.Errorf("connection id %d is in use", s.ID())
	}
	r.byID[s.ID()] = s
	return nil
}

func (r *sessions) remove(s *Session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[s.ID()] != s {
		return false
	}
	delete(r.byID, s.ID())
	if len(r.byID) == 0 {
		r.empty.Broadcast()
	}
	return true
}

func (r *sessions) get(id uint32) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byID[id]
}

func (r *sessions) all() []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*Session, 0, len(r.byID))
	for _, s := range r.byID {
		out = append(out, s)
	}
	return out
}

// shut refuses new sessions and returns the open ones.
func (r *sessions) shut() []*Session {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	return r.all()
}

// grace is how long Close waits for front ends to let go of their sessions.
const grace = 5 * time.Second

// wait returns when every session is closed, or after grace: an embedder that
// forgot one must not keep the store from closing.
func (r *sessions) wait() {
	timer := time.AfterFunc(grace, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		clear(r.byID)
		r.empty.Broadcast()
	})
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.byID) > 0 {
		r.empty.Wait()
	}
}

// NextID implements session.IDAllocator.
func (e *Engine) NextID() uint32 { return e.nextID.Add(1) }

// killConnection serves KILL; the authorizer has checked the right to it.
func (e *Engine) killConnection(id uint32) error {
	s := e.sessions.get(id)
	if s == nil {
		return sqlerr.NoSuchThread.Errorf("Unknown thread id: %d", id)
	}
	s.Kill()
	return nil
}

// ownedBy reports whether connection id is who's own.
func (e *Engine) ownedBy(id uint32, who principal.Principal) bool {
	s := e.sessions.get(id)
	return s != nil && s.login.ID() == who.ID()
}

// killStale ends the sessions of accounts that were dropped or locked, or whose
// password changed: what they proved at login no longer holds. The session that
// changed its own password keeps its epoch up to date and stays.
func (e *Engine) killStale(snap *catalog.Snapshot, touched catalog.Touched) {
	if len(touched.Principals) == 0 {
		return
	}
	changed := map[principal.ID]bool{}
	for _, id := range touched.Principals {
		changed[id] = true
	}
	for _, s := range e.sessions.all() {
		if !changed[s.login.ID()] {
			continue
		}
		p := snap.PrincipalByID(s.login.ID())
		if p == nil || p.Locked || p.Epoch != s.sql.epoch.Load() && !s.sql.ownChange.Load() {
			s.Kill()
		} else {
			s.sql.epoch.Store(p.Epoch)
		}
	}
}

// visibleProcesses is the process list as one session may see it: its own
// account's connections, or all with PROCESS.
type visibleProcesses struct {
	sql.ProcessList
	s *sqlSession
}

func (v visibleProcesses) Processes() []sql.Process {
	all := v.ProcessList.Processes()
	if v.s.hasSystem(privilege.Process) {
		return all
	}
	own := all[:0]
	for _, p := range all {
		if p.User == v.s.Client().User {
			own = append(own, p)
		}
	}
	return own
}

// LoggedIn lists the users who have open sessions, each once.
func (e *Engine) LoggedIn() []principal.ID {
	ids := map[principal.ID]bool{}
	for _, s := range e.sessions.all() {
		ids[s.login.ID()] = true
	}
	return slices.Collect(maps.Keys(ids))
}
