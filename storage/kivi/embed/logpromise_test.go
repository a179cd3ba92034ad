package embed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/wal"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// placedChunk is a chunk and where it begins in its log.
type placedChunk struct {
	logChunk
	at int64
}

// first is true where a record begins.
func (c placedChunk) first() bool { return c.logChunk[6] <= chunkFull+1 }

func (c placedChunk) end() int64 { return c.at + int64(len(c.logChunk)) }

func logNumber(t testing.TB, path string) uint32 {
	t.Helper()
	n, _, isLog := wal.ParseLogFilename(filepath.Base(path))
	if !isLog {
		t.Fatalf("%s is no log", path)
	}
	return uint32(n)
}

// chunksOf returns the chunks of a healthy log of this number.
func chunksOf(log []byte, number uint32) (chunks []placedChunk) {
	for at := 0; at < len(log); at += logBlockBytes {
		block := log[at:min(at+logBlockBytes, len(log))]
		for pos := 0; ; {
			c, fits := cutChunk(block[pos:])
			if !fits || !c.intact() || c.number() != number {
				break
			}
			chunks = append(chunks, placedChunk{c, int64(at + pos)})
			pos += len(c)
		}
	}
	return chunks
}

// put commits a value of n bytes, or several when it is too large for one.
func put(t testing.TB, e *Engine, key string, n int) {
	t.Helper()
	x := begin(t, e, kv.RepeatableRead)
	ok(t, x.Put([]byte(key), bytes.Repeat([]byte("v"), min(n, kv.MaxValueBytes))))
	for i := range n / kv.MaxValueBytes {
		ok(t, x.Put(fmt.Appendf(nil, "%s/%d", key, i), bytes.Repeat([]byte("v"), kv.MaxValueBytes)))
	}
	ok(t, x.Commit(bg))
}

// TestPromisesAreExact: each record of a single client promises all of the
// records before it and nothing else, also behind records of many blocks.
func TestPromisesAreExact(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	e, err := Open(Options{Dir: dir, CacheBytes: 8 << 20, MemtableBytes: 16 << 20, Logger: quiet, SealAfter: -1})
	ok(t, err)
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 400 {
		n := 1 + rng.IntN(2000)
		switch {
		case i == 100:
			n = 3 << 20
		case i%10 == 0:
			n = rng.IntN(70_000)
		}
		put(t, e, fmt.Sprintf("k%04d", i), n)
	}
	path, log, _ := newestLog(t, dir)
	chunks := chunksOf(log, logNumber(t, path))
	var start, before int64 // of this record; where the one before ended
	records, longest := 0, int64(0)
	for i, c := range chunks {
		if c.first() {
			records++
			start = c.at
			if i > 0 {
				before = chunks[i-1].end()
			}
		}
		longest = max(longest, c.end()-start)
		if p := int64(c.promise()); p < before || p > start {
			t.Fatalf("chunk at %d of record %d promises %d: the record before ended at %d, this began at %d", c.at, records, p, before, start)
		}
	}
	if records < 200 || longest < 3<<20 {
		t.Errorf("%d records, the longest of %d bytes: the test wants more", records, longest)
	}
	ok(t, e.Close())
}

// TestPromisesOfReusedLogs: a log that is written over an old one promises
// nothing of the old one.
func TestPromisesOfReusedLogs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	e, err := Open(Options{Dir: dir, CacheBytes: 8 << 20, MemtableBytes: 256 << 10, Logger: quiet, SealAfter: -1})
	ok(t, err)
	logs := map[string]bool{}
	for i := range 600 {
		put(t, e, fmt.Sprintf("k%04d", i), 4000)
		if i%10 != 0 {
			continue
		}
		path, log, _ := newestLog(t, dir)
		logs[path] = true
		for _, c := range chunksOf(log, logNumber(t, path)) {
			if c.promise() > uint64(c.at) {
				t.Fatalf("%s: the chunk at %d promises %d", path, c.at, c.promise())
			}
		}
	}
	if len(logs) < 4 {
		t.Errorf("%d logs, the test wants more", len(logs))
	}
	ok(t, e.Close())
}

// TestPromiseChangesNothingElse: what is no whole chunk of a log goes to the
// disk as it is, and only what the LSM creates as a log is changed.
func TestPromiseChangesNothingElse(t *testing.T) {
	whole := make([]byte, 100)
	whole[4], whole[6] = 100-chunkHeaderBytes, chunkFull
	logChunk(whole).setPromise(5)
	trailer := make([]byte, trailerBytes)
	trailer[6] = trailerType
	damaged := slices.Clone(whole)
	damaged[50] ^= 1
	otherFormat := slices.Clone(whole)
	otherFormat[6] = chunkLast + 1
	binary.LittleEndian.PutUint32(otherFormat, chunkChecksum(otherFormat[6:]))
	for _, c := range []struct {
		name     string
		bytes    []byte
		category vfs.DiskWriteCategory
		same     bool
	}{
		{"chunk", whole, logCategory, false},
		{"chunk of a copy", whole, vfs.WriteCategoryUnspecified, true},
		{"trailer", trailer, logCategory, true},
		{"damaged", damaged, logCategory, true},
		{"other format", otherFormat, logCategory, true},
		{"cut", whole[:99], logCategory, true},
		{"zeros", make([]byte, 100), logCategory, true},
	} {
		disk := vfs.NewMem()
		f, err := storeFS{disk}.Create("a.log", c.category)
		ok(t, err)
		if l, isLog := f.(*logFile); isLog {
			l.synced = 7
		}
		_, err = f.Write(slices.Clone(c.bytes))
		ok(t, err)
		ok(t, f.Close())
		f, err = disk.Open("a.log")
		ok(t, err)
		got := make([]byte, len(c.bytes))
		_, err = f.ReadAt(got, 0)
		ok(t, err)
		if same := bytes.Equal(got, c.bytes); same != c.same {
			t.Errorf("%s: unchanged %v, want %v", c.name, same, c.same)
		}
		if !c.same && (!logChunk(got).intact() || logChunk(got).promise() != 7) {
			t.Errorf("%s: intact %v, promise %d", c.name, logChunk(got).intact(), logChunk(got).promise())
		}
	}
}

// TestPromiseOfAFailedSync: what was not synced is not promised.
func TestPromiseOfAFailedSync(t *testing.T) {
	f := &logFile{File: failingSync{}, written: 100, synced: 50}
	if err := f.SyncData(); err == nil || f.synced != 50 {
		t.Errorf("sync: %v, synced %d", err, f.synced)
	}
}

type failingSync struct{ vfs.File }

func (failingSync) SyncData() error { return os.ErrInvalid }
