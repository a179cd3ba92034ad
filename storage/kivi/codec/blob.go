package codec

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A value that is too long for its row stands in chunks beside it, under the
// keys
//
//	header(space data, object, index FFFE)  primary key datums  column u16  chunk u32
//
// and the row keeps a BlobRef. Chunks are numbered from 0; all but the last
// have ChunkBytes. The row and its chunks are written in one transaction, so a
// snapshot always sees the chunks of the row that it sees.

// Limits of large values, in bytes.
const (
	// MaxInlineBytes is the longest value that stays in its row.
	MaxInlineBytes = 64 << 10
	// ChunkBytes is the length of every chunk but the last.
	ChunkBytes = 256 << 10
	// MaxBlobBytes is the longest value at all.
	MaxBlobBytes = 16 << 20
)

const (
	refBytes      = 8 // length u32, checksum u32
	chunkKeyBytes = 6 // column u16, chunk u32
)

// crcTable is that of CRC-32C, which processors compute by themselves.
var crcTable = crc32.MakeTable(crc32.Castagnoli)

// BlobRef is what a row keeps of a value that stands outside it.
type BlobRef struct {
	Length uint32 // bytes of the whole value
	Sum    uint32 // CRC-32C of the whole value: catches chunks of another version
}

// Chunks is the number of chunks of the value: what a deleter has to remove.
func (r BlobRef) Chunks() int {
	return int((uint64(r.Length) + ChunkBytes - 1) / ChunkBytes)
}

// SplitBlob cuts a value into its chunks, which share its memory, and makes
// the reference for the row. The empty value has no chunk.
func SplitBlob(value []byte) (BlobRef, [][]byte, error) {
	if len(value) > MaxBlobBytes {
		return BlobRef{}, nil, fmt.Errorf("%w: value of %d bytes, at most %d", ErrTooLarge, len(value), MaxBlobBytes)
	}
	ref := BlobRef{Length: uint32(len(value)), Sum: crc32.Checksum(value, crcTable)}
	chunks := make([][]byte, 0, ref.Chunks())
	for len(value) > ChunkBytes {
		chunks = append(chunks, value[:ChunkBytes:ChunkBytes])
		value = value[ChunkBytes:]
	}
	if len(value) > 0 {
		chunks = append(chunks, value)
	}
	return ref, chunks, nil
}

// JoinBlob appends the value that ref stands for to dst. chunks are in the
// order of their numbers. Missing, foreign or damaged chunks are ErrCorruptBlob.
func JoinBlob(dst []byte, ref BlobRef, chunks [][]byte) ([]byte, error) {
	if ref.Length > MaxBlobBytes || len(chunks) != ref.Chunks() {
		return dst, fmt.Errorf("%w: %d chunks for %d bytes", ErrCorruptBlob, len(chunks), ref.Length)
	}
	left := int(ref.Length)
	for i, c := range chunks {
		if len(c) != min(left, ChunkBytes) {
			return dst, fmt.Errorf("%w: chunk %d has %d bytes", ErrCorruptBlob, i, len(c))
		}
		left -= len(c)
	}
	from := len(dst)
	if cap(dst)-from < int(ref.Length) {
		dst = append(make([]byte, 0, from+int(ref.Length)), dst...)
	}
	for _, c := range chunks {
		dst = append(dst, c...)
	}
	if crc32.Checksum(dst[from:], crcTable) != ref.Sum {
		return dst[:from], fmt.Errorf("%w: checksum differs", ErrCorruptBlob)
	}
	return dst, nil
}

// AppendChunkKey appends the key of one chunk of a column's value. pk are the
// datums of the row's key, without its header.
func AppendChunkKey(dst []byte, object ObjectID, pk []byte, column uint16, chunk uint32) []byte {
	dst = AppendChunkPrefix(dst, object, pk, column)
	return binary.BigEndian.AppendUint32(dst, chunk)
}

// AppendChunkPrefix appends the beginning of the keys of all chunks of a
// column's value; with PrefixEnd it is the range to read or to delete.
func AppendChunkPrefix(dst []byte, object ObjectID, pk []byte, column uint16) []byte {
	dst = AppendHeader(dst, SpaceData, object, IndexBlobs)
	dst = append(dst, pk...)
	return binary.BigEndian.AppendUint16(dst, column)
}

// DecodeChunkKey is the inverse of AppendChunkKey.
func DecodeChunkKey(key []byte) (object ObjectID, pk []byte, column uint16, chunk uint32, err error) {
	h, datums, err := DecodeHeader(key)
	if err != nil {
		return 0, nil, 0, 0, err
	}
	if h.Space != SpaceData || h.Index != IndexBlobs {
		return 0, nil, 0, 0, fmt.Errorf("%w: not a chunk", ErrCorruptKey)
	}
	if len(datums) < chunkKeyBytes {
		return 0, nil, 0, 0, ErrShortKey
	}
	at := len(datums) - chunkKeyBytes
	column = binary.BigEndian.Uint16(datums[at:])
	chunk = binary.BigEndian.Uint32(datums[at+2:])
	return h.Object, datums[:at:at], column, chunk, nil
}
