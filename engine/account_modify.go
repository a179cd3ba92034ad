package engine

import (
	"context"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// AccountChange is what Modify makes of a user or a group.
type AccountChange struct {
	// ID and Modified are those of the record that the caller looked at: when it
	// is another one now, the change rests on what is no longer true.
	ID       principal.ID
	Modified int64

	Join, Leave []string            // members of a group
	Password    *string             // of a user; nil leaves it
	Attributes  map[string][]string // replace all of them; nil leaves them
}

// Modify changes a user or a group in one transaction: refused in one part, it
// changes nothing. Errors: ErrDenied, ErrNotFound, ErrStale, ErrPolicy,
// ErrCycle, ErrInvalid.
func (a *Accounts) Modify(ctx context.Context, actor principal.Principal, name string, change AccountChange) error {
	phc := ""
	if change.Password != nil {
		if err := a.mayFor(actor, name); err != nil {
			return err
		}
		var err error
		if phc, err = a.engine.hashNew(ctx, "ALTER USER", name, *change.Password); err != nil {
			return err
		}
	}
	return a.change(ctx, actor, func(c *accountTx) error {
		p := c.Principal(name)
		if p != nil && p.Kind == catalog.KindGroup {
			return c.modifyGroup(name, change)
		}
		return c.modifyUser(name, change, phc)
	})
}

func (c *accountTx) modifyUser(name string, change AccountChange, phc string) error {
	const op = "ALTER USER"
	p, err := c.user(op, name)
	if err == nil && p.ID != c.actor.ID() {
		err = c.mayTouch(p) // before anything is told about p
	}
	switch {
	case err != nil:
		return err
	case change.stale(p):
		return &AccountError{Kind: ErrStale, Operation: op, Name: name}
	case len(change.Join)+len(change.Leave) > 0:
		return &AccountError{Kind: ErrInvalid, Operation: op, Name: name, Reason: "a user has no members"}
	}
	return c.alterUser(op, name, true, func(p *catalog.Principal) {
		if phc != "" {
			p.Password = phc
		}
		if change.Attributes != nil {
			p.Attributes = change.Attributes
		}
	})
}

func (c *accountTx) modifyGroup(name string, change AccountChange) error {
	const op = "ALTER GROUP"
	p, err := c.group(op, name)
	switch {
	case err != nil:
		return err
	case change.stale(p):
		return &AccountError{Kind: ErrStale, Operation: op, Name: name}
	case change.Password != nil:
		return &AccountError{Kind: ErrInvalid, Operation: op, Name: name, Reason: "a group has no password"}
	}
	if err := c.removeMembers(op, name, namedMembers(change.Leave)); err != nil {
		return err
	}
	if err := c.addMembers(op, name, namedMembers(change.Join)); err != nil {
		return err
	}
	if change.Attributes == nil {
		return nil
	}
	return c.alterGroup(op, name, func(p *catalog.Principal) { p.Attributes = change.Attributes })
}

func (change AccountChange) stale(now *catalog.Principal) bool {
	return now.ID != change.ID || now.Modified != change.Modified
}
