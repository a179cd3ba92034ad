package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// First byte of a row: the format, and what makes this row unusual.
const (
	formatRow    byte = 0x01
	formatMask   byte = 0x3F
	flagWide     byte = 0x80 // end offsets have four bytes instead of two
	flagExternal byte = 0x40 // a bitmap of external values follows the null bitmap
)

// MaxRowBytes is the longest row value.
const MaxRowBytes = kv.MaxValueBytes

// Encode appends the row value of one datum per column. It is ErrTooLarge over
// MaxRowBytes: Spill says which values to move out before. On an error dst is
// returned unchanged.
func (l *Layout) Encode(dst []byte, row []Datum) ([]byte, error) {
	size, external, err := l.measure(row)
	if err != nil {
		return dst, err
	}
	base := len(dst)
	dst = append(dst, l.head...)
	nulls := len(dst)
	offset := 2
	if size > math.MaxUint16 {
		offset = 4
		dst[base] |= flagWide
	}
	head := l.bitmap
	if external {
		dst[base] |= flagExternal
		head += l.bitmap
	}
	fixed := nulls + head
	ends := fixed + l.fixed
	data := ends + offset*l.variable
	if data-base+size > MaxRowBytes {
		return dst[:base], fmt.Errorf("%w: row of %d bytes, at most %d", ErrTooLarge, data-base+size, MaxRowBytes)
	}
	dst = grow(dst, data-nulls)
	for i := range row {
		d, p := &row[i], &l.places[i]
		if d.tag == tagNull {
			dst[nulls+i>>3] |= 1 << (i & 7)
		} else if d.tag == tagExternal {
			dst[nulls+l.bitmap+i>>3] |= 1 << (i & 7)
		}
		if p.variable {
			dst = appendVariable(dst, d)
			putEnd(dst[ends+offset*int(p.at):], offset, len(dst)-data)
		} else if d.tag != tagNull {
			putFixed(dst[fixed+int(p.at):][:p.width], p.kind, d)
		}
	}
	return dst, nil
}

// grow appends n zero bytes.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) < n {
		return append(dst, make([]byte, n)...)
	}
	from := len(dst)
	dst = dst[:from+n]
	clear(dst[from:])
	return dst
}

func appendVariable(dst []byte, d *Datum) []byte {
	switch d.tag {
	case tagBytes:
		return append(dst, d.bytes...)
	case tagText:
		return append(dst, d.text...)
	case tagNull:
		return dst
	}
	ref := d.External()
	dst = binary.LittleEndian.AppendUint32(dst, ref.Length)
	return binary.LittleEndian.AppendUint32(dst, ref.Sum)
}

func putEnd(dst []byte, width, end int) {
	if width == 2 {
		binary.LittleEndian.PutUint16(dst, uint16(end))
	} else {
		binary.LittleEndian.PutUint32(dst, uint32(end))
	}
}

func putFixed(dst []byte, kind Kind, d *Datum) {
	bits := d.bits
	switch {
	case kind == KindDecimal:
		copy(dst, d.bytes)
		return
	case len(dst) == 8:
		binary.LittleEndian.PutUint64(dst, bits)
		return
	case kind == KindFloat:
		bits = uint64(math.Float32bits(float32(d.Float())))
	}
	if len(dst) == 4 {
		binary.LittleEndian.PutUint32(dst, uint32(bits))
		return
	}
	for i := range dst {
		dst[i] = byte(bits >> (8 * i))
	}
}

// measure checks the datums against the columns and adds up the bytes of the
// variable ones.
func (l *Layout) measure(row []Datum) (size int, external bool, err error) {
	if len(row) != len(l.places) {
		return 0, false, fmt.Errorf("%w: %d datums for %d columns", ErrBadDatum, len(row), len(l.places))
	}
	for i := range row {
		d, p := &row[i], &l.places[i]
		switch {
		case (d.tag == tagBytes || d.tag == tagText) && p.variable:
			size += d.size()
		case d.tag == tagNull && !l.columns[i].NotNull:
		case d.tag == tagExternal && p.variable:
			size += refBytes
			external = true
		default:
			if err := l.checkFixed(i, d); err != nil {
				return 0, false, err
			}
		}
	}
	return size, external, nil
}

func (l *Layout) checkFixed(i int, d *Datum) error {
	p := &l.places[i]
	if p.variable || !p.kind.accepts(*d) {
		return fmt.Errorf("%w: column %d", ErrBadDatum, l.columns[i].ID)
	}
	var fits bool
	switch p.kind {
	case KindInt:
		fits = FitsInt(d.Int(), int(p.width))
	case KindUint:
		fits = FitsUint(d.bits, int(p.width))
	case KindDecimal:
		fits = len(d.bytes) == int(p.width)
	case KindFloat:
		f := d.Float()
		if f != f {
			return fmt.Errorf("%w: column %d", ErrNaN, l.columns[i].ID)
		}
		fits = p.width == 8 || exactFloat32(f)
	}
	if !fits {
		return fmt.Errorf("%w: column %d", ErrRange, l.columns[i].ID)
	}
	return nil
}

// Spill returns the positions of the values that have to leave the row before
// Encode, appended to dst: all over MaxInlineBytes, and then the longest until
// the rest fits MaxRowBytes. The caller replaces each by the External datum of
// its SplitBlob and writes the chunks.
func (l *Layout) Spill(dst []int, row []Datum) []int {
	from := len(dst)
	size := len(l.head) + 2*l.bitmap + l.fixed + 4*l.variable
	for i := range row {
		if !l.places[i].variable {
			continue
		}
		if row[i].size() > MaxInlineBytes {
			dst = append(dst, i)
			size += refBytes
		} else {
			size += row[i].size()
		}
	}
	for size > MaxRowBytes {
		longest, most := -1, refBytes
		for i := range row {
			if n := row[i].size(); l.places[i].variable && n > most && !slices.Contains(dst[from:], i) {
				longest, most = i, n
			}
		}
		if longest < 0 {
			return dst
		}
		dst = append(dst, longest)
		size -= most - refBytes
	}
	return dst
}
