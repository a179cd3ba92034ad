package embed

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/wal"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// # Witnesses in the log
//
// Recovery takes the first chunk that it cannot read for the torn end of the log,
// unless a later one says that more had been synced. The LSM writes such an offset
// into each chunk, but it counts too little: what a block gets before it is full and
// was not flushed by itself is left out, the more so the larger the records, and the
// offset of a sync is stored after those who waited for the sync go on. So near the
// end of a log, a sixth of it with records of 10 KB, one flipped bit would drop
// commits that were acknowledged.
//
// Therefore each of our batches begins with a note of its own, the number of the
// newest write that was durable when the batch was made, and before the LSM replays
// its newest log we read it ourselves: when something is unreadable and a note
// behind it vouches for more than what stands before it, the log is damaged.
// Behind the last commit the seal's notes do this.

const (
	witnessMagic = "lxw1"
	witnessBytes = len(witnessMagic) + 8
	// A note stands at the begin of a batch: sequence number, count, kind, length.
	batchHeaderBytes = 12
	notedBytes       = batchHeaderBytes + 2 + witnessBytes
)

// witness is the note that is true now, padded to n bytes.
func (e *Engine) witness(n int) []byte {
	b := make([]byte, max(n, witnessBytes))
	copy(b, witnessMagic)
	binary.LittleEndian.PutUint64(b[len(witnessMagic):], e.durableSeq.Load())
	return b
}

// vouch raises what later notes say. The batch is durable.
func (e *Engine) vouch(b *pebble.Batch) {
	e.durableSeq.Store(uint64(b.SeqNum()) + uint64(b.Count()) - 1)
}

// checkLog reads the newest log in the directory; the LSM itself is strict about the
// others.
func checkLog(o *Options) error {
	names, err := o.FS.List(o.Dir)
	if err != nil {
		return fmt.Errorf("embed: look for logs in %s: %w", o.Dir, err)
	}
	newest, name := wal.NumWAL(0), ""
	for _, n := range names {
		if num, index, ok := wal.ParseLogFilename(n); ok && index == 0 && (name == "" || num > newest) {
			newest, name = num, n
		}
	}
	if name == "" {
		return nil
	}
	f, err := o.FS.Open(o.FS.PathJoin(o.Dir, name))
	if err != nil {
		return fmt.Errorf("embed: open log: %w", err)
	}
	defer f.Close()
	r := logReader{num: uint32(newest)}
	at, err := r.read(f)
	if err != nil {
		return fmt.Errorf("embed: read log %s: %w", name, err)
	}
	if at >= 0 {
		return fmt.Errorf("%w: log %s is damaged at byte %d; hint: nothing was changed; restore the newest backup, "+
			"and keep this directory: the damaged log still holds later commits", kv.ErrCorrupt, name, at)
	}
	return nil
}

// logReader goes through the chunks of a log.
type logReader struct {
	num   uint32 // of the log, in each of its chunks
	good  uint64 // the newest write of the records that can be read, 0 before the first
	seen  bool   // there was one
	begun []byte // of the record that is being read, as much as a note needs
}

// Sizes in the log's format, see the LSM's package record.
const (
	logBlockBytes = 32 << 10
	chunkBytes    = 11 // header with the log's number
	syncedBytes   = 19 // and with the offset
)

// read returns where the log is damaged, -1 when it is not or nothing says so.
func (r *logReader) read(f io.Reader) (int64, error) {
	broken := int64(-1)
	block := make([]byte, logBlockBytes)
	zero := make([]byte, logBlockBytes)
	for base := int64(0); ; base += logBlockBytes {
		n, err := io.ReadFull(f, block)
		if n == 0 && err == io.EOF {
			return -1, nil
		}
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return -1, err
		}
		b := block[:n]
		if slices.Equal(b, zero[:n]) {
			if broken < 0 {
				broken = base // the end, most likely: logs are made larger before they are written
			}
			continue
		}
		at, stopped, over := r.whole(b, broken >= 0)
		if over {
			return broken, nil
		}
		if stopped && broken < 0 {
			broken = base + int64(at)
			// What follows in the same block begins nobody knows where.
			over = r.search(b[at:])
		}
		if over {
			return broken, nil
		}
	}
}

// whole reads chunk after chunk of a block. stopped says that one at at cannot be
// read; over, that the answer is known: behind damage a note was found.
func (r *logReader) whole(b []byte, behind bool) (at int, stopped, over bool) {
	for at+chunkBytes <= len(b) {
		c, ok := r.chunk(b[at:])
		if !ok {
			if rest := b[at:]; len(rest) < syncedBytes && slices.Max(rest) == 0 {
				return at, false, false // no room for another one in the block
			}
			return at, true, false
		}
		at += c.size
		if r.take(c, behind) {
			return at, false, true
		}
	}
	return at, false, false
}

// search looks for chunks anywhere in the rest of a block.
func (r *logReader) search(b []byte) bool {
	r.begun = nil
	for at := 1; at+chunkBytes <= len(b); {
		c, ok := r.chunk(b[at:])
		if !ok {
			at++
			continue
		}
		at += c.size
		if r.take(c, true) {
			return true
		}
	}
	return false
}

// chunk is one that can be read.
type chunk struct {
	first, last bool // of its record
	payload     []byte
	size        int
}

var logTable = crc32.MakeTable(crc32.Castagnoli)

// chunk reads one, if there is one: of four kinds in each of two formats.
func (r *logReader) chunk(b []byte) (chunk, bool) {
	header, kind := chunkBytes, int(b[6])-5
	if kind >= 4 {
		header, kind = syncedBytes, kind-4
	}
	size := header + int(binary.LittleEndian.Uint16(b[4:]))
	if kind < 0 || kind > 3 || size > len(b) || binary.LittleEndian.Uint32(b[7:]) != r.num {
		return chunk{}, false
	}
	sum := crc32.Checksum(b[6:size], logTable)
	if sum = sum>>15 | sum<<17; binary.LittleEndian.Uint32(b) != sum+0xa282ead8 {
		return chunk{}, false
	}
	return chunk{first: kind == 0 || kind == 1, last: kind == 0 || kind == 3, payload: b[header:size], size: size}, true
}

// take looks at one chunk; true when it is behind damage and vouches for more than
// could be read before.
func (r *logReader) take(c chunk, behind bool) bool {
	if c.first {
		r.begun = []byte{}
	}
	if r.begun == nil {
		return false // the begin of the record cannot be read
	}
	r.begun = append(r.begun, c.payload[:min(len(c.payload), max(0, notedBytes-len(r.begun)))]...)
	if behind {
		note := r.begun
		if len(note) < notedBytes || note[batchHeaderBytes] != byte(pebble.InternalKeyKindLogData) ||
			string(note[batchHeaderBytes+2:][:len(witnessMagic)]) != witnessMagic {
			return false
		}
		return r.seen && binary.LittleEndian.Uint64(note[notedBytes-8:]) > r.good
	}
	if c.last && len(r.begun) >= batchHeaderBytes {
		r.good = binary.LittleEndian.Uint64(r.begun) + uint64(binary.LittleEndian.Uint32(r.begun[8:])) - 1
		r.seen = true
	}
	if c.last {
		r.begun = nil
	}
	return false
}
