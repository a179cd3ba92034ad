package value

import "github.com/lxdb/lxdb/storage/kivi/codec"

// WeightsVersion is kept with every index over text. It goes up when the weights of some
// text change; TestWeightsVersion notices that.
const WeightsVersion = 3

// Weigher is c for keys of indexes: their order is the one that c compares in.
func (c *Collation) Weigher() codec.Weigher {
	if c.Pad {
		return padWeigher{weigher{c}}
	}
	return c.EarlierWeigher()
}

// EarlierWeigher is that of version 2, whose keys are in another order under PAD SPACE where characters below the
// space are.
func (c *Collation) EarlierWeigher() codec.Weigher {
	if _, plain := c.order.(byteOrder); plain && !c.Pad {
		return codec.Binary
	}
	return weigher{c}
}

type weigher struct{ c *Collation }

// AppendWeights implements codec.Weigher. A character has one to three bytes for each of
// its weights.
func (w weigher) AppendWeights(dst []byte, s string) []byte {
	switch o := w.c.order.(type) {
	case *runeOrder:
		return o.appendWeights(dst, []byte(s), w.c.Pad, codec.AppendWeight)
	case *levelOrder:
		return o.first.appendWeights(dst, []byte(s), w.c.Pad, codec.AppendWeight)
	}
	return w.c.order.append(dst, []byte(s), w.c.Pad)
}

// AppendEnd implements codec.Weigher. Where accents and case count, the whole key of the text is there.
func (w weigher) AppendEnd(dst []byte, s string) []byte {
	if o, ok := w.c.order.(*levelOrder); ok {
		return o.appendLevels(append(dst, 0), []byte(s))
	}
	return dst
}

func (w weigher) PadSpace() bool  { return w.c.Pad }
func (w weigher) Version() uint16 { return WeightsVersion - 1 }

// Most implements codec.Weigher.
func (w weigher) Most() int {
	if _, plain := w.c.order.(byteOrder); plain {
		return w.c.MaxBytes + 1 // of Windows-1252 some have three as UTF-8, of utf8mb4 one that is no character five
	}
	return 3
}

// padWeigher is a weigher under PAD SPACE: the shorter one of two texts is filled up with spaces, so a text ends with
// endless ones. There are three weights in the place of the space's: of a space that a smaller character follows behind
// all spaces, of the end, and of a space that a greater one follows.
type padWeigher struct{ weigher }

const (
	spaceBefore = iota
	spaceEnd
	spaceAfter
	spaceRoom = spaceAfter // greater weights stand so much higher
)

// AppendWeights implements codec.Weigher. Spaces at the end have none: what follows them is not known.
func (w padWeigher) AppendWeights(dst []byte, s string) []byte {
	o, ok := w.c.order.(*runeOrder)
	if !ok {
		return appendPaddedBytes(dst, s)
	}
	o.once.Do(o.fillASCII)
	space, run := o.ascii[' '], 0
	weights := cursor{o: o, s: []byte(s)}
	for x := weights.next(); x != 0; x = weights.next() {
		if x == space {
			run++
			continue
		}
		follows := space + spaceBefore
		if x > space {
			follows, x = space+spaceAfter, x+spaceRoom
		}
		for ; run > 0; run-- {
			dst = codec.AppendWeight(dst, follows)
		}
		dst = codec.AppendWeight(dst, x)
	}
	return dst
}

// lastByte stands before what does not fit behind it; UTF-8 has no such bytes.
const lastByte = 0xFF

func appendPaddedBytes(dst []byte, s string) []byte {
	run := 0
	for i := range len(s) {
		b := s[i]
		if b == ' ' {
			run++
			continue
		}
		follows := byte(' ' + spaceBefore)
		if b > ' ' {
			follows = ' ' + spaceAfter
		}
		for ; run > 0; run-- {
			dst = append(dst, follows)
		}
		switch {
		case b < ' ':
			dst = append(dst, b)
		case b < lastByte-spaceRoom:
			dst = append(dst, b+spaceRoom)
		default:
			dst = append(dst, lastByte, b)
		}
	}
	return dst
}

// AppendEnd implements codec.Weigher.
func (w padWeigher) AppendEnd(dst []byte, _ string) []byte {
	if o, ok := w.c.order.(*runeOrder); ok {
		o.once.Do(o.fillASCII)
		return codec.AppendWeight(dst, o.ascii[' ']+spaceEnd)
	}
	return append(dst, ' '+spaceEnd)
}

func (w padWeigher) Version() uint16 { return WeightsVersion }

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
