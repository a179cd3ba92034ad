// Package cores says whether processors are idle: a statement takes another one only then, so that
// it is never faster at the cost of others.
package cores

import (
	"runtime"
	"runtime/metrics"
)

// Idle is how many more goroutines could run now without one of those that run or are ready to run
// waiting for it. The caller counts as one that runs. Other processes of the machine are not seen.
func Idle() int {
	running, ready := look()
	return max(0, runtime.GOMAXPROCS(0)-running-ready)
}

// Wanted says that a goroutine waits for a processor.
func Wanted() bool {
	_, ready := look()
	return ready > 0
}

func look() (running, ready int) {
	seen := [...]metrics.Sample{
		{Name: "/sched/goroutines/running:goroutines"},
		{Name: "/sched/goroutines/runnable:goroutines"},
	}
	metrics.Read(seen[:])
	var n [len(seen)]int
	for i := range seen {
		n[i] = 1 << 20 // a runtime that does not tell is always busy
		if seen[i].Value.Kind() == metrics.KindUint64 {
			n[i] = int(min(seen[i].Value.Uint64(), 1<<20))
		}
	}
	return n[0], n[1]
}
