package engine

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
)

// state is what a session is made of: who acts, the variables and the transaction,
// and the scope of the running statement, which is a new one for each. Nothing in
// it outlives the connection.
type state struct {
	transactions
	acting
	scope
	met
	inst    *instance
	running *calls // of the client
}

// stateOf returns the session that ctx runs in, or nil for a context without
// one of ours. Callers treat nil as nobody.
func stateOf(ctx *sql.Context) *state {
	if ctx == nil {
		return nil
	}
	h, ok := ctx.Session.(interface{ sessionState() *state })
	if !ok {
		return nil
	}
	return h.sessionState()
}

func (s *state) sessionState() *state { return s }

// Update runs one catalog change. Everything that a statement changes there, the
// rights of a new object's owner included, is in it.
func (s *state) Update(ctx context.Context, change func(*catalog.Tx) error) error {
	return s.inst.store.Update(ctx, s.locks, change)
}

// snapshot is the catalog as the session sees it: with what its own DDL
// statement has made so far.
func (s *state) snapshot() *catalog.Snapshot { return s.inst.store.Snapshot(s.locks) }

// CommitTransaction implements sql.TransactionSession.
func (s *state) CommitTransaction(ctx *sql.Context, tx sql.Transaction) error {
	if s.keeps && s.inTransaction() {
		return nil
	}
	return s.transactions.CommitTransaction(ctx, tx)
}

// CommandBegin and CommandEnd implement sql.LifecycleAwareSession; run calls them.
func (s *state) CommandBegin() error {
	s.scope = scope{}
	s.met.reset()
	return nil
}

// CommandEnd drops the statement's scope with it.
func (s *state) CommandEnd() {
	s.scope = scope{}
	s.endLeftOver()
}

// StatementMark implements table.Session.
func (s *state) StatementMark() (kivi.Mark, bool) {
	if !s.changesRows {
		return kivi.Mark{}, false
	}
	return s.before()
}

// GetCurrentDatabase names a database while a view is resolved, even when none
// was selected: the library asks for one before it turns to the view's own, and
// would refuse `SELECT … FROM db.view` otherwise.
func (s *state) GetCurrentDatabase() string {
	if s.renaming != "" {
		return s.renaming
	}
	db := s.BaseSession.GetCurrentDatabase()
	if db == "" && s.inView {
		return sql.InformationSchemaDatabaseName
	}
	return db
}
