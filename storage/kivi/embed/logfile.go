package embed

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// storeFS is the file system as the LSM sees it: its logs are logFiles.
type storeFS struct {
	vfs.FS
	newest *atomic.Pointer[logFile] // the log that was begun last; may be nil
}

// logCategory is what the LSM creates logs as. Copies of logs have another one.
const logCategory vfs.DiskWriteCategory = "pebble-wal"

func (s storeFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, category)
	return s.begun(f, category, err)
}

func (s storeFS) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(from, to, category)
	return s.begun(f, category, err)
}

// Unwrap implements vfs.FS.
func (s storeFS) Unwrap() vfs.FS { return s.FS }

func (s storeFS) begun(f vfs.File, category vfs.DiskWriteCategory, err error) (vfs.File, error) {
	if err != nil || category != logCategory {
		return f, err
	}
	out := &logFile{File: f}
	if info, err := f.Stat(); err == nil && f.Fd() != vfs.InvalidFd {
		out.size, out.grows = info.Size(), true
	}
	if s.newest != nil {
		s.newest.Store(out)
	}
	return out, nil
}

// logFile is a log being written, in whole chunks: by the LSM's flusher, and ahead of it by who makes a
// group durable (logahead.go).
type logFile struct {
	vfs.File
	mu      sync.Mutex
	written int64  // of the log
	ahead   []byte // the end of what was written: the LSM has not handed it over yet
	synced  int64
	number  uint32 // of the log; 0 until the LSM has written a chunk that is as we know them
	size    int64  // of the file, which is ahead of what was written
	grows   bool
	err     error // the first one; nothing is written behind it

	// open is held by who writes and syncs ahead: the file is not closed meanwhile.
	open   sync.Mutex
	closed bool
}

// growBytes is by how much a log grows ahead of what is written to it: a sync after a write that makes its
// file longer has to write the length, too, and waits for the disk twice. Recovery takes the zeros for the end.
const growBytes = 4 << 20

// grow makes room for n bytes. Where the file system cannot, writes make the file longer.
func (f *logFile) grow(n int) {
	if to := f.written + int64(n); f.grows && to > f.size {
		to += growBytes
		if f.grows = lengthen(f.Fd(), f.size, to-f.size) == nil; f.grows {
			f.size = to
		}
	}
}

// Write takes what the LSM writes. It changes p, which a vfs.File may.
func (f *logFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.handOver(p)
	if err != nil || n == len(p) {
		return n, err
	}
	rest := p[n:]
	if number := promise(rest, f.written, uint64(f.synced)); number != 0 {
		f.number = number
	}
	m, err := f.write(rest)
	return n + m, err
}

// write writes behind what is written. REQUIRES: mu.
func (f *logFile) write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	f.grow(len(p))
	n, err := f.File.Write(p)
	f.written += int64(n)
	f.err = err
	return n, err
}

// errNotAhead cannot happen: the LSM writes other chunks than those that were written ahead of it.
var errNotAhead = errors.New("the log is not what was written ahead of it")

// handOver says how much of p, which the LSM writes, has been written ahead of it. REQUIRES: mu.
func (f *logFile) handOver(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n := min(len(p), len(f.ahead))
	for i := 0; i < n; {
		room := logBlockBytes - int((f.written-int64(len(f.ahead)-i))%logBlockBytes)
		end := min(i+room, n)
		if room >= chunkHeaderBytes {
			theirs, whole := cutChunk(p[i:end])
			ours, _ := cutChunk(f.ahead[i:end])
			if !whole || !theirs.sameAs(ours) {
				f.err = fmt.Errorf("%w: byte %d", errNotAhead, f.written-int64(len(f.ahead)-i))
				return 0, f.err
			}
			end = i + len(ours)
		}
		i = end
	}
	f.ahead = append(f.ahead[:0], f.ahead[n:]...)
	return n, nil
}

// sameAs is true of chunks that differ in nothing but their promises.
func (c logChunk) sameAs(d logChunk) bool {
	return len(c) == len(d) && bytes.Equal(c[4:11], d[4:11]) && bytes.Equal(c[chunkHeaderBytes:], d[chunkHeaderBytes:])
}

// Sync is one of the LSM.
func (f *logFile) Sync() error { return f.sync(f.File.Sync) }

// SyncData is one of the LSM.
func (f *logFile) SyncData() error { return f.sync(f.File.SyncData) }

func (f *logFile) sync(sync func() error) error {
	f.mu.Lock()
	to, err := f.written, f.err
	f.mu.Unlock()
	if err == nil {
		err = sync()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.err = err
		return err
	}
	f.synced = max(f.synced, to)
	return nil
}

// Close is the LSM's, which has written and synced all of the log.
func (f *logFile) Close() error {
	f.open.Lock()
	defer f.open.Unlock()
	f.closed = true
	return f.File.Close()
}

// syncTo makes the log durable up to this place. One that is closed was synced then, or is broken. REQUIRES: open.
func (f *logFile) syncTo(to int64) error {
	f.mu.Lock()
	done, err := f.synced >= to, f.err
	f.mu.Unlock()
	if done || err != nil {
		return err
	}
	if f.closed {
		return fs.ErrClosed
	}
	return f.SyncData()
}
