package relation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/kivi/kv"
	"github.com/lxdb/lxdb/storage/vector"
)

// Reader yields rows one after the other. It is used by one goroutine.
type Reader struct {
	view View
	show *Projection
	src  source
	row  *[]codec.Datum // of rowBuffers; nil after Close
	rec  record         // behind row; of a Reader with a policy only when it locks

	policy *applied       // nil without a policy
	cover  *covering      // the source gives entries of an index, which have all that is wanted
	keys   *vector.Column // see KeepKeys
}

// Scan reads all rows in the order of the primary key.
func (v View) Scan(ctx context.Context, show *Projection, reverse bool) (*Reader, error) {
	r := &Reader{view: v, show: show}
	src, err := v.schema.fullSource(ctx, &r.view, reverse)
	if err != nil {
		return nil, err
	}
	r.begin(src)
	return r, nil
}

// Lookup reads the rows of an index's spans, which stand in the order of the
// keys and do not overlap. The row may have changed between its entry and its
// lock: when Locking, the caller gives every span of a secondary index a Check.
func (v View) Lookup(ctx context.Context, x *Index, spans []Span, show *Projection, reverse bool) (*Reader, error) {
	if at := maskedPart(v.policy, x); at >= 0 {
		return nil, v.schema.maskedError(at)
	}
	r := &Reader{view: v, show: show}
	if v.policy == nil && v.mode == Snapshot {
		r.cover = v.schema.coveringOf(x, show)
	}
	src, err := v.schema.lookupSource(ctx, &r.view, x, spans, reverse, r.cover != nil)
	if err != nil {
		return nil, err
	}
	r.begin(src)
	return r, nil
}

func (r *Reader) begin(src source) {
	r.src = src
	r.row = rowBuffers.Get().(*[]codec.Datum)
	*r.row = slices.Grow((*r.row)[:0], len(r.show.columns))[:len(r.show.columns)]
	r.policy = apply(r.view.schema, r.view.policy, verbsOf(r.view.want), r.show)
}

// rowBuffers are for the rows that readers return: look-ups are many and short.
// None is nil, because a row of no columns is a row.
var rowBuffers = sync.Pool{New: func() any { row := make([]codec.Datum, 0, 8); return &row }}

// giveBack returns a buffer, without what its datums point to.
func giveBack(row *[]codec.Datum) {
	clear(*row)
	rowBuffers.Put(row)
}

// Next returns the next row, one datum for each column of the projection; nil
// at the end. The row and its bytes are valid until the next call.
func (r *Reader) Next(ctx context.Context) ([]codec.Datum, error) {
	if r.src == nil {
		return nil, kv.ErrClosed // the transaction has ended, and its readers with it
	}
	if r.policy != nil {
		return r.nextVisible(ctx)
	}
	rec, ok, err := r.src.next(ctx)
	if err != nil || !ok {
		return nil, err
	}
	r.rec = rec
	if r.cover != nil {
		return *r.row, r.cover.read(rec.key, rec.value, *r.row)
	}
	if err := r.view.schema.read(ctx, r.show, rec.key, rec.value, *r.row, &r.view); err != nil {
		return nil, err
	}
	return *r.row, nil
}

// nextVisible is Next under a policy.
func (r *Reader) nextVisible(ctx context.Context) ([]codec.Datum, error) {
	a := r.policy
	for a.at == a.batch.Len() {
		if a.done {
			return nil, nil
		}
		if err := r.collect(ctx); err != nil {
			return nil, err
		}
	}
	a.row(a.at, *r.row)
	r.rec.check = a.checks[a.at]
	a.at++
	return *r.row, nil
}

// collect fills the batch and applies the policy to it. Batches grow, so that
// LIMIT 1 reads few rows; a Reader that locks takes one row at a time, and so
// locks none that nobody asks for.
func (r *Reader) collect(ctx context.Context) error {
	a := r.policy
	a.batch.Reset(a.kinds)
	a.at, a.checks = 0, a.checks[:0]
	a.size = min(max(2*a.size, 8), vector.MaxRows)
	if r.view.mode == Locking {
		a.size = 1
	}
	row := make([]codec.Datum, len(a.reads.columns))
	for a.batch.Len() < a.size && !a.batch.Full() {
		rec, ok, err := r.src.next(ctx)
		if err != nil {
			return err
		}
		if a.done = !ok; a.done {
			break
		}
		if err := r.view.schema.read(ctx, a.reads, rec.key, rec.value, row, &r.view); err != nil {
			return err
		}
		if err := a.batch.Append(row); err != nil {
			return err
		}
		r.rec = rec
		a.checks = append(a.checks, rec.check)
	}
	keep, err := a.run()
	if err != nil {
		return err
	}
	for to, from := range keep {
		a.checks[to] = a.checks[from]
	}
	return nil
}

// Check is the Check of the span by which the row was found that Next returned.
func (r *Reader) Check() int { return r.rec.check }

