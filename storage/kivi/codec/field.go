package codec

import "fmt"

// Field says how one column stands in a key. A slice of Fields describes an
// index; they are called in the order of the index's columns.
type Field struct {
	Kind     Kind
	Width    uint8   // bytes; 0 for KindBytes and KindText
	Nullable bool    // one byte before the value: 00 NULL, 01 not
	Desc     bool    // bytes inverted: descending order, NULL last
	Weigher  Weigher // of KindText
}

const (
	nullMark    byte = 0x00
	notNullMark byte = 0x01
)

// AppendNull appends the byte of a NULL in a nullable column.
func AppendNull(dst []byte) []byte { return append(dst, nullMark) }

// AppendNotNull appends the byte before a value in a nullable column.
func AppendNotNull(dst []byte) []byte { return append(dst, notNullMark) }

// Invert inverts what was appended to key since from: a descending column,
// including its NULL byte.
func Invert(key []byte, from int) []byte {
	for i := from; i < len(key); i++ {
		key[i] = ^key[i]
	}
	return key
}

// Append appends d as the field's column. On an error dst is returned unchanged.
func (f Field) Append(dst []byte, d Datum) ([]byte, error) {
	from := len(dst)
	if f.Nullable {
		if d.tag == tagNull {
			dst = append(dst, nullMark)
			return f.directed(dst, from), nil
		}
		dst = append(dst, notNullMark)
	}
	dst, err := f.appendValue(dst, d)
	if err != nil {
		return dst[:from], err
	}
	return f.directed(dst, from), nil
}

func (f Field) directed(dst []byte, from int) []byte {
	if f.Desc {
		Invert(dst, from)
	}
	return dst
}

func (f Field) appendValue(dst []byte, d Datum) ([]byte, error) {
	width := int(f.Width)
	if !f.Kind.validWidth(width) {
		return dst, fmt.Errorf("%w: kind %d of %d bytes", ErrBadColumn, f.Kind, width)
	}
	if !f.Kind.accepts(d) || d.tag == tagExternal {
		return dst, fmt.Errorf("%w: kind %d", ErrBadDatum, f.Kind)
	}
	switch f.Kind {
	case KindInt:
		if !FitsInt(d.Int(), width) {
			return dst, fmt.Errorf("%w: %d in %d bytes", ErrRange, d.Int(), width)
		}
		return AppendInt(dst, d.Int(), width), nil
	case KindUint:
		if !FitsUint(d.bits, width) {
			return dst, fmt.Errorf("%w: %d in %d bytes", ErrRange, d.bits, width)
		}
		return AppendUint(dst, d.bits, width), nil
	case KindFloat:
		if width == 8 {
			return AppendFloat64(dst, d.Float())
		}
		if f := d.Float(); f == f && !exactFloat32(f) {
			return dst, fmt.Errorf("%w: %v is not a FLOAT", ErrRange, f)
		}
		return AppendFloat32(dst, float32(d.Float()))
	case KindDecimal:
		if len(d.bytes) != width {
			return dst, fmt.Errorf("%w: decimal of %d bytes, want %d", ErrRange, len(d.bytes), width)
		}
		return append(dst, d.bytes...), nil
	case KindText:
		if f.Weigher == nil {
			return dst, fmt.Errorf("%w: text without a weigher", ErrBadColumn)
		}
		return AppendText(dst, d.Text(), f.Weigher), nil
	default:
		return AppendBytes(dst, d.Bytes()), nil
	}
}

// Invertible says whether Decode returns what Append was given. Text is not.
func (f Field) Invertible() bool { return f.Kind != KindText }

// Decode reads the field's column at the beginning of key. Bytes are part of
// key or appended to scratch. Text has no way back: ErrNotInvertible; use Skip.
func (f Field) Decode(scratch, key []byte) (d Datum, rest []byte, err error) {
	mask := f.mask()
	if f.Nullable {
		if len(key) == 0 {
			return Datum{}, nil, ErrShortKey
		}
		switch key[0] ^ mask {
		case nullMark:
			return Datum{}, key[1:], nil
		case notNullMark:
			key = key[1:]
		default:
			return Datum{}, nil, ErrCorruptKey
		}
	}
	switch f.Kind {
	case KindText:
		return Datum{}, nil, ErrNotInvertible
	case KindBytes:
		var s []byte
		if f.Desc {
			s, rest, err = unescape(scratch, key, mask)
		} else {
			s, rest, err = DecodeBytes(scratch, key)
		}
		return Bytes(s), rest, err
	default:
		return f.decodeFixed(scratch, key)
	}
}

func (f Field) decodeFixed(scratch, key []byte) (d Datum, rest []byte, err error) {
	width := int(f.Width)
	if !f.Kind.validWidth(width) {
		return Datum{}, nil, ErrBadColumn
	}
	if len(key) < width {
		return Datum{}, nil, ErrShortKey
	}
	key, rest = key[:width:width], key[width:]
	if f.Kind == KindDecimal {
		if f.Desc {
			from := len(scratch)
			scratch = append(scratch, key...)
			key = Invert(scratch, from)[from:]
		}
		return Bytes(key), rest, nil
	}
	var buf [8]byte
	if f.Desc {
		copy(buf[:], key)
		key = Invert(buf[:width], 0)
	}
	switch {
	case f.Kind == KindInt:
		v, _, err := DecodeInt(key, width)
		return Int(v), rest, err
	case f.Kind == KindUint:
		v, _, err := DecodeUint(key, width)
		return Uint(v), rest, err
	case width == 4:
		v, _, err := DecodeFloat32(key)
		return Float(float64(v)), rest, err
	default:
		v, _, err := DecodeFloat64(key)
		return Float(v), rest, err
	}
}

// Skip returns what follows the field's column at the beginning of key.
func (f Field) Skip(key []byte) (rest []byte, err error) {
	mask := f.mask()
	if f.Nullable {
		if len(key) == 0 {
			return nil, ErrShortKey
		}
		mark := key[0] ^ mask
		key = key[1:]
		if mark == nullMark {
			return key, nil
		}
		if mark != notNullMark {
			return nil, ErrCorruptKey
		}
	}
	if f.Kind.variable() {
		return skipString(key, mask)
	}
	if !f.Kind.validWidth(int(f.Width)) {
		return nil, ErrBadColumn
	}
	if len(key) < int(f.Width) {
		return nil, ErrShortKey
	}
	return key[f.Width:], nil
}

func (f Field) mask() byte {
	if f.Desc {
		return 0xFF
	}
	return 0
}

// accepts says whether a datum may stand in a column of the kind.
func (k Kind) accepts(d Datum) bool {
	switch k {
	case KindInt:
		return d.tag == tagInt
	case KindUint:
		return d.tag == tagUint
	case KindFloat:
		return d.tag == tagFloat
	case KindDecimal:
		return d.tag == tagBytes
	case KindBytes, KindText:
		return d.tag == tagBytes || d.tag == tagText || d.tag == tagExternal
	}
	return false
}

// exactFloat32 says whether a FLOAT column can hold f.
func exactFloat32(f float64) bool { return float64(float32(f)) == f }
