package value

import (
	"bytes"
	"sort"
)

// JSONKind is the type of a JSON value as JSON_TYPE tells it.
type JSONKind uint8

const (
	JSONNull JSONKind = iota
	JSONBool
	JSONNumber // Scalar is an Int, Uint, Double or Decimal
	JSONString // Text
	JSONArray
	JSONObject
	JSONTime // Scalar is a Date, DateTime or Time; prints as a string
	JSONBlob // Text, as base64 with its type
)

// JSON is a document or a part of one. It is never changed once it was made: a
// function that changes a document makes the parts anew that lead to the change.
type JSON struct {
	Kind   JSONKind
	True   bool  // of JSONBool
	Scalar Value // of JSONNumber and JSONTime
	// Opaque is the type of a JSONTime or JSONBlob.
	Opaque  Kind
	Text    string
	Items   []*JSON
	Members []Member // sorted: shorter keys first, then by bytes
}

// Member is one of an object.
type Member struct {
	Key   string
	Value *JSON
}

// MaxJSONDepth is how deeply a document may nest.
const MaxJSONDepth = 100

// NewObject sorts the members; of one key the last one stays.
func NewObject(members []Member) *JSON {
	sort.SliceStable(members, func(i, j int) bool { return keyLess(members[i].Key, members[j].Key) })
	out := members[:0]
	for i, m := range members {
		if i > 0 && len(out) > 0 && out[len(out)-1].Key == m.Key {
			out[len(out)-1] = m
			continue
		}
		out = append(out, m)
	}
	return &JSON{Kind: JSONObject, Members: out}
}

func keyLess(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// Member finds a member of an object; nil is none.
func (j *JSON) Member(key string) *JSON {
	i := sort.Search(len(j.Members), func(i int) bool { return !keyLess(j.Members[i].Key, key) })
	if i < len(j.Members) && j.Members[i].Key == key {
		return j.Members[i].Value
	}
	return nil
}

// Size is about how much memory j has.
func (j *JSON) Size() int {
	n := 112 + len(j.Text)
	for _, i := range j.Items {
		n += 8 + i.Size()
	}
	for _, m := range j.Members {
		n += 24 + len(m.Key) + m.Value.Size()
	}
	return n
}

// Depth is 1 for a scalar or an empty array or object.
func (j *JSON) Depth() int {
	n := 0
	for _, i := range j.Items {
		n = max(n, i.Depth())
	}
	for _, m := range j.Members {
		n = max(n, m.Value.Depth())
	}
	return n + 1
}

// Append writes j as MySQL shows a document.
func (j *JSON) Append(dst []byte) []byte { return j.appendTo(dst, false) }

// appendTo is Append, or, stored, AppendStored.
func (j *JSON) appendTo(dst []byte, stored bool) []byte {
	if stored {
		var marked bool
		if dst, marked = j.appendMarked(dst); marked {
			return dst
		}
	}
	switch j.Kind {
	case JSONNull:
		return append(dst, "null"...)
	case JSONBool:
		if j.True {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case JSONNumber:
		return j.appendNumber(dst)
	case JSONTime, JSONBlob:
		return AppendQuoted(dst, j.Unquoted())
	case JSONArray:
		dst = append(dst, '[')
		for i, item := range j.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = item.appendTo(dst, stored)
		}
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		for i, m := range j.Members {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(AppendQuoted(dst, []byte(m.Key)), ": "...)
			dst = m.Value.appendTo(dst, stored)
		}
		return append(dst, '}')
	}
	return AppendQuoted(dst, []byte(j.Text))
}

// appendNumber shows that 1.0 is a double.
func (j *JSON) appendNumber(dst []byte) []byte {
	from := len(dst)
	dst = AppendText(dst, j.Scalar, &Type{Kind: TypeNull, Scale: NotFixed})
	if j.Scalar.class == ClassDouble && bytes.IndexAny(dst[from:], ".eE") < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// Unquoted is what JSON_UNQUOTE makes of j: the text of a string, else Append.
func (j *JSON) Unquoted() []byte {
	switch j.Kind {
	case JSONString:
		return []byte(j.Text)
	case JSONTime:
		return AppendText(nil, j.Scalar, &Type{Kind: j.Opaque, Scale: MaxFsp})
	case JSONBlob:
		return appendBase64(j)
	}
	return j.Append(nil)
}

// AppendQuoted writes s as a JSON string.
func AppendQuoted(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}
