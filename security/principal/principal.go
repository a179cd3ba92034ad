// Package principal names who acts: an identity that authentication has proved.
// The zero Principal is nobody and may do nothing, so a forgotten assignment
// denies. Principals are made by the constructors only, each named for where
// the identity comes from.
package principal

// ID is a principal's immutable number in the catalog. Zero is nobody; numbers
// are never reused.
type ID uint32

// Principal is a proved identity. It is comparable and safe to copy.
type Principal struct {
	id     ID
	name   string
	source Source
	epoch  uint64 // of the account when the identity was proved; 0: not bound to one
}

// Source says how the identity was proved.
type Source uint8

const (
	Nobody   Source = iota
	Password        // a directory checked the password
	TLSCert         // a client certificate of the instance CA
	Internal        // the server itself, see Trusted
)

// FromPassword is for authn, after a directory accepted the password.
func FromPassword(id ID, name string) Principal {
	return Principal{id: id, name: name, source: Password}
}

// FromClientCert is for authn, after the chain was verified.
func FromClientCert(id ID, name string) Principal {
	return Principal{id: id, name: name, source: TLSCert}
}

// Trusted is for in-process callers that stand in for the administrator: the
// command line on the data directory, tests and examples. It proves nothing:
// whoever can call it already owns the process.
func Trusted(id ID, name string) Principal { return Principal{id: id, name: name, source: Internal} }

func (p Principal) ID() ID         { return p.id }
func (p Principal) Name() string   { return p.name }
func (p Principal) Source() Source { return p.source }
func (p Principal) IsNobody() bool { return p.id == 0 }

// At binds the identity to the state of its account when it was proved: after a
// new password or a lock it opens no session any more.
func (p Principal) At(epoch uint64) Principal {
	p.epoch = epoch
	return p
}

// Outdated reports whether the account has changed since the identity was
// proved; epoch is the account's now.
func (p Principal) Outdated(epoch uint64) bool { return p.epoch != 0 && p.epoch != epoch }
