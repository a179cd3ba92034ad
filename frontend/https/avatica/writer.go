package avatica

import (
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// writer writes a message field by field, each under its protobuf number and its JSON
// key. A key of "" is not in JSON; a number of 0 is not in protobuf.
type writer interface {
	text(num protowire.Number, key, v string)
	// int is a number; negative ones are two's complement of 64 bits, of 32 in int32.
	int(num protowire.Number, key string, v int64)
	int32(num protowire.Number, key string, v int32)
	flag(num protowire.Number, key string, v bool)
	// enum is a number in protobuf and a word in JSON.
	enum(num protowire.Number, key string, v uint64, word string)
	message(num protowire.Number, key string, f func(writer))
	// list is repeated messages.
	list(num protowire.Number, key string, n int, f func(w writer, i int))
	texts(num protowire.Number, key string, v []string)
	ints(num protowire.Number, key string, v []int64)
	null(key string)
	// raw is what was encoded before: fields of the message in protobuf, the value in JSON.
	raw(key string, b []byte)
	json() bool
}

// protoWriter appends a protobuf message. Zero values are left out, as proto3 wants.
type protoWriter struct{ b []byte }

func (w *protoWriter) json() bool { return false }

func (w *protoWriter) text(num protowire.Number, _ string, v string) {
	if num != 0 && v != "" {
		w.b = protowire.AppendString(protowire.AppendTag(w.b, num, protowire.BytesType), v)
	}
}

func (w *protoWriter) number(num protowire.Number, v uint64) {
	if num != 0 && v != 0 {
		w.b = protowire.AppendVarint(protowire.AppendTag(w.b, num, protowire.VarintType), v)
	}
}

func (w *protoWriter) int(num protowire.Number, _ string, v int64) { w.number(num, uint64(v)) }

func (w *protoWriter) int32(num protowire.Number, _ string, v int32) {
	w.number(num, uint64(uint32(v)))
}

func (w *protoWriter) flag(num protowire.Number, _ string, v bool) {
	w.number(num, protowire.EncodeBool(v))
}

func (w *protoWriter) enum(num protowire.Number, _ string, v uint64, _ string) { w.number(num, v) }

func (w *protoWriter) message(num protowire.Number, _ string, f func(writer)) {
	if num == 0 {
		return
	}
	var in protoWriter
	f(&in)
	w.b = protowire.AppendBytes(protowire.AppendTag(w.b, num, protowire.BytesType), in.b)
}

func (w *protoWriter) list(num protowire.Number, _ string, n int, f func(writer, int)) {
	var in protoWriter
	for i := range n {
		in.b = in.b[:0]
		f(&in, i)
		w.b = protowire.AppendBytes(protowire.AppendTag(w.b, num, protowire.BytesType), in.b)
	}
}

func (w *protoWriter) texts(num protowire.Number, _ string, v []string) {
	for _, s := range v {
		w.b = protowire.AppendString(protowire.AppendTag(w.b, num, protowire.BytesType), s)
	}
}

func (w *protoWriter) ints(num protowire.Number, _ string, v []int64) {
	if len(v) == 0 {
		return
	}
	var packed []byte
	for _, n := range v {
		packed = protowire.AppendVarint(packed, uint64(n))
	}
	w.b = protowire.AppendBytes(protowire.AppendTag(w.b, num, protowire.BytesType), packed)
}

func (w *protoWriter) null(string)            {}
func (w *protoWriter) raw(_ string, b []byte) { w.b = append(w.b, b...) }

// jsonWriter appends the members of an object. Zero values are written: Java's clients
// take a missing one for null.
type jsonWriter struct {
	b    []byte
	some bool // a member is there
}

func (w *jsonWriter) json() bool { return true }

func (w *jsonWriter) key(key string) bool {
	if key == "" {
		return false
	}
	if w.some {
		w.b = append(w.b, ',')
	}
	w.some = true
	w.b = append(append(append(w.b, '"'), key...), '"', ':')
	return true
}

func (w *jsonWriter) text(_ protowire.Number, key, v string) {
	if w.key(key) {
		w.b = AppendJSONString(w.b, v)
	}
}

// orNull is text whose empty value is null.
func (w *jsonWriter) orNull(num protowire.Number, key, v string) {
	if v == "" {
		w.null(key)
		return
	}
	w.text(num, key, v)
}

func (w *jsonWriter) int(_ protowire.Number, key string, v int64) {
	if w.key(key) {
		w.b = strconv.AppendInt(w.b, v, 10)
	}
}

func (w *jsonWriter) int32(num protowire.Number, key string, v int32) { w.int(num, key, int64(v)) }

func (w *jsonWriter) flag(_ protowire.Number, key string, v bool) {
	if w.key(key) {
		w.b = strconv.AppendBool(w.b, v)
	}
}

func (w *jsonWriter) enum(num protowire.Number, key string, _ uint64, word string) {
	w.orNull(num, key, word)
}

func (w *jsonWriter) message(_ protowire.Number, key string, f func(writer)) {
	if w.key(key) {
		w.object(f)
	}
}

func (w *jsonWriter) object(f func(writer)) {
	in := jsonWriter{b: append(w.b, '{')}
	f(&in)
	w.b = append(in.b, '}')
}

func (w *jsonWriter) list(_ protowire.Number, key string, n int, f func(writer, int)) {
	if !w.key(key) {
		return
	}
	w.b = append(w.b, '[')
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.object(func(in writer) { f(in, i) })
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) texts(_ protowire.Number, key string, v []string) {
	if !w.key(key) {
		return
	}
	w.b = append(w.b, '[')
	for i, s := range v {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = AppendJSONString(w.b, s)
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) ints(_ protowire.Number, key string, v []int64) {
	if !w.key(key) {
		return
	}
	w.b = append(w.b, '[')
	for i, n := range v {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = strconv.AppendInt(w.b, n, 10)
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) null(key string) {
	if w.key(key) {
		w.b = append(w.b, "null"...)
	}
}

func (w *jsonWriter) raw(key string, b []byte) {
	if w.key(key) {
		w.b = append(w.b, b...)
	}
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends v in quotes. Bytes that are no UTF-8 become U+FFFD.
func AppendJSONString[T string | []byte](b []byte, v T) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(v); {
		c := v[i]
		if c >= utf8.RuneSelf {
			var few [utf8.UTFMax]byte
			n := copy(few[:], v[i:min(len(v), i+utf8.UTFMax)])
			r, size := utf8.DecodeRune(few[:n])
			// U+2028 and U+2029 end a line in old JavaScript.
			if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
				b = append(b, v[start:i]...)
				b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
				start = i + size
			}
			i += size
			continue
		}
		i++
		if c >= ' ' && c != '"' && c != '\\' && c != '<' {
			continue
		}
		b = append(b, v[start:i-1]...)
		start = i
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, v[start:]...), '"')
}
