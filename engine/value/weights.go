package value

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// The orders of characters: primary is the Unicode collation algorithm without
// accents and case, secondary with accents, tertiary with both; general is MySQL's
// old one, a single weight for each character; swedish is that of latin1.
var (
	primary   = newRuneOrder(primaryWeights, '\uFFFF')
	general   = newRuneOrder(generalWeights, '\uFFFF')
	swedish   = newRuneOrder(swedishWeights, 'ÿ')
	secondary = &levelOrder{opts: []collate.Option{collate.IgnoreCase, collate.IgnoreWidth}, first: primary}
	tertiary  = &levelOrder{first: primary}
)

// runeOrder weighs character by character: each one has no weight at all, one, or
// several ('ß' has those of 'ss').
type runeOrder struct {
	make  func(r rune) []uint32
	last  rune                  // that no other stands behind
	ascii [utf8.RuneSelf]uint32 // 0: ignored
	once  sync.Once
	pages [0x110000 >> 8]atomic.Pointer[[256][]uint32]
	mu    sync.Mutex
}

func newRuneOrder(weights func(r rune) []uint32, last rune) *runeOrder {
	return &runeOrder{make: weights, last: last}
}

func (o *runeOrder) fillASCII() {
	for r := range o.ascii {
		if w := o.make(rune(r)); len(w) > 0 {
			o.ascii[r] = w[0]
		}
	}
}

// weights of one character; those of a page of 256 are made when the first is asked
// for.
func (o *runeOrder) weights(r rune) []uint32 {
	slot := &o.pages[r>>8]
	page := slot.Load()
	if page == nil {
		page = o.page(r >> 8)
	}
	return page[r&0xFF]
}

func (o *runeOrder) page(n rune) *[256][]uint32 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if page := o.pages[n].Load(); page != nil {
		return page
	}
	page := new([256][]uint32)
	for i := range page {
		page[i] = o.make(n<<8 | rune(i))
	}
	o.pages[n].Store(page)
	return page
}

// cursor reads the weights of a text one after the other; 0 is the end. Without an order a character is its
// own weight, and one more.
type cursor struct {
	o    *runeOrder
	s    []byte
	more []uint32
}

func (c *cursor) next() uint32 {
	for {
		if len(c.more) > 0 {
			w := c.more[0]
			c.more = c.more[1:]
			return w
		}
		if len(c.s) == 0 {
			return 0
		}
		if c.o == nil {
			r, n := utf8.DecodeRune(c.s)
			if n == 1 && r == utf8.RuneError { // a byte that is no character
				r = utf8.MaxRune + 1 + rune(c.s[0])
			}
			c.s = c.s[n:]
			return uint32(r) + 1
		}
		if b := c.s[0]; b < utf8.RuneSelf {
			c.s = c.s[1:]
			if w := c.o.ascii[b]; w != 0 {
				return w
			}
			continue
		}
		r, n := utf8.DecodeRune(c.s)
		c.s = c.s[n:]
		c.more = c.o.weights(r)
	}
}

func (o *runeOrder) compare(a, b []byte, pad bool) int {
	o.once.Do(o.fillASCII)
	i, n := 0, min(len(a), len(b))
	for i < n && (a[i] == b[i] || a[i]|b[i] < utf8.RuneSelf && o.ascii[a[i]] == o.ascii[b[i]]) {
		i++
	}
	for i > 0 && i < max(len(a), len(b)) && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i-- // equal bytes of different characters
	}
	if i < n && a[i]|b[i] < utf8.RuneSelf {
		if wa, wb := o.ascii[a[i]], o.ascii[b[i]]; wa != 0 && wb != 0 {
			return cmp.Compare(wa, wb) // as most texts end
		}
	}
	ca, cb := cursor{o: o, s: a[i:]}, cursor{o: o, s: b[i:]}
	for {
		wa, wb := ca.next(), cb.next()
		switch {
		case wa == wb && wa == 0:
			return 0
		case wa == 0 && pad:
			wa = o.ascii[' ']
		case wb == 0 && pad:
			wb = o.ascii[' ']
		}
		if r := cmp.Compare(wa, wb); r != 0 {
			return r
		}
	}
}

