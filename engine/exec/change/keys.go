package change

import (
	"bytes"

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
		// AppendKey appends the key of the one row with these values in the columns of an index; ok is
		// false when there may be more. It is nil when there is none.
		AppendKey(dst []byte, index int, equal []exec.Bound) (key []byte, ok bool, err error)
	}
	Index int
	Spans []exec.Span
	// Else finds the rows, and gives their keys, for values that make no key.
	Else exec.Node

	equal []exec.Bound // of the last execution
	key   []byte
}

var keyTypes = []value.Type{value.BytesOf(0)}

// Types implements Node.
func (k *Keys) Types() []value.Type { return keyTypes }

// Open implements exec.Node.
func (k *Keys) Open(c *expr.Ctx) (exec.Rows, error) {
	key, ok, err := k.one(c)
	if err != nil {
		return nil, err
	}
	if !ok {
		return k.Else.Open(c)
	}
	r := &keyRows{}
	if key != nil {
		r.key = bytes.Clone(key)
	}
	r.out.Columns = []expr.Vector{*expr.NewVector(&keyTypes[0])}
	return r, nil
}

// maxKeyKept bounds the memory that is kept for the next execution.
const maxKeyKept = 1 << 10

// one is the key of the one row, which may be read, until it is called again; nil when there is none. ok is
// false when Else finds the rows.
func (k *Keys) one(c *expr.Ctx) (key []byte, ok bool, err error) {
	k.equal = k.equal[:0]
	for i := range k.Spans {
		b, none, ok, err := k.Spans[i].Only(c)
		if err != nil || !ok {
			return nil, false, err
		}
		if none {
			return nil, true, k.Source.Ask(c)
		}
		k.equal = append(k.equal, b)
	}
	key, ok, err = k.Source.AppendKey(k.key[:0], k.Index, k.equal)
	clear(k.equal)
	if err != nil || !ok {
		return nil, false, err
	}
	if key != nil && cap(key) <= maxKeyKept {
		k.key = key
	}
	return key, true, k.Source.Ask(c)
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
