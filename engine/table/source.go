package table

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/relation"
	"github.com/lxdb/lxdb/storage/vector"
)

// Source is the table as our operators read it: batches of the columns that are
// asked for, through the same door as every other read.
type Source struct {
	t       *Table
	indexes []*relation.Index
	shown   atomic.Pointer[relation.Projection] // of the last reader: mostly the next one's, too
}

// Source is nil for a table with a type that our evaluation does not know.
func (t *Table) Source() *Source {
	if t.schema.valueTypes() == nil {
		return nil
	}
	s := &Source{t: t}
	for _, x := range append([]*relation.Index{t.schema.Primary}, t.schema.Indexes...) {
		if x != nil && !x.Former && relation.Usable(t.access.Policy, x) {
			s.indexes = append(s.indexes, x)
		}
	}
	return s
}

// Types are those of all columns of the table.
func (s *Source) Types() []value.Type { return s.t.schema.valueTypes() }

// Record is the table's in the catalog.
func (s *Source) Record() *catalog.Table { return s.t.schema.rec }

// Database is where the table is.
func (s *Source) Database() string { return s.t.Database() }

// Locks says that reading a row locks it.
func (s *Source) Locks() bool { return s.t.access.Mode != Read }

// Point is a reader of whole rows by their keys, as Table.Point; false where there is none.
func (s *Source) Point(columns []int) (*Point, bool) {
	if s.t.access.Policy != nil || s.t.access.Mode != Read {
		return nil, false
	}
	return s.t.Point(columns)
}

// Lasts says that the table was opened as it will be for the same statement again.
func (s *Source) Lasts() bool { return s.t.access.Policy == nil && !s.t.access.Validate }

// IndexInfo tells the planner of an index.
type IndexInfo struct {
	Name    string
	Columns []int // positions in the table
	Unique  bool
	Primary bool
	// Ordered says that its order is that of the values.
	Ordered bool
}

// Indexes are those that rows may be looked up by, the primary key first.
func (s *Source) Indexes() []IndexInfo {
	out := make([]IndexInfo, len(s.indexes))
	for i, x := range s.indexes {
		out[i] = IndexInfo{Name: x.Name, Unique: x.Unique, Primary: x.Primary, Ordered: x.Ordered}
		for _, p := range x.Parts {
			out[i].Columns = append(out[i].Columns, p.Column)
		}
	}
	return out
}

// Rows is about how many rows the table has. Who does not see all of them is told nothing by his plans.
func (s *Source) Rows(ctx *sql.Context) int64 {
	if s.t.blind() {
		return countedRows
	}
	n, _, err := s.t.RowCount(ctx)
	if err != nil {
		return countedRows
	}
	return int64(n)
}

// Distinct is about how many different beginnings of so many columns an index has; 0
// where that is not known, or may not be.
func (s *Source) Distinct(ctx *sql.Context, index, columns int) int64 {
	if s.t.blind() {
		return 0
	}
	return s.t.Distinct(ctx, s.indexes[index].ID, columns)
}

// Covers says that an index has these columns itself.
func (s *Source) Covers(index int, columns []int) bool {
	return s.t.access.Policy == nil && s.t.access.Mode == Read && s.t.schema.Covers(s.indexes[index], columns)
}

// Count is how many entries an index has in some ranges, most at most. ok is false where that may not be told: a plan
// would show how many rows there are that somebody may not see.
func (s *Source) Count(ctx *sql.Context, index int, ranges []exec.Range, most int64) (n int64, ok bool) {
	if _, err := sessionOf(ctx); err != nil || s.t.blind() || ctx.GetTransaction() == nil {
		return 0, false
	}
	x := s.indexes[index]
	spans, err := s.spans(x, exec.Want{Ranges: ranges})
	if err != nil {
		return 0, false
	}
	h, _, _, err := s.t.open(ctx, relation.Estimate)
	if err != nil {
		return 0, false
	}
	n, err = h.View(kivi.Read, relation.Current).CountIn(ctx, x, spans, most)
	return n, err == nil
}

// Told says that somebody has had histograms of the table made, and that the reader may be moved by them: a plan would show
// what the rows hold that he may not see.
func (s *Source) Told(ctx *sql.Context) bool {
	return !s.t.blind() && len(s.t.Histograms(ctx)) > 0
}

// Share is about which share of the rows has a value of a column in one of some ranges, by its histogram; ok is false
// without one.
func (s *Source) Share(ctx *sql.Context, column int, ranges []exec.Range) (share float64, ok bool) {
	if !s.Told(ctx) {
		return 0, false
	}
	h := s.t.Histograms(ctx)[s.t.schema.Columns[column].ID]
	x := s.t.schema.Ordering(column)
	if h == nil || x == nil || h.Type != s.t.schema.rec.Columns[column].Type {
		return 0, false
	}
	spans, err := s.spans(x, exec.Want{Ranges: ranges})
	if err != nil {
		return 0, false
	}
	header := s.t.schema.AppendKey(nil, x.ID)
	for _, sp := range spans {
		high, bounded := bytes.CutPrefix(sp.Hi, header)
		if !bounded {
			high = nil
		}
		share += h.Share(bytes.TrimPrefix(sp.Lo, header), high)
	}
	return min(1, share), true
}