// append is for most texts a look-up in a small table for each character, into room that is made once.
func (o *runeOrder) append(dst, s []byte, pad bool) []byte {
	o.once.Do(o.fillASCII)
	at := len(dst)
	end := at
	out := slices.Grow(dst, 2*len(s))[:at+2*len(s)]
	space := o.ascii[' ']
	for i, b := range s {
		if b >= utf8.RuneSelf || o.ascii[b] >= 0x8000 {
			if all := o.appendWeights(out[:at], s[i:], pad, appendWeight); len(all) > at {
				return all
			}
			break // nothing but spaces
		}
		w := o.ascii[b]
		if w == 0 {
			continue
		}
		out[at], out[at+1] = byte(w>>8), byte(w)
		at += 2
		if !pad || w != space {
			end = at
		}
	}
	return out[:end]
}

func appendWeight(dst []byte, w uint32) []byte {
	if w < 0x8000 {
		return append(dst, byte(w>>8), byte(w))
	}
	return append(dst, 0x80|byte(w>>16), byte(w>>8), byte(w))
}

func (o *runeOrder) appendWeights(dst, s []byte, pad bool, put func([]byte, uint32) []byte) []byte {
	o.once.Do(o.fillASCII)
	c := cursor{o: o, s: s}
	end := len(dst)
	for w := c.next(); w != 0; w = c.next() {
		dst = put(dst, w)
		if !pad || w != o.ascii[' '] {
			end = len(dst)
		}
	}
	return dst[:end]
}

func (o *runeOrder) rune(r rune) uint64 {
	if r < 0 || r > utf8.MaxRune {
		r = utf8.RuneError
	}
	o.once.Do(o.fillASCII)
	switch w := o.weights(r); len(w) {
	case 0:
		return uint64(r) | 1<<62
	case 1:
		return uint64(w[0])
	default:
		return uint64(r) | 1<<63
	}
}

// levelOrder has several levels: texts that differ in letters are ordered by these,
// then by accents, then by case.
type levelOrder struct {
	opts  []collate.Option
	first *runeOrder
	pool  sync.Pool
}

type levelCollator struct {
	c   *collate.Collator
	buf collate.Buffer
}

func (o *levelOrder) get() *levelCollator {
	if l, ok := o.pool.Get().(*levelCollator); ok {
		return l
	}
	return &levelCollator{c: collate.New(language.Und, o.opts...)}
}

func (o *levelOrder) compare(a, b []byte, pad bool) int {
	if bytes.Equal(a, b) {
		return 0
	}
	if c := o.first.compare(a, b, pad); c != 0 {
		return c
	}
	l := o.get()
	defer o.pool.Put(l)
	l.buf.Reset()
	ka := l.c.Key(&l.buf, a)
	return bytes.Compare(ka, l.c.Key(&l.buf, b))
}

// append begins with the weights that compare looks at first.
func (o *levelOrder) append(dst, s []byte, pad bool) []byte {
	return o.appendLevels(append(o.first.append(dst, s, pad), 0, 0), s)
}

func (o *levelOrder) appendLevels(dst, s []byte) []byte {
	l := o.get()
	defer o.pool.Put(l)
	l.buf.Reset()
	return append(dst, l.c.Key(&l.buf, s)...)
}

// rune keeps what the order tells apart: accents, and case in the tertiary one.
func (o *levelOrder) rune(r rune) uint64 {
	if len(o.opts) > 0 {
		r = unicode.ToLower(r)
	}
	return uint64(r)
}

var primaryPool = sync.Pool{New: func() any {
	return &levelCollator{c: collate.New(language.Und, collate.Loose)}
}}

// primaryWeights takes apart the key of one character: two bytes for a weight below
// 0x8000, else three, the first with its highest bit set.
func primaryWeights(r rune) (out []uint32) {
	l := primaryPool.Get().(*levelCollator)
	defer primaryPool.Put(l)
	l.buf.Reset()
	key := l.c.KeyFromString(&l.buf, string(r))
	for len(key) >= 2 {
		if key[0] < 0x80 {
			out, key = append(out, uint32(key[0])<<8|uint32(key[1])), key[2:]
		} else if len(key) >= 3 {
			out, key = append(out, uint32(key[0]&0x7F)<<16|uint32(key[1])<<8|uint32(key[2])), key[3:]
		} else {
			break
		}
	}
	return out
}
