package avatica

import (
	"bytes"
	"unicode/utf8"
)

// validUTF8 is b, with U+FFFD for what a protobuf string cannot hold: clients refuse
// the whole message for one bad byte.
func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}
