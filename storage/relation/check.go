package relation

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Finding is one kind of fault of a table, and how many keys have it.
type Finding struct {
	What  string
	Count int64
}

// Check holds every key of a table against every other: rows against their
// indexes and back, values that stand outside their rows, counters. It reads
// only. Findings name no values. An error means that the store could not be read
// to the end.
func Check(ctx context.Context, txn *kivi.Txn, s *Schema) ([]Finding, error) {
	h := Open(txn, s, nil, Fsck, nil)
	c := &checker{schema: s, view: h.View(kivi.Read, Snapshot)}
	lo, hi := codec.ObjectBounds(codec.SpaceData, s.Record.Data)
	lo = append(lo, 0, 0) // the first key of index 0
	scan, err := c.view.kt.Scan(ctx, lo, hi, false)
	if err != nil {
		return nil, err
	}
	for scan.Next() {
		if err := c.key(ctx, scan.Key(), scan.Value()); err != nil {
			return nil, errors.Join(err, scan.Close())
		}
	}
	if err := errors.Join(scan.Err(), scan.Close()); err != nil {
		return nil, err
	}
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	if err := c.checkCounters(ctx); err != nil {
		return nil, err
	}
	return c.findings, nil
}

// checker walks the keys of one table once. What a key demands of others is
// collected and looked up in batches.
type checker struct {
	schema   *Schema
	view     View
	findings []Finding

	demands []demand // of rows: entries that must be there
	leads   []lead   // of entries and chunks: rows that must be there

	largest map[Counter]uint64
}

// demand is an entry that some row must have.
type demand struct {
	entry
	index string
}

// lead is a key that belongs to the row with key row.
type lead struct {
	row   []byte
	entry entry
	x     *Index // of an index entry; nil for the content and for chunks
	// of a chunk
	column uint16
	number uint32
	kind   leadKind
}

type leadKind uint8

const (
	leadEntry leadKind = iota
	leadContent
	leadChunk
)

// checkBatch is how many keys are looked up at a time.
const checkBatch = 512

func (c *checker) found(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	for i := range c.findings {
		if c.findings[i].What == what {
			c.findings[i].Count++
			return
		}
	}
	c.findings = append(c.findings, Finding{what, 1})
}

func (c *checker) key(ctx context.Context, key, value []byte) error {
	h, _, err := codec.DecodeHeader(key)
	if err != nil {
		c.found("key without a whole header")
		return nil
	}
	switch {
	case h.Index == codec.IndexRows:
		return c.row(ctx, bytes.Clone(key), bytes.Clone(value))
	case h.Index == contentIndex && c.schema.Primary == nil:
		return c.lead(ctx, lead{kind: leadContent}, key, value)
	case h.Index == codec.IndexBlobs:
		return c.chunk(ctx, key)
	case h.Index == codec.IndexPrivate:
		c.private(key, value)
		return nil
	}
	for _, x := range c.schema.Indexes {
		if x.ID == h.Index {
			return c.lead(ctx, lead{kind: leadEntry, x: x}, key, value)
		}
	}
	c.found("entry of an index that does not exist")
	return nil
}

// row checks one row by itself and notes the entries it demands.
func (c *checker) row(ctx context.Context, key, value []byte) error {
	s := c.schema
	if err := s.layouts.Check(value); err != nil {
		c.found("damaged row")
		return nil
	}
	row := make([]codec.Datum, len(s.Columns))
	if err := s.read(ctx, s.all, key, value, row, &c.view); err != nil {
		if !errors.Is(err, codec.ErrCorruptBlob) {
			return err
		}
		c.found("row that lacks a part of a long value")
		return nil
	}
	for i := range row {
		if row[i].IsNull() && s.Columns[i].NotNull {
			c.found("NULL in NOT NULL column %s", s.Columns[i].Name)
		}
	}
	if s.Primary != nil {
		if want, err := s.rowKey(nil, row, true); err != nil || !bytes.Equal(want, key) {
			c.found("row that stands under another row's primary key")
			return nil
		}
	}
	c.count(key, row)
	entries, err := s.entries(nil, nil, row, key)
	if err != nil {
		c.found("row whose index entries cannot be made")
		return nil
	}
	for i, e := range entries {
		c.demands = append(c.demands, demand{e, s.Indexes[i].Name})
	}
	if s.Primary == nil {
		c.demands = append(c.demands, demand{s.contentEntry(key, value), "of contents"})
	}
	return c.flushFull(ctx)
}

