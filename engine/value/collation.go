package value

import (
	"bytes"
	"cmp"
	"strings"
)

// Collation is an order of texts with the character set that it belongs to. There
// is one value for each; they are compared by address.
type Collation struct {
	ID      uint16
	Name    string
	Charset string
	// MaxBytes is the most bytes of a character in Charset, which LENGTH of a
	// result is made from. Text is UTF-8 inside, whatever Charset is.
	MaxBytes int
	// Pad says PAD SPACE: spaces at the end do not count.
	Pad bool
	// Default says that it is the one of its character set.
	Default bool

	order order
}

// Coercibility says whose collation wins: the smaller one.
type Coercibility uint8

const (
	Explicit  Coercibility = iota // COLLATE
	NoneColl                      // two collations that do not mix
	Implicit                      // columns
	SysConst                      // USER() and the like
	Coercible                     // literals
	Numeric                       // numbers and times
	Ignorable                     // NULL
)

// order is how a collation weighs.
type order interface {
	compare(a, b []byte, pad bool) int
	// append writes the weights of s, whose byte order is the collation's. Under pad,
	// spaces at the end have none.
	append(dst []byte, s []byte, pad bool) []byte
	// runes gives the weight of one character for LIKE and the like: characters with
	// one weight are equal.
	rune(r rune) uint64
}

// BinaryCollation orders bytes; DefaultCollation is that of utf8mb4 in MySQL 8.0.
var (
	BinaryCollation  = &Collation{ID: 63, Name: "binary", Charset: "binary", MaxBytes: 1, Default: true, order: byteOrder{}}
	DefaultCollation = &Collation{ID: 255, Name: "utf8mb4_0900_ai_ci", Charset: "utf8mb4", MaxBytes: 4, Default: true, order: primary}
	utf8mb4Bin       = &Collation{ID: 46, Name: "utf8mb4_bin", Charset: "utf8mb4", MaxBytes: 4, Pad: true, order: byteOrder{}}
	utf8mb3General   = &Collation{ID: 33, Name: "utf8mb3_general_ci", Charset: "utf8mb3", MaxBytes: 3, Pad: true, Default: true, order: general}
)

// Collations lists every collation that can be had.
var Collations = []*Collation{
	BinaryCollation, DefaultCollation, utf8mb4Bin, utf8mb3General,
	{ID: 45, Name: "utf8mb4_general_ci", Charset: "utf8mb4", MaxBytes: 4, Pad: true, order: general},
	{ID: 224, Name: "utf8mb4_unicode_ci", Charset: "utf8mb4", MaxBytes: 4, Pad: true, order: primary},
	{ID: 246, Name: "utf8mb4_unicode_520_ci", Charset: "utf8mb4", MaxBytes: 4, Pad: true, order: primary},
	{ID: 278, Name: "utf8mb4_0900_as_cs", Charset: "utf8mb4", MaxBytes: 4, order: tertiary},
	{ID: 305, Name: "utf8mb4_0900_as_ci", Charset: "utf8mb4", MaxBytes: 4, order: secondary},
	{ID: 309, Name: "utf8mb4_0900_bin", Charset: "utf8mb4", MaxBytes: 4, order: byteOrder{}},
	{ID: 83, Name: "utf8mb3_bin", Charset: "utf8mb3", MaxBytes: 3, Pad: true, order: byteOrder{}},
	{ID: 192, Name: "utf8mb3_unicode_ci", Charset: "utf8mb3", MaxBytes: 3, Pad: true, order: primary},
	{ID: 8, Name: "latin1_swedish_ci", Charset: "latin1", MaxBytes: 1, Pad: true, Default: true, order: swedish},
	{ID: 47, Name: "latin1_bin", Charset: "latin1", MaxBytes: 1, Pad: true, order: byteOrder{}},
	{ID: 11, Name: "ascii_general_ci", Charset: "ascii", MaxBytes: 1, Pad: true, Default: true, order: general},
	{ID: 65, Name: "ascii_bin", Charset: "ascii", MaxBytes: 1, Pad: true, order: byteOrder{}},
}

