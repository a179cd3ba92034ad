package engine

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/program"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/userlock"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/audit"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/security/witness"
)

// Session is one authenticated connection. It implements session.Session.
type Session struct {
	engine *Engine
	sql    *sqlSession
	opts   session.Options
	login  atomic.Pointer[principal.Principal]
	id     uint32
	// certificate are the serial numbers of what the connection came with.
	certificate []string
	standing    bool // it acts for a definer, and is nobody's login
	shared      bool // by all logins of its account, as those of HTTPS
	stmts       map[*Stmt]struct{}
	remembered
	// options of every context, remade with sql
	options []sql.ContextOption

	calls       state.Calls
	programs    map[catalog.ID]keptProgram         // as this session reads them
	raised      map[*sql.Warning]program.Condition // what SIGNAL has said beside the diagnostics area
	fence       state.Fence
	done        chan struct{}
	killOnce    sync.Once
	abandoned   chan struct{} // see stop.go
	abandonOnce sync.Once
	admin       bool // holds SYSTEM ADMIN; of the session's own goroutine
	expired     bool // the password must be changed first
	seen        *catalog.Snapshot
	seenAccount *catalog.Principal // in seen
	settings    query.Settings
	held        *query.Held
	handed      *query.Budget // what the results of the last CALL take until they are read; nil: nothing
	tree        *query.Held   // the statement that is read or runs
	decisions   atomic.Pointer[witness.Decisions]
	asleep      atomic.Bool // in SLEEP()
	lost        atomic.Bool // a right that the running statement relies on was revoked
	acting      atomic.Pointer[state.Impersonator]
	errand      *errand                 // of a statement of another session: nil for a connection
	inner       atomic.Pointer[Session] // in which the running statement does something as another account
	due         atomic.Uint64           // the statement whose time is over: see timer.go
	current     current
	waiting     waiting // rows that wait for their client
}

// remembered are statements that a session runs again and again.
type remembered struct {
	kept         map[string]*Stmt // closed statements that may be prepared again, by text
	texts        texts            // statements that come as text again and again
	compiledRuns int              // executions that went past the planner
	plans        *compiled.Cache
	bodies       bodies // statements of programs
}

var (
	_ session.Session     = (*Session)(nil)
	_ session.Opener      = (*Engine)(nil)
	_ session.IDAllocator = (*Engine)(nil)
	_ session.Monitor     = (*Session)(nil)
	_ session.Admitter    = (*Session)(nil)
	_ session.Speaker     = (*Session)(nil)
	_ session.Charsets    = (*Engine)(nil)
)

// OpenSession implements session.Opener. who was proved by security/authn, or
// is principal.Trusted.
func (e *Engine) OpenSession(ctx context.Context, who principal.Principal, opts session.Options) (session.Session, error) {
	return e.NewSession(ctx, who, opts)
}

// NewSession opens a session for who. It fails for nobody, for an account that
// is gone or locked, and for a database that who may not see.
func (e *Engine) NewSession(ctx context.Context, who principal.Principal, opts session.Options) (*Session, error) {
	return e.newSession(ctx, who, opts, false)
}

// newSession is NewSession. A standing session is nobody's login: it acts for who has defined something.
func (e *Engine) newSession(ctx context.Context, who principal.Principal, opts session.Options, standing bool) (*Session, error) {
	id := opts.ID
	if id == 0 {
		id = e.NextID()
	}
	s := &Session{
		engine: e, opts: opts, id: id, certificate: opts.Certificate, stmts: map[*Stmt]struct{}{},
		done: make(chan struct{}), abandoned: make(chan struct{}), held: e.memory.For(), tree: e.memory.For(), standing: standing, shared: opts.Transport == "https",
	}
	s.login.Store(&who)
	if !standing { // else nobody connects
		if err := e.connects(who); err != nil {
			return nil, err
		}
	}
	if err := s.start(ctx, id, who); err != nil {
		return nil, err
	}
	if err := e.sessions.add(s); err != nil {
		s.sql.SessionEnd()
		return nil, err
	}
	// The account may have been locked before the session could be found.
	snap := e.inst.Cat.Snapshot()
	acting := s.sql.Acting()
	if account := snap.PrincipalByID(who.ID()); account == nil || s.stale(account) || s.lostCertificate(snap, account) || acting != nil && !acting.Allowed(snap) {
		_ = s.Close()
		return nil, sqlerr.AccessDenied.Errorf("Access denied for user '%s'", who.Name())
	}
	e.procs.AddConnection(id, opts.Remote)
	e.procs.ConnectionReady(s.sql)
	return s, nil
}

