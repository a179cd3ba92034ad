package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/process"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/routine"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/storage/relation"
)

// What a session is to the security statements that run in it.

var _ ours.Host = (*sqlSession)(nil)

// Outside is the company's directory, as far as statements ask it.
type Outside = ours.Outside

// UseOutside makes statements ask the company's directory. Call it before the
// first session is opened.
func (e *Engine) UseOutside(o Outside) { e.outside = o }

func (s *sqlSession) Snapshot() *catalog.Snapshot       { return s.engine.inst.Cat.Snapshot() }
func (s *sqlSession) Time() time.Time                   { return s.engine.clock.Now() }
func (s *sqlSession) Accounts() *accounts.Accounts      { return s.engine.Accounts().For(s.Rights) }
func (s *sqlSession) Outside() ours.Outside             { return s.engine.outside }
func (s *sqlSession) CheckName(kind, name string) error { return objects.CheckName(kind, name) }

// Update implements statement.Host.
func (s *sqlSession) Update(ctx context.Context, change func(*catalog.Tx) error) error {
	return s.Session.Update(ctx, func(tx *catalog.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		return s.KeepsRules(tx)
	})
}

// KeepsRules implements statement.Host.
func (s *sqlSession) KeepsRules(tx *catalog.Tx) error {
	before := s.Snapshot()
	if !before.AsksLogins() {
		return nil
	}
	if err := s.Accounts().In(tx, s.User).KeepsRules(before); err != nil {
		return err
	}
	if t := tx.Touched(); !t.Security && len(t.Principals)+len(t.Accounts) == 0 {
		return nil
	}
	return ours.KeepsItself(s, before, tx.Snapshot)
}

func (s *sqlSession) Sequences() ours.Sequences { return sequences{s} }

// sequences are those of the store, for the session as it acts now.
type sequences struct{ s *sqlSession }

func (q sequences) Forget(data catalog.ID) { q.s.Inst.Sequences.Forget(data) }

func (q sequences) Move(ctx context.Context, rec *catalog.Sequence) (ours.NextNumber, func(catalog.ID), error) {
	st, done, err := q.s.Inst.Sequences.Move(ctx, q.s.Rights, rec)
	if errors.Is(err, relation.ErrSequenceMoved) {
		err = ours.ErrSequenceMoved
	}
	return ours.NextNumber{Next: st.Next, Ended: st.Ended}, done, err
}

func (s *sqlSession) Log() *slog.Logger { return s.engine.inst.Log }
func (s *sqlSession) BindNames(ctx *sql.Context) (int, error) {
	return objects.BindNames(ctx, &s.Session)
}

func (s *sqlSession) MayCreateDatabase(name string) error {
	return lxaccess.For(&s.Session).CheckCreateDatabase(name)
}

// BecomeUser implements statement.Host.
func (s *sqlSession) BecomeUser(by accounts.Impersonation, record func() error) error {
	if s.session.opts.Transport == "https" {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'EXECUTE AS over HTTPS'").
			WithHint("requests of one user share sessions there; use the MySQL port")
	}
	return s.Session.BecomeUser(by, record)
}

// LockTables implements statement.Host.
func (s *sqlSession) LockTables(ctx context.Context, tables []catalog.ID) (release func(), err error) {
	locks := s.Inst.Store.NewLockOwner()
	locks.Over(s.tableLocks)
	slices.Sort(tables) // two that lock the same tables do not wait for each other
	for _, id := range tables {
		if err := locks.Exclusive(ctx, id, s.LockWait()); err != nil {
			locks.Release()
			return nil, err
		}
	}
	return locks.Release, nil
}

// UseNamed implements statement.Host.
func (s *sqlSession) UseNamed(ctx *sql.Context, name string) error {
	if s.Calls != nil {
		return routine.NotInRoutine("USE")
	}
	return s.session.use(ctx, name)
}

// BlindAdmins implements statement.Host.
func (s *sqlSession) BlindAdmins() bool { return s.Inst.Bucket.BlindAdmins() }

// RightsOf implements statement.Host.
func (s *sqlSession) RightsOf(id principal.ID) access.Rights { return s.engine.inst.RightsOf(id) }

// MayRunAs implements statement.Host: what runs as an account could act for it from then on.
func (s *sqlSession) MayRunAs(id principal.ID) error { return lxaccess.For(&s.Session).ActFor(id) }

// CreateDatabase implements statement.Host.
func (s *sqlSession) CreateDatabase(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error), then func(*catalog.Tx, catalog.ID) error) error {
	if err := objects.CheckName("database", name); err != nil {
		return err
	}
	return s.Session.Update(ctx, objects.CreateDatabase(name, s.Inst.Collation, owner, then))
}

