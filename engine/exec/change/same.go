package change

import (
	"bytes"

	"github.com/lxdb/lxdb/engine/value"
)

// sameRow says whether two rows of the same table are stored alike, byte for byte.
func sameRow(a, b []value.Value) bool {
	for i := range a {
		if !SameValue(a[i], b[i]) {
			return false
		}
	}
	return true
}

// SameValue says whether two values of one column are stored alike, byte for byte.
func SameValue(a, b value.Value) bool {
	if a.Class() != b.Class() {
		return false
	}
	switch a.Class() {
	case value.ClassNull:
		return true
	case value.ClassString:
		return bytes.Equal(a.Bytes(), b.Bytes())
	case value.ClassDecimal:
		return a.Decimal().Cmp(b.Decimal()) == 0
	case value.ClassJSON:
		return bytes.Equal(a.JSON().AppendStored(nil), b.JSON().AppendStored(nil))
	}
	return a.Uint() == b.Uint()
}