// start gives the session a fresh state for who.
func (s *Session) start(ctx context.Context, id uint32, who principal.Principal) (err error) {
	account := s.engine.inst.Cat.Snapshot().PrincipalByID(who.ID())
	if who.IsNobody() || account == nil || s.locked(account) || who.Outdated(account.Epoch) {
		return sqlerr.AccessDenied.Errorf("Access denied for user '%s'", who.Name())
	}
	s.sql = s.engine.newSQLSession(id, who, account, s.opts)
	s.errand.begin(s.sql)
	if s.standing {
		s.sql.Rights = s.engine.inst.Bucket.Standing(who)
		s.sql.Own = s.sql.Rights
	}
	s.sql.HoldWrites, s.sql.HoldKept, s.sql.HoldRows = s.holdWrites, s.holdKept, s.holdRows
	s.sql.NamedLocks = &userlock.Owner{ID: id, Hold: s.holdWrites}
	s.decisions.Store(s.sql.decisions)
	s.acting.Store(&s.sql.Impersonator)
	s.seen, s.expired = nil, who.Source() == principal.Password && s.engine.opts.PasswordPolicy.Expired(account, s.engine.clock.Now())
	s.remembered, s.settings = remembered{}, query.Settings{}
	s.plans = compiled.NewCache(&s.engine.plans, s.chargePlans)
	s.sql.Epoch.Store(account.Epoch)
	s.sql.session, s.sql.Running, s.sql.Fence = s, &s.calls, &s.fence
	own := s.sql
	s.fence.Use(own.Locks, own.tableLocks, func() { s.engine.inst.NamedLocks.UnlockAll(own.NamedLocks) })
	s.admin = s.sql.HasSystem(privilege.SysAdmin)
	if err := s.sql.beInteractive(s.opts.Interactive); err != nil {
		return err
	}
	if err := s.sql.QuoteNames(s.opts.AnsiQuotes); err != nil {
		return err
	}
	if err := s.sql.Speak(s.opts.Collation); err != nil {
		return err
	}
	s.options = s.engine.contextOptions(s.sql)
	return s.begin(ctx, account, s.opts.Database)
}

// begin is the end of a login: who has to change his password first is no other account before he has, and his
// databases are those of that one then.
func (s *Session) begin(ctx context.Context, account *catalog.Principal, db string) (err error) {
	if account, err = s.asProxied(account); err != nil {
		return err
	}
	if s.expired { // which databases there are he hears when he has a password
		return nil
	}
	sctx := s.context(ctx, "")
	named := db != ""
	if db == "" {
		db = accounts.DefaultSchema(s.engine.inst.Cat.Snapshot(), account, s.sql.Rights.Holders())
	}
	if db == "" {
		return nil
	}
	if err := s.use(sctx, db); err != nil {
		if !named {
			return nil // a default schema that is gone does not keep anyone out
		}
		s.sql.decisions.Answered(answerOf(err), true)
		return err
	}
	return nil
}

// asProxied makes who has logged in the account on which he was granted PROXY. Who is nobody's login stays who he is, and
// who has to change his password first until he has: mustChange goes on here. In MySQL he is the other account at once, of which he may use nothing
// before he has changed his own password. What the proxied account's lock keeps out, and what cannot be recorded,
// keeps the login out, too.
func (s *Session) asProxied(account *catalog.Principal) (*catalog.Principal, error) {
	if account.Outside() && !s.standing {
		if err := s.sql.ShowLogin("external_user", account.LoginName()); err != nil {
			return nil, err
		}
	}
	if s.standing || s.expired || s.sql.User.Source() == principal.Internal {
		return account, nil
	}
	snap := s.engine.inst.Cat.Snapshot()
	target := accounts.ProxyOf(snap, account.ID)
	if target == nil {
		return account, nil
	}
	denied := sqlerr.AccessDenied.Errorf("Access denied for user '%s'", s.sql.User.Name())
	record := audit.Record{Event: "login.proxy", Result: audit.Done, Object: "user " + target.Name, Origin: s.sql.AuditOrigin()}
	record.Login, record.LoginName = 0, ""                                                // of who the session was before it changed its user
	tell := func() error { return auditError(s.engine.refusals.Ran(account.ID, record)) } // a pool resets its sessions all the time
	if !accounts.MayProxy(snap, s.sql.Actor(), target, access.List) {
		record.Result, record.Reason = audit.Refused, "the proxied account is deactivated, or PROXY on it is denied"
		return nil, errors.Join(denied, tell())
	}
	err := s.sql.Session.BecomeUser(accounts.Impersonation{User: target, NoRevert: true, Login: true}, tell)
	if err != nil || !s.sql.Acting().Allowed(s.engine.inst.Cat.Snapshot()) { // revoked before anybody could see who the session is
		return nil, denied
	}
	return target, s.sql.ShowLogin("proxy_user", "'"+account.LoginName()+"'@'"+cmp.Or(account.Host, "%")+"'")
}

