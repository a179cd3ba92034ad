package statement

import (
	"github.com/lxdb/lxdb/engine/dialect"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/privilege"
)

// Need is what a statement asks of who sends it, before it runs. The zero Need is
// none, and no declaration may have it.
type Need struct {
	why   string
	check func(c *Call, stmt dialect.Statement) error
}

// Why says in words what is asked and where.
func (n Need) Why() string { return n.why }

// SystemPrivilege needs a system privilege, which SYSTEM ADMIN includes.
func SystemPrivilege(atom privilege.Atom) Need {
	return Need{why: atom.String(), check: func(c *Call, _ dialect.Statement) error { return c.RequireSystem(atom) }}
}

// When needs what a function of the statement says: it asks access.Check about the
// objects and accounts that the statement names, and returns the refusal.
func When[T dialect.Statement](why string, check func(c *Call, stmt T) error) Need {
	return Need{why: why, check: func(c *Call, stmt dialect.Statement) error {
		own, ok := stmt.(T)
		if !ok {
			return sqlerr.DeniedSystem(privilege.SysAdmin.String())
		}
		return check(c, own)
	}}
}

// InTransaction is for what only the transaction that makes the change can
// decide, by the catalog as it is then. Who decides there is named.
func InTransaction(who string) Need {
	return Need{why: "decided in the transaction: " + who, check: allow}
}

// Anyone is for statements that everyone may send, with the reason why that is
// safe.
func Anyone(why string) Need { return Need{why: "everyone: " + why, check: allow} }

func allow(*Call, dialect.Statement) error { return nil }

// RequireSystem asks for a system privilege; SYSTEM ADMIN includes them all.
func (c *Call) RequireSystem(atom privilege.Atom) error {
	if access.May(c.Actor(), access.System(), access.SystemPrivilege(atom), access.Enforce) {
		return nil
	}
	return sqlerr.DeniedSystem(atom.String())
}

// HasSystem is RequireSystem for who is shown more when he has it.
func (c *Call) HasSystem(atom privilege.Atom) bool {
	return access.May(c.Actor(), access.System(), access.SystemPrivilege(atom), access.List)
}
