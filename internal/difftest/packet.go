package difftest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// errShort is a packet that ends too early.
var errShort = errors.New("malformed packet")

// packet reads the fields of a packet. Reading behind its end gives zeros and
// sets bad.
type packet struct {
	b   []byte
	bad bool
}

func (p *packet) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.bad, p.b = true, nil
		return make([]byte, max(0, min(n, 8)))
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out
}

func (p *packet) uint8() uint8   { return p.take(1)[0] }
func (p *packet) uint16() uint16 { return binary.LittleEndian.Uint16(p.take(2)) }
func (p *packet) uint32() uint32 { return binary.LittleEndian.Uint32(p.take(4)) }
func (p *packet) uint64() uint64 { return binary.LittleEndian.Uint64(p.take(8)) }

func (p *packet) nulString() string {
	for i, c := range p.b {
		if c == 0 {
			s := string(p.b[:i])
			p.b = p.b[i+1:]
			return s
		}
	}
	s := string(p.b)
	p.b = nil
	return s
}

// lenenc reads a length; null says that it was the mark of NULL.
func (p *packet) lenenc() (n uint64, null bool) {
	switch c := p.uint8(); c {
	case 0xfb:
		return 0, true
	case 0xfc:
		return uint64(p.uint16()), false
	case 0xfd:
		b := p.take(3)
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16, false
	case 0xfe:
		return p.uint64(), false
	default:
		return uint64(c), false
	}
}

func (p *packet) lenencString() (string, bool) {
	n, null := p.lenenc()
	if null {
		return "", true
	}
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, nil
		return "", false
	}
	return string(p.take(int(n))), false
}

const maxFrame = 1<<24 - 1

// read reads one packet, of several frames if need be.
func (c *Conn) read() (*packet, error) {
	var all []byte
	for {
		var h [4]byte
		if _, err := io.ReadFull(c.in, h[:]); err != nil {
			return nil, err
		}
		c.seq = h[3] + 1
		n := int(h[0]) | int(h[1])<<8 | int(h[2])<<16
		b := make([]byte, n)
		if _, err := io.ReadFull(c.in, b); err != nil {
			return nil, err
		}
		all = append(all, b...)
		if n < maxFrame {
			return &packet{b: all}, nil
		}
	}
}

func (c *Conn) write(b []byte) error {
	if len(b) >= maxFrame {
		return fmt.Errorf("a statement of %d bytes does not fit into one frame", len(b))
	}
	out := append([]byte{byte(len(b)), byte(len(b) >> 8), byte(len(b) >> 16), c.seq}, b...)
	c.seq++
	_, err := c.conn.Write(out)
	return err
}

func appendLenenc(b []byte, s string) []byte {
	switch n := len(s); {
	case n < 251:
		b = append(b, byte(n))
	case n < 1<<16:
		b = append(b, 0xfc, byte(n), byte(n>>8))
	default:
		b = append(b, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	}
	return append(b, s...)
}

// Types of columns and parameters in the protocol.
const (
	typeDecimal, typeTiny, typeShort, typeLong            = 0, 1, 2, 3
	typeFloat, typeDouble, typeNull, typeTimestamp        = 4, 5, 6, 7
	typeLongLong, typeInt24, typeDate, typeTime           = 8, 9, 10, 11
	typeDateTime, typeYear                                = 12, 13
	typeNewDecimal, typeVarString                         = 246, 253
	flagUnsigned                                   uint16 = 32
)

// binaryCell reads a value of a prepared statement's row and writes it as text;
// both servers' values go through here, so that only what they sent differs.
func (p *packet) binaryCell(col Column) string {
	unsigned := col.Flags&flagUnsigned != 0
	integer := func(signed int64, u uint64) string {
		if unsigned {
			return strconv.FormatUint(u, 10)
		}
		return strconv.FormatInt(signed, 10)
	}
	switch col.Type {
	case typeTiny:
		v := p.uint8()
		return integer(int64(int8(v)), uint64(v))
	case typeShort, typeYear:
		v := p.uint16()
		return integer(int64(int16(v)), uint64(v))
	case typeLong, typeInt24:
		v := p.uint32()
		return integer(int64(int32(v)), uint64(v))
	case typeLongLong:
		v := p.uint64()
		return integer(int64(v), v)
	case typeFloat:
		return strconv.FormatFloat(float64(math.Float32frombits(p.uint32())), 'g', -1, 32)
	case typeDouble:
		return strconv.FormatFloat(math.Float64frombits(p.uint64()), 'g', -1, 64)
	case typeDate, typeDateTime, typeTimestamp:
		return p.binaryDate(col.Type == typeDate)
	case typeTime:
		return p.binaryTime()
	}
	s, _ := p.lenencString()
	return s
}

func (p *packet) binaryDate(short bool) string {
	n := int(p.uint8())
	var year, month, day, hour, minute, second, micro int
	if n >= 4 {
		year, month, day = int(p.uint16()), int(p.uint8()), int(p.uint8())
	}
	if n >= 7 {
		hour, minute, second = int(p.uint8()), int(p.uint8()), int(p.uint8())
	}
	if n >= 11 {
		micro = int(p.uint32())
	}
	if short && n <= 4 {
		return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	}
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", year, month, day, hour, minute, second, micro)
}

func (p *packet) binaryTime() string {
	n := int(p.uint8())
	var days, hour, minute, second, micro int
	sign := ""
	if n >= 8 {
		if p.uint8() != 0 {
			sign = "-"
		}
		days, hour, minute, second = int(p.uint32()), int(p.uint8()), int(p.uint8()), int(p.uint8())
	}
	if n >= 12 {
		micro = int(p.uint32())
	}
	return fmt.Sprintf("%s%d:%02d:%02d.%06d", sign, days*24+hour, minute, second, micro)
}
