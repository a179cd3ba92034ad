package dialect

import (
	"fmt"
	"io"

	"github.com/lxdb/lxdb/engine/lex"
)

// Statement is a security statement. It is one of the pointer types of this
// package. Trees are plain values: two statements mean the same when
// reflect.DeepEqual says so.
type Statement interface {
	// String is the canonical form: keywords in upper case, names in
	// backticks, one spelling for each meaning, secrets as '***'. Parsed with
	// the zero Options it gives an equal tree, apart from the secrets.
	String() string
	// Redacted is String, under the name that says why it may be logged.
	Redacted() string

	write(*printer)
}

// Secret is a password. Every way of printing it, fmt's %#v and JSON included, gives '***'.
type Secret struct{ text string }

// NewSecret keeps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the password itself, for the code that hashes it.
func (s Secret) Reveal() string { return s.text }

func (s Secret) String() string               { return lex.Masked }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, lex.Masked) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(lex.Masked), nil }

// Account names a user or role as a statement writes it. Case is kept: the
// catalog folds names.
type Account struct {
	Name string
	// Host is what follows @, "" for none. lxdb's principals have no host part:
	// whoever resolves an account decides about a Host other than "" and "%".
	Host string
	// External marks an account written with a leading @ (@jsmith, "@jsmith"):
	// its password is checked elsewhere. Name comes without the @.
	External bool
	// Current is CURRENT_USER (or USER()); the other fields are empty.
	Current bool
}

// Grantee is who gets or loses a grant.
type Grantee struct {
	Kind    GranteeKind
	Account Account // for LDAP groups only the Name counts; empty for PUBLIC
}

// GranteeKind says how the statement named a grantee.
type GranteeKind uint8

const (
	GranteeAny       GranteeKind = iota // a user or a role
	GranteeUser                         // USER u
	GranteeRole                         // ROLE r
	GranteePublic                       // PUBLIC
	GranteeLDAPGroup                    // ldapGroup:g
)

// Behaviour is what happens to what depends on the thing taken away.
type Behaviour uint8

const (
	BehaviourDefault Behaviour = iota // nothing was written
	Restrict
	Cascade
)
