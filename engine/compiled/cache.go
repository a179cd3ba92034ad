package compiled

import (
	"slices"
	"sync/atomic"
)

// Bounds of the plans that are kept, in bytes: of one session, and of all sessions of a server.
const (
	MaxSession = 4 << 20
	MaxServer  = 256 << 20
)

// Pool counts the plans that all sessions of a server keep.
type Pool struct {
	Limit int64 // in bytes; 0 is MaxServer

	bytes, plans, made, used, evicted atomic.Int64
}

// PoolStats are what a Pool has counted: the plans that are kept now and their bytes, and how many plans were
// made to be kept, used again, and dropped for want of room.
type PoolStats struct{ Plans, Bytes, Made, Used, Evicted int64 }

// Stats are those of now.
func (p *Pool) Stats() PoolStats {
	return PoolStats{p.plans.Load(), p.bytes.Load(), p.made.Load(), p.used.Load(), p.evicted.Load()}
}

func (p *Pool) full() bool {
	limit := p.Limit
	if limit == 0 {
		limit = MaxServer
	}
	return p.bytes.Load() > limit
}

// Cache is what a session keeps, the plan that was used last first. What has no room any more is dropped from the
// end. Of one goroutine.
type Cache struct {
	pool        *Pool
	charge      func(bytes int) error
	first, last *Statement
	bytes       int
}

// NewCache is a session's. charge takes memory for the session, or gives it back when the bytes are negative.
func NewCache(p *Pool, charge func(bytes int) error) *Cache { return &Cache{pool: p, charge: charge} }

// sizeOf is about what a plan takes: what was bound and converted is many times the text.
func sizeOf(text string, kinds *Kinds) int { return 6<<10 + 96*len(text) + 256*len(kinds.of) }

// Add keeps a plan of a text as the newest variant of its statement, if there is room for it.
func (k *Cache) Add(c *Statement, to *Variants, text string) {
	c.bytes = sizeOf(text, &c.kinds)
	for k.bytes+c.bytes > MaxSession && k.last != nil {
		k.evict(k.last)
	}
	if k.bytes+c.bytes > MaxSession || k.charge(c.bytes) != nil {
		return
	}
	if len(*to) == MaxCompiled {
		k.Drop((*to)[0])
	}
	*to = append(*to, c)
	c.owner, c.cache = to, k
	k.link(c)
	k.bytes += c.bytes
	k.pool.bytes.Add(int64(c.bytes))
	k.pool.plans.Add(1)
	k.pool.made.Add(1)
	for k.pool.full() && k.last != c { // every session gives of its own
		k.evict(k.last)
	}
}

// Use notes that a plan was used again.
func (k *Cache) Use(c *Statement) {
	k.pool.used.Add(1)
	if k.first != c && c.cache == k {
		k.unlink(c)
		k.link(c)
	}
}

func (k *Cache) evict(c *Statement) {
	k.pool.evicted.Add(1)
	k.Drop(c)
}

// Drop forgets a plan.
func (k *Cache) Drop(c *Statement) {
	if c.cache != k {
		return
	}
	*c.owner = slices.DeleteFunc(*c.owner, func(old *Statement) bool { return old == c })
	k.unlink(c)
	c.cache = nil
	k.bytes -= c.bytes
	k.pool.bytes.Add(int64(-c.bytes))
	k.pool.plans.Add(-1)
	_ = k.charge(-c.bytes)
}

// DropAll forgets the plans of a statement that is gone.
func (k *Cache) DropAll(of *Variants) {
	for len(*of) > 0 {
		k.Drop((*of)[len(*of)-1])
	}
}

// Reset forgets everything.
func (k *Cache) Reset() {
	for k != nil && k.last != nil {
		k.Drop(k.last)
	}
}

// Move gives the plans of one statement to another one, which takes its place.
func (k *Cache) Move(from, to *Variants) {
	*to, *from = *from, nil
	for _, c := range *to {
		c.owner = to
	}
}

func (k *Cache) link(c *Statement) {
	c.newer, c.older = nil, k.first
	if k.first != nil {
		k.first.newer = c
	} else {
		k.last = c
	}
	k.first = c
}

func (k *Cache) unlink(c *Statement) {
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		k.first = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		k.last = c.newer
	}
	c.newer, c.older = nil, nil
}
