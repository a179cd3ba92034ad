package exec

import (
	"encoding/binary"
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// SortKey is one expression of ORDER BY.
type SortKey struct {
	Expr expr.Expr
	Key  Key
}

// Sort gives the rows in an order; equal ones stay as they come.
type Sort struct {
	Child Node
	Keys  []SortKey
	// Most is how many of the first rows are wanted; 0 is all of them.
	Most int64
}

// maxTop is up to how many wanted rows only those are kept.
const maxTop = 16384

// Types implements Node.
func (s *Sort) Types() []value.Type { return s.Child.Types() }

// Open implements Node.
func (s *Sort) Open(c *expr.Ctx) (Rows, error) {
	if p, err := s.divide(c); p != nil || err != nil {
		return p.sorted(s), err
	}
	rows, err := s.Child.Open(c)
	if err != nil {
		return nil, err
	}
	if s.Most > 0 && s.Most <= maxTop {
		return &topRows{s: s, child: rows, keys: newKeyColumns(s.Keys)}, nil
	}
	return newSortRows(s, rows), nil
}

// sortRows sorts everything: in memory, or in runs on disk that are merged.
type sortRows struct {
	s     *Sort
	child Rows
	keys  *keyColumns
	// parts are so many keys in front whose bytes are counted in front of each row: of a
	// window's partition.
	parts int
	run   run
	disk  *merge
	ready bool
	next  int
	buf   []byte
	out   Batch
}

func newSortRows(s *Sort, child Rows) *sortRows {
	return &sortRows{s: s, child: child, keys: newKeyColumns(s.Keys)}
}

// Next implements Rows.
func (s *sortRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := s.begin(c); err != nil {
		return nil, err
	}
	s.out.begin(s.s.Types())
	for !s.out.full() {
		_, row, err := s.row()
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		if err := s.out.addRow(row); err != nil {
			return nil, err
		}
	}
	if s.out.N == 0 {
		s.run.release()
	}
	return s.out.orNil(), nil
}

// begin reads and sorts everything, once.
func (s *sortRows) begin(c *expr.Ctx) error {
	if !s.ready {
		if err := s.collect(c); err != nil {
			return err
		}
		s.ready = true
	}
	return ended(c)
}

// row is the next row with its key; nil at the end. Both are valid until the next call.
func (s *sortRows) row() (key, row []byte, err error) {
	if s.disk != nil {
		return s.disk.row()
	}
	if s.next == len(s.run.entries) {
		return nil, nil, nil
	}
	key, row = s.run.row(s.next)
	s.next++
	return key, row, nil
}

func (s *sortRows) collect(c *expr.Ctx) error {
	for {
		b, err := s.child.Next(c)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := s.batch(c, b, 0); err != nil {
			return err
		}
	}
	if err := s.child.Close(); err != nil {
		return err
	}
	s.run.sort()
	if s.disk == nil {
		return nil
	}
	if err := s.spill(c); err != nil {
		return err
	}
	return s.disk.begin(c)
}

// batch adds the rows of a batch from row i on.
func (s *sortRows) batch(c *expr.Ctx, b *Batch, i int) (err error) {
	if err := s.keys.eval(c, b); err != nil {
		return err
	}
	types := s.s.Types()
	for ; i < b.Len(); i++ {
		at := b.At(i)
		if s.buf, err = s.keys.append(c, s.buf[:0], i, at); err != nil {
			return err
		}
		key := len(s.buf)
		if s.parts > 0 {
			part, err := s.keys.length(c, s.parts, i, at)
			if err != nil {
				return err
			}
			s.buf = binary.AppendUvarint(s.buf, uint64(part))
		}
		if s.buf, err = appendRow(s.buf, b, at, types); err != nil {
			return err
		}
		if err := s.add(c, s.buf, key); err != nil {
			return err
		}
	}
	return nil
}

// add adds a row behind its key, of so many bytes.
func (s *sortRows) add(c *expr.Ctx, row []byte, key int) error {
	err := s.run.add(c, row, key)
	if err == nil || len(s.run.entries) == 0 {
		return err
	}
	if err := s.spill(c); err != nil {
		return err
	}
	return s.run.add(c, row, key)
}

// spill writes what is in memory to disk, sorted.
func (s *sortRows) spill(c *expr.Ctx) error {
	s.run.sort()
	if s.disk == nil {
		s.disk = &merge{}
	}
	if err := s.disk.write(c, &s.run); err != nil {
		return err
	}
	s.run.release()
	return nil
}

// toDisk frees the memory of rows that were sorted in it and not given yet.
func (s *sortRows) toDisk(c *expr.Ctx) error {
	if s.disk != nil {
		return nil
	}
	s.run.entries, s.next = s.run.entries[s.next:], 0
	if err := s.spill(c); err != nil {
		return err
	}
	return s.disk.begin(c)
}

// Close implements Rows.
func (s *sortRows) Close() error {
	s.run.release()
	s.ready = true
	child := s.child
	s.child = empty{}
	err := child.Close()
	if s.disk != nil {
		err = errors.Join(err, s.disk.close())
	}
	return err
}
