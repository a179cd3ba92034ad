package table

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/proto/query"
	"github.com/shopspring/decimal"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// estimates are row counts for the join planner: counted once up to a bound,
// then moved by what committed transactions have inserted and deleted.
// They are never exact, and nothing but plans may depend on them.
type estimates struct {
	mu   sync.Mutex
	rows map[codec.ObjectID]*estimate
}

// estimate is that of one table. What is committed moves rows before they are counted, too: the
// count sets them.
type estimate struct {
	rows    atomic.Int64
	counted atomic.Bool
	// analyzed is what ANALYZE has counted; nil without.
	analyzed atomic.Pointer[relation.Statistics]
}

// countedRows is where the first count stops.
const countedRows = 100_000

func (e *estimates) of(data codec.ObjectID) *estimate {
	e.mu.Lock()
	defer e.mu.Unlock()
	one := e.rows[data]
	if one == nil {
		if e.rows == nil {
			e.rows = map[codec.ObjectID]*estimate{}
		}
		one = &estimate{}
		e.rows[data] = one
	}
	return one
}

// begin is for data without rows: nobody has to count them.
func (e *estimates) begin(data codec.ObjectID) { e.of(data).counted.Store(true) }

func (e *estimates) forget(data codec.ObjectID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.rows, data)
}

// Estimated is about how many rows a table has, if somebody has wanted to know before.
func (s *Store) Estimated(rec *catalog.Table) (int64, bool) {
	e := s.estimates.of(rec.Data)
	return max(e.rows.Load(), 0), e.counted.Load()
}

// Analyzed are the figures of the last ANALYZE; nil without, or before anybody has
// wanted to know them.
func (s *Store) Analyzed(rec *catalog.Table) *relation.Statistics {
	return s.estimates.of(rec.Data).analyzed.Load()
}

// blind says that plans tell nothing of the rows: their reader does not see all of them.
func (t *Table) blind() bool { return t.access.Policy != nil || t.access.Blind }

// RowCount implements sql.StatisticsTable. It is never exact: the library would
// answer COUNT(*) from it, past snapshots and rights. What the session's own
// transaction has changed counts.
func (t *Table) RowCount(ctx *sql.Context) (uint64, bool, error) {
	e := t.store.estimates.of(t.schema.rec.Data)
	session, err := sessionOf(ctx)
	switch {
	case t.access.Blind:
		return countedRows, false, nil
	case err == nil && e.counted.Load():
		return uint64(max(e.rows.Load()+session.Tallied(&e.rows), 0)), false, nil
	case err != nil || ctx.GetTransaction() == nil:
		return countedRows, false, nil
	}
	h, _, txn, err := t.open(ctx, relation.Estimate)
	if err != nil {
		return 0, false, err
	}
	v := h.View(kivi.Read, relation.Current)
	n, err := v.Count(ctx, countedRows)
	if err != nil {
		return 0, false, err
	}
	kept, err := v.Statistics(ctx)
	if err != nil {
		return 0, false, err
	}
	if kept != nil && n == countedRows {
		n = max(n, kept.Rows)
	}
	e.analyzed.CompareAndSwap(nil, kept)
	e.rows.Store(n - txn.Tallied(&e.rows))
	e.counted.Store(true)
	return uint64(n), false, nil
}

// Analyze counts the rows and the distinct values of the indexes anew and keeps the
// figures, for plans from now on. They are stored when the transaction commits.
func (t *Table) Analyze(ctx *sql.Context) error {
	h, _, txn, err := t.open(ctx, relation.Analysis)
	if err != nil {
		return err
	}
	found, err := h.View(kivi.Read, relation.Current).Analyze(ctx)
	if err != nil {
		return err
	}
	if err := h.Writer(kivi.Update, t.store.counters).KeepStatistics(ctx, found); err != nil {
		return err
	}
	if _, _, err := t.RowCount(ctx); err != nil { // reads what is stored, at first
		return err
	}
	e := t.store.estimates.of(t.schema.rec.Data)
	if was := e.analyzed.Load(); was != nil {
		found.Histograms = was.Histograms
	}
	e.rows.Store(found.Rows - txn.Tallied(&e.rows))
	e.analyzed.Store(found)
	e.counted.Store(true)
	return nil
}

// Distinct is about how many different beginnings of so many columns an index has; 0
// when nobody has counted them.
func (t *Table) Distinct(ctx *sql.Context, index uint16, columns int) int64 {
	if _, _, err := t.RowCount(ctx); err != nil { // reads what is stored, at first
		return 0
	}
	return t.store.Distinct(t.schema.rec, index, columns)
}

