package engine

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// oneTransaction is what SET TRANSACTION, without SESSION or GLOBAL, said about the
// next transaction. The library would set the session's variable.
type oneTransaction struct {
	isolation *kv.Isolation
	readOnly  *bool
}

// over returns the session's options with those of the one transaction.
func (o oneTransaction) over(opts kv.TxnOptions) kv.TxnOptions {
	if o.isolation != nil {
		opts.Isolation = *o.isolation
	}
	if o.readOnly != nil {
		opts.ReadOnly = *o.readOnly
	}
	return opts
}

// nextTransaction recognises SET TRANSACTION for the next transaction alone.
func nextTransaction(stmt ast.Statement) (*ast.Set, bool) {
	set, ok := stmt.(*ast.Set)
	if !ok || len(set.Exprs) == 0 {
		return nil, false
	}
	first := set.Exprs[0]
	return set, first.Scope == ast.SetScope_None && strings.EqualFold(first.Name.String(), ast.TransactionStr) && first.Name.Qualifier.IsEmpty()
}

// setNext runs SET TRANSACTION.
func (s *transactions) setNext(set *ast.Set) error {
	if s.inTransaction() {
		return sqlerr.CantChangeTxCharacteristics.Errorf("Transaction characteristics can't be changed while a transaction is in progress")
	}
	next := s.nextTx
	for _, e := range set.Exprs {
		value, ok := e.Expr.(*ast.SQLVal)
		if !ok {
			return sql.ErrSyntaxError.New("SET TRANSACTION")
		}
		switch word := string(value.Val); word {
		case ast.TxReadOnly, ast.TxReadWrite:
			readOnly := word == ast.TxReadOnly
			next.readOnly = &readOnly
		default:
			level := isolationOf(strings.TrimPrefix(word, "isolation level "))
			next.isolation = &level
		}
	}
	s.nextTx = next
	return nil
}

// isolationOf reads the name of a level.
func isolationOf(name string) kv.Isolation {
	switch strings.ToUpper(strings.ReplaceAll(name, " ", "-")) {
	case "READ-COMMITTED", "READ-UNCOMMITTED": // dirty reads do not exist here
		return kv.ReadCommitted
	case "SERIALIZABLE":
		return kv.Serializable
	default:
		return kv.RepeatableRead
	}
}

var errReadOnly = sqlerr.CantExecuteInReadOnlyTransaction.Errorf("Cannot execute statement in a READ ONLY transaction.")

// readsOnly reports whether what runs now runs in a READ ONLY transaction.
func (s *transactions) readsOnly() bool {
	if s.tx != nil {
		return s.tx.opts.ReadOnly
	}
	return s.nextTx.over(kv.TxnOptions{ReadOnly: s.settings().readOnly}).ReadOnly
}

// ending is what a COMMIT or ROLLBACK says about what comes after it.
type ending struct {
	chain, release bool
	opts           kv.TxnOptions // of the transaction that ends: a chained one is like it
}

func (s *transactions) endingOf(ctx *sql.Context, stmt ast.Statement, text string) ending {
	switch stmt.(type) {
	case *ast.Commit, *ast.Rollback:
	default:
		return ending{}
	}
	e := ending{opts: s.nextTx.over(kv.TxnOptions{Isolation: s.settings().isolation, ReadOnly: s.settings().readOnly})}
	if s.tx != nil {
		e.opts = s.tx.opts
	}
	e.chain, e.release = dialect.TransactionEnd(text, s.reading())
	return e
}

// afterEnd begins the chained transaction, once the one before has ended well.
func (s *transactions) afterEnd(e ending) {
	if !e.chain {
		return
	}
	s.endTransaction(s.tx, true)
	s.SetTransaction(&transaction{db: s.db, fence: s.fence, opts: e.opts, lockWait: s.settings().lockWait})
	s.SetIgnoreAutoCommit(true)
}

// forgetNext drops what SET TRANSACTION said when its transaction is over: the next
// statement that could have run in it has run. BEGIN only opens it.
func (s *transactions) forgetNext(stmt ast.Statement) {
	if s.nextTx == (oneTransaction{}) || s.inTransaction() {
		return
	}
	switch stmt.(type) {
	case *ast.Set, *ast.Begin, *ast.Show, *ast.Use:
		return
	}
	s.nextTx = oneTransaction{}
}
