package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// ALTER is about a table's shape. These ways led from it to rows that its holder may
// not read:
//
//   - An expression of his own over the columns: a CHECK answers any question about
//     the rows by yes or no, a generated column or a default copies a column under
//     another name.
//   - A foreign key: whether every value has a row in a parent answers any question, too.
//   - Whatever fails by what the rows hold: a key without duplicates, NOT NULL, a type or a list of labels that has not
//     room for all that the old one had. That it succeeds or not tells one thing about all rows, and by one ALTER after the other much.
//   - A name. Views and programs that act for their definer find columns, and
//     programs tables, by name: a hidden column that is given the name that one of
//     them shows is shown instead.
//
// All need SELECT on the table, and so does the first that asks: whatever the rows hold, and whether there are any, the
// error is the same. What cannot fail by the rows needs ALTER alone.

// AskClauses asks what the clauses of an ALTER TABLE take on the rows.
func AskClauses(ctx *sql.Context, n sql.Node) error {
	clauses := clausesOf(n)
	for _, c := range clauses {
		if err := mayJudge(ctx, c, clauses); err != nil {
			return err
		}
		name, target := takesName(c)
		rec := recordOf(target)
		if name == "" || rec == nil {
			continue
		}
		if err := mayTake(ctx, rec, name); err != nil {
			return err
		}
	}
	return nil
}

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

// judges says that a clause of an ALTER TABLE fails or not by what the rows hold.
func judges(ctx *sql.Context, clause sql.Node, clauses []sql.Node) (target sql.Node, looks bool) {
	switch n := clause.(type) {
	case *plan.AlterIndex:
		return n.Table, n.Action == plan.IndexAction_Create && n.Constraint == sql.IndexConstraint_Unique
	case *plan.AlterPK:
		return n.Table, n.Action == plan.PrimaryKeyAction_Create
	case *plan.CreateCheck:
		return n.Table, n.Check.Enforced
	case *plan.AddColumn:
		return n.Table, fillsRows(n.Column())
	case *plan.DropColumn: // of a key that is unique without it, or not
		return n.Table, inUniqueWithOthers(recordOf(n.Table), n.Column) || moreRenamed(n, clauses)
	case *plan.AlterTableCollation:
		s := state.Of(ctx)
		return n.Table, s != nil && s.ConvertsColumns()
	case *plan.ModifyColumn:
		return n.Table, moreRenamed(n, clauses) || !widens(ctx, n, clauses)
	}
	return nil, false
}

// fillsRows says that what a new column has in the rows that there are is made for each of them, and may fail or warn: what
// an expression gives, a number for each, a day that is 0000-00-00, and a geometry that is none.
func fillsRows(c *sql.Column) bool {
	switch {
	case c.Generated != nil, c.AutoIncrement, c.Default != nil && c.Default.IsParenthesized():
		return true
	}
	return !c.Nullable && c.Default == nil && (types.IsTime(c.Type) || types.IsTimespan(c.Type) || types.IsGeometry(c.Type))
}

// moreRenamed says that another clause gives a column another name: what a clause means by a name is then to be seen when it runs.
func moreRenamed(clause sql.Node, clauses []sql.Node) bool {
	return slices.ContainsFunc(clauses, func(n sql.Node) bool {
		name, _ := takesName(n)
		return name != "" && n != clause
	})
}

func inUniqueWithOthers(rec *catalog.Table, column string) bool {
	if rec == nil {
		return false
	}
	return slices.ContainsFunc(rec.Indexes, func(x catalog.Index) bool {
		return (x.Unique || x.Primary) && len(x.Columns) > 1 && slices.ContainsFunc(x.Columns, func(part catalog.IndexColumn) bool {
			at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return c.ID == part.Column })
			return at >= 0 && strings.EqualFold(rec.Columns[at].Name, column)
		})
	})
}

