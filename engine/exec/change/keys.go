package change

import (
	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Keys gives the key of the row to change, when the statement names it by its whole key and nothing else:
// it is not read before it is taken.
type Keys struct {
	Source interface {
		// Ask says whether the rows may be read.
		Ask(c *expr.Ctx) error
		// Key is the key of the one row in a range of an index; ok is false when there may be more.
		Key(index int, r *exec.Range) (key []byte, ok bool, err error)
	}
	Index int
	Spans []exec.Span
	// Else finds the rows, and gives their keys, for values that make no key.
	Else exec.Node
}

var keyTypes = []value.Type{value.BytesOf(0)}

// Types implements Node.
func (k *Keys) Types() []value.Type { return keyTypes }

// Open implements exec.Node.
func (k *Keys) Open(c *expr.Ctx) (exec.Rows, error) {
	list, usable, none, err := exec.Ranges(c, k.Spans)
	if err != nil {
		return nil, err
	}
	r := &keyRows{}
	switch {
	case none:
	case !usable || len(list) != 1:
		return k.Else.Open(c)
	default:
		key, ok, err := k.Source.Key(k.Index, &list[0])
		if err != nil {
			return nil, err
		}
		if !ok {
			return k.Else.Open(c)
		}
		r.key = key
	}
	if err := k.Source.Ask(c); err != nil {
		return nil, err
	}
	r.out.Columns = []expr.Vector{*expr.NewVector(&keyTypes[0])}
	return r, nil
}

type keyRows struct {
	key []byte // nil: no row
	out exec.Batch
}

// Next implements exec.Rows.
func (r *keyRows) Next(c *expr.Ctx) (*exec.Batch, error) {
	if err := exec.Ended(c); err != nil || r.key == nil {
		return nil, err
	}
	if err := r.out.Columns[0].Append(value.Bytes(r.key)); err != nil {
		return nil, err
	}
	r.out.N, r.key = 1, nil
	return &r.out, nil
}

// Close implements exec.Rows.
func (*keyRows) Close() error { return nil }
