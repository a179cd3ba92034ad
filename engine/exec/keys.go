package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// Keys gives the keys of rows to change, when the statement names the rows by nothing else.
type Keys struct {
	Source interface {
		// Ask says whether the rows may be read.
		Ask(c *expr.Ctx) error
	}
	Of func() [][]byte
}

var keyTypes = []value.Type{value.BytesOf(0)}

// Types implements Node.
func (k *Keys) Types() []value.Type { return keyTypes }

// Open implements Node.
func (k *Keys) Open(c *expr.Ctx) (Rows, error) {
	if err := k.Source.Ask(c); err != nil {
		return nil, err
	}
	return &keyRows{keys: k.Of()}, nil
}

type keyRows struct {
	keys [][]byte
	out  Batch
}

// Next implements Rows.
func (r *keyRows) Next(c *expr.Ctx) (*Batch, error) {
	if err := ended(c); err != nil {
		return nil, err
	}
	r.out.begin(keyTypes)
	for _, k := range r.keys {
		if err := r.out.Columns[0].Append(value.Bytes(k)); err != nil {
			return nil, err
		}
		r.out.N++
	}
	r.keys = nil
	return r.out.orNil(), nil
}

// Close implements Rows.
func (*keyRows) Close() error { return nil }
