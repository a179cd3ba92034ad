package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/rowexec"
	"github.com/sirupsen/logrus"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/compiled"
	"github.com/lxdb/lxdb/engine/objects"
	lxplan "github.com/lxdb/lxdb/engine/plan"
	"github.com/lxdb/lxdb/engine/process"
	"github.com/lxdb/lxdb/engine/query"
	"github.com/lxdb/lxdb/engine/schedule"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/state"
	ours "github.com/lxdb/lxdb/engine/statement"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/userlock"
	"github.com/lxdb/lxdb/internal/steady"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/grant"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/witness"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/relation"
)

// parallelHashes bounds the passwords that are hashed at once, and so the memory
// that a flood of logins can take: 19 MiB each.
const parallelHashes = 4

// Engine is an open database. It is safe for concurrent use.
type Engine struct {
	opts    Options
	gmsLog  *logrus.Entry
	address string

	inst      state.Instance
	db        *kivi.DB
	authority *cert.Authority
	refusals  *witness.Refusals
	hasher    *authn.Hasher
	// outside is the company's directory; nil without one.
	outside Outside
	// logins is one for all: it counts wrong passwords.
	logins   *authn.CatalogDirectory
	accounts *accounts.Accounts

	stopRenewal func()
	expirer     *grant.Expirer
	callers     []*state.Activation // of the change that is being committed: see asks
	excused     excused
	clock       *steady.Clock // of what ends
	issuer      *cert.Issuer
	procs       *process.List

	left   query.Left    // to the library's executor
	memory *query.Memory // of the queries that run
	plans  compiled.Pool

	sessions *sessions
	usage    *state.Usage
	events   *schedule.Scheduler
	nextID   *atomic.Uint32
	pids     *atomic.Uint64
	began    time.Time
	branches bool // its catalog is a branch of another's: see CreateFilled
}

// Open opens or creates the database in opts.Dir.
func Open(ctx context.Context, opts Options) (_ *Engine, err error) {
	if opts.Dir == "" && !opts.InMemory {
		return nil, errors.New("engine: no directory given and not in memory")
	}
	if err := opts.PasswordPolicy.Validate(); err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	setGlobals()
	if opts.defaultCollation == sql.Collation_Unspecified {
		opts.defaultCollation = objects.DefaultCollation
	}
	if opts.Hash == (authn.Params{}) {
		opts.Hash = authn.DefaultParams
	}
	e := &Engine{began: time.Now(), opts: opts, hasher: authn.NewHasher(opts.Hash, parallelHashes), nextID: new(atomic.Uint32), pids: new(atomic.Uint64), memory: new(query.Memory), inst: state.Instance{NamedLocks: new(userlock.Table), Log: opts.logger(), Collation: opts.defaultCollation}, sessions: newSessions(opts.Sessions.WithDefaults()), usage: state.NewUsage(), address: "localhost"}
	e.gmsLog = quietLogger()
	if err := e.openTemporary(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.closeStore())
		}
	}()
	if err := e.openStore(ctx); err != nil {
		return nil, err
	}
	if err := e.openSecurity(ctx); err != nil {
		return nil, err
	}
	if err := e.openSQL(ctx); err != nil {
		return nil, err
	}
	if err := e.openEvents(); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Engine) openStore(ctx context.Context) error {
	o := e.opts.Store
	o.InMemory = e.opts.InMemory
	if !o.InMemory {
		o.Dir = filepath.Join(e.opts.Dir, "kivi")
	}
	o.Logger = e.inst.Log
	db, err := kivi.Open(o)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	e.db = db
	if e.inst.Cat, err = e.openCatalog(ctx); errors.Is(err, catalog.ErrTampered) || errors.Is(err, catalog.ErrEmptied) {
		return errors.Join(err, e.auditTampered(err))
	}
	return err
}

// openCatalog opens the catalog, whose records are sealed with a key beside those of
// the permission authority.
func (e *Engine) openCatalog(ctx context.Context) (*catalog.Catalog, error) {
	if e.opts.InMemory {
		return catalog.Open(ctx, e.db)
	}
	sealing, keep, err := cert.OpenSeal(filepath.Join(e.opts.Dir, authorityDir))
	if err != nil {
		return nil, err
	}
	sealing.Adopt = e.opts.Reseal
	if sealing.Known, err = servedBefore(e.opts.Dir); err != nil {
		return nil, err
	}
	c, err := catalog.OpenSealed(ctx, e.db, sealing)
	if err != nil {
		return nil, err
	}
	return c, keep()
}

