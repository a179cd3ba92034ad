package authn

import (
	"container/list"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

// maxFastFailures is after how many wrong scrambles in a row an entry goes: the
// cache must not be a quicker way to guess than the directory.
const maxFastFailures = 10

// verifiedFor is how long a password that was just right is not hashed again.
const verifiedFor = time.Minute

// fastCache remembers SHA256(SHA256(password)) of accounts that the directory
// accepted, the least recently used go first. An entry counts only for the
// epoch in which it was made.
type fastCache struct {
	mu      sync.Mutex
	max     int
	entries map[principal.ID]*list.Element
	order   *list.List // of *fastEntry, most recently used first
}

type fastEntry struct {
	account  Account
	accepted time.Time
	digest   [sha256.Size]byte
	failures int
}

func newFastCache(limit int) *fastCache {
	return &fastCache{max: limit, entries: map[principal.ID]*list.Element{}, order: list.New()}
}

func (c *fastCache) put(account Account, password string, now time.Time) {
	e := &fastEntry{account: account, accepted: now, digest: digestOf(password)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetLocked(account.ID)
	c.entries[account.ID] = c.order.PushFront(e)
	for c.order.Len() > c.max {
		c.forgetLocked(c.order.Back().Value.(*fastEntry).account.ID)
	}
}

// digestOf is SHA256(SHA256(password)).
func digestOf(password string) [sha256.Size]byte {
	once := sha256.Sum256([]byte(password))
	return sha256.Sum256(once[:])
}

// verified reports whether the password was accepted a short time ago. False says
// nothing: then it must be checked.
func (c *fastCache) verified(account Account, password string, now time.Time) bool {
	digest := digestOf(password)
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.entries[account.ID]
	if el == nil {
		return false
	}
	e := el.Value.(*fastEntry)
	if e.account != account || now.Sub(e.accepted) > verifiedFor || subtle.ConstantTimeCompare(e.digest[:], digest[:]) != 1 {
		return false
	}
	c.order.MoveToFront(el)
	return true
}

func (c *fastCache) forget(id principal.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetLocked(id)
}

func (c *fastCache) forgetLocked(id principal.ID) {
	if el := c.entries[id]; el != nil {
		c.order.Remove(el)
		delete(c.entries, id)
	}
}

func (c *fastCache) check(account Account, nonce, scramble []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.entries[account.ID]
	if el == nil {
		return false
	}
	e := el.Value.(*fastEntry)
	if e.account != account {
		c.forgetLocked(account.ID) // password changed, locked and unlocked, or renamed
		return false
	}
	if !scrambleMatches(e.digest, nonce, scramble) {
		if e.failures++; e.failures >= maxFastFailures {
			c.forgetLocked(account.ID)
		}
		return false
	}
	e.failures = 0
	c.order.MoveToFront(el)
	return true
}

// scrambleMatches recovers SHA256(password) from the scramble and compares its
// hash, in constant time.
func scrambleMatches(digest [sha256.Size]byte, nonce, scramble []byte) bool {
	if len(scramble) != sha256.Size || len(nonce) == 0 {
		return false
	}
	h := sha256.New()
	h.Write(digest[:])
	h.Write(nonce)
	var once [sha256.Size]byte
	subtle.XORBytes(once[:], scramble, h.Sum(nil))
	again := sha256.Sum256(once[:])
	return subtle.ConstantTimeCompare(again[:], digest[:]) == 1
}
