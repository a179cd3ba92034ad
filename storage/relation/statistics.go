package relation

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// Statistics are what ANALYZE has counted of a table, and are never exact later on. Values
// of rows are in histograms alone.
type Statistics struct {
	Rows int64
	// Distinct are, for each index by its id, how many different beginnings of one, two, …
	// columns its entries have. NULLs are one value.
	Distinct map[uint16][]int64
	// Histograms are those of columns, by the column's id, stored each by itself.
	Histograms map[uint16]*Histogram
}

// With is st with another set of histograms; st may be nil.
func (st *Statistics) With(rows int64, histograms map[uint16]*Histogram) *Statistics {
	out := Statistics{Rows: rows}
	if st != nil {
		out = *st
	}
	out.Histograms = histograms
	return &out
}

// statisticsName is where they stand among the table's private notes; they go with
// the data, so that a table that was emptied has none.
const statisticsName = "statistics"

// statisticsVersion is the first byte of the stored form, which goes on with
// uvarints: rows, number of indexes, and for each its id, number of columns and
// their counts.
const statisticsVersion = 1

var errDamagedStatistics = errors.New("damaged statistics")

func (s *Schema) statisticsKey() []byte {
	return append(codec.AppendHeader(nil, codec.SpaceData, s.Record.Data, codec.IndexPrivate), statisticsName...)
}

// keyed are all indexes, the primary key first.
func (s *Schema) keyed() []*Index {
	if s.Primary == nil {
		return s.Indexes
	}
	return append([]*Index{s.Primary}, s.Indexes...)
}

// Analyze counts a table anew. It reads every entry of every index, and ends with ctx.
func (v View) Analyze(ctx context.Context) (*Statistics, error) {
	if v.policy != nil {
		return nil, &kivi.DeniedError{Object: v.kt.ID(), Want: v.want}
	}
	out := &Statistics{Distinct: map[uint16][]int64{}}
	for _, x := range v.schema.keyed() {
		rows, distinct, err := v.distinct(ctx, x)
		if err != nil {
			return nil, fmt.Errorf("table %s, index %s: %w", v.schema.Record.Name, x.Name, err)
		}
		out.Distinct[x.ID] = distinct
		out.Rows = rows
	}
	if len(out.Distinct) > 0 { // each of them has an entry for each row
		return out, nil
	}
	lo, hi := codec.IndexBounds(codec.SpaceData, v.schema.Record.Data, codec.IndexRows)
	rows, err := v.count(ctx, lo, hi, 1<<62)
	out.Rows = rows
	return out, err
}

// distinct counts an index's entries and the different beginnings that they have.
func (v View) distinct(ctx context.Context, x *Index) (rows int64, distinct []int64, err error) {
	lo, hi := codec.IndexBounds(codec.SpaceData, v.schema.Record.Data, x.ID)
	scan, err := v.scanEntries(ctx, lo, hi, false)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, scan.Close()) }()
	distinct = make([]int64, len(x.Parts))
	var last []byte
	ends := make([]int, len(x.Parts)) // where the parts of last end
	for scan.Next() {
		key := scan.Key()
		rows++
		same := 0
		for last != nil && same < len(ends) && len(key) >= ends[same] && bytes.Equal(key[:ends[same]], last[:ends[same]]) {
			same++
		}
		if last != nil && same == len(ends) {
			continue
		}
		rest := key[codec.HeaderBytes:]
		for i := range x.Parts {
			if rest, err = x.Parts[i].Field.Skip(rest); err != nil {
				return 0, nil, err
			}
			ends[i] = len(key) - len(rest)
			if i >= same {
				distinct[i]++
			}
		}
		last = append(last[:0], key...)
	}
	return rows, distinct, scan.Err()
}

// KeepStatistics stores them with the rows.
func (w *Writer) KeepStatistics(ctx context.Context, st *Statistics) error {
	b := binary.AppendUvarint([]byte{statisticsVersion}, uint64(st.Rows))
	b = binary.AppendUvarint(b, uint64(len(st.Distinct)))
	for _, x := range w.schema.keyed() {
		list, ok := st.Distinct[x.ID]
		if !ok {
			continue
		}
		b = binary.AppendUvarint(b, uint64(x.ID))
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, n := range list {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	return w.kt.Put(ctx, w.schema.statisticsKey(), b)
}

// Statistics are those that were kept; nil without any, and where they cannot be read:
// a guess is no reason to keep anybody from his rows. Check finds the damage.
func (v View) Statistics(ctx context.Context) (*Statistics, error) {
	histograms, err := v.Stored(ctx)
	if err != nil {
		return nil, err
	}
	b, err := v.kt.CurrentGet(ctx, v.schema.statisticsKey())
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return nil, err
	}
	if kept, damaged := decodeStatistics(b); err == nil && damaged == nil {
		kept.Histograms = histograms
		return kept, nil
	}
	if histograms == nil {
		return nil, nil
	}
	return &Statistics{Histograms: histograms}, nil
}

func decodeStatistics(b []byte) (*Statistics, error) {
	if len(b) == 0 || b[0] != statisticsVersion {
		return nil, errDamagedStatistics
	}
	b = b[1:]
	next := func() (n uint64, ok bool) {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > 1<<62 {
			return 0, false
		}
		b = b[size:]
		return n, true
	}
	rows, ok := next()
	indexes, more := next()
	if !ok || !more {
		return nil, errDamagedStatistics
	}
	out := &Statistics{Rows: int64(rows), Distinct: map[uint16][]int64{}}
	for range indexes {
		id, ok := next()
		columns, more := next()
		if !ok || !more || id > 1<<16-1 || columns > uint64(len(b)) {
			return nil, errDamagedStatistics
		}
		list := make([]int64, columns)
		for i := range list {
			n, ok := next()
			if !ok {
				return nil, errDamagedStatistics
			}
			list[i] = int64(n)
		}
		out.Distinct[uint16(id)] = list
	}
	if len(b) > 0 {
		return nil, errDamagedStatistics
	}
	return out, nil
}