// count remembers the largest numbers that the counters must be beyond.
func (c *checker) count(key []byte, row []codec.Datum) {
	if c.largest == nil {
		c.largest = map[Counter]uint64{}
	}
	if c.schema.Primary == nil {
		if id, _, err := codec.DecodeUint(key[codec.HeaderBytes:], 8); err == nil {
			c.largest[RowIDs] = max(c.largest[RowIDs], id)
		}
	}
	if c.schema.AutoInc < 0 {
		return
	}
	d := row[c.schema.AutoInc]
	switch {
	case d.IsNull():
	case c.schema.Columns[c.schema.AutoInc].Kind == codec.KindUint:
		if d.Uint() < math.MaxUint64 { // nothing can come after it
			c.largest[AutoIncrement] = max(c.largest[AutoIncrement], d.Uint())
		}
	case c.schema.Columns[c.schema.AutoInc].Kind == codec.KindInt && d.Int() > 0:
		c.largest[AutoIncrement] = max(c.largest[AutoIncrement], uint64(d.Int()))
	case c.schema.Columns[c.schema.AutoInc].Kind == codec.KindFloat && d.Float() > 0 && d.Float() < 1<<63:
		c.largest[AutoIncrement] = max(c.largest[AutoIncrement], uint64(d.Float()))
	}
}

func (c *checker) lead(ctx context.Context, l lead, key, value []byte) error {
	l.entry.key, l.entry.value = bytes.Clone(key), bytes.Clone(value)
	var err error
	if l.row, err = c.schema.entryRowKey(l.entry.key, l.entry.value); err != nil {
		c.found("damaged entry of %s", l.name())
		return nil
	}
	c.leads = append(c.leads, l)
	return c.flushFull(ctx)
}

func (l *lead) name() string {
	if l.x != nil {
		return "index " + l.x.Name
	}
	return "the index of contents"
}

func (c *checker) chunk(ctx context.Context, key []byte) error {
	_, pk, column, number, err := codec.DecodeChunkKey(key)
	if err != nil {
		c.found("damaged key of a long value")
		return nil
	}
	row := append(c.schema.AppendKey(nil, codec.IndexRows), pk...)
	c.leads = append(c.leads, lead{row: row, kind: leadChunk, column: column, number: number})
	return c.flushFull(ctx)
}

func (c *checker) private(key, value []byte) {
	for _, of := range []Counter{AutoIncrement, RowIDs} {
		if bytes.Equal(key, (counterID{c.schema.Record.Data, of}).key()) {
			if _, err := kivi.DecodeCounter(value); err != nil {
				c.found("damaged counter")
			}
			return
		}
	}
	if bytes.Equal(key, c.schema.statisticsKey()) {
		if _, err := decodeStatistics(value); err != nil {
			c.found("damaged statistics")
		}
		return
	}
	if of, ok := bytes.CutPrefix(key, c.schema.histogramsKey()); ok && len(of) == 2 {
		column := binary.BigEndian.Uint16(of)
		at := c.schema.columnByID(column)
		if at < 0 {
			c.found("histogram of a column that is not there")
		} else if _, err := decodeHistogram(column, c.schema.Columns[at].Kind, value); err != nil {
			c.found("damaged histogram of column %s", c.schema.Columns[at].Name)
		}
		return
	}
	c.found("unknown note of the table")
}

func (c *checker) flushFull(ctx context.Context) error {
	if len(c.demands) < checkBatch && len(c.leads) < checkBatch {
		return nil
	}
	return c.flush(ctx)
}

