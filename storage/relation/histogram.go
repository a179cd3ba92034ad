package relation

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Histogram says how often the values of a column occur: for the planner, which learns from it how many rows a
// condition leaves where no index tells. It holds values of rows, so who may not read the column may not see it, nor
// how it moves a plan.
type Histogram struct {
	Column    uint16
	Type      string    // the column's, as it was then: of another type it says nothing
	Made      time.Time // when
	Wanted    int       // buckets that were asked for
	Sampled   float64   // the share of the rows that was looked at
	Nulls     float64   // the share of the rows in which it is NULL
	Singleton bool      // each bucket is one value
	Buckets   []Bucket
}

// Bucket is a stretch of values, both ends in it.
type Bucket struct {
	Low, High codec.Datum
	Up        float64 // the share of the rows up to its end
	Distinct  int64   // how many different values it has

	low, high []byte // their keys
}

// What a histogram is made of and looks like.
const (
	MostBuckets  = 1024
	histogramCut = 42       // characters of a text, bytes of a byte string, that are told apart
	sampleBytes  = 16 << 20 // of all columns together; beyond them rows are left out at random
	valueBytes   = 96       // of a value without its text
)

// histogramName and two bytes, the column's id, are where one stands among the table's private notes.
const histogramName = "histogram"

// histogramVersion is the first byte of the stored form.
const histogramVersion = 1

var errDamagedHistogram = errors.New("damaged histogram")

func (s *Schema) histogramsKey() []byte {
	return append(codec.AppendHeader(nil, codec.SpaceData, s.Record.Data, codec.IndexPrivate), histogramName...)
}

func (s *Schema) histogramKey(column uint16) []byte {
	return binary.BigEndian.AppendUint16(s.histogramsKey(), column)
}

// Ordering is an index that is not there, over one column as histograms order it; nil where the values of the column
// have no order.
func (s *Schema) Ordering(column int) *Index {
	c := &s.Columns[column]
	if c.Unordered {
		return nil
	}
	p := Part{Column: column, limit: secondaryWeights, Field: codec.Field{Kind: c.Kind, Width: uint8(c.Width), Weigher: c.Weigher, Nullable: true}}
	if p.variable() {
		p.Prefix = histogramCut
	}
	return &Index{ID: codec.IndexPrivate, Prefixed: p.Prefix > 0, Ordered: p.Prefix == 0, Parts: []Part{p}}
}

// sampled are values of a column, of some of the rows or all.
type sampled struct {
	part   *Part
	values []sampledValue
}

type sampledValue struct {
	key   []byte
	datum codec.Datum
}

// holdEach is for how much memory the values of a histogram are charged at once.
const holdEach = 1 << 20

// Histograms makes those of some columns, of so many buckets at most. It reads all rows, and ends with ctx. Ordering
// has to be there of each of them. hold is asked for the memory that the values take meanwhile, and given it back.
func (v View) Histograms(ctx context.Context, columns []int, buckets int, types []string, hold func(bytes int) error) (out []*Histogram, rows int64, err error) {
	if v.policy != nil {
		return nil, 0, errDamagedHistogram // of what somebody sees in part: nobody asks for it
	}
	r, err := v.Scan(ctx, v.schema.Projection(columns), false)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	of := make([]sampled, len(columns))
	for i, c := range columns {
		of[i].part = &v.schema.Ordering(c).Parts[0]
	}
	size, share, taken, held := 0, 1.0, int64(0), 0
	defer func() { _ = hold(-held) }() // less is never refused
	for {
		row, err := r.Next(ctx)
		if err != nil {
			return nil, 0, err
		}
		if row == nil {
			break
		}
		rows++
		if share < 1 && rand.Float64() >= share {
			continue
		}
		taken++
		for i := range of {
			n, err := of[i].take(row[i])
			if err != nil {
				return nil, 0, err
			}
			size += n
		}
		if size > held {
			if err := hold(holdEach); err != nil {
				return nil, 0, err
			}
			held += holdEach
		}
		if size > sampleBytes {
			size, taken, share = halve(of), (taken+1)/2, share/2
		}
	}
	for i, c := range columns {
		h := &Histogram{Column: v.schema.Columns[c].ID, Type: types[i], Wanted: buckets, Sampled: 1}
		if rows > 0 {
			h.Sampled = float64(taken) / float64(rows)
		}
		h.fill(of[i].values, buckets)
		out = append(out, h)
	}
	return out, rows, nil
}

// take keeps one value, and says what that takes.
func (s *sampled) take(d codec.Datum) (size int, err error) {
	var one sampledValue
	if !d.IsNull() {
		if s.part.variable() {
			b := slices.Clone(s.part.cut(d.Bytes()))
			d = codec.Bytes(b)
			size += len(b)
		} else if b := d.Bytes(); b != nil {
			d = codec.Bytes(slices.Clone(b))
			size += len(b)
		}
		if one.key, err = s.part.Append(nil, d); err != nil {
			return 0, err
		}
		one.datum = d
	}
	s.values = append(s.values, one)
	return size + len(one.key) + valueBytes, nil
}

