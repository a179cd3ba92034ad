package codec

import (
	"encoding/binary"
	"math"
	"sync/atomic"
)

// Projector reads the same few columns of many rows. Where they stand in the
// rows of a schema version is worked out when the first such row comes, and once:
// Row.Column works it out for each value. It is immutable for its callers and
// may be shared.
type Projector struct {
	layouts *Layouts
	ids     []uint16
	plans   []atomic.Pointer[projection] // by schema version
}

// NewProjector returns the Projector of the columns with these ids, which may
// name columns that no layout has.
func NewProjector(layouts *Layouts, ids []uint16) *Projector {
	return &Projector{layouts: layouts, ids: ids, plans: make([]atomic.Pointer[projection], len(layouts.byVersion))}
}

// projection is where the columns stand in rows of one layout that are neither
// wide nor hold external values. Offsets are from the beginning of the row.
type projection struct {
	nullsAt, endsAt, dataAt int
	variable                int // number of variable columns
	columns                 []projected
}

type projected struct {
	at       int32 // of a fixed column; number of a variable one
	nullByte int32
	nullBit  byte
	width    uint8
	kind     Kind
	variable bool
	absent   bool
}

func newProjection(l *Layout, ids []uint16) *projection {
	p := &projection{nullsAt: len(l.head), variable: l.variable, columns: make([]projected, len(ids))}
	fixed := p.nullsAt + l.bitmap
	p.endsAt = fixed + l.fixed
	p.dataAt = p.endsAt + 2*l.variable
	for i, id := range ids {
		pos := l.Position(id)
		if pos < 0 {
			p.columns[i].absent = true
			continue
		}
		at := l.places[pos]
		c := projected{
			at: at.at, nullByte: int32(p.nullsAt + pos>>3), nullBit: 1 << (pos & 7),
			width: at.width, kind: at.kind, variable: at.variable,
		}
		if !c.variable {
			c.at += int32(fixed)
		}
		p.columns[i] = c
	}
	return p
}

// Read sets dst to the columns of a row, in the order of the Projector's ids. As
// with Row.Column bytes are part of the row, and columns that are younger than
// it are Absent.
func (p *Projector) Read(value []byte, dst []Datum) error {
	plan := p.plan(value)
	if plan == nil {
		return p.readAny(value, dst)
	}
	return plan.read(value, dst)
}

// plan is nil for rows of unusual form.
func (p *Projector) plan(value []byte) *projection {
	if len(value) < 2 || value[0] != formatRow || value[1] >= 0x80 || int(value[1]) >= len(p.plans) {
		return nil
	}
	plan := p.plans[value[1]].Load()
	if plan == nil {
		l := p.layouts.byVersion[value[1]]
		if l == nil {
			return nil
		}
		plan = newProjection(l, p.ids)
		p.plans[value[1]].Store(plan)
	}
	return plan
}

// Cells are the projected columns of one opened row, for whoever decodes rows
// into something else than datums.
type Cells struct {
	plan       *projection
	row        []byte
	ends, data []byte
}

// Open opens a row for Cells. It is false for one of unusual form (wide, with
// values outside of it, of an unknown version): Read knows those.
func (p *Projector) Open(value []byte) (c Cells, usual bool, err error) {
	plan := p.plan(value)
	if plan == nil {
		return Cells{}, false, nil
	}
	ends, data, err := plan.open(value)
	return Cells{plan, value, ends, data}, true, err
}

// Null says whether column i, in the order of the Projector's ids, is NULL or
// younger than the row.
func (c *Cells) Null(i int) bool {
	p := &c.plan.columns[i]
	return p.absent || c.row[p.nullByte]&p.nullBit != 0
}

// Bits are those of the number in column i: of an int64, a uint64 or a float64, as
// the column's kind says.
func (c *Cells) Bits(i int) uint64 {
	p := &c.plan.columns[i]
	u := little(c.row[p.at:][:p.width])
	switch {
	case p.kind == KindInt:
		shift := 64 - 8*uint(p.width)
		return uint64(int64(u<<shift) >> shift)
	case p.kind == KindFloat && p.width == 4:
		return math.Float64bits(float64(math.Float32frombits(uint32(u))))
	}
	return u
}

// Bytes are those of column i, a text, a byte string or a long decimal; they are
// part of the row.
func (c *Cells) Bytes(i int) ([]byte, error) {
	p := &c.plan.columns[i]
	if !p.variable {
		return c.row[p.at:][:p.width], nil
	}
	return variable(c.ends, c.data, p.at)
}

// open checks the form of a row and returns where the variable columns end, and
// their bytes.
func (p *projection) open(value []byte) (ends, data []byte, err error) {
	if len(value) < p.dataAt {
		return nil, nil, ErrCorruptRow
	}
	ends, data = value[p.endsAt:p.dataAt], value[p.dataAt:]
	last := 0
	if p.variable > 0 {
		last = int(binary.LittleEndian.Uint16(ends[len(ends)-2:]))
	}
	if last != len(data) {
		return nil, nil, ErrCorruptRow
	}
	return ends, data, nil
}

// variable is the value with number n among the variable columns.
func variable(ends, data []byte, n int32) ([]byte, error) {
	start, end := 0, int(binary.LittleEndian.Uint16(ends[2*n:]))
	if n > 0 {
		start = int(binary.LittleEndian.Uint16(ends[2*n-2:]))
	}
	if start > end || end > len(data) {
		return nil, ErrCorruptRow
	}
	return data[start:end:end], nil
}

func (p *projection) read(value []byte, dst []Datum) error {
	ends, data, err := p.open(value)
	if err != nil {
		return err
	}
	for i := range p.columns {
		c, d := &p.columns[i], &dst[i]
		switch {
		case c.absent:
			*d = Absent()
		case value[c.nullByte]&c.nullBit != 0:
			*d = Datum{}
		case !c.variable:
			readFixed(value[c.at:][:c.width], c.kind, d)
		default:
			b, err := variable(ends, data, c.at)
			if err != nil {
				return err
			}
			d.tag, d.bits, d.bytes, d.text = tagBytes, 0, b, ""
		}
	}
	return nil
}

// readAny reads rows of unusual form.
func (p *Projector) readAny(value []byte, dst []Datum) error {
	r, err := p.layouts.Open(value)
	if err != nil {
		return err
	}
	for i, id := range p.ids {
		if dst[i], err = r.Column(id); err != nil {
			return err
		}
	}
	return nil
}
