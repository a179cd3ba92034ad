package relation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Type is what rows and keys know of a column's SQL type. Whoever reads the SQL
// text of types makes it.
type Type struct {
	Name      string // for errors
	Kind      codec.Kind
	Width     int           // bytes; 0 for text and bytes
	Weigher   codec.Weigher // of KindText
	Weights   uint16        // version of the weights
	Earlier   codec.Weigher // of the version before, whose keys are equal for the same texts; nil when indexes of it cannot be read
	Former    codec.Weigher // of the version before that; nil alike
	Unordered bool          // the key order would not be the type's, so it cannot be indexed
	// Longest is the length of the longest value, characters of text and bytes of
	// byte strings; 0 for every other kind.
	Longest int64
}

// Column is one column of a Schema.
type Column struct {
	Type
	ID      uint16
	Name    string
	NotNull bool
	place   int // position in the newest layout
}

// Schema is how the rows of a catalog.Table lie in the store: columns, layouts,
// keys. It is immutable and shared; a changed record gives a new Schema.
// Positions are those of the record's columns.
type Schema struct {
	Record  *catalog.Table
	Columns []Column
	Primary *Index   // nil: rows have a hidden id instead
	Indexes []*Index // secondary, in MySQL's order: unique ones without NULL, other unique ones, the rest; each as they were made
	AutoInc int      // position of the AUTO_INCREMENT column, -1 without one

	// Meter counts what the rows take; nil where nobody wants to know. Whoever makes the Schema sets it before
	// anybody uses it.
	Meter *Meter

	layouts  *codec.Layouts
	straight bool // the columns of the newest layout stand in the order of the record's
	all      *Projection
}

// NewSchema makes the Schema of a record whose columns have these types.
func NewSchema(rec *catalog.Table, types []Type) (*Schema, error) {
	s := &Schema{Record: rec, AutoInc: -1, straight: true}
	for i := range rec.Columns {
		c := &rec.Columns[i]
		s.Columns = append(s.Columns, Column{Type: types[i], ID: c.ID, Name: c.Name, NotNull: c.NotNull})
		if c.AutoIncrement {
			s.AutoInc = i
		}
	}
	if err := s.buildLayouts(); err != nil {
		return nil, err
	}
	for i := range rec.Indexes {
		x, err := newIndex(s, &rec.Indexes[i])
		if err != nil {
			return nil, fmt.Errorf("index %s: %w", rec.Indexes[i].Name, err)
		}
		if x.Primary {
			s.Primary = x
		} else {
			s.Indexes = append(s.Indexes, x)
		}
	}
	slices.SortFunc(s.Indexes, func(a, b *Index) int { return cmp.Or(cmp.Compare(s.rank(a), s.rank(b)), cmp.Compare(a.ID, b.ID)) })
	every := make([]int, len(s.Columns))
	for i := range every {
		every[i] = i
	}
	s.all = s.Projection(every)
	return s, nil
}

// rank is where an index stands among the others. A new row that has several unique keys of other rows meets the first.
func (s *Schema) rank(x *Index) int {
	switch {
	case !x.Unique:
		return 2
	case slices.ContainsFunc(x.Parts, func(p Part) bool { return !s.Columns[p.Column].NotNull }):
		return 1
	}
	return 0
}

func (s *Schema) buildLayouts() error {
	var layouts []*codec.Layout
	at := make(map[uint16]int, len(s.Columns))
	for i := range s.Columns {
		at[s.Columns[i].ID] = i
	}
	for i := range s.Record.Layouts {
		l, err := s.layout(&s.Record.Layouts[i], at)
		if err != nil {
			return err
		}
		layouts = append(layouts, l)
	}
	var err error
	if s.layouts, err = codec.NewLayouts(layouts...); err != nil {
		return err
	}
	newest := s.layouts.Newest()
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.place = newest.Position(c.ID); c.place < 0 {
			return fmt.Errorf("column %s is missing in the newest layout", c.Name)
		}
		s.straight = s.straight && c.place == i
	}
	s.straight = s.straight && len(newest.Columns()) == len(s.Columns)
	return nil
}

// layout builds one layout; places are the positions of the columns by their ids. The kind of a dropped column is no longer known and
// no longer matters: its width is enough to skip it.
func (s *Schema) layout(l *catalog.Layout, places map[uint16]int) (*codec.Layout, error) {
	columns := make([]codec.Column, len(l.Columns))
	for i, lc := range l.Columns {
		columns[i] = codec.Column{ID: lc.ID, Width: uint8(lc.Width), NotNull: !lc.Nullable}
		if at, there := places[lc.ID]; there {
			columns[i].Kind = s.Columns[at].Kind
			continue
		}
		switch {
		case lc.Width == 0:
			columns[i].Kind = codec.KindBytes
		case lc.Width <= 8:
			columns[i].Kind = codec.KindUint
		default:
			columns[i].Kind = codec.KindDecimal
		}
	}
	return codec.NewLayout(l.Version, columns)
}

func (s *Schema) columnByID(id uint16) int {
	for i := range s.Columns {
		if s.Columns[i].ID == id {
			return i
		}
	}
	return -1
}

// Index returns a secondary index by its name, nil without it.
func (s *Schema) Index(name string) *Index {
	for _, x := range s.Indexes {
		if strings.EqualFold(x.Name, name) {
			return x
		}
	}
	return nil
}

// All is the projection of whole rows.
func (s *Schema) All() *Projection { return s.all }

// Projection is the columns that a reader shows. It is immutable; whoever reads
// often keeps it.
type Projection struct {
	columns []int
	kinds   []codec.Kind
	reads   *codec.Projector
}

// Projection makes the projection of the columns at these positions.
func (s *Schema) Projection(columns []int) *Projection {
	ids, kinds := make([]uint16, len(columns)), make([]codec.Kind, len(columns))
	for i, c := range columns {
		ids[i], kinds[i] = s.Columns[c].ID, s.Columns[c].Kind
	}
	return &Projection{columns: columns, kinds: kinds, reads: codec.NewProjector(s.layouts, ids)}
}

// Columns lists the positions; the caller must not change them.
func (p *Projection) Columns() []int { return p.columns }
