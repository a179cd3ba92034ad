package exec

import (
	"encoding/binary"
	"math"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Rows that outlive their batch are kept as bytes: one tag for each value with what it
// needs behind it. They need little memory, can be counted, and can go to a file as they are.

const (
	tagNull byte = iota
	tagInt
	tagUint
	tagDouble
	tagDecimal
	tagString
	tagDate
	tagDateTime
	tagTime
	tagJSON
)

// appendValue adds a value.
func appendValue(dst []byte, v value.Value) []byte {
	switch v.Class() {
	case value.ClassInt:
		return binary.AppendVarint(append(dst, tagInt), v.Int())
	case value.ClassUint:
		return binary.AppendUvarint(append(dst, tagUint), v.Uint())
	case value.ClassDouble:
		return binary.LittleEndian.AppendUint64(append(dst, tagDouble), math.Float64bits(v.Double()))
	case value.ClassDecimal:
		return appendBytes(append(dst, tagDecimal), v.Decimal().Append(nil))
	case value.ClassString:
		return appendBytes(append(dst, tagString), v.Bytes())
	case value.ClassDate:
		return binary.AppendUvarint(append(dst, tagDate), uint64(v.DateTime()))
	case value.ClassDateTime:
		return binary.AppendUvarint(append(dst, tagDateTime), uint64(v.DateTime()))
	case value.ClassTime:
		return binary.AppendVarint(append(dst, tagTime), v.Micros())
	case value.ClassJSON:
		return appendBytes(append(dst, tagJSON), v.JSON().AppendStored(nil))
	}
	return append(dst, tagNull)
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// readValue reads one value; a string is part of b.
func readValue(b []byte) (v value.Value, rest []byte) {
	tag := b[0]
	b = b[1:]
	switch tag {
	case tagInt, tagTime:
		n, used := binary.Varint(b)
		if tag == tagTime {
			return value.Time(n), b[used:]
		}
		return value.Int(n), b[used:]
	case tagUint, tagDate, tagDateTime:
		n, used := binary.Uvarint(b)
		switch tag {
		case tagDate:
			return value.Date(codec.DateTime(n)), b[used:]
		case tagDateTime:
			return value.DateTime(codec.DateTime(n)), b[used:]
		}
		return value.Uint(n), b[used:]
	case tagDouble:
		return value.Double(math.Float64frombits(binary.LittleEndian.Uint64(b))), b[8:]
	case tagDecimal, tagString, tagJSON:
		n, used := binary.Uvarint(b)
		data := b[used : used+int(n) : used+int(n)]
		b = b[used+int(n):]
		switch tag {
		case tagDecimal:
			d, _ := value.ParseDecimal(data)
			return value.Dec(d), b
		case tagJSON:
			j, err := value.ParseStoredJSON(data)
			if err != nil { // cannot be: appendValue wrote it
				return value.Null, b
			}
			return value.Document(j), b
		}
		return value.Bytes(data), b
	}
	return value.Null, b
}

// rowBuffer keeps rows of a fixed width in memory.
type rowBuffer struct {
	width  int
	chunks [][]byte
	rows   []rowAt
	free   []byte // of the last chunk
	mem    memory
}

// rowAt is where a row stands.
type rowAt struct {
	chunk  uint32
	offset uint32
}

const chunkBytes = 64 << 10

// add keeps row i of a batch.
func (r *rowBuffer) add(c *expr.Ctx, b *Batch, i int, scratch []byte) ([]byte, error) {
	scratch = scratch[:0]
	for n := range b.Columns {
		scratch = appendValue(scratch, b.Value(n, b.At(i)))
	}
	_, err := r.put(c, scratch)
	return scratch, err
}

// put keeps bytes and returns the number of the row.
func (r *rowBuffer) put(c *expr.Ctx, row []byte) (int, error) {
	if len(r.free) < len(row) || r.chunks == nil {
		size := max(chunkBytes, len(row))
		if len(r.chunks) == 0 {
			size = max(1024, len(row)) // most buffers are small
		}
		if err := r.mem.take(c, size); err != nil {
			return 0, err
		}
		chunk := make([]byte, size)
		r.chunks = append(r.chunks, chunk)
		r.free = chunk
	}
	if len(r.rows) == cap(r.rows) {
		if err := r.mem.take(c, 8*max(64, cap(r.rows))); err != nil {
			return 0, err
		}
		r.rows = append(make([]rowAt, 0, max(64, 2*cap(r.rows))), r.rows...)
	}
	last := len(r.chunks) - 1
	at := rowAt{uint32(last), uint32(len(r.chunks[last]) - len(r.free))}
	r.free = r.free[copy(r.free, row):]
	r.rows = append(r.rows, at)
	return len(r.rows) - 1, nil
}

// putAnyway keeps bytes that there is no memory for.
func (r *rowBuffer) putAnyway(c *expr.Ctx, row []byte) (int, error) {
	if len(r.free) < len(row) || r.chunks == nil {
		chunk := make([]byte, max(4096, len(row)))
		r.mem.force(c, len(chunk))
		r.chunks, r.free = append(r.chunks, chunk), chunk
	}
	if len(r.rows) == cap(r.rows) {
		r.mem.force(c, 8*64)
		r.rows = append(make([]rowAt, 0, cap(r.rows)+64), r.rows...)
	}
	return r.put(c, row)
}

// bytes is the rest of the chunk from row n on.
func (r *rowBuffer) bytes(n int) []byte {
	at := r.rows[n]
	return r.chunks[at.chunk][at.offset:]
}

// row is row n alone.
func (r *rowBuffer) row(n int) []byte {
	at := r.rows[n]
	chunk := r.chunks[at.chunk]
	end := len(chunk) - len(r.free)
	if n+1 < len(r.rows) && r.rows[n+1].chunk == at.chunk {
		end = int(r.rows[n+1].offset)
	} else if int(at.chunk) != len(r.chunks)-1 {
		end = len(chunk)
	}
	return chunk[at.offset:end:end]
}

// read sets row to row n.
func (r *rowBuffer) read(n int, row []value.Value) {
	b := r.bytes(n)
	for i := range row {
		row[i], b = readValue(b)
	}
}

// len is the number of rows.
func (r *rowBuffer) len() int { return len(r.rows) }

// release gives the memory back.
func (r *rowBuffer) release() {
	r.chunks, r.rows, r.free = nil, nil, nil
	r.mem.give()
}

// reset empties the buffer, which keeps its first chunk.
func (r *rowBuffer) reset() {
	r.rows = r.rows[:0]
	if len(r.chunks) > 0 {
		r.chunks = r.chunks[:1]
		r.free = r.chunks[0]
	}
}

// memory is what an operator has taken of the statement's budget.
type memory struct {
	taken int
	env   *value.Env
}

// floorBytes are what every operator may have whatever others have taken: with less it could not
// even write what it gets to files.
const floorBytes = 128 << 10

// take asks the budget for so many bytes.
func (m *memory) take(c *expr.Ctx, bytes int) error {
	if err := c.ChargeKept(bytes); err != nil {
		if m.taken+bytes > floorBytes || c.Overdraw == nil {
			return err
		}
		c.Overdraw(bytes)
	}
	m.taken += bytes
	m.env = c.Env
	return nil
}

// force takes what there is no going on without.
func (m *memory) force(c *expr.Ctx, bytes int) {
	m.env = c.Env
	m.more(bytes)
}

// more is force for somebody who has taken something before.
func (m *memory) more(bytes int) {
	if m.env.Charge(bytes) != nil {
		if m.env.Overdraw == nil {
			return
		}
		m.env.Overdraw(bytes)
	}
	m.taken += bytes
}

// giveSome returns a part of what was taken.
func (m *memory) giveSome(bytes int) {
	if bytes = min(bytes, m.taken); bytes > 0 {
		_ = m.env.Charge(-bytes)
		m.taken -= bytes
	}
}

// adopt takes over what somebody else has taken for the same statement.
func (m *memory) adopt(c *expr.Ctx, from *memory) {
	m.taken += from.taken
	m.env = c.Env
	from.taken = 0
}

// give returns all that was taken.
func (m *memory) give() { m.giveSome(m.taken) }
