package access

import (
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Hypothetical are the rights that a principal has, or would have, by the grants of
// one snapshot: of a role or group, which nobody logs in as, and of anybody in a
// transaction that is not committed. They answer questions and open nothing: as a
// guard they deny everything.
type Hypothetical struct {
	snap    *catalog.Snapshot
	id      principal.ID
	holders []principal.ID
	system  privilege.Set // what the system's grants give on every object
	denied  privilege.Set // what is denied on every object
	blind   bool          // SYSTEM ADMIN is no right on data
	at      time.Time
}

// now is what of a grant has not ended.
func (h *Hypothetical) now(g *catalog.Grant) privilege.Set { return g.Atoms.Minus(g.Ends.By(h.at)) }

var _ Rights = (*Hypothetical)(nil)

// Suppose makes the rights of a principal by a snapshot, as they are at a time: that of a
// clock which does not go back, as grants end by. All his roles count. blind says that administrators
// have no access to data.
func Suppose(snap *catalog.Snapshot, id principal.ID, at time.Time, blind bool) *Hypothetical {
	return suppose(snap, id, at, blind, false)
}

// SupposeStanding are the rights that what acts for a principal has, or would have: views, programs and events go on while
// he may not log in, where his lock is one of logins.
func SupposeStanding(snap *catalog.Snapshot, id principal.ID, at time.Time, blind bool) *Hypothetical {
	return suppose(snap, id, at, blind, true)
}

func suppose(snap *catalog.Snapshot, id principal.ID, at time.Time, blind, standing bool) *Hypothetical {
	h := &Hypothetical{snap: snap, id: id, at: at, blind: blind}
	p := snap.PrincipalByID(id)
	if p == nil || p.Locked && !(standing && p.Standing) || standing && snap.Distrusted(id) {
		return h
	}
	h.holders = holdersOf(snap, p)
	for _, holder := range h.holders {
		h.system = h.system.Union(h.granted(holder, catalog.System))
		h.denied = h.denied.Union(snap.Exception(holder, catalog.System).Deny)
	}
	if h.system.Has(privilege.SysAdmin) { // whom no denial binds
		h.denied = 0
	}
	admin := h.system.Intersect(privilege.Of(privilege.SysAdmin))
	h.system = privilege.FromSystem(h.asHeld(h.system.Minus(h.denied))).Minus(h.denied).Union(admin)
	return h
}

// asHeld is what atoms held on the system are on this server.
func (h *Hypothetical) asHeld(system privilege.Set) privilege.Set {
	if h.blind {
		return privilege.Blind(system)
	}
	return system
}

// holdersOf are a principal, the roles and groups that he holds, and PUBLIC for a user.
func holdersOf(snap *catalog.Snapshot, p *catalog.Principal) []principal.ID {
	out := append([]principal.ID{p.ID}, snap.Held(p.ID, false)...)
	if p.Kind == catalog.KindUser {
		out = append(out, catalog.Public)
	}
	return out
}

// granted are the rows of one holder on one object, and on the scopes that it is in.
func (h *Hypothetical) granted(holder principal.ID, object catalog.ID) (s privilege.Set) {
	own, wider := h.snap.Reaching(holder, h.snap.Object(object))
	for _, g := range wider {
		s = s.Union(h.now(g))
	}
	s = s.Minus(h.snap.Exception(holder, object).Atoms)
	for _, g := range own {
		s = s.Union(h.now(g))
	}
	return s
}

// Denied is what is denied on an object, there, on its database or everywhere, to him
// or to what counts for him.
func (h *Hypothetical) Denied(object, database catalog.ID) privilege.Set {
	out := h.denied
	if h.system.Has(privilege.SysAdmin) {
		return out
	}
	for _, holder := range h.holders {
		for _, on := range []catalog.ID{object, database} {
			out = out.Union(h.snap.Denied(holder, h.snap.Object(on)))
		}
	}
	return out
}

func (h *Hypothetical) Principal() principal.ID { return h.id }
func (h *Hypothetical) System() privilege.Set   { return h.system }

// Holders are whose grants count.
func (h *Hypothetical) Holders() []principal.ID { return h.holders }

// Atoms implements Rights.
func (h *Hypothetical) Atoms(object, database catalog.ID) privilege.Set {
	out := privilege.Set(0)
	if h.system.Has(privilege.SysAdmin) {
		if out = h.system; h.blind && object != catalog.System {
			out = out.Minus(privilege.Of(privilege.SysAdmin))
		}
	}
	for _, holder := range h.holders {
		out = out.Union(h.From(holder, object, database))
	}
	return out.Minus(h.Denied(object, database))
}

// From is what one holder's own grants give on an object, through its database and
// through the system, denials apart.
func (h *Hypothetical) From(holder principal.ID, object, database catalog.ID) privilege.Set {
	out := h.granted(holder, object)
	if database != 0 && database != object {
		out = out.Union(h.granted(holder, database).Minus(h.snap.Excepted(holder, h.snap.Object(object))))
	}
	everywhere := privilege.FromSystem(h.asHeld(h.granted(holder, catalog.System).Minus(h.denied)))
	return out.Union(everywhere.Minus(h.snap.Exception(holder, database).Atoms))
}

// AnyInDatabase implements Rights.
func (h *Hypothetical) AnyInDatabase(database catalog.ID) bool {
	if h.Atoms(database, database) != 0 {
		return true
	}
	for _, o := range h.snap.Objects(database) {
		if h.Atoms(o.ID, database) != 0 {
			return true
		}
	}
	return false
}

func (h *Hypothetical) Allows(kivi.ObjectID, kivi.Rights) bool       { return false }
func (h *Hypothetical) Epoch() uint64                                { return 0 }
func (h *Hypothetical) Restricted(kivi.ObjectID, kivi.Rights) uint64 { return 0 }
