package objects

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
)

// BeginTemporary says in the scope of a statement what it has to do with temporary tables, and refuses what cannot be done
// with them.
func BeginTemporary(s *state.Session, stmt ast.Statement) error {
	if ddl, ok := stmt.(*ast.DDL); ok {
		switch {
		case ddl.Action == ast.CreateStr && ddl.Temporary:
			s.Makes = true
			if ddl.TableSpec != nil && slices.ContainsFunc(ddl.TableSpec.Constraints, foreignKey) {
				return noForeignKeys()
			}
		case ddl.Action == ast.RenameStr: // ALTER TABLE … RENAME is for temporary tables
			s.BaseTables = true
		}
	}
	if !s.Locks.HasTemporaries() {
		return nil
	}
	switch n := stmt.(type) {
	case *ast.DDL:
		if n.ViewSpec != nil && n.Action == ast.CreateStr {
			for t := range temporaries(s, n.ViewSpec.ViewExpr) {
				return sqlerr.ViewSelectTmptable.Errorf("View's SELECT refers to a temporary table '%s'", t.Name)
			}
		}
	case *ast.AlterTable:
		for _, part := range n.Statements {
			if part.TableSpec != nil && slices.ContainsFunc(part.TableSpec.Constraints, foreignKey) && named(s, n.Table) != nil && part.ConstraintAction != ast.DropStr {
				return noForeignKeys()
			}
		}
	case *ast.Analyze: // of which nobody asks by name
		for _, of := range n.Tables {
			if t := named(s, of); t != nil {
				s.NoteTemporary(t.ID)
			}
		}
	}
	return reopens(s, stmt)
}

func noForeignKeys() error {
	return sqlerr.CannotAddForeign.Errorf("Cannot add foreign key constraint").WithHint("a temporary table has no foreign keys")
}

// named is the temporary table that a name means, nil for none.
func named(s *state.Session, n ast.TableName) *catalog.Table {
	return s.TemporaryNamed(cmp.Or(n.DbQualifier.String(), s.BaseSession.GetCurrentDatabase()), n.Name.String())
}

func foreignKey(c *ast.ConstraintDefinition) bool {
	_, yes := c.Details.(*ast.ForeignKeyDefinition)
	return yes
}

// temporaries are the temporary tables that a statement names, and how often.
func temporaries(s *state.Session, stmt ast.SQLNode) map[*catalog.Table]int {
	found, made := map[*catalog.Table]int{}, map[string]bool{}
	name := func(n ast.TableName) {
		if n.DbQualifier.IsEmpty() && made[catalog.FoldName(n.Name.String())] {
			return
		}
		if t := named(s, n); t != nil {
			found[t]++
		}
	}
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		if w, ok := n.(*ast.With); ok && w != nil {
			for _, c := range w.Ctes {
				made[catalog.FoldName(c.As.String())] = true
			}
		}
		return nil
	}, stmt)
	_ = grammar.EveryNode(func(n ast.SQLNode) error {
		switch n := n.(type) {
		case *ast.Insert:
			name(n.Table)
		case *ast.AliasedTableExpr:
			if t, ok := n.Expr.(ast.TableName); ok {
				name(t)
			}
		}
		return nil
	}, stmt)
	return found
}

// reopens refuses to use a temporary table twice in a statement, those around a function or trigger included, as MySQL
// does.
func reopens(s *state.Session, stmt ast.Statement) error {
	for t, times := range temporaries(s, stmt) {
		used := slices.ContainsFunc(slices.Concat(s.Around...), func(u state.RelationUse) bool {
			return !u.Inside && u.Object == state.TableObject(t)
		})
		if times > 1 || used {
			return sqlerr.CantReopenTable.Errorf("Can't reopen table: '%s'", t.Name).
				WithHint("a statement names a temporary table once: copy it, or read it in a WITH that is named twice")
		}
	}
	return nil
}

// DropsTemporary looks for what DROP TEMPORARY TABLE drops, to which the tables of the catalog are not there. It takes no right:
// what is found is the session's own.
func DropsTemporary(s *state.Session, n *ast.DDL) (found []*catalog.Table, missing []string, err error) {
	for _, t := range n.FromTables {
		database, name := cmp.Or(t.DbQualifier.String(), s.GetCurrentDatabase()), t.Name.String()
		if database == "" {
			return nil, nil, sql.ErrNoDatabaseSelected.New()
		}
		rec := s.TemporaryNamed(database, name)
		switch {
		case rec == nil:
			missing = append(missing, database+"."+name)
		case slices.Contains(found, rec):
			return nil, nil, sqlerr.NonUniqTable.Errorf("Not unique table/alias: '%s'", name)
		default:
			found = append(found, rec)
		}
	}
	if len(missing) > 0 && !n.IfExists {
		return nil, nil, sqlerr.BadTable.Errorf("Unknown table '%s'", strings.Join(missing, ","))
	}
	return found, missing, nil
}

// DropTemporary is DROP TEMPORARY TABLE. It commits nothing.
func DropTemporary(ctx *sql.Context, s *state.Session, n *ast.DDL) error {
	found, missing, err := DropsTemporary(s, n)
	if err != nil {
		return err
	}
	if _, err := s.Txn(ctx); err != nil { // the rows go when it ends
		return err
	}
	err = s.Inst.Store.UpdateTemporary(ctx, s.Locks, func(tx *catalog.Tx) error {
		for _, rec := range found {
			if err := tx.DropTable(rec.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range missing {
		ctx.Session.Warn(&sql.Warning{Level: "Note", Code: int(sqlerr.BadTable), Message: "Unknown table '" + name + "'"})
	}
	return nil
}
