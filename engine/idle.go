package engine

import (
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

var (
	errIdle = sqlerr.ClientInteractionTimeout.Errorf("The client was disconnected by the server because of inactivity. " +
		"See wait_timeout and interactive_timeout for configuring this behavior.")
	errIdleInTransaction = sqlerr.ClientInteractionTimeout.Errorf("The client was disconnected by the server because its transaction was idle. " +
		"See idle_transaction_timeout for configuring this behavior.")
)

// IdleLimit implements session.Session.
func (s *Session) IdleLimit() (time.Duration, error) {
	set := s.sql.Settings()
	if set.IdleInTx > 0 && set.IdleInTx < set.Idle && s.sql.InTransaction() {
		return set.IdleInTx, errIdleInTransaction
	}
	return set.Idle, errIdle
}

// beInteractive gives the session of a client at which a person sits the limit for
// those, as MySQL does.
func (s *sqlSession) beInteractive(interactive bool) error {
	if !interactive {
		return nil
	}
	_, limit, ok := sql.SystemVariables.GetGlobal(state.InteractiveIdleVariable)
	if !ok {
		return nil
	}
	return s.BaseSession.SetSessionVariable(state.NoContext, state.IdleVariable, limit)
}
