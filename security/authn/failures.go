package authn

import (
	"container/list"
	"net"
	"strings"
	"sync"
	"time"
)

// Limits on guessing. For an account from one address, delays grow with the
// failures in a row and attempts take turns. For an address on any account there
// is a short delay only, and no turns: many people share an address, and nobody
// must be able to keep the others out. Addresses share nothing, so guessing at an
// account does not lock it for everybody.
const (
	freePerPair     = 5   // failures without delay: people mistype
	freePerAddress  = 100 // a pool with an old password fails often
	firstDelay      = 100 * time.Millisecond
	maxPairDelay    = 3 * time.Second
	maxAddressDelay = time.Second
	maxQueue        = 12 * time.Second // a turn later than that is refused at once
	forgetAfter     = 10 * time.Minute
	maxTracked      = 20_000 // the longest quiet go first
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
	next  time.Time // a pair's next turn; each attempt moves it
}

func newFailures() *failures {
	return &failures{max: maxTracked, keys: map[failureKey]*list.Element{}, order: list.New()}
}

// keysOf are the attempt's pair of account and address, and its address alone.
func keysOf(try Attempt) (pair, address failureKey) {
	host := try.Remote
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	// Lower case is enough to count one account's attempts together; the
	// directory does the exact folding.
	return failureKey{host, strings.ToLower(try.User)}, failureKey{address: host}
}

// begin says how long the attempt has to wait, and reserves its turn: attempts
// at one account made at the same time go one after another. It is false when
// too many wait already.
func (f *failures) begin(try Attempt, now time.Time) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pair, address := keysOf(try)
	var wait time.Duration
	if e := f.findLocked(address, now); e != nil {
		wait = delayAfter(e.count, freePerAddress, maxAddressDelay)
	}
	e := f.findLocked(pair, now)
	if e == nil {
		return wait, true
	}
	if step := delayAfter(e.count, freePerPair, maxPairDelay); step > 0 {
		wait = max(wait, e.next.Sub(now))
		if wait > maxQueue {
			return 0, false
		}
		e.next = now.Add(wait + step)
	}
	return wait, true
}

// end notes the outcome. A success clears the account's failures from that
// address, not the address's: one good login must not pay for guesses at others.
func (f *failures) end(try Attempt, ok bool, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pair, address := keysOf(try)
	if ok {
		if el := f.keys[pair]; el != nil {
			f.dropLocked(el)
		}
		return
	}
	f.countLocked(address, now)
	e := f.countLocked(pair, now)
	turn := now.Add(delayAfter(e.count, freePerPair, maxPairDelay))
	if e.next.Before(turn) {
		e.next = turn
	}
	for f.order.Len() > f.max {
		f.dropLocked(f.order.Back())
	}
}

func (f *failures) countLocked(key failureKey, now time.Time) *failure {
	e := f.findLocked(key, now)
	if e == nil {
		e = &failure{key: key}
		f.keys[key] = f.order.PushFront(e)
	}
	e.count++
	e.last = now
	f.order.MoveToFront(f.keys[key])
	return e
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

// delayAfter is the pause after count failures in a row: none for the free ones,
// then doubling up to limit.
func delayAfter(count, free int, limit time.Duration) time.Duration {
	if count < free {
		return 0
	}
	return min(firstDelay<<min(count-free, 10), limit)
}
