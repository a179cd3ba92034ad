package embed

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// TestChunksAsTheLSM: records are cut as the LSM's own writer cuts them.
func TestChunksAsTheLSM(t *testing.T) {
	const number = 77
	var theirs bytes.Buffer
	w := record.NewLogWriter(&theirs, number, record.LogWriterConfig{
		WALMinSyncInterval: func() time.Duration { return 0 }, WriteWALSyncOffsets: func() bool { return true }})
	rng := rand.New(rand.NewPCG(5, 5))
	var ours []byte
	var at int64
	for i := range 3000 {
		n := rng.IntN(400)
		switch {
		case i%50 == 0:
			n = rng.IntN(100_000)
		case i%3 == 0: // to the end of the block or a few bytes from it
			n = max(0, logBlockBytes-int(at%logBlockBytes)-chunkHeaderBytes-rng.IntN(2*chunkHeaderBytes))
		}
		r := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, n)[:n]
		ours = appendChunks(ours, r, at, number, 0)
		at = chunkedEnd(at, n)
		_, err := w.WriteRecord(r)
		ok(t, err)
		if int64(len(ours)) != at || w.Size() != at {
			t.Fatalf("record %d of %d bytes ends at %d, the LSM's at %d, ours is said to at %d", i, n, len(ours), w.Size(), at)
		}
	}
	ok(t, w.Close())
	if got := theirs.Bytes(); !bytes.Equal(got[:len(ours)], ours) || !isTrailer(got[len(ours):], number) {
		t.Error("other chunks than the LSM's")
	}
}

// TestCommitsAloneAreWrittenAhead: behind the first record of a log no flusher is needed.
func TestCommitsAloneAreWrittenAhead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	e, err := Open(Options{Dir: dir, CacheBytes: 8 << 20, MemtableBytes: 16 << 20, Logger: quiet, SealAfter: -1})
	ok(t, err)
	put(t, e, "first", 10)
	for i := range 20 {
		put(t, e, fmt.Sprint(i), 100)
		log := e.newestLog.Load()
		if n := len(log.ahead); n == 0 || log.synced != log.written {
			t.Fatalf("commit %d: %d bytes are ahead, %d of %d synced", i, n, log.synced, log.written)
		}
	}
	ok(t, e.sealLog(bg)) // a record of the LSM's own
	if log := e.newestLog.Load(); len(log.ahead) != 0 || log.err != nil {
		t.Errorf("after the LSM wrote %d bytes are ahead, %v", len(log.ahead), log.err)
	}
	put(t, e, "behind the seal", 100)
	if len(e.newestLog.Load().ahead) == 0 {
		t.Error("the flusher wrote what is behind a seal")
	}
	ok(t, e.Close())
}

