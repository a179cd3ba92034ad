package ldapd

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// wait is like patience, for what happens inside the server.
func wait(t testing.TB, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		t.Fatalf("did not happen: %s", what)
	}
}

// blockCreates makes CreateUser wait until its context ends, and says when it
// has begun.
func (h *house) blockCreates() (begun chan struct{}) {
	begun = make(chan struct{}, 100)
	h.setHook(func(ctx context.Context, what string) {
		if strings.HasPrefix(what, "create ") {
			begun <- struct{}{}
			<-ctx.Done()
		}
	})
	return begun
}

var zoe = addBody("uid=zoe,ou=users,dc=lxdb", []string{"objectClass: inetOrgPerson"})

func TestPasswordsNeedTLS(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.PlainOnLoopback = false })
	c := h.dial()
	if a := c.bind("uid=root,ou=users,dc=lxdb", "rootpw"); a.code != confidentialityNeeded {
		t.Errorf("plain: %v", a)
	}
	if a := c.plainSASL("", "root", "rootpw"); a.code != confidentialityNeeded {
		t.Errorf("plain, SASL: %v", a)
	}
	if h.triedToLogIn("root") {
		t.Error("the password was looked at")
	}
	if a := c.bind("", ""); a.code != success {
		t.Errorf("anonymous: %v", a)
	}
	if a := h.dialTLS().bind("uid=root,ou=users,dc=lxdb", "rootpw"); a.code != success {
		t.Errorf("ldaps: %v", a)
	}
	c.startTLS(h)
	if a := c.bind("uid=root,ou=users,dc=lxdb", "rootpw"); a.code != success {
		t.Errorf("StartTLS: %v", a)
	}
}

func (c *client) startTLS(h *house) {
	c.t.Helper()
	if a := c.call(opExtended, extendedBody(startTLSOID, nil)); a.code != success || a.name != startTLSOID {
		c.t.Fatalf("StartTLS: %v", a)
	}
	secure := tls.Client(c.conn, h.client)
	if err := secure.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.conn = secure
	c.r.Reset(secure)
}

func TestSASLPlain(t *testing.T) {
	h := newHouse(t)
	if a := h.dial().plainSASL("", "root", "rootpw"); a.code != confidentialityNeeded {
		t.Errorf("without TLS on loopback: %v", a)
	}
	c := h.dialTLS()
	for _, try := range []struct {
		authz, name, password string
		want                  code
	}{
		{"", "root", "rootpw", success},
		{"u:root", "ROOT", "rootpw", success},
		{"dn:uid=root,ou=users,dc=lxdb", "root", "rootpw", success},
		{"", "root", "wrong", invalidCredentials},
		{"", "nobody", "rootpw", invalidCredentials},
		{"u:ann", "root", "rootpw", invalidCredentials},
		{"", "root", "", unwilling},
		{"", "root", "rootpw\x00", invalidCredentials},
	} {
		if a := c.plainSASL(try.authz, try.name, try.password); a.code != try.want {
			t.Errorf("%+v: %v", try, a)
		}
	}
	if f, a := c.search(query{filter: "(objectClass=*)", attrs: []string{"supportedSASLMechanisms"}}); a.code != success || len(f) != 1 || len(f[0].lines) != 1 {
		t.Errorf("mechanisms: %v %v", f, a)
	}
}

func TestOtherBinds(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	if a := c.call(opBind, bindBody(2, "uid=root,ou=users,dc=lxdb", "rootpw")); a.code != protocolError {
		t.Errorf("version 2: %v", a)
	}
	digest := appendText(appendInt(nil, tagInteger, 3), tagOctets, "")
	digest = appendText(digest, nested(3), string(appendText(nil, tagOctets, "DIGEST-MD5")))
	if a := c.call(opBind, digest); a.code != authMethodNotSupported {
		t.Errorf("DIGEST-MD5: %v", a)
	}
	if a := c.call(opBind, appendText(appendText(appendInt(nil, tagInteger, 3), tagOctets, ""), primitive(1), "x")); a.code != authMethodNotSupported {
		t.Errorf("unknown method: %v", a)
	}
	if a := c.call(opBind, []byte{2, 1, 3}); a.code != protocolError {
		t.Errorf("half a bind: %v", a)
	}
	if a := c.bind("uid=root,ou=users,dc=lxdb", strings.Repeat("x", maxPasswordBytes+1)); a.code != invalidCredentials {
		t.Errorf("long password: %v", a)
	}
}

