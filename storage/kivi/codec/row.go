package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// Row is an opened row value. Columns are read one by one, each at once from
// its own place; bytes are part of the value, not copies. Damaged values give
// ErrCorruptRow, never a panic and never bytes of another row.
type Row struct {
	layout   *Layout
	nulls    []byte
	external []byte // nil when no value is external
	fixed    []byte
	ends     []byte
	data     []byte
	wide     bool
}

// RowVersion returns the schema version of a row value without opening it.
func RowVersion(value []byte) (uint32, error) {
	v, _, err := rowVersion(value)
	return v, err
}

func rowVersion(value []byte) (version uint32, n int, err error) {
	if len(value) < 2 || value[0]&formatMask != formatRow {
		return 0, 0, ErrCorruptRow
	}
	if value[1] < 0x80 {
		return uint32(value[1]), 2, nil
	}
	v, used := binary.Uvarint(value[1:])
	// The last byte of a number is 0 only if a shorter form exists.
	if used <= 0 || v > math.MaxUint32 || value[used] == 0 {
		return 0, 0, ErrCorruptRow
	}
	return uint32(v), 1 + used, nil
}

// Open opens a row of any of the table's schema versions.
func (ls *Layouts) Open(value []byte) (Row, error) {
	version, at, err := rowVersion(value)
	if err != nil {
		return Row{}, err
	}
	l := ls.Layout(version)
	if l == nil {
		return Row{}, fmt.Errorf("%w: %d", ErrUnknownLayout, version)
	}
	return l.open(value, at)
}

// Open opens a row of exactly this schema version.
func (l *Layout) Open(value []byte) (Row, error) {
	version, at, err := rowVersion(value)
	if err != nil {
		return Row{}, err
	}
	if version != l.version {
		return Row{}, fmt.Errorf("%w: %d, want %d", ErrUnknownLayout, version, l.version)
	}
	return l.open(value, at)
}

func (l *Layout) open(value []byte, at int) (Row, error) {
	r := Row{layout: l, wide: value[0]&flagWide != 0}
	offset, maps := 2, l.bitmap
	if r.wide {
		offset = 4
	}
	if value[0]&flagExternal != 0 {
		maps *= 2
	}
	fixed := at + maps
	ends := fixed + l.fixed
	data := ends + offset*l.variable
	if len(value) < data {
		return Row{}, ErrCorruptRow
	}
	r.nulls = value[at : at+l.bitmap]
	if maps > l.bitmap {
		r.external = value[at+l.bitmap : fixed]
	}
	r.fixed = value[fixed:ends]
	r.ends = value[ends:data]
	r.data = value[data:]
	if l.variable > 0 && r.end(l.variable-1) != len(r.data) || l.variable == 0 && len(r.data) != 0 {
		return Row{}, ErrCorruptRow
	}
	return r, nil
}

// Layout returns the layout the row was written in.
func (r *Row) Layout() *Layout { return r.layout }

// Column reads the column with this id; Absent when it is younger than the row.
func (r *Row) Column(id uint16) (Datum, error) {
	i := r.layout.Position(id)
	if i < 0 {
		return Absent(), nil
	}
	return r.At(i)
}

// HasExternal says that a value stands outside the row.
func (r *Row) HasExternal() bool { return r.external != nil }

// IsNull reports whether the column at position i of the row's own layout is NULL.
func (r *Row) IsNull(i int) bool { return bit(r.nulls, i) }

// At reads the column at position i of the row's own layout, which must exist.
func (r *Row) At(i int) (d Datum, err error) {
	err = r.read(i, &d)
	return d, err
}

// read sets every part of d, which may hold an older value.
func (r *Row) read(i int, d *Datum) error {
	if bit(r.nulls, i) {
		*d = Datum{}
		return nil
	}
	p := &r.layout.places[i]
	if !p.variable {
		readFixed(r.fixed[p.at:][:p.width], p.kind, d)
		return nil
	}
	start, end := 0, r.end(int(p.at))
	if p.at > 0 {
		start = r.end(int(p.at) - 1)
	}
	if start > end || end > len(r.data) {
		*d = Datum{}
		return ErrCorruptRow
	}
	d.tag, d.bits, d.bytes, d.text = tagBytes, 0, r.data[start:end:end], ""
	if r.external != nil && bit(r.external, i) {
		return toExternal(d)
	}
	return nil
}

// toExternal turns the bytes of a reference into its datum.
func toExternal(d *Datum) error {
	b := d.bytes
	*d = Datum{}
	if len(b) != refBytes {
		return ErrCorruptRow
	}
	*d = External(BlobRef{
		Length: binary.LittleEndian.Uint32(b),
		Sum:    binary.LittleEndian.Uint32(b[4:]),
	})
	return nil
}

func readFixed(b []byte, kind Kind, d *Datum) {
	d.bytes, d.text = nil, ""
	switch kind {
	case KindInt:
		u := little(b)
		shift := uint(64 - 8*len(b))
		d.tag, d.bits = tagInt, uint64(int64(u<<shift)>>shift)
	case KindUint:
		d.tag, d.bits = tagUint, little(b)
	case KindFloat:
		d.tag, d.bits = tagFloat, little(b)
		if len(b) == 4 {
			d.bits = math.Float64bits(float64(math.Float32frombits(uint32(d.bits))))
		}
	default: // KindDecimal
		d.tag, d.bits, d.bytes = tagBytes, 0, b[:len(b):len(b)]
	}
}

// little reads a little-endian integer of 1 to 8 bytes.
func little(b []byte) (u uint64) {
	switch len(b) {
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 1:
		return uint64(b[0])
	}
	for i := len(b) - 1; i >= 0; i-- {
		u = u<<8 | uint64(b[i])
	}
	return u
}

func (r *Row) end(i int) int {
	if r.wide {
		return int(binary.LittleEndian.Uint32(r.ends[4*i:]))
	}
	return int(binary.LittleEndian.Uint16(r.ends[2*i:]))
}

func bit(bitmap []byte, i int) bool { return bitmap[i>>3]>>(i&7)&1 == 1 }

// Decode reads all columns in the order of the row's own layout into dst, which
// it returns with that length.
func (r *Row) Decode(dst []Datum) ([]Datum, error) {
	n := len(r.layout.places)
	if cap(dst) < n {
		dst = make([]Datum, n)
	}
	dst = dst[:n]
	for i := range dst {
		if err := r.read(i, &dst[i]); err != nil {
			return dst[:0], err
		}
	}
	return dst, nil
}

// Check reads every column of a row value and compares the row with what Encode
// would write: it finds any damage that changes the form of a row. A scrub
// calls it; readers need not, since At checks what it touches.
func (ls *Layouts) Check(value []byte) error {
	r, err := ls.Open(value)
	if err != nil {
		return err
	}
	row, err := r.Decode(nil)
	if err != nil {
		return err
	}
	again, err := r.layout.Encode(make([]byte, 0, len(value)), row)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorruptRow, err)
	}
	if !bytes.Equal(again, value) {
		return fmt.Errorf("%w: not in the form that is written", ErrCorruptRow)
	}
	return nil
}
