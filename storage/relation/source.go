package relation

import (
	"context"
	"errors"
	"slices"

	"github.com/lxdb/lxdb/storage/kivi"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Span is a stretch of an index's keys, Lo <= key < Hi, that a look-up reads.
type Span struct {
	Lo, Hi []byte
	Point  bool // Lo is one whole unique key: a Get finds it
	// Check is for the caller: Reader.Check tells it for each row. What the keys
	// cannot decide he holds against the row.
	Check int
}

// record is a stored row, and the Check of the span that it was found by.
type record struct {
	key, value []byte
	check      int
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
	check int
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
	view   *View
	keys   [][]byte
	checks []int    // nil, or one for each key
	values [][]byte // of the running batch, which ends at next
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
	schema *Schema
	view   *View
	scan   *kivi.Scan
	check  int
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
func (s *Schema) fullSource(ctx context.Context, v *View, reverse bool) (source, error) {
	lo, hi := codec.IndexBounds(codec.SpaceData, s.Record.Data, codec.IndexRows)
	scan, err := v.scanRows(ctx, lo, hi, reverse)
	if err != nil {
		return nil, err
	}
	return &rangeSource{scan: scan}, nil
}

// lookupSource reads the spans of an index: rows, or the entries themselves.
func (s *Schema) lookupSource(ctx context.Context, v *View, x *Index, spans []Span, reverse, entries bool) (source, error) {
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
			if part[0].Point {
				return s.pointSource(ctx, v, x, part, entries)
			}
			return s.spanSource(ctx, v, x, part[0], reverse, entries)
		})
	}
	if len(list.later) == 1 {
		return list.later[0](ctx)
	}
	for len(list.ready) < openAtOnce && len(list.later) > 0 {
		if err := list.openNext(ctx); err != nil {
			return nil, errors.Join(err, list.close())
		}
	}
	return list, nil
}

// points counts the leading spans that are single keys.
func points(spans []Span) int {
	n := 0
	for n < len(spans) && spans[n].Point {
		n++
	}
	return n
}

func (s *Schema) pointSource(ctx context.Context, v *View, x *Index, spans []Span, entries bool) (source, error) {
	src := &keySource{view: v, keys: make([][]byte, len(spans)), checks: make([]int, len(spans))}
	for i, sp := range spans {
		src.keys[i], src.checks[i] = sp.Lo, sp.Check
	}
	if x.Primary || entries {
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

func (s *Schema) spanSource(ctx context.Context, v *View, x *Index, sp Span, reverse, entries bool) (source, error) {
	if x.Primary {
		scan, err := v.scanRows(ctx, sp.Lo, sp.Hi, reverse)
		if err != nil {
			return nil, err
		}
		return &rangeSource{scan, sp.Check}, nil
	}
	scan, err := v.scanEntries(ctx, sp.Lo, sp.Hi, reverse)
	if err != nil {
		return nil, err
	}
	if entries {
		return &rangeSource{scan, sp.Check}, nil
	}
	return &entrySource{schema: s, view: v, scan: scan, check: sp.Check}, nil
}
