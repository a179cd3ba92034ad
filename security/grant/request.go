package grant

import (
	"fmt"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Actor is who runs the statement: the user, and the roles, groups and PUBLIC
// that count for him now. The zero Actor may do nothing.
type Actor struct {
	ID  principal.ID
	Via []principal.ID
}

// ids lists the actor's principals, the user first.
func (a Actor) ids() []principal.ID { return append([]principal.ID{a.ID}, a.Via...) }

func (a Actor) has(id principal.ID) bool {
	for _, own := range a.ids() {
		if own == id && id != 0 {
			return true
		}
	}
	return false
}

// Privilege is one privilege of the statement: its name as written, for
// messages, and the atoms it means on the object. The atom GrantOption in it
// stands for GRANT OPTION in the list; no atoms are USAGE.
type Privilege struct {
	Name  string
	Atoms privilege.Set
}

// Request is one GRANT, REVOKE or DENY on one object.
type Request struct {
	Revoke bool
	// Denial is DENY, and REVOKE DENY.
	Denial bool
	// Partial is partial_revokes: REVOKE on a database takes there what the grantee
	// holds on the system.
	Partial    bool
	Privileges []Privilege
	Object     catalog.ID
	Kind       privilege.Kind
	Grantees   []principal.ID
	// GrantOption is WITH GRANT OPTION of a GRANT, and GRANT OPTION FOR of a
	// REVOKE, which then takes only the right to pass on.
	GrantOption bool
	// Until is when a GRANT ends by itself, in microseconds since 1970; 0 is never.
	Until    int64
	IfExists bool // REVOKE IF EXISTS: nothing to revoke is a note
	Restrict bool // REVOKE … RESTRICT: refuse instead of cascading
}

// Notes are sentences for the user about a statement that succeeded: warnings
// in MySQL's sense.
type Notes []string

func (n *Notes) addf(format string, args ...any) { *n = append(*n, fmt.Sprintf(format, args...)) }

// atoms is everything that the request names, and whether GRANT OPTION is in
// the list of privileges.
func (r Request) atoms() (atoms privilege.Set, optionListed bool) {
	for _, p := range r.Privileges {
		atoms = atoms.Union(p.Atoms)
	}
	option := privilege.Of(privilege.GrantOption)
	return atoms.Minus(option), atoms.HasAll(option)
}

// check finds what is wrong with the request itself.
func (r Request) check(s *catalog.Snapshot) error {
	if len(r.Grantees) == 0 {
		return fmt.Errorf("%w: no grantee named", ErrNoGrantee)
	}
	for _, id := range r.Grantees {
		if s.PrincipalByID(id) == nil {
			return fmt.Errorf("%w: %d", ErrNoGrantee, id)
		}
	}
	if object := s.Object(r.Object); object.Kind == privilege.KindNone || object.Kind != r.Kind {
		return fmt.Errorf("%w: %d as a %s", ErrNoObject, r.Object, r.Kind)
	}
	for _, p := range r.Privileges {
		if !privilege.Valid(r.Kind).HasAll(p.Atoms) {
			return fmt.Errorf("%w: %s on a %s", ErrInvalid, p.Name, r.Kind)
		}
	}
	return nil
}

// Apply carries out a GRANT, REVOKE or DENY. Errors: ErrNoGrantee, ErrNoObject,
// ErrInvalid, ErrMayNotGrant, ErrNotGranted, ErrDependants, and the catalog's;
// after one of the catalog's the caller gives the transaction up.
func Apply(tx *catalog.Tx, actor Actor, r Request) (Notes, error) {
	if err := r.check(tx.Snapshot); err != nil {
		return nil, err
	}
	l := newLedger(tx)
	var notes Notes
	var err error
	switch {
	case r.Denial && r.Revoke:
		notes, err = l.undeny(actor, r)
	case r.Denial:
		notes, err = l.deny(actor, r)
	case r.Revoke:
		notes, err = l.revoke(actor, r)
	default:
		notes, err = l.grant(actor, r)
	}
	if err != nil {
		return nil, err
	}
	return notes, l.flush()
}
