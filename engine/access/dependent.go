package access

import (
	"context"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/grammar"
	"github.com/lxdb/lxdb/engine/lex"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// DependentColumnsID is above the library's own numbers.
const DependentColumnsID analyzer.RuleId = 1011

// DependentColumns keeps a column that an expression of its table needs from
// losing its name. Expressions are stored as text: with the name gone nobody
// could read the table's definition any more. As in MySQL what counts is the
// table as the statement finds it, without what the same statement drops. Before that each clause is asked for
// the rights that it takes on the rows.
func DependentColumns(ctx *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	if err := AskClauses(ctx, n); err != nil {
		return nil, transform.SameTree, err
	}
	clauses := clausesOf(n)
	lost := respells(clauses)
	for i := 0; i < len(clauses); i++ {
		if err := ctx.Err(); err != nil { // of thousands, each may look at all tables
			return nil, transform.SameTree, err
		}
		for _, agrees := range clauseRules {
			if err := agrees(clauses, i); err != nil {
				return nil, transform.SameTree, err
			}
		}
		if goes := keysGoing(clauses, i); len(goes) > 0 {
			clauses, lost = slices.DeleteFunc(clauses, func(c sql.Node) bool { return slices.Contains(goes, c) }), true
		}
		if stops := stopsCounting(clauses, i); len(stops) > 0 {
			drop := clauses[i]
			clauses, lost = inFront(clauses, i, stops), true
			if goesWith(drop, stops) {
				clauses = slices.DeleteFunc(clauses, func(c sql.Node) bool { return c == drop })
			}
		}
		keys, err := keepsForeign(ctx, clauses[i], clauses)
		if err != nil {
			return nil, transform.SameTree, err
		}
		if len(keys) > 0 {
			clauses, lost = inFront(clauses, i, keys), true
		}
		if err := keepsKey(ctx, clauses[i], clauses); err != nil {
			return nil, transform.SameTree, err
		}
		column, target, dropped := losesName(clauses[i])
		if column == "" {
			continue
		}
		rec := recordOf(target)
		if rec == nil {
			continue
		}
		lost = true
		before, err := mayLose(ctx, rec, column, dropped, clauses)
		if err != nil {
			return nil, transform.SameTree, err
		}
		clauses = inFront(clauses, i, before)
	}
	block, ok := n.(*plan.Block)
	if !ok && lost && len(clauses) == 1 {
		return clauses[0], transform.NewTree, nil
	}
	if !ok || !lost {
		return n, transform.SameTree, nil
	}
	for i, c := range clauses {
		if checked, ok := c.(sql.CheckConstraintNode); ok {
			clauses[i] = checked.WithChecks(withoutDropped(checked.Checks(), clauses))
		}
	}
	out, err := block.WithChildren(clauses...)
	return out, transform.NewTree, err
}

// respells makes each RENAME COLUMN to the name that the column has, but for small and large letters, a change of the
// column: the library takes the name for taken.
func respells(clauses []sql.Node) (any bool) {
	for i, c := range clauses {
		n, ok := c.(*plan.RenameColumn)
		if !ok || !strings.EqualFold(n.ColumnName, n.NewColumnName) {
			continue
		}
		rt, ok := n.Table.(*plan.ResolvedTable)
		at := slices.IndexFunc(n.TargetSchema(), func(c *sql.Column) bool { return strings.EqualFold(c.Name, n.ColumnName) })
		if !ok || at < 0 {
			continue
		}
		column := *n.TargetSchema()[at]
		column.Name, column.PrimaryKey = n.NewColumnName, false
		out, err := plan.NewModifyColumnResolved(rt, n.ColumnName, column, nil).WithTargetSchema(n.TargetSchema())
		if err != nil {
			continue
		}
		clauses[i], any = out, true
	}
	return any
}

func clausesOf(n sql.Node) []sql.Node {
	if block, ok := n.(*plan.Block); ok {
		return slices.Clone(block.Children())
	}
	return []sql.Node{n}
}

// stopsCounting are the clauses by which a column is AUTO_INCREMENT no more, if clause i drops a key, which it may have
// needed.
func stopsCounting(clauses []sql.Node, i int) (out []sql.Node) {
	if droppedKey(clauses[i]) == "" {
		return nil
	}
	for _, c := range clauses[i+1:] {
		name, target := "", sql.Node(nil)
		switch c := c.(type) {
		case *plan.ModifyColumn:
			if !c.NewColumn().AutoIncrement {
				name, target = c.Column(), c.Table
			}
		case *plan.DropColumn:
			name, target = c.Column, c.Table
		}
		rec := recordOf(target)
		counts := func(col catalog.Column) bool { return col.AutoIncrement && strings.EqualFold(col.Name, name) }
		if rec != nil && slices.ContainsFunc(rec.Columns, counts) {
			out = append(out, c)
		}
	}
	return out
}

// goesWith says that the key which a clause drops has no columns but those that clauses before drop: it is gone with them.
func goesWith(drop sql.Node, before []sql.Node) bool {
	var rec *catalog.Table
	switch n := drop.(type) {
	case *plan.AlterPK:
		rec = recordOf(n.Table)
	case *plan.AlterIndex:
		rec = recordOf(n.Table)
	}
	if rec == nil {
		return false
	}
	at := slices.IndexFunc(rec.Indexes, func(x catalog.Index) bool { return drops(x)(drop) })
	if at < 0 {
		return false
	}
	return !slices.ContainsFunc(rec.Indexes[at].Columns, func(part catalog.IndexColumn) bool {
		c := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return c.ID == part.Column })
		return c < 0 || !slices.ContainsFunc(before, dropsColumn(rec.Columns[c].Name))
	})
}

