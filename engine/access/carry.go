package access

import (
	"slices"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// carry hangs what the text said onto the tree.
func carry(stmt ast.Statement, read clause.Result) error {
	if read.Lock != nil {
		return carryLock(stmt, read.Lock)
	}
	switch n := stmt.(type) {
	case *ast.DDL:
		if use, ok := n.Auth.Extra.(*TableUse); ok {
			use.change = read.Change
		}
	case *ast.AlterTable:
		n.Auth.Extra = &TableUse{change: read.Change}
	}
	return nil
}

// carryLock marks the tables of the one locking clause of a statement.
func carryLock(stmt ast.Statement, l *clause.Lock) error {
	return grammar.EveryNode(func(n ast.SQLNode) error {
		sel, ok := n.(*ast.Select)
		if !ok || sel.Lock == "" {
			return nil
		}
		found := map[string]bool{}
		for _, t := range grammar.TablesOf(sel.From) {
			use, ok := t.Auth.Extra.(*TableUse)
			if !ok {
				continue
			}
			name := grammar.AliasOf(t)
			found[name] = true
			use.LockRead = len(l.Of) == 0 || slices.Contains(l.Of, name)
			use.noWait = use.LockRead && l.NoWait
		}
		for _, name := range l.Of {
			if !found[name] {
				return sqlerr.UnresolvedTableLock.Errorf("Unresolved table name `%s` in locking clause.", name)
			}
		}
		return nil
	}, stmt)
}
