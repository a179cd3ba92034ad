package state

import (
	"context"
	"maps"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/engine/userlock"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Session is what a session is made of: who acts, the variables and the transaction,
// and the scope of the running statement, which is a new one for each. Nothing in
// it outlives the connection.
type Session struct {
	Transactions
	Identity
	Scope
	met
	Inst *Instance
	// NamedLocks has those that GET_LOCK took; nil: the session takes none.
	NamedLocks *userlock.Owner
	Running    *Calls // of the client
	// Around are the relations that the statements around a function or trigger use,
	// outermost first.
	Around [][]RelationUse
	inside int // statements inside others that run
	numbers
	// Sent are those whose will the statement is of which the session runs a part: see sqlSession.CreateFilled.
	Sent catalog.Makers
	// Calls is the program whose body runs: see package routine.
	Calls *Activation
	laid  []*table.Temporaries // of those that the session was before, while it acts as another account
}

// Of returns the session that ctx runs in, or nil for a context without
// one of ours. Callers treat nil as nobody.
func Of(ctx *sql.Context) *Session {
	if ctx == nil {
		return nil
	}
	h, ok := ctx.Session.(interface{ sessionState() *Session })
	if !ok {
		return nil
	}
	return h.sessionState()
}

func (s *Session) sessionState() *Session { return s }

// Update runs one catalog change. Everything that a statement changes there, the
// rights of a new object's owner included, is in it.
func (s *Session) Update(ctx context.Context, change func(*catalog.Tx) error) error {
	return s.Inst.Store.Update(ctx, s.Locks, change)
}

// Catalog is the catalog as the session sees it: with what its own DDL
// statement has made so far.
func (s *Session) Catalog() *catalog.Snapshot { return s.Inst.Store.Snapshot(s.Locks) }

// CommitTransaction implements sql.TransactionSession.
func (s *Session) CommitTransaction(ctx *sql.Context, tx sql.Transaction) error {
	if s.Within > 0 || s.Keeps && s.InTransaction() {
		return nil
	}
	return s.Transactions.CommitTransaction(ctx, tx)
}

// CommandBegin and CommandEnd implement sql.LifecycleAwareSession; run calls them.
func (s *Session) CommandBegin() error {
	s.Scope = Scope{}
	if s.inside > 0 { // what was met around it stays known
		s.met.Given, s.Validates = nil, nil
		return nil
	}
	s.met.reset()
	return nil
}

// CommandEnd drops the statement's scope with it.
func (s *Session) CommandEnd() {
	s.Scope = Scope{}
	s.endLeftOver()
}

// Inside makes room for a statement inside the one that runs: of a program. The
// function that it returns brings the outer one's scope back. Within says that the
// inner one is part of the outer one, as those of functions and triggers are: what
// it commits or undoes is then the outer one's business.
func (s *Session) Inside(ctx *sql.Context, within bool) (func(), error) {
	scope, touched, given, validates, locking := s.Scope, s.Touched, s.met.Given, s.Validates, len(s.Locking)
	s.Touched = make([]RelationUse, len(touched))
	for i, u := range touched {
		u.Inside = true
		s.Touched[i] = u
	}
	s.inside++
	around := s.Around
	leave := func() {}
	if within {
		s.Around = append(slices.Clip(around), touched)
		var err error
		if leave, err = s.nest(ctx); err != nil {
			s.Around, s.Touched, s.inside = around, touched, s.inside-1
			return nil, err
		}
	}
	back := func() {}
	if within && s.Locks != nil {
		back = s.Locks.Apart()
	}
	return func() {
		back()
		leave()
		s.inside--
		s.Around = around
		s.Locking = s.Locking[:min(locking, len(s.Locking))]
		inner := s.Touched
		s.Scope, s.Touched, s.met.Given, s.Validates = scope, touched, given, validates
		for _, u := range inner { // an error may tell of them
			u.Inside = true
			s.Touch(u)
		}
	}, nil
}

// Try remembers what the running statement has met so far. The function that it returns goes back to
// that: for a plan that was tried and is not used.
func (s *Session) Try() (back func()) {
	scope, touched, given, validates, locking := s.Scope, len(s.Touched), maps.Clone(s.met.Given), s.Validates, len(s.Locking)
	return func() {
		s.Locking = s.Locking[:locking]
		s.Scope, s.Touched, s.met.Given, s.Validates = scope, s.Touched[:touched], given, validates
	}
}

// StatementMark implements table.Session.
func (s *Session) StatementMark() (kivi.Mark, bool) {
	if !s.ChangesRows {
		return kivi.Mark{}, false
	}
	return s.before()
}

// GetCurrentDatabase names a database while a view is resolved, even when none
// was selected: the library asks for one before it turns to the view's own, and
// would refuse `SELECT … FROM db.view` otherwise.
func (s *Session) GetCurrentDatabase() string {
	if s.renaming != "" {
		return s.renaming
	}
	db := s.BaseSession.GetCurrentDatabase()
	if db == "" && s.InView {
		return sql.InformationSchemaDatabaseName
	}
	return db
}
