package table

import (
	"sync"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
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

// RowCount implements sql.StatisticsTable. It is never exact: the library would
// answer COUNT(*) from it, past snapshots and rights. What the session's own
// transaction has changed counts.
func (t *Table) RowCount(ctx *sql.Context) (uint64, bool, error) {
	e := t.store.estimates.of(t.schema.rec.Data)
	session, err := sessionOf(ctx)
	switch {
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
	e := t.store.estimates.of(t.schema.rec.Data)
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
