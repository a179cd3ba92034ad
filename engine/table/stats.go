package table

import (
	"sync"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
)

// estimates are row counts for the join planner: counted once up to a bound,
// then moved by what is inserted and deleted, also by what is rolled back.
// They are never exact, and nothing but plans may depend on them.
type estimates struct {
	mu   sync.Mutex
	rows map[codec.ObjectID]int64
}

// countedRows is where the first count stops.
const countedRows = 100_000

func (e *estimates) get(data codec.ObjectID) (int64, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, ok := e.rows[data]
	return max(n, 0), ok
}

func (e *estimates) set(data codec.ObjectID, n int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rows == nil {
		e.rows = map[codec.ObjectID]int64{}
	}
	e.rows[data] = n
}

// add moves an estimate that exists.
func (e *estimates) add(data codec.ObjectID, n int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if old, ok := e.rows[data]; ok {
		e.rows[data] = old + n
	}
}

func (e *estimates) forget(data codec.ObjectID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.rows, data)
}

// Estimated is about how many rows a table has, if somebody has wanted to know before.
func (s *Store) Estimated(rec *catalog.Table) (int64, bool) { return s.estimates.get(rec.Data) }

// RowCount implements sql.StatisticsTable. It is never exact: the library would
// answer COUNT(*) from it, past snapshots and rights.
func (t *Table) RowCount(ctx *sql.Context) (uint64, bool, error) {
	data := t.schema.rec.Data
	if n, ok := t.store.estimates.get(data); ok {
		return uint64(n), false, nil
	}
	if _, err := sessionOf(ctx); err != nil || ctx.GetTransaction() == nil {
		return countedRows, false, nil
	}
	h, _, _, err := t.open(ctx, relation.Estimate)
	if err != nil {
		return 0, false, err
	}
	n, err := h.View(kivi.Read, relation.Current).Count(ctx, countedRows)
	if err != nil {
		return 0, false, err
	}
	t.store.estimates.set(data, n)
	return uint64(n), false, nil
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
