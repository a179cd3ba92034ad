package embed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// refuses fails the test unless the store is refused as damaged once change was
// made to a copy of its newest log.
func refuses(t *testing.T, o Options, what string, change func(log []byte)) {
	t.Helper()
	n, err := reopen(t, o, func(log []byte) []byte { change(log); return log })
	if err == nil {
		t.Errorf("%s: opened with %d rows", what, n)
	} else if !errors.Is(err, kv.ErrCorrupt) || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("%s: %v, want kv.ErrCorrupt with a hint", what, err)
	}
}

// TestDamageBehindALargeCommit: commits of many blocks do not hide damage, in
// themselves or behind them, sealed or not.
func TestDamageBehindALargeCommit(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, MemtableBytes: 16 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	put(t, e, "k", 3<<20)
	_, _, large := newestLog(t, o.Dir)
	for i := range 300 {
		put(t, e, fmt.Sprintf("k%04d", i), 300)
	}
	_, _, end := newestLog(t, o.Dir)
	for _, at := range []int{large / 2, large - 5, large + 200, (large + end) / 2, end - 1000} {
		refuses(t, o, fmt.Sprintf("bit at %d of %d", at, end), func(log []byte) { log[at] ^= 4 })
	}
	put(t, e, "k", 1<<20)
	_, _, end = newestLog(t, o.Dir)
	ok(t, e.sealLog(bg))
	for _, at := range []int{end - 1<<20, end - 5} {
		refuses(t, o, fmt.Sprintf("bit at %d of %d, sealed", at, end), func(log []byte) { log[at] ^= 4 })
	}
	ok(t, e.Close())
}

// TestNumberOfTheNextLog: one bit can turn a chunk's log number into that of the
// next log, with which a closed log ends.
func TestNumberOfTheNextLog(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, MemtableBytes: 1 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	for i := range 5 {
		put(t, e, fmt.Sprintf("k%04d", i), 300)
	}
	path, log, _ := newestLog(t, o.Dir)
	for _, c := range chunksOf(log, logNumber(t, path)) {
		refuses(t, o, fmt.Sprintf("chunk at %d", c.at), func(log []byte) {
			binary.LittleEndian.PutUint32(log[c.at+7:], c.number()+1)
		})
	}
	ok(t, e.Close())
}

// heldTables creates tables only once held is closed: so long no flush ends, and
// closed logs are still needed.
type heldTables struct {
	vfs.FS
	held chan struct{}
}

func (h heldTables) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if filepath.Ext(name) == ".sst" {
		<-h.held
	}
	return h.FS.Create(name, category)
}

// TestNumberOfTheNextLogInAClosedOne: the commits of later logs are there, so a
// log that seems to end early would leave a hole.
func TestNumberOfTheNextLogInAClosedOne(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, MemtableBytes: 1 << 20, Logger: quiet, SealAfter: -1}
	held := make(chan struct{})
	o.FS = heldTables{vfs.Default, held}
	e, err := Open(o)
	ok(t, err)
	for i := range 4 {
		put(t, e, fmt.Sprintf("k%04d", i), 300)
	}
	closed, log, _ := newestLog(t, o.Dir)
	second := chunksOf(log, logNumber(t, closed))[1]
	ok(t, e.exclusive(bg, func() error { _, err := e.p.AsyncFlush(); return err }))
	put(t, e, "k9999", 300)
	if newest, _, _ := newestLog(t, o.Dir); newest == closed {
		t.Fatal("the log is not closed")
	}
	damaged := o
	damaged.FS, damaged.Dir = nil, crashCopy(t, o.Dir)
	if n, err := countRows(t, damaged); n != 5 || err != nil {
		t.Errorf("healthy: %d rows, %v", n, err)
	}
	damaged.Dir = crashCopy(t, o.Dir)
	path := filepath.Join(damaged.Dir, filepath.Base(closed))
	log, err = os.ReadFile(path)
	ok(t, err)
	binary.LittleEndian.PutUint32(log[second.at+7:], second.number()+1)
	ok(t, os.WriteFile(path, log, 0o600))
	if n, err := countRows(t, damaged); !errors.Is(err, kv.ErrCorrupt) {
		t.Errorf("opened with %d rows: %v", n, err)
	}
	close(held)
	ok(t, e.Close())
}