// servedBefore reports whether something stands in a directory that is made only after the
// catalog was: its key, the permission authority, the audit log. An empty store beside them
// was emptied.
func servedBefore(dir string) (bool, error) {
	log, _ := AuditFiles(dir)
	for _, place := range []string{log, filepath.Join(dir, authorityDir)} {
		files, err := os.ReadDir(place)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("look for an earlier database: %w", err)
		}
		for _, f := range files {
			// Others are of a first start that was cut short.
			if !strings.HasSuffix(f.Name(), ".pending") && !strings.HasPrefix(f.Name(), ".") {
				return true, nil
			}
		}
	}
	return false, nil
}

// authorityDir is where the keys are that certificates, records and the audit log are
// signed with.
const authorityDir = "authority"

// openSecurity opens the permission path: the authority that signs permission
// certificates and the bucket that holds them. From here on every catalog
// change re-issues the certificates of those whose grants it changed, in the
// same transaction.
func (e *Engine) openSecurity(ctx context.Context) error {
	e.clock = steady.New()
	if e.opts.wall != nil {
		e.clock = steady.Beside(e.opts.wall)
	}
	authority, err := e.openAuthority()
	if err != nil {
		return fmt.Errorf("open permission authority: %w", err)
	}
	e.authority = authority
	if err := e.openAudit(); err != nil {
		return err
	}
	issuer, err := cert.Attach(ctx, e.inst.Cat, authority)
	if err != nil {
		return fmt.Errorf("issue permission certificates: %w", err)
	}
	e.issuer = issuer
	if e.opts.Reseal {
		if err := e.reissue(ctx, issuer); err != nil {
			return err
		}
	}
	e.renewDaily(issuer)
	if e.expirer, err = grant.ExpireGrants(ctx, e.inst.Cat, e.clock.Now, func(err error) {
		e.inst.Log.Error("what has ended may be held for a second more", "err", err)
	}); err != nil {
		return err
	}
	e.inst.Bucket = bucket.Open(e.inst.Cat, authority, bucket.Options{Report: e.certificateRefused, BlindAdmins: e.opts.BlindAdmins})
	e.logins = authn.NewCatalogDirectory(e.inst.Cat, e.hasher, e.clock.Now)
	e.openAccounts()
	e.inst.Nobody = e.inst.Bucket.Session(principal.Principal{})
	e.inst.Cat.BeforeCommit(e.asks)
	e.inst.Cat.AfterCommit(e.killStale)
	e.inst.Cat.AfterCommit(e.giveUpRevoked)
	e.inst.Cat.AfterCommit(e.showMandatory)
	e.showPartialRevokes(e.inst.Cat.Snapshot())
	if snap := e.inst.Cat.Snapshot(); len(snap.MembershipsOf(catalog.Public)) > 0 {
		e.showMandatory(snap, catalog.Touched{Principals: []principal.ID{catalog.Public}})
	}
	return e.setRootPassword(ctx)
}

func (e *Engine) openAccounts() {
	e.accounts = accounts.New(accounts.Options{
		Catalog: e.inst.Cat, Hasher: e.hasher, Policy: e.opts.PasswordPolicy,
		Rights:        func(p principal.Principal) accounts.Rights { return e.inst.Bucket.Session(p) },
		HomeCollation: objects.DefaultCollation.Name(), RestrictHomes: e.opts.RestrictTableCreation,
		Scope: e.opts.UserAdminScope, KeepObjects: e.opts.DropUserKeepsObjects, Now: e.clock.Now,
	})
}

// renewDaily keeps the permission certificates of a server that runs for months
// from ending: a principal whose certificate has ended is denied everything.
func (e *Engine) renewDaily(issuer *cert.Issuer) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	e.stopRenewal = func() { cancel(); <-done }
	go func() {
		defer close(done)
		ticker := time.NewTicker(24 * time.Hour)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if err := issuer.Renew(ctx); err != nil {
					e.inst.Log.Error("renew permission certificates", "err", err)
				}
			}
		}
	}()
}

func (e *Engine) openAuthority() (*cert.Authority, error) {
	if e.opts.InMemory {
		return cert.NewAuthority(e.clock.Now)
	}
	return cert.OpenAuthority(filepath.Join(e.opts.Dir, authorityDir), e.clock.Now)
}

// library is held while an engine of the library is made: that sets status variables that
// it keeps for the whole process, and each new session copies.
var library sync.RWMutex