// chargePlans takes memory for plans that are kept: they leave half of the session's to its statements.
func (s *Session) chargePlans(bytes int) error {
	if bytes < 0 {
		return s.held.Keep(bytes, 0)
	}
	return s.held.Keep(bytes, s.limits(s.context(context.Background(), "")).Session/2)
}

// Hold implements session.Holder.
func (s *Session) Hold(bytes int) error {
	if bytes < 0 {
		return s.held.Wait(bytes, 0)
	}
	return s.held.Wait(bytes, s.limits(s.context(context.Background(), "")).Session)
}

// holdWrites charges what the open transaction has written.
func (s *Session) holdWrites(bytes int64) error {
	if bytes < 0 {
		return s.held.Write(bytes, 0)
	}
	return s.held.Write(bytes, s.limits(s.context(context.Background(), "")).Session)
}

// holdKept charges what the session keeps beside its statements.
func (s *Session) holdKept(bytes int) error {
	if bytes < 0 {
		return s.held.Keep(bytes, 0)
	}
	return s.held.Keep(bytes, s.limits(s.context(context.Background(), "")).Session)
}

// holdRows asks for room for the rows of temporary tables.
func (s *Session) holdRows(table string, all, more int64) error {
	return s.held.Rows(table, all, more, s.limits(s.context(context.Background(), "")))
}

// context makes the library's context for one statement.
func (s *Session) context(ctx context.Context, text string) *sql.Context {
	out := sql.NewContext(witness.By(ctx, s.sql), s.options...)
	out.ApplyOpts(sql.WithPid(s.engine.pids.Add(1)), sql.WithQuery(text))
	return out
}

// contextOptions are what the contexts of all statements of a session share.
func (e *Engine) contextOptions(s *sqlSession) []sql.ContextOption {
	return []sql.ContextOption{
		sql.WithSession(s),
		sql.WithMemoryManager(e.inst.GMS.MemoryManager),
		sql.WithProcessList(visibleProcesses{e.procs, s}),
		sql.WithServices(sql.Services{KillConnection: s.killConnection}),
	}
}

// ID implements session.Session.
func (s *Session) ID() uint32 { return s.id }

// Principal implements session.Session.
func (s *Session) Principal() principal.Principal { return s.sql.User }

// MayMonitor implements session.Monitor.
func (s *Session) MayMonitor() bool { return !s.expired && s.sql.HasSystem(privilege.SysMonitor) }

// Split implements session.Session.
func (s *Session) Split(text string) (first, rest string) {
	s.calls.Begin()
	defer s.calls.End()
	return lex.Split(text, s.sql.Reading())
}

// Speech implements session.Speaker.
func (s *Session) Speech() session.Speech { return s.sql.Speech() }

// Statement implements session.Speaker.
func (s *Session) Statement(raw string) string {
	read := s.sql.Speech().Client.Read
	if read == nil {
		return raw
	}
	return lex.FromCharset(raw, s.sql.Reading(), read)
}

// CharsetOf implements session.Charsets.
func (s *Session) CharsetOf(collation uint16) session.Charset { return state.CharsetOf(collation) }

// CharsetOf implements session.Charsets.
func (e *Engine) CharsetOf(collation uint16) session.Charset { return state.CharsetOf(collation) }

// Admit implements session.Admitter: who has to change his password first is told of nothing else.
func (s *Session) Admit(ctx context.Context) error {
	s.calls.Begin()
	defer s.calls.End()
	if rec := s.account(); rec != nil {
		return s.mustChange(ctx, rec, nil)
	}
	return nil
}

