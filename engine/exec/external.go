package exec

import (
	"errors"

	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// External gives rows that no operator makes: of documents, and of tables that are
// computed when they are asked for. They are kept until they are read, in a file when there is no memory.
type External struct {
	Name    string // for EXPLAIN
	Columns []value.Type
	// Read hands over the rows, whose values may change behind the call.
	Read func(c *expr.Ctx, row func([]value.Value) error) error
}

// Types implements Node.
func (x *External) Types() []value.Type { return x.Columns }

// Open implements Node.
func (x *External) Open(c *expr.Ctx) (Rows, error) {
	kept := newSpool(x.Columns)
	err := x.fill(c, kept)
	if err == nil {
		err = kept.finish()
	}
	if err != nil {
		return nil, errors.Join(err, kept.release())
	}
	return &externalRows{kept.open(), kept}, nil
}

func (x *External) fill(c *expr.Ctx, kept *spool) error {
	var b Batch
	b.begin(x.Columns)
	flush := func() error {
		for at := range b.N {
			if err := kept.add(c, &b, at); err != nil {
				return err
			}
		}
		b.begin(x.Columns)
		return ended(c)
	}
	err := x.Read(c, func(row []value.Value) error {
		for i, v := range row {
			if err := b.Columns[i].Append(v); err != nil {
				return err
			}
		}
		if b.N++; b.full() {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

type externalRows struct {
	Rows
	kept *spool
}

// Close implements Rows.
func (r *externalRows) Close() error { return r.kept.release() }

// Shared reads a query that several parts of a statement read and that is computed once: a
// common table expression that is named twice.
type Shared struct{ Query *SharedQuery }

// SharedQuery is what they read. Its rows are kept until the statement ends.
type SharedQuery struct {
	Node Node
	rows *spool // of the running statement: see Reset
}

// Types implements Node.
func (s *Shared) Types() []value.Type { return s.Query.Node.Types() }

// Open implements Node.
func (s *Shared) Open(c *expr.Ctx) (Rows, error) {
	q := s.Query
	if q.rows == nil {
		rows := newSpool(q.Node.Types())
		if err := rows.fill(c, q.Node); err != nil {
			return nil, errors.Join(err, rows.release())
		}
		q.rows = rows
	}
	return q.rows.open(), nil
}

// Reset forgets the rows. A statement does it when it begins and when it ends.
func (q *SharedQuery) Reset() {
	if q.rows != nil {
		_ = q.rows.release() // a file without a name is gone with its last reader
		q.rows = nil
	}
}
