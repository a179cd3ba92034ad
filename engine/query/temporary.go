package query

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// TemporaryPrefix is what the name of a temporary file begins with, as long as it has one.
const TemporaryPrefix = "lxdb-"

// Temporary files leave the data some of its disk: a tenth of it, but not more than mostSpared.
const (
	sparedShare = 10
	mostSpared  = 4 << 30
)

// diskStep is how often, in bytes, somebody looks at what is left of the disk.
const diskStep = 1 << 20

// Temporary makes a file that has no name: it is gone with the process, however that ends.
func (b *Budget) Temporary() (value.File, error) {
	m := b.session.memory
	f, err := os.CreateTemp(m.Dir, TemporaryPrefix)
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	m.files.Add(1)
	if b.spilled != nil {
		b.spilled()
	}
	return &temporaryFile{File: f, of: b}, nil
}

// temporaryFile is charged to its statement and to the server as it grows. One goroutine writes to it.
type temporaryFile struct {
	*os.File
	of     *Budget
	size   int64
	taken  int64
	closed atomic.Bool
}

func (f *temporaryFile) Write(p []byte) (int, error) {
	if err := f.grow(f.size + int64(len(p))); err != nil {
		return 0, err
	}
	n, err := f.File.Write(p)
	f.size += int64(n)
	return n, err
}

func (f *temporaryFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.grow(at + int64(len(p))); err != nil {
		return 0, err
	}
	n, err := f.File.WriteAt(p, at)
	f.size = max(f.size, at+int64(n))
	return n, err
}

func (f *temporaryFile) grow(size int64) error {
	more := size - f.taken
	if more <= 0 {
		return nil
	}
	more = (more + diskStep - 1) / diskStep * diskStep
	if err := f.of.takeDisk(more); err != nil {
		return err
	}
	f.taken += more
	return nil
}

func (f *temporaryFile) Close() error {
	if !f.closed.Swap(true) {
		f.of.giveDisk(f.taken)
	}
	return f.File.Close()
}

// takeDisk asks for room in temporary files.
func (b *Budget) takeDisk(n int64) error {
	m := b.session.memory
	if most := b.limits.Disk; b.disk.Add(n) > most {
		b.disk.Add(-n)
		return sqlerr.DiskFull.Errorf("Disk capacity of %d bytes for '%s' exceeded. The statement was not executed.", most, DiskVariable).
			WithHint("ask for fewer rows at once, or for shorter ones")
	}
	all := m.disk.Add(n)
	if m.short(n) {
		m.disk.Add(-n)
		b.disk.Add(-n)
		return sqlerr.DiskFull.Errorf("Disk full: temporary files of statements take %d bytes, and what is free is kept for the data. The statement was not executed.", all-n).
			WithHint("make room on the disk of the data directory, or ask for fewer rows at once")
	}
	return nil
}

// short says that n bytes more would leave the data too little of its disk.
func (m *Memory) short(n int64) bool {
	if m.Room == nil {
		return false
	}
	free, total, err := m.Room()
	return err == nil && free < n+min(total/sparedShare, mostSpared)
}

// Rows asks for room for the rows of a session's temporary tables: all is what they take, more what is new of it.
func (h *Held) Rows(table string, all, more int64, limits Limits) error {
	if all > limits.Rows {
		return sqlerr.RecordFileFull.Errorf("The table '%s' is full", table).
			WithHint("the temporary tables of a session take at most %d bytes: '%s'", limits.Rows, RowsVariable)
	}
	if h.memory.short(more) {
		return sqlerr.RecordFileFull.Errorf("The table '%s' is full", table).
			WithHint("what is free on the disk is kept for the data: make room there")
	}
	return nil
}

func (b *Budget) giveDisk(n int64) {
	b.disk.Add(-n)
	b.session.memory.disk.Add(-n)
}

// Disk is what temporary files take now, in bytes.
func (m *Memory) Disk() int64 { return m.disk.Load() }