// freeAttempts are those of CREATE SCHEMA with statements in it that keep nobody else from changing the catalog. Who
// changes it all the time would else keep it from its end.
const freeAttempts = 3

// CreateFilled implements statement.Host, on a branch of the catalog. What others change meanwhile is not what the
// statements have seen, so all is done anew then.
func (s *sqlSession) CreateFilled(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error), may func() error, texts []string) error {
	if err := objects.CheckName("database", name); err != nil {
		return err
	}
	if s.Fence.HasTables() { // its parts would wait for them
		return sqlerr.LockOrActiveTransaction.Errorf("Can't execute the given command because you have active locked tables or an active transaction").
			WithHint("UNLOCK TABLES first")
	}
	until, needs := time.Now().Add(s.Settings().MetaWait), time.Duration(0)
	for attempt := 1; ; attempt++ {
		of, release := ctx, func() {}
		if attempt > freeAttempts {
			of, release = s.Inst.Cat.Turn(ctx, 2*needs)
		}
		began := time.Now()
		err := s.createFilled(of, name, owner, may, texts)
		needs = max(2*needs, time.Since(began)) // it ends as soon as it is seen to be in vain
		release()
		if !errors.Is(err, catalog.ErrStaleDraft) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(until) {
			return sqlerr.LockWaitTimeout.Errorf("Lock wait timeout exceeded; try restarting transaction").
				WithHint("others changed the catalog each time before the schema was complete; nothing of it was made")
		}
	}
}

func (s *sqlSession) createFilled(ctx context.Context, name string, owner func(*catalog.Snapshot) (principal.ID, error), may func() error, texts []string) (err error) {
	branch, err := s.engine.branch()
	if err != nil {
		return err
	}
	defer branch.inst.Bucket.Close()
	defer func() {
		if err == nil {
			return
		}
		s.Inst.Store.Abandon(context.WithoutCancel(ctx), branch.inst.Cat)
		if branch.inst.Cat.Stale() { // whatever it is, it is of what was, and may tell what is taken away by now
			err = catalog.ErrStaleDraft
		}
	}()
	if err := may(); err != nil {
		return err
	}
	if err := branch.inst.Cat.Update(ctx, objects.CreateDatabase(name, s.Inst.Collation, owner, nil)); err != nil {
		return err
	}
	snap := branch.inst.Cat.Snapshot()
	who := snap.PrincipalByID(snap.Database(name).Owner)
	if err := s.runAs(ctx, branch, who, name, texts); err != nil {
		return err
	}
	if err := branch.inst.Store.Refused(); err != nil {
		return err
	}
	return s.Session.Update(ctx, func(tx *catalog.Tx) error { return tx.Adopt(branch.inst.Cat) })
}

// branch is the engine over a branch of the catalog. Its sessions are seen by nobody and count for no limit: what they do
// is part of a statement that was counted.
func (e *Engine) branch() (*Engine, error) {
	cat, err := e.inst.Cat.Branch()
	if err != nil {
		return nil, err
	}
	b := &Engine{
		opts: e.opts, gmsLog: e.gmsLog, address: e.address, inst: e.inst, db: e.db, authority: e.authority, refusals: e.refusals,
		hasher: e.hasher, outside: e.outside, logins: e.logins, accounts: e.accounts, expirer: e.expirer, clock: e.clock,
		issuer: e.issuer, procs: process.NewList(), memory: e.memory, sessions: newSessions(SessionLimits{}.WithDefaults()),
		usage: e.usage, events: e.events, nextID: e.nextID, pids: e.pids, began: e.began, branches: true,
	}
	b.inst.Cat, b.inst.Store, b.inst.Bucket = cat, e.inst.Store.Branch(cat), e.inst.Bucket.Branch(cat)
	if b.inst.Bucket == nil {
		return nil, catalog.ErrStaleDraft
	}
	b.inst.Nobody = b.inst.Bucket.Session(principal.Principal{})
	return b, nil
}

// readBy are the variables of a session that say what its statements mean, what they are for and how long they wait.
var readBy = []string{sql.SqlModeSessionVar, ours.KeywordVariable, ours.DialectVariable, "foreign_key_checks", "time_zone", "collation_connection",
	state.PurposeVariable, "innodb_lock_wait_timeout", "lock_wait_timeout"}