func (e *Engine) openSQL(ctx context.Context) error {
	var err error
	if e.inst.Store, err = table.NewStore(ctx, e.db, e.inst.Cat); err != nil {
		return fmt.Errorf("open tables: %w", err)
	}
	e.inst.Sequences = relation.NewSequences(e.db)
	a := analyzer.NewBuilder(objects.Provider{Inst: &e.inst}).Build()
	a.Catalog.AuthHandler = lxaccess.Authorizer{}
	a.Catalog.StatsProvider = lxplan.NoStatistics{}
	a.Parser = clientText
	a.Catalog.RegisterFunction(sql.NewEmptyContext(), identityFunctions...)
	a.Catalog.InfoSchema = objects.InfoSchema{Database: a.Catalog.InfoSchema}
	a.ExecBuilder = objects.WholeChanges{Next: rowexec.NewOverrideBuilder(endable{})}
	if l := e.sessions.limits; l != (SessionLimits{}.WithDefaults()) {
		err := sql.SystemVariables.AssignValues(map[string]any{"max_connections": int64(l.All), "max_user_connections": int64(l.PerUser)})
		if err != nil {
			return fmt.Errorf("show the limits of sessions: %w", err)
		}
	}
	if e.opts.PasswordPolicy != (authn.Policy{}) {
		if err := showPolicy(e.opts.PasswordPolicy); err != nil {
			return err
		}
	}
	if word := e.opts.AlterKeyword; word != "" {
		if err := sql.SystemVariables.AssignValues(map[string]any{ours.KeywordVariable: word}); err != nil {
			return fmt.Errorf("set %s: %w", ours.KeywordVariable, err)
		}
	}
	library.Lock()
	e.inst.GMS = sqle.New(a, nil)
	library.Unlock()
	e.inst.GMS.Parser = clientText
	e.procs = process.NewList()
	e.inst.GMS.ProcessList = e.procs
	if err := e.upgradePrograms(ctx); err != nil {
		return err
	}
	return e.upgradeGrants(ctx)
}

// setRootPassword gives root the password of the options, once: a root that has
// one keeps it.
func (e *Engine) setRootPassword(ctx context.Context) error {
	if e.opts.RootPassword == "" || e.inst.Cat.Snapshot().PrincipalByID(catalog.Root).Password != "" {
		return nil
	}
	phc, err := e.hasher.Hash(ctx, e.opts.RootPassword)
	if err != nil {
		return fmt.Errorf("root password: %w", err)
	}
	return e.inst.Cat.Update(ctx, func(tx *catalog.Tx) error {
		root := tx.PrincipalByID(catalog.Root).Clone()
		root.Password = phc
		return tx.PutPrincipal(root)
	})
}

// Catalog is the database's catalog, for authentication and administration in
// process. It decides nothing about rights.
func (e *Engine) Catalog() *catalog.Catalog { return e.inst.Cat }

// Directory checks names and passwords against the accounts of this database.
func (e *Engine) Directory() *authn.CatalogDirectory {
	return e.logins
}

// Accounts is the administration of users and groups in process.
func (e *Engine) Accounts() *accounts.Accounts { return e.accounts }

// Root is the administrator, for callers that own the process: the command
// line, tests, examples.
func (e *Engine) Root() principal.Principal {
	return principal.Trusted(catalog.Root, e.inst.Cat.Snapshot().PrincipalByID(catalog.Root).Name)
}

// ErrRunning: statements that cannot be stopped run still.
var ErrRunning = errors.New("engine: statements that cannot be stopped run still")

// Close ends every session and closes the store. Statements that run are
// cancelled and rolled back. With some that do not end it returns ErrRunning and
// leaves the store open under them: whatever was committed is on disk, and nothing of
// theirs will be; but the directory stays locked until the process ends.
func (e *Engine) Close() error {
	e.events.Shut()
	for _, s := range e.sessions.shut() {
		s.Kill()
	}
	e.sessions.wait()
	err := e.inst.GMS.Close()
	if errors.Is(err, context.Canceled) { // how its background threads say that they ended
		err = nil
	}
	if n := e.sessions.abandoned(); n > 0 {
		e.stopRenewal()
		return errors.Join(err, fmt.Errorf("%w: %d", ErrRunning, n))
	}
	e.events.Wait() // they have no sessions any more
	return errors.Join(err, e.closeStore())
}

func (e *Engine) closeStore() error {
	if e.stopRenewal != nil {
		e.stopRenewal()
	}
	if e.expirer != nil {
		e.expirer.Close()
	}
	if e.inst.Bucket != nil {
		e.inst.Bucket.Close()
	}
	if e.refusals != nil {
		e.refusals.Close()
	}
	err := e.inst.Audit.Close()
	if e.db == nil {
		return err
	}
	return errors.Join(err, e.db.Close())
}

// quietLogger keeps the library, which logs failed statements with their text,
// off the operator's log. What an operator should know is logged by us.
func quietLogger() *logrus.Entry {
	l := logrus.New()
	l.SetOutput(io.Discard)
	l.SetLevel(logrus.PanicLevel)
	return logrus.NewEntry(l)
}

var _ session.Opener = (*Engine)(nil)
