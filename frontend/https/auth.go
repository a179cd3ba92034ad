package https

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"strings"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/principal"
)

// Authn is the Login that asks a.
func Authn(a *authn.Authenticator) Login { return a }

// attempt is a login by a request, without a password.
func attempt(r *http.Request, user string) authn.Attempt {
	return authn.Attempt{User: user, Remote: r.RemoteAddr, Transport: "https", TLS: r.TLS}
}

// serials are the numbers of the client certificate that a request came with.
func serials(r *http.Request) []string { return authn.Serials(r.TLS) }

// challenge asks for a name and a password.
const challenge = `Basic realm="lxdb", charset="UTF-8"`

// caller is who sends a request, as far as the request's header says.
type caller struct {
	who      principal.Principal // nobody: no credentials were sent
	password string              // to be compared with a second copy, never kept
}

// credentials are those of an Authorization header, proved or not yet.
type credentials struct {
	caller
	srv            *Server
	r              *http.Request
	sent           bool // there is a header
	user, password string
	denied         *session.Error // why they are refused
}

func (p *credentials) proved() bool { return !p.who.IsNobody() }

// presented reads the header. A password that was right before is quick to see, and then
// is proved at once.
func (s *Server) presented(r *http.Request) *credentials {
	p := &credentials{srv: s, r: r, sent: r.Header.Get("Authorization") != ""}
	if !p.sent {
		return p
	}
	var ok bool
	if p.user, p.password, ok = r.BasicAuth(); !ok {
		p.denied = errNoCredentials(r)
		return p
	}
	if who, ok := s.fast(r, p.user, p.password); ok {
		p.caller = caller{who, p.password}
	}
	return p
}

// prove asks the Login, which counts the attempt. It is asked once.
func (p *credentials) prove() bool {
	if p.proved() || p.denied != nil {
		return p.proved()
	}
	var who principal.Principal
	if who, p.denied = p.srv.prove(p.r, p.user, p.password); p.denied == nil {
		p.caller = caller{who, p.password}
	}
	return p.proved()
}

// basic proves the credentials of the header. Without one the caller is nobody, and
// nothing is counted: clients ask first what they are to send. The error is the same
// for every reason.
func (s *Server) basic(r *http.Request) (caller, *session.Error) {
	p := s.presented(r)
	if p.sent {
		p.prove()
	}
	return p.caller, p.denied
}

// fast checks a password against the one that was right before.
func (s *Server) fast(r *http.Request, user, password string) (principal.Principal, bool) {
	if password == "" {
		return principal.Principal{}, false
	}
	nonce := make([]byte, 20)
	rand.Read(nonce) // never fails: it ends the process instead
	who, ok := s.opts.Login.FastCheck(attempt(r, user), nonce, scramble(password, nonce))
	return who, ok && !who.IsNobody()
}

// prove checks a name and a password.
func (s *Server) prove(r *http.Request, user, password string) (principal.Principal, *session.Error) {
	if who, ok := s.fast(r, user, password); ok {
		return who, nil
	}
	// Asked even about the empty password, so that the attempt is counted and audited,
	// but the answer to that is never believed.
	try := attempt(r, user)
	try.Password = password
	who, err := s.opts.Login.Login(r.Context(), try)
	if err != nil || who.IsNobody() || password == "" {
		return principal.Principal{}, s.denied(user, r)
	}
	return who, nil
}

func (s *Server) denied(user string, r *http.Request) *session.Error {
	s.metrics.logins.WithLabelValues("refused").Inc()
	return errAccessDenied(user, r)
}

// errAccessDenied is the one answer to every refused login, and that of the MySQL port.
func errAccessDenied(user string, r *http.Request) *session.Error {
	return accessDenied(user, "YES", r)
}

// errNoCredentials is that to who sent no name and no password.
func errNoCredentials(r *http.Request) *session.Error { return accessDenied("", "NO", r) }

func accessDenied(user, password string, r *http.Request) *session.Error {
	host := r.RemoteAddr
	if at, err := netip.ParseAddrPort(host); err == nil {
		host = at.Addr().String()
	}
	if len(user) > 128 {
		user = user[:128]
	}
	return sqlerr.AccessDenied.Errorf("Access denied for user '%s'@'%s' (using password: %s)", strings.ToValidUTF8(user, "?"), host, password)
}

// scramble is what a client of caching_sha2_password would answer.
func scramble(password string, nonce []byte) []byte {
	one := sha256.Sum256([]byte(password))
	two := sha256.Sum256(one[:])
	three := sha256.Sum256(append(two[:], nonce...))
	for i := range three {
		three[i] ^= one[i]
	}
	return three[:]
}

// loopback reports whether the request comes from this machine, and not through a proxy
// that says so.
func loopback(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && at.Addr().Unmap().IsLoopback()
}
