package access

import (
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// ALTER is about a table's shape. Three ways led from it to rows that its holder may
// not read:
//
//   - An expression of his own over the columns: a CHECK answers any question about
//     the rows by yes or no, a generated column or a default copies a column under
//     another name.
//   - A foreign key to a parent whose rows he chooses: whether every value has a row there answers any question, too.
//   - A name. Views and programs that act for their definer find columns, and
//     programs tables, by name: a hidden column that is given the name that one of
//     them shows is shown instead.
//
// All need SELECT on the table. What is left are fixed questions, which MySQL's
// ALTER answers, too: are there duplicates, does every value fit a type or a parent of others.

// evaluates reports whether a clause of an ALTER TABLE brings an expression over the
// table's columns.
func evaluates(n *ast.DDL) bool {
	return n.TableSpec != nil && grammar.NamesColumn(n.TableSpec) || n.DefaultSpec != nil && grammar.NamesColumn(n.DefaultSpec)
}

// checkEvaluates asks for what evaluates found.
func (s Asker) checkEvaluates(use *TableUse) error {
	if !use.evaluates {
		return nil
	}
	q := question{command: "SELECT", want: access.One(privilege.Select), kind: ast.AuthType_FOREIGN_KEY}
	return s.checkTable(q, []string{use.altered.DbQualifier.String(), use.altered.Name.String()}, &TableUse{})
}

// checkParent asks for it, too, where the actor chooses the rows of a parent that an ALTER looks the table's values up in.
func (s Asker) checkParent(use *TableUse, parent ast.TableName) error {
	obj, _ := s.Resolve(parent.DbQualifier.String(), parent.Name.String(), &TableUse{base: true})
	chooses := access.Any(privilege.Of(privilege.Insert, privilege.Update, privilege.Delete))
	if use.altered.IsEmpty() || obj.Table == nil || !access.May(s.Actor(), obj.Object(), chooses, access.List) {
		return nil
	}
	return s.checkEvaluates(&TableUse{altered: use.altered, evaluates: true})
}

// takesName finds the name that a clause gives to a column that had another.
func takesName(clause sql.Node) (name string, target sql.Node) {
	switch n := clause.(type) {
	case *plan.RenameColumn:
		if !strings.EqualFold(n.ColumnName, n.NewColumnName) {
			return n.NewColumnName, n.Table
		}
	case *plan.ModifyColumn:
		if !strings.EqualFold(n.Column(), n.NewColumn().Name) {
			return n.NewColumn().Name, n.Table
		}
	}
	return "", nil
}

// mayTake decides whether a column of rec may be given a name.
func mayTake(ctx *sql.Context, rec *catalog.Table, name string) error {
	s := state.Of(ctx)
	if s == nil {
		return sqlerr.DeniedSystem(privilege.SysAdmin.String())
	}
	on := state.TableObject(rec)
	if access.May(s.Actor(), on, access.One(privilege.Select), access.Simulate) || !shownByOthers(s.Catalog(), s.Self(), rec.Name, name) {
		return nil
	}
	return sqlerr.DeniedObject("SELECT", s.User.Name(), rec.Name).
		WithHint("a view or program of somebody else may read that name: who gives it to another column must be able to read the table")
}

// mayTakeTable decides the same for a table.
func (s Asker) mayTakeTable(obj object, name string) error {
	if access.May(s.Actor(), obj.Object(), access.One(privilege.Select), access.Simulate) || !shownByOthers(s.Catalog(), s.Self(), name) {
		return nil
	}
	return sqlerr.DeniedObject("SELECT", s.User.Name(), obj.Table.Name).
		WithHint("a program of somebody else may read that name: who gives it to another table must be able to read that table")
}

// shownByOthers reports whether a stored text that acts for somebody else has all
// of the words. Whether it means by them what is asked about is not looked at.
func shownByOthers(snap *catalog.Snapshot, who principal.ID, words ...string) bool {
	for _, db := range snap.Databases() {
		for _, v := range snap.Views(db.ID) {
			if !v.Invoker && v.Definer != who && hasWords(v.Create, v.SQLMode, words) {
				return true
			}
		}
		for _, r := range snap.Routines(db.ID) {
			if !r.Invoker && r.Definer != who && hasWords(r.Create, r.SQLMode, words) {
				return true
			}
		}
		for _, t := range snap.Triggers(db.ID) {
			if t.Definer != who && hasWords(t.Create, t.SQLMode, words) {
				return true
			}
		}
	}
	return false
}

func hasWords(text, sqlMode string, words []string) bool {
	mode := state.ModeOf(sqlMode)
	missing := map[string]bool{}
	for _, w := range words {
		missing[strings.ToLower(w)] = true
	}
	l := lex.New(text, mode)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad && len(missing) > 0; t = l.Next() {
		switch t.Kind {
		case lex.Word:
			delete(missing, strings.ToLower(text[t.Pos:t.End]))
		case lex.Backtick, lex.Double:
			delete(missing, strings.ToLower(lex.Value(text, t, mode)))
		case lex.String: // of a PREPARE, perhaps
			inside := strings.ToLower(lex.Value(text, t, mode))
			for w := range missing {
				if strings.Contains(inside, w) {
					delete(missing, w)
				}
			}
		}
	}
	return len(missing) == 0
}
