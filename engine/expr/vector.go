package expr

import (
	"errors"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
	"github.com/lxdb/lxdb/storage/vector"
)

// Vector is a column of a batch with the type that says what its numbers and bytes
// stand for. The column may be one that a scan filled.
type Vector struct {
	Type *value.Type
	*vector.Column
	scratch []byte
}

// NewVector is an empty vector of a column of its own.
func NewVector(t *value.Type) *Vector {
	v := &Vector{Type: t, Column: new(vector.Column)}
	v.Reset()
	return v
}

// Over is a vector over a column that a scan filled with values of t.
func Over(t *value.Type, c *vector.Column) Vector { return Vector{Type: t, Column: c} }

// Reset empties the vector and keeps its memory.
func (v *Vector) Reset() { v.Column.Reset(v.Type.Storage()) }

// Value is value i. Its bytes are part of the column.
func (v *Vector) Value(i int) value.Value {
	if v.Nulls[i] {
		return value.Null
	}
	switch v.Kind {
	case codec.KindInt:
		return value.FromInt(v.Ints[i], v.Type)
	case codec.KindUint:
		return value.FromUint(v.Uints[i], v.Type)
	case codec.KindFloat:
		return value.Double(v.Floats[i])
	}
	x, err := value.FromBytes(v.Bytes(i), v.Type)
	if err != nil { // cannot be: rows carry a checksum, and results were made by Append
		return value.Null
	}
	return x
}

// document is Value of a JSON, whose parts take a hundred times its text at worst: they are charged
// to the statement until it looks at the next row.
func (v *Vector) document(c *Ctx, i int) (value.Value, error) {
	if v.Nulls[i] || v.Type.Kind != value.TypeJSON {
		return v.Value(i), nil
	}
	j, err := value.ReadStoredJSON(c.Env, v.Bytes(i))
	var damaged *value.SyntaxError
	switch {
	case errors.As(err, &damaged), errors.Is(err, value.ErrJSONTooDeep): // cannot be: see Value
		return value.Null, nil
	case err != nil:
		return value.Null, err
	}
	return value.Document(j), nil
}

// Append adds a value, which it copies. It must be of the vector's type.
func (v *Vector) Append(x value.Value) error {
	d, err := value.Datum(v.scratch[:0], x, v.Type)
	if err != nil {
		return err
	}
	return v.Column.Append(d)
}

// Batch is some rows, column by column.
type Batch struct {
	Columns []Vector
	N       int
}

// NewBatch is a batch over one that a scan filled; types are those of its columns.
func NewBatch(b *vector.Batch, types []value.Type) *Batch {
	out := &Batch{Columns: make([]Vector, len(b.Columns)), N: b.Len()}
	for i := range b.Columns {
		out.Columns[i] = Over(&types[i], &b.Columns[i])
	}
	return out
}

// Row gives the columns of one row.
type Row interface {
	Value(column int) value.Value
}

// At is a row of a batch. An operator keeps one and moves it.
type At struct {
	Batch *Batch
	I     int
}

// Value is a column of the row.
func (a *At) Value(column int) value.Value { return a.Batch.Columns[column].Value(a.I) }

// Values is a row that stands by itself.
type Values []value.Value

// Value is a column of the row.
func (v Values) Value(column int) value.Value { return v[column] }
