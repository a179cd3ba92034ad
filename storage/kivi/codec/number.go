package codec

import (
	"encoding/binary"
	"fmt"
	"math"
)

// FitsInt says whether v can be stored in a signed column of width bytes.
func FitsInt(v int64, width int) bool {
	shift := uint(64 - 8*width)
	return v<<shift>>shift == v
}

// FitsUint says whether v can be stored in an unsigned column of width bytes.
func FitsUint(v uint64, width int) bool {
	shift := uint(64 - 8*width)
	return v<<shift>>shift == v
}

// AppendInt appends a signed integer of 1 to 8 bytes: big-endian with the sign
// bit flipped, so that negative numbers come first.
//
// It panics when v does not fit: the value was to be converted to the column's
// type first (see FitsInt), and a cut number would be a wrong key in silence.
func AppendInt(dst []byte, v int64, width int) []byte {
	if uint(width-1) > 7 || !FitsInt(v, width) {
		panic(fmt.Sprintf("codec: integer %d does not fit %d bytes", v, width))
	}
	return appendBig(dst, uint64(v)^signBit(width), width)
}

// AppendUint appends an unsigned integer of 1 to 8 bytes, big-endian. It panics
// like AppendInt.
func AppendUint(dst []byte, v uint64, width int) []byte {
	if uint(width-1) > 7 || !FitsUint(v, width) {
		panic(fmt.Sprintf("codec: integer %d does not fit %d bytes", v, width))
	}
	return appendBig(dst, v, width)
}

// DecodeInt is the inverse of AppendInt.
func DecodeInt(key []byte, width int) (v int64, rest []byte, err error) {
	u, rest, err := DecodeUint(key, width)
	if err != nil {
		return 0, nil, err
	}
	shift := uint(64 - 8*width)
	return int64((u^signBit(width))<<shift) >> shift, rest, nil
}

// DecodeUint is the inverse of AppendUint.
func DecodeUint(key []byte, width int) (v uint64, rest []byte, err error) {
	if uint(width-1) > 7 || len(key) < width {
		return 0, nil, ErrShortKey
	}
	if width == 8 {
		return binary.BigEndian.Uint64(key), key[8:], nil
	}
	for _, b := range key[:width] {
		v = v<<8 | uint64(b)
	}
	return v, key[width:], nil
}

func signBit(width int) uint64 { return 1 << uint(8*width-1) }

func appendBig(dst []byte, u uint64, width int) []byte {
	if width == 8 {
		return binary.BigEndian.AppendUint64(dst, u)
	}
	if width == 4 {
		return binary.BigEndian.AppendUint32(dst, uint32(u))
	}
	for s := 8 * (width - 1); s >= 0; s -= 8 {
		dst = append(dst, byte(u>>uint(s)))
	}
	return dst
}

// AppendFloat64 appends a DOUBLE: the sign bit flipped for positive numbers,
// all bits for negative ones. -0 is stored as +0, so that they are one key.
func AppendFloat64(dst []byte, f float64) ([]byte, error) {
	if f != f {
		return dst, ErrNaN
	}
	u := math.Float64bits(f)
	switch {
	case f == 0:
		u = 1 << 63
	case u>>63 == 1:
		u = ^u
	default:
		u |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, u), nil
}

// AppendFloat32 appends a FLOAT, four bytes wide, like AppendFloat64.
func AppendFloat32(dst []byte, f float32) ([]byte, error) {
	if f != f {
		return dst, ErrNaN
	}
	u := math.Float32bits(f)
	switch {
	case f == 0:
		u = 1 << 31
	case u>>31 == 1:
		u = ^u
	default:
		u |= 1 << 31
	}
	return binary.BigEndian.AppendUint32(dst, u), nil
}

// DecodeFloat64 is the inverse of AppendFloat64. NaN and -0 are not keys.
func DecodeFloat64(key []byte) (f float64, rest []byte, err error) {
	if len(key) < 8 {
		return 0, nil, ErrShortKey
	}
	u := binary.BigEndian.Uint64(key)
	if u>>63 == 1 {
		u ^= 1 << 63
	} else {
		u = ^u
	}
	f = math.Float64frombits(u)
	if f != f || u == 1<<63 {
		return 0, nil, ErrCorruptKey
	}
	return f, key[8:], nil
}

// DecodeFloat32 is the inverse of AppendFloat32.
func DecodeFloat32(key []byte) (f float32, rest []byte, err error) {
	if len(key) < 4 {
		return 0, nil, ErrShortKey
	}
	u := binary.BigEndian.Uint32(key)
	if u>>31 == 1 {
		u ^= 1 << 31
	} else {
		u = ^u
	}
	f = math.Float32frombits(u)
	if f != f || u == 1<<31 {
		return 0, nil, ErrCorruptKey
	}
	return f, key[4:], nil
}
