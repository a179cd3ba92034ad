package table

import (
	"sync"
	"unicode/utf8"

	"github.com/dolthub/go-mysql-server/sql"

	"github.com/lxdb/lxdb/engine/value"
	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// Keys of texts have the weights of engine/value, which comparisons have too. Indexes of
// version 2 find rows, but do not sort them: under PAD SPACE characters below the space stand in
// another order. Those of version 1 have the weights of the SQL library: they are written and read
// on with these, until the table is rewritten, but our operators do not look rows up by them.
const weightsVersion = value.WeightsVersion

// weigherOf is that of a collation; one that engine/value does not know, which no new
// column has, keeps the library's weights.
func weigherOf(c sql.CollationID) codec.Weigher {
	if of := value.CollationOf(uint16(c)); of != nil {
		return of.Weigher()
	}
	return formerWeigherOf(c)
}

// runeWeigher gives the weights that the SQL library compares text by, rune by
// rune. It pads nothing, because the library's comparison does not.
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

func (w *runeWeigher) AppendEnd(dst []byte, _ string) []byte { return dst }
func (w *runeWeigher) Most() int                             { return 3 }
func (w *runeWeigher) PadSpace() bool                        { return false }
func (w *runeWeigher) Version() uint16                       { return weightsVersion - 2 }

var formerWeighers sync.Map // sql.CollationID -> codec.Weigher

func formerWeigherOf(c sql.CollationID) codec.Weigher {
	if w, ok := formerWeighers.Load(c); ok {
		return w.(codec.Weigher)
	}
	w := newFormerWeigher(c)
	formerWeighers.Store(c, w)
	return w
}

func newFormerWeigher(c sql.CollationID) codec.Weigher {
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
