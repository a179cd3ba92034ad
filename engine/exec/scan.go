package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/vector"
)

// Source is a table, or something that has rows like one.
type Source interface {
	// Open begins to read.
	Open(c *expr.Ctx, want Want) (Reader, error)
}

// Want is what a Scan reads of a Source.
type Want struct {
	Columns []int // positions of the columns
	// Index is the number of the index whose Ranges are wanted; -1 is all rows. The
	// source may give more rows than those in the ranges, never fewer: the conditions
	// that the ranges were made of are asked again.
	Index  int
	Ranges []Range
	All    bool // of the index, in its order: there are no Ranges
	// Keyed wants one more column behind the others: the keys of the rows, for Changes.Take.
	Keyed   bool
	Reverse bool
}

// Range is a stretch of an index: the first columns equal Equal, the next one lies
// between Low and High.
type Range struct {
	Equal     []Bound
	Low, High *Bound
}

// Bound is a value that an index's column is held against. Inclusive counts for Low and High only.
type Bound struct {
	Value     value.Value
	Type      *value.Type
	Inclusive bool
	IsNull    bool // of Equal: the column IS NULL, or <=> NULL
}

// Divisible is a Source whose rows several goroutines can read at once.
type Divisible interface {
	Source
	// Divide begins to read in at most n pieces, in the order in which Open would give the rows. A goroutine of its
	// own may fill from each of them; they are closed by whoever divides. There are none when only one
	// reader can give the rows.
	Divide(c *expr.Ctx, want Want, n int) ([]Reader, error)
}

// Reader gives a Source's rows.
type Reader interface {
	// Fill fills b with the next rows, at most so many; none are left when it is empty.
	Fill(c *expr.Ctx, b *vector.Batch, most int) error
	Close() error
}

// Scan reads a Source.
type Scan struct {
	Source  Source
	Columns []int
	types   []value.Type
	// Index, and the conditions of whose values the ranges come: see Span.
	Index   int
	Spans   []Span
	Ordered bool // the order of the index is wanted, whatever the spans
	Reverse bool
	// Merged are several indexes that find the rows together. Index is -1 then.
	Merged []Merged
	// One at a time: rows are locked as they are read, and no more than are wanted.
	Single bool
	// Keyed: there is one more column, with the keys of the rows; types has one for it.
	Keyed bool
	// Name, Rows and Possible are for EXPLAIN: what the statement calls the table, how many rows are
	// read as a guess, and the indexes that could have served.
	Name     string
	Rows     float64
	Possible []int
}

// Merged is one of the indexes whose rows a Scan puts together: those for which Cond may be true. No Cond fails or
// warns, and for each row that is wanted one is true.
type Merged struct {
	Index int
	Spans []Span
	Cond  expr.Expr
}

// NewScan reads all rows of a source.
func NewScan(s Source, columns []int, types []value.Type) *Scan {
	return &Scan{Source: s, Columns: columns, types: types, Index: -1}
}

// Types implements Node.
func (s *Scan) Types() []value.Type { return s.types }

// Open implements Node.
func (s *Scan) Open(c *expr.Ctx) (Rows, error) {
	if len(s.Merged) > 0 {
		if rows, ok, err := s.merge(c); ok || err != nil {
			return rows, err
		}
	}
	want, none, err := s.want(c)
	if err != nil {
		return nil, err
	}
	if none {
		return empty{}, nil
	}
	r, err := s.Source.Open(c, want)
	if err != nil {
		return nil, err
	}
	return s.over(r), nil
}

// want is what is read; none says that no row can be found.
func (s *Scan) want(c *expr.Ctx) (want Want, none bool, err error) {
	want = Want{Columns: s.Columns, Index: s.Index, Reverse: s.Reverse, Keyed: s.Keyed}
	if s.Index < 0 {
		return want, false, nil
	}
	var usable bool
	want.Ranges, usable, none, err = ranges(c, s.Spans)
	switch {
	case err != nil || none:
	case !usable && !s.Ordered:
		want.Index = -1
	case !usable:
		want.All = true
	}
	return want, none, err
}

