package state

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi"
)

// TestSavepoints: the same as a plain list of names, from which an older one of a name is taken.
func TestSavepoints(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p savepoints
	var plain []string
	for range 20000 {
		name := fmt.Sprintf("S%d", r.IntN(12))
		lower := strings.ToLower(name)
		at := -1
		for i := range plain {
			if plain[i] == lower {
				at = i
			}
		}
		i, found := p.find(name)
		if found != (at >= 0) {
			t.Fatalf("%s: found %v in %v", name, found, plain)
		}
		switch what := r.IntN(8); {
		case what < 6:
			if p.end(name) != found {
				t.Fatalf("%s: ended %v in %v", name, !found, plain)
			}
			p.add(name, kivi.Mark{})
			if at >= 0 {
				plain = append(plain[:at], plain[at+1:]...)
			}
			plain = append(plain, lower)
			if len(p.list) > 64 || p.live() != len(plain) {
				t.Fatalf("%d in the list of %d", len(p.list), len(plain))
			}
		case what == 6 && found:
			p.cut(i + 1)
			plain = plain[:at+1]
		case found:
			p.cut(i)
			plain = plain[:at]
		}
		var names []string
		for _, s := range p.list {
			if !s.ended {
				names = append(names, s.name)
			}
		}
		if strings.Join(names, " ") != strings.Join(plain, " ") {
			t.Fatalf("%v, want %v (%d in the list)", names, plain, len(p.list))
		}
	}
}
