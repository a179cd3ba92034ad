package engine

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
)

// LOCK TABLES t WRITE takes the table's metadata lock for the session alone, until
// UNLOCK TABLES, the next LOCK TABLES, BEGIN or the end of the session: nobody else
// reads or writes the table meanwhile. READ is noted and locks nothing: a transaction
// reads one state of all tables, and to keep readers out would be more than it says.

// tableLocks runs LOCK TABLES and UNLOCK TABLES, and lets BEGIN give the locks up.
// done is false for any other statement.
func (st *statement) tableLocks(stmt ast.Statement) (res session.Result, done bool, err error) {
	s := st.session.sql
	switch n := stmt.(type) {
	case *ast.Begin:
		s.Fence.UnlockTables()
		return nil, false, nil
	case *ast.UnlockTables:
		s.Fence.UnlockTables()
	case *ast.LockTables:
		if err := s.lockTables(st.ctx, n); err != nil {
			return nil, false, err
		}
	default:
		return nil, false, nil
	}
	warnings := s.WarningCount()
	st.end()
	return &okResult{session.Summary{Status: st.session.Status(), Warnings: warnings}}, true, nil
}

func (s *sqlSession) lockTables(ctx *sql.Context, n *ast.LockTables) error {
	s.Fence.UnlockTables()
	ids, terms, err := s.lockable(ctx, n)
	if err != nil {
		return err
	}
	s.Fence.LockTables(terms) // before they are taken: a revoke that comes meanwhile takes them away again
	slices.Sort(ids)          // two sessions that lock the same tables do not wait for each other
	for _, id := range ids {
		if err := s.tableLocks.Exclusive(ctx, id, s.Settings().MetaWait); err != nil {
			s.Fence.UnlockTables()
			return err
		}
	}
	return nil
}

// lockable asks for the right to lock, and finds the tables to lock and what they are locked by.
func (s *sqlSession) lockable(ctx *sql.Context, n *ast.LockTables) (ids []catalog.ID, terms []state.Term, err error) {
	for _, t := range n.Tables {
		ref, ok := t.Table.(*ast.AliasedTableExpr)
		if !ok {
			return nil, nil, sqlerr.Syntax.Errorf("LOCK TABLES wants tables")
		}
		if err := (lxaccess.Authorizer{}).HandleAuth(ctx, nil, ref.Auth); err != nil {
			return nil, nil, err
		}
		name, _ := ref.Expr.(ast.TableName)
		obj, database := lxaccess.For(&s.Session).Resolve(name.DbQualifier.String(), name.Name.String(), nil)
		switch {
		case obj.ID() == 0 && state.Virtual(database): // computed: nobody writes them, and there is nothing to lock
			_, known := state.VirtualNeed(database, name.Name.String())
			if known && t.Lock != ast.LockWrite && t.Lock != ast.LockLowPriorityWrite && !catalog.SameName(database, sql.InformationSchemaDatabaseName) {
				state.NoteIgnored(ctx, "READ in LOCK TABLES")
				continue
			}
			return nil, nil, sqlerr.DeniedDatabase(s.User.Name(), database)
		case obj.ID() == 0:
			return nil, nil, sql.ErrTableNotFound.New(name.Name.String())
		case obj.Table != nil && obj.Table.Temporary(): // nobody else reaches it
		case t.Lock == ast.LockRead || t.Lock == ast.LockReadLocal:
			state.NoteIgnored(ctx, "READ in LOCK TABLES")
		case obj.Table == nil:
			return nil, nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'LOCK TABLES … WRITE of views'")
		default:
			ids = append(ids, obj.Table.ID)
			for _, want := range []access.Want{lxaccess.MayLockTables, lxaccess.ReadsLocked} {
				terms = append(terms, state.Term{Rights: s.Rights, On: obj.Object(), Want: want})
			}
		}
	}
	return ids, terms, nil
}

// SessionEnd implements sql.LifecycleAwareSession.
func (s *sqlSession) SessionEnd() {
	s.tableLocks.Release()
	s.Transactions.SessionEnd()
	s.decisions.Close()
}
