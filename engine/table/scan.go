package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// view is one state of a table's keys to read: the transaction's snapshot, the
// newest committed rows, or the newest with each row locked.
type view struct {
	kt   *kivi.Table
	mode readMode
}

type readMode uint8

const (
	readSnapshot readMode = iota
	readCurrent           // newest committed; the caller holds a lock that keeps others from writing
	readLocking           // locks each row, then reads its newest state
)

func (v view) scanRows(ctx context.Context, lo, hi []byte, reverse bool) (*kivi.Scan, error) {
	switch v.mode {
	case readLocking:
		return v.kt.LockScan(ctx, lo, hi, reverse)
	case readCurrent:
		return v.kt.CurrentScan(ctx, lo, hi, reverse)
	default:
		return v.kt.Scan(ctx, lo, hi, reverse)
	}
}

// scanEntries walks index entries. They are never locked themselves: the row
// is, and is checked again afterwards.
func (v view) scanEntries(ctx context.Context, lo, hi []byte, reverse bool) (*kivi.Scan, error) {
	if v.mode == readSnapshot {
		return v.kt.Scan(ctx, lo, hi, reverse)
	}
	return v.kt.CurrentScan(ctx, lo, hi, reverse)
}

// rows reads rows by key, nil for an absent one, in the order of keys.
func (v view) rows(ctx context.Context, keys [][]byte) ([][]byte, error) {
	if v.mode != readLocking {
		return v.entries(ctx, keys)
	}
	return eachKey(keys, func(k []byte) ([]byte, error) { return v.kt.LockGet(ctx, k) })
}

// entries reads keys without locking them.
func (v view) entries(ctx context.Context, keys [][]byte) ([][]byte, error) {
	get, batch := v.kt.Get, v.kt.GetBatch
	if v.mode != readSnapshot {
		get, batch = v.kt.CurrentGet, v.kt.CurrentGetBatch
	}
	if len(keys) == 1 {
		return eachKey(keys, func(k []byte) ([]byte, error) { return get(ctx, k) })
	}
	if slices.IsSortedFunc(keys, bytes.Compare) {
		return batch(ctx, keys)
	}
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) })
	sorted := make([][]byte, len(keys))
	for i, at := range order {
		sorted[i] = keys[at]
	}
	values, err := batch(ctx, sorted)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(keys))
	for i, at := range order {
		out[at] = values[i]
	}
	return out, nil
}

func eachKey(keys [][]byte, get func([]byte) ([]byte, error)) ([][]byte, error) {
	out := make([][]byte, len(keys))
	for i, k := range keys {
		val, err := get(k)
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			out[i] = val
		}
	}
	return out, nil
}

// record is a stored row, and the ranges that it still has to be held against.
type record struct {
	key, value []byte
	check      []sql.MySQLRange
}

// source yields the stored rows of a scan. Key and value stay valid until the
// next call.
type source interface {
	next(ctx context.Context) (record, bool, error)
	close() error
}

// rangeSource walks the clustered rows of one span.
type rangeSource struct {
	scan  *kivi.Scan
	check []sql.MySQLRange
}

func (s *rangeSource) next(context.Context) (record, bool, error) {
	if !s.scan.Next() {
		return record{}, false, s.scan.Err()
	}
	return record{s.scan.Key(), s.scan.Value(), s.check}, true, nil
}

func (s *rangeSource) close() error { return s.scan.Close() }

// keySource reads rows by their keys, in batches.
type keySource struct {
	view   view
	keys   [][]byte
	checks [][]sql.MySQLRange // nil, or one for each key
	values [][]byte           // of the running batch, which ends at next
	at     int
	end    int
}

const maxBatch = 128

func (s *keySource) next(ctx context.Context) (record, bool, error) {
	for {
		if s.at == s.end {
			if s.end == len(s.keys) {
				return record{}, false, nil
			}
			from := s.end
			s.end = min(len(s.keys), from+maxBatch)
			var err error
			if s.values, err = s.view.rows(ctx, s.keys[from:s.end]); err != nil {
				return record{}, false, err
			}
		}
		i := s.at
		s.at++
		value := s.values[len(s.values)-(s.end-i)]
		if value == nil {
			continue
		}
		r := record{key: s.keys[i], value: value}
		if s.checks != nil {
			r.check = s.checks[i]
		}
		return r, true, nil
	}
}

func (s *keySource) close() error { return nil }

// entrySource walks index entries and reads their rows, in growing batches so
// that LIMIT 1 reads few.
type entrySource struct {
	schema *schema
	view   view
	scan   *kivi.Scan
	check  []sql.MySQLRange
	batch  int
	rows   keySource
	done   bool
}

func (s *entrySource) next(ctx context.Context) (record, bool, error) {
	for {
		r, ok, err := s.rows.next(ctx)
		if ok || err != nil {
			r.check = s.check
			return r, ok, err
		}
		if s.done {
			return record{}, false, nil
		}
		if err := s.fill(); err != nil {
			return record{}, false, err
		}
	}
}

func (s *entrySource) fill() error {
	s.batch = min(max(2*s.batch, 8), maxBatch)
	s.rows = keySource{view: s.view, keys: make([][]byte, 0, s.batch)}
	for len(s.rows.keys) < s.batch {
		if !s.scan.Next() {
			s.done = true
			return s.scan.Err()
		}
		key, err := s.schema.entryRowKey(s.scan.Key(), s.scan.Value())
		if err != nil {
			return err
		}
		s.rows.keys = append(s.rows.keys, key)
	}
	return nil
}