// Distinct is Table.Distinct of a table whose rows somebody has wanted to know before.
func (s *Store) Distinct(rec *catalog.Table, index uint16, columns int) int64 {
	e := s.estimates.of(rec.Data)
	kept := e.analyzed.Load()
	if kept == nil || columns < 1 || columns > len(kept.Distinct[index]) {
		return 0
	}
	n := kept.Distinct[index][columns-1]
	// Where nearly each row had a value of its own, new rows bring new ones.
	if rows := e.rows.Load(); n > kept.Rows/10 && kept.Rows > 0 && rows > 0 {
		n = int64(float64(n) * float64(rows) / float64(kept.Rows))
	}
	return max(1, n)
}

// Histograms are those of the columns; nil without any.
func (t *Table) Histograms(ctx *sql.Context) map[uint16]*relation.Histogram {
	if _, _, err := t.RowCount(ctx); err != nil { // reads what is stored, at first
		return nil
	}
	if kept := t.store.Analyzed(t.schema.rec); kept != nil {
		return kept.Histograms
	}
	return nil
}

// HasHistogram says whether a column may have one, MySQL's words why not.
func (t *Table) HasHistogram(column string) (at int, why string) {
	at = slices.IndexFunc(t.schema.rec.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, column) })
	if at < 0 {
		return at, "The column '" + column + "' does not exist."
	}
	name := t.schema.cols[at].def.Name
	if t.schema.Ordering(at) == nil {
		return at, "The column '" + name + "' has an unsupported data type."
	}
	for _, x := range append([]*relation.Index{t.schema.Primary}, t.schema.Indexes...) {
		if x != nil && x.Unique && len(x.Parts) == 1 && x.Parts[0].Column == at && x.Parts[0].Prefix == 0 {
			return at, "The column '" + name + "' is covered by a single-part unique index."
		}
	}
	return at, ""
}

