package authn

import (
	"container/list"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits on guessing. For an account from one address, delays grow with the
// failures in a row and attempts take turns. For an address on any account there
// is a short delay only, and no turns: many people share an address, and nobody
// must be able to keep the others out. Who guesses at one account from many
// addresses locks it for a while, but only for addresses that never logged in to
// it: where it is used, and on the machine itself, it stays usable.
const (
	freePerPair     = 5   // failures without delay: people mistype
	freePerAddress  = 100 // a pool with an old password fails often
	firstDelay      = 100 * time.Millisecond
	maxPairDelay    = 3 * time.Second
	maxAddressDelay = time.Second
	maxQueue        = 12 * time.Second // a turn later than that is refused at once
	forgetAfter     = 10 * time.Minute
	lockAfter       = 100 // failures of an account within forgetAfter, from all addresses
	lockFor         = 5 * time.Minute
	maxTracked      = 20_000 // the longest quiet go first
)

// failures counts failed logins.
type failures struct {
	mu    sync.Mutex
	max   int
	keys  map[failureKey]*list.Element
	order *list.List // of *failure, most recently touched first
	home  *homes
}

// failureKey is an address, with an account or for all of them; or an account
// from everywhere.
type failureKey struct {
	address, user string
	everywhere    bool
}

type failure struct {
	key   failureKey
	count int
	last  time.Time
	next  time.Time // a pair's next turn; each attempt moves it
	since time.Time // when the counting began
	until time.Time // of an account's lock
}

func newFailures() *failures {
	return &failures{max: maxTracked, keys: map[failureKey]*list.Element{}, order: list.New(), home: newHomes(maxHomes)}
}

// attemptKeys are what an attempt counts for.
type attemptKeys struct {
	pair, address, account failureKey
	local                  bool // from the machine itself
}

func keysOf(try Attempt) attemptKeys {
	host := try.Remote
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(host)
	if err == nil {
		addr = addr.Unmap().WithZone("")
		host = addr.String()
		// Whoever has one address of version 6 has all of its network.
		if network, err := addr.Prefix(64); err == nil && addr.Is6() && !addr.IsLoopback() {
			host = network.String()
		}
	}
	// Lower case is enough to count one account's attempts together; the
	// directory does the exact folding.
	user := strings.ToLower(try.User)
	return attemptKeys{
		pair: failureKey{address: host, user: user}, address: failureKey{address: host},
		account: failureKey{user: user, everywhere: true}, local: err == nil && addr.IsLoopback(),
	}
}

// begin says how long the attempt has to wait, and reserves its turn: attempts
// at one account made at the same time go one after another. It is false when
// too many wait already, or when the account is locked for strangers.
func (f *failures) begin(try Attempt, now time.Time) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := keysOf(try)
	if e := f.findLocked(k.account, now); e != nil && now.Before(e.until) && !k.local && !f.home.has(k.pair) {
		return 0, false
	}
	var wait time.Duration
	if e := f.findLocked(k.address, now); e != nil {
		wait = delayAfter(e.count, freePerAddress, maxAddressDelay)
	}
	e := f.findLocked(k.pair, now)
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
	k := keysOf(try)
	if ok {
		if el := f.keys[k.pair]; el != nil {
			f.dropLocked(el)
		}
		f.home.add(k.pair)
		return
	}
	f.countLocked(k.address, now)
	if !k.local {
		f.countAccountLocked(k.account, now)
	}
	e := f.countLocked(k.pair, now)
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
		e = &failure{key: key, since: now}
		f.keys[key] = f.order.PushFront(e)
	}
	e.count++
	e.last = now
	f.order.MoveToFront(f.keys[key])
	return e
}

// countAccountLocked counts a failure from afar, and locks the account for
// strangers when there are too many. A good login from elsewhere takes nothing
// back: it would pay for somebody else's guesses.
func (f *failures) countAccountLocked(key failureKey, now time.Time) {
	e := f.countLocked(key, now)
	if now.Sub(e.since) > forgetAfter {
		e.since, e.count = now, 1
	}
	if e.count >= lockAfter {
		e.since, e.count, e.until = now, 0, now.Add(lockFor)
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

// delayAfter is the pause after count failures in a row: none for the free ones,
// then doubling up to limit.
func delayAfter(count, free int, limit time.Duration) time.Duration {
	if count < free {
		return 0
	}
	return min(firstDelay<<min(count-free, 10), limit)
}