// Use implements session.Session.
func (s *Session) Use(ctx context.Context, database string) error {
	s.calls.Begin()
	defer s.calls.End()
	if rec := s.account(); rec != nil {
		if err := s.mustChange(ctx, rec, nil); err != nil {
			return err
		}
	}
	release := s.sql.decisions.Hold()
	err := s.use(s.context(ctx, ""), database)
	release(answerOf(err))
	if err != nil {
		return toClient(err, lxaccess.ShowValues)
	}
	return nil
}

func (s *Session) use(ctx *sql.Context, database string) error {
	db, err := s.engine.inst.GMS.Analyzer.Catalog.Database(ctx, database)
	if err != nil {
		return toClient(err, lxaccess.ShowValues)
	}
	s.sql.SetCurrentDatabase(db.Name())
	return s.sql.UseDatabase(ctx, db)
}

// Status implements session.Session.
func (s *Session) Status() session.Status {
	return session.Status{
		InTransaction: s.sql.InTransaction(), Autocommit: s.sql.Autocommit(), Database: s.sql.GetCurrentDatabase(),
		NoBackslashEscapes: s.sql.Reading().NoBackslashEscapes,
	}
}

// Reset implements session.Session.
func (s *Session) Reset(ctx context.Context) error {
	s.calls.Begin()
	defer s.calls.End()
	if err := s.alive(); err != nil {
		return err
	}
	s.opts.Collation = 0 // as MySQL, which forgets what was said when the client connected
	// The session may have changed its own password since.
	return s.restart(ctx, s.login.Load().At(s.sql.Epoch.Load()), s.opts, s.sql.GetCurrentDatabase())
}

// ChangeUser implements session.Session.
func (s *Session) ChangeUser(ctx context.Context, who principal.Principal, opts session.Options) error {
	s.calls.Begin()
	defer s.calls.End()
	if err := s.alive(); err != nil {
		return err
	}
	if err := s.engine.connects(who); err != nil {
		s.Kill()
		return toClient(err, lxaccess.ShowValues)
	}
	return s.restart(ctx, who, opts, opts.Database)
}

func (s *Session) restart(ctx context.Context, who principal.Principal, opts session.Options, database string) error {
	id := s.ID()
	s.endActing()
	s.free()
	opts.Database = database
	s.opts = opts
	err := s.start(ctx, id, who)
	if err == nil {
		err = s.engine.sessions.become(s, who)
	}
	if err != nil {
		s.Kill()
		return toClient(err, lxaccess.ShowValues)
	}
	s.engine.procs.ConnectionReady(s.sql)
	return nil
}

// endActing records the end of what EXECUTE AS began and no REVERT has ended: the session ends, by itself or as it may not
// act so any more, or begins anew.
func (s *Session) endActing() {
	a := s.sql.Acting()
	if a == nil || s.errand != nil {
		return
	}
	for _, who := range a.Acted(s.sql.User) {
		record := audit.Record{
			Event: "impersonate.end", Result: audit.Done, Object: "user " + who.Name(), Reason: "the session ended or began anew",
			Origin: s.sql.AuditOrigin(),
		}
		record.Who, record.Name = who.ID(), who.Name()
		if err := s.engine.inst.Audit.Write(record); err != nil {
			s.engine.inst.Log.Warn("the end of EXECUTE AS is not in the audit log", "user", who.Name(), "err", err)
		}
	}
}

// free gives back what the session holds outside itself.
func (s *Session) free() {
	for st := range s.stmts {
		st.closed = true
		delete(s.stmts, st)
	}
	s.engine.inst.NamedLocks.UnlockAll(s.sql.NamedLocks)
	if s.errand == nil { // else the number is that of the session around it
		s.engine.inst.GMS.CloseSession(s.ID())
	}
	s.plans.Reset()
	s.sql.SessionEnd()
	s.sql.EndTemporaries()
	s.handedOver()
	s.held.Reset()
	s.tree.Reset()
}

// Close implements session.Session.
func (s *Session) Close() error {
	if !s.engine.sessions.remove(s) {
		return nil
	}
	s.endActing()
	s.free()
	s.held.EndWait()
	s.engine.procs.RemoveConnection(s.ID())
	return nil
}
