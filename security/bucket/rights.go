package bucket

import (
	"sync/atomic"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Rights answers what one principal may do, now. It implements kivi.Guard. A
// nil *Rights denies everything.
type Rights struct {
	gen    *generation
	view   atomic.Pointer[view]
	bucket *Bucket
	id     principal.ID
	roles  Roles   // that count
	within *Rights // if set, nothing is allowed that it does not allow, too
	// standing rights are those of what acts for the principal: a lock of his logins leaves them.
	standing bool
}

var _ kivi.Guard = (*Rights)(nil)

// newRights starts with a view of no generation, which the first check replaces.
func newRights(b *Bucket, id principal.ID) *Rights {
	r := &Rights{gen: &b.gen, bucket: b, id: id}
	r.view.Store(&view{})
	return r
}

// Within are these rights as far as others hold them, too: those of somebody who
// acts in an object that another principal made. Who they belong to stays.
func (r *Rights) Within(others *Rights) *Rights {
	if r == nil || others == nil {
		return nil
	}
	if r.id == others.id && others.within == nil && !others.roles.chosen && (others.standing || !r.standing) {
		return r
	}
	both := newRights(r.bucket, r.id)
	both.roles, both.standing = r.roles, r.standing
	both.within = others
	if r.within != nil {
		both.within = r.within.Within(others)
	}
	return both
}

// Stands says that these are the rights of what acts for the principal, which no login has.
func (r *Rights) Stands() bool { return r != nil && r.standing }

// Whole says that nobody else's rights bound these.
func (r *Rights) Whole() bool { return r != nil && r.within == nil }

// Allows says whether all of want may be done with a data id. Asking for
// nothing is denied. It takes no lock and allocates nothing, but for the first
// check of an id, or of any after a change of the principal's own grants.
func (r *Rights) Allows(data kivi.ObjectID, want kivi.Rights) bool {
	if r == nil || r.within != nil && !r.within.Allows(data, want) {
		return false
	}
	v := r.view.Load()
	if v.gen == r.gen.n.Load() {
		if i := data>>pageBits - v.base; i < uint32(len(v.pages)) {
			if p := v.pages[i]; p != nil {
				if have := p.load(data); have&known != 0 {
					return want != 0 && answer(have).free()&want == want
				}
			}
		}
	}
	have, _, _ := r.compile(data)
	return want != 0 && have.free()&want == want
}

// Restricted implements kivi.Guard: the epoch of a policy that is compiled now,
// when all of want is held and some of it only under one. It changes with the
// principal's own certificates and with the table's record, and not with
// anything else.
func (r *Rights) Restricted(data kivi.ObjectID, want kivi.Rights) uint64 {
	if r == nil {
		return 0
	}
	v, s := r.current()
	var have answer
	if p := v.page(data); p != nil && p.load(data)&known != 0 {
		have = answer(p.load(data))
	} else {
		have, v, s = r.compile(data)
	}
	if want == 0 || have.all()&want != want || have.free()&want == want {
		return 0
	}
	changed, _ := s.dataChanged.Get(data)
	return max(v.since, changed)
}

// Epoch changes whenever an answer may have changed.
func (r *Rights) Epoch() uint64 {
	if r == nil {
		return 0
	}
	return r.gen.n.Load()
}

// Principal is whose rights these are; zero for nobody's.
func (r *Rights) Principal() principal.ID {
	if r == nil {
		return 0
	}
	return r.id
}

// Live reports whether the principal may do anything at all: it exists, is a
// user, is not locked, and its certificate is in the bucket. Sessions of one
// that is not should be ended.
func (r *Rights) Live() bool {
	if r == nil {
		return false
	}
	v, _ := r.current()
	return v.live && (r.within == nil || r.within.Live())
}

// Atoms is everything the principal holds on an object: granted on the object,
// on its database or system-wide, to himself, to his roles or to PUBLIC. For a
// database itself give its id twice, or as either argument; zero names nothing.
// Atoms that are restricted by a row policy, column list or mask are left out.
func (r *Rights) Atoms(object, database catalog.ID) privilege.Set {
	if r == nil {
		return 0
	}
	v, _ := r.current()
	if r.within != nil {
		return v.atoms(object, database).Intersect(r.within.Atoms(object, database))
	}
	return v.atoms(object, database)
}

// System is what system privileges give on every object.
func (r *Rights) System() privilege.Set {
	if r == nil {
		return 0
	}
	v, _ := r.current()
	held := privilege.Set(0)
	if v.live {
		held = v.system
	}
	if r.within != nil {
		held = held.Intersect(r.within.System())
	}
	return held
}

// AnyInDatabase reports whether the principal holds any atom on the database or
// on something in it, so that he may know of its existence.
func (r *Rights) AnyInDatabase(database catalog.ID) bool {
	if r == nil {
		return false
	}
	if r.within != nil && !r.within.AnyInDatabase(database) {
		return false
	}
	v, s := r.current()
	if !v.atoms(database, database).Intersect(privilege.Valid(privilege.KindDatabase)).IsEmpty() {
		return true
	}
	_, ok := v.visibleDatabases(s.snapshot)[database]
	return ok
}

// compile is the slow half of Allows. It also returns what the answer was made of.
func (r *Rights) compile(data kivi.ObjectID) (answer, *view, *state) {
	v, s := r.current()
	if !v.live {
		return 0, v, s
	}
	// Unknown ids are not remembered: one that is allocated later has no page to clear.
	t := s.snapshot.TableByData(data)
	if t == nil {
		if q := s.snapshot.SequenceByData(data); q != nil {
			have := answerOf(sequenceRights(v.atoms(q.ID, q.Database)), sequenceRights(v.underPolicy(q.ID, q.Database)))
			r.remember(v, data, have)
			return have, v, s
		}
		return 0, v, s
	}
	free := storageRights(v.atoms(t.ID, t.Database))
	have := answerOf(free, storageRights(v.underPolicy(t.ID, t.Database)))
	r.remember(v, data, have)
	return have, v, s
}

// remember stores a compiled answer, unless the view was replaced meanwhile.
func (r *Rights) remember(v *view, data kivi.ObjectID, have answer) {
	p := v.page(data)
	if p == nil {
		next := v.withPage(data)
		if !r.view.CompareAndSwap(v, next) {
			return
		}
		p = next.page(data)
	}
	p.store(data, have)
}

// current brings the view up to the newest state and returns both. It is free
// of locks: whoever loses the race to replace the view takes the winner's.
func (r *Rights) current() (*view, *state) {
	for {
		s, v := r.bucket.state.Load(), r.view.Load()
		if v.gen == s.gen {
			return v, s
		}
		if v.gen > s.gen {
			continue // somebody saw a newer state than we did
		}
		next := v.follow(s, r.id, r.roles, r.standing)
		if r.view.CompareAndSwap(v, next) {
			return next, s
		}
	}
}

// storageRights compiles atoms to what kivi asks about. DROP removes all rows
// along with the table, so it contains removing them.
func storageRights(atoms privilege.Set) kivi.Rights {
	var out kivi.Rights
	for _, m := range storageMeaning {
		if atoms.HasAny(m.any) {
			out |= m.right
		}
	}
	return out
}

// sequenceRights is the same for a sequence: rights on rows that somebody holds on the database say
// nothing about it. Who may take numbers may see which was the last.
func sequenceRights(atoms privilege.Set) kivi.Rights {
	var out kivi.Rights
	if atoms.HasAny(privilege.Of(privilege.SeqSelect, privilege.SeqUse)) {
		out |= kivi.Read
	}
	if atoms.Has(privilege.SeqUse) {
		out |= kivi.Use
	}
	if atoms.Has(privilege.Alter) {
		out |= kivi.Alter
	}
	return out
}

var storageMeaning = [...]struct {
	right kivi.Rights
	any   privilege.Set
}{
	{kivi.Read, privilege.Of(privilege.Select)},
	{kivi.Insert, privilege.Of(privilege.Insert)},
	{kivi.Update, privilege.Of(privilege.Update)},
	{kivi.Delete, privilege.Of(privilege.Delete)},
	{kivi.Truncate, privilege.Of(privilege.Truncate, privilege.Drop)},
	{kivi.Alter, privilege.Of(privilege.Alter, privilege.Index)},
	{kivi.Use, privilege.Of(privilege.SeqUse)},
}
