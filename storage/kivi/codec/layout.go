package codec

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Column is one column of a layout. ID is its number in the table, never
// reused: a dropped column's id does not come back.
type Column struct {
	ID      uint16 `json:"id"`
	Kind    Kind   `json:"kind"`
	Width   uint8  `json:"width,omitempty"` // bytes; 0 for KindBytes and KindText
	NotNull bool   `json:"notNull,omitempty"`
}

// MaxColumns is the largest number of columns of a table, MySQL's.
const MaxColumns = 4096

// Layout is how the rows of one schema version are laid out. It is immutable
// and may be shared. The catalog keeps every layout a table ever had, because
// rows stay in theirs until they are written again.
type Layout struct {
	version  uint32
	columns  []Column
	places   []place
	byID     []int16 // column id -> position, -1 when the layout lacks it
	head     []byte  // format byte and version
	bitmap   int     // bytes of the null bitmap
	fixed    int     // bytes of the fixed section
	variable int     // number of variable columns
}

// place is where a column stands: offset in the fixed section, or number among
// the variable columns.
type place struct {
	at       int32
	kind     Kind
	width    uint8
	variable bool
}

// NewLayout makes the layout of a schema version, which must not be 0. The
// columns stand in the order given, which may differ from the table's.
func NewLayout(version uint32, columns []Column) (*Layout, error) {
	if version == 0 {
		return nil, fmt.Errorf("%w: schema version 0", ErrBadColumn)
	}
	if len(columns) == 0 || len(columns) > MaxColumns {
		return nil, fmt.Errorf("%w: %d columns, not 1 to %d", ErrBadColumn, len(columns), MaxColumns)
	}
	l := &Layout{
		version: version,
		columns: slices.Clip(slices.Clone(columns)), // a caller may append to Columns()
		places:  make([]place, len(columns)),
		head:    binary.AppendUvarint([]byte{formatRow}, uint64(version)),
		bitmap:  (len(columns) + 7) / 8,
	}
	for i, c := range columns {
		if !c.Kind.validWidth(int(c.Width)) {
			return nil, fmt.Errorf("%w: column %d: kind %d of %d bytes", ErrBadColumn, c.ID, c.Kind, c.Width)
		}
		if l.Position(c.ID) >= 0 {
			return nil, fmt.Errorf("%w: column id %d twice", ErrBadColumn, c.ID)
		}
		for len(l.byID) <= int(c.ID) {
			l.byID = append(l.byID, -1)
		}
		l.byID[c.ID] = int16(i)
		l.place(i, c)
	}
	return l, nil
}

func (l *Layout) place(i int, c Column) {
	p := place{kind: c.Kind, width: c.Width, variable: c.Kind.variable()}
	if p.variable {
		p.at = int32(l.variable)
		l.variable++
	} else {
		p.at = int32(l.fixed)
		l.fixed += int(c.Width)
	}
	l.places[i] = p
}

// Version is the schema version that stands in the rows.
func (l *Layout) Version() uint32 { return l.version }

// Columns returns the columns; the caller must not change them.
func (l *Layout) Columns() []Column { return l.columns }

// Position returns where the column with this id stands in the layout, -1 when
// the layout lacks it.
func (l *Layout) Position(id uint16) int {
	if int(id) >= len(l.byID) {
		return -1
	}
	return int(l.byID[id])
}

// Layouts are all layouts of a table, immutable and shared. Changing the
// schema makes a new value with With.
type Layouts struct {
	byVersion []*Layout // index is the version
	newest    *Layout
}

// NewLayouts collects a table's layouts. No version may occur twice.
func NewLayouts(layouts ...*Layout) (*Layouts, error) {
	ls := &Layouts{}
	for _, l := range layouts {
		if l.version > maxVersions {
			return nil, fmt.Errorf("%w: schema version %d, at most %d", ErrBadColumn, l.version, maxVersions)
		}
		for len(ls.byVersion) <= int(l.version) {
			ls.byVersion = append(ls.byVersion, nil)
		}
		if ls.byVersion[l.version] != nil {
			return nil, fmt.Errorf("%w: schema version %d twice", ErrBadColumn, l.version)
		}
		ls.byVersion[l.version] = l
	}
	if len(ls.byVersion) == 0 {
		return nil, fmt.Errorf("%w: no layout", ErrBadColumn)
	}
	ls.newest = ls.byVersion[len(ls.byVersion)-1]
	return ls, nil
}

// maxVersions bounds the number of layouts of one table, and so the memory that
// a damaged version number could ask for.
const maxVersions = 1 << 20

// With returns a new Layouts that has l as well.
func (ls *Layouts) With(l *Layout) (*Layouts, error) {
	all := []*Layout{l}
	for _, old := range ls.byVersion {
		if old != nil {
			all = append(all, old)
		}
	}
	return NewLayouts(all...)
}

// Newest is the layout with the highest version: the one to write.
func (ls *Layouts) Newest() *Layout { return ls.newest }

// Layout returns the layout of a version, nil when unknown.
func (ls *Layouts) Layout(version uint32) *Layout {
	if uint64(version) >= uint64(len(ls.byVersion)) {
		return nil
	}
	return ls.byVersion[version]
}