// Open implements exec.Source.
func (s *Source) Open(c *expr.Ctx, want exec.Want) (exec.Reader, error) {
	ctx, ok := c.Context().(*sql.Context)
	if !ok {
		return nil, errNoSession
	}
	session, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.t.view(ctx)
	if err != nil {
		return nil, err
	}
	c.Watch(s, v.Ask)
	r, show := s.reader(c, session.MetaLocks(), want)
	if want.Index < 0 {
		r.reader, err = v.Scan(ctx, show, want.Reverse)
	} else {
		x := s.indexes[want.Index]
		var spans []relation.Span
		if spans, err = s.spans(x, want); err == nil {
			r.reader, err = v.Lookup(ctx, x, spans, show, want.Reverse)
		}
	}
	if err != nil {
		return nil, err
	}
	r.owner.opened(r.reader)
	if want.Keyed {
		r.keys = new(vector.Column)
		if err := r.reader.KeepKeys(r.keys); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// reader is one that has still to be opened, and what it shows.
func (s *Source) reader(c *expr.Ctx, owner *LockOwner, want exec.Want) (*sourceReader, *relation.Projection) {
	r := &sourceReader{owner: owner}
	for i, col := range want.Columns {
		if t := &s.Types()[col]; t.HasDate() {
			r.dates = append(r.dates, i)
			if zone := c.Zone(); t.Kind == value.TypeTimestamp && zone != time.UTC {
				r.moments, r.zone = append(r.moments, i), zone
			}
		}
	}
	show := s.shown.Load()
	if show == nil || !slices.Equal(show.Columns(), want.Columns) {
		show = s.t.schema.Projection(slices.Clone(want.Columns))
		s.shown.Store(show)
	}
	return r, show
}

// Divide implements exec.Divisible: of one stretch of a snapshot that nobody sees only in part.
func (s *Source) Divide(c *expr.Ctx, want exec.Want, n int) (list []exec.Reader, err error) {
	ctx, ok := c.Context().(*sql.Context)
	if !ok {
		return nil, errNoSession
	}
	_, session, txn, err := s.t.open(ctx, relation.Query)
	if err != nil {
		return nil, err
	}
	if s.t.access.Mode != Read || s.t.access.Latest || txn.Records() || want.Keyed || want.Reverse {
		return nil, nil
	}
	v, err := s.t.view(ctx)
	if err != nil {
		return nil, err
	}
	var x *relation.Index
	var all relation.Span
	if want.Index >= 0 {
		x = s.indexes[want.Index]
		spans, err := s.spans(x, want)
		if err != nil || len(spans) != 1 || spans[0].Point {
			return nil, err
		}
		all = spans[0]
	}
	spans, err := v.Pieces(ctx, x, all, n)
	if err != nil {
		return nil, err
	}
	c.Watch(s, v.Ask)
	defer func() {
		if err != nil {
			for _, r := range list {
				err = errors.Join(err, r.Close())
			}
			list = nil
		}
	}()
	for _, sp := range spans {
		r, show := s.reader(c, session.MetaLocks(), want)
		if r.reader, err = v.Piece(ctx, x, sp, show); err != nil {
			return list, err
		}
		r.owner.opened(r.reader)
		list = append(list, r)
	}
	return list, nil
}

// AppendKey appends the key of the row whose whole primary key has these values; ok is false when they do not make
// one. It is nil when the columns have no such values.
func (s *Source) AppendKey(dst []byte, index int, equal []exec.Bound) (key []byte, ok bool, err error) {
	x := s.indexes[index]
	if !x.Primary || len(equal) != len(x.Parts) {
		return nil, false, nil
	}
	key = s.t.schema.AppendKey(dst, x.ID)
	for i := range equal {
		if equal[i].IsNull {
			return nil, true, nil
		}
		k, err := s.boundKey(key, &x.Parts[i], &equal[i], false)
		if err != nil {
			return nil, false, err
		}
		if k.side != 0 {
			return nil, true, nil
		}
		if k.open || !k.exact {
			return nil, false, nil
		}
		key = k.key
	}
	return key, true, nil
}

// Ask says whether the rows may be read as the statement reads them.
func (s *Source) Ask(c *expr.Ctx) error {
	ctx, ok := c.Context().(*sql.Context)
	if !ok {
		return errNoSession
	}
	h, want, _, _, err := s.t.sight(ctx)
	if err != nil {
		return err
	}
	return h.Ask(want)
}

type sourceReader struct {
	keys   *vector.Column // of the rows, when they are to be changed: behind the columns
	reader *relation.Reader
	owner  *LockOwner
	dates  []int // columns with dates
	// moments are the TIMESTAMP columns, unless the session's zone is the one that they
	// are kept in.
	moments []int
	zone    *time.Location
}

var (
	storedZero     = value.ZeroInRows
	storedZeroDate = uint64(storedZero.Date())
)

// Fill implements exec.Reader.
func (r *sourceReader) Fill(c *expr.Ctx, b *vector.Batch, most int) error {
	if err := r.reader.Fill(c.Context(), b, most); err != nil {
		return err
	}
	if r.keys != nil {
		b.Columns = append(b.Columns, *r.keys)
	}
	for _, i := range r.dates {
		col := b.Columns[i].Uints
		for n, u := range col {
			if u == uint64(storedZero) || u == storedZeroDate {
				col[n] = 0
			}
		}
	}
	for _, i := range r.moments {
		col := b.Columns[i].Uints
		for n, u := range col {
			if clock, ok := value.FromUTC(codec.DateTime(u), r.zone); ok {
				col[n] = uint64(clock)
			}
		}
	}
	return nil
}

// Close implements exec.Reader.
func (r *sourceReader) Close() error {
	r.owner.closed(r.reader)
	return r.reader.Close()
}

// spans are the stretches of an index in which all rows of the ranges lie.
func (s *Source) spans(x *relation.Index, want exec.Want) ([]relation.Span, error) {
	prefix := s.t.schema.AppendKey(make([]byte, 0, 48), x.ID)
	if want.All {
		return []relation.Span{{Lo: prefix, Hi: codec.PrefixEnd(prefix)}}, nil
	}
	out := make([]relation.Span, 0, len(want.Ranges))
	for i := range want.Ranges {
		sp, ok, err := s.span(x, prefix, &want.Ranges[i])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, sp)
		}
	}
	if len(out) < 2 {
		return out, nil
	}
	slices.SortFunc(out, func(a, b relation.Span) int { return bytes.Compare(a.Lo, b.Lo) })
	return mergeSpans(out, 1), nil
}

