package authn

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// guess fails to log in from n addresses.
func (h *house) guess(user string, n int) {
	h.t.Helper()
	for i := range n {
		h.login(user, "wrong", fmt.Sprintf("10.%d.%d.1:99", i/250, i%250))
	}
}

func (h *house) lastReason() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events[len(h.events)-1].Err
}

// TestGuessingFromManyAddresses: an account is locked for strangers, not where it
// is used and not on the machine itself, and not for ever.
func TestGuessingFromManyAddresses(t *testing.T) {
	h := newHouse(t)
	h.user("tesla", "geheim")
	if _, err := h.login("tesla", "geheim", "192.0.2.1:5"); err != nil {
		t.Fatal(err)
	}
	h.guess("tesla", lockAfter)
	if _, err := h.login("TESLA", "geheim", "198.51.100.7:1"); err == nil || !errors.Is(h.lastReason(), ErrTooMany) {
		t.Errorf("a stranger with the right password: %v, %v", err, h.lastReason())
	}
	for what, remote := range map[string]string{
		"the machine itself":         "127.0.0.1:1",
		"the machine itself, 6":      "[::1]:1",
		"the machine itself, 4 in 6": "[::ffff:127.0.0.1]:1",
		"where it is used":           "192.0.2.1:77",
	} {
		if _, err := h.login("tesla", "geheim", remote); err != nil {
			t.Errorf("%s: %v, %v", what, err, h.lastReason())
		}
	}
	h.user("ann", "geheim")
	if _, err := h.login("ann", "geheim", "198.51.100.7:1"); err != nil {
		t.Errorf("another account: %v", err)
	}
	h.mu.Lock()
	h.now = h.now.Add(lockFor + time.Second)
	h.mu.Unlock()
	if _, err := h.login("tesla", "geheim", "198.51.100.7:1"); err != nil {
		t.Errorf("after the lock: %v, %v", err, h.lastReason())
	}
}

// TestUnknownAccountsAreLockedAlike: the lock does not tell who exists.
func TestUnknownAccountsAreLockedAlike(t *testing.T) {
	h := newHouse(t)
	h.guess("nobody", lockAfter)
	if h.login("nobody", "wrong", "198.51.100.7:1"); !errors.Is(h.lastReason(), ErrTooMany) {
		t.Errorf("reason %v", h.lastReason())
	}
}

// TestLocalFailuresLockNobody: a script on the machine with an old password does
// not keep anybody out.
func TestLocalFailuresLockNobody(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	for range lockAfter + 10 {
		h.login("ann", "wrong", "127.0.0.1:1")
	}
	if _, err := h.login("ann", "geheim", "198.51.100.7:1"); err != nil {
		t.Errorf("%v, %v", err, h.lastReason())
	}
}

// TestSlowFailuresLockNobody: what counts is a hundred within the time.
func TestSlowFailuresLockNobody(t *testing.T) {
	h := newHouse(t)
	h.user("ann", "geheim")
	for i := range 3 * lockAfter {
		h.login("ann", "wrong", fmt.Sprintf("10.1.%d.%d:1", i/250, i%250))
		h.mu.Lock()
		h.now = h.now.Add(8 * time.Second) // 75 in ten minutes
		h.mu.Unlock()
	}
	if _, err := h.login("ann", "geheim", "198.51.100.7:1"); err != nil {
		t.Errorf("%v, %v", err, h.lastReason())
	}
}

// TestNetworksOfVersion6: all addresses of one network count as one.
func TestNetworksOfVersion6(t *testing.T) {
	a := keysOf(Attempt{User: "ann", Remote: "[2001:db8:1:2::1]:5"})
	if b := keysOf(Attempt{User: "ann", Remote: "[2001:db8:1:2:ffff::9]:6"}); a != b {
		t.Errorf("%v, %v", a, b)
	}
	if b := keysOf(Attempt{User: "ann", Remote: "[2001:db8:1:3::1]:5"}); a == b {
		t.Errorf("two networks count as one: %v", a)
	}
}

func TestHomesAreBounded(t *testing.T) {
	h := newHomes(3)
	for i := range 10 {
		h.add(failureKey{address: fmt.Sprint(i)})
		h.add(failureKey{address: "0"})
	}
	if len(h.pairs) != 3 || h.order.Len() != 3 || !h.has(failureKey{address: "0"}) || h.has(failureKey{address: "5"}) {
		t.Errorf("%d and %d pairs", len(h.pairs), h.order.Len())
	}
}
