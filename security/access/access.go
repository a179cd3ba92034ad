// Package access is the only place that answers whether somebody may do
// something with an object, whoever asks: the planner, a statement that was
// compiled before, the statements of our own, and listings.
//
// The question names who acts, the object, what is wanted and why it is asked
// (the Intent). The answer is a Decision, whose zero value denies. Below it
// kivi.Guard answers the same question again for every key; this package gives
// the well-worded refusal, the guard the guarantee.
//
// An allowed question allocates nothing and takes no lock: see BenchmarkCheck.
package access

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
	"github.com/lxdb/lxdb/storage/kivi"
)

// Rights are what somebody holds, now: a *bucket.Rights.
type Rights interface {
	kivi.Guard
	// Principal is whose they are.
	Principal() principal.ID
	// Atoms is everything that is held on an object, through its database, roles
	// and groups, too. For a database its id stands twice.
	Atoms(object, database catalog.ID) privilege.Set
	// System is what system privileges give on every object.
	System() privilege.Set
	// AnyInDatabase says whether anything is held on a database or in it.
	AnyInDatabase(database catalog.ID) bool
}

// Actor is who acts: a session's user, or the definer of a stored object. The
// zero Actor may do nothing.
type Actor struct {
	rights Rights
	audit  Audit
}

// Audit is told every decision of intent Enforce, allowed or not, before the
// statement goes on. It runs on the statement's goroutine. What it cannot record is
// denied: that is what its error means.
type Audit func(Decision) error

// As acts with somebody's rights. audit may be nil.
func As(rights Rights, audit Audit) Actor { return Actor{rights, audit} }

// Principal is who the actor is, 0 for the zero Actor.
func (a Actor) Principal() principal.ID {
	if a.rights == nil {
		return 0
	}
	return a.rights.Principal()
}

// Guard is the second wall for the same actor, nil for the zero Actor.
func (a Actor) Guard() kivi.Guard {
	if a.rights == nil {
		return nil
	}
	return a.rights
}

// Intent is why a question is asked. The zero Intent is a forgotten one, and is
// denied.
type Intent uint8

const (
	// Enforce: the statement goes on if the answer is yes. Only this intent is
	// audited.
	Enforce Intent = iota + 1
	// List: what is allowed is shown, the rest is left out.
	List
	// Explain: somebody wants to know the answer and its reason.
	Explain
	// Simulate: the same for somebody else, who does nothing now.
	Simulate
)

// Object is what a question is about.
type Object struct {
	kind         privilege.Kind
	id, database catalog.ID
	inside       bool // anything in the database will do
	own          bool // the session's, which nobody else can name
}

// System is the object that system privileges are held on.
func System() Object {
	return Object{kind: privilege.KindSystem, id: catalog.System, database: catalog.System}
}

// Database is a database itself: rights that hold for all that is in it.
func Database(id catalog.ID) Object {
	return Object{kind: privilege.KindDatabase, id: id, database: id}
}

// Inside is a database or anything in it, for the question whether somebody may
// know that it exists.
func Inside(database catalog.ID) Object {
	return Object{kind: privilege.KindDatabase, id: database, database: database, inside: true}
}

// In is an object that stands in a database.
func In(kind privilege.Kind, id, database catalog.ID) Object {
	return Object{kind: kind, id: id, database: database}
}

// Own is an object that is one session's and in no catalog: a temporary table. The right to make it was asked of
// the database; from then on whoever acts in the session may do with it all that can be done with its kind, as in
// MySQL. Nobody else comes by such an object: it is made of a record that the session alone holds.
func Own(kind privilege.Kind, id, database catalog.ID) Object {
	return Object{kind: kind, id: id, database: database, own: true}
}

func (o Object) Kind() privilege.Kind { return o.kind }
func (o Object) ID() catalog.ID       { return o.id }

// Own says whether the object is the session's, and in no catalog.
func (o Object) Own() bool { return o.own }

// Want is what somebody wants to do. The zero Want is denied.
type Want struct {
	atoms privilege.Set
	any   bool
}

// All wants every one of the atoms.
func All(atoms privilege.Set) Want { return Want{atoms: atoms} }

// Any wants at least one of the atoms.
func Any(atoms privilege.Set) Want { return Want{atoms: atoms, any: true} }

// One wants one atom.
func One(atom privilege.Atom) Want { return Want{atoms: privilege.Of(atom)} }

// Anything wants any right at all: to know that the object exists.
func Anything() Want { return Want{atoms: ^privilege.Set(0), any: true} }

// SystemPrivilege wants a system privilege, which SYSTEM ADMIN includes, where it is about data as far as administrators
// have access to that.
func SystemPrivilege(atom privilege.Atom) Want {
	if privilege.OfData(atom) {
		return One(atom)
	}
	return Want{atoms: privilege.Of(privilege.SysAdmin, atom), any: true}
}

// And wants other atoms, too.
func (w Want) And(atoms privilege.Set) Want {
	w.atoms = w.atoms.Union(atoms)
	return w
}

// Atoms are what is wanted, all of them or any.
func (w Want) Atoms() privilege.Set { return w.atoms }

// Met says whether holding that is enough.
func (w Want) Met(held privilege.Set) bool {
	if w.any {
		return held.HasAny(w.atoms)
	}
	return !w.atoms.IsEmpty() && held.HasAll(w.atoms)
}

// Check answers one question.
func Check(a Actor, o Object, w Want, intent Intent) Decision {
	d := Decision{actor: a, object: o, want: w, intent: intent}
	if a.rights == nil || intent == 0 {
		return d
	}
	if o.own {
		d.allowed = w.Met(privilege.Valid(o.kind))
	} else if o.inside {
		d.allowed = w == Anything() && a.rights.AnyInDatabase(o.database)
	} else {
		d.allowed = w.Met(a.rights.Atoms(o.id, o.database))
	}
	if intent == Enforce && a.audit != nil && a.audit(d) != nil {
		d.allowed = false
	}
	return d
}

// May is Check for who only needs the yes or no.
func May(a Actor, o Object, w Want, intent Intent) bool { return Check(a, o, w, intent).allowed }

// Held is all that an actor holds on an object, for lists that show it; who
// decides asks Check.
func Held(a Actor, o Object) privilege.Set {
	if a.rights == nil {
		return 0
	}
	if o.own {
		return privilege.Valid(o.kind)
	}
	return a.rights.Atoms(o.id, o.database)
}
