package exec

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// tempFile makes a file that has no name: it is gone with the process, however that ends.
func tempFile(c *expr.Ctx) (value.File, error) {
	if c.Temporary != nil {
		return c.Temporary()
	}
	f, err := os.CreateTemp("", "lxdb-")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("temporary file: %w", err), f.Close())
	}
	return f, nil
}

const spillBuffer = 64 << 10

// Readers of all runs together have so many bytes of buffers, each one not less than minRunBuffer.
const (
	runBuffers   = 4 << 20
	minRunBuffer = 4 << 10
	maxRuns      = 256
)

// merge is sorted runs on disk, in one file, read as one.
type merge struct {
	file  value.File
	w     *bufio.Writer
	at    int64
	ends  []int64 // of the runs
	runs  []*diskRun
	mem   memory
	begun bool
	given bool // the first run's row was given
	head  []byte
}

// write adds a sorted run.
func (m *merge) write(c *expr.Ctx, r *run) error {
	if len(m.ends) >= maxRuns {
		if err := m.shorten(c); err != nil {
			return err
		}
	}
	if err := m.open(c); err != nil {
		return err
	}
	for i := range r.entries {
		key, row := r.row(i)
		if err := m.put(key, row); err != nil {
			return err
		}
		if i&4095 == 4095 {
			if err := ended(c); err != nil {
				return err
			}
		}
	}
	m.ends = append(m.ends, m.at)
	return nil
}

func (m *merge) open(c *expr.Ctx) error {
	if m.file != nil {
		return nil
	}
	f, err := tempFile(c)
	if err != nil {
		return err
	}
	m.mem.force(c, spillBuffer)
	m.file, m.w = f, bufio.NewWriterSize(f, spillBuffer)
	return nil
}

func (m *merge) put(key, row []byte) error {
	m.head = binary.AppendUvarint(m.head[:0], uint64(len(key)))
	m.head = binary.AppendUvarint(m.head, uint64(len(row)))
	for _, part := range [][]byte{m.head, key, row} {
		n, err := m.w.Write(part)
		m.at += int64(n)
		if err != nil {
			return temporaryError(err)
		}
	}
	return nil
}

// shorten merges the runs that there are into one, in another file.
func (m *merge) shorten(c *expr.Ctx) error {
	if err := m.begin(c); err != nil {
		return err
	}
	one := &merge{}
	if err := one.open(c); err != nil {
		return err
	}
	for n := 0; ; n++ {
		key, row, err := m.row()
		if err == nil && row != nil {
			err = one.put(key, row)
		}
		if err == nil && n&4095 == 4095 {
			err = ended(c)
		}
		if err != nil {
			return errors.Join(err, one.close())
		}
		if row == nil {
			break
		}
	}
	err := m.close()
	one.ends = []int64{one.at}
	*m = *one
	return err
}

// begin opens the runs for reading.
func (m *merge) begin(c *expr.Ctx) error {
	if err := m.w.Flush(); err != nil {
		return temporaryError(err)
	}
	size := min(spillBuffer, max(minRunBuffer, runBuffers/len(m.ends)))
	m.mem.force(c, size*len(m.ends))
	from := int64(0)
	for i, end := range m.ends {
		r := &diskRun{mem: &m.mem, r: bufio.NewReaderSize(io.NewSectionReader(m.file, from, end-from), size), seq: i}
		from = end
		ok, err := r.next()
		if err != nil {
			return err
		}
		if ok {
			m.runs = append(m.runs, r)
		}
	}
	heap.Init(m)
	m.begun, m.given = true, false
	return nil
}

// row is the next row with its key; nil at the end. Both are valid until the next call.
func (m *merge) row() (key, row []byte, err error) {
	if m.given && len(m.runs) > 0 {
		ok, err := m.runs[0].next()
		switch {
		case err != nil:
			return nil, nil, err
		case ok:
			heap.Fix(m, 0)
		default:
			heap.Pop(m)
		}
	}
	if len(m.runs) == 0 {
		return nil, nil, nil
	}
	m.given = true
	return m.runs[0].key, m.runs[0].row, nil
}

func (m *merge) Len() int { return len(m.runs) }
func (m *merge) Less(a, b int) bool {
	if n := bytes.Compare(m.runs[a].key, m.runs[b].key); n != 0 {
		return n < 0
	}
	return m.runs[a].seq < m.runs[b].seq
}
func (m *merge) Swap(a, b int) { m.runs[a], m.runs[b] = m.runs[b], m.runs[a] }
func (m *merge) Push(any)      { panic("exec: nothing is pushed") }
func (m *merge) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}

func (m *merge) close() error {
	m.mem.give()
	if m.file == nil {
		return nil
	}
	err := m.file.Close()
	m.file, m.runs = nil, nil
	return err
}

// diskRun is a run on disk at one of its rows.
type diskRun struct {
	r        *bufio.Reader
	mem      *memory // of the merge
	key, row []byte
	seq      int
}

// next moves to the next row; false is the end.
func (d *diskRun) next() (bool, error) {
	key, err := binary.ReadUvarint(d.r)
	if err == io.EOF {
		return false, nil
	}
	row := uint64(0)
	if err == nil {
		row, err = binary.ReadUvarint(d.r)
	}
	if err == nil {
		d.key, err = d.part(d.key, key)
	}
	if err == nil {
		d.row, err = d.part(d.row, row)
	}
	if err != nil {
		return false, temporaryError(err)
	}
	return true, nil
}

// part reads so many bytes.
func (d *diskRun) part(buf []byte, n uint64) ([]byte, error) {
	if uint64(cap(buf)) < n {
		d.mem.more(int(n) - cap(buf))
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err := io.ReadFull(d.r, buf)
	return buf, err
}
