package engine

import (
	"context"
	"strings"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// settings are the session variables that every statement looks at, read once
// after each change of a variable. To read them from the library's map costs a
// noticeable part of a look-up by primary key.
type settings struct {
	autocommit bool
	isolation  kv.Isolation
	readOnly   bool          // new transactions are READ ONLY
	lockWait   time.Duration // for rows
	metaWait   time.Duration // for tables
}

// perTransaction are the variables that settings is made of. They change how a
// statement runs, not how it is planned.
var perTransaction = map[string]bool{
	sql.AutoCommitSessionVar: true, "transaction_isolation": true, "tx_isolation": true, "transaction_read_only": true,
	"tx_read_only": true, lockWaitVariable: true, "lock_wait_timeout": true,
}

// InitSessionVariable implements sql.Session.
func (s *sqlSession) InitSessionVariable(ctx *sql.Context, name string, value any) error {
	defer s.changed(name)
	return s.BaseSession.InitSessionVariable(ctx, name, value)
}

// changed forgets what was derived from the session's variables. Any of them
// may be part of a compiled statement, except those that settings is made of.
func (s *sqlSession) changed(name string) {
	s.cached = nil
	if !perTransaction[strings.ToLower(name)] {
		s.planning++
	}
}

func (s *sqlSession) settings() *settings {
	if s.cached == nil {
		s.cached = &settings{
			autocommit: s.readAutocommit(),
			isolation:  s.readIsolation(),
			readOnly:   s.readReadOnly(),
			lockWait:   s.readLockWait(),
			metaWait:   table.MetaLockWait(sql.NewContext(context.Background(), sql.WithSession(s))),
		}
	}
	return s.cached
}

func (s *sqlSession) autocommit() bool { return s.settings().autocommit }

func (s *sqlSession) lockWait() time.Duration { return s.settings().lockWait }

func (s *sqlSession) readAutocommit() bool {
	v, err := s.GetSessionVariable(noContext, sql.AutoCommitSessionVar)
	if err != nil {
		return true
	}
	if on, ok := v.(int8); ok {
		return on != 0
	}
	on, err := sql.ConvertToBool(noContext, v)
	return err == nil && on
}

func (s *sqlSession) readIsolation() kv.Isolation {
	v, err := s.GetSessionVariable(noContext, "transaction_isolation")
	if err != nil {
		return kv.RepeatableRead
	}
	name, _ := v.(string)
	switch strings.ToUpper(strings.ReplaceAll(name, " ", "-")) {
	case "READ-COMMITTED", "READ-UNCOMMITTED": // dirty reads do not exist here
		return kv.ReadCommitted
	case "SERIALIZABLE":
		return kv.Serializable
	default:
		return kv.RepeatableRead
	}
}

func (s *sqlSession) readReadOnly() bool {
	v, err := s.GetSessionVariable(noContext, "transaction_read_only")
	if err != nil {
		return false
	}
	on, err := sql.ConvertToBool(noContext, v)
	return err == nil && on
}

func (s *sqlSession) readLockWait() time.Duration {
	v, err := s.GetSessionVariable(noContext, lockWaitVariable)
	if err != nil {
		return s.engine.opts.Store.LockWait
	}
	secs, _, err := lockWaitType.Convert(noContext, v)
	n, ok := secs.(int64)
	if err != nil || !ok || n < 0 {
		return s.engine.opts.Store.LockWait
	}
	return time.Duration(n) * time.Second
}