// Fill fills b with the next rows, at most so many, the columns of the projection;
// it stays empty at the end. Who reads under a policy gets what the policy shows,
// and who locks has locked no more than what he got.
func (r *Reader) Fill(ctx context.Context, b *vector.Batch, most int) error {
	b.Reset(r.show.kinds)
	if r.keys != nil {
		r.keys.Reset(codec.KindBytes)
	}
	if r.src == nil {
		return kv.ErrClosed
	}
	most = min(most, vector.MaxRows)
	if r.policy != nil {
		return r.fillVisible(ctx, b, most)
	}
	if r.cover != nil {
		return r.fillCovered(ctx, b, most)
	}
	scan, _ := r.src.(*rangeSource)
	if scan != nil && len(r.show.columns) == 0 && r.keys == nil { // COUNT(*): the rows themselves are of no interest
		n := 0
		for n < most && scan.scan.Next() {
			n++
		}
		b.SetLen(n)
		return scan.scan.Err()
	}
	for n := 0; n < most; n++ {
		if n&63 == 63 && b.Full() {
			return nil
		}
		var rec record
		if scan != nil {
			if !scan.scan.Next() {
				return scan.scan.Err()
			}
			rec.value = scan.scan.Value()
		} else {
			var ok bool
			var err error
			if rec, ok, err = r.src.next(ctx); err != nil || !ok {
				return err
			}
		}
		if scan != nil && r.keys != nil {
			rec.key = scan.scan.Key()
		}
		if err := r.keepKey(rec.key); err != nil {
			return err
		}
		stored, err := b.AppendStored(r.show.reads, rec.value)
		if err != nil {
			return fmt.Errorf("table %s: %w", r.view.schema.Record.Name, err)
		}
		if stored {
			continue
		}
		if scan != nil {
			rec.key = scan.scan.Key()
		}
		if err := r.appendRead(ctx, b, rec); err != nil || b.Full() {
			return err
		}
	}
	return nil
}

// fillCovered is Fill from entries.
func (r *Reader) fillCovered(ctx context.Context, b *vector.Batch, most int) error {
	for b.Len() < most {
		rec, ok, err := r.src.next(ctx)
		if err != nil || !ok {
			return err
		}
		if err := r.cover.read(rec.key, rec.value, *r.row); err != nil {
			return err
		}
		if err := b.Append(*r.row); err != nil {
			return err
		}
	}
	return nil
}

// appendRead adds a row of unusual form: a large one, or one with values outside
// of it. Few of those make a batch full.
func (r *Reader) appendRead(ctx context.Context, b *vector.Batch, rec record) error {
	if err := r.view.schema.read(ctx, r.show, rec.key, rec.value, *r.row, &r.view); err != nil {
		return err
	}
	return b.Append(*r.row)
}

func (r *Reader) fillVisible(ctx context.Context, b *vector.Batch, most int) error {
	for b.Len() < most && !b.Full() {
		row, err := r.Next(ctx)
		if err != nil || row == nil {
			return err
		}
		if err := b.Append(row); err != nil {
			return err
		}
		if err := r.keepKey(r.rec.key); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the reader. A second call does nothing.
func (r *Reader) Close() error {
	if r.src == nil {
		return nil
	}
	src := r.src
	r.src = nil
	r.policy.release()
	giveBack(r.row)
	r.row = nil
	return src.close()
}

// Get reads the rows with these keys and calls visit with each one that exists,
// in the order of the keys, which it sorts in place. The row and its bytes are
// valid during the call.
func (v View) Get(ctx context.Context, keys [][]byte, show *Projection, visit func(row []codec.Datum) error) error {
	if v.policy != nil {
		return v.getVisible(ctx, keys, show, visit)
	}
	buf := rowBuffers.Get().(*[]codec.Datum)
	defer giveBack(buf)
	row := slices.Grow((*buf)[:0], len(show.columns))[:len(show.columns)]
	*buf = row
	slices.SortFunc(keys, bytes.Compare)
	keys = slices.CompactFunc(keys, bytes.Equal)
	values, err := v.rows(ctx, keys)
	if err != nil {
		return err
	}
	for i, value := range values {
		if value == nil {
			continue
		}
		if err := v.schema.read(ctx, show, keys[i], value, row, &v); err != nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return nil
}

// One reads the row with this key as reads see it, and calls visit if it exists:
// a View and its Get in one step, for the look-ups that are most of all
// statements. The row is valid during the call, and so are its bytes under a policy; without one they are the caller's.
func (h Handle) One(ctx context.Context, key []byte, show *Projection, visit func(row []codec.Datum) error) error {
	if h.policy != nil {
		return h.View(kivi.Read, Snapshot).Get(ctx, [][]byte{key}, show, visit)
	}
	kt := h.txn.Table(h.schema.Record.Data, h.guard, kivi.Read) // not by View: so it needs no heap
	value, err := kt.Get(ctx, key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	buf := rowBuffers.Get().(*[]codec.Datum)
	defer giveBack(buf)
	*buf = slices.Grow((*buf)[:0], len(show.columns))[:len(show.columns)]
	if err := h.schema.read(ctx, show, key, value, *buf, &View{schema: h.schema, kt: kt, want: kivi.Read}); err != nil {
		return err
	}
	return visit(*buf)
}

func (v View) getVisible(ctx context.Context, keys [][]byte, show *Projection, visit func(row []codec.Datum) error) error {
	if at := maskedPart(v.policy, v.schema.Primary); at >= 0 {
		return v.schema.maskedError(at)
	}
	slices.SortFunc(keys, bytes.Compare)
	r := &Reader{view: v, show: show}
	r.begin(&keySource{view: &r.view, keys: slices.CompactFunc(keys, bytes.Equal)})
	defer r.Close()
	for {
		row, err := r.Next(ctx)
		if err != nil || row == nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}
