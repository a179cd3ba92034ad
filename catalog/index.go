package catalog

import (
	"cmp"
	"iter"

	"github.com/tidwall/btree"
)

// byKey maps an id or a folded name to its record.
type byKey[K idOrName, T any] struct{ m *btree.Map[K, *T] }

type idOrName interface{ ~uint32 | ~string }

func newByKey[K idOrName, T any]() byKey[K, T] { return byKey[K, T]{btree.NewMap[K, *T](0)} }

func (x byKey[K, T]) copy() byKey[K, T] { return byKey[K, T]{x.m.Copy()} }
func (x byKey[K, T]) get(key K) *T      { rec, _ := x.m.Get(key); return rec }
func (x byKey[K, T]) set(key K, rec *T) { x.m.Set(key, rec) }
func (x byKey[K, T]) delete(key K)      { x.m.Delete(key) }

func (x byKey[K, T]) len() int { return x.m.Len() }

// all lists the records in the order of their keys.
func (x byKey[K, T]) all() []*T {
	list := make([]*T, 0, x.m.Len())
	x.m.Scan(func(_ K, rec *T) bool { list = append(list, rec); return true })
	return list
}

// pair is a composite key; b may be empty.
type pair[A, B cmp.Ordered, T any] struct {
	a   A
	b   B
	rec *T
}

// byPair maps two ordered values to a record and can list what shares the first.
type byPair[A, B cmp.Ordered, T any] struct{ t *btree.BTreeG[pair[A, B, T]] }

func newByPair[A, B cmp.Ordered, T any]() byPair[A, B, T] {
	less := func(x, y pair[A, B, T]) bool {
		return x.a < y.a || x.a == y.a && x.b < y.b
	}
	return byPair[A, B, T]{btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})}
}

func (x byPair[A, B, T]) copy() byPair[A, B, T] { return byPair[A, B, T]{x.t.Copy()} }
func (x byPair[A, B, T]) set(a A, b B, rec *T)  { x.t.Set(pair[A, B, T]{a, b, rec}) }
func (x byPair[A, B, T]) delete(a A, b B)       { x.t.Delete(pair[A, B, T]{a: a, b: b}) }

func (x byPair[A, B, T]) len() int { return x.t.Len() }

func (x byPair[A, B, T]) get(a A, b B) *T {
	p, _ := x.t.Get(pair[A, B, T]{a: a, b: b})
	return p.rec
}

// ascend visits the records whose first key is a from b on, until visit says no.
func (x byPair[A, B, T]) ascend(a A, b B, visit func(*T) bool) {
	x.t.Ascend(pair[A, B, T]{a: a, b: b}, func(p pair[A, B, T]) bool {
		return p.a == a && visit(p.rec)
	})
}

// firsts are the first keys, ascending, each once.
func (x byPair[A, B, T]) firsts() iter.Seq[A] {
	return func(yield func(A) bool) {
		var last A
		first := true
		x.t.Scan(func(p pair[A, B, T]) bool {
			if !first && p.a == last {
				return true
			}
			first, last = false, p.a
			return yield(p.a)
		})
	}
}

// list returns the records whose first key is a, ordered by the second, which
// has the zero value of B as its smallest.
func (x byPair[A, B, T]) list(a A) []*T {
	var list []*T
	var zero B
	x.ascend(a, zero, func(rec *T) bool { list = append(list, rec); return true })
	return list
}
