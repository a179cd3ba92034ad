package compiled

import (
	"errors"
	"testing"
)

// What was used least is dropped first, what is dropped is gone from its statement, and all that was charged
// is given back.
func TestCache(t *testing.T) {
	var pool Pool
	charged := 0
	k := NewCache(&pool, func(n int) error { charged += n; return nil })
	each := sizeOf("", &Kinds{})
	room := MaxSession / each
	owners := make([]Variants, room+5)
	add := func(i int) *Statement {
		c := &Statement{}
		k.Add(c, &owners[i], "")
		return c
	}
	first := add(0)
	for i := 1; i < room; i++ {
		add(i)
	}
	k.Use(first)
	for i := room; i < len(owners); i++ {
		add(i)
	}
	for i := range owners {
		if kept := len(owners[i]) == 1; kept != (i == 0 || i > 5) {
			t.Errorf("plan %d is kept: %v", i, kept)
		}
	}
	if s := pool.Stats(); s.Plans != int64(room) || s.Bytes != int64(charged) || s.Evicted != 5 || s.Made != int64(room+5) || s.Used != 1 {
		t.Errorf("%+v, %d bytes charged", s, charged)
	}
	var moved Variants
	k.Move(&owners[0], &moved)
	for range MaxCompiled {
		k.Add(&Statement{}, &moved, "")
	}
	if len(owners[0]) != 0 || len(moved) != MaxCompiled || moved[0] == first {
		t.Errorf("%d and %d variants", len(owners[0]), len(moved))
	}
	k.DropAll(&moved)
	k.Reset()
	if s := pool.Stats(); s.Plans != 0 || s.Bytes != 0 || charged != 0 {
		t.Errorf("left: %+v, %d bytes charged", s, charged)
	}
	for i := range owners {
		if len(owners[i]) != 0 {
			t.Errorf("plan %d is kept", i)
		}
	}
}

// A session without memory keeps no plans, and one gives of its own when the server has none.
func TestCacheWithoutMemory(t *testing.T) {
	var pool Pool
	k := NewCache(&pool, func(n int) error { return errors.New("no") })
	var v Variants
	if k.Add(&Statement{}, &v, ""); len(v) != 0 || pool.Stats().Plans != 0 {
		t.Errorf("%d plans", len(v))
	}
	pool.Limit = 1
	k = NewCache(&pool, func(int) error { return nil })
	var a, b Variants
	k.Add(&Statement{}, &a, "")
	k.Add(&Statement{}, &b, "")
	if len(a) != 0 || len(b) != 1 {
		t.Errorf("%d and %d plans", len(a), len(b))
	}
}
