package accounts

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// Impersonation is one EXECUTE AS, or a login as a proxy.
type Impersonation struct {
	User     *catalog.Principal
	NoRevert bool
	Cookie   string // what REVERT must give; "" for nothing
	// Login: it is no statement's, but comes with the login, by PROXY.
	Login bool
}

// AsObject is an account for the questions of security/access.
func AsObject(id principal.ID) access.Object {
	return access.In(privilege.KindUser, catalog.ID(id), 0)
}

// MayImpersonate says whether an actor may act as an account: he holds IMPERSONATE
// on it, or BECOME ANY USER. The latter reaches nobody who holds more of the system
// than the actor, who would give himself what he was not given.
func MayImpersonate(snap *catalog.Snapshot, a access.Actor, target *catalog.Principal, intent access.Intent) bool {
	if target == nil || target.Kind != catalog.KindUser || target.Locked ||
		!access.May(a, AsObject(target.ID), access.Any(privilege.Of(privilege.Impersonate, privilege.SysAdmin)), intent) {
		return false
	}
	held := access.Held(a, access.System())
	if held.Has(privilege.SysAdmin) || held.HasAll(SystemAtoms(snap, target.ID)) {
		return true
	}
	for _, holder := range append([]principal.ID{a.Principal()}, snap.Held(a.Principal(), false)...) {
		for _, g := range snap.GrantsToOn(holder, catalog.ID(target.ID)) {
			if g.Atoms.Has(privilege.Impersonate) {
				return true // somebody meant this account
			}
		}
	}
	return false
}
