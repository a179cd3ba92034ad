package codec

import (
	"bytes"
	"errors"
	"math/rand"
	"testing"
)

func TestSplitAndJoin(t *testing.T) {
	value := make([]byte, MaxBlobBytes)
	rand.New(rand.NewSource(5)).Read(value)
	for _, c := range []struct{ n, chunks int }{
		{0, 0}, {1, 1}, {ChunkBytes - 1, 1}, {ChunkBytes, 1}, {ChunkBytes + 1, 2}, {2 * ChunkBytes, 2}, {MaxBlobBytes, 64},
	} {
		ref, chunks, err := SplitBlob(value[:c.n])
		if err != nil || len(chunks) != c.chunks || ref.Chunks() != c.chunks || int(ref.Length) != c.n {
			t.Fatalf("%d bytes: %d chunks, %+v, %v", c.n, len(chunks), ref, err)
		}
		back, err := JoinBlob([]byte("x"), ref, chunks)
		if err != nil || !bytes.Equal(back, append([]byte("x"), value[:c.n]...)) {
			t.Fatalf("%d bytes: joined %d, %v", c.n, len(back), err)
		}
	}
	if _, _, err := SplitBlob(append(value, 0)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
}

func TestJoinRefusesWhatIsNotTheValue(t *testing.T) {
	value := bytes.Repeat([]byte("abc"), ChunkBytes)
	ref, chunks, err := SplitBlob(value)
	if err != nil || len(chunks) != 3 {
		t.Fatal(len(chunks), err)
	}
	other := bytes.Clone(chunks[1])
	other[7]++
	for name, damaged := range map[string][][]byte{
		"none":        nil,
		"one missing": chunks[:2],
		"one more":    append(append([][]byte(nil), chunks...), []byte("x")),
		"short one":   {chunks[0], chunks[1][:9], chunks[2]},
		"foreign one": {chunks[0], other, chunks[2]},
		"swapped":     {chunks[1], chunks[0], chunks[2]},
		"cut apart":   {value[:9], value[9 : 2*ChunkBytes], chunks[2]},
	} {
		if got, err := JoinBlob([]byte("x"), ref, damaged); !errors.Is(err, ErrCorruptBlob) || string(got) != "x" {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := JoinBlob(nil, BlobRef{Length: MaxBlobBytes + 1}, make([][]byte, 65)); !errors.Is(err, ErrCorruptBlob) {
		t.Errorf("impossible length: %v", err)
	}
}

// TestChunkKeys: chunks of one value are one range in order, apart from those of
// the neighbouring columns and rows.
func TestChunkKeys(t *testing.T) {
	pk := AppendBytes(nil, []byte("a\x00"))
	next := AppendBytes(nil, []byte("a\x00\x00"))
	lo := AppendChunkPrefix(nil, 1000, pk, 7)
	hi := PrefixEnd(lo)
	for _, c := range []struct {
		pk     []byte
		column uint16
		chunk  uint32
		inside bool
	}{
		{pk, 6, 0xFFFFFFFF, false}, {pk, 7, 0, true}, {pk, 7, 1, true}, {pk, 7, 0xFFFFFFFF, true}, {pk, 8, 0, false}, {next, 7, 0, false},
	} {
		key := AppendChunkKey(nil, 1000, c.pk, c.column, c.chunk)
		if inside := bytes.Compare(lo, key) <= 0 && bytes.Compare(key, hi) < 0; inside != c.inside {
			t.Errorf("%+v: inside %v", c, inside)
		}
		object, gotPK, column, chunk, err := DecodeChunkKey(key)
		if err != nil || object != 1000 || !bytes.Equal(gotPK, c.pk) || column != c.column || chunk != c.chunk {
			t.Errorf("%+v: decoded %d %x %d %d, %v", c, object, gotPK, column, chunk, err)
		}
	}
	for name, key := range map[string][]byte{
		"empty": nil, "short": AppendHeader(nil, SpaceData, 1000, IndexBlobs), "a row": AppendInt(AppendHeader(nil, SpaceData, 1000, IndexRows), 1, 8),
	} {
		if _, _, _, _, err := DecodeChunkKey(key); !errors.Is(err, ErrShortKey) && !errors.Is(err, ErrCorruptKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