// keepsForeign refuses another type, or NOT NULL, for a column of a foreign key that the statement keeps. Longer texts fit. It
// returns the clauses that drop such a key; they come first.
func keepsForeign(ctx *sql.Context, clause sql.Node, clauses []sql.Node) (before []sql.Node, err error) {
	m, ok := clause.(*plan.ModifyColumn)
	if !ok {
		return nil, nil
	}
	rec, s := recordOf(m.Table), state.Of(ctx)
	if rec == nil || s == nil {
		return nil, nil
	}
	at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, m.Column()) })
	if at < 0 {
		return nil, nil
	}
	is := func(name string) bool { return strings.EqualFold(name, m.Column()) }
	fits := sameForKeys(m, m.Column()) || !table.ChecksKeys(ctx)
	for _, fk := range rec.ForeignKeys {
		if !slices.ContainsFunc(fk.Columns, is) {
			continue
		}
		if at := slices.IndexFunc(clauses, dropsConstraint(fk.Name)); at >= 0 {
			before = append(before, clauses[at])
			continue
		}
		if !fits {
			return nil, sqlerr.ForeignKeyColumnCannotChange.Errorf("Cannot change column '%s': used in a foreign key constraint '%s'", rec.Columns[at].Name, fk.Name)
		}
		null := string(sql.ForeignKeyReferentialAction_SetNull)
		if !m.NewColumn().Nullable && (fk.OnDelete == null || fk.OnUpdate == null) {
			return nil, sqlerr.ForeignKeyColumnNotNull.Errorf("Column '%s' cannot be NOT NULL: needed in a foreign key constraint '%s' SET NULL", rec.Columns[at].Name, fk.Name)
		}
	}
	if fits {
		return before, nil
	}
	if referredTo(s.Catalog(), rec, m.Column(), clauses) {
		return nil, sqlerr.ForeignKeyColumnCannotChangeChild.Errorf(
			"Cannot change column '%s': used in a foreign key constraint of a table that refers to it", rec.Columns[at].Name)
	}
	return before, nil
}

// sameForKeys says whether a column that is modified keeps its type, or becomes a longer text.
func sameForKeys(m *plan.ModifyColumn, name string) bool {
	schema := m.TargetSchema()
	at := schema.IndexOfColName(strings.ToLower(name))
	if at < 0 {
		return true
	}
	was, is := schema[at].Type, m.NewColumn().Type
	a, text := was.(sql.StringType)
	b, still := is.(sql.StringType)
	if !text || !still || was.Type() != is.Type() || types.IsTextBlob(was) {
		return was.Equals(is) || was.Type() == is.Type() && is.String() == was.String()
	}
	same := a.Collation() == b.Collation() || b.Collation() == sql.Collation_Unspecified
	return same && a.MaxCharacterLength() <= b.MaxCharacterLength()
}