// span is the stretch of one range; ok is false when no row can be in it.
func (s *Source) span(x *relation.Index, prefix []byte, r *exec.Range) (sp relation.Span, ok bool, err error) {
	key := slices.Clip(prefix)
	null, exact := false, true
	for i := range r.Equal {
		p := &x.Parts[i]
		b := &r.Equal[i]
		if b.IsNull {
			if !p.Field.Nullable {
				return sp, false, nil
			}
			key, null = codec.AppendNull(slices.Clip(key)), true
			continue
		}
		k, err := s.boundKey(nil, p, b, false)
		if err != nil {
			return sp, false, err
		}
		if k.side != 0 {
			return sp, false, nil // the column has no such value
		}
		key = append(slices.Clip(key), k.key...)
		if k.open { // values that equal it begin with these bytes: the next column is not reached
			return relation.Span{Lo: key, Hi: codec.PrefixEnd(key)}, true, nil
		}
		exact = exact && k.exact
	}
	if r.Low == nil && r.High == nil {
		sp.Lo, sp.Hi = key, codec.PrefixEnd(key)
		sp.Point = x.Unique && !null && exact && len(r.Equal) == len(x.Parts)
		return sp, true, nil
	}
	return s.between(&x.Parts[len(r.Equal)], key, r)
}

func (s *Source) between(p *relation.Part, key []byte, r *exec.Range) (sp relation.Span, ok bool, err error) {
	if p.Field.Desc {
		return relation.Span{Lo: key, Hi: codec.PrefixEnd(key)}, true, nil
	}
	sp.Lo, sp.Hi = key, codec.PrefixEnd(key)
	if p.Field.Nullable {
		sp.Lo = codec.AppendNotNull(slices.Clip(key))
	}
	if r.Low != nil {
		k, err := s.boundKey(nil, p, r.Low, true)
		if err != nil {
			return sp, false, err
		}
		sp.Lo = append(slices.Clip(key), k.key...)
		if k.exact && !k.open && (k.side < 0 || k.side == 0 && !r.Low.Inclusive) {
			sp.Lo = codec.PrefixEnd(sp.Lo) // that value itself is too small
		}
	}
	if r.High != nil {
		k, err := s.boundKey(nil, p, r.High, true)
		if err != nil {
			return sp, false, err
		}
		sp.Hi = append(slices.Clip(key), k.key...)
		if !k.exact || k.open || k.side < 0 || k.side == 0 && r.High.Inclusive {
			sp.Hi = codec.PrefixEnd(sp.Hi)
		}
	}
	if sp.Lo == nil {
		return sp, false, nil // behind the greatest value
	}
	return sp, sp.Hi == nil || bytes.Compare(sp.Lo, sp.Hi) < 0, nil
}

// errBound is a fault of the planner: a value that Bound refuses.
func errBound(t *value.Type) error { return fmt.Errorf("table: a bound of type %d", t.Kind) }
