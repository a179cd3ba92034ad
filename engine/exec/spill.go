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
)

// tempFile makes a file that has no name: it is gone with the process, however that ends.
func tempFile(c *expr.Ctx) (*os.File, error) {
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

// merge is sorted runs on disk, in one file, read as one.
type merge struct {
	file *os.File
	w    *bufio.Writer
	at   int64
	ends []int64 // of the runs
	runs []*diskRun
}

// write adds a sorted run.
func (m *merge) write(c *expr.Ctx, r *run) error {
	if m.file == nil {
		f, err := tempFile(c)
		if err != nil {
			return err
		}
		m.file, m.w = f, bufio.NewWriterSize(f, spillBuffer)
	}
	var head []byte
	for i, e := range r.entries {
		row := r.row(i)
		row = row[:rowLen(row, r.buf.width)]
		head = binary.AppendUvarint(head[:0], uint64(e.key))
		head = binary.AppendUvarint(head, uint64(len(row)))
		for _, part := range [][]byte{head, r.key(e), row} {
			n, err := m.w.Write(part)
			m.at += int64(n)
			if err != nil {
				return fmt.Errorf("temporary file: %w", err)
			}
		}
	}
	m.ends = append(m.ends, m.at)
	return nil
}

// begin opens the runs for reading.
func (m *merge) begin() error {
	if err := m.w.Flush(); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	from := int64(0)
	for i, end := range m.ends {
		r := &diskRun{r: bufio.NewReaderSize(io.NewSectionReader(m.file, from, end-from), spillBuffer), seq: i}
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
	return nil
}

// batch reads the next rows.
func (m *merge) batch(out *Batch) (*Batch, error) {
	for len(m.runs) > 0 && !out.full() {
		first := m.runs[0]
		if err := out.addEncoded(first.row); err != nil {
			return nil, err
		}
		ok, err := first.next()
		switch {
		case err != nil:
			return nil, err
		case ok:
			heap.Fix(m, 0)
		default:
			heap.Pop(m)
		}
	}
	return out.orNil(), nil
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
		d.key, err = readPart(d.r, d.key, key)
	}
	if err == nil {
		d.row, err = readPart(d.r, d.row, row)
	}
	if err != nil {
		return false, fmt.Errorf("temporary file: %w", err)
	}
	return true, nil
}

func readPart(r io.Reader, buf []byte, n uint64) ([]byte, error) {
	if uint64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err := io.ReadFull(r, buf)
	return buf, err
}

// rowLen is how many bytes the first row in b has.
func rowLen(b []byte, width int) int {
	rest := b
	for range width {
		_, rest = readValue(rest)
	}
	return len(b) - len(rest)
}