// over gives what a reader reads.
func (s *Scan) over(r Reader) *scanRows {
	return &scanRows{reader: r, size: 64, single: s.Single, types: s.types, stored: vector.Get(nil)}
}

type scanRows struct {
	reader Reader
	types  []value.Type
	stored *vector.Batch
	out    Batch
	size   int
	single bool
	lent   bool // somebody else closes the reader
	done   bool
}

// Next implements Rows. Batches grow, so that LIMIT 1 reads few rows.
func (s *scanRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := ended(c); err != nil || s.done {
		return nil, err
	}
	most := s.size
	if s.single {
		most = 1
	}
	s.size = min(4*s.size, vector.MaxRows)
	if err := s.reader.Fill(c, s.stored, most); err != nil {
		return nil, err
	}
	if s.stored.Len() == 0 {
		s.done = true
		return nil, nil
	}
	if s.out.Columns == nil {
		s.out.Batch = *expr.NewBatch(s.stored, s.types)
	}
	s.out.N = s.stored.Len()
	for i := range s.out.Columns {
		s.out.Columns[i].Column = &s.stored.Columns[i]
	}
	return &s.out, nil
}

// Close implements Rows.
func (s *scanRows) Close() error {
	if s.reader == nil {
		return nil
	}
	s.stored.Release()
	r := s.reader
	s.reader, s.done = nil, true
	if s.lent {
		return nil
	}
	return r.Close()
}

// merge begins to read by several indexes; ok is false when the values of one of them bound nothing.
func (s *Scan) merge(c *expr.Ctx) (rows Rows, ok bool, err error) {
	out := &mergedRows{of: s}
	for i := range s.Merged {
		list, usable, none, err := ranges(c, s.Merged[i].Spans)
		switch {
		case err != nil:
			return nil, false, err
		case none:
			list = nil
		case !usable:
			return nil, false, nil
		}
		out.ranges = append(out.ranges, list)
	}
	return out, true, nil
}

// mergedRows reads one index after the other. Each finds more rows than those for which its condition is true, where
// it is bounded by other conditions or by a part of its own: so a row counts where the condition is true, and where
// several are, for the first of them.
type mergedRows struct {
	of     *Scan
	ranges [][]Range // nil: nothing
	next   int
	rows   *scanRows // of the index before next
	sel    []int32
	hit    []int32
	out    Batch
}

// Next implements Rows.
func (m *mergedRows) Next(c *expr.Ctx) (*Batch, error) {
	for {
		for m.rows == nil {
			if m.next == len(m.ranges) {
				return nil, ended(c)
			}
			list := m.ranges[m.next]
			if m.next++; len(list) == 0 {
				continue
			}
			r, err := m.of.Source.Open(c, Want{Columns: m.of.Columns, Index: m.of.Merged[m.next-1].Index, Ranges: list, Keyed: m.of.Keyed})
			if err != nil {
				return nil, err
			}
			m.rows = m.of.over(r)
		}
		b, err := m.rows.Next(c)
		if err != nil {
			return nil, err
		}
		if b == nil {
			if err := m.Close(); err != nil {
				return nil, err
			}
			continue
		}
		m.sel = places(m.sel, b)
		sel := m.sel
		if sel, err = expr.Filter(m.of.Merged[m.next-1].Cond, c, &b.Batch, sel, sel[:0]); err != nil {
			return nil, err
		}
		for i := range m.next - 1 {
			if m.hit, err = expr.Filter(m.of.Merged[i].Cond, c, &b.Batch, sel, m.hit[:0]); err != nil {
				return nil, err
			}
			sel = expr.Without(sel[:0], sel, m.hit)
		}
		if len(sel) > 0 {
			m.out = Batch{Batch: b.Batch, Sel: sel}
			return &m.out, nil
		}
	}
}

// Close implements Rows.
func (m *mergedRows) Close() error {
	if m.rows == nil {
		return nil
	}
	r := m.rows
	m.rows = nil
	return r.Close()
}

// empty has no rows.
type empty struct{}

func (empty) Next(*expr.Ctx) (*Batch, error) { return nil, nil }
func (empty) Close() error                   { return nil }
