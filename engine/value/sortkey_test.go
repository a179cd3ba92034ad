package value

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Keys that sort have the order of comparisons, with characters below the space, too.
func TestSortKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := []rune("  \x00\x01\x1f\t\nab!\u00a0é漢")
	text := func() []byte {
		var out []rune
		for range r.IntN(5) {
			out = append(out, letters[r.IntN(len(letters))])
		}
		return []byte(string(out))
	}
	for _, c := range Collations {
		for range 5000 {
			a, b := text(), text()
			if want, got := c.Compare(a, b), bytes.Compare(c.AppendSortKey(nil, a), c.AppendSortKey(nil, b)); got != want {
				t.Fatalf("%s: sorts order %q and %q %d, comparisons %d", c.Name, a, b, got, want)
			}
		}
	}
}
