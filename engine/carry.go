package engine

import (
	"slices"

	ast "github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/lxdb/lxdb/engine/clause"
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// carry hangs what the text said onto the tree.
func carry(stmt ast.Statement, read clause.Result) error {
	if read.Lock != nil {
		return carryLock(stmt, read.Lock)
	}
	switch n := stmt.(type) {
	case *ast.DDL:
		if use, ok := n.Auth.Extra.(*tableUse); ok {
			use.change = read.Change
		}
	case *ast.AlterTable:
		n.Auth.Extra = &tableUse{change: read.Change}
	}
	return nil
}

// carryLock marks the tables of the one locking clause of a statement.
func carryLock(stmt ast.Statement, l *clause.Lock) error {
	return everyNode(func(n ast.SQLNode) error {
		sel, ok := n.(*ast.Select)
		if !ok || sel.Lock == "" {
			return nil
		}
		found := map[string]bool{}
		for _, t := range tablesOf(sel.From) {
			use, ok := t.Auth.Extra.(*tableUse)
			if !ok {
				continue
			}
			name := aliasOf(t)
			found[name] = true
			use.lockRead = len(l.Of) == 0 || slices.Contains(l.Of, name)
			use.noWait = use.lockRead && l.NoWait
		}
		for _, name := range l.Of {
			if !found[name] {
				return sqlerr.UnresolvedTableLock.Errorf("Unresolved table name `%s` in locking clause.", name)
			}
		}
		return nil
	}, stmt)
}
