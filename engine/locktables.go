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
// UNLOCK TABLES, the next LOCK TABLES, BEGIN, a DROP of all that is locked or the end of the session: nobody else
// reads or writes the table meanwhile. READ keeps nobody else from writing, which is
// noted: a transaction reads one state of all tables. The session itself may name
// what it has locked and nothing else (1100), by the alias that it was locked by and
// once for each lock, and change what it has locked for writing (1099). What views,
// triggers, foreign keys and programs use of other tables is not asked: see locked.

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
		return nil, false, s.locked(stmt)
	}
	warnings := s.WarningCount()
	st.end()
	return &okResult{session.Summary{Status: st.session.Status(), Warnings: warnings}}, true, nil
}

func (s *sqlSession) lockTables(ctx *sql.Context, n *ast.LockTables) error {
	s.Fence.UnlockTables()
	held, ids, terms, err := s.lockable(ctx, n)
	if err != nil {
		return err
	}
	s.Fence.LockTables(held, terms) // before they are taken: a revoke that comes meanwhile takes them away again
	slices.Sort(ids)                // two sessions that lock the same tables do not wait for each other
	for _, id := range ids {
		if err := s.tableLocks.Exclusive(ctx, id, s.Settings().MetaWait); err != nil {
			s.Fence.UnlockTables()
			return err
		}
	}
	return nil
}

// lockable asks for the right to lock, and finds the tables to lock and what they are locked by.
func (s *sqlSession) lockable(ctx *sql.Context, n *ast.LockTables) (held []state.Held, ids []catalog.ID, terms []state.Term, err error) {
	seen := make(map[lockName]bool, len(n.Tables))
	for _, t := range n.Tables {
		if err := ctx.Err(); err != nil { // there may be many thousands
			return nil, nil, nil, err
		}
		ref, ok := t.Table.(*ast.AliasedTableExpr)
		if !ok {
			return nil, nil, nil, sqlerr.Syntax.Errorf("LOCK TABLES wants tables")
		}
		if err := (lxaccess.Authorizer{}).HandleAuth(ctx, nil, ref.Auth); err != nil {
			return nil, nil, nil, err
		}
		name, _ := ref.Expr.(ast.TableName)
		obj, database := lxaccess.For(&s.Session).Resolve(name.DbQualifier.String(), name.Name.String(), nil)
		reads := t.Lock == ast.LockRead || t.Lock == ast.LockReadLocal
		this := state.Held{Database: database, Alias: lxaccess.AliasOf(ref, name), Write: !reads, ID: obj.ID()}
		by := lockNameOf(database, this.Alias)
		if seen[by] {
			return nil, nil, nil, sqlerr.NonUniqTable.Errorf("Not unique table/alias: '%s'", this.Alias)
		}
		seen[by], held = true, append(held, this)
		switch {
		case obj.ID() == 0 && state.Virtual(database): // computed: nobody writes them, and there is nothing to lock
			_, known := state.VirtualNeed(database, name.Name.String())
			if known && reads && !catalog.SameName(database, sql.InformationSchemaDatabaseName) {
				noteRead(ctx)
				continue
			}
			return nil, nil, nil, sqlerr.DeniedDatabase(s.User.Name(), database)
		case obj.ID() == 0:
			return nil, nil, nil, sql.ErrTableNotFound.New(name.Name.String())
		case obj.Table != nil && obj.Table.Temporary(): // nobody else reaches it
		case reads:
			noteRead(ctx)
		case obj.Table == nil:
			return nil, nil, nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'LOCK TABLES … WRITE of views'")
		default:
			ids = append(ids, obj.Table.ID)
			for _, want := range []access.Want{lxaccess.MayLockTables, lxaccess.ReadsLocked} {
				terms = append(terms, state.Term{Rights: s.Rights, On: obj.Object(), Want: want})
			}
		}
	}
	return held, ids, terms, nil
}

// lockName is what a lock is found by.
type lockName struct{ database, alias string }

func lockNameOf(database, alias string) lockName {
	return lockName{catalog.FoldName(database), catalog.FoldName(alias)}
}

// noteRead says what a READ lock does not do.
func noteRead(ctx *sql.Context) {
	ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.NotSupportedYet), Message: "READ in LOCK TABLES keeps no other session from writing"})
}

// locked refuses a statement of a client that names what the session has not locked while it has LOCK TABLES. The catalogs that
// are computed and the session's temporary tables are free.
func (s *sqlSession) locked(stmt ast.Statement) error {
	held := s.Fence.Held()
	if len(held) == 0 {
		return nil
	}
	now := s.Catalog()
	if !slices.ContainsFunc(held, func(h state.Held) bool { return h.ID == 0 || now.Object(h.ID).ID != 0 }) { // all were dropped
		s.Fence.UnlockTables()
		return nil
	}
	free := make(map[lockName]state.Held, len(held))
	for _, h := range held {
		free[lockNameOf(h.Database, h.Alias)] = h
	}
	asker := lxaccess.For(&s.Session)
	for _, use := range lxaccess.Named(stmt) {
		obj, database := asker.Resolve(use.Database, use.Name, nil)
		if state.Virtual(database) || obj.Table != nil && obj.Table.Temporary() {
			continue
		}
		by := lockNameOf(database, use.Alias)
		lock, ok := free[by]
		switch {
		case !ok:
			return sqlerr.TableNotLocked.Errorf("Table '%s' was not locked with LOCK TABLES", use.Alias)
		case use.Writes(obj.Table) && !lock.Write:
			return sqlerr.TableNotLockedForWrite.Errorf("Table '%s' was locked with a READ lock and can't be updated", use.Alias)
		}
		delete(free, by)
	}
	return nil
}

// SessionEnd implements sql.LifecycleAwareSession.
func (s *sqlSession) SessionEnd() {
	s.tableLocks.Release()
	s.Transactions.SessionEnd()
	s.decisions.Close()
}
