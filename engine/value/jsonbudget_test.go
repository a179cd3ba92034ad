package value

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// TestNodeBytes: what a part of a document is charged for is what it takes.
func TestNodeBytes(t *testing.T) {
	if takes := int(reflect.TypeFor[JSON]().Size()) + 16; nodeBytes < takes || nodeBytes > 2*takes {
		t.Errorf("a part takes %d bytes and is charged for %d", takes, nodeBytes)
	}
}

// TestReadJSONIsCharged: a short text that is a document of many parts does not fit a
// budget that its text fits.
func TestReadJSONIsCharged(t *testing.T) {
	text := append(bytes.Repeat([]byte("[1,"), 1), bytes.Repeat([]byte("1,"), 100_000)...)
	text = append(text, "1]"...)
	full := errors.New("full")
	left := 4 * len(text)
	e := &Env{Budget: func(n int) error {
		if left -= n; left < 0 {
			return full
		}
		return nil
	}}
	if _, err := ReadJSON(e, text); !errors.Is(err, full) {
		t.Errorf("%d bytes of text read within %d: %v", len(text), 4*len(text), err)
	}
	if _, err := ReadJSON(&Env{}, text); err != nil {
		t.Error(err)
	}
}
