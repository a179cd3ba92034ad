package bucket

import (
	"slices"
	"sync/atomic"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/cert"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// view is what one principal's certificates amount to at one generation. All of
// it is immutable but the pages' bytes, which go from unknown to known once.
//
// Views of later generations share the pages as long as the answers in them
// cannot have changed: same certificates, and no id of the page in the change
// log. So a late writer that still holds the older view stores what a new one
// would.
type view struct {
	gen   uint64
	base  uint32  // page number of pages[0]: the ids a user works with lie close together
	pages []*page // nil where nothing was asked yet

	since  uint64 // the first generation with this set
	live   bool
	blind  bool                // SYSTEM ADMIN is no right on data
	set    []*cert.Permissions // the user's own, its roles', PUBLIC's
	idle   []*cert.Permissions // of roles that he has not activated: their denials bind him
	active []principal.ID      // the roles that were activated
	system privilege.Set       // what is held on every object
	denied privilege.Set       // what is denied on every object

	databases atomic.Pointer[map[catalog.ID]struct{}] // made when first asked for
}

// pageBits: 512 ids a page, two kilobytes.
const pageBits = 9

// page has a word for each of 512 consecutive data ids: in its low byte the
// kivi.Rights that are held, in the second those that are held only under a
// policy, and known. The rest is room for rights to come.
type page [1 << pageBits]atomic.Uint32

// known marks a word that was compiled.
const known = 1 << 31

// restrictedAt is where the rights under a policy begin.
const restrictedAt = 8

func (p *page) load(data kivi.ObjectID) uint32 { return p[data%uint32(len(p))].Load() }

func (p *page) store(data kivi.ObjectID, have answer) {
	p[data%uint32(len(p))].Store(known | uint32(have))
}

// answer is a word of a page without its mark: what is held on one data id.
type answer uint32

func answerOf(free, restricted kivi.Rights) answer {
	return answer(uint32(free) | uint32(restricted&^free)<<restrictedAt)
}

// free are the rights that are held without any policy.
func (a answer) free() kivi.Rights { return kivi.Rights(a) }

// all are those and the ones under a policy.
func (a answer) all() kivi.Rights { return kivi.Rights(a) | kivi.Rights(a>>restrictedAt) }

func (v *view) page(data kivi.ObjectID) *page {
	if i := data>>pageBits - v.base; i < uint32(len(v.pages)) {
		return v.pages[i]
	}
	return nil
}

// withPage is v with an empty page for data.
func (v *view) withPage(data kivi.ObjectID) *view {
	n := data >> pageBits
	first, end := n, n+1
	if len(v.pages) > 0 {
		first, end = min(n, v.base), max(n+1, v.base+uint32(len(v.pages)))
	}
	pages := make([]*page, end-first)
	if len(v.pages) > 0 {
		copy(pages[v.base-first:], v.pages)
	}
	pages[n-first] = new(page)
	next := &view{gen: v.gen, since: v.since, base: first, pages: pages, live: v.live, blind: v.blind, set: v.set, idle: v.idle, active: v.active, system: v.system, denied: v.denied}
	next.databases.Store(v.databases.Load())
	return next
}

// follow is the view of the same principal at a newer state.
func (v *view) follow(s *state, id principal.ID, roles Roles, standing bool) *view {
	set, active, lost := s.collect(id, roles, standing)
	idle, lostIdle := s.idle(id, roles, standing, set)
	lost = lost || lostIdle
	next := &view{gen: s.gen, since: s.gen, live: len(set) > 0, blind: s.blind, set: set, idle: idle, active: active}
	if v.live && slices.Equal(v.set, set) && slices.Equal(v.idle, idle) {
		next.since, next.set, next.system, next.denied, next.base = v.since, v.set, v.system, v.denied, v.base
		next.pages = v.keptPages(s)
		return next
	}
	for _, p := range set {
		everywhere := p.Entry(catalog.System)
		next.system |= cert.Held(everywhere, cert.Entry{}, cert.Entry{})
		next.denied |= everywhere.Deny
	}
	for _, p := range idle {
		next.denied |= p.Entry(catalog.System).Deny
	}
	if !next.system.Has(privilege.SysAdmin) { // whom no denial binds
		if lost {
			return &view{gen: s.gen, since: s.gen}
		}
		next.system &^= next.denied
	}
	bound, admin := next.bound(next.denied), next.system&privilege.Of(privilege.SysAdmin)
	next.system = privilege.FromSystem(next.asHeld(next.system))&^bound | admin
	return next
}

// asHeld is what atoms held on the system are on this server.
func (v *view) asHeld(system privilege.Set) privilege.Set {
	if v.blind {
		return privilege.Blind(system)
	}
	return system
}

// keptPages are v's pages without those that hold an id whose meaning changed
// since v.
func (v *view) keptPages(s *state) []*page {
	if len(v.pages) == 0 {
		return nil
	}
	if len(s.changes) == maxChanges && s.changes[0].gen > v.gen+1 {
		return nil // v may be older than the log
	}
	kept := v.pages
	for _, c := range s.changes {
		if c.gen <= v.gen {
			continue
		}
		for _, data := range c.data {
			if v.page(data) == nil {
				continue
			}
			if &kept[0] == &v.pages[0] {
				kept = slices.Clone(v.pages)
			}
			kept[data>>pageBits-v.base] = nil
		}
	}
	return kept
}

// bound is what of a denial binds: nothing of it binds SYSTEM ADMIN.
func (v *view) bound(denied privilege.Set) privilege.Set {
	if v.system.Has(privilege.SysAdmin) {
		return 0
	}
	return denied
}

// atoms is the union of what the set holds on an object, its database and
// everywhere, without what is denied to any of it.
func (v *view) atoms(object, database catalog.ID) privilege.Set {
	if !v.live {
		return 0
	}
	out, denied := privilege.Set(0), v.denied
	if v.system.Has(privilege.SysAdmin) {
		if out = v.system; v.blind && object != catalog.System { // it would stand for what it does not contain
			out = out.Minus(privilege.Of(privilege.SysAdmin))
		}
	}
	for _, p := range v.set {
		own, around, everywhere := p.Entry(object), p.Entry(database), p.Entry(catalog.System)
		everywhere.Atoms = v.asHeld(everywhere.Atoms &^ v.bound(v.denied)) // what SYSTEM READ stands for goes with it
		out |= cert.Held(own, around, everywhere)
		denied |= own.Deny | around.Deny
	}
	return out &^ v.bound(denied|v.deniedIdle(object, database))
}

// deniedIdle is what roles deny that are not active.
func (v *view) deniedIdle(object, database catalog.ID) (denied privilege.Set) {
	for _, p := range v.idle {
		denied |= p.Entry(object).Deny | p.Entry(database).Deny
	}
	return denied
}

// underPolicy is the union of what the set holds only where a policy is applied.
func (v *view) underPolicy(object, database catalog.ID) privilege.Set {
	var out privilege.Set
	if !v.live {
		return out
	}
	denied := v.denied
	for _, p := range v.set {
		own, around := p.Entry(object), p.Entry(database)
		out |= cert.HeldRestricted(own, around)
		denied |= own.Deny | around.Deny
	}
	return out &^ v.bound(denied|v.deniedIdle(object, database))
}

// visibleDatabases are those of the objects that the set names one by one.
func (v *view) visibleDatabases(s *catalog.Snapshot) map[catalog.ID]struct{} {
	if m := v.databases.Load(); m != nil {
		return *m
	}
	m := map[catalog.ID]struct{}{}
	for _, p := range v.set {
		p.Each(func(e cert.Entry) bool {
			if database := s.Object(e.Object).Database; database != 0 && e.Atoms != 0 && !v.atoms(e.Object, database).IsEmpty() {
				m[database] = struct{}{}
			}
			return true
		})
	}
	v.databases.Store(&m)
	return m
}
