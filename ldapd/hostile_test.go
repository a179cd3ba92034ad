package ldapd

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestUnknownRequests(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	if a := c.call(opExtended, extendedBody("1.2.3", nil)); a.code != protocolError {
		t.Errorf("unknown extended operation: %v", a)
	}
	if a := c.call(opSearch, []byte{4, 0}); a.code != protocolError {
		t.Errorf("half a search: %v", a)
	}
	c.send(opUnbind, nil, nil)
	if a := c.closed(); a.op != 0 {
		t.Errorf("an answer to unbind: %v", a)
	}
	for what, raw := range map[string][]byte{
		"unknown operation":  packet(1, 0x7E, nil, nil),
		"message id 0":       packet(0, opDelete, nil, nil),
		"no LDAP":            []byte("GET / HTTP/1.1\r\n\r\n"),
		"400 MB announced":   {0x30, 0x84, 0x17, 0xD7, 0x84, 0x00},
		"64 KiB and one":     {0x30, 0x83, 0x01, 0x00, 0x01},
		"indefinite length":  {0x30, 0x80, 0x02, 0x01, 0x01},
		"broken inside":      {0x30, 0x05, 0x02, 0x01, 0x01, 0x63, 0x7F},
		"nested 60 deep":     nestedDeep(60),
		"five length octets": {0x30, 0x85, 0, 0, 0, 0, 1},
	} {
		c := h.dial()
		if _, err := c.conn.Write(raw); err != nil {
			t.Fatal(err)
		}
		if a := c.closed(); a.code != protocolError || a.name != noticeOID || a.id != 0 {
			t.Errorf("%s: %+v", what, a)
		}
	}
	c = h.as("root")
	large := addBody("uid=zoe,ou=users,dc=lxdb", []string{"objectClass: inetOrgPerson", "nosuch: " + strings.Repeat("x", 100_000)})
	if a := c.call(opAdd, large); a.code != undefinedAttribute {
		t.Errorf("100 kB after a bind: %v", a)
	}
	if n := h.server.large.Load(); n != 0 && c.whoAmI() == "" {
		t.Errorf("%d bytes are still counted", n)
	}
}

// nestedDeep is a search whose filter is a chain of NOTs.
func nestedDeep(n int) []byte {
	filter := appendText(nil, primitive(7), "cn")
	for range n {
		filter = append(appendHead(nil, nested(2), len(filter)), filter...)
	}
	b := appendInt(appendInt(appendText(nil, tagOctets, ""), tagEnumerated, 0), tagEnumerated, 0)
	b = appendBool(appendInt(appendInt(b, tagInteger, 0), tagInteger, 0), tagBoolean, false)
	return packet(1, opSearch, append(append(b, filter...), byte(tagSequence), 0), nil)
}

func TestGoldenBytes(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	for _, x := range []struct{ what, send, want string }{
		{"anonymous bind", "300c020101600702010304008000", "300c02010161070a010004000400"},
		{"long length octets", "3084000000100201026084000000070201030400" + "8000", "300c02010261070a010004000400"},
		{"who am I", "301e0201037719" + "8017" + hex.EncodeToString([]byte(whoAmIOID)), "300e02010378090a0100040004008b00"},
		{"delete, unbound", "300a0201044a05" + hex.EncodeToString([]byte("uid=x")), ""},
	} {
		raw, err := hex.DecodeString(x.send)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.conn.Write(raw); err != nil {
			t.Fatal(err)
		}
		got, err := readFrame(c.r, func(int) error { return nil })
		if err != nil {
			t.Fatalf("%s: %v", x.what, err)
		}
		got = append(appendHead(nil, tagSequence, len(got)), got...)
		if x.want != "" && hex.EncodeToString(got) != x.want {
			t.Errorf("%s: %x, want %s", x.what, got, x.want)
		}
	}
}

func TestConnectionLimits(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.PerAddress = 2 })
	a, b := h.dial(), h.dial()
	a.whoAmI()
	b.whoAmI()
	bind := func(c *client) {
		if got := c.bind("uid=root,ou=users,dc=lxdb", "rootpw"); got.code != success {
			t.Fatalf("bind: %v", got)
		}
	}
	bind(a)
	h.dial().whoAmI() // b, who never bound, makes room
	b.closed()
	b = h.dial() // in the place of the one before
	bind(b)
	h.dial().closed()
	a.send(opUnbind, nil, nil)
	a.closed()
	for { // the place is free once the server has noticed
		c := h.dial()
		c.id++
		if _, err := c.conn.Write(packet(1, opExtended, extendedBody(whoAmIOID, nil), nil)); err != nil {
			continue
		}
		if _, err := c.receive(); err == nil {
			break
		}
	}
}

func TestIdleClientsAreTurnedAway(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.AnonymousIdle = 20 * time.Millisecond })
	if a := h.dial().closed(); a.code != unavailable || a.name != noticeOID {
		t.Errorf("notice %+v", a)
	}
	half := newHouse(t, func(o *Options) { o.Limits.Message = 20 * time.Millisecond }).dial()
	if _, err := half.conn.Write([]byte{0x30}); err != nil {
		t.Fatal(err)
	}
	if a := half.closed(); a.code != unavailable {
		t.Errorf("half a message: %+v", a)
	}
}