// halve leaves every second row of a sample out, and says what the others take.
func halve(of []sampled) (size int) {
	for i := range of {
		half := of[i].values[:0]
		for n := 0; n < len(of[i].values); n += 2 {
			v := of[i].values[n]
			size += len(v.key) + len(v.datum.Bytes()) + valueBytes
			half = append(half, v)
		}
		clear(of[i].values[len(half):])
		of[i].values = half
	}
	return size
}

// fill makes the buckets.
func (h *Histogram) fill(values []sampledValue, most int) {
	if len(values) == 0 {
		return
	}
	total := float64(len(values))
	slices.SortFunc(values, func(a, b sampledValue) int { return bytes.Compare(a.key, b.key) })
	nulls := 0
	for nulls < len(values) && values[nulls].key == nil {
		nulls++
	}
	h.Nulls = float64(nulls) / total
	var single []Bucket
	var counts []int
	for i := nulls; i < len(values); {
		n := i + 1
		for n < len(values) && bytes.Equal(values[n].key, values[i].key) {
			n++
		}
		v := &values[i]
		single = append(single, Bucket{Low: v.datum, High: v.datum, Distinct: 1, low: v.key, high: v.key})
		counts = append(counts, n-i)
		i = n
	}
	h.Singleton = len(single) <= most
	h.Buckets = single
	if !h.Singleton {
		h.Buckets, counts = together(single, counts, most)
	}
	up := 0
	for i := range h.Buckets {
		up += counts[i]
		h.Buckets[i].Up = float64(up) / total
	}
}

// together puts values into so many buckets at most, of as many rows as can be equal: with the fewest rows in
// the fullest that does.
func together(single []Bucket, counts []int, most int) (out []Bucket, rows []int) {
	low, high := 1, 0
	for _, n := range counts {
		high += n
	}
	fits := func(limit int) bool {
		buckets, in := 0, 0
		for _, n := range counts {
			if buckets == 0 || in+n > limit {
				buckets, in = buckets+1, 0
			}
			in += n
		}
		return buckets <= most
	}
	for low < high {
		if mid := (low + high) / 2; fits(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	for i, n := range counts {
		last := len(out) - 1
		if last < 0 || rows[last]+n > low {
			out, rows = append(out, single[i]), append(rows, n)
			continue
		}
		rows[last] += n
		out[last].High, out[last].high = single[i].High, single[i].high
		out[last].Distinct++
	}
	return out, rows
}

// leastShare is what a histogram says of values that it has not seen: rows have been changed since.
const leastShare = 0.001

// Share is about which share of the rows has a value from low on and before high, keys of the column's Ordering without
// their header. high is nil for no end.
func (h *Histogram) Share(low, high []byte) float64 {
	share, from := 0.0, 0.0
	if bytes.Compare(low, []byte{1}) < 0 && h.Nulls > 0 { // NULL is before all values
		share += h.Nulls
	}
	one := len(low) > 0 && high != nil && bytes.Equal(codec.PrefixEnd(slices.Clone(low)), high)
	for i := range h.Buckets {
		b := &h.Buckets[i]
		rows := b.Up - from
		from = b.Up
		if bytes.Compare(b.high, low) < 0 {
			continue
		}
		if high != nil && bytes.Compare(b.low, high) >= 0 {
			break
		}
		within := bytes.Compare(b.low, low) >= 0 && (high == nil || bytes.Compare(b.high, high) < 0)
		switch {
		case within:
			share += rows
		case one:
			share += rows / float64(max(1, b.Distinct))
		default:
			share += rows * b.part(low, high)
		}
	}
	return min(1, max(share, leastShare))
}

// part is about which part of a bucket lies from low on and before high, as if its values stood evenly.
func (b *Bucket) part(low, high []byte) float64 {
	n := 0
	for n < len(b.low) && n < len(b.high) && b.low[n] == b.high[n] {
		n++
	}
	number := func(key []byte) float64 {
		if bytes.Compare(key, b.low) <= 0 {
			key = b.low
		} else if bytes.Compare(key, b.high) >= 0 {
			key = b.high
		}
		var of [8]byte
		copy(of[:], key[min(n, len(key)):])
		return float64(binary.BigEndian.Uint64(of[:]))
	}
	from, to := number(b.low), number(b.high)
	if to <= from {
		return 0.5
	}
	end := to
	if high != nil {
		end = number(high)
	}
	return math.Max((end-number(low))/(to-from), 1/float64(max(1, b.Distinct)))
}

// PutHistogram stores one with the rows.
func (w *Writer) PutHistogram(ctx context.Context, h *Histogram) error {
	return w.kt.Put(ctx, w.schema.histogramKey(h.Column), h.encode())
}

// DropHistogram takes one away.
func (w *Writer) DropHistogram(ctx context.Context, column uint16) error {
	return w.kt.Delete(ctx, w.schema.histogramKey(column))
}

// Stored are the histograms that were kept, without the ones that cannot be read: Check finds the damage.
func (v View) Stored(ctx context.Context) (out map[uint16]*Histogram, err error) {
	prefix := v.schema.histogramsKey()
	scan, err := v.kt.CurrentScan(ctx, prefix, codec.PrefixEnd(slices.Clone(prefix)), false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, scan.Close()) }()
	for scan.Next() {
		id := scan.Key()[len(prefix):]
		if len(id) != 2 {
			continue
		}
		at := v.schema.columnByID(binary.BigEndian.Uint16(id))
		if at < 0 {
			continue
		}
		c := &v.schema.Columns[at]
		h, err := decodeHistogram(c.ID, c.Kind, scan.Value())
		if err != nil || h.ready(v.schema.Ordering(at)) != nil {
			continue
		}
		if out == nil {
			out = map[uint16]*Histogram{}
		}
		out[c.ID] = h
	}
	return out, scan.Err()
}

// ready makes the keys of the buckets.
func (h *Histogram) ready(x *Index) (err error) {
	if x == nil {
		return errDamagedHistogram
	}
	p := &x.Parts[0]
	for i := range h.Buckets {
		b := &h.Buckets[i]
		if b.low, err = p.Append(nil, b.Low); err != nil {
			return err
		}
		if b.high, err = p.Append(nil, b.High); err != nil {
			return err
		}
	}
	return nil
}

// The stored form: the version, the type's text, when it was made (seconds), the buckets that were asked for, whether
// each is one value, the shares that were looked at and are NULL, and of each bucket its ends, share and number of values.
// Integers are uvarints, texts have their length before them, floats take 8 bytes.

func (h *Histogram) encode() []byte {
	b := []byte{histogramVersion}
	b = append(binary.AppendUvarint(b, uint64(len(h.Type))), h.Type...)
	b = binary.AppendUvarint(b, uint64(h.Made.Unix()))
	b = binary.AppendUvarint(b, uint64(h.Wanted))
	single := uint64(0)
	if h.Singleton {
		single = 1
	}
	b = binary.AppendUvarint(b, single)
	b = appendFloat(appendFloat(b, h.Sampled), h.Nulls)
	b = binary.AppendUvarint(b, uint64(len(h.Buckets)))
	for i := range h.Buckets {
		k := &h.Buckets[i]
		b = appendDatum(b, k.Low)
		if !h.Singleton {
			b = appendDatum(b, k.High)
		}
		b = appendFloat(b, k.Up)
		b = binary.AppendUvarint(b, uint64(k.Distinct))
	}
	return b
}

func appendFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(b, math.Float64bits(f))
}

