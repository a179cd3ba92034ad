package embed

import (
	"encoding/binary"
	"hash/crc32"
)

// # Chunks of the log
//
// The LSM's log is a row of blocks of 32 KiB, each a row of chunks; a record
// (one batch) is cut into chunks where a block ends. What is left of a block and
// too short for a header is zero. A chunk is, little endian:
//
//	checksum 4 | bytes of data 2 | type 1 | log number 4 | promise 8 | data
//
// The promise is an offset up to which the log had been synced when the chunk
// was written. The checksum covers everything from the type on. A log that was
// closed ends with the trailer, 11 bytes with the number of the next log.
const (
	logBlockBytes    = 32 << 10
	chunkHeaderBytes = 19
	trailerBytes     = 11

	// The types with a promise: a whole record, its first, a middle, its last chunk.
	chunkFull, chunkLast = 9, 12
	// trailerType is a whole record in the format without promises.
	trailerType = 5
)

// logChunk is a header and its data, whatever they are worth.
type logChunk []byte

// cutChunk takes the chunk from the front of b, which ends where its block does;
// false when there is none of such a length.
func cutChunk(b []byte) (logChunk, bool) {
	if len(b) < chunkHeaderBytes {
		return nil, false
	}
	n := chunkHeaderBytes + int(binary.LittleEndian.Uint16(b[4:]))
	if n > len(b) {
		return nil, false
	}
	return b[:n], true
}

func (c logChunk) number() uint32  { return binary.LittleEndian.Uint32(c[7:]) }
func (c logChunk) promise() uint64 { return binary.LittleEndian.Uint64(c[11:]) }

// intact is true of a chunk with a promise that is as it was written.
func (c logChunk) intact() bool {
	return c[6] >= chunkFull && c[6] <= chunkLast && binary.LittleEndian.Uint32(c) == chunkChecksum(c[6:])
}

func (c logChunk) setPromise(offset uint64) {
	binary.LittleEndian.PutUint64(c[11:], offset)
	binary.LittleEndian.PutUint32(c, chunkChecksum(c[6:]))
}

// intactIn is true of a chunk that would be intact with this log number.
func (c logChunk) intactIn(number uint32) bool {
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], number)
	sum := crc32.Update(crc32.Checksum(c[6:7], castagnoli), castagnoli, n[:])
	sum = crc32.Update(sum, castagnoli, c[11:])
	return c[6] >= chunkFull && c[6] <= chunkLast && binary.LittleEndian.Uint32(c) == maskChecksum(sum)
}

// isTrailer is true when b begins with the end of a closed log.
func isTrailer(b []byte, number uint32) bool {
	return len(b) >= trailerBytes && binary.LittleEndian.Uint32(b) == 0 && binary.LittleEndian.Uint16(b[4:]) == 0 &&
		b[6] == trailerType && binary.LittleEndian.Uint32(b[7:]) == number+1
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunkChecksum is CRC-32C, turned and moved so that data that contain their own
// CRC do not look whole.
func chunkChecksum(b []byte) uint32 { return maskChecksum(crc32.Checksum(b, castagnoli)) }

func maskChecksum(sum uint32) uint32 { return (sum>>15 | sum<<17) + 0xa282ead8 }

func unmaskChecksum(masked uint32) uint32 {
	sum := masked - 0xa282ead8
	return sum>>17 | sum<<15
}