func TestSilentTLSClientIsTurnedAway(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.Handshake = 20 * time.Millisecond })
	conn, err := net.Dial("tcp", h.secure)
	if err != nil {
		t.Fatal(err)
	}
	newClient(t, conn).closed()
}

// TestSlowReader: a client that sends and never reads is cut off.
func TestSlowReader(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Limits.Write = 20 * time.Millisecond })
	theirs, ours := net.Pipe()
	h.server.take(ours, false)
	defer theirs.Close()
	_ = theirs.SetDeadline(time.Now().Add(patience))
	request := packet(1, opExtended, extendedBody(whoAmIOID, nil), nil)
	for {
		_, err := theirs.Write(request)
		if err == nil {
			continue
		}
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Fatal("the server holds on to a client that does not read")
		}
		return
	}
}

func TestShutdown(t *testing.T) {
	h := newHouse(t)
	begun := h.blockCreates()
	idle := []*client{h.dial(), h.dialTLS(), h.as("root")}
	for _, c := range idle {
		c.whoAmI()
	}
	running := h.as("root")
	running.send(opAdd, zoe, nil)
	wait(t, begun, "the add runs")
	theirs, ours := net.Pipe() // reads nothing, not even the notice
	defer theirs.Close()
	h.server.take(ours, false)

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	for i, c := range idle {
		if a := c.closed(); a.code != unavailable || a.name != noticeOID {
			t.Errorf("client %d: %+v", i, a)
		}
	}
	running.closed()
	if n := h.server.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	if err := h.server.Serve(brokenListener{}); !errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve afterwards: %v", err)
	}
}

type brokenListener struct{ net.Listener }

func (brokenListener) Close() error              { return nil }
func (brokenListener) Accept() (net.Conn, error) { return nil, errors.New("broken") }

func TestServeReportsABrokenListener(t *testing.T) {
	h := newHouse(t)
	if err := h.server.Serve(brokenListener{}); err == nil || errors.Is(err, ErrServerClosed) {
		t.Errorf("Serve: %v", err)
	}
}

// TestAmplification: what 64 KiB of an unknown client, or of a user, can make us
// allocate.
func TestAmplification(t *testing.T) {
	const limit = 8 << 20
	repeat := func(unit []byte, n int) []byte { return bytes.Repeat(unit, n/len(unit)) }
	search := func(filter, attrs []byte) []byte {
		b := appendInt(appendInt(appendText(nil, tagOctets, ""), tagEnumerated, 0), tagEnumerated, 0)
		b = appendBool(appendInt(appendInt(b, tagInteger, 0), tagInteger, 0), tagBoolean, false)
		return append(append(b, filter...), append(appendHead(nil, tagSequence, len(attrs)), attrs...)...)
	}
	wrap := func(t tag, b []byte) []byte { return append(appendHead(nil, t, len(b)), b...) }
	const n = 65_000
	present := appendText(nil, primitive(7), "cn")
	shapes := map[string][]byte{
		"attributes": packet(1, opSearch, search(present, repeat([]byte{4, 0}, n)), nil),
		"names":      packet(1, opSearch, search(present, repeat([]byte{4, 1, 'x'}, n)), nil),
		"filters":    packet(1, opSearch, search(wrap(nested(1), repeat(present, n)), nil), nil),
		"fragments":  packet(1, opSearch, search(wrap(nested(4), append([]byte{4, 0}, wrap(tagSequence, repeat([]byte{0x81, 1, 'x'}, n))...)), nil), nil),
		"changes":    packet(1, opModify, append([]byte{4, 0}, wrap(tagSequence, repeat([]byte{0x30, 9, 10, 1, 0, 0x30, 4, 4, 0, 0x31, 0}, n))...), nil),
		"values":     packet(1, opAdd, append([]byte{4, 0}, wrap(tagSequence, wrap(tagSequence, append([]byte{4, 0}, wrap(tagSet, repeat([]byte{4, 0}, n))...)))...), nil),
		"controls":   packet(1, opDelete, nil, repeat([]byte{0x30, 3, 4, 1, 'x'}, n)),
		"DN":         packet(1, opDelete, repeat([]byte("a=b,"), n), nil),
		"nesting":    nestedDeep(15_500),
		"password":   packet(1, opBind, bindBody(3, "uid=x,ou=users,dc=lxdb", strings.Repeat("x", n)), nil),
	}
	h := newHouse(t)
	h.user("ann")
	for what, raw := range shapes {
		if len(raw) < 60_000 || len(raw) > 64<<10 {
			t.Fatalf("%s has %d bytes", what, len(raw))
		}
		stranger, user := h.dial(), h.as("ann")
		stranger.whoAmI()
		got := [2]uint64{allocated(stranger, raw), allocated(user, raw)}
		if max(got[0], got[1]) > limit {
			t.Errorf("%s: %d bytes allocated, at most %d", what, got, limit)
		}
		t.Logf("%-10s %7d bytes by a stranger, %7d by a user", what, got[0], got[1])
	}
}

// allocated is what the process allocates from a message to its answer.
func allocated(c *client, raw []byte) uint64 {
	c.t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := c.conn.Write(raw); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.receive(); err != nil {
		c.t.Errorf("no answer: %v", err)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