// flush looks up what was collected.
func (c *checker) flush(ctx context.Context) error {
	keys := make([][]byte, len(c.demands))
	for i := range c.demands {
		keys[i] = c.demands[i].key
	}
	values, err := c.get(ctx, keys)
	if err != nil {
		return err
	}
	for i, d := range c.demands {
		switch {
		case values[i] == nil:
			c.found("row without its entry in index %s", d.index)
		case d.unique && !bytes.Equal(values[i], d.value):
			c.found("row whose key in unique index %s leads to another row", d.index)
		case !bytes.Equal(values[i], d.value):
			c.found("row whose entry in index %s is damaged", d.index)
		}
	}
	c.demands = c.demands[:0]
	return c.flushLeads(ctx)
}

func (c *checker) flushLeads(ctx context.Context) error {
	keys := make([][]byte, len(c.leads))
	for i := range c.leads {
		keys[i] = c.leads[i].row
	}
	values, err := c.get(ctx, keys)
	if err != nil {
		return err
	}
	for i := range c.leads {
		if err := c.checkLead(ctx, &c.leads[i], values[i]); err != nil {
			return err
		}
	}
	c.leads = c.leads[:0]
	return nil
}

// get reads keys in any order, some of them more than once.
func (c *checker) get(ctx context.Context, keys [][]byte) ([][]byte, error) {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, bytes.Compare)
	sorted = slices.CompactFunc(sorted, bytes.Equal)
	if len(sorted) == 0 {
		return nil, nil
	}
	values, err := c.view.kt.GetBatch(ctx, sorted)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(keys))
	for i, k := range keys {
		at, _ := slices.BinarySearchFunc(sorted, k, bytes.Compare)
		out[i] = values[at]
	}
	return out, nil
}

// checkLead holds a key against the row that it belongs to. A row that is
// damaged itself was found as such.
func (c *checker) checkLead(ctx context.Context, l *lead, value []byte) error {
	s := c.schema
	if l.kind == leadChunk {
		if value == nil || !c.hasChunk(value, l.column, l.number) {
			c.found("part of a long value without its row")
		}
		return nil
	}
	if value == nil {
		c.found("entry of %s without a row", l.name())
		return nil
	}
	want := s.contentEntry(l.row, value)
	if l.kind == leadEntry {
		row := make([]codec.Datum, len(s.Columns))
		err := s.read(ctx, s.all, l.row, value, row, &c.view)
		if err == nil {
			want, err = s.entry(nil, l.x, row, l.row)
		}
		if err != nil {
			if errors.Is(err, kv.ErrCorrupt) || ctx.Err() != nil {
				return err
			}
			return nil
		}
	}
	if !bytes.Equal(want.key, l.entry.key) {
		c.found("entry of %s that does not agree with its row", l.name())
	}
	return nil
}

func (c *checker) hasChunk(value []byte, column uint16, number uint32) bool {
	opened, err := c.schema.layouts.Open(value)
	if err != nil {
		return true // found as a damaged row
	}
	d, err := opened.Column(column)
	return err != nil || d.IsExternal() && int64(number) < int64(d.External().Chunks())
}

// checkCounters: a counter that lies behind a number in use would give it again.
func (c *checker) checkCounters(ctx context.Context) error {
	for _, of := range []Counter{AutoIncrement, RowIDs} {
		largest := c.largest[of]
		if largest == 0 {
			continue
		}
		value, err := c.view.kt.Get(ctx, (counterID{c.schema.Record.Data, of}).key())
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		next, err := kivi.DecodeCounter(value)
		if value != nil && err != nil {
			continue // found as damaged
		}
		if next > largest {
			continue
		}
		if of == RowIDs {
			c.found("counter of hidden row ids that is not beyond the largest in use")
		} else {
			c.found("AUTO_INCREMENT that is not beyond the largest value of column %s", c.schema.Columns[c.schema.AutoInc].Name)
		}
	}
	return nil
}
