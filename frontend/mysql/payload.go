package mysql

import (
	"bytes"
	"encoding/binary"
)

// payload reads a packet's fields in order. A read past the end sets bad and
// returns zeroes, so a parser checks once at its end.
type payload struct {
	b   []byte
	bad bool
}

func (p *payload) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.bad = true
		p.b = nil
		return nil
	}
	field := p.b[:n:n]
	p.b = p.b[n:]
	return field
}

func (p *payload) uint8() uint8 {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *payload) uint16() uint16 {
	if b := p.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (p *payload) uint32() uint32 {
	if b := p.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (p *payload) uint64() uint64 {
	if b := p.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// lenenc reads a length-encoded integer. NULL and the reserved 0xff are bad.
func (p *payload) lenenc() uint64 {
	switch first := p.uint8(); first {
	case 0xfc:
		return uint64(p.uint16())
	case 0xfd:
		b := p.take(3)
		if b == nil {
			return 0
		}
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16
	case 0xfe:
		return p.uint64()
	case lenencNull, 0xff:
		p.bad = true
		return 0
	default:
		return uint64(first)
	}
}

// lenencBytes reads a length-encoded string, in place.
func (p *payload) lenencBytes() []byte {
	n := p.lenenc()
	if n > uint64(len(p.b)) {
		p.bad = true
		p.b = nil
		return nil
	}
	return p.take(int(n))
}

// nulString reads up to a zero byte, which it consumes.
func (p *payload) nulString() string {
	i := bytes.IndexByte(p.b, 0)
	if i < 0 {
		p.bad = true
		p.b = nil
		return ""
	}
	s := string(p.b[:i])
	p.b = p.b[i+1:]
	return s
}

// rest returns what is left.
func (p *payload) rest() []byte { return p.take(len(p.b)) }

func appendLenenc(b []byte, n uint64) []byte {
	switch {
	case n < lenencNull:
		return append(b, byte(n))
	case n < 1<<16:
		return append(b, 0xfc, byte(n), byte(n>>8))
	case n < 1<<24:
		return append(b, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xfe), n)
}

func appendLenencBytes[T string | []byte](b []byte, s T) []byte {
	return append(appendLenenc(b, uint64(len(s))), s...)
}
