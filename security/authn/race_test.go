package authn

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lxdb/lxdb/catalog"
)

// TestNobodyComesInAfterALock logs in, both ways, while the account is locked
// and unlocked. An odd phase has an Update under way; a login that begins and
// ends in one even phase must go by it. Run it with -race.
func TestNobodyComesInAfterALock(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	good := scramble("geheim", nonce)
	var phase, wrong, came atomic.Uint64 // phase%4: 0 unlocked, 2 locked
	stop := make(chan struct{})
	var clients sync.WaitGroup
	client := func(try func() bool) {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				before := phase.Load()
				ok := try()
				if before%4 == 2 && ok && phase.Load() == before {
					wrong.Add(1)
				}
				if ok {
					came.Add(1)
				}
			}
		})
	}
	client(func() bool { _, ok := h.auth.FastCheck(Attempt{User: "ann"}, nonce, good); return ok })
	for _, remote := range []string{"10.0.0.1", "10.0.0.2"} {
		client(func() bool {
			_, err := h.auth.Login(context.Background(), Attempt{User: "ann", Password: "geheim", Remote: remote})
			return err == nil
		})
	}
	for range 40 {
		for from := came.Load(); came.Load() == from; { // somebody is in: the account works, and is remembered
			runtime.Gosched()
		}
		for _, locked := range []bool{true, false} {
			phase.Add(1)
			h.change("ann", func(p *catalog.Principal) { p.Locked = locked })
			phase.Add(1)
		}
	}
	close(stop)
	clients.Wait()
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d logins after the lock was in force", n)
	}
}
