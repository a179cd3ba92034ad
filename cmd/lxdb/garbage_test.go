package main

import "testing"

// A small heap has room for garbage, a large one for as much as lives.
func TestPercentFor(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 5000}, {1 << 20, 5000}, {16 << 20, 400}, {64 << 20, 100}, {1 << 40, 100}} {
		if got := percentFor(c.live); got != c.want {
			t.Errorf("%d bytes live: %d%%, want %d%%", c.live, got, c.want)
		}
	}
}
