package table

import (
	"sync"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// weightsVersion is kept with every index over text. It goes up when the SQL
// library's weights change; TestWeightsVersion notices that.
const weightsVersion = 1

// runeWeigher gives the weights that the SQL library compares text by, rune by
// rune. It pads nothing, because the library's comparison does not: an index
// must agree with the filter that it replaces, so 'a' and 'a ' differ here even
// under collations that MySQL pads.
type runeWeigher struct {
	weight sql.CollationSorter
	ascii  [utf8.RuneSelf]uint32
}

func (w *runeWeigher) AppendWeights(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = codec.AppendWeight(dst, w.ascii[c])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		dst = codec.AppendWeight(dst, uint32(w.weight(r)))
		i += n
	}
	return dst
}

func (w *runeWeigher) PadSpace() bool  { return false }
func (w *runeWeigher) Version() uint16 { return weightsVersion }

var weighers sync.Map // sql.CollationID -> codec.Weigher

// weigherOf returns the Weigher of a collation. Those whose weights are the
// code points order like their UTF-8 bytes.
func weigherOf(c sql.CollationID) codec.Weigher {
	if w, ok := weighers.Load(c); ok {
		return w.(codec.Weigher)
	}
	w := newWeigher(c)
	weighers.Store(c, w)
	return w
}

func newWeigher(c sql.CollationID) codec.Weigher {
	sorter := c.Sorter()
	if c == sql.Collation_binary || c == sql.Collation_utf8mb4_0900_bin || sorter == nil {
		return codec.Binary
	}
	w := &runeWeigher{weight: sorter}
	for r := range w.ascii {
		w.ascii[r] = uint32(sorter(rune(r)))
	}
	return w
}
