package exec

import (
	"bytes"
	"encoding/binary"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// stage computes the functions of one window over rows that come sorted by it, partition after
// partition. Only functions that look at other rows need the partition in memory.
type stage struct {
	spec  *WindowSpec
	funcs []*WindowFunc
	in    []value.Type // columns of the rows that come
	types []value.Type // those, and the functions'
	input Rows
	sort  *sortRows // nil: one partition, in any order

	part    partition
	given   int    // rows of the partition
	ahead   []byte // a row that begins the next partition
	more    bool   // ahead is one
	begun   bool   // input is being read
	ended   bool
	key     []byte // of the row before
	keyPart int
	batch   *Batch // of an input that is not sorted
	at      int
	buf     []byte
	number  int64 // of the row in its partition
	rank    int64
	dense   int64
	out     Batch
}

func newStage(spec *WindowSpec, in []value.Type, input Rows) *stage {
	s := &stage{spec: spec, in: in, types: append([]value.Type{}, in...), input: input}
	keys := append(append([]SortKey{}, spec.Partition...), spec.Order...)
	if len(keys) > 0 {
		s.sort = newSortRows(&Sort{Child: typesOnly(in), Keys: keys}, input)
		s.sort.parts = len(spec.Partition)
	}
	return s
}

// typesOnly is a node of which nobody asks more than its types.
type typesOnly []value.Type

func (t typesOnly) Types() []value.Type        { return t }
func (typesOnly) Open(*expr.Ctx) (Rows, error) { return empty{}, nil }

// streams says that the functions need no other rows.
func (s *stage) streams() bool {
	for _, f := range s.funcs {
		if f.Call != nil || f.Name != "row_number" && f.Name != "rank" && f.Name != "dense_rank" {
			return false
		}
	}
	return true
}

// row is the next row as cells, whether it begins a partition, and whether it is no peer of the one
// before; nil at the end.
func (s *stage) row(c *expr.Ctx) (row []byte, first, other bool, err error) {
	if s.sort == nil {
		row, err = s.unsorted(c)
		first, other = !s.begun, !s.begun
		s.begun = true
		return row, first, other, err
	}
	key, row, err := s.sort.row()
	if err != nil || row == nil {
		return nil, false, false, err
	}
	part := 0
	if s.sort.parts > 0 {
		n, used := binary.Uvarint(row)
		part, row = int(n), row[used:]
	}
	other = !s.begun || !bytes.Equal(key, s.key)
	first = other && (!s.begun || !bytes.Equal(key[:part], s.key[:s.keyPart]))
	if other {
		s.key, s.keyPart = append(s.key[:0], key...), part
	}
	s.begun = true
	return row, first, other, nil
}

func (s *stage) unsorted(c *expr.Ctx) (row []byte, err error) {
	for s.batch == nil || s.at == s.batch.Len() {
		if s.batch, err = s.input.Next(c); s.batch == nil || err != nil {
			return nil, err
		}
		s.at = 0
	}
	if s.buf == nil { // a row without columns is none that is nil
		s.buf = make([]byte, 0, 64)
	}
	s.buf, err = appendRow(s.buf[:0], s.batch, s.batch.At(s.at), s.in)
	s.at++
	return s.buf, err
}

// Next implements Rows.
func (s *stage) Next(c *expr.Ctx) (*Batch, error) {
	if s.sort != nil {
		if err := s.sort.begin(c); err != nil {
			return nil, err
		}
	} else if err := ended(c); err != nil {
		return nil, err
	}
	s.out.begin(s.types)
	if s.streams() {
		return s.stream(c)
	}
	for !s.out.full() {
		if s.given == s.part.len() {
			if s.ended {
				break
			}
			if err := s.partition(c); err != nil {
				return nil, err
			}
			continue
		}
		s.part.emit(&s.out, s.given, len(s.in))
		s.given++
	}
	return s.out.orNil(), nil
}

func (s *stage) stream(c *expr.Ctx) (*Batch, error) {
	for !s.out.full() {
		row, first, other, err := s.row(c)
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		if first {
			s.number, s.dense = 0, 0
		}
		s.number++
		if other {
			s.rank = s.number
			s.dense++
		}
		for n := range s.in {
			if row, err = addCell(&s.out.Columns[n], row); err != nil {
				return nil, err
			}
		}
		for i, f := range s.funcs {
			n := s.number
			switch f.Name {
			case "rank":
				n = s.rank
			case "dense_rank":
				n = s.dense
			}
			if err := s.out.Columns[len(s.in)+i].Append(value.Uint(uint64(n))); err != nil {
				return nil, err
			}
		}
		s.out.N++
	}
	return s.out.orNil(), nil
}

// partition reads the next partition and computes its functions.
func (s *stage) partition(c *expr.Ctx) error {
	p := &s.part
	p.reset(s)
	s.given = 0
	if s.more {
		s.more = false
		if err := s.keep(c, s.ahead, true); err != nil {
			return err
		}
	}
	for {
		row, first, other, err := s.row(c)
		if err != nil {
			return err
		}
		if row == nil {
			s.ended = true
			break
		}
		if first && p.len() > 0 {
			s.ahead, s.more = append(s.ahead[:0], row...), true
			break
		}
		if err := s.keep(c, row, other); err != nil {
			return err
		}
		if p.len()&4095 == 0 {
			if err := ended(c); err != nil {
				return err
			}
		}
	}
	return p.compute(c, s.funcs)
}

// keep adds a row to the partition. Rows of other partitions go to disk for it.
func (s *stage) keep(c *expr.Ctx, row []byte, other bool) error {
	err := s.part.add(c, row, other)
	if err == nil || s.sort == nil || s.sort.disk != nil {
		return err
	}
	s.buf = append(s.buf[:0], row...)
	if err := s.sort.toDisk(c); err != nil {
		return err
	}
	return s.part.add(c, s.buf, other)
}

// Close implements Rows.
func (s *stage) Close() error {
	s.part.release()
	s.ended = true
	if s.sort != nil {
		return s.sort.Close() // and what it sorts: stages stand one over the other
	}
	return s.input.Close()
}