// appendDatum writes the bits, and the bytes behind their number, which is one more than there are; 0 is no bytes.
func appendDatum(b []byte, d codec.Datum) []byte {
	if v := d.Bytes(); v != nil {
		return append(binary.AppendUvarint(b, uint64(len(v))+1), v...)
	}
	return binary.BigEndian.AppendUint64(binary.AppendUvarint(b, 0), d.Uint())
}

// histogramReader takes a stored form apart.
type histogramReader struct {
	b   []byte
	bad bool
}

func (r *histogramReader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > 1<<62 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *histogramReader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *histogramReader) fixed() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// share is a part of the rows.
func (r *histogramReader) share() float64 {
	f := math.Float64frombits(r.fixed())
	if !(f >= 0 && f <= 1) {
		r.bad = true
	}
	return f
}

// rawDatum is a value whose kind the column tells.
func (r *histogramReader) rawDatum() (bits uint64, text []byte) {
	if n := r.number(); n > 0 {
		return 0, append([]byte{}, r.bytes(n-1)...)
	}
	return r.fixed(), nil
}

func (r *histogramReader) datum(kind codec.Kind) codec.Datum {
	bits, text := r.rawDatum()
	switch kind {
	case codec.KindInt:
		return codec.Int(int64(bits))
	case codec.KindUint:
		return codec.Uint(bits)
	case codec.KindFloat:
		return codec.Float(math.Float64frombits(bits))
	}
	return codec.Bytes(text)
}

func decodeHistogram(column uint16, kind codec.Kind, b []byte) (*Histogram, error) {
	if len(b) == 0 || b[0] != histogramVersion {
		return nil, errDamagedHistogram
	}
	r := &histogramReader{b: b[1:]}
	h := &Histogram{Column: column, Type: string(r.bytes(r.number())), Made: time.Unix(int64(r.number()), 0).UTC(), Wanted: int(r.number())}
	h.Singleton = r.number() == 1
	h.Sampled, h.Nulls = r.share(), r.share()
	n := r.number()
	if r.bad || n > MostBuckets {
		return nil, errDamagedHistogram
	}
	up := 0.0
	for range n {
		k := Bucket{Low: r.datum(kind)}
		if k.High = k.Low; !h.Singleton {
			k.High = r.datum(kind)
		}
		k.Up, k.Distinct = r.share(), int64(r.number())
		if r.bad || k.Up < up || k.Distinct < 1 {
			return nil, errDamagedHistogram
		}
		up = k.Up
		h.Buckets = append(h.Buckets, k)
	}
	if r.bad || len(r.b) > 0 {
		return nil, errDamagedHistogram
	}
	return h, nil
}
