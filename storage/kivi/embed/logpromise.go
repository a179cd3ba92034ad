package embed

import "github.com/cockroachdb/pebble/v2/vfs"

// # Exact promises
//
// Recovery takes a damaged chunk for the torn end of the log unless a chunk in a
// later block promises that more had been synced. So a promise that is too small
// hides damage: one flipped bit, and every commit behind it is dropped without a
// word. The LSM's own promises are too small, and become smaller as a log grows:
//
//   - It wakes who waits for a sync before it notes the synced offset, so the
//     next record may still promise the one before.
//   - It counts what it writes of the block that is being filled and not what it
//     writes of blocks that were full by then. Every record that crosses a
//     block's end makes the count smaller, for the rest of the log: after a
//     batch of 10 MB the last 10 MB of the log were vouched for by nothing.
//
// How much is lost depends on when the LSM's flusher wakes up, so nobody can
// compute it from outside. But every byte of a log passes through its file: that
// knows what was written and what was synced, and puts the true offset in each
// chunk on the way to the disk. The data's checksum is looked at first: a chunk
// that is not as the LSM made it goes out as it is, to be found later.
type storeFS struct{ vfs.FS }

// logCategory is what the LSM creates logs as. Copies of logs have another one.
const logCategory vfs.DiskWriteCategory = "pebble-wal"

func (s storeFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, category)
	return promising(f, category, err)
}

func (s storeFS) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(from, to, category)
	return promising(f, category, err)
}

// Unwrap implements vfs.FS.
func (s storeFS) Unwrap() vfs.FS { return s.FS }

func promising(f vfs.File, category vfs.DiskWriteCategory, err error) (vfs.File, error) {
	if err != nil || category != logCategory {
		return f, err
	}
	out := &logFile{File: f}
	if info, err := f.Stat(); err == nil && f.Fd() != vfs.InvalidFd {
		out.size, out.grows = info.Size(), true
	}
	return out, nil
}

// logFile is a log being written, by one goroutine at a time and in whole chunks.
type logFile struct {
	vfs.File
	written, synced int64
	size            int64 // of the file, which is ahead of what was written
	grows           bool
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

// Write changes p, which a vfs.File may.
func (f *logFile) Write(p []byte) (int, error) {
	f.grow(len(p))
	promise(p, f.written, uint64(f.synced))
	n, err := f.File.Write(p)
	f.written += int64(n)
	return n, err
}

func (f *logFile) Sync() error     { return f.sync(f.File.Sync) }
func (f *logFile) SyncData() error { return f.sync(f.File.SyncData) }

func (f *logFile) sync(sync func() error) error {
	if err := sync(); err != nil {
		return err
	}
	f.synced = f.written
	return nil
}

// promise puts the offset into the chunks of p, which stand at this place of the
// log. It stops at what is no chunk with a promise: the trailer, or a format of
// the LSM that we do not know, whose promises then are its own.
func promise(p []byte, at int64, synced uint64) {
	for len(p) > 0 {
		room := logBlockBytes - int(at%logBlockBytes)
		n := min(room, len(p))
		if room >= chunkHeaderBytes {
			c, whole := cutChunk(p[:n])
			if !whole || !c.intact() {
				return
			}
			c.setPromise(synced)
			n = len(c)
		}
		p, at = p[n:], at+int64(n)
	}
}