func TestPipelinedBind(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	both := packet(1, opBind, bindBody(3, "uid=root,ou=users,dc=lxdb", "rootpw"), nil)
	both = append(both, packet(2, opExtended, extendedBody(whoAmIOID, nil), nil)...)
	if _, err := c.conn.Write(both); err != nil {
		t.Fatal(err)
	}
	if a := c.next(); a.id != 1 || a.code != success {
		t.Errorf("first: %d %v", a.id, a)
	}
	if a := c.next(); a.id != 2 || a.value != "dn:uid=root,ou=users,dc=lxdb" {
		t.Errorf("second: %d %v %s", a.id, a, a.value)
	}
}

func TestBindAbandons(t *testing.T) {
	h := newHouse(t)
	begun := h.blockCreates()
	c := h.as("root")
	c.send(opAdd, zoe, nil)
	wait(t, begun, "the add runs")
	if a := c.bind("uid=root,ou=users,dc=lxdb", "rootpw"); a.op != opBindResponse || a.code != success {
		t.Errorf("bind: %#x %v", a.op, a)
	}
	if who := c.whoAmI(); who == "" {
		t.Error("nobody after the bind")
	}
}

func TestAbandon(t *testing.T) {
	h := newHouse(t)
	begun := h.blockCreates()
	c := h.as("root")
	id := c.send(opAdd, zoe, nil)
	wait(t, begun, "the add runs")
	c.send(opAbandon, []byte{byte(id)}, nil)
	c.send(opAbandon, []byte{99}, nil) // of nothing: ignored
	if who := c.whoAmI(); who == "" {  // the add's answer would come first or fail the id
		t.Error("nobody")
	}
}

func TestCancel(t *testing.T) {
	h := newHouse(t)
	begun := h.blockCreates()
	c := h.as("root")
	cancel := func(id int) []byte {
		b, seq := open(nil, tagSequence)
		return extendedBody(cancelOID, shut(appendInt(b, tagInteger, id), seq))
	}
	add := c.send(opAdd, zoe, nil)
	wait(t, begun, "the add runs")
	id := c.send(opExtended, cancel(add), nil)
	got := map[int]code{}
	for range 2 {
		a := c.next()
		got[a.id] = a.code
	}
	if got[add] != canceled || got[id] != success {
		t.Errorf("answers %v", got)
	}
	if a := c.call(opExtended, cancel(77)); a.code != noSuchOperation {
		t.Errorf("of nothing: %v", a)
	}
	if a := c.call(opExtended, extendedBody(cancelOID, []byte("x"))); a.code != protocolError {
		t.Errorf("malformed: %v", a)
	}
	if h.catalog.Snapshot().Principal("zoe") != nil {
		t.Error("the canceled add was made")
	}
}

func TestBusyAndMessageIDs(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.Operations = 2 })
	begun := h.blockCreates()
	c := h.as("root")
	first := c.send(opAdd, zoe, nil)
	c.id--
	if c.send(opAdd, zoe, nil); c.next().code != protocolError {
		t.Error("the id of a running operation was accepted")
	}
	c.send(opAdd, zoe, nil)
	wait(t, begun, "the first runs")
	wait(t, begun, "the second runs")
	if a := c.call(opAdd, zoe); a.code != busy {
		t.Errorf("third: %v", a)
	}
	c.send(opAbandon, []byte{byte(first)}, nil)
	for { // its place is free as soon as it has noticed
		if a := c.call(opExtended, extendedBody(whoAmIOID, nil)); a.code == success {
			break
		}
	}
}

func TestPanicIsOneAnswer(t *testing.T) {
	h := newHouse(t)
	h.setHook(func(_ context.Context, what string) {
		if what != "login root" || h.triedToLogIn("panic") {
			panic("on purpose")
		}
	})
	c := h.as("root")
	if a := c.call(opAdd, zoe); a.code != otherError || strings.Contains(a.text, "purpose") {
		t.Errorf("add: %v", a)
	}
	if c.whoAmI() == "" {
		t.Error("the connection is of no use")
	}
	if a := c.bind("uid=ann,ou=users,dc=lxdb", "x"); a.code != otherError {
		t.Errorf("bind: %v", a)
	}
	if c.whoAmI() != "" {
		t.Error("a panic logged somebody in")
	}
}