var (
	collationByName = namesOfCollations()
	collationByID   = numbersOfCollations()
	charsetDefault  = defaultsOfCharsets()
)

func namesOfCollations() map[string]*Collation {
	names := map[string]*Collation{}
	for _, c := range Collations {
		names[c.Name] = c
		if rest, ok := strings.CutPrefix(c.Name, "utf8mb3_"); ok {
			names["utf8_"+rest] = c
		}
	}
	return names
}

func numbersOfCollations() map[uint16]*Collation {
	numbers := map[uint16]*Collation{}
	for _, c := range Collations {
		numbers[c.ID] = c
	}
	return numbers
}

func defaultsOfCharsets() map[string]*Collation {
	defaults := map[string]*Collation{"utf8": utf8mb3General}
	for _, c := range Collations {
		if c.Default {
			defaults[c.Charset] = c
		}
	}
	return defaults
}

// CollationNamed finds a collation; nil is none.
func CollationNamed(name string) *Collation { return collationByName[strings.ToLower(name)] }

// CollationOf finds a collation by MySQL's number; nil is none.
func CollationOf(id uint16) *Collation { return collationByID[id] }

// CharsetNamed is the default collation of a character set; nil is none.
func CharsetNamed(name string) *Collation { return charsetDefault[strings.ToLower(name)] }

// Binary says that c is the collation of bytes. A nil Collation is, too.
func (c *Collation) Binary() bool { return c == nil || c == BinaryCollation }

// BinOf is the _bin collation of c's character set.
func (c *Collation) BinOf() *Collation {
	if c.Binary() {
		return BinaryCollation
	}
	return CollationNamed(c.Charset + "_bin")
}

func (c *Collation) width() int {
	if c == nil {
		return 1
	}
	return c.MaxBytes
}

// Unicode says that c's character set has every character.
func (c *Collation) Unicode() bool { return c.width() > 1 }

// Compare is -1, 0 or 1. Under PAD SPACE the shorter one counts as filled up with
// spaces, so that 'a' < 'a\t' is false.
func (c *Collation) Compare(a, b []byte) int {
	if c.Binary() {
		return bytes.Compare(a, b)
	}
	return c.order.compare(a, b, c.Pad)
}

// Equal is Compare(a, b) == 0.
func (c *Collation) Equal(a, b []byte) bool { return bytes.Equal(a, b) || c.Compare(a, b) == 0 }

// AppendKey appends bytes that are equal for equal texts, for hashing, and whose
// order is that of c except for characters below the space under PAD SPACE.
func (c *Collation) AppendKey(dst, s []byte) []byte {
	if c.Binary() {
		return append(dst, s...)
	}
	return c.order.append(dst, s, c.Pad)
}

// AppendSortKey appends bytes whose order is that of c, also for characters below the space under PAD
// SPACE: there the shorter one of two texts is filled up with spaces, so a text ends with endless ones. A space says
// whether a smaller or a larger character follows the spaces, and the end stands between the two.
func (c *Collation) AppendSortKey(dst, s []byte) []byte {
	if c.Binary() || !c.Pad {
		return c.AppendKey(dst, s)
	}
	space, put := uint32(' ')+1, appendRune
	weights := cursor{s: s}
	if o, ok := c.order.(*runeOrder); ok {
		o.once.Do(o.fillASCII)
		weights.o, space, put = o, o.ascii[' '], appendWeight
	} else if _, ok := c.order.(byteOrder); !ok {
		return c.AppendKey(dst, s)
	}
	for run := 0; ; {
		w := weights.next()
		if w == space {
			run++
			continue
		}
		mark := afterSpaces
		switch {
		case w == 0:
			return append(put(dst, space), endOfText)
		case w < space:
			mark = beforeSpaces
		}
		for ; run > 0; run-- {
			dst = append(put(dst, space), mark)
		}
		dst = put(dst, w)
	}
}

// What follows a space in a key that sorts.
const (
	beforeSpaces byte = iota + 1
	endOfText
	afterSpaces
)

// appendRune adds a character, one above zero, in the order of characters.
func appendRune(dst []byte, w uint32) []byte { return append(dst, byte(w>>16), byte(w>>8), byte(w)) }