// runAs runs statements one after the other in a session of an account, which ends with them and reads texts as this one
// does, up to one that fails. It is no connection of that account's: see errand.
func (s *sqlSession) runAs(ctx context.Context, in *Engine, who *catalog.Principal, database string, texts []string) (err error) {
	inner, err := s.session.sends(ctx, in, who, database)
	if err != nil {
		return err
	}
	defer func() {
		s.session.inner.Store(nil)
		inner.free()
		inner.held.EndWait()
	}()
	for _, name := range readBy {
		v, err := s.GetSessionVariable(state.NoContext, name)
		if err != nil {
			return err
		}
		if err := inner.sql.SetSessionVariable(inner.context(ctx, ""), name, v); err != nil {
			return err
		}
	}
	for _, text := range texts {
		if in.inst.Cat.Stale() {
			return catalog.ErrStaleDraft
		}
		if err := inner.isElement(ctx, text, database); err != nil {
			return err
		}
		res, rest, err := inner.Query(ctx, text)
		if err != nil {
			return err
		}
		if err := res.Close(); err != nil {
			return err
		}
		if rest != "" { // what is read as one statement here is one there
			return sqlerr.Syntax.Errorf("You have an error in your SQL syntax: a statement inside CREATE SCHEMA has an end of its own")
		}
	}
	return nil
}

// errand is what a session does that runs a part of another one's statement, as an account. All but the rights is of the
// session around it: the connection and its number, who has logged in, for the audit log and for USER(), whose limits count, who
// may end it, and whose will it is what is made.
type errand struct {
	of     *Session
	who    principal.ID
	sent   catalog.Makers
	still  func(*catalog.Snapshot) bool // whether the one around may have it run
	cancel atomic.Pointer[context.CancelFunc]
}

// sends opens the session of an errand. Whoever calls it has asked for the right to it.
func (s *Session) sends(ctx context.Context, engine *Engine, who *catalog.Principal, database string) (*Session, error) {
	self, rights := s.sql.Self(), s.sql.Rights
	e := &errand{of: s, who: who.ID, sent: s.sql.Makers(who.ID), still: func(snap *catalog.Snapshot) bool {
		return lxaccess.MayActFor(snap, access.As(rights, nil), self, who.ID)
	}}
	in := &Session{
		engine: engine, id: s.id, stmts: map[*Stmt]struct{}{}, done: make(chan struct{}), abandoned: make(chan struct{}),
		held: s.engine.memory.For(), tree: s.engine.memory.For(), standing: true, errand: e,
		opts: session.Options{Remote: s.opts.Remote, Transport: s.opts.Transport, Database: database, Collation: s.opts.Collation},
	}
	in.login.Store(s.login.Load())
	if err := in.start(ctx, s.id, principal.Trusted(who.ID, who.Name)); err != nil {
		if in.sql != nil {
			in.free()
		}
		return nil, err
	}
	if self != who.ID {
		in.sql.decisions.Sender, in.sql.decisions.Before = self, s.engine.inst.Cat.Snapshot
	}
	s.inner.Store(in) // from here on it is found by what ends it
	if !e.allowed(s.engine.inst.Cat.Snapshot()) {
		in.Kill()
	}
	return in, nil
}

// begin makes a session that of the errand. e may be nil.
func (e *errand) begin(s *sqlSession) {
	if e == nil {
		return
	}
	s.Sent = e.sent
	client := e.of.sql.Client()
	client.Capabilities = s.Client().Capabilities
	s.SetClient(client)
}

// allowed says whether it may go on: the account is there and acts, and the session around it may act for it.
func (e *errand) allowed(snap *catalog.Snapshot) bool {
	p := snap.PrincipalByID(e.who)
	return p != nil && p.Acts() && e.still(snap)
}

// interrupt ends what runs now.
func (e *errand) interrupt() {
	if cancel := e.cancel.Load(); cancel != nil {
		(*cancel)()
	}
}

// beginQuery begins a statement, which whoever may end the session can end. An errand's is not in the process list: the
// one around it is.
func (s *Session) beginQuery(ctx *sql.Context, shown string) (*sql.Context, error) {
	if s.errand == nil || ctx.IsInterpreted() {
		return s.engine.procs.BeginQuery(ctx, shown)
	}
	if err := errors.Join(ctx.Err(), s.errand.of.alive()); err != nil {
		return nil, err
	}
	var cancel context.CancelFunc
	ctx.Context, cancel = context.WithCancel(ctx.Context)
	s.errand.cancel.Store(&cancel)
	return ctx, nil
}

// endQuery ends it.
func (s *Session) endQuery(ctx *sql.Context) {
	if s.errand == nil {
		s.engine.procs.EndQuery(ctx)
		return
	}
	s.errand.interrupt()
}

