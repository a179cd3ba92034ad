package ldapd

import (
	"strings"
	"unicode/utf8"
)

const (
	mechanismPlain    = "PLAIN"
	mechanismExternal = "EXTERNAL"
)

// parseSASL reads a mechanism with its credentials.
func (op *operation) parseSASL(r reader) (credentials, error) {
	mechanism := r.text(tagOctets)
	text, given := r.optional(tagOctets)
	switch {
	case r.bad:
		return credentials{}, malformed()
	case strings.EqualFold(mechanism, mechanismPlain):
		return op.parsePlain(string(text), given)
	case strings.EqualFold(mechanism, mechanismExternal) && op.c.s.opts.Certificates != nil:
		return op.parseExternal(string(text))
	}
	return credentials{}, refuse(authMethodNotSupported, "the SASL mechanisms are those that the root DSE names")
}

// parsePlain reads the credentials of RFC 4616: authzid NUL authcid NUL password.
func (op *operation) parsePlain(text string, given bool) (credentials, error) {
	if !op.tls {
		return credentials{}, refuse(confidentialityNeeded, "SASL PLAIN is taken inside TLS only")
	}
	parts := strings.Split(text, "\x00")
	if !given || len(parts) != 3 || !utf8.ValidString(text) {
		return credentials{}, errCredentials
	}
	authz, name, password := parts[0], parts[1], parts[2]
	if password == "" {
		return credentials{}, refuse(unwilling, "a bind without a password is refused")
	}
	if authz != "" && op.identity(authz) != foldText(name) {
		return credentials{}, errCredentials // nobody acts for somebody else
	}
	return credentials{name: name, password: password}, nil
}

// parseExternal reads the credentials of RFC 4422, appendix A: an authzid or
// nothing. Who it is, the client certificate says.
func (op *operation) parseExternal(authz string) (credentials, error) {
	if !op.certified {
		return credentials{}, refuse(inappropriateAuth, "SASL EXTERNAL needs a client certificate of this server's authority")
	}
	if !utf8.ValidString(authz) {
		return credentials{}, errCredentials
	}
	return credentials{external: true, authz: authz}, nil
}

// identity is the folded user name in dn:DN, u:NAME, a DN or a plain name.
func (v *view) identity(s string) string {
	if name, ok := strings.CutPrefix(s, "u:"); ok {
		return foldText(name)
	}
	text, isDN := strings.CutPrefix(s, "dn:")
	if parsed, err := parseDN(text); err == nil && len(parsed) > 0 {
		return foldText(v.loginName(parsed))
	}
	if isDN {
		return ""
	}
	return foldText(s)
}
