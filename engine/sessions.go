package engine

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// sessions are the open sessions by connection id.
type sessions struct {
	mu       sync.Mutex
	byID     map[uint32]*Session
	users    map[principal.ID]int // how many of each
	standing int                  // of byID: sessions of events
	gaveUp   map[*Session]bool    // abandoned ones, which nobody waits for
	// unfinished is how many those are, for the many statements that come when
	// there is none.
	unfinished atomic.Int64
	limits     SessionLimits
	closed     bool
	empty      *sync.Cond
}

func newSessions(limits SessionLimits) *sessions {
	r := &sessions{byID: map[uint32]*Session{}, users: map[principal.ID]int{}, gaveUp: map[*Session]bool{}, limits: limits}
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
	if err := r.room(s, s.login.Load(), len(r.byID)-r.standing); err != nil {
		return err
	}
	r.byID[s.ID()] = s
	if s.standing {
		r.standing++
	} else {
		r.users[s.login.Load().ID()]++
	}
	return nil
}

func (r *sessions) remove(s *Session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[s.ID()] != s {
		return false
	}
	delete(r.byID, s.ID())
	delete(r.gaveUp, s)
	r.unfinished.Store(int64(len(r.gaveUp)))
	if s.standing {
		r.standing--
	} else {
		r.forget(s.login.Load().ID())
	}
	r.empty.Broadcast()
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
		if in := s.inner.Load(); in != nil {
			out = append(out, in)
		}
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
		clear(r.gaveUp)
		r.unfinished.Store(0)
		r.empty.Broadcast()
	})
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.byID) > len(r.gaveUp) {
		r.empty.Wait()
	}
}

// abandon notes that nobody waits for s any more.
func (r *sessions) abandon(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[s.id] == s {
		r.gaveUp[s] = true
		r.unfinished.Store(int64(len(r.gaveUp)))
		r.empty.Broadcast()
	}
}

// abandoned is how many sessions were given up and run still.
func (r *sessions) abandoned() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.gaveUp)
}

func (r *sessions) isAbandoned(id uint32) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gaveUp[r.byID[id]]
}

// NextID implements session.IDAllocator.
func (e *Engine) NextID() uint32 { return e.nextID.Add(1) }

// killStale ends the sessions of accounts that were dropped or locked, or whose
// password changed, and of those that needed a certificate which is revoked: what they
// proved at login no longer holds. The session that
// changed its own password keeps its epoch up to date and stays.
func (e *Engine) killStale(snap *catalog.Snapshot, touched catalog.Touched) {
	if len(touched.Principals) == 0 && !touched.Security {
		return
	}
	changed := map[principal.ID]bool{}
	for _, id := range touched.Principals {
		changed[id] = true
	}
	for _, s := range e.sessions.all() {
		if s.errand != nil {
			if !s.errand.allowed(snap) {
				s.Kill()
			} else if touched.Security { // it begins anew, with the rights of now
				s.errand.interrupt()
			}
			continue
		}
		s.endImpersonation(snap)
		p := snap.PrincipalByID(s.login.Load().ID())
		if s.lostCertificate(snap, p) {
			s.Kill()
			continue
		}
		if !changed[s.login.Load().ID()] {
			continue
		}
		if s.missesProxy(snap) {
			s.Kill()
			continue
		}
		if p == nil || s.stale(p) && (s.locked(p) || !s.sql.OwnChange.Load()) {
			s.Kill()
		} else {
			s.sql.Epoch.Store(p.Epoch)
		}
	}
}

// locked says that the account may have no such session.
func (s *Session) locked(account *catalog.Principal) bool {
	if s.standing {
		return !account.Acts()
	}
	return account.Locked
}

// stale says that the account is locked, or that what was proved at login no longer holds.
func (s *Session) stale(account *catalog.Principal) bool {
	return s.locked(account) || !s.standing && account.Epoch != s.sql.Epoch.Load()
}

// lostCertificate reports whether the account is for who has a certificate, and the
// session's is revoked.
func (s *Session) lostCertificate(snap *catalog.Snapshot, account *catalog.Principal) bool {
	return account != nil && len(s.certificate) > 0 && account.Rule().NeedsCertificate() && snap.AnyRevoked(s.certificate)
}

// endImpersonation ends a session that acts as somebody it may not act as any more.
func (s *Session) endImpersonation(snap *catalog.Snapshot) {
	if a := s.acting.Load(); a != nil && a.Acting() != nil && !a.Acting().Allowed(snap) {
		s.Kill()
	}
}

// missesProxy reports whether a login that was given PROXY since has a session as itself that other logins of his
// would share: that is one of HTTPS, where each request logs in. Others stay who they are, as in MySQL.
func (s *Session) missesProxy(snap *catalog.Snapshot) bool {
	if !s.shared || s.standing {
		return false
	}
	i := s.acting.Load()
	return i != nil && i.Acting() == nil && accounts.ProxyOf(snap, s.login.Load().ID()) != nil
}

// visibleProcesses is the process list as one session may see it: its own
// account's connections, and those of who has logged in as it by PROXY, or all with PROCESS, without what may be a password.
type visibleProcesses struct {
	sql.ProcessList
	s *sqlSession
}

func (v visibleProcesses) Processes() []sql.Process {
	all := v.ProcessList.Processes()
	for i := range all {
		if v.s.engine.sessions.isAbandoned(all[i].Connection) {
			all[i].Command = "Killed" // it runs until it comes back
		}
		all[i].Progress = v.s.engine.stateOf(all[i])
		all[i].Query = lex.Redact(all[i].Query)
		all[i].User = v.s.engine.actsAs(all[i])
	}
	if v.s.HasSystem(privilege.Process) {
		return all
	}
	own := all[:0]
	for _, p := range all {
		s := v.s.engine.sessions.get(p.Connection)
		mine := s != nil && (s.login.Load().ID() == v.s.Self() || v.s.owns(s.login.Load().ID()))
		if s == v.s.session && !mine {
			p.Query = "" // the statement is somebody's who calls what reads this for its definer
		}
		if s == v.s.session || mine {
			own = append(own, p)
		}
	}
	return own
}

// stateOf is what a connection does at the moment, for the column State: it is the name of
// the only piece of work that the library's row of a process has room for.
func (e *Engine) stateOf(p sql.Process) map[string]sql.TableProgress {
	if p.Command != sql.ProcessCommandQuery {
		return nil
	}
	doing := "executing" // MySQL's words, which programs look for
	for s := e.sessions.get(p.Connection); s != nil; s = s.inner.Load() {
		switch {
		case s.fence.Waits():
			doing = "Waiting for table metadata lock"
		case e.inst.NamedLocks.Waits(s.id):
			doing = "User lock"
		case s.asleep.Load():
			doing = "User sleep"
		}
	}
	return map[string]sql.TableProgress{doing: {}}
}

// actsAs is the user of a connection, with whom it acts as where that is another.
func (e *Engine) actsAs(p sql.Process) string {
	if s := e.sessions.get(p.Connection); s != nil {
		if i := s.acting.Load(); i != nil && i.Acting() != nil {
			return p.User + " as " + e.inst.NameOf(i.Acting().As())
		}
	}
	return p.User
}

// LoggedIn lists the users who have open sessions, each once.
func (e *Engine) LoggedIn() []principal.ID {
	ids := map[principal.ID]bool{}
	for _, s := range e.sessions.all() {
		ids[s.login.Load().ID()] = true
	}
	return slices.Collect(maps.Keys(ids))
}
