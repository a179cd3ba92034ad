package exec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"os"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// shards are rows in a file, split by the hash of a key: rows with equal keys are in the same
// shard, and each shard is worked on as if there were no other rows. Whoever runs out of memory
// again splits his shard by another hash.
type shards struct {
	seed   maphash.Seed
	file   value.File
	end    int64
	parts  [fanout]shard
	mem    memory
	head   []byte
	closed bool
}

const (
	fanout     = 16
	shardBlock = 8 << 10
	// maxSplits bounds how often rows are split: rows that are still too many have one key.
	maxSplits = 6
)

type shard struct {
	buf    []byte
	blocks []block
	rows   int
}

// block is a piece of a shard in the file.
type block struct {
	at int64
	n  int32
}

// newShards begins to split rows; level says how often that was done to them before.
func newShards(c *expr.Ctx, level int) (*shards, error) {
	if level >= maxSplits {
		return nil, tooManyAlike(c)
	}
	f, err := tempFile(c)
	if err != nil {
		return nil, err
	}
	s := &shards{seed: maphash.MakeSeed(), file: f}
	s.mem.force(c, fanout*shardBlock)
	return s, nil
}

// tooManyAlike is the budget's own error, for rows that no split makes fewer.
func tooManyAlike(c *expr.Ctx) error {
	if err := c.Charge(1 << 50); err != nil {
		return err
	}
	return sqlerr.CapacityExceeded.Errorf("Memory capacity exceeded. The statement was not executed.")
}

// of is the shard that a key belongs to.
func (s *shards) of(key []byte) int { return int(maphash.Bytes(s.seed, key) % fanout) }

// add writes a row to a shard.
func (s *shards) add(n int, row []byte) error {
	p := &s.parts[n]
	p.rows++
	s.head = binary.AppendUvarint(s.head[:0], uint64(len(row)))
	if err := s.put(p, s.head); err != nil {
		return err
	}
	return s.put(p, row)
}

func (s *shards) put(p *shard, b []byte) error {
	for len(b) > 0 {
		if p.buf == nil {
			p.buf = make([]byte, 0, shardBlock)
		}
		n := min(len(b), cap(p.buf)-len(p.buf))
		p.buf = append(p.buf, b[:n]...)
		b = b[n:]
		if len(p.buf) == cap(p.buf) {
			if err := s.flush(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *shards) flush(p *shard) error {
	if len(p.buf) == 0 {
		return nil
	}
	if _, err := s.file.WriteAt(p.buf, s.end); err != nil {
		return temporaryError(err)
	}
	p.blocks = append(p.blocks, block{s.end, int32(len(p.buf))})
	s.end += int64(len(p.buf))
	p.buf = p.buf[:0]
	return nil
}

func temporaryError(err error) error {
	if full := (*sqlerr.Error)(nil); errors.As(err, &full) {
		return err
	}
	var e *os.PathError
	if errors.As(err, &e) { // its path says nothing: the file has no name
		err = e.Err
	}
	return sqlerr.DiskFull.Errorf("Writing or reading a temporary file failed: %s", err).
		WithHint("make room on the disk of the data directory, or ask for fewer rows at once")
}

// finish ends writing: the buffers are in the file, and their memory is free.
func (s *shards) finish() error {
	for i := range s.parts {
		if err := s.flush(&s.parts[i]); err != nil {
			return err
		}
		s.parts[i].buf = nil
	}
	s.mem.give()
	return nil
}

func (s *shards) close() error {
	if s == nil || s.closed {
		return nil
	}
	s.closed = true
	s.mem.give()
	return s.file.Close()
}

// shardReader reads the rows of a shard.
type shardReader struct {
	s      *shards
	blocks []block
	buf    []byte
	at     int
	row    []byte
}

func (s *shards) read(n int) *shardReader { return &shardReader{s: s, blocks: s.parts[n].blocks} }

// next is the next row, nil at the end. It is valid until the next call.
func (r *shardReader) next() ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		if r.at == len(r.buf) && len(r.blocks) == 0 {
			return nil, nil
		}
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	if r.at+int(n) <= len(r.buf) {
		r.row = r.buf[r.at : r.at+int(n)]
		r.at += int(n)
		return r.row, nil
	}
	out := make([]byte, 0, n)
	for len(out) < int(n) {
		if r.at == len(r.buf) {
			if err := r.fill(); err != nil {
				return nil, err
			}
		}
		part := r.buf[r.at:min(len(r.buf), r.at+int(n)-len(out))]
		out = append(out, part...)
		r.at += len(part)
	}
	return out, nil
}

// ReadByte implements io.ByteReader, for the length of a row.
func (r *shardReader) ReadByte() (byte, error) {
	if r.at == len(r.buf) {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	r.at++
	return r.buf[r.at-1], nil
}

var errEndOfShard = errors.New("it ends")

func (r *shardReader) fill() error {
	if len(r.blocks) == 0 {
		return errEndOfShard
	}
	b := r.blocks[0]
	r.blocks = r.blocks[1:]
	if r.buf == nil {
		r.buf = make([]byte, shardBlock)
	}
	r.buf, r.at = r.buf[:b.n], 0
	if _, err := r.s.file.ReadAt(r.buf, b.at); err != nil {
		return temporaryError(err)
	}
	return nil
}

// shardRows gives the rows of a shard as batches. The shards belong to somebody else.
type shardRows struct {
	reader *shardReader
	types  []value.Type
	out    Batch
}

// rowsOf gives the rows of shard n, which were kept as appendRow keeps them.
func (s *shards) rowsOf(n int, types []value.Type) *shardRows {
	return &shardRows{reader: s.read(n), types: types}
}

// Next implements Rows.
func (r *shardRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := ended(c); err != nil {
		return nil, err
	}
	r.out.begin(r.types)
	for !r.out.full() {
		row, err := r.reader.next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		if err := r.out.addRow(row); err != nil {
			return nil, err
		}
	}
	return r.out.orNil(), nil
}

// Close implements Rows.
func (r *shardRows) Close() error { return nil }

// pending are shards whose rows wait for an operator that works on one after the other.
type pending struct {
	s    *shards
	next int
	rows Rows // of the shard that is worked on
}

// Next gives the rows that open makes of each shard.
func (p *pending) Next(c *expr.Ctx, open func(n int) (Rows, error)) (*Batch, error) {
	for p.s != nil {
		if p.rows == nil {
			for p.next < fanout && p.s.parts[p.next].rows == 0 {
				p.next++
			}
			if p.next == fanout {
				return nil, p.close()
			}
			var err error
			if p.rows, err = open(p.next); err != nil {
				return nil, err
			}
			p.next++
		}
		b, err := p.rows.Next(c)
		if b != nil || err != nil {
			return b, err
		}
		err = p.rows.Close()
		p.rows = nil
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (p *pending) close() error {
	var err error
	if p.rows != nil {
		err = p.rows.Close()
		p.rows = nil
	}
	s := p.s
	p.s = nil
	return errors.Join(err, s.close())
}
