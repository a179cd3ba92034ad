package value

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/lxdb/lxdb/storage/kivi/codec"
)

// The weights of every collation are those of WeightsVersion. If this fails after an
// upgrade of golang.org/x/text, raise the version and put the new sum here: old indexes
// over text are then refused instead of read in the wrong order.
func TestWeightsVersion(t *testing.T) {
	sum := sha256.New()
	for _, c := range Collations {
		w := c.Weigher()
		var b []byte
		for r := rune(0); r < 0x3000; r++ {
			b = codec.AppendText(b, string(r), w)
		}
		fmt.Fprintln(sum, c.Name)
		sum.Write(b)
	}
	const want = "29c175bfb7f6d3393fe55783bed7b5b92a86c6fcb87ed3052417fb4e9b25513a"
	if got := fmt.Sprintf("%x", sum.Sum(nil)); got != want {
		t.Errorf("weights have sum %s, version %d has %s", got, WeightsVersion, want)
	}
}

var weighed = []rune("aAbBzZßsSæÆeEéÉäÄöÅå ñŸ東京漢あア\u0301\u200dﷺ①Ⅷ🥺🍣ıIİ-_.'09\t\n\x00\x1f  \u00a0\u0085")

func someText(r *rand.Rand, most int) string {
	var out []rune
	for range r.IntN(most + 1) {
		out = append(out, weighed[r.IntN(len(weighed))])
	}
	return string(out)
}

// Keys of indexes, keys of sorts and groups, and comparisons have one order.
func TestOneOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range Collations {
		w := c.Weigher()
		for range 3000 {
			a, b := someText(r, 4), someText(r, 4)
			want := c.Compare([]byte(a), []byte(b))
			if got := bytes.Compare(codec.AppendText(nil, a, w), codec.AppendText(nil, b, w)); got != want {
				t.Fatalf("%s: indexes order %q and %q %d, comparisons %d", c.Name, a, b, got, want)
			}
			if got := bytes.Compare(c.AppendKey(nil, []byte(a)), c.AppendKey(nil, []byte(b))); (got == 0) != (want == 0) {
				t.Fatalf("%s: hashes compare %q and %q %d, comparisons %d", c.Name, a, b, got, want)
			}
			if got := bytes.Compare(codec.AppendText(nil, a, c.EarlierWeigher()), codec.AppendText(nil, b, c.EarlierWeigher())); (got == 0) != (want == 0) {
				t.Fatalf("%s: indexes of version 2 compare %q and %q %d, comparisons %d", c.Name, a, b, got, want)
			}
			if stem := codec.AppendTextPrefix(nil, a, w); !bytes.HasPrefix(codec.AppendText(nil, a+b, w), stem) {
				t.Fatalf("%s: the key of %q does not begin with that of %q", c.Name, a+b, a)
			}
			if got := bytes.Compare(c.AppendSortKey(nil, []byte(a)), c.AppendSortKey(nil, []byte(b))); got != want {
				t.Fatalf("%s: sorts order %q and %q %d, comparisons %d", c.Name, a, b, got, want)
			}
		}
	}
}

// Nothing stands behind the last character.
func TestLastCharacter(t *testing.T) {
	if testing.Short() {
		t.Skip("weighs every character")
	}
	for _, o := range []*runeOrder{primary, general, swedish} {
		end := o.append(nil, utf8.AppendRune(nil, o.last), false)
		for r := rune(1); r <= utf8.MaxRune; r++ {
			if bytes.Compare(o.append(nil, utf8.AppendRune(nil, r), false), end) > 0 {
				t.Fatalf("%U stands behind %U", r, o.last)
			}
		}
	}
}
