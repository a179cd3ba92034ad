package mysql

import (
	"crypto/tls"

	"github.com/lxdb/lxdb/security/authn"
)

// Authn is the Login that asks a.
func Authn(a *authn.Authenticator) Login { return a }

// certificate are the serial numbers of the client's certificate, none where it has none.
func (c *conn) certificate() []string {
	if t, ok := c.wr.dst.(*tls.Conn); ok {
		state := t.ConnectionState()
		return authn.Serials(&state)
	}
	return nil
}

// attempt is a login of this connection as user, without a password.
func (c *conn) attempt(user string) authn.Attempt {
	try := authn.Attempt{User: user, Remote: c.remote, Transport: "mysql"}
	if t, ok := c.wr.dst.(*tls.Conn); ok {
		state := t.ConnectionState()
		try.TLS = &state
	}
	return try
}