// isElement refuses a text that is no statement which makes or grants what is in a schema, the current one, whatever its
// words looked like.
func (s *Session) isElement(ctx context.Context, text, schema string) error {
	stmt, err := clientText.One(s.context(ctx, text), text, s.sql.Reading(), nil)
	if err != nil {
		return toClient(err, lxaccess.ShowValues)
	}
	snap, other := s.engine.inst.Cat.Snapshot(), "" // the database that is named
	made := false
	if n, ok := ours.Of(stmt); ok {
		switch n := n.Statement().(type) {
		case *dialect.CreateSequence:
			made, other = true, n.Name.Database
		case *dialect.Grant:
			made, other = n.Target.In(schema), n.Target.Database
			bare := n.Target.Kind == dialect.KindNone && n.Target.Scope == dialect.ScopeObject && n.Target.Database == ""
			if bare && snap.Relation(snap.Database(schema).ID, n.Target.Name).ID == 0 { // else it is a schema of that name
				return sqlerr.NoSuchTable.Errorf("Table '%s.%s' doesn't exist", schema, n.Target.Name)
			}
			if n.Target.Kind == dialect.KindSchema {
				other = n.Target.Name
			}
		}
	} else if n, ok := stmt.(*ast.DDL); ok && n.Action == ast.CreateStr && !n.Temporary {
		switch {
		case n.ViewSpec != nil:
			made, other = true, n.ViewSpec.ViewName.DbQualifier.String()
		case n.TriggerSpec == nil && n.ProcedureSpec == nil && n.EventSpec == nil:
			made, other = !n.Table.IsEmpty(), n.Table.DbQualifier.String()
		}
	}
	if !made || other != "" && catalog.FoldName(other) != catalog.FoldName(schema) {
		return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'statements inside CREATE SCHEMA but those that make or grant what is in it'")
	}
	return nil
}

// AdmitsStatements implements statement.Host. A program that acts for its definer sends them as he
// does. What acts for its invoker inside of one has his name and not all of his rights, so nothing
// there is his word.
func (s *sqlSession) AdmitsStatements() error {
	if !s.InDefiner() || s.Rights.Whole() {
		return nil
	}
	return sqlerr.NotSupportedYet.Errorf("statements about accounts and rights are not supported in what acts for its invoker inside of a program that acts for its definer").
		WithHint("send them by themselves, or declare the inner program SQL SECURITY DEFINER")
}

// Proxied implements statement.Host: by EXECUTE AS, by a program that acts for its definer,
// whoever has written and called that, or by the statement that this is a part of.
func (s *sqlSession) Proxied() bool {
	return s.Impersonates() || s.InDefiner() || s.session != nil && s.session.errand != nil
}

var _ lxplan.Environment = (*sqlSession)(nil)

// Evaluation is what the expressions of a statement are computed with.
func (s *sqlSession) Evaluation(ctx *sql.Context) *value.Env {
	if s.session == nil {
		return new(query.Settings).Env(ctx, s.Planning)
	}
	return s.session.settings.Env(ctx, s.Planning)
}

// Certificates implements statement.Host.
func (s *sqlSession) Certificates() ours.Certificates { return certificates{s.engine, s.session} }

type certificates struct {
	e *Engine
	s *Session
}

// Certificate implements statement.Certificates.
func (c certificates) Certificate(id principal.ID) ours.Certificate {
	snap := c.e.inst.Cat.Snapshot()
	out := ours.Certificate{State: "in force", Pages: len(snap.CertificatePages(id))}
	p, err := cert.Read(snap, c.e.authority, id, nil)
	if rec := snap.Certificate(id); rec != nil {
		out.Serial, out.Epoch = fmt.Sprintf("%x", rec.Serial), rec.Epoch
	}
	if p != nil {
		out.Issuer, out.Entries, out.From, out.Until = p.Issuer, p.Len(), p.NotBefore, p.NotAfter
	}
	if err != nil {
		out.State = err.Error()
	}
	return out
}

// Own implements statement.Certificates.
func (c certificates) Own() []string {
	if c.s == nil {
		return nil
	}
	if p := c.s.account(); p == nil || !p.Rule().NeedsCertificate() {
		return nil
	}
	return c.s.certificate
}

// Presented implements statement.Certificates.
func (c certificates) Presented() []string {
	if c.s == nil {
		return nil
	}
	return c.s.certificate
}

// Authority implements statement.Certificates.
func (c certificates) Authority() string { return c.e.authority.Serial() }

// RotateKey implements statement.Certificates.
func (c certificates) RotateKey(ctx context.Context) error { return c.e.issuer.Rotate(ctx) }
