package embed

import (
	"encoding/binary"
	"fmt"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
)

// # Writing ahead of the LSM
//
// The LSM has a goroutine of its own that writes and syncs its log, the flusher. A commit alone wakes it and is woken
// by it: on an idle machine each of these starts a thread that looks for work and finds none, which costs more
// processor time than the statement.
//
// So who makes a group durable writes its record himself. A record is cut into chunks as the LSM does it
// (logchunk.go), and the place is where the log ends, because nobody writes to it but the lead. The LSM, told not to
// sync, keeps the same chunks in its block. It hands them over when the block is full or the log is closed: the file
// then compares and writes nothing.
//
// The place is known
//
//   - when nothing is in flight: all of the log has been written then, by us or by the flusher who was waited for;
//   - behind a group whose place is known.
//
// A log is begun by the LSM at times that we do not choose, but never between the begin and the end of the write of a
// record. So when the newest log is the same before and after the LSM took the record, it is in that one. Otherwise
// it may be in either, and the LSM is asked to sync. The first record of each log is left to the flusher: only
// behind chunks that are as we know them we write some.
type place struct {
	log *logFile // nil: the flusher writes
	at  int64
	// moved: a log was begun meanwhile.
	moved bool
}

// maxAheadBytes is the largest record that is not left to the flusher, which writes the first blocks of a large one while
// the rest is being copied.
const maxAheadBytes = 64 << 10

// nextPlace is where a record of n bytes will be. REQUIRES: the lead.
func (e *Engine) nextPlace(n int) place {
	log := e.newestLog.Load()
	if log == nil || n > maxAheadBytes {
		return place{}
	}
	if e.commit.inflight.Load() > 0 {
		if e.commit.next.log != log {
			return place{}
		}
		return e.commit.next
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if log.number == 0 {
		return place{}
	}
	return place{log: log, at: log.written}
}

// applyTo gives the batch to the LSM and returns where its record is. REQUIRES: the lead.
func (e *Engine) applyTo(p place, batch *pebble.Batch) (place, error) {
	e.commit.next = place{}
	if p.log == nil {
		return p, e.p.ApplyNoSyncWait(batch, pebble.Sync)
	}
	if err := e.p.Apply(batch, pebble.NoSync); err != nil {
		return p, err
	}
	if p.moved = e.newestLog.Load() != p.log; !p.moved {
		e.commit.next = place{log: p.log, at: chunkedEnd(p.at, batch.Len())}
	}
	return p, nil
}

// syncRecord makes the record of the group durable, and with it all before. REQUIRES: order.
func (e *Engine) syncRecord(g *group) error {
	switch {
	case g.place.log == nil:
		return g.batch.SyncWait()
	case g.place.moved:
		return e.p.LogData(nil, pebble.Sync)
	}
	return g.place.log.put(g.batch.Repr(), g.place.at)
}

// put writes a record at this place, as far as the flusher was not faster, and syncs.
func (f *logFile) put(record []byte, at int64) error {
	f.open.Lock()
	defer f.open.Unlock()
	end, err := f.writeAhead(record, at)
	if err != nil {
		return err
	}
	return f.syncTo(end)
}

// writeAhead writes it. REQUIRES: open.
func (f *logFile) writeAhead(record []byte, at int64) (end int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	end = chunkedEnd(at, len(record))
	if at > f.written {
		return 0, fmt.Errorf("a hole in the log: %d bytes of it are written, a record begins at %d", f.written, at)
	}
	if end <= f.written {
		return end, nil
	}
	if f.closed {
		return 0, fs.ErrClosed
	}
	had := len(f.ahead)
	f.ahead = appendChunks(f.ahead, record, at, f.number, uint64(f.synced))
	copy(f.ahead[had:], f.ahead[had+int(f.written-at):])
	f.ahead = f.ahead[:len(f.ahead)-int(f.written-at)]
	_, err = f.write(f.ahead[had:])
	return end, err
}

// appendChunks cuts a record that begins at this place of its log into chunks.
func appendChunks(dst, record []byte, at int64, number uint32, promised uint64) []byte {
	for first := true; first || len(record) > 0; first = false {
		room := logBlockBytes - int(at%logBlockBytes)
		n := min(room-chunkHeaderBytes, len(record))
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
		dst = append(dst, chunkType(first, n == len(record)))
		dst = binary.LittleEndian.AppendUint32(dst, number)
		dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
		dst = append(dst, record[:n]...)
		logChunk(dst[start:]).setPromise(promised)
		next := chunkEnd(at, n)
		dst = append(dst, zeros[:next-at-int64(chunkHeaderBytes+n)]...)
		record, at = record[n:], next
	}
	return dst
}

var zeros [chunkHeaderBytes]byte

func chunkType(first, last bool) byte {
	switch {
	case first && last:
		return chunkFull
	case first:
		return chunkFirst
	case last:
		return chunkLast
	}
	return chunkMiddle
}

// chunkEnd is where the next chunk begins behind one with n bytes of data.
func chunkEnd(at int64, n int) int64 {
	at += int64(chunkHeaderBytes + n)
	if left := logBlockBytes - at%logBlockBytes; left < chunkHeaderBytes {
		at += left
	}
	return at
}

// chunkedEnd is where the next record begins behind one of n bytes.
func chunkedEnd(at int64, n int) int64 {
	for first := true; first || n > 0; first = false {
		step := min(logBlockBytes-int(at%logBlockBytes)-chunkHeaderBytes, n)
		at, n = chunkEnd(at, step), n-step
	}
	return at
}
