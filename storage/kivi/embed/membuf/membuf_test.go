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

// TestCloneAgainstMap: clones that are written to while a list becomes a tree stay apart, and what
// is given to Set may change afterwards.
func TestCloneAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	type pair struct {
		buf  *Buf
		want map[string]string
	}
	all := []pair{{New(), map[string]string{}}}
	space := make([]byte, 0, 1000)
	for i := range 3000 {
		if len(all) < 40 && i%50 == 7 {
			from := all[rng.IntN(len(all))]
			all = append(all, pair{from.buf.Clone(), maps.Clone(from.want)})
		}
		p := all[rng.IntN(len(all))]
		k, v := fmt.Sprintf("%03d", rng.IntN(40)), fmt.Sprint(i)
		if i%10 == 0 {
			v += string(make([]byte, rng.IntN(600)))
		}
		space = append(append(space[:0], k...), v...)
		p.buf.Set(space[:3], space[3:])
		p.want[k] = v
		clear(space)
	}
	for n, p := range all {
		got, size := map[string]string{}, 0
		p.buf.All(func(e Entry) bool {
			got[string(e.Key)] = string(e.Value)
			size += len(e.Key) + len(e.Value)
			return true
		})
		if !maps.Equal(got, p.want) || p.buf.Len() != len(got) || p.buf.Bytes() != int64(size) {
			t.Fatalf("buffer %d: %d keys, %d wanted", n, len(got), len(p.want))
		}
		for k, v := range p.want {
			if e, ok := p.buf.Get([]byte(k)); !ok || string(e.Value) != v {
				t.Fatalf("buffer %d: %s is %q, %v", n, k, e.Value, ok)
			}
		}
		if _, ok := p.buf.Get([]byte("none")); ok {
			t.Fatal("it has what was never set")
		}
	}
}

// TestIterAgainstMap seeks from every key of lists and of a tree of several nodes.
func TestIterAgainstMap(t *testing.T) {
	for _, n := range []int{0, 1, 5, fewEntries, fewEntries + 1, 2000} {
		iterAgainstMap(t, n)
	}
}

func iterAgainstMap(t *testing.T, n int) {
	rng := rand.New(rand.NewPCG(1, 1))
	b, want := New(), map[string]string{}
	for i := range n {
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
	if ok := it.SeekLT(nil); ok != (n > 0) || ok && string(it.Entry().Key) != keys[len(keys)-1] {
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