// newReader names the type of the number, which the LSM keeps to itself.
func newReader[N ~uint64](make func(io.Reader, N) *record.Reader, log []byte, number uint32) *record.Reader {
	return make(bytes.NewReader(log), N(number))
}

// replay reads a log as the LSM does at its start.
func replay(log []byte, number uint32) (records int, err error) {
	r := newReader(record.NewReader, log, number)
	for {
		one, err := r.Next()
		if err == nil {
			_, err = io.Copy(io.Discard, one)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, record.ErrUnexpectedEOF):
			return records, nil
		case err != nil:
			return records, err
		}
		records++
	}
}

// TestEveryBitOfALog flips each bit of a few commits: a sealed log is refused
// whatever the bit, and an unsealed one unless the bit is in the last commit.
func TestEveryBitOfALog(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, MemtableBytes: 1 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	const commits = 4
	for i := range commits {
		put(t, e, fmt.Sprintf("k%04d", i), 30)
	}
	path, log, end := newestLog(t, o.Dir)
	number := logNumber(t, path)
	unsealed := append(slices.Clone(log[:end]), make([]byte, 1000)...) // preallocated
	ok(t, e.sealLog(bg))
	_, sealed, _ := newestLog(t, o.Dir)
	ok(t, e.Close())
	chunks := chunksOf(unsealed, number)
	last := chunks[commits-1].at
	// For both parities of the log number: it decides which bit is the next log's.
	for range 2 {
		for _, c := range chunks[:commits] {
			for bit := range 8 * int64(len(c.logChunk)) {
				at := c.at + bit/8
				for _, log := range [][]byte{sealed, unsealed} {
					isSealed := len(log) == len(sealed)
					log[at] ^= 1 << (bit % 8)
					records, noticed := 0, checkLog(bytes.NewReader(log), number) != nil
					if !noticed {
						var err error
						records, err = replay(log, number)
						noticed = err != nil
					}
					log[at] ^= 1 << (bit % 8)
					if !noticed && (isSealed || at < last) {
						t.Fatalf("log %d, sealed %v: bit %d of the chunk at %d: %d of %d commits and no word", number, isSealed, bit, c.at, records, commits)
					}
				}
			}
		}
		number++
		for _, log := range [][]byte{sealed, unsealed} {
			for _, c := range chunksOf(log, number-1) {
				binary.LittleEndian.PutUint32(c.logChunk[7:], number)
				c.setPromise(c.promise())
			}
		}
		chunks = chunksOf(unsealed, number)
	}
}

// TestTornTailsAreNoDamage cuts a log, or blots it out, at every byte behind
// what was synced: it opens.
func TestTornTailsAreNoDamage(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "db"), CacheBytes: 8 << 20, MemtableBytes: 1 << 20, Logger: quiet, SealAfter: -1}
	e, err := Open(o)
	ok(t, err)
	for i := range 3 {
		put(t, e, fmt.Sprintf("k%04d", i), 100)
	}
	_, _, synced := newestLog(t, o.Dir)
	put(t, e, "k", 70_000)
	path, log, end := newestLog(t, o.Dir)
	ok(t, e.Close())
	number := logNumber(t, path)
	log = log[:end]
	for at := synced; at < end; at += 1 + at%97 {
		torn := slices.Clone(log)
		clear(torn[at:min(at+512, end)]) // a sector that was not written, and later ones that were
		for _, torn := range [][]byte{torn, log[:at], append(slices.Clone(log[:at]), make([]byte, 1000)...)} {
			if err := checkLog(bytes.NewReader(torn), number); err != nil {
				t.Fatalf("torn at %d of %d: %v", at, end, err)
			}
		}
	}
}
