package membuf

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

func put(b *Buf, k, v string) { b.Set([]byte(k), []byte(v)) }

func dump(b *Buf) string {
	s := ""
	b.All(func(e Entry) bool {
		if e.Deleted() {
			s += fmt.Sprintf("%s! ", e.Key)
		} else {
			s += fmt.Sprintf("%s=%s ", e.Key, e.Value)
		}
		return true
	})
	return s
}

func TestCloneIsIndependent(t *testing.T) {
	b := New()
	put(b, "a", "1")
	put(b, "b", "2")
	c := b.Clone()
	put(b, "a", "9")
	b.Set([]byte("b"), nil)
	put(c, "c", "3")
	if got, want := dump(b), "a=9 b! "; got != want {
		t.Errorf("original %q, want %q", got, want)
	}
	if got, want := dump(c), "a=1 b=2 c=3 "; got != want {
		t.Errorf("clone %q, want %q", got, want)
	}
	if b.Bytes() != 3 || c.Bytes() != 6 {
		t.Errorf("bytes %d and %d, want 3 and 6", b.Bytes(), c.Bytes())
	}
}

// TestIterAgainstMap seeks from every key of a buffer of several nodes.
func TestIterAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	b, want := New(), map[string]string{}
	for i := range 2000 {
		k := fmt.Sprintf("%04d", 2*rng.IntN(1500))
		put(b, k, fmt.Sprint(i))
		want[k] = fmt.Sprint(i)
	}
	keys := slices.Sorted(maps.Keys(want))
	if b.Len() != len(keys) {
		t.Fatalf("%d entries, want %d", b.Len(), len(keys))
	}
	for probe := range 3001 {
		k := fmt.Sprintf("%04d", probe)
		at, _ := slices.BinarySearch(keys, k)
		it := b.Iter()
		for i := at; i < min(at+3, len(keys)+1); i++ {
			ok := false
			if i == at {
				ok = it.SeekGE([]byte(k))
			} else {
				ok = it.Next()
			}
			if ok != (i < len(keys)) || ok && string(it.Entry().Key) != keys[i] {
				t.Fatalf("from %s forwards, step %d: %v", k, i-at, ok)
			}
		}
		for i := at - 1; i >= max(at-3, -1); i-- {
			ok := false
			if i == at-1 {
				ok = it.SeekLT([]byte(k))
			} else {
				ok = it.Prev()
			}
			if ok != (i >= 0) || ok && string(it.Entry().Key) != keys[i] {
				t.Fatalf("from %s backwards, step %d: %v", k, at-1-i, ok)
			}
		}
	}
	it := b.Iter()
	if !it.SeekLT(nil) || string(it.Entry().Key) != keys[len(keys)-1] {
		t.Error("SeekLT(nil) is not the last key")
	}
}

func BenchmarkSetRandom(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	buf, val := New(), make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		buf.Set(fmt.Appendf(nil, "%016x", rng.Uint64()), val)
	}
}
