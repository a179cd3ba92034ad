package objects

import (
	"slices"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"

	"github.com/lxdb/lxdb/catalog"
	lxaccess "github.com/lxdb/lxdb/engine/access"
	"github.com/lxdb/lxdb/engine/state"
	"github.com/lxdb/lxdb/engine/table"
)

// SHOW INDEX is made from the table's record: the library's knows no order of a part,
// no prefix, and nothing of indexes that are kept for dumps only.

// ShowIndexID is above the library's own numbers.
const ShowIndexID analyzer.RuleId = 4021

// ReplaceShowIndex is a rule of the analyzer.
func ReplaceShowIndex(_ *sql.Context, _ *analyzer.Analyzer, n sql.Node, _ *plan.Scope, _ analyzer.RuleSelector, _ *sql.QueryFlags) (sql.Node, transform.TreeIdentity, error) {
	return transform.Node(n, func(n sql.Node) (sql.Node, transform.TreeIdentity, error) {
		show, ok := n.(*plan.ShowIndexes)
		if !ok {
			return n, transform.SameTree, nil
		}
		rt, ok := show.Child.(*plan.ResolvedTable)
		if !ok {
			return n, transform.SameTree, nil
		}
		t, ok := lxaccess.OwnTable(rt.Table)
		if !ok {
			return n, transform.SameTree, nil
		}
		return &showIndex{table: t, schema: show.Schema()}, transform.NewTree, nil
	})
}

// showIndex is SHOW INDEX.
type showIndex struct {
	table  *table.Table
	schema sql.Schema
}

var _ sql.ExecSourceRel = (*showIndex)(nil)

func (c *showIndex) Resolved() bool       { return true }
func (c *showIndex) IsReadOnly() bool     { return true }
func (c *showIndex) Children() []sql.Node { return nil }
func (c *showIndex) Schema() sql.Schema   { return c.schema }
func (c *showIndex) String() string       { return "SHOW INDEX" }

func (c *showIndex) WithChildren(children ...sql.Node) (sql.Node, error) {
	if len(children) != 0 {
		return nil, sql.ErrInvalidChildrenNumber.New(c, len(children), 0)
	}
	return c, nil
}

// RowIter implements sql.ExecSourceRel.
func (c *showIndex) RowIter(ctx *sql.Context, _ sql.Row) (sql.RowIter, error) {
	s, rec := state.Of(ctx), c.table.Record()
	var counted cardinality
	if db := s.Inst.Cat.Snapshot().DatabaseByID(rec.Database); db != nil && (rec.Temporary() || mayRead(s, db.Name, rec.Name)) {
		if _, _, err := c.table.RowCount(ctx); err != nil { // it counts them, at first
			return nil, err
		}
		counted = cardinalityOf(s, rec)
	}
	return sql.RowsToRowIter(indexRows(rec, counted)...), nil
}

// cardinality is how many different values the first columns of an index have; all says
// that each row has its own. NULL stands where nobody has counted.
type cardinality func(index uint16, columns int, all bool) any

// cardinalityOf is what ANALYZE TABLE has found, and what follows from the number of rows.
func cardinalityOf(s *state.Session, rec *catalog.Table) cardinality {
	return func(index uint16, columns int, all bool) any {
		if n := s.Inst.Store.Distinct(rec, index, columns); n > 0 {
			return n
		}
		if rows, known := s.Inst.Store.Estimated(rec); known && (all || rows == 0) {
			return rows
		}
		return nil
	}
}

// noIndex is the number of what is kept for dumps only.
const noIndex = 0xFFFF

// indexRows are the rows of SHOW INDEX, one for each part of an index. counted is nil for
// who may not read the table.
func indexRows(rec *catalog.Table, counted cardinality) []sql.Row {
	var rows []sql.Row
	add := func(id uint16, name, kind, comment string, unique bool, parts []catalog.IndexColumn) {
		for i, part := range parts {
			col := columnOf(rec, part.Column)
			null, prefix, order := "", any(nil), any("A")
			if !col.NotNull {
				null = "YES"
			}
			if part.Prefix > 0 {
				prefix = int64(part.Prefix)
			}
			switch {
			case kind == "FULLTEXT":
				order = nil
			case part.Desc:
				order = "D"
			}
			other := int32(1)
			if unique {
				other = 0
			}
			many := any(nil)
			if counted != nil {
				many = counted(id, i+1, unique && i+1 == len(parts))
			}
			rows = append(rows, sql.Row{rec.Name, other, name, uint32(i + 1), col.Name, order, many, prefix, nil, null, kind, "", comment, "YES", nil})
		}
	}
	for _, x := range orderedIndexes(rec) {
		add(x.ID, x.Name, "BTREE", x.Comment, x.Unique || x.Primary, x.Columns)
	}
	for _, x := range rec.Unbuilt {
		parts := make([]catalog.IndexColumn, len(x.Columns))
		for i, id := range x.Columns {
			parts[i].Column = id
		}
		add(noIndex, x.Name, x.Kind, x.Comment, false, parts)
	}
	return rows
}

// statisticsRows are information_schema.STATISTICS: the same, of all tables that the
// session sees. How many values there are is for who may read the table.
func statisticsRows(_ *sql.Context, s *state.Session) []sql.Row {
	snap := s.Inst.Cat.Snapshot()
	var out []sql.Row
	for _, db := range snap.Databases() {
		for _, t := range snap.Tables(db.ID) {
			if !s.Sees(state.TableObject(t)) {
				continue
			}
			var counted cardinality
			if mayRead(s, db.Name, t.Name) {
				counted = cardinalityOf(s, t)
			}
			for _, r := range indexRows(t, counted) {
				out = append(out, append(sql.Row{infoCatalog, db.Name, r[0], r[1], db.Name}, r[2:]...))
			}
		}
	}
	return out
}

// orderedIndexes are the indexes of a table in MySQL's order: the primary key, unique
// ones that hold no NULL, other unique ones, the rest; each kind as it was made.
func orderedIndexes(rec *catalog.Table) []catalog.Index {
	rank := func(x catalog.Index) int {
		switch {
		case x.Primary:
			return 0
		case !x.Unique:
			return 3
		case slices.ContainsFunc(x.Columns, func(p catalog.IndexColumn) bool { return !columnOf(rec, p.Column).NotNull }):
			return 2
		}
		return 1
	}
	list := slices.Clone(rec.Indexes)
	slices.SortStableFunc(list, func(a, b catalog.Index) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return int(a.ID) - int(b.ID)
	})
	return list
}

// columnOf is the column with a number. One that is not there has no name.
func columnOf(rec *catalog.Table, id uint16) *catalog.Column {
	for i := range rec.Columns {
		if rec.Columns[i].ID == id {
			return &rec.Columns[i]
		}
	}
	return &catalog.Column{}
}
