package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// leastGarbage is how much may lie about before the collector looks for it. By itself it runs when there is as much garbage
// as there are living objects: many times a second on a busy server with little data, at the cost of its statements. On a large
// heap it is as ever.
const leastGarbage = 64 << 20

// collectLess has the collector's aim follow the size of the heap: after each collection, as long as the process runs.
func collectLess() {
	if os.Getenv("GOGC") != "" { // somebody knows better
		return
	}
	runtime.SetFinalizer(&collected{set: 100}, (*collected).adjust)
}

// collected is dropped at once, so that it is finalized at the end of each collection.
type collected struct {
	set int      // the percentage that was set last
	_   [16]byte // smaller objects share one that may stay
}

func (c *collected) adjust() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() == metrics.KindUint64 {
		percent := percentFor(live[0].Value.Uint64())
		if percent*5 < c.set*4 || percent*4 > c.set*5 { // it stops the world for a moment
			debug.SetGCPercent(percent)
			c.set = percent
		}
	}
	runtime.SetFinalizer(c, (*collected).adjust)
}

// percentFor is what the garbage may be in percent of what lives.
func percentFor(live uint64) int {
	return int(max(100, min(leastGarbage*100/max(live, 1), 5000)))
}
