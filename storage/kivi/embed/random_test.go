package embed

import (
	"fmt"
	"testing"

	"github.com/lxdb/lxdb/storage/kivi/conform"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

func TestRandom(t *testing.T) {
	const seeds, ops = 4, 4000
	for _, v := range variants {
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprintf("%s/%d", v.name, seed), func(t *testing.T) {
				o := memOptions()
				v.set(&o)
				open := func() kv.Engine {
					e, err := Open(o)
					if err != nil {
						t.Fatal(err)
					}
					return e
				}
				conform.Random(t, seed, ops, open(), func(e kv.Engine) kv.Engine {
					if err := e.Close(); err != nil {
						t.Fatal(err)
					}
					return open()
				})
			})
		}
	}
}