// RuneWeight is equal for characters that LIKE and LOCATE take as equal.
func (c *Collation) RuneWeight(r rune) uint64 {
	if c.Binary() {
		return uint64(r)
	}
	return c.order.rune(r)
}

// CaseSensitive says that 'a' and 'A' differ.
func (c *Collation) CaseSensitive() bool { return c.RuneWeight('a') != c.RuneWeight('A') }

// byteOrder is that of the _bin collations: UTF-8 sorts like its code points.
type byteOrder struct{}

func (byteOrder) rune(r rune) uint64 { return uint64(r) }

func (byteOrder) compare(a, b []byte, pad bool) int {
	n := min(len(a), len(b))
	if r := bytes.Compare(a[:n], b[:n]); r != 0 || !pad {
		return cmp.Or(r, cmp.Compare(len(a), len(b)))
	}
	return cmp.Or(againstSpaces(a[n:]), -againstSpaces(b[n:]))
}

// againstSpaces compares the rest of the longer text with the spaces that fill the other.
func againstSpaces(rest []byte) int {
	for _, c := range rest {
		if c != ' ' {
			return cmp.Compare(c, ' ')
		}
	}
	return 0
}

func (byteOrder) append(dst []byte, s []byte, pad bool) []byte {
	if pad {
		s = bytes.TrimRight(s, " ")
	}
	return append(dst, s...)
}

// Mix is the collation of a result that two strings take part in: the stronger one;
// of two equally strong ones a _bin, or the only one with Unicode. ok is false when
// nothing decides, where MySQL says 1267.
func Mix(a, b *Type) (c *Collation, strength Coercibility, ok bool) {
	ac, bc := a.Collation, b.Collation
	switch {
	case ac == bc:
		return ac, min(a.Coercibility, b.Coercibility), true
	case a.Coercibility == Ignorable || a.Coercibility == Numeric && b.Coercibility < Numeric:
		return bc, b.Coercibility, true
	case b.Coercibility == Ignorable || b.Coercibility == Numeric && a.Coercibility < Numeric:
		return ac, a.Coercibility, true
	case ac.Binary() || bc.Binary():
		return mixBinary(a, b)
	case ac.Charset != bc.Charset:
		return mixCharsets(a, b)
	case a.Coercibility < b.Coercibility:
		return ac, a.Coercibility, true
	case b.Coercibility < a.Coercibility:
		return bc, b.Coercibility, true
	case a.Coercibility == Explicit:
		return nil, NoneColl, false
	case ac == ac.BinOf():
		return ac, a.Coercibility, true
	case bc == bc.BinOf():
		return bc, b.Coercibility, true
	}
	bin := ac.BinOf()
	return bin, NoneColl, bin != nil
}

func mixBinary(a, b *Type) (*Collation, Coercibility, bool) {
	if a.Collation.Binary() {
		if a.Coercibility <= b.Coercibility {
			return BinaryCollation, a.Coercibility, true
		}
		return b.Collation, b.Coercibility, true
	}
	if b.Coercibility <= a.Coercibility {
		return BinaryCollation, b.Coercibility, true
	}
	return a.Collation, a.Coercibility, true
}

func mixCharsets(a, b *Type) (*Collation, Coercibility, bool) {
	switch {
	case a.Coercibility < b.Coercibility && (a.Collation.Unicode() || b.ASCII || b.Coercibility >= SysConst):
		return a.Collation, a.Coercibility, true
	case b.Coercibility < a.Coercibility && (b.Collation.Unicode() || a.ASCII || a.Coercibility >= SysConst):
		return b.Collation, b.Coercibility, true
	case a.Collation.width() > b.Collation.width() && a.Coercibility <= b.Coercibility:
		return a.Collation, a.Coercibility, true
	case b.Collation.width() > a.Collation.width() && b.Coercibility <= a.Coercibility:
		return b.Collation, b.Coercibility, true
	case b.ASCII && a.Coercibility <= b.Coercibility:
		return a.Collation, a.Coercibility, true
	case a.ASCII && b.Coercibility <= a.Coercibility:
		return b.Collation, b.Coercibility, true
	}
	return nil, NoneColl, false
}
