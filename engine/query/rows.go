package query

import (
	"encoding/binary"

	"github.com/lxdb/lxdb/engine/exec"
	"github.com/lxdb/lxdb/engine/expr"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Writer makes rows for the client of batches. Its memory is used again with each call.
type Writer struct {
	rows   []session.Row
	values []session.Value
	bytes  []byte
}

// Rows are at most so many rows of a batch, from row number from on. They are valid
// until the next call, and as long as the batch is.
func (w *Writer) Rows(b *exec.Batch, from, most int) []session.Row {
	n := min(b.Len()-from, most)
	width := len(b.Columns)
	if cap(w.values) < n*width {
		w.values = make([]session.Value, n*width)
	}
	if cap(w.rows) < n {
		w.rows = make([]session.Row, n)
	}
	w.values, w.rows, w.bytes = w.values[:n*width], w.rows[:n], w.bytes[:0]
	for c := range b.Columns {
		w.column(b, &b.Columns[c], c, from, n)
	}
	for i := range w.rows {
		w.rows[i] = w.values[i*width : (i+1)*width : (i+1)*width]
	}
	return w.rows
}

func (w *Writer) column(b *exec.Batch, v *expr.Vector, c, from, n int) {
	width := len(b.Columns)
	for i := range n {
		at := b.At(from + i)
		out := &w.values[i*width+c]
		switch {
		case v.Nulls[at]:
			*out = session.Value{}
		case v.Kind == codec.KindInt && v.Type.IsInteger():
			*out = session.IntValue(v.Ints[at])
		case v.Type.IsString():
			*out = session.BytesValue(v.Bytes(at))
		default:
			*out = w.value(v.Value(at), v.Type)
		}
	}
}

// value is for everything that is neither an integer nor a string.
func (w *Writer) value(v value.Value, t *value.Type) session.Value {
	switch v.Class() {
	case value.ClassNull:
		return session.Value{}
	case value.ClassInt:
		return session.IntValue(v.Int())
	case value.ClassUint:
		return w.number(v, t)
	case value.ClassDouble:
		if t.Kind == value.TypeFloat {
			return session.Float32Value(float32(v.Double()))
		}
		if t.Scale != value.NotFixed {
			return session.ShownFloat(v.Double(), w.text(v, t).Bytes())
		}
		return session.Float64Value(v.Double())
	case value.ClassDate, value.ClassDateTime:
		d := value.CivilOf(v.DateTime())
		return session.DateTimeValue(session.Civil{
			Year: uint16(d.Year), Month: uint8(d.Month), Day: uint8(d.Day), Hour: uint8(d.Hour), Minute: uint8(d.Minute),
			Sec: uint8(d.Second), Micro: uint32(d.Micro),
		})
	case value.ClassTime:
		return session.DurationValue(v.Micros())
	case value.ClassString:
		return session.BytesValue(v.Bytes())
	}
	return w.text(v, t)
}

func (w *Writer) number(v value.Value, t *value.Type) session.Value {
	switch t.Kind {
	case value.TypeYear:
		return session.IntValue(int64(v.Uint()))
	case value.TypeBit:
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], v.Uint())
		return w.keep(b[8-min(8, max(1, (t.Length+7)/8)):])
	case value.TypeEnum, value.TypeSet:
		return w.text(v, t)
	}
	return session.UintValue(v.Uint())
}

func (w *Writer) text(v value.Value, t *value.Type) session.Value {
	from := len(w.bytes)
	w.bytes = value.AppendText(w.bytes, v, t)
	return session.BytesValue(w.bytes[from:len(w.bytes):len(w.bytes)])
}

func (w *Writer) keep(b []byte) session.Value {
	from := len(w.bytes)
	w.bytes = append(w.bytes, b...)
	return session.BytesValue(w.bytes[from:len(w.bytes):len(w.bytes)])
}
