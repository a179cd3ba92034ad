package engine

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
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
		s.fence.unlockTables()
		return nil, false, nil
	case *ast.UnlockTables:
		s.fence.unlockTables()
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
	s.fence.unlockTables()
	ctx.ClearWarnings()
	var ids []catalog.ID
	var terms []term
	for _, t := range n.Tables {
		ref, ok := t.Table.(*ast.AliasedTableExpr)
		if !ok {
			return sqlerr.Syntax.Errorf("LOCK TABLES wants tables")
		}
		if err := (authorizer{}).HandleAuth(ctx, nil, ref.Auth); err != nil {
			return err
		}
		name, _ := ref.Expr.(ast.TableName)
		obj, _ := forSession(&s.state).resolve(name.DbQualifier.String(), name.Name.String(), nil)
		switch {
		case obj.id() == 0:
			return sql.ErrTableNotFound.New(name.Name.String())
		case t.Lock == ast.LockRead || t.Lock == ast.LockReadLocal:
			noteIgnored(ctx, "READ in LOCK TABLES")
		case obj.table == nil:
			return sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'LOCK TABLES … WRITE of views'")
		default:
			ids = append(ids, obj.table.ID)
			terms = append(terms, term{rights: s.rights, on: obj.object(), want: needs[ast.AuthType_LOCK].want})
		}
	}
	s.fence.lockTables(terms) // before they are taken: a revoke that comes meanwhile takes them away again
	slices.Sort(ids)          // two sessions that lock the same tables do not wait for each other
	for _, id := range ids {
		if err := s.tableLocks.Exclusive(ctx, id, s.settings().metaWait); err != nil {
			s.fence.unlockTables()
			return err
		}
	}
	return nil
}

// SessionEnd implements sql.LifecycleAwareSession.
func (s *sqlSession) SessionEnd() {
	s.tableLocks.Release()
	s.transactions.SessionEnd()
}
