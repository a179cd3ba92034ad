package expr

import (
	"bytes"
	"encoding/binary"

	"github.com/lxdb/lxdb/engine/value"
)

// exactSet has the alternatives of a long IN that are compared as whole or exact numbers or as
// moments, by keys that equal values share: DECIMAL, BIGINT UNSIGNED, DATE and DATETIME. Other
// lists are asked one by one.
type exactSet struct {
	how  value.How
	keys map[string]bool
}

// makeExact is for lists that makeSet has left.
func (e *In) makeExact() {
	if e.set != nil || e.texts != nil || len(e.Items) <= shortList {
		return
	}
	set := &exactSet{how: e.rules[0].How, keys: make(map[string]bool, len(e.Items))}
	null := false
	var key []byte
	for i, item := range e.Items {
		c, ok := e.listed(item)
		if !ok || e.rules[i].How != set.how {
			return
		}
		if c.Val.IsNull() {
			null = true
			continue
		}
		if key, ok = set.key(key[:0], c.Val); !ok {
			return
		}
		set.keys[string(key)] = true
	}
	e.exact, e.null = set, null
}

// key appends what tells a value from those that are not equal to it; false for a value that would
// have to be converted first.
func (s *exactSet) key(dst []byte, v value.Value) ([]byte, bool) {
	switch class := v.Class(); s.how {
	case value.AsInt:
		if class == value.ClassInt || class == value.ClassUint {
			return wholeKey(dst, v), true
		}
	case value.AsDecimal:
		switch class {
		case value.ClassInt, value.ClassUint:
			return value.AppendText(dst, v, &value.BigInt), true
		case value.ClassDecimal:
			return decimalKey(dst, v), true
		}
	case value.AsDateTime:
		if class == value.ClassDate || class == value.ClassDateTime {
			return binary.BigEndian.AppendUint64(dst, uint64(v.DateTime())), true
		}
	}
	return dst, false
}

func wholeKey(dst []byte, v value.Value) []byte {
	if v.Class() == value.ClassInt && v.Int() < 0 {
		return binary.BigEndian.AppendUint64(append(dst, '-'), uint64(v.Int()))
	}
	if v.Class() == value.ClassInt {
		return binary.BigEndian.AppendUint64(append(dst, '+'), uint64(v.Int()))
	}
	return binary.BigEndian.AppendUint64(append(dst, '+'), v.Uint())
}

// decimalKey is the number without zeros at its end.
func decimalKey(dst []byte, v value.Value) []byte {
	from := len(dst)
	d := v.Decimal()
	dst = d.Append(dst)
	if d.Scale() > 0 {
		dst = append(dst[:from], bytes.TrimRight(dst[from:], "0")...)
		dst = append(dst[:from], bytes.TrimSuffix(dst[from:], []byte("."))...)
	}
	if bytes.Equal(dst[from:], []byte("-0")) {
		return append(dst[:from], '0')
	}
	return dst
}

// has says whether a value is in the set; asked is false for one that it cannot tell of.
func (s *exactSet) has(v value.Value) (in, asked bool) {
	var buf [96]byte
	key, ok := s.key(buf[:0], v)
	return ok && s.keys[string(key)], ok
}