// MakeHistograms makes the histograms of columns anew and keeps them, as Analyze does. hold is asked for the memory that
// it takes.
func (t *Table) MakeHistograms(ctx *sql.Context, columns []int, buckets int, now time.Time, hold func(bytes int) error) error {
	h, _, txn, err := t.open(ctx, relation.Analysis)
	if err != nil {
		return err
	}
	types := make([]string, len(columns))
	for i, c := range columns {
		types[i] = t.schema.rec.Columns[c].Type
	}
	made, rows, err := h.View(kivi.Read, relation.Current).Histograms(ctx, columns, buckets, types, hold)
	if err != nil {
		return err
	}
	w := h.Writer(kivi.Update, t.store.counters)
	return t.changeHistograms(ctx, rows-txn.Tallied(&t.store.estimates.of(t.schema.rec.Data).rows), func(all map[uint16]*relation.Histogram) error {
		for _, one := range made {
			one.Made = now
			all[one.Column] = one
			if err := w.PutHistogram(ctx, one); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropHistograms takes those of columns away.
func (t *Table) DropHistograms(ctx *sql.Context, columns []int) error {
	h, _, _, err := t.open(ctx, relation.Analysis)
	if err != nil {
		return err
	}
	w := h.Writer(kivi.Update, t.store.counters)
	return t.changeHistograms(ctx, -1, func(all map[uint16]*relation.Histogram) error {
		for _, c := range columns {
			id := t.schema.Columns[c].ID
			delete(all, id)
			if err := w.DropHistogram(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeHistograms changes a copy of what is known of a table. rows are those that were counted, below 0 none.
func (t *Table) changeHistograms(ctx *sql.Context, rows int64, change func(map[uint16]*relation.Histogram) error) error {
	all := map[uint16]*relation.Histogram{}
	maps.Copy(all, t.Histograms(ctx))
	if err := change(all); err != nil {
		return err
	}
	e := t.store.estimates.of(t.schema.rec.Data)
	if rows >= 0 {
		e.rows.Store(rows)
		e.counted.Store(true)
	}
	e.analyzed.Store(e.analyzed.Load().With(max(rows, 0), all))
	return nil
}

// carryHistograms has a table that is rewritten keep those of the columns that stay as they are. The rows are the same, and so is how
// often a value occurs.
func (r *rewriter) carryHistograms(ctx *sql.Context) error {
	t := r.table
	all := t.Histograms(ctx)
	kept := map[uint16]*relation.Histogram{}
	for i := range r.to.Columns {
		c := &r.to.Columns[i]
		at := slices.IndexFunc(t.schema.rec.Columns, func(old catalog.Column) bool { return old.ID == c.ID })
		if h := all[c.ID]; h != nil && at >= 0 && h.Type == c.Type && t.schema.rec.Columns[at].Generated == c.Generated {
			kept[c.ID] = h
		}
	}
	if len(kept) == 0 {
		return nil
	}
	w, err := r.out.writer(ctx)
	if err != nil {
		return err
	}
	for _, h := range kept {
		if err := w.PutHistogram(ctx, h); err != nil {
			return err
		}
	}
	was := t.store.estimates.of(t.schema.rec.Data).analyzed.Load()
	t.store.estimates.of(r.to.Data).analyzed.Store((&relation.Statistics{Rows: was.Rows}).With(was.Rows, kept))
	return nil
}

// ShownHistogram is one column's as information_schema has it.
type ShownHistogram struct {
	Column   string
	Document Document
}

// ShownHistograms are those of a table, as they are stored, for a guard that lets the table be read. Nobody has to wait
// for whoever changes it.
func (st *Store) ShownHistograms(ctx *sql.Context, rec *catalog.Table, db *catalog.Database, guard kivi.Guard) (out []ShownHistogram, err error) {
	s, err := st.schema(rec, db.Name, nil)
	if err != nil {
		return nil, err
	}
	t := &Table{store: st, schema: s, access: Access{Guard: guard}}
	h, _, _, err := t.open(ctx, relation.Query)
	if err != nil {
		return nil, err
	}
	stored, err := h.View(kivi.Read, relation.Current).Stored(ctx)
	for i := range rec.Columns {
		c := &rec.Columns[i]
		if kept := stored[c.ID]; err == nil && kept != nil && kept.Type == c.Type {
			one := ShownHistogram{Column: c.Name}
			one.Document, err = t.shown(kept, i)
			out = append(out, one)
		}
	}
	return out, err
}

// shown is a histogram of a column as MySQL writes it.
func (t *Table) shown(h *relation.Histogram, column int) (doc Document, err error) {
	st := t.schema.cols[column].storage
	name, collation := histogramType(st)
	const moment = "2006-01-02 15:04:05.000000"
	shown := func(d codec.Datum) any {
		v, failed := st.toValue(d) // a moment in UTC, as in MySQL
		err = errors.Join(err, failed)
		switch v := v.(type) {
		case time.Time:
			if name == "date" {
				return v.Format(time.DateOnly)
			}
			return v.Format(moment)
		case string:
			return base64Text([]byte(v))
		case []byte:
			return base64Text(v)
		case decimal.Decimal:
			return json.Number(v.String())
		case fmt.Stringer: // TIME
			return v.String()
		default:
			return v
		}
	}
	buckets := make([]any, 0, len(h.Buckets))
	for i := range h.Buckets {
		b := &h.Buckets[i]
		if h.Singleton {
			buckets = append(buckets, []any{shown(b.Low), b.Up})
		} else {
			buckets = append(buckets, []any{shown(b.Low), shown(b.High), b.Up, b.Distinct})
		}
	}
	if err != nil {
		return doc, err
	}
	kind := "equi-height"
	if h.Singleton {
		kind = "singleton"
	}
	text, err := json.Marshal(map[string]any{
		"buckets": buckets, "null-values": h.Nulls, "sampling-rate": h.Sampled, "histogram-type": kind, "data-type": name,
		"number-of-buckets-specified": h.Wanted, "last-updated": h.Made.Format(moment), "collation-id": collation,
	})
	if err != nil {
		return doc, err
	}
	doc.JSON, err = value.ParseJSON(text)
	return doc, err
}

// base64Text is how MySQL writes a text into such a document.
func base64Text(b []byte) string { return "base64:type254:" + base64.StdEncoding.EncodeToString(b) }

// histogramType is MySQL's name for what a histogram counts, and the number of its collation.
func histogramType(st *storage) (name string, collation int) {
	const binary = 63
	if c, ok := st.typ.(sql.TypeWithCollation); ok && st.kind == codec.KindText {
		collation = int(c.Collation())
	} else {
		collation = binary
	}
	switch t := st.typ.Type(); t {
	case query.Type_ENUM:
		return "enum", collation
	case query.Type_SET:
		return "set", collation
	case query.Type_DATE:
		return "date", collation
	case query.Type_DATETIME, query.Type_TIMESTAMP:
		return "datetime", collation
	case query.Type_TIME:
		return "time", collation
	case query.Type_DECIMAL:
		return "decimal", collation
	}
	switch st.kind {
	case codec.KindInt:
		return "int", collation
	case codec.KindUint:
		return "uint", collation
	case codec.KindFloat:
		return "double", collation
	}
	return "string", collation
}

// DataLength implements sql.StatisticsTable: the estimated bytes of all rows.
func (t *Table) DataLength(ctx *sql.Context) (uint64, error) {
	rows, _, err := t.RowCount(ctx)
	if err != nil {
		return 0, err
	}
	var each uint64
	for i := range t.schema.cols {
		each += storedBytes(t.schema.cols[i].storage)
	}
	return rows * each, nil
}

// storedBytes guesses the bytes of a value.
func storedBytes(st *storage) uint64 {
	const longText = 256
	if st.width > 0 {
		return uint64(st.width)
	}
	if s, ok := st.typ.(sql.StringType); ok && !types.IsTextBlob(st.typ) {
		return uint64(min(s.MaxByteLength(), longText))
	}
	return longText
}