func TestStartTLS(t *testing.T) {
	h := newHouse(t)
	c := h.as("root")
	c.startTLS(h)
	if who := c.whoAmI(); who != "" {
		t.Errorf("the identity survived: %s", who)
	}
	if a := c.call(opExtended, extendedBody(startTLSOID, nil)); a.code != operationsError {
		t.Errorf("twice: %v", a)
	}

	c = h.dial()
	injected := append(packet(1, opExtended, extendedBody(startTLSOID, nil), nil), packet(2, opExtended, extendedBody(whoAmIOID, nil), nil)...)
	if _, err := c.conn.Write(injected); err != nil {
		t.Fatal(err)
	}
	if a := c.closed(); a.id != 1 || a.code != protocolError {
		t.Errorf("injection: %d %v", a.id, a)
	}

	begun := h.blockCreates()
	c = h.as("root")
	add := c.send(opAdd, zoe, nil)
	wait(t, begun, "the add runs")
	if a := c.call(opExtended, extendedBody(startTLSOID, nil)); a.code != operationsError {
		t.Errorf("beside an operation: %v", a)
	}
	c.send(opAbandon, []byte{byte(add)}, nil)

	without := newHouse(t, func(o *Options) { o.TLS = nil })
	c = without.dial()
	if a := c.call(opExtended, extendedBody(startTLSOID, nil)); a.code != unavailable {
		t.Errorf("without a configuration: %v", a)
	}
	f, _ := c.search(query{filter: "(objectClass=*)", attrs: []string{"supportedExtension"}})
	if len(f) != 1 || strings.Contains(strings.Join(f[0].lines, " "), startTLSOID) {
		t.Errorf("advertised without a configuration: %v", f)
	}
}

func TestDroppedUserIsNobody(t *testing.T) {
	h := newHouse(t)
	h.user("ann")
	c := h.as("ann")
	if c.whoAmI() != "dn:uid=ann,ou=users,dc=lxdb" {
		t.Error("ann is not ann")
	}
	if err := h.RenameUser(context.Background(), principal.Principal{}, "ann", "anna"); err != nil {
		t.Fatal(err)
	}
	if who := c.whoAmI(); who != "dn:uid=anna,ou=users,dc=lxdb" {
		t.Errorf("after a rename: %s", who)
	}
	if err := h.drop(context.Background(), "anna"); err != nil {
		t.Fatal(err)
	}
	h.user("anna") // of the same name, and somebody else
	if who := c.whoAmI(); who != "" {
		t.Errorf("after the drop: %s", who)
	}
}

func TestRightsAreAskedAgain(t *testing.T) {
	h := newHouse(t)
	h.user("ann")
	c := h.as("ann")
	count := func() int {
		list, _ := c.search(query{base: "dc=lxdb", scope: scopeSub, filter: "(objectClass=person)"})
		return len(list)
	}
	if n := count(); n != 1 {
		t.Errorf("before: %d", n)
	}
	h.mu.Lock()
	h.admins[h.catalog.Snapshot().Principal("ann").ID] = true
	h.mu.Unlock()
	if n := count(); n != 2 {
		t.Errorf("after: %d", n)
	}
}

// TestClosureEndsInCycles: the catalog refuses cycles, a restored dump may not.
func TestClosureEndsInCycles(t *testing.T) {
	h := newHouse(t)
	h.user("a", "b", "c")
	s := h.catalog.Snapshot()
	v := &view{directory: h.server.directory, snap: s}
	id := func(name string) principal.ID { return s.Principal(name).ID }
	edges := map[principal.ID][]principal.ID{id("a"): {id("b"), id("c")}, id("b"): {id("c")}, id("c"): {id("a"), id("c")}}
	got := v.closure(id("a"), func(p principal.ID) []principal.ID { return edges[p] }, func(*catalog.Principal) bool { return true })
	var names []string
	for _, p := range got {
		names = append(names, p.Name)
	}
	if strings.Join(names, " ") != "b c a" {
		t.Errorf("closure %v", names)
	}
}

func TestOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a server without a catalog")
	}
	h := newHouse(t, func(o *Options) { o.Suffix, o.Version = "dc=Example,dc=org", "1.0" })
	c := h.dial()
	if a := c.bind("uid=root,ou=users,dc=example, dc=ORG", "rootpw"); a.code != success {
		t.Errorf("bind: %v", a)
	}
	if who := c.whoAmI(); who != "dn:uid=root,ou=users,dc=Example,dc=org" {
		t.Errorf("who %s", who)
	}
	for _, suffix := range []string{"example", " ", "cn=subschema"} {
		if _, err := New(Options{Catalog: h.catalog, Login: h, Accounts: h, Rights: h, Suffix: suffix}); err == nil {
			t.Errorf("suffix %q was accepted", suffix)
		}
	}
}

// Who has read an answer may use its message id again, fill the connection's places
// again or start TLS: the operation is over, whatever the server still tidies up.
func TestAnsweredOperationsAreOver(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.Operations = 1 })
	c := h.dial()
	for range 300 {
		c.id = 6
		if a := c.call(opExtended, extendedBody(whoAmIOID, nil)); a.code != success {
			t.Fatal(a)
		}
	}
	for range 50 {
		c = h.dial()
		c.whoAmI()
		c.startTLS(h)
	}
}
