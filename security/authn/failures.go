package authn

import (
	"container/list"
	"net"
	"strings"
	"sync"
	"time"
)

// Limits on guessing. Delays grow with failures in a row, for the account from
// one address and for the address on any account. Addresses do not share them,
// so nobody can lock an account for everybody by guessing at it.
const (
	freePerPair    = 5  // failures without delay: people mistype
	freePerAddress = 30 // many people share an address
	firstDelay     = 100 * time.Millisecond
	maxDelay       = 3 * time.Second
	maxQueue       = 12 * time.Second // longer than that is refused at once
	forgetAfter    = 10 * time.Minute
	maxTracked     = 20_000 // the longest quiet go first
)

// failures counts failed logins.
type failures struct {
	mu    sync.Mutex
	max   int
	keys  map[failureKey]*list.Element
	order *list.List // of *failure, most recently touched first
}

// failureKey is an address, with an account or for all of them.
type failureKey struct{ address, user string }

type failure struct {
	key   failureKey
	count int
	last  time.Time
	next  time.Time // when the next attempt may go on; each one moves it
}

func newFailures() *failures {
	return &failures{max: maxTracked, keys: map[failureKey]*list.Element{}, order: list.New()}
}

func keysOf(try Attempt) [2]failureKey {
	address := try.Remote
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	// Lower case is enough to count one account's attempts together; the
	// directory does the exact folding.
	return [2]failureKey{{address, strings.ToLower(try.User)}, {address, ""}}
}

// begin reserves the attempt's turn and says how long to wait for it. Attempts
// made at the same time get turns one after another. It is false when the queue
// is too long.
func (f *failures) begin(try Attempt, now time.Time) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var wait time.Duration
	keys := keysOf(try)
	for i, key := range keys {
		e := f.findLocked(key, now)
		if e == nil || delayAfter(e.count, i) == 0 {
			continue
		}
		wait = max(wait, e.next.Sub(now))
	}
	if wait > maxQueue {
		return 0, false
	}
	for i, key := range keys {
		e := f.findLocked(key, now)
		if e == nil {
			continue
		}
		if step := delayAfter(e.count, i); step > 0 {
			e.next = now.Add(max(wait, 0) + step)
		}
	}
	return max(wait, 0), true
}

// end notes the outcome. A success clears the account's failures from that
// address, not the address's: one good login must not pay for guesses at others.
func (f *failures) end(try Attempt, ok bool, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	keys := keysOf(try)
	if ok {
		if el := f.keys[keys[0]]; el != nil {
			f.dropLocked(el)
		}
		return
	}
	for i, key := range keys {
		e := f.findLocked(key, now)
		if e == nil {
			e = &failure{key: key}
			f.keys[key] = f.order.PushFront(e)
		}
		e.count++
		e.last = now
		if step := delayAfter(e.count, i); step > 0 && e.next.Before(now.Add(step)) {
			e.next = now.Add(step)
		}
		f.order.MoveToFront(f.keys[key])
	}
	for f.order.Len() > f.max {
		f.dropLocked(f.order.Back())
	}
}

func (f *failures) findLocked(key failureKey, now time.Time) *failure {
	el := f.keys[key]
	if el == nil {
		return nil
	}
	e := el.Value.(*failure)
	if now.Sub(e.last) > forgetAfter {
		f.dropLocked(el)
		return nil
	}
	return e
}

func (f *failures) dropLocked(el *list.Element) {
	delete(f.keys, el.Value.(*failure).key)
	f.order.Remove(el)
}

// delayAfter is the pause between attempts after count failures; which is the
// index in keysOf.
func delayAfter(count, which int) time.Duration {
	free := freePerPair
	if which == 1 {
		free = freePerAddress
	}
	if count < free {
		return 0
	}
	return min(firstDelay<<min(count-free, 10), maxDelay)
}