// keepsKey refuses to drop the primary key that a foreign key needs, on either side,
// unless another index begins with its columns.
func keepsKey(ctx *sql.Context, clause sql.Node, clauses []sql.Node) error {
	drop, ok := clause.(*plan.AlterPK)
	if !ok || drop.Action != plan.PrimaryKeyAction_Drop {
		return nil
	}
	rec, s := recordOf(drop.Table), state.Of(ctx)
	if rec == nil || s == nil {
		return nil
	}
	var needed [][]string
	for _, fk := range rec.ForeignKeys {
		if !slices.ContainsFunc(clauses, dropsConstraint(fk.Name)) {
			needed = append(needed, fk.Columns)
		}
	}
	for _, fk := range referring(s.Catalog(), rec, clauses) {
		needed = append(needed, fk.ParentColumns)
	}
	for _, columns := range needed {
		if primaryBegins(rec, columns) && !otherBegins(rec, columns, clauses) {
			return sqlerr.DropIndexForeignKey.Errorf("Cannot drop index 'PRIMARY': needed in a foreign key constraint")
		}
	}
	return nil
}

func primaryBegins(rec *catalog.Table, columns []string) bool {
	return slices.ContainsFunc(rec.Indexes, func(x catalog.Index) bool { return x.Primary && indexBegins(rec, x, columns) })
}

// otherBegins looks for another index, of the table or of a clause that adds one.
func otherBegins(rec *catalog.Table, columns []string, clauses []sql.Node) bool {
	if slices.ContainsFunc(rec.Indexes, func(x catalog.Index) bool { return !x.Primary && indexBegins(rec, x, columns) }) {
		return true
	}
	return slices.ContainsFunc(clauses, func(n sql.Node) bool {
		added := keyAdded(n)
		if len(added) < len(columns) {
			return false
		}
		for i, c := range columns {
			if !strings.EqualFold(added[i].Name, c) {
				return false
			}
		}
		return true
	})
}

func indexBegins(rec *catalog.Table, x catalog.Index, columns []string) bool {
	if len(x.Columns) < len(columns) {
		return false
	}
	for i, name := range columns {
		at := slices.IndexFunc(rec.Columns, func(c catalog.Column) bool { return c.ID == x.Columns[i].Column })
		if at < 0 || !strings.EqualFold(rec.Columns[at].Name, name) {
			return false
		}
	}
	return true
}

// withoutDropped leaves out the checks that the statement drops: the library
// would hold them against the clause, or drop them once more.
func withoutDropped(checks sql.CheckConstraints, clauses []sql.Node) sql.CheckConstraints {
	return slices.DeleteFunc(slices.Clone(checks), func(c *sql.CheckConstraint) bool {
		return slices.ContainsFunc(clauses, dropsConstraint(c.Name))
	})
}

// losesName finds the column that a clause drops or gives another name.
func losesName(clause sql.Node) (column string, target sql.Node, dropped bool) {
	switch n := clause.(type) {
	case *plan.DropColumn:
		return n.Column, n.Table, true
	case *plan.RenameColumn:
		if !strings.EqualFold(n.ColumnName, n.NewColumnName) {
			return n.ColumnName, n.Table, false
		}
	case *plan.ModifyColumn:
		if !strings.EqualFold(n.Column(), n.NewColumn().Name) {
			return n.Column(), n.Table, false
		}
	}
	return "", nil, false
}

func recordOf(n sql.Node) *catalog.Table {
	rt, ok := n.(*plan.ResolvedTable)
	if !ok {
		return nil
	}
	t, ok := OwnTable(rt.Table)
	if !ok {
		return nil
	}
	return t.Record()
}

