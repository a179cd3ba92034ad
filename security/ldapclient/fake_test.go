package ldapclient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// fake is a small LDAP server for tests: it holds entries, evaluates filters and
// pages, and a hook can make it misbehave. It keeps everything that it was asked.
type fake struct {
	ln      net.Listener
	entries []entry
	// hook is asked first; nil, or an action without a field set, lets the fake answer.
	hook func(request) action
	// tls is for StartTLS, and for connections from the start when ldaps is set.
	tls       *tls.Config
	ldaps     bool
	maxSize   int // the server's own size limit; 0: none
	injected  []byte
	elsewhere string // the URL of a reference that comes before the entries of a search

	mu    sync.Mutex
	asked []request
	lines map[net.Conn]bool
	n     int // connections so far
}

type entry struct {
	dn    string
	attrs map[string][]string
}

type request struct {
	conn     int // number of the connection, from 1
	id       int64
	op       string
	dn       string // of a bind, or a search's base
	password string
	filter   string
	scope    int
	size     int64
	paged    bool
}

type action struct {
	hang  bool
	close bool
	code  uint16
	text  string
	raw   []byte
	refer string // the URL of a referral, with code
}

// startFake serves until the test ends.
func startFake(t testing.TB, setup ...func(*fake)) *fake {
	t.Helper()
	boundDecoder() // the fake decodes too, and must not while the limits are set
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{ln: ln, lines: map[net.Conn]bool{}, entries: company()}
	for _, s := range setup {
		s(f)
	}
	go f.serve()
	t.Cleanup(f.stop)
	return f
}

func (f *fake) url() string {
	if f.ldaps {
		return "ldaps://" + f.ln.Addr().String()
	}
	return "ldap://" + f.ln.Addr().String()
}

func (f *fake) serve() {
	for {
		line, err := f.ln.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		f.n++
		n := f.n
		f.lines[line] = true
		f.mu.Unlock()
		go func() {
			defer line.Close()
			f.talk(n, line)
		}()
	}
}

func (f *fake) stop() {
	_ = f.ln.Close()
	f.cut()
}

// cut ends all connections without a word.
func (f *fake) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range f.lines {
		_ = line.Close()
	}
	clear(f.lines)
}

func (f *fake) requests(op string) (list []request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.asked {
		if op == "" || r.op == op {
			list = append(list, r)
		}
	}
	return list
}

func (f *fake) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func (f *fake) talk(n int, line net.Conn) {
	if f.ldaps {
		line = tls.Server(line, f.tls)
	}
	for {
		p, err := ber.ReadPacket(line)
		if err != nil || len(p.Children) < 2 {
			return
		}
		r := decode(n, p)
		f.mu.Lock()
		f.asked = append(f.asked, r)
		hook := f.hook
		f.mu.Unlock()
		var act action
		if hook != nil {
			act = hook(r)
		}
		id := r.id
		switch {
		case act.hang:
			_, _ = io.Copy(io.Discard, line)
			return
		case act.close || r.op == "unbind":
			return
		case act.raw != nil:
			_, _ = line.Write(act.raw)
		case act.code != 0:
			answer := done(r.op, act.code, act.text)
			if act.refer != "" {
				answer.AppendChild(urls(ber.ClassContext, 3, act.refer))
			}
			f.send(line, id, answer)
		case r.op == "starttls":
			line = f.startTLS(id, line)
		case r.op == "bind":
			f.send(line, id, done("bind", f.bind(r), ""))
		case r.op == "search":
			f.search(line, id, r, p)
		}
	}
}

func (f *fake) startTLS(id int64, line net.Conn) net.Conn {
	if f.tls == nil {
		f.send(line, id, done("starttls", ldap.LDAPResultProtocolError, "unsupported"))
		return line
	}
	f.send(line, id, done("starttls", 0, ""))
	if f.injected != nil {
		_, _ = line.Write(f.injected)
	}
	return tls.Server(line, f.tls)
}

func decode(n int, p *ber.Packet) request {
	op := p.Children[1]
	r := request{conn: n, id: p.Children[0].Value.(int64), paged: len(p.Children) > 2}
	switch op.Tag {
	case ldap.ApplicationBindRequest:
		r.op, r.dn, r.password = "bind", text1(op.Children[1]), op.Children[2].Data.String()
	case ldap.ApplicationSearchRequest:
		r.op, r.dn = "search", text1(op.Children[0])
		r.scope, r.size = int(op.Children[1].Value.(int64)), op.Children[3].Value.(int64)
		r.filter, _ = ldap.DecompileFilter(op.Children[6])
	case ldap.ApplicationExtendedRequest:
		r.op = "starttls"
	default:
		r.op = "unbind"
	}
	return r
}

