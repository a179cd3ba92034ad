package value

import "github.com/lxdb/lxdb/storage/kivi/codec"

// WeightsVersion is kept with every index over text. It goes up when the weights of some
// text change; TestWeightsVersion notices that.
const WeightsVersion = 2

// Weigher is c for keys of indexes: their order is the one that c compares in, except for
// characters below the space under PAD SPACE.
func (c *Collation) Weigher() codec.Weigher {
	if _, plain := c.order.(byteOrder); plain && !c.Pad {
		return codec.Binary
	}
	return weigher{c}
}

type weigher struct{ c *Collation }

// AppendWeights implements codec.Weigher. A character has one to three bytes for each of
// its weights. Where accents and case count, the whole key of the text follows.
func (w weigher) AppendWeights(dst []byte, s string) []byte {
	switch o := w.c.order.(type) {
	case *runeOrder:
		return o.appendWeights(dst, []byte(s), w.c.Pad, codec.AppendWeight)
	case *levelOrder:
		return o.appendLevels(append(o.first.appendWeights(dst, []byte(s), w.c.Pad, codec.AppendWeight), 0), []byte(s))
	}
	return w.c.order.append(dst, []byte(s), w.c.Pad)
}

func (w weigher) PadSpace() bool  { return w.c.Pad }
func (w weigher) Version() uint16 { return WeightsVersion }

// Last is a character that no other one stands behind; 0 is none that is known.
func (c *Collation) Last() rune {
	if c.Binary() {
		return 0
	}
	switch o := c.order.(type) {
	case *runeOrder:
		return o.last
	case *levelOrder:
		return o.first.last
	}
	return '\U0010FFFF'
}
