package expr

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/value"
)

// What functions count in texts: characters, or bytes of binary strings.

// countUnits is how many characters (bytes, if binary) s has.
func countUnits(s []byte, binary bool) int {
	if binary {
		return len(s)
	}
	return utf8.RuneCount(s)
}

// skipUnits is where unit n of s begins, the first one being 0; len(s) when there are
// n or fewer. whole says that there were n.
func skipUnits(s []byte, n int64, binary bool) (at int, whole bool) {
	if binary {
		if n > int64(len(s)) {
			return len(s), false
		}
		return int(n), true
	}
	for ; n > 0; n-- {
		if at == len(s) {
			return at, false
		}
		if s[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRune(s[at:])
		at += size
	}
	return at, true
}

// sliceUnits is length units of s from unit from on.
func sliceUnits(s []byte, from, length int64, binary bool) []byte {
	at, _ := skipUnits(s, from, binary)
	s = s[at:]
	if length >= int64(len(s)) {
		return s
	}
	end, _ := skipUnits(s, length, binary)
	return s[:end]
}

// Times is n*m, or a number that is too large for every string.
func Times(n, m int64) int {
	if n > 0 && m > math.MaxInt64/n {
		return math.MaxInt64
	}
	return int(n * m)
}

// tooLarge is NULL with warning 1301, for a string of so many bytes.
func (f *Call) tooLarge(c *Ctx, bytes int) (bool, error) {
	return c.TooLarge(f.Function.Name, bytes)
}

// widest is the most bytes of a character of the result.
func (f *Call) widest() int64 {
	if f.Mixed.Binary() {
		return 1
	}
	return int64(f.Mixed.MaxBytes)
}

var emptyText = value.Bytes([]byte{})

// checkEvery is after how many steps a loop over characters asks whether the
// statement is to end.
const checkEvery = 1 << 16

// finder looks for a text under a collation, in one pass over what it looks through.
type finder struct {
	by      *value.Collation
	needle  []byte
	weights []uint64
	back    []int32 // for each length that fits: the longest shorter one that fits, too
}

// newFinder takes the needle apart, which is charged.
func newFinder(c *Ctx, needle []byte, by *value.Collation) (*finder, error) {
	f := &finder{by: by, needle: needle}
	if byBytes(by) {
		return f, nil
	}
	n := utf8.RuneCount(needle)
	if n > 256 {
		if err := c.Borrow(12 * n); err != nil {
			return nil, err
		}
	}
	f.weights, f.back = make([]uint64, 0, n), make([]int32, n)
	for s := needle; len(s) > 0; {
		r, size := utf8.DecodeRune(s)
		f.weights, s = append(f.weights, weightOf(by, r, size)), s[size:]
	}
	fits := int32(0)
	for i := 1; i < n; i++ {
		for fits > 0 && f.weights[i] != f.weights[fits] {
			fits = f.back[fits-1]
		}
		if f.weights[i] == f.weights[fits] {
			fits++
		}
		f.back[i] = fits
	}
	return f, nil
}

// weightOf tells characters of different length in bytes apart, as MySQL does in
// searches: 'a' is not found in 'Ä', though they are equal.
func weightOf(by *value.Collation, r rune, size int) uint64 {
	return by.RuneWeight(r) ^ uint64(size)<<56
}

// byBytes says that characters are equal when their bytes are.
func byBytes(by *value.Collation) bool {
	return by.Binary() || by == by.BinOf() || by.Name == "utf8mb4_0900_bin"
}

// in is the unit of s at which the needle begins, -1 for none.
func (f *finder) in(c *Ctx, s []byte) (int, error) {
	if len(f.needle) == 0 {
		return 0, nil
	}
	if byBytes(f.by) {
		at := bytes.Index(s, f.needle)
		if at > 0 {
			at = countUnits(s[:at], f.by.Binary())
		}
		return at, nil
	}
	fits := int32(0)
	for i := 0; len(s) > 0; i++ {
		if i%checkEvery == checkEvery-1 {
			if err := c.Context().Err(); err != nil {
				return 0, err
			}
		}
		r, size := utf8.DecodeRune(s)
		s = s[size:]
		w := weightOf(f.by, r, size)
		for fits > 0 && w != f.weights[fits] {
			fits = f.back[fits-1]
		}
		if w == f.weights[fits] {
			fits++
		}
		if int(fits) == len(f.weights) {
			return i + 1 - len(f.weights), nil
		}
	}
	return -1, nil
}

// ShownText is a value as errors quote it: its beginning, bytes that are no text
// as \xNN.
func ShownText(s []byte) string {
	const most = 128
	if len(s) > most {
		s = s[:most]
		for len(s) > 0 && !utf8.Valid(s) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	if utf8.Valid(s) {
		return string(s)
	}
	var out []byte
	for _, b := range s {
		if b >= ' ' && b < 0x7F {
			out = append(out, b)
		} else {
			out = fmt.Appendf(out, `\x%02X`, b)
		}
	}
	return string(out)
}
