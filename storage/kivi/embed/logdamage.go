package embed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/wal"
)

// # Damage that replay does not see
//
// The LSM's replay looks for promises in later blocks only, and takes any chunk
// that bears the number of the next log for the end of a closed log: one flipped
// bit of the log number ends a log there. So each log is read once more, before
// it is replayed, and refused
//
//   - when a chunk that is whole promises more than where damage begins, also in
//     the same block;
//   - when the first chunk that is not whole would be so with the log's number, or
//     with one other bit in its length, which is all that tells where the next is.
//
// A torn tail is never refused: nothing that is whole can promise it.

// errDamaged is what a log or manifest is refused with.
var errDamaged = errors.New("damaged")

// Open looks for damage before the LSM reads.
func (s storeFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := s.FS.Open(name, opts...)
	if err != nil {
		return nil, err
	}
	base := s.PathBase(name)
	if num, _, isLog := wal.ParseLogFilename(base); isLog {
		err = checkLog(f, uint32(num))
	} else if strings.HasPrefix(base, "MANIFEST-") {
		err = checkManifest(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close()) // the LSM adds the name
	}
	return f, nil
}

// checkLog reads the whole log of this number.
func checkLog(f io.ReaderAt, number uint32) error {
	scan := logScan{number: number, damage: -1}
	block := make([]byte, logBlockBytes)
	for at := int64(0); ; at += logBlockBytes {
		n, err := f.ReadAt(block, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if closed, err := scan.block(block[:n], at); closed || err != nil {
			return err
		}
		if n < logBlockBytes {
			return nil
		}
	}
}

type logScan struct {
	number uint32
	damage int64 // where the first chunk is that is not whole, -1: nowhere yet
}

// block reads the block at this offset; closed after the log's trailer.
func (s *logScan) block(b []byte, at int64) (closed bool, err error) {
	for pos := 0; pos+chunkHeaderBytes <= len(b); {
		if isTrailer(b[pos:], s.number) {
			return true, nil
		}
		here := at + int64(pos)
		c, fits := cutChunk(b[pos:])
		switch {
		case fits && c.number() == s.number && c.intact():
			if s.damage >= 0 && c.promise() > uint64(s.damage) {
				return false, fmt.Errorf("%w at byte %d: byte %d says that it had been synced", errDamaged, s.damage, here)
			}
		default:
			if s.damage < 0 && s.misread(b[pos:]) {
				return false, fmt.Errorf("%w at byte %d: the log number or the length is wrong", errDamaged, here)
			}
			if s.damage < 0 {
				s.damage = here
			}
			// Its length is worth trying only if the header is of this log.
			if !fits || c.number() != s.number {
				return false, nil
			}
		}
		pos += len(c)
	}
	return false, nil
}

// misread is true when b begins with a chunk of this log that only its log number
// or one bit of its length spoils.
func (s *logScan) misread(b []byte) bool {
	if len(b) < chunkHeaderBytes {
		return false
	}
	if c, fits := cutChunk(b); fits && c.intactIn(s.number) {
		return true
	}
	length := binary.LittleEndian.Uint16(b[4:])
	for bit := range 16 {
		n := chunkHeaderBytes + int(length^1<<bit)
		if n <= len(b) && logChunk(b[:n]).intactIn(s.number) {
			return true
		}
	}
	return false
}
