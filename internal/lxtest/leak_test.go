package lxtest

import (
	"context"
	"runtime/pprof"
	"strings"
	"testing"
)

// TestLeakIsFound checks the check: a goroutine that a labelled one started is
// found while it lives, and only then.
func TestLeakIsFound(t *testing.T) {
	release, running := make(chan struct{}), make(chan struct{})
	pprof.Do(context.Background(), pprof.Labels(leakLabel, "leak-test"), func(context.Context) {
		go func() {
			go func() {
				close(running)
				<-release
			}()
		}()
	})
	<-running
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := waitForGoroutines(ended, "leak-test"); err == nil || !strings.Contains(err.Error(), "TestLeakIsFound") {
		t.Errorf("got %v, want the stack of the goroutine", err)
	}
	if err := waitForGoroutines(ended, "leak"); err != nil {
		t.Errorf("another label: %v", err)
	}
	close(release)
	if err := waitForGoroutines(context.Background(), "leak-test"); err != nil {
		t.Error(err)
	}
}