// TestAheadWhileLogsAreBegun: the LSM begins logs at any time; what was acknowledged is on the disk.
func TestAheadWhileLogsAreBegun(t *testing.T) {
	const clients, each = 4, 300
	disk := vfs.NewCrashableMem()
	o := Options{Dir: "db", FS: disk, CacheBytes: 8 << 20, MemtableBytes: 256 << 10, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(300 * time.Microsecond):
				if _, err := e.p.AsyncFlush(); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(9, uint64(c)))
			for i := range each {
				x, err := e.Begin(bg, kv.TxnOptions{})
				if err == nil {
					err = errors.Join(x.Put(fmt.Appendf(nil, "%d/%04d", c, i), make([]byte, 1+rng.IntN(3000))), x.Commit(bg))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	close(stop)
	<-stopped
	o.FS = disk.CrashClone(vfs.CrashCloneCfg{})
	ok(t, e.Close())
	again, err := Open(o)
	ok(t, err)
	defer again.Close()
	x := begin(t, again, kv.RepeatableRead)
	defer x.Rollback()
	for c := range clients {
		for i := range each {
			if _, err := x.Get(bg, fmt.Appendf(nil, "%d/%04d", c, i)); err != nil {
				t.Fatalf("%d/%04d: %v", c, i, err)
			}
		}
	}
}

// TestOtherThanAhead: when the LSM's log is another than what was written ahead of it, nothing is committed any more.
func TestOtherThanAhead(t *testing.T) {
	f, _ := aheadOf(t, "a record")
	chunk := appendChunks(nil, []byte("a recorD"), f.written-int64(len(f.ahead)), f.number, 0)
	if _, err := f.Write(chunk); !errors.Is(err, errNotAhead) {
		t.Errorf("another record: %v", err)
	}
	for what, err := range map[string]error{
		"a record": f.put([]byte("more"), f.written), "a sync": f.SyncData(), "a sync up to the end": f.syncTo(f.written + 1)} {
		if !errors.Is(err, errNotAhead) {
			t.Errorf("%s behind another record: %v", what, err)
		}
	}
}

// TestFlusherWasFaster: what the LSM has written of a record, or all, is not written twice.
func TestFlusherWasFaster(t *testing.T) {
	for name, by := range map[string]func(f *logFile, chunks []byte) []byte{
		"nothing": func(*logFile, []byte) []byte { return nil },
		"a chunk": func(f *logFile, c []byte) []byte { return c[:logBlockBytes-int(f.written%logBlockBytes)] },
		"all":     func(_ *logFile, c []byte) []byte { return c },
	} {
		f, disk := aheadOf(t, "first")
		value := bytes.Repeat([]byte("0123456789"), logBlockBytes/8)
		at := f.written
		chunks := appendChunks(nil, value, at, f.number, 0)
		_, err := f.Write(bytes.Clone(append(bytes.Clone(f.ahead), by(f, chunks)...)))
		ok(t, err)
		ok(t, f.put(value, at))
		if f.written != at+int64(len(chunks)) || f.synced != f.written {
			t.Errorf("%s: written %d of %d, synced %d", name, f.written, at+int64(len(chunks)), f.synced)
		}
		if err := f.put(value, f.written+1); err == nil {
			t.Errorf("%s: a hole in the log", name)
		}
		got := chunksOf(contentOf(t, disk), f.number)
		if len(got) != 4 || !got[3].sameAs(chunks[len(chunks)-len(got[3].logChunk):]) {
			t.Errorf("%s: %d chunks", name, len(got))
		}
		ok(t, f.Close())
		ok(t, f.put(value, at)) // it is there
		if f.put(value, f.written) == nil {
			t.Errorf("%s: a closed log is written", name)
		}
	}
}

// aheadOf is a log whose first record is the LSM's and whose second one was written ahead of it.
func aheadOf(t *testing.T, second string) (*logFile, *vfs.MemFS) {
	t.Helper()
	disk := vfs.NewMem()
	f, err := storeFS{FS: disk}.Create("a.log", logCategory)
	ok(t, err)
	log := f.(*logFile)
	_, err = f.Write(appendChunks(nil, []byte("the LSM's"), 0, 7, 0))
	ok(t, err)
	if log.number != 7 || len(log.ahead) != 0 {
		t.Fatalf("log number %d", log.number)
	}
	ok(t, log.put([]byte(second), log.written))
	return log, disk
}

func contentOf(t *testing.T, disk *vfs.MemFS) []byte {
	t.Helper()
	f, err := disk.Open("a.log")
	ok(t, err)
	defer f.Close()
	info, err := f.Stat()
	ok(t, err)
	content := make([]byte, info.Size())
	_, err = f.ReadAt(content, 0)
	ok(t, err)
	return content
}

func BenchmarkCommitAlone(b *testing.B) {
	e, err := Open(Options{Dir: filepath.Join(b.TempDir(), "db"), CacheBytes: 8 << 20, Logger: quiet, SealAfter: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	b.ReportAllocs()
	for i := range b.N {
		put(b, e, fmt.Sprint(i%1000), 200)
	}
}
