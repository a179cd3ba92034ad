package embed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
)

// # Damage of the manifest
//
// The manifest says which tables and logs make up the store, one edit after
// another. The LSM takes the first edit that it cannot read for the torn end: one
// flipped bit, and it forgets the tables of all later edits, without a word, and
// deletes their files. Its chunks have no promises:
//
//	checksum 4 | bytes of data 2 | type 1 | data
//
// but each edit is synced before the next is written. So the manifest is damaged
//
//   - when behind a chunk that is not whole another edit begins;
//   - when that chunk is whole with one bit turned: the last edit stays the last
//     for hours, with nothing behind it. That a torn chunk looks like this has a
//     chance of its bits in 2³², below one in a million for most edits.
const (
	editHeaderBytes = 7
	editFull        = 1 // a whole edit
	editFirst       = 2 // its first chunk
	editLast        = 4
)

// editChunk is a header and its data, whatever they are worth.
type editChunk []byte

func cutEdit(b []byte) (editChunk, bool) {
	if len(b) < editHeaderBytes {
		return nil, false
	}
	n := editHeaderBytes + int(binary.LittleEndian.Uint16(b[4:]))
	if n > len(b) {
		return nil, false
	}
	return b[:n], true
}

func (c editChunk) begins() bool { return c[6] == editFull || c[6] == editFirst }

func (c editChunk) intact() bool {
	return c[6] >= editFull && c[6] <= editLast && binary.LittleEndian.Uint32(c) == chunkChecksum(c[6:])
}

// oneBitOff is true when one other bit in the checksum, the type or the data
// would make c intact.
func (c editChunk) oneBitOff() bool {
	// What has to change in the checksum, if it was the data that changed.
	stored := unmaskChecksum(binary.LittleEndian.Uint32(c))
	want := stored ^ crc32.Checksum(c[6:], castagnoli)
	if bits.OnesCount32(binary.LittleEndian.Uint32(c)^chunkChecksum(c[6:])) == 1 {
		return true
	}
	// What one bit changes does not depend on the data, only on how many bytes
	// follow: from the last byte to the first each adds one step.
	var change [8]uint32
	for bit := range change {
		change[bit] = castagnoli[1<<bit]
	}
	for range len(c) - 6 {
		for bit, d := range change {
			if d == want {
				return true
			}
			change[bit] = castagnoli[byte(d)] ^ d>>8
		}
	}
	return false
}

// checkManifest reads the whole manifest.
func checkManifest(f io.ReaderAt) error {
	damage := int64(-1)
	block := make([]byte, logBlockBytes)
	for at := int64(0); ; at += logBlockBytes {
		n, err := f.ReadAt(block, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := checkEdits(block[:n], at, &damage); err != nil {
			return err
		}
		if n < logBlockBytes {
			return nil
		}
	}
}

// checkEdits reads one block; damage is where the first chunk is not whole.
func checkEdits(b []byte, at int64, damage *int64) error {
	for pos := 0; pos+editHeaderBytes <= len(b); {
		here := at + int64(pos)
		c, fits := cutEdit(b[pos:])
		switch {
		case fits && c.intact():
			if *damage >= 0 && c.begins() {
				return fmt.Errorf("%w at byte %d: byte %d was written later", errDamaged, *damage, here)
			}
		case *damage < 0 && (fits && c.oneBitOff() || wrongLength(b[pos:])):
			return fmt.Errorf("%w at byte %d: one bit is wrong", errDamaged, here)
		default:
			if *damage < 0 {
				*damage = here
			}
			if !fits || len(c) == editHeaderBytes {
				return nil // nobody knows where the next one begins in this block
			}
		}
		pos += len(c)
	}
	return nil
}

// wrongLength is true when b begins with a chunk that only one bit of its length
// spoils.
func wrongLength(b []byte) bool {
	length := binary.LittleEndian.Uint16(b[4:])
	for bit := range 16 {
		n := editHeaderBytes + int(length^1<<bit)
		if n <= len(b) && editChunk(b[:n]).intact() {
			return true
		}
	}
	return false
}
