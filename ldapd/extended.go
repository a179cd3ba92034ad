package ldapd

import (
	"crypto/rand"

	"github.com/lxdb/lxdb/catalog"
)

const (
	startTLSOID       = "1.3.6.1.4.1.1466.20037"
	passwordModifyOID = "1.3.6.1.4.1.4203.1.11.1"
	whoAmIOID         = "1.3.6.1.4.1.4203.1.11.3"
	cancelOID         = "1.3.6.1.1.8"
)

// extendedName is the OID of an extended request; "" when it is malformed.
func extendedName(body []byte) string {
	r := reader{rest: body}
	return r.text(primitive(0))
}

func (op *operation) extended() error {
	r := reader{rest: op.m.body}
	name := r.text(primitive(0))
	value, given := r.optional(primitive(1))
	if r.bad {
		return malformed()
	}
	switch name {
	case whoAmIOID:
		return op.whoAmI(given)
	case passwordModifyOID:
		return op.passwordModify(value, given)
	case cancelOID:
		return op.cancelOther(value)
	}
	return refuse(protocolError, "the extended operation %.64s is not supported", name)
}

func (op *operation) whoAmI(value bool) error {
	if value {
		return malformed()
	}
	authzID := ""
	if p := op.snap.PrincipalByID(op.who.ID()); p != nil && !op.who.IsNobody() {
		authzID = "dn:" + op.dnOf(&entry{kindUser, p})
	}
	op.extra = appendText(nil, primitive(11), authzID)
	return nil
}

// passwordModify is RFC 3062. Without a new password it makes one.
func (op *operation) passwordModify(value []byte, given bool) error {
	var user, old, fresh []byte
	var hasUser, hasOld, hasNew bool
	if given {
		outer := reader{rest: value}
		r := outer.inside(tagSequence)
		user, hasUser = r.optional(primitive(0))
		old, hasOld = r.optional(primitive(1))
		fresh, hasNew = r.optional(primitive(2))
		if r.bad || r.more() {
			return malformed()
		}
	}
	if op.who.IsNobody() {
		return refuse(insufficientAccess, "bind first")
	}
	change := passwordChange{new: string(fresh), hasNew: true, old: string(old), hasOld: hasOld}
	if !hasNew {
		change.new = rand.Text()
	}
	err := op.unlessStale(func() error {
		target := op.snap.PrincipalByID(op.who.ID())
		if hasUser {
			op.about = string(user)
			target = op.snap.Principal(op.identity(string(user)))
		}
		if target == nil || target.Kind != catalog.KindUser || !op.mayRead(&entry{kindUser, target}) {
			op.hidden = target != nil
			return refuse(noSuchObject, "no such user")
		}
		return op.change(target, Change{}, change)
	})
	if err != nil {
		return err
	}
	if !hasNew {
		b, in := open(nil, primitive(11))
		b, seq := open(b, tagSequence)
		op.extra = shut(shut(appendText(b, primitive(0), change.new), seq), in)
	}
	return nil
}

// cancelOther is RFC 3909. Both operations are answered.
func (op *operation) cancelOther(value []byte) error {
	outer := reader{rest: value}
	r := outer.inside(tagSequence)
	id := r.integer(tagInteger)
	if r.bad {
		return malformed()
	}
	c := op.c
	c.mu.Lock()
	other := c.ops[id]
	switch {
	case other == nil || other == op:
		c.mu.Unlock()
		return refuse(noSuchOperation, "no operation %d is running", id)
	case other.m.op == opExtended:
		c.mu.Unlock()
		return refuse(cannotCancel, "extended operations cannot be canceled")
	}
	other.cancelling = true
	other.cancel()
	c.mu.Unlock()
	<-other.done
	if other.outcome != canceled {
		return refuse(tooLate, "the operation was complete")
	}
	return nil
}
