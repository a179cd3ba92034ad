package ldapd

import (
	"context"
	"time"

	"github.com/lxdb/lxdb/security/principal"
)

const (
	// bindTime bounds one check of a password, queueing included.
	bindTime         = 30 * time.Second
	maxPasswordBytes = 1024
)

// credentials are what a bind brings. An anonymous one has neither.
type credentials struct {
	name     string // of the account; "" when the DN names no user
	password string
	anonym   bool
	external bool   // by the client certificate
	authz    string // whom an external bind is for; "" is whom the certificate names
}

var errCredentials = refuse(invalidCredentials, "invalid credentials")

// bind answers on the reading goroutine: requests behind it wait, as RFC 4511,
// 4.2.1 demands, and what ran before it is abandoned. It returns false when the
// connection is over.
func (c *conn) bind(m message) bool {
	c.abandonAll()
	c.become(principal.Principal{}, 0)
	op := &operation{c: c, m: m, view: c.view()}
	var cancel context.CancelFunc
	op.ctx, cancel = context.WithTimeout(c.ctx, bindTime)
	defer cancel()
	f := op.guarded((*operation).authenticate)
	return c.write(appendResult(nil, m.id, opBindResponse, f, nil, op.controls)) == nil
}

func (op *operation) authenticate() error {
	creds, err := op.parseBind()
	if err != nil || creds.anonym {
		return err
	}
	who, err := op.login(creds)
	if err != nil || who.IsNobody() {
		return errCredentials // whatever the reason: names cannot be probed
	}
	p := op.directory.catalog.Snapshot().PrincipalByID(who.ID())
	if p == nil || entryOf(p) == nil || entryOf(p).kind != kindUser || p.Locked || who.Outdated(p.Epoch) {
		return errCredentials // changed while the password was being checked
	}
	op.c.become(who, p.Epoch)
	return nil
}

// login asks who brings the credentials.
func (op *operation) login(creds credentials) (principal.Principal, error) {
	opts, remote := &op.c.s.opts, op.c.base.RemoteAddr().String()
	if creds.external {
		who, err := opts.Certificates.LoginCertificate(op.ctx, *op.c.peer, remote)
		if err == nil && creds.authz != "" && op.identity(creds.authz) != foldText(who.Name()) {
			err = errCredentials // nobody acts for somebody else
		}
		return who, err
	}
	if creds.name == "" || len(creds.password) > maxPasswordBytes {
		return principal.Principal{}, errCredentials
	}
	return opts.Login.Login(op.ctx, creds.name, creds.password, remote)
}

// parseBind reads a BindRequest and refuses what must not even be tried.
func (op *operation) parseBind() (credentials, error) {
	r := reader{rest: op.m.body}
	version := r.integer(tagInteger)
	name := r.text(tagOctets)
	method, body := r.next()
	switch {
	case r.bad:
		return credentials{}, malformed()
	case version != 3:
		return credentials{}, refuse(protocolError, "only LDAP version 3 is spoken here")
	case method == nested(3):
		return op.parseSASL(reader{rest: body})
	case method != primitive(0):
		return credentials{}, refuse(authMethodNotSupported, "only simple binds and SASL are supported")
	}
	return op.parseSimple(name, string(body))
}

func (op *operation) parseSimple(name, password string) (credentials, error) {
	switch {
	case name == "" && password == "":
		return credentials{anonym: true}, nil
	case password == "":
		// RFC 4513, 5.1.2: many clients take its success for a login.
		return credentials{}, refuse(unwilling, "a bind with a name and no password is refused")
	case !op.tls && !(op.c.s.opts.PlainOnLoopback && op.c.address.IsLoopback()):
		return credentials{}, refuse(confidentialityNeeded, "passwords are taken inside TLS only: use StartTLS or ldaps")
	}
	parsed, err := parseDN(name)
	if err != nil {
		return credentials{}, refuse(invalidDN, "invalid DN")
	}
	return credentials{name: op.loginName(parsed), password: password}, nil
}

// loginName is the user that a bind DN names, whether there is one or not. The
// DN's form alone decides, so that unknown users take the same way as others.
func (v *view) loginName(name dn) string {
	if len(name) != len(v.suffix)+2 || name[2:].key() != v.suffixKey || containerOf(name[1]) != kindUsers {
		return ""
	}
	attr, value, ok := name[0].single()
	if !ok || attr != "uid" && attr != "cn" {
		return ""
	}
	return value
}

// upgrade answers StartTLS on the reading goroutine. What arrived behind the
// request came before the client could know about TLS: somebody else may have
// put it there, so it ends the connection unread.
func (c *conn) upgrade(m message) bool {
	injected := c.r.Buffered() > 0
	c.settle()
	c.mu.Lock()
	running, secured := len(c.ops), c.tls
	c.mu.Unlock()
	f := &fault{}
	switch {
	case injected:
		f = refuse(protocolError, "data behind the StartTLS request")
	case c.s.opts.TLS == nil:
		f = refuse(unavailable, "TLS is not configured")
	case secured:
		f = refuse(operationsError, "TLS is in use already")
	case running > 0:
		f = refuse(operationsError, "operations are running")
	}
	answer := appendResult(nil, m.id, opExtendedResponse, f, appendText(nil, primitive(10), startTLSOID), nil)
	if c.write(answer) != nil || injected {
		return false
	}
	if f.code != success {
		return true
	}
	c.become(principal.Principal{}, 0)
	return c.startTLS() == nil
}
