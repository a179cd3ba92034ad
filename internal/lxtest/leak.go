package lxtest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"time"
)

// leakLabel is the goroutine label that a server's goroutines have.
const leakLabel = "lxtest"

// waitForGoroutines waits until no goroutine with the label is left. Some end a
// moment after what they serve has been closed, so it looks again until ctx ends.
func waitForGoroutines(ctx context.Context, name string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := labelled(name)
		if err != nil || left == "" {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("goroutines of the server are left:\n%s", left)
		}
	}
}

// labelled returns the stacks of the goroutines that have the label.
func labelled(name string) (string, error) {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return "", err
	}
	var found []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("%q:%q", leakLabel, name)) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n"), nil
}
