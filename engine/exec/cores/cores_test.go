package cores

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestIdle: nothing is idle while each processor has a goroutine that computes, and something is
// soon after they have ended.
func TestIdle(t *testing.T) {
	n := runtime.GOMAXPROCS(0)
	if n < 2 {
		t.Skip("one processor")
	}
	var stop atomic.Bool
	for range n {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	within(t, "busy", func() bool { return Idle() == 0 })
	stop.Store(true)
	within(t, "idle", func() bool { return Idle() > 0 })
}

func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		if ok() {
			return
		}
	}
	t.Fatalf("never %s", what)
}

func BenchmarkIdle(b *testing.B) {
	for range b.N {
		Idle()
	}
}
