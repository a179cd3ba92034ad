// Package security is the single decision point of statement-level
// authorization: may this principal do that to this object, now? The storage
// asks the same rights again for each operation (kivi.Guard); a statement that
// passes here by mistake reaches no row there.
//
// The package knows no SQL and no error numbers: the engine turns a Decision
// into the error that the asker may see.
package security

import (
	"errors"
	"fmt"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/bucket"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// ErrDenied is what every DeniedError wraps.
var ErrDenied = errors.New("security: denied")

// Question is what a statement needs on one object.
type Question struct {
	Kind privilege.Kind
	// Object is the table, view, routine or database; catalog.System for
	// system atoms; 0 for an object that does not exist, so that not-found is
	// decided after the privilege and never before.
	Object catalog.ID
	// Database of the object; for a database itself its own id, 0 for the system.
	Database catalog.ID
	Want     privilege.Set // never empty
	Any      bool          // one atom of Want is enough
}

// Decision is the answer. The zero Decision denies and shows nothing.
type Decision struct {
	Allowed bool
	Missing privilege.Set // of Want, when denied
	// Visible: the principal holds something on the object, so he may know
	// that it exists and how it is called.
	Visible bool
	// DatabaseVisible: he holds something on the database or in it. When not,
	// an error must be the same whether the database exists or not.
	DatabaseVisible bool

	question Question
}

// Err is nil when allowed, and a *DeniedError when not.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return &DeniedError{d}
}

// DeniedError is a denial as an error.
type DeniedError struct{ Decision Decision }

// Error says what is missing where, by number: names are for the engine, which
// knows which of them the asker may see.
func (e *DeniedError) Error() string {
	q := e.Decision.question
	return fmt.Sprintf("%s on %s %d denied", e.Decision.Missing, q.Kind, q.Object)
}

// Unwrap makes errors.Is(err, ErrDenied) true.
func (e *DeniedError) Unwrap() error { return ErrDenied }

// Question is what was asked.
func (e *DeniedError) Question() Question { return e.Decision.question }

// Checker decides. It is safe for concurrent use; a nil *Checker denies.
type Checker struct {
	denied func(principal.ID, Question, Decision)
}

// NewChecker makes a checker. denied, which may be nil, is told of every denial,
// for the audit log: inside the check, so that no caller can forget it.
func NewChecker(denied func(principal.ID, Question, Decision)) *Checker {
	if denied == nil {
		denied = func(principal.ID, Question, Decision) {}
	}
	return &Checker{denied: denied}
}

// Check decides by the grants as they are at this moment. Nil rights, a
// question about nothing and an unknown kind are denied.
func (c *Checker) Check(r *bucket.Rights, q Question) Decision {
	d := c.decide(r, q)
	if c != nil && !d.Allowed {
		c.denied(r.Principal(), q, d)
	}
	return d
}

// Look is Check for what is no attempt to do something, such as leaving out of
// a listing what the principal may not see. It is not audited.
func (c *Checker) Look(r *bucket.Rights, q Question) Decision { return c.decide(r, q) }

func (c *Checker) decide(r *bucket.Rights, q Question) Decision {
	d := Decision{Missing: q.Want, question: q}
	valid := privilege.Valid(q.Kind)
	if c == nil || r == nil || q.Want.IsEmpty() || valid.IsEmpty() {
		return d
	}
	held := r.Atoms(q.Object, q.Database)
	d.Missing = q.Want.Minus(held)
	if q.Any {
		d.Allowed = q.Want.HasAny(held)
	} else {
		d.Allowed = d.Missing.IsEmpty()
	}
	if d.Allowed {
		d.Missing = 0
	}
	d.Visible = held.HasAny(valid)
	if q.Database != 0 {
		d.DatabaseVisible = d.Visible || r.AnyInDatabase(q.Database)
	}
	return d
}
