package table

import (
	"fmt"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/relation"
)

// Table is a table as one statement uses it. It is made by Store.Table for each
// statement and is not changed afterwards, except that DDL steps move it to the
// definition they made.
type Table struct {
	store  *Store
	schema *schema
	access Access

	project   []int      // positions of the columns shown; nil shows all
	projected sql.Schema // their schema
	show      *relation.Projection
	names     []string // as they were asked for

	// purpose is why rows are read, when it is not for the statement that opened
	// the table: relation.Rewrite while DDL streams them, under the exclusive
	// metadata lock, and relation.Constraint for foreign keys.
	purpose relation.Purpose
	// moved says that a rewrite has put the rows elsewhere, until the catalog names that: here there are none.
	moved bool
}

var (
	_ sql.Table                    = (*Table)(nil)
	_ sql.PrimaryKeyTable          = (*Table)(nil)
	_ sql.IndexAddressableTable    = (*Table)(nil)
	_ sql.IndexedTable             = (*Table)(nil)
	_ sql.ProjectedTable           = (*Table)(nil)
	_ sql.CommentedTable           = (*Table)(nil)
	_ sql.StatisticsTable          = (*Table)(nil)
	_ sql.InsertableTable          = (*Table)(nil)
	_ sql.UpdatableTable           = (*Table)(nil)
	_ sql.DeletableTable           = (*Table)(nil)
	_ sql.ReplaceableTable         = (*Table)(nil)
	_ sql.TruncateableTable        = (*Table)(nil)
	_ sql.AutoIncrementTable       = (*Table)(nil)
	_ sql.CheckTable               = (*Table)(nil)
	_ sql.CheckAlterableTable      = (*Table)(nil)
	_ sql.ForeignKeyTable          = (*Table)(nil)
	_ sql.AlterableTable           = (*Table)(nil)
	_ sql.RewritableTable          = (*Table)(nil)
	_ sql.PrimaryKeyAlterableTable = (*Table)(nil)
	_ sql.IndexAlterableTable      = (*Table)(nil)
	_ sql.CollationAlterableTable  = (*Table)(nil)
	_ sql.Databaseable             = (*Table)(nil)
)

// Record is the catalog record that the table was opened with.
func (t *Table) Record() *catalog.Table { return t.schema.rec }

// Name implements sql.Nameable.
func (t *Table) Name() string { return t.schema.rec.Name }

// String implements fmt.Stringer.
func (t *Table) String() string { return t.schema.rec.Name }

// Database implements sql.Databaseable.
func (t *Table) Database() string { return t.schema.database }

// Comment implements sql.CommentedTable.
func (t *Table) Comment() string { return t.schema.rec.Comment }

// Collation implements sql.Table.
func (t *Table) Collation() sql.CollationID { return t.schema.collate }

// Schema implements sql.Table: the projected columns. The library appends to what it gets, as to
// the left side of a join; all sessions have one schema, so there must be no room behind it.
func (t *Table) Schema() sql.Schema {
	if t.project != nil {
		return slices.Clip(t.projected)
	}
	return slices.Clip(t.schema.sql)
}

// PrimaryKeySchema implements sql.PrimaryKeyTable: all columns.
func (t *Table) PrimaryKeySchema() sql.PrimaryKeySchema {
	return sql.NewPrimaryKeySchema(slices.Clip(t.schema.sql), slices.Clip(t.schema.pk)...)
}

// WithProjections implements sql.ProjectedTable.
func (t *Table) WithProjections(names []string) sql.Table {
	out := *t
	if names == nil {
		out.project, out.projected, out.names, out.show = nil, nil, nil, nil
		return &out
	}
	out.project = make([]int, 0, len(names))
	out.projected = make(sql.Schema, 0, len(names))
	for _, n := range names {
		if at := t.schema.columnByName(n); at >= 0 {
			out.project = append(out.project, at)
			out.projected = append(out.projected, t.schema.sql[at])
		}
	}
	out.names = slices.Clone(names)
	out.show = t.schema.Projection(out.project)
	return &out
}

// Projections implements sql.ProjectedTable.
func (t *Table) Projections() []string { return t.names }