// mayLose says what still needs the column. It returns the clauses that drop
// what needs it; they come first.
func mayLose(ctx *sql.Context, rec *catalog.Table, column string, dropped bool, clauses []sql.Node) (before []sql.Node, err error) {
	if !slices.ContainsFunc(rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, column) }) {
		return nil, nil // the clause itself says so, or it is one that a clause before has made
	}
	for _, c := range rec.Columns {
		generated := c.Generated != "" && !strings.EqualFold(c.Name, column) && names(ctx, c.Generated, column)
		expression := c.Default != nil && !c.DefaultLiteral && !strings.EqualFold(c.Name, column) && names(ctx, *c.Default, column)
		if !generated && !expression {
			continue
		}
		if at := slices.IndexFunc(clauses, dropsColumn(c.Name)); at >= 0 {
			before = append(before, clauses[at])
			continue
		}
		if generated {
			return nil, sqlerr.DependentByGeneratedColumn.Errorf("Column '%s' has a generated column dependency.", column).
				WithHint("drop the generated column %s first, and add it again afterwards", c.Name)
		}
		if dropped {
			return nil, sql.ErrDropColumnReferencedInDefault.New(column, c.Name)
		}
		return nil, sqlerr.DependentByDefaultGenerated.Errorf(
			"Column '%s' of table '%s' has a default value expression dependency and cannot be dropped or renamed.", column, rec.Name).
			WithHint("give column %s another default first", c.Name)
	}
	if divides(rec.Partition, column) && !dividesAnew(ctx, rec) {
		return nil, sqlerr.DependentByPartitionFunction.Errorf(
			"Column '%s' has a partitioning function dependency and cannot be dropped or renamed.", column).
			WithHint("ALTER TABLE … REMOVE PARTITIONING first, or PARTITION BY another column")
	}
	for _, c := range rec.Checks {
		used := columnsOf(ctx, c.Expr)
		if !used[strings.ToLower(column)] {
			continue
		}
		if at := slices.IndexFunc(clauses, dropsConstraint(c.Name)); at >= 0 {
			before = append(before, clauses[at])
			continue
		}
		if !dropped || len(used) > 1 { // one about nothing else goes with its column
			return nil, sqlerr.DependentByCheck.Errorf(
				"Check constraint '%s' uses column '%s', hence column cannot be dropped or renamed.", c.Name, column).
				WithHint("drop the check first, and add it again afterwards")
		}
	}
	if !dropped {
		return before, nil
	}
	keys, err := keysOf(ctx, rec, column, clauses)
	return append(before, keys...), err
}

// divides says whether PARTITION BY names a column in its function, or in that of SUBPARTITION BY.
func divides(partition, column string) bool {
	l := lex.New(partition, lex.Mode{})
	depth, by, inside := 0, false, false // by: the next parentheses are those of a function
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		word := lex.Value(partition, t, lex.Mode{})
		switch {
		case partition[t.Pos:t.End] == "(":
			inside, by = inside || by && depth == 0, false
			depth++
		case partition[t.Pos:t.End] == ")":
			depth--
			inside = inside && depth > 0
		case inside && (t.Kind == lex.Word || t.Kind == lex.Backtick) && strings.EqualFold(word, column):
			return true
		case depth == 0 && t.Kind == lex.Word && strings.EqualFold(word, "BY"):
			by = true
		}
	}
	return false
}

// dividesAnew says that the statement gives the table other partitions, or none.
func dividesAnew(ctx *sql.Context, rec *catalog.Table) bool {
	s := state.Of(ctx)
	if s == nil {
		return false
	}
	c := s.Change
	return c != nil && strings.EqualFold(c.Table, rec.Name) && (c.Unpartition || c.Partition != "" && c.Partition != rec.Partition)
}