func text1(p *ber.Packet) string { return string(p.ByteValue) }

func (f *fake) send(line net.Conn, id int64, op *ber.Packet, more ...*ber.Packet) {
	m := ber.NewSequence("message")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(op)
	for _, p := range more {
		m.AppendChild(p)
	}
	_, _ = line.Write(m.Bytes())
}

func done(op string, code uint16, text string) *ber.Packet {
	tag := map[string]ber.Tag{"bind": ldap.ApplicationBindResponse, "search": ldap.ApplicationSearchResultDone, "starttls": ldap.ApplicationExtendedResponse}[op]
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	p.AppendChild(octets(""))
	p.AppendChild(octets(text))
	return p
}

// urls are a referral, or the body of a searchResultReference.
func urls(class ber.Class, tag ber.Tag, url string) *ber.Packet {
	p := ber.Encode(class, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(octets(url))
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// bind behaves as RFC 4513 allows and as is dangerous: without a password
// everybody is let in as nobody.
func (f *fake) bind(r request) uint16 {
	if r.password == "" || r.dn == "" {
		return 0
	}
	for _, e := range f.entries {
		if dnKey(e.dn) == dnKey(r.dn) && len(e.attrs["userPassword"]) > 0 && e.attrs["userPassword"][0] == r.password {
			return 0
		}
	}
	return ldap.LDAPResultInvalidCredentials
}

func (f *fake) search(line net.Conn, id int64, r request, p *ber.Packet) {
	found, base := f.matching(r, p.Children[1].Children[6])
	if !base {
		f.send(line, id, done("search", ldap.LDAPResultNoSuchObject, ""))
		return
	}
	code, from, to := uint16(0), 0, len(found)
	if f.maxSize > 0 && to > f.maxSize {
		code, to = ldap.LDAPResultSizeLimitExceeded, f.maxSize
	}
	if r.size > 0 && to > int(r.size) {
		code, to = ldap.LDAPResultSizeLimitExceeded, int(r.size)
	}
	var controls []*ber.Packet
	if page := paging(p); page != nil {
		if len(page.Cookie) == 2 {
			from = int(page.Cookie[0])<<8 | int(page.Cookie[1])
		}
		answer := ldap.NewControlPaging(0)
		if end := from + int(page.PagingSize); end < to {
			to, code = end, 0
			answer.SetCookie([]byte{byte(end >> 8), byte(end)})
		}
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		list.AppendChild(answer.Encode())
		controls = append(controls, list)
	}
	if f.elsewhere != "" {
		f.send(line, id, urls(ber.ClassApplication, ldap.ApplicationSearchResultReference, f.elsewhere))
	}
	for _, e := range found[from:to] {
		f.send(line, id, encode(e, p.Children[1].Children[7]))
	}
	f.send(line, id, done("search", code, ""), controls...)
}

func paging(p *ber.Packet) *ldap.ControlPaging {
	if len(p.Children) < 3 {
		return nil
	}
	for _, c := range p.Children[2].Children {
		if decoded, err := ldap.DecodeControl(c); err == nil && decoded.GetControlType() == ldap.ControlTypePaging {
			return decoded.(*ldap.ControlPaging)
		}
	}
	return nil
}

func encode(e entry, wanted *ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octets(e.dn))
	attrs := ber.NewSequence("")
	for name, values := range e.attrs {
		for _, w := range wanted.Children {
			plain, _, _ := strings.Cut(name, ";")
			if !strings.EqualFold(text1(w), name) && !strings.EqualFold(text1(w), plain) {
				continue
			}
			a := ber.NewSequence("")
			a.AppendChild(octets(name))
			set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
			for _, v := range values {
				set.AppendChild(octets(v))
			}
			a.AppendChild(set)
			attrs.AppendChild(a)
		}
	}
	p.AppendChild(attrs)
	return p
}

func (f *fake) matching(r request, filter *ber.Packet) (found []entry, base bool) {
	top := cachedKey(r.dn)
	for _, e := range f.entries {
		key := cachedKey(e.dn)
		inScope := key == top || strings.HasSuffix(key, ","+top)
		base = base || inScope
		if r.scope == ldap.ScopeBaseObject {
			inScope = key == top
		}
		if inScope && e.matches(filter) {
			found = append(found, e)
		}
	}
	return found, base
}

func (e entry) matches(f *ber.Packet) bool {
	switch f.Tag {
	case ldap.FilterAnd, ldap.FilterOr:
		for _, c := range f.Children {
			if e.matches(c) == (f.Tag == ldap.FilterOr) {
				return f.Tag == ldap.FilterOr
			}
		}
		return f.Tag == ldap.FilterAnd
	case ldap.FilterNot:
		return !e.matches(f.Children[0])
	case ldap.FilterPresent:
		return strings.EqualFold(f.Data.String(), "objectClass") || len(e.values(f.Data.String())) > 0
	case ldap.FilterEqualityMatch:
		for _, v := range e.values(text1(f.Children[0])) {
			if cachedKey(v) == cachedKey(text1(f.Children[1])) {
				return true
			}
		}
	}
	return false
}

var keys sync.Map

func cachedKey(s string) string {
	if key, ok := keys.Load(s); ok {
		return key.(string)
	}
	key := dnKey(s)
	keys.Store(s, key)
	return key
}

func (e entry) values(attr string) []string {
	for name, values := range e.attrs {
		if strings.EqualFold(name, attr) {
			return values
		}
	}
	return nil
}

const (
	suffix  = "dc=example,dc=org"
	people  = "ou=people," + suffix
	groups  = "ou=groups," + suffix
	service = "cn=svc," + suffix
)

func person(uid string) entry {
	return entry{"uid=" + ldap.EscapeDN(uid) + "," + people, map[string][]string{
		"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {uid}, "sn": {"x"}, "mail": {uid + "@example.org"}, "userPassword": {"pw-" + uid}}}
}

func groupOf(cn string, members ...string) entry {
	return entry{"cn=" + ldap.EscapeDN(cn) + "," + groups, map[string][]string{
		"objectClass": {"groupOfNames"}, "cn": {cn}, "member": members}}
}

func uidDN(uid string) string { return person(uid).dn }

func cnDN(cn string) string { return groupOf(cn).dn }

// company is the directory that the fake and slapd both serve: the first of
// section 5's cases are in it.
func company() []entry {
	list := []entry{
		{suffix, map[string][]string{"objectClass": {"domain"}, "dc": {"example"}}},
		{people, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"people"}}},
		{groups, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"groups"}}},
		{service, map[string][]string{"objectClass": {"applicationProcess", "simpleSecurityObject"}, "cn": {"svc"}, "userPassword": {"svc-secret"}}},
		person("alice"), person("bob"), person("carol"), person("eve, the (tester)*"),
		groupOf("devs", uidDN("alice"), cnDN("everyone")),
		groupOf("staff", cnDN("devs"), uidDN("bob")),
		groupOf("everyone", cnDN("staff")),
		groupOf("loop", cnDN("loop"), uidDN("alice")),
		groupOf("esc (a*b), c", uidDN("eve, the (tester)*")),
		{"cn=unique," + groups, map[string][]string{"objectClass": {"groupOfUniqueNames"}, "cn": {"unique"}, "uniqueMember": {uidDN("alice")}}},
		{"cn=posix," + groups, map[string][]string{"objectClass": {"posixGroup"}, "cn": {"posix"}, "gidNumber": {"1000"}, "memberUid": {"alice"}}},
	}
	jurgen := person("jürgen")
	jurgen.attrs["userPassword"] = []string{"pässwört"}
	return append(list, jurgen)
}

// settingsFor is a configuration for servers that serve company.
func settingsFor(urls ...string) Config {
	return Config{
		URLs: urls, BindDN: service, BindPassword: "svc-secret", UserBase: people,
		Timeout: 2 * time.Second,
	}
}

func mustNew(t testing.TB, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// identity is a server certificate with the authority that signed it.
type identity struct {
	caFile, certFile, keyFile string
	leaf                      *x509.Certificate
	conf                      *tls.Config
}

// newIdentity makes one for names, each time with a new authority.
func newIdentity(t testing.TB, names ...string) identity {
	t.Helper()
	dir := t.TempDir()
	caKey, leafKey := newTestKey(t), newTestKey(t)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, n)
		}
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &leafKey.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return identity{
		caFile: writePEM(t, dir, "ca.pem", "CERTIFICATE", caDER), certFile: writePEM(t, dir, "server.pem", "CERTIFICATE", der),
		keyFile: writePEM(t, dir, "server.key", "PRIVATE KEY", keyDER), leaf: parsed,
		conf: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: leafKey}}, MinVersion: tls.VersionTLS12},
	}
}

func newTestKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePEM(t testing.TB, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
