package catalog

import (
	"fmt"
	"strings"
)

// Rules are what an account asks of who logs in as it, what it may use, and how
// its password may change. The zero Rules ask for nothing beyond the server's own.
type Rules struct {
	// PasswordExpired: whoever logs in must choose another password first.
	PasswordExpired bool `json:"password_expired,omitempty"`
	// LifetimeDays is after how many days a password expires, 0 for never; History
	// and ReuseDays are how many earlier passwords, and for how many days, cannot be
	// set again; RequireCurrent asks who changes his own for the one before. nil is
	// the server's default.
	LifetimeDays   *int  `json:"lifetime_days,omitempty"`
	History        *int  `json:"history,omitempty"`
	ReuseDays      *int  `json:"reuse_days,omitempty"`
	RequireCurrent *bool `json:"require_current,omitempty"`
	// OldPassword is a second one that still counts, until it is discarded.
	OldPassword string `json:"old_password,omitempty"`
	// Past are earlier passwords, the newest first, as far as the rules need them.
	Past []PastPassword `json:"past,omitempty"`

	// Transport is what the connection must be: "" as the listener asks, "ssl",
	// "x509" with a client certificate, "specified" with one as the others say.
	Transport string `json:"transport,omitempty"`
	Subject   string `json:"subject,omitempty"`
	Issuer    string `json:"issuer,omitempty"`
	Cipher    string `json:"cipher,omitempty"`

	// What the account may use, 0 for no limit of its own.
	QueriesPerHour     int `json:"queries_per_hour,omitempty"`
	UpdatesPerHour     int `json:"updates_per_hour,omitempty"`
	ConnectionsPerHour int `json:"connections_per_hour,omitempty"`
	Connections        int `json:"connections,omitempty"`

	// Attribute is a JSON object of the administrator's, as text.
	Attribute string `json:"attribute,omitempty"`
}

// PastPassword is a password that counts no longer.
type PastPassword struct {
	Hash  string `json:"hash"`
	Until int64  `json:"until"` // microseconds since 1970
}

// What Rules.Transport can be.
const (
	TransportTLS       = "ssl"
	TransportX509      = "x509"
	TransportSpecified = "specified"
)

// Rule returns the rules of p, which may be changed without changing p.
func (p *Principal) Rule() Rules {
	if p.Rules == nil {
		return Rules{}
	}
	return *p.Rules
}

// SetRules gives p rules; those that ask for nothing are none.
func (p *Principal) SetRules(r Rules) {
	if p.Rules = &r; r.isZero() {
		p.Rules = nil
	}
}

// NeedsCertificate says whether the account is for who has a client certificate.
func (r Rules) NeedsCertificate() bool {
	return r.Transport == TransportX509 || r.Subject+r.Issuer != ""
}

func (r Rules) isZero() bool {
	switch {
	case r.PasswordExpired, r.LifetimeDays != nil, r.History != nil, r.ReuseDays != nil, r.RequireCurrent != nil,
		r.OldPassword != "", len(r.Past) > 0, r.Transport != "", r.Subject != "", r.Issuer != "", r.Cipher != "",
		r.QueriesPerHour != 0, r.UpdatesPerHour != 0, r.ConnectionsPerHour != 0, r.Connections != 0, r.Attribute != "":
		return false
	}
	return true
}

// LoginName is what a client calls the account: without the host part.
func (p *Principal) LoginName() string {
	if p.Host == "" {
		return p.Name
	}
	return strings.TrimSuffix(p.Name, "@"+p.Host)
}

// Account is how an account of a login name is called that is for a host alone;
// an empty host, or %, is any, and no part of the name.
func Account(login, host string) string {
	if host == "" || host == "%" {
		return login
	}
	return login + "@" + host
}

// Hosted lists the accounts of a login name that are for some hosts alone.
func (s *Snapshot) Hosted(login string) []*Principal {
	var out []*Principal
	prefix := FoldPrincipal(login) + "@"
	s.principalNames.m.Ascend(prefix, func(name string, p *Principal) bool {
		if !strings.HasPrefix(name, prefix) {
			return false
		}
		if p.Host != "" && FoldPrincipal(p.LoginName())+"@" == prefix {
			out = append(out, p)
		}
		return true
	})
	return out
}

// checkAccount checks what only users have.
func (p *Principal) checkAccount() error {
	switch {
	case p.Kind != KindUser && (p.Host != "" || p.Rules != nil):
		return fmt.Errorf("%w: %s %q with rules about logins: nobody logs in as it", ErrInvalid, p.Kind, p.Name)
	case p.Host != "" && (p.ID == Root || p.Outside() || p.LoginName() == p.Name || p.LoginName() == ""):
		return fmt.Errorf("%w: user %q for the host %q", ErrInvalid, p.Name, p.Host)
	case p.Outside() && p.Rule().OldPassword != "":
		return fmt.Errorf("%w: user %q of the directory with a password", ErrInvalid, p.Name)
	}
	switch r := p.Rule(); r.Transport {
	case "", TransportTLS, TransportX509:
		if r.Subject+r.Issuer+r.Cipher != "" {
			return fmt.Errorf("%w: user %q: what is specified of a connection that is not", ErrInvalid, p.Name)
		}
	case TransportSpecified:
	default:
		return fmt.Errorf("%w: user %q with transport %q", ErrInvalid, p.Name, r.Transport)
	}
	return nil
}

// Proves says whether a stored password is one that p can log in with.
func (p *Principal) Proves(phc string) bool {
	return phc != "" && (phc == p.Password || phc == p.Rule().OldPassword)
}

// sameProofs says whether whatever proved old proves p still: a second password
// takes nothing away.
func (p *Principal) sameProofs(old *Principal) bool {
	if old.Password == p.Password {
		return old.Rule().OldPassword == p.Rule().OldPassword || p.Proves(old.Rule().OldPassword) || old.Rule().OldPassword == ""
	}
	return old.Password != "" && p.Proves(old.Password) && (old.Rule().OldPassword == "" || p.Proves(old.Rule().OldPassword))
}
