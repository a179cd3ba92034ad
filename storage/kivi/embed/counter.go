package embed

import (
	"encoding/binary"
	"fmt"

	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// A counter's value is the next free number, 8 bytes big-endian.
const counterBytes = 8

func encodeCounter(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// DecodeCounter reads the next free number of a counter.
func DecodeCounter(v []byte) (uint64, error) {
	if len(v) != counterBytes {
		return 0, fmt.Errorf("%w: a counter of %d bytes", kv.ErrCorrupt, len(v))
	}
	return binary.BigEndian.Uint64(v), nil
}
