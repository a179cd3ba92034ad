package accounts

import (
	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/access"
	"github.com/lxdb/lxdb/security/principal"
	"github.com/lxdb/lxdb/security/privilege"
)

// ProxyOf is the account that a user is from his login on: the one on which he was granted PROXY; nil for none.
func ProxyOf(snap *catalog.Snapshot, id principal.ID) *catalog.Principal {
	for _, g := range snap.GrantsTo(id) {
		if g.Kind == privilege.KindUser && g.Atoms.Has(privilege.Proxy) {
			return snap.PrincipalByID(principal.ID(g.Object))
		}
	}
	return nil
}

// MayProxy says whether a user may be an account from his login on. That takes a grant to him: what administrators hold
// on everything makes nobody somebody else. A lock of the account's own logins is none of these, as in MySQL.
func MayProxy(snap *catalog.Snapshot, a access.Actor, target *catalog.Principal, intent access.Intent) bool {
	return target != nil && target.Kind == catalog.KindUser && target.Acts() && ProxyOf(snap, a.Principal()) == target &&
		access.May(a, AsObject(target.ID), access.One(privilege.Proxy), intent)
}

// MayBeProxy refuses a grant of PROXY on an account to who cannot be a proxy, and by who may not say as whom he logs in:
// he would keep him from his own rights, and have him work for somebody else. It is asked after the grant is made.
func (c *Tx) MayBeProxy(id, of principal.ID) error {
	p := c.PrincipalByID(id)
	no := func(reason string) error {
		return &Error{Kind: ErrInvalid, Operation: "GRANT PROXY", Name: p.Name, Reason: reason}
	}
	if err := c.mayTouch(p); err != nil {
		return err
	}
	switch {
	case p.Kind != catalog.KindUser:
		return no("users log in: PROXY is granted to no role, no group and not to PUBLIC")
	case p.ID == catalog.Root:
		return no("root logs in as himself, or nobody could be sure of him")
	case id == of:
		return no("who logs in as himself needs no PROXY")
	}
	for _, g := range c.GrantsTo(id) {
		if g.Kind == privilege.KindUser && g.Atoms.Has(privilege.Proxy) && g.Object != catalog.ID(of) {
			return no("a login becomes one account, and that is " + c.PrincipalByID(principal.ID(g.Object)).Name + " already: REVOKE PROXY ON it first")
		}
	}
	return nil
}
