package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// spool keeps rows that are read again and again, in their order: in memory, or in a file when
// there is none left.
type spool struct {
	rows rowStore
	disk *shards // one part of it
	n    int
	buf  []byte
}

func newSpool(types []value.Type) *spool { return &spool{rows: rowStore{types: types}} }

// add keeps a row of a batch.
func (s *spool) add(c *expr.Ctx, b *Batch, at int) (err error) {
	s.n++
	if s.disk == nil {
		if s.rows.add(c, b, at) == nil {
			return nil
		}
		if err := s.toDisk(c); err != nil {
			return err
		}
	}
	if s.buf, err = appendRow(s.buf[:0], b, at, s.rows.types); err != nil {
		return err
	}
	return s.disk.add(0, s.buf)
}

func (s *spool) toDisk(c *expr.Ctx) (err error) {
	if s.disk, err = newShards(c, 0); err != nil {
		return err
	}
	for _, b := range s.rows.all() {
		for at := range b.N {
			if s.buf, err = appendRow(s.buf[:0], b, at, s.rows.types); err != nil {
				return err
			}
			if err := s.disk.add(0, s.buf); err != nil {
				return err
			}
		}
	}
	s.rows.release()
	return nil
}

// fill keeps all rows of a node.
func (s *spool) fill(c *expr.Ctx, n Node) error {
	err := each(c, n, func(b *Batch) error {
		for i := range b.Len() {
			if err := s.add(c, b, b.At(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.finish()
}

// finish ends writing: the rows may be read then.
func (s *spool) finish() error {
	if s.disk == nil {
		return nil
	}
	return s.disk.finish()
}

// open reads the rows, as often as it is called.
func (s *spool) open() Rows {
	if s.disk != nil {
		return s.disk.rowsOf(0, s.rows.types)
	}
	return &spoolRows{pieces: s.rows.all()}
}

func (s *spool) release() error {
	s.rows.release()
	disk := s.disk
	s.disk = nil
	return disk.close()
}

// Passes computes all rows of a node, and then gives them out so many times.
func Passes(c *expr.Ctx, n Node, times int, visit func(pass int, b *Batch) error) (err error) {
	rows := newSpool(n.Types())
	defer func() { err = errors.Join(err, rows.release()) }()
	if err := rows.fill(c, n); err != nil {
		return err
	}
	for pass := range times {
		r := rows.open()
		for {
			b, err := r.Next(c)
			if err == nil && b != nil {
				err = visit(pass, b)
			}
			if err != nil || b == nil {
				if err = errors.Join(err, r.Close()); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// Whole computes all rows of its child before it gives the first one.
type Whole struct{ Child Node }

// Types implements Node.
func (w *Whole) Types() []value.Type { return w.Child.Types() }

// Open implements Node.
func (w *Whole) Open(c *expr.Ctx) (Rows, error) {
	rows := newSpool(w.Types())
	if err := rows.fill(c, w.Child); err != nil {
		return nil, errors.Join(err, rows.release())
	}
	return &wholeRows{rows.open(), rows}, nil
}

type wholeRows struct {
	Rows
	kept *spool
}

// Close implements Rows.
func (r *wholeRows) Close() error { return errors.Join(r.Rows.Close(), r.kept.release()) }

// spoolRows gives the pieces as they stand.
type spoolRows struct {
	pieces []*Batch
	out    Batch
}

// Next implements Rows.
func (r *spoolRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := ended(c); err != nil || len(r.pieces) == 0 {
		return nil, err
	}
	r.out = *r.pieces[0]
	r.pieces = r.pieces[1:]
	return &r.out, nil
}

// Close implements Rows.
func (r *spoolRows) Close() error { return nil }