// DebugString is what EXPLAIN and the library's own tests show.
func (t *Table) DebugString() string {
	p := sql.NewTreePrinter()
	_ = p.WriteNode("Table")
	children := []string{"name: " + t.Name()}
	if len(t.names) > 0 {
		children = append(children, fmt.Sprintf("columns: %v", t.names))
	}
	_ = p.WriteChildren(children...)
	return p.String()
}

// shows is the projection that columns lists.
func (t *Table) shows() *relation.Projection {
	if t.project != nil {
		return t.show
	}
	return t.schema.All()
}

func (t *Table) columns() []int {
	if t.project != nil {
		return t.project
	}
	return t.schema.all
}

// PreciseMatch implements sql.IndexAddressable: a lookup returns exactly the
// rows in its ranges, because what keys cannot decide is checked on the row.
func (t *Table) PreciseMatch() bool { return true }

// IndexedAccess implements sql.IndexAddressable.
func (t *Table) IndexedAccess(*sql.Context, sql.IndexLookup) sql.IndexedTable { return t }

// GetIndexes implements sql.IndexAddressable: the primary key first.
func (t *Table) GetIndexes(ctx *sql.Context) ([]sql.Index, error) {
	out := make([]sql.Index, 0, 1+len(t.schema.Indexes))
	if t.schema.Primary != nil {
		out = t.withIndex(out, t.schema.Primary)
	}
	for _, x := range t.schema.Indexes {
		out = t.withIndex(out, x)
	}
	if short, _ := ctx.Value(shortPrefixes{}).(bool); short {
		for _, x := range out {
			x.(*Index).short = true
		}
	}
	return out, nil
}

// withIndex appends an index, unless rows may not be looked up by it.
func (t *Table) withIndex(list []sql.Index, x *relation.Index) []sql.Index {
	if !relation.Usable(t.access.Policy, x) {
		return list
	}
	return append(list, &Index{schema: t.schema, def: x, table: t.Name()})
}

// wholeTable and lookup are the two partitions there are.
type wholeTable struct{}

func (wholeTable) Key() []byte { return []byte("all") }

type lookup struct {
	index   *Index
	spans   []relation.Span
	ranges  []sql.MySQLRange
	reverse bool
}

func (lookup) Key() []byte { return []byte("lookup") }

// Partitions implements sql.Table.
func (t *Table) Partitions(*sql.Context) (sql.PartitionIter, error) {
	return sql.PartitionsToPartitionIter(wholeTable{}), nil
}

// LookupPartitions implements sql.IndexedTable.
func (t *Table) LookupPartitions(ctx *sql.Context, l sql.IndexLookup) (sql.PartitionIter, error) {
	index, ok := l.Index.(*Index)
	if !ok {
		return nil, fmt.Errorf("table %s: look-up in a foreign index %T", t.Name(), l.Index)
	}
	ranges, ok := l.Ranges.(sql.MySQLRangeCollection)
	if !ok {
		return nil, fmt.Errorf("table %s: look-up by %T", t.Name(), l.Ranges)
	}
	// IsEmptyRange is not looked at: the library sets it for NULL-safe look-ups,
	// too. The library writes the next look-up into the same ranges.
	ranges = cloneRanges(ranges)
	spans, err := t.schema.spans(ctx, index.def, ranges)
	if err != nil {
		return nil, err
	}
	return sql.PartitionsToPartitionIter(lookup{index, spans, ranges, l.IsReverse}), nil
}

// PartitionRows implements sql.Table. Every read of rows comes through here or
// through an editor.
func (t *Table) PartitionRows(ctx *sql.Context, p sql.Partition) (sql.RowIter, error) {
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	if t.moved {
		return sql.RowsToRowIter(), nil
	}
	v, err := t.view(ctx)
	if err != nil {
		return nil, err
	}
	it := &rowIter{schema: t.schema, project: t.columns(), owner: session.MetaLocks()}
	switch p := p.(type) {
	case lookup:
		if v.Locking() && !p.index.def.Primary {
			// The row may have changed between its entry and its lock.
			p.spans = checkAll(p.spans, len(p.ranges)+1)
		}
		it.reader, err = t.lookup(ctx, v, p, it)
	default:
		it.reader, err = v.Scan(ctx, t.shows(), false)
	}
	if err != nil {
		return nil, err
	}
	it.owner.opened(it.reader)
	return it, nil
}

