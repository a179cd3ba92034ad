package expr

import (
	"bytes"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// bitAggregates compute with 64 bits, and byte by byte with binary strings. They are
// never NULL: no rows give the neutral bits.
var bitAggregates = []Aggregate{
	{Name: "bit_and", Min: 1, Max: 1, Result: bitType, New: newBits(bitAnd), About: "bits that all rows have"},
	{Name: "bit_or", Min: 1, Max: 1, Result: bitType, New: newBits(bitOr), About: "bits that one row has"},
	{Name: "bit_xor", Min: 1, Max: 1, Result: bitType, New: newBits(bitXor), About: "bits that an odd number of rows has"},
}

type bitOp uint8

const (
	bitAnd bitOp = iota
	bitOr
	bitXor
)

func (op bitOp) of(a, b uint64) uint64 {
	switch op {
	case bitAnd:
		return a & b
	case bitOr:
		return a | b
	}
	return a ^ b
}

func bitType(f *AggregateCall) (value.Type, error) {
	if t := f.Arg(0); binaryBits(t) {
		return value.BytesOf(textLength(t)), nil
	}
	return value.BigUint, nil
}

func newBits(op bitOp) func(*AggregateCall) State {
	return func(f *AggregateCall) State {
		s := bitState{call: f, op: op, binary: f.Type().IsBinary()}
		if op == bitAnd {
			s.bits = ^uint64(0)
		}
		if op == bitXor {
			return &xorState{s}
		}
		return &s
	}
}

type bitState struct {
	call   *AggregateCall
	op     bitOp
	binary bool
	bits   uint64
	bytes  []byte // nil: no row yet
}

func (s *bitState) Add(c *Ctx, a []value.Value) error {
	if !s.binary {
		n, err := value.ToUint(c.Env, a[0], s.call.Arg(0))
		s.bits = s.op.of(s.bits, n)
		return err
	}
	return s.addBytes(c, a[0].Bytes())
}

func (s *bitState) addBytes(c *Ctx, b []byte) error {
	if s.bytes == nil {
		s.bytes = append(make([]byte, 0, len(b)), b...)
		return c.Hold(len(b))
	}
	if len(b) != len(s.bytes) {
		return sqlerr.InvalidBitwiseOperandsSize.Errorf("Binary operands of bitwise operators must be of equal length")
	}
	for i := range b {
		s.bytes[i] = byte(s.op.of(uint64(s.bytes[i]), uint64(b[i])))
	}
	return nil
}

func (s *bitState) merge(c *Ctx, o *bitState) error {
	s.bits = s.op.of(s.bits, o.bits)
	if o.bytes == nil {
		return nil
	}
	return s.addBytes(c, o.bytes)
}

func (s *bitState) Merge(c *Ctx, other State) error { return s.merge(c, other.(*bitState)) }

func (s *bitState) Result(*Ctx) (value.Value, error) {
	switch {
	case !s.binary:
		return value.Uint(s.bits), nil
	case s.bytes != nil:
		return value.Bytes(append(make([]byte, 0, len(s.bytes)), s.bytes...)), nil
	}
	neutral := []byte{0}
	if s.op == bitAnd {
		neutral = []byte{0xFF}
	}
	return value.Bytes(bytes.Repeat(neutral, int(min(s.call.Type().Length, 1<<16)))), nil
}

// xorState takes rows back by adding them once more.
type xorState struct{ bitState }

func (s *xorState) Remove(c *Ctx, a []value.Value) error { return s.Add(c, a) }

func (s *xorState) Merge(c *Ctx, other State) error { return s.merge(c, &other.(*xorState).bitState) }
