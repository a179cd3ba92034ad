package codec

import (
	"encoding/binary"
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
	if len(value) < 2 || value[0] != formatRow || value[1] >= 0x80 || int(value[1]) >= len(p.plans) {
		return p.readAny(value, dst)
	}
	plan := p.plans[value[1]].Load()
	if plan == nil {
		l := p.layouts.byVersion[value[1]]
		if l == nil {
			return p.readAny(value, dst)
		}
		plan = newProjection(l, p.ids)
		p.plans[value[1]].Store(plan)
	}
	return plan.read(value, dst)
}

func (p *projection) read(value []byte, dst []Datum) error {
	if len(value) < p.dataAt {
		return ErrCorruptRow
	}
	ends, data := value[p.endsAt:p.dataAt], value[p.dataAt:]
	last := 0
	if p.variable > 0 {
		last = int(binary.LittleEndian.Uint16(ends[len(ends)-2:]))
	}
	if last != len(data) {
		return ErrCorruptRow
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
			start, end := 0, int(binary.LittleEndian.Uint16(ends[2*c.at:]))
			if c.at > 0 {
				start = int(binary.LittleEndian.Uint16(ends[2*c.at-2:]))
			}
			if start > end || end > len(data) {
				return ErrCorruptRow
			}
			d.tag, d.bits, d.bytes, d.text = tagBytes, 0, data[start:end:end], ""
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