// keysOf refuses to drop a column of a foreign key, on either side. Of a key of
// another table it says no more than that there is one.
func keysOf(ctx *sql.Context, rec *catalog.Table, column string, clauses []sql.Node) (before []sql.Node, err error) {
	is := func(name string) bool { return strings.EqualFold(name, column) }
	for _, fk := range rec.ForeignKeys {
		if !slices.ContainsFunc(fk.Columns, is) {
			continue
		}
		if at := slices.IndexFunc(clauses, dropsConstraint(fk.Name)); at >= 0 {
			before = append(before, clauses[at])
			continue
		}
		return nil, sqlerr.ForeignKeyColumnCannotDrop.Errorf(
			"Cannot drop column '%s': needed in a foreign key constraint '%s'", column, fk.Name)
	}
	s := state.Of(ctx)
	if s == nil {
		return before, nil
	}
	if referredTo(s.Catalog(), rec, column, clauses) {
		return nil, sqlerr.ForeignKeyColumnCannotDropChild.Errorf(
			"Cannot drop column '%s': needed in a foreign key constraint of a table that refers to it", column)
	}
	return before, nil
}

// referredTo says that a foreign key of some table refers to a column, unless it is one that the statement drops.
func referredTo(snap *catalog.Snapshot, rec *catalog.Table, column string, clauses []sql.Node) bool {
	is := func(name string) bool { return strings.EqualFold(name, column) }
	return slices.ContainsFunc(referring(snap, rec, clauses), func(fk catalog.ForeignKey) bool { return slices.ContainsFunc(fk.ParentColumns, is) })
}

// referring are the foreign keys of all tables that refer to one, without those that the statement drops.
func referring(snap *catalog.Snapshot, rec *catalog.Table, clauses []sql.Node) (out []catalog.ForeignKey) {
	for _, db := range snap.Databases() {
		for _, t := range snap.Tables(db.ID) {
			for _, fk := range t.ForeignKeys {
				parent := state.TableNamed(snap, fk.ParentDatabase, fk.ParentTable)
				if parent != nil && parent.ID == rec.ID && !(t.ID == rec.ID && slices.ContainsFunc(clauses, dropsConstraint(fk.Name))) {
					out = append(out, fk)
				}
			}
		}
	}
	return out
}

func dropsColumn(name string) func(sql.Node) bool {
	return func(n sql.Node) bool {
		d, ok := n.(*plan.DropColumn)
		return ok && strings.EqualFold(d.Column, name)
	}
}

func dropsConstraint(name string) func(sql.Node) bool {
	return func(n sql.Node) bool {
		switch n := n.(type) {
		case *plan.DropCheck:
			return strings.EqualFold(n.Name, name)
		case *plan.DropForeignKey:
			return strings.EqualFold(n.Name, name)
		case *plan.DropConstraint:
			return strings.EqualFold(n.Name, name)
		}
		return false
	}
}

// inFront moves the clauses first before the one at position i. The library
// carries clauses out one by one.
func inFront(clauses []sql.Node, i int, first []sql.Node) []sql.Node {
	for _, c := range first {
		if at := slices.Index(clauses, c); at > i {
			clauses = slices.Insert(slices.Delete(clauses, at, at+1), i, c)
			i++
		}
	}
	return clauses
}

func names(ctx context.Context, expr, column string) bool {
	return columnsOf(ctx, expr)[strings.ToLower(column)]
}

// columnsOf are the columns that a stored expression names, in lower case. Of a
// text that cannot be read every word counts: better refused than broken.
func columnsOf(ctx context.Context, expr string) map[string]bool {
	used := map[string]bool{}
	text := "SELECT " + expr
	stmt, err := grammar.Parse(ctx, text, lex.Mode{})
	if err == nil {
		_ = grammar.EveryNode(func(n ast.SQLNode) error {
			if c, ok := n.(*ast.ColName); ok {
				used[c.Name.Lowered()] = true
			}
			return nil
		}, stmt)
		return used
	}
	l := lex.New(text, lex.Mode{})
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Kind == lex.Word || t.Kind == lex.Backtick {
			used[strings.ToLower(lex.Value(text, t, lex.Mode{}))] = true
		}
	}
	return used
}

// OwnTable looks through the library's wrappers.
func OwnTable(t sql.Table) (*table.Table, bool) {
	for {
		switch x := t.(type) {
		case *table.Table:
			return x, true
		case sql.TableWrapper:
			t = x.Underlying()
		default:
			return nil, false
		}
	}
}
