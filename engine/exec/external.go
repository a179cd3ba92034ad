package exec

import (
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/value"
)

// External gives rows that no operator makes: of documents, and of tables that are
// computed when they are asked for. They are kept until they are read.
type External struct {
	Columns []value.Type
	// Read hands over the rows, whose values may change behind the call.
	Read func(c *expr.Ctx, row func([]value.Value) error) error
}

// Types implements Node.
func (x *External) Types() []value.Type { return x.Columns }

// Open implements Node.
func (x *External) Open(c *expr.Ctx) (Rows, error) {
	r := &externalRows{buffered: buffered{buf: &rowBuffer{}, types: x.Columns}}
	var scratch []byte
	err := x.Read(c, func(row []value.Value) error {
		scratch = scratch[:0]
		for _, v := range row {
			scratch = appendValue(scratch, v)
		}
		n, err := r.buf.put(c, scratch)
		if err == nil && n&255 == 255 {
			err = ended(c)
		}
		return err
	})
	if err != nil {
		r.buf.release()
		return nil, err
	}
	return r, nil
}

type externalRows struct{ buffered }

// Close implements Rows.
func (r *externalRows) Close() error {
	r.buf.release()
	return nil
}