// widens says that every value of a column stays what it is when the clause makes it another.
func widens(ctx *sql.Context, n *plan.ModifyColumn, clauses []sql.Node) bool {
	own, ok := n.Table.(*plan.ResolvedTable)
	rec := recordOf(n.Table)
	if !ok || rec == nil {
		return false
	}
	schema := own.Schema()
	at := schema.IndexOf(n.Column(), own.Name())
	stored := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, n.Column()) })
	if at < 0 || stored < 0 {
		return false // another clause makes it
	}
	from, to := schema[at], n.NewColumn()
	if from.Nullable && !to.Nullable || to.AutoIncrement && !from.AutoIncrement || fmt.Sprint(from.Generated) != fmt.Sprint(to.Generated) {
		return false
	}
	now := to.Type
	if text, is := now.(sql.TypeWithCollation); is && text.Collation() == sql.Collation_Unspecified {
		if slices.ContainsFunc(clauses, func(n sql.Node) bool { _, other := n.(*plan.AlterTableCollation); return other }) {
			return false
		}
		var err error
		if now, err = text.WithNewCollation(own.Collation()); err != nil {
			return false
		}
	}
	before, isInt := table.IntRangeOf(from.Type)
	after, staysInt := table.IntRangeOf(now)
	shape := table.Shape(rec.Columns[stored].Type)
	said, defined := state.Of(ctx).ColumnShape(rec.Name, to.Name)
	switch {
	case !from.Type.Equals(now) && feeds(ctx, rec, n.Column()):
		return false
	case isInt:
		return staysInt && after.Contains(before)
	case defined && said != shape, !defined && shape != "" && !from.Type.Equals(now):
		return false
	}
	return from.Type.Equals(now) || holdsAll(from.Type, now)
}

// feeds says that a generated column is computed of a column, or a CHECK asks it: whether that goes well depends on the rows.
func feeds(ctx *sql.Context, rec *catalog.Table, column string) bool {
	return slices.ContainsFunc(rec.Columns, func(c catalog.Column) bool { return c.Generated != "" && names(ctx, c.Generated, column) }) ||
		slices.ContainsFunc(rec.Checks, func(c catalog.Check) bool { return names(ctx, c.Expr, column) })
}

// holdsAll says that a type has room for every value of another, which has the same form in it.
func holdsAll(old, now sql.Type) bool {
	switch was := old.(type) {
	case sql.EnumType:
		is, ok := now.(sql.EnumType)
		return ok && was.Collation() == is.Collation() && begins(is.Values(), was.Values())
	case sql.SetType:
		is, ok := now.(sql.SetType)
		return ok && was.Collation() == is.Collation() && begins(is.Values(), was.Values())
	case sql.StringType:
		is, ok := now.(sql.StringType)
		return ok && was.Collation() == is.Collation() && was.MaxCharacterLength() <= is.MaxCharacterLength()
	case sql.DecimalType:
		is, ok := now.(sql.DecimalType)
		return ok && was.Scale() <= is.Scale() && was.Precision()-was.Scale() <= is.Precision()-is.Scale()
	case sql.DatetimeType:
		is, ok := now.(sql.DatetimeType)
		return ok && old.Type() == now.Type() && was.Precision() <= is.Precision()
	}
	return false
}

func begins(list, with []string) bool {
	return len(list) >= len(with) && slices.Equal(list[:len(with)], with)
}

// mayJudge asks for the right to read the table that a clause judges.
func mayJudge(ctx *sql.Context, clause sql.Node, clauses []sql.Node) error {
	target, looks := judges(ctx, clause, clauses)
	rec, s := recordOf(target), state.Of(ctx)
	if !looks || rec == nil || s == nil || s.May(state.TableObject(rec), access.One(privilege.Select)) {
		return nil
	}
	return sqlerr.DeniedObject("SELECT", s.User.Name(), rec.Name).
		WithHint("whether this is possible depends on the rows, so it takes the right to read them")
}

// checkParent asks for it where an ALTER looks the table's values up in a parent.
func (s Asker) checkParent(use *TableUse) error {
	if use.altered.IsEmpty() || len(use.References) == 0 {
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
