package embed

import (
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/lxdb/lxdb/storage/kivi/conform"
	"github.com/lxdb/lxdb/storage/kivi/kv"
)

// variants are option sets under which behaviour must be the same.
var variants = []struct {
	name string
	set  func(*Options)
}{
	{"default", func(*Options) {}},
	{"small memtable", func(o *Options) { o.MemtableBytes = 256 << 10 }},
	{"every commit ingested", func(o *Options) { o.IngestBytes = 1 }},
}

func TestConform(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			conform.Run(t, func(t testing.TB) kv.Engine { return openTest(t, v.set) })
		})
	}
}

// quiet drops events: tests that want them look at the engine instead.
var quiet = slog.New(slog.DiscardHandler)

func memOptions() Options {
	return Options{Dir: "db", FS: vfs.NewMem(), CacheBytes: 8 << 20, MemtableBytes: 4 << 20, Logger: quiet}
}

// openTest opens an engine in memory; the test closes it.
func openTest(t testing.TB, set func(*Options)) *Engine {
	t.Helper()
	o := memOptions()
	if set != nil {
		set(&o)
	}
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
