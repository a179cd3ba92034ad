package state

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

// NextTransaction recognises SET TRANSACTION for the next transaction alone.
func NextTransaction(stmt ast.Statement) (*ast.Set, bool) {
	set, ok := stmt.(*ast.Set)
	if !ok || len(set.Exprs) == 0 {
		return nil, false
	}
	first := set.Exprs[0]
	return set, first.Scope == ast.SetScope_None && strings.EqualFold(first.Name.String(), ast.TransactionStr) && first.Name.Qualifier.IsEmpty()
}

// SetNext runs SET TRANSACTION.
func (s *Transactions) SetNext(set *ast.Set) error {
	if s.InTransaction() {
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

// ErrReadOnly refuses a change in a READ ONLY transaction.
var ErrReadOnly = sqlerr.CantExecuteInReadOnlyTransaction.Errorf("Cannot execute statement in a READ ONLY transaction.")

// ReadsOnly reports whether what runs now runs in a READ ONLY transaction.
func (s *Transactions) ReadsOnly() bool {
	if s.Tx != nil {
		return s.Tx.Opts.ReadOnly
	}
	return s.nextTx.over(kv.TxnOptions{ReadOnly: s.Settings().readOnly}).ReadOnly
}

// Ending is what a COMMIT or ROLLBACK says about what comes after it.
type Ending struct {
	chain, Release bool
	opts           kv.TxnOptions // of the transaction that ends: a chained one is like it
}

func (s *Transactions) EndingOf(ctx *sql.Context, stmt ast.Statement, text string) Ending {
	switch stmt.(type) {
	case *ast.Commit, *ast.Rollback:
	default:
		return Ending{}
	}
	e := Ending{opts: s.nextTx.over(kv.TxnOptions{Isolation: s.Settings().isolation, ReadOnly: s.Settings().readOnly, Hold: s.HoldWrites})}
	if s.Tx != nil {
		e.opts = s.Tx.Opts
	}
	e.chain, e.Release = dialect.TransactionEnd(text, s.Reading())
	return e
}

// AfterEnd begins the chained transaction, once the one before has ended well.
func (s *Transactions) AfterEnd(e Ending) {
	if !e.chain {
		return
	}
	s.EndTransaction(s.Tx, true)
	s.SetTransaction(&transaction{db: s.DB, fence: s.Fence, Opts: e.opts, lockWait: s.Settings().lockWait})
	s.SetIgnoreAutoCommit(true)
}

// ForgetNext drops what SET TRANSACTION said when its transaction is over: the next
// statement that could have run in it has run. BEGIN only opens it.
func (s *Transactions) ForgetNext(stmt ast.Statement) {
	if s.nextTx == (oneTransaction{}) || s.InTransaction() {
		return
	}
	switch stmt.(type) {
	case *ast.Set, *ast.Begin, *ast.Show, *ast.Use:
		return
	}
	s.nextTx = oneTransaction{}
}
