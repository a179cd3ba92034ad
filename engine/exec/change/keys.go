package change

import (
	"github.com/lxdb/lxdb/engine/exec"
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

// Open implements exec.Node.
func (k *Keys) Open(c *expr.Ctx) (exec.Rows, error) {
	if err := k.Source.Ask(c); err != nil {
		return nil, err
	}
	r := &keyRows{keys: k.Of()}
	r.out.Columns = []expr.Vector{*expr.NewVector(&keyTypes[0])}
	return r, nil
}

type keyRows struct {
	keys [][]byte
	out  exec.Batch
}

// Next implements exec.Rows.
func (r *keyRows) Next(c *expr.Ctx) (*exec.Batch, error) {
	if err := exec.Ended(c); err != nil || len(r.keys) == 0 {
		return nil, err
	}
	for _, k := range r.keys {
		if err := r.out.Columns[0].Append(value.Bytes(k)); err != nil {
			return nil, err
		}
	}
	r.out.N, r.keys = len(r.keys), nil
	return &r.out, nil
}

// Close implements exec.Rows.
func (*keyRows) Close() error { return nil }