func (s *entrySource) close() error { return s.scan.Close() }

// chain reads several sources one after the other. The first ones are open from
// the beginning, the rest are opened when their turn comes: a list of thousands
// of ranges must not hold thousands of iterators. What it reads does not change
// meanwhile: a snapshot stands still, and a statement that writes reads its own
// writes as of its beginning.
type chain struct {
	ready []source
	later []func(ctx context.Context) (source, error)
}

// openAtOnce is how many sources of a chain are open from the beginning.
const openAtOnce = 16

func (c *chain) next(ctx context.Context) (record, bool, error) {
	for {
		if len(c.ready) == 0 {
			if len(c.later) == 0 {
				return record{}, false, nil
			}
			if err := c.openNext(ctx); err != nil {
				return record{}, false, err
			}
		}
		r, ok, err := c.ready[0].next(ctx)
		if ok || err != nil {
			return r, ok, err
		}
		done := c.ready[0]
		c.ready = c.ready[1:]
		if err := done.close(); err != nil {
			return record{}, false, err
		}
	}
}

func (c *chain) openNext(ctx context.Context) error {
	src, err := c.later[0](ctx)
	if err != nil {
		return err
	}
	c.ready, c.later = append(c.ready, src), c.later[1:]
	return nil
}

func (c *chain) close() error {
	var errs []error
	for _, s := range c.ready {
		errs = append(errs, s.close())
	}
	c.ready, c.later = nil, nil
	return errors.Join(errs...)
}

// fullSource walks all rows in the order of the primary key.
func (s *schema) fullSource(ctx context.Context, v view, reverse bool) (source, error) {
	lo, hi := codec.IndexBounds(codec.SpaceData, s.rec.Data, codec.IndexRows)
	scan, err := v.scanRows(ctx, lo, hi, reverse)
	if err != nil {
		return nil, err
	}
	return &rangeSource{scan: scan}, nil
}

// lookupSource reads the spans of an index.
func (s *schema) lookupSource(ctx context.Context, v view, x *indexDef, spans []span, reverse bool) (source, error) {
	if reverse {
		spans = slices.Clone(spans)
		slices.Reverse(spans)
	}
	list := &chain{}
	for i := 0; i < len(spans); {
		n := max(points(spans[i:]), 1)
		part := spans[i : i+n]
		i += n
		list.later = append(list.later, func(ctx context.Context) (source, error) {
			if part[0].point {
				return s.pointSource(ctx, v, x, part)
			}
			return s.spanSource(ctx, v, x, part[0], reverse)
		})
	}
	if len(list.later) == 1 {
		return list.later[0](ctx)
	}
	for len(list.ready) < openAtOnce && len(list.later) > 0 {
		if err := list.openNext(ctx); err != nil {
			return nil, alongside(err, list.close())
		}
	}
	return list, nil
}

// points counts the leading spans that are single keys.
func points(spans []span) int {
	n := 0
	for n < len(spans) && spans[n].point {
		n++
	}
	return n
}

func (s *schema) pointSource(ctx context.Context, v view, x *indexDef, spans []span) (source, error) {
	src := &keySource{view: v, keys: make([][]byte, len(spans)), checks: make([][]sql.MySQLRange, len(spans))}
	for i, sp := range spans {
		src.keys[i], src.checks[i] = sp.lo, sp.check
	}
	if x.primary {
		return src, nil
	}
	values, err := v.entries(ctx, src.keys)
	if err != nil {
		return nil, err
	}
	n := 0
	for i, val := range values {
		if val == nil {
			continue
		}
		if src.keys[n], err = s.entryRowKey(src.keys[i], val); err != nil {
			return nil, err
		}
		src.checks[n] = src.checks[i]
		n++
	}
	src.keys, src.checks = src.keys[:n], src.checks[:n]
	return src, nil
}

func (s *schema) spanSource(ctx context.Context, v view, x *indexDef, sp span, reverse bool) (source, error) {
	if x.primary {
		scan, err := v.scanRows(ctx, sp.lo, sp.hi, reverse)
		if err != nil {
			return nil, err
		}
		return &rangeSource{scan, sp.check}, nil
	}
	scan, err := v.scanEntries(ctx, sp.lo, sp.hi, reverse)
	if err != nil {
		return nil, err
	}
	return &entrySource{schema: s, view: v, scan: scan, check: sp.check}, nil
}

// rowIter turns stored rows into rows of the library.
type rowIter struct {
	schema  *schema
	src     source
	view    view
	project []int
	checked []int // columns that the ranges of check speak of
	owner   *LockOwner
}

var _ sql.RowIter = (*rowIter)(nil)

// Next implements sql.RowIter.
func (it *rowIter) Next(ctx *sql.Context) (sql.Row, error) {
	for {
		rec, ok, err := it.src.next(ctx)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, io.EOF
		}
		if rec.check != nil {
			values, err := it.schema.decode(ctx, rec.key, rec.value, it.checked, it.view.chunks())
			if err != nil {
				return nil, err
			}
			in, err := matchesAny(ctx, rec.check, values)
			if err != nil {
				return nil, fmt.Errorf("table %s: range check: %w", it.schema.rec.Name, err)
			}
			if !in {
				continue
			}
		}
		return it.schema.decode(ctx, rec.key, rec.value, it.project, it.view.chunks())
	}
}

// Close implements sql.RowIter.
func (it *rowIter) Close(*sql.Context) error {
	it.owner.closed(it.src)
	return it.src.close()
}

// chunks reads the chunks of large values from the same state as the rows.
func (v view) chunks() chunkReader { return v.entries }
