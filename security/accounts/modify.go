package accounts

import (
	"context"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// Change is what Modify makes of a user or a group.
type Change struct {
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
func (a *Accounts) Modify(ctx context.Context, actor principal.Principal, name string, change Change) error {
	phc := ""
	if change.Password != nil {
		if err := a.MayChange(actor, name); err != nil {
			return err
		}
		var err error
		if phc, err = a.HashNew(ctx, "ALTER USER", name, *change.Password); err != nil {
			return err
		}
	}
	return a.change(ctx, actor, func(c *Tx) error {
		p := c.Principal(name)
		if p != nil && p.Kind == catalog.KindGroup {
			return c.modifyGroup(name, change)
		}
		return c.modifyUser(name, change, phc)
	})
}

func (c *Tx) modifyUser(name string, change Change, phc string) error {
	const op = "ALTER USER"
	p, err := c.User(op, name)
	if err == nil && p.ID != c.actor.ID() {
		err = c.mayTouch(p) // before anything is told about p
	}
	switch {
	case err != nil:
		return err
	case change.stale(p):
		return &Error{Kind: ErrStale, Operation: op, Name: name}
	case len(change.Join)+len(change.Leave) > 0:
		return &Error{Kind: ErrInvalid, Operation: op, Name: name, Reason: "a user has no members"}
	}
	return c.AlterUser(op, name, true, func(p *catalog.Principal) {
		if phc != "" {
			GivePassword(p, phc)
		}
		if change.Attributes != nil {
			p.Attributes = change.Attributes
		}
	})
}

func (c *Tx) modifyGroup(name string, change Change) error {
	const op = "ALTER GROUP"
	p, err := c.group(op, name)
	switch {
	case err != nil:
		return err
	case change.stale(p):
		return &Error{Kind: ErrStale, Operation: op, Name: name}
	case change.Password != nil:
		return &Error{Kind: ErrInvalid, Operation: op, Name: name, Reason: "a group has no password"}
	}
	if err := c.RemoveMembers(op, name, namedMembers(change.Leave)); err != nil {
		return err
	}
	if err := c.AddMembers(op, name, namedMembers(change.Join)); err != nil {
		return err
	}
	if change.Attributes == nil {
		return nil
	}
	return c.alterGroup(op, name, func(p *catalog.Principal) { p.Attributes = change.Attributes })
}

func (change Change) stale(now *catalog.Principal) bool {
	return now.ID != change.ID || now.Modified != change.Modified
}
