package ldapd

import "github.com/lxdb/lxdb/catalog"

// passwordChange is what a client says about a password, by the extended
// operation or by a modify of userPassword.
type passwordChange struct {
	old, new       string
	hasOld, hasNew bool
}

// change changes an account, and its password if one is given: in one step.
func (op *operation) change(target *catalog.Principal, c Change, password passwordChange) error {
	c.ID, c.Modified = target.ID, target.Modified
	if password.hasOld && !password.hasNew {
		return refuse(unwilling, "a password can be changed, not taken away").because(passwordModNotAllowed)
	}
	if password.hasNew {
		if err := op.checkPassword(target, password); err != nil {
			return err
		}
		c.Password = &password.new
	}
	if c.Password == nil && c.Attributes == nil && len(c.Join)+len(c.Leave) == 0 {
		return nil
	}
	if err := op.c.s.opts.Accounts.Modify(op.ctx, op.who, target.Name, c); err != nil {
		return err
	}
	if password.hasNew && target.ID == op.who.ID() {
		// The change ends his other connections, not the one that made it. Were
		// there another change at the same time, the epoch would be higher.
		op.c.become(op.who, target.Epoch+1)
	}
	return nil
}

// checkPassword says whether the client may change a password. An old one that
// is given is checked, as at a login with its counters; without USER ADMIN it
// must be given.
func (op *operation) checkPassword(target *catalog.Principal, password passwordChange) error {
	switch {
	case target.ID != op.who.ID() && !op.admin:
		return refuse(insufficientAccess, "not allowed").because(passwordModNotAllowed)
	case !op.admin && !password.hasOld:
		return refuse(unwilling, "the old password is needed").because(mustSupplyOldPassword)
	case !password.hasOld:
		return nil
	case password.old == "":
		return errCredentials
	}
	who, err := op.c.s.opts.Login.Login(op.ctx, target.Name, password.old, op.c.base.RemoteAddr().String())
	if err != nil || who.ID() != target.ID {
		return errCredentials
	}
	return nil
}