// lookup opens the reader of a look-up and tells it what to check.
func (t *Table) lookup(ctx *sql.Context, v relation.View, p lookup, it *rowIter) (*relation.Reader, error) {
	show := t.shows()
	if slices.ContainsFunc(p.spans, func(sp relation.Span) bool { return sp.Check != 0 }) {
		it.ranges, it.checked = p.ranges, p.index.columns(true)
		show = t.schema.Projection(slices.Concat(it.project, it.checked))
	}
	return v.Lookup(ctx, p.index.def, p.spans, show, p.reverse)
}

func cloneRanges(ranges sql.MySQLRangeCollection) sql.MySQLRangeCollection {
	out := make(sql.MySQLRangeCollection, len(ranges))
	for i, r := range ranges {
		out[i] = slices.Clone(r)
	}
	return out
}

func checkAll(spans []relation.Span, all int) []relation.Span {
	out := slices.Clone(spans)
	for i := range out {
		if out[i].Check == 0 {
			out[i].Check = all
		}
	}
	return out
}

// guard is whose rights count.
func (t *Table) guard(s Session) kivi.Guard {
	if t.IsTemporary() {
		if own := s.MetaLocks().temporary; own != nil {
			return &own.guard
		}
		return nil
	}
	if t.access.Guard != nil {
		return t.access.Guard
	}
	return s.Guard()
}

// open opens the table's rows for the session's actor, or whoever the access
// names instead. Nobody holds rights yet on a table whose CREATE TABLE is still
// running and fills it; the right to create it was asked of the database.
func (t *Table) open(ctx *sql.Context, purpose relation.Purpose) (h relation.Handle, session Session, txn *kivi.Txn, err error) {
	if session, err = sessionOf(ctx); err != nil {
		return h, nil, nil, err
	}
	if txn, err = session.Txn(ctx); err != nil {
		return h, nil, nil, err
	}
	switch {
	case session.MetaLocks().creates(t.store.cat, t.schema.rec.ID):
		purpose = relation.Rewrite
	case purpose == relation.Write && t.store.branch && !t.IsTemporary(): // it would stay when the branch is given up, and be done twice when it begins anew
		err := sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support 'changes of rows by what a statement inside CREATE SCHEMA calls'")
		t.store.refused.Store(err)
		return h, nil, nil, err
	}
	if purpose != relation.Rewrite && txn.Isolation() == kv.Serializable { // its newest state is its snapshot, too
		if err := t.store.within(txn, t.schema.rec); err != nil {
			return h, nil, nil, err
		}
	}
	return relation.Open(txn, t.schema.Schema, t.guard(session), purpose, t.access.Policy), session, txn, nil
}

// view opens the state that reads see.
func (t *Table) view(ctx *sql.Context) (relation.View, error) {
	h, want, mode, session, err := t.sight(ctx)
	if err != nil {
		return relation.View{}, err
	}
	v := h.View(want, mode)
	if mode == relation.Current { // of a rewrite
		return v, nil
	}
	if mark, ok := session.StatementMark(); ok && !t.access.Latest {
		v = v.At(mark)
	}
	return v, nil
}

// sight is with which rights the rows are read, and as what.
func (t *Table) sight(ctx *sql.Context) (h relation.Handle, want kivi.Rights, mode relation.Mode, session Session, err error) {
	purpose := t.purpose
	if purpose == 0 {
		purpose = relation.Query
		if t.access.Mode == Write {
			purpose = relation.Write
		}
	}
	h, session, txn, err := t.open(ctx, purpose)
	if err != nil {
		return h, 0, 0, nil, err
	}
	if t.access.Validate && session.MetaLocks().change != nil {
		purpose = relation.Rewrite
		h = relation.Open(txn, t.schema.Schema, nil, purpose, nil)
	}
	if purpose == relation.Rewrite {
		return h, kivi.Read, relation.Current, session, nil
	}
	want, mode = t.access.Scan, relation.Snapshot
	if want == 0 {
		want = kivi.Read
	}
	if t.access.Mode != Read && txn.Writes(t.schema.rec.Data) {
		mode = relation.Locking
	}
	if mode == relation.Snapshot {
		err = t.store.within(txn, t.schema.rec)
	}
	return h, want, mode, session, err
}
