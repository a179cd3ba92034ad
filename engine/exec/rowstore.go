package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// rowStore keeps rows column by column, in pieces.
type rowStore struct {
	types  []value.Type
	pieces []*Batch
	n      int
	// counted is what was charged for the last piece, when its texts had so many bytes.
	counted, data int
	texts         []int // the columns of texts
	mem           memory
}

// add keeps a row of a batch, or nothing when there is no memory.
func (s *rowStore) add(c *expr.Ctx, b *Batch, at int) error {
	piece, err := s.piece(c)
	if err != nil {
		return err
	}
	for n := range piece.Columns {
		if err := copyCell(&piece.Columns[n], &b.Columns[n], at); err != nil {
			return err
		}
	}
	piece.N++
	s.n++
	return nil
}

// addRow is add of a row that appendRow kept.
func (s *rowStore) addRow(c *expr.Ctx, row []byte) error {
	piece, err := s.piece(c)
	if err != nil {
		return err
	}
	s.n++
	return piece.addRow(row)
}

// addValue is add of a row of one column.
func (s *rowStore) addValue(c *expr.Ctx, v value.Value) error {
	piece, err := s.piece(c)
	if err != nil {
		return err
	}
	s.n++
	piece.N++
	return piece.Columns[0].Append(v)
}

// longBytes are so many of texts that they are charged at once.
const longBytes = 64 << 10

// piece is where the next row goes.
func (s *rowStore) piece(c *expr.Ctx) (*Batch, error) {
	if s.n%64 == 0 || s.textBytes()-s.data > longBytes {
		if err := s.charge(c); err != nil {
			return nil, err
		}
	}
	if s.n%batchRows == 0 {
		piece := &Batch{}
		piece.begin(s.types)
		if s.pieces == nil {
			s.texts = s.texts[:0]
			for i := range piece.Columns {
				if piece.Columns[i].Kind == codec.KindBytes {
					s.texts = append(s.texts, i)
				}
			}
		}
		s.pieces = append(s.pieces, piece)
		s.counted, s.data = 0, 0
	}
	return s.pieces[len(s.pieces)-1], nil
}

// charge takes what the last piece has grown by.
func (s *rowStore) charge(c *expr.Ctx) error {
	if len(s.pieces) == 0 {
		return nil
	}
	size := s.pieces[len(s.pieces)-1].size()
	err := s.mem.take(c, size-s.counted)
	if err == nil {
		s.counted, s.data = size, s.textBytes()
	}
	return err
}

// textBytes are those of the texts in the last piece.
func (s *rowStore) textBytes() (n int) {
	for _, i := range s.texts {
		n += len(s.pieces[len(s.pieces)-1].Columns[i].Data)
	}
	return n
}

// all are the pieces.
func (s *rowStore) all() []*Batch { return s.pieces }

func (s *rowStore) at(row int32) (*Batch, int) { return s.pieces[row/batchRows], int(row % batchRows) }

// gather appends column n of rows to out; -1 is NULL.
func (s *rowStore) gather(out *expr.Vector, n int, rows []int32) {
	for _, row := range rows {
		if row < 0 {
			out.AppendNull()
			continue
		}
		out.AppendFrom(s.pieces[row/batchRows].Columns[n].Column, int(row%batchRows))
	}
}

func (s *rowStore) release() {
	s.pieces, s.texts, s.n = nil, nil, 0
	s.mem.give()
}

// size is about what the columns of a batch take.
func (b *Batch) size() (n int) {
	for i := range b.Columns {
		col := b.Columns[i].Column
		n += cap(col.Nulls) + 8*(cap(col.Ints)+cap(col.Uints)+cap(col.Floats)) + cap(col.Data) + 4*cap(col.Ends)
	}
	return n
}
