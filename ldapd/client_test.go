package ldapd

import (
	"bufio"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// client is a small LDAP client.
type client struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
	id   int
}

const patience = 20 * time.Second // of a client for an answer; only failures take it

func (h *house) dial() *client {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.plain)
	if err != nil {
		h.t.Fatal(err)
	}
	return newClient(h.t, conn)
}

func (h *house) dialTLS() *client {
	h.t.Helper()
	conn, err := tls.Dial("tcp", h.secure, h.client)
	if err != nil {
		h.t.Fatal(err)
	}
	return newClient(h.t, conn)
}

func newClient(t testing.TB, conn net.Conn) *client {
	c := &client{t: t, conn: conn, r: bufio.NewReader(conn)}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return c
}

// as binds a fresh connection.
func (h *house) as(name string) *client {
	h.t.Helper()
	c := h.dial()
	if got := c.bind("uid="+name+",ou=users,dc=lxdb", name+"pw"); got.code != success {
		h.t.Fatalf("bind as %s: %v", name, got)
	}
	return c
}

// packet is a whole message.
func packet(id int, op tag, body, controls []byte) []byte {
	b, msg := open(nil, tagSequence)
	b = appendInt(b, tagInteger, id)
	b = append(appendHead(b, op, len(body)), body...)
	if controls != nil {
		b = append(appendHead(b, nested(0), len(controls)), controls...)
	}
	return shut(b, msg)
}

func (c *client) send(op tag, body, controls []byte) int {
	c.t.Helper()
	c.id++
	if _, err := c.conn.Write(packet(c.id, op, body, controls)); err != nil {
		c.t.Fatal(err)
	}
	return c.id
}

func (c *client) receive() (message, error) {
	body, err := readFrame(c.r, func(int) error { return nil })
	if err != nil {
		return message{}, err
	}
	// Unlike a server, a client meets message id 0, in notices.
	if len(body) > 3 && body[2] == 0 {
		r := reader{rest: body}
		m := message{id: r.integer(tagInteger)}
		m.op, m.body = r.next()
		return m, nil
	}
	return parseMessage(body)
}

type answer struct {
	id      int
	op      tag
	code    code
	matched string
	text    string
	name    string // extended
	value   string
	page    string // paging cookie
	hasPage bool
	policy  string // value of the password policy control
}

func (a answer) String() string {
	s := fmt.Sprintf("result %d", a.code)
	if a.matched != "" {
		s += " matched=" + a.matched
	}
	if a.text != "" {
		s += ": " + a.text
	}
	return s
}

func readAnswer(m message) answer {
	r := reader{rest: m.body}
	a := answer{id: m.id, op: m.op, code: code(r.integer(tagEnumerated)), matched: r.text(tagOctets), text: r.text(tagOctets)}
	if b, ok := r.optional(primitive(10)); ok {
		a.name = string(b)
	}
	if b, ok := r.optional(primitive(11)); ok {
		a.value = string(b)
	}
	for _, ctl := range m.controls {
		if ctl.oid == policyControl {
			a.policy = hex.EncodeToString(ctl.value)
		}
		if ctl.oid == pagedControl {
			outer := reader{rest: ctl.value}
			in := outer.inside(tagSequence)
			in.integer(tagInteger)
			a.page, a.hasPage = in.text(tagOctets), true
		}
	}
	return a
}

// next is the next answer; entries of searches are an error.
func (c *client) next() answer {
	c.t.Helper()
	m, err := c.receive()
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	return readAnswer(m)
}

func (c *client) call(op tag, body []byte, controls ...byte) answer {
	c.t.Helper()
	id := c.send(op, body, controls)
	a := c.next()
	if a.id != id {
		c.t.Fatalf("answer to %d, want %d: %v", a.id, id, a)
	}
	return a
}

// closed demands that the server ends the connection, after at most one notice,
// which is returned.
func (c *client) closed() answer {
	c.t.Helper()
	var last answer
	for {
		m, err := c.receive()
		if err == nil {
			last = readAnswer(m)
			continue
		}
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			c.t.Fatal("the connection is still open")
		}
		return last
	}
}

func bindBody(version int, name, password string) []byte {
	b := appendText(appendInt(nil, tagInteger, version), tagOctets, name)
	return appendText(b, primitive(0), password)
}

func (c *client) bind(name, password string) answer {
	c.t.Helper()
	return c.call(opBind, bindBody(3, name, password))
}

func (c *client) plainSASL(authz, name, password string) answer {
	c.t.Helper()
	b := appendText(appendInt(nil, tagInteger, 3), tagOctets, "")
	b, sasl := open(b, nested(3))
	b = appendText(appendText(b, tagOctets, "PLAIN"), tagOctets, authz+"\x00"+name+"\x00"+password)
	return c.call(opBind, shut(b, sasl))
}

type query struct {
	base      string
	scope     scope
	size      int
	time      int
	typesOnly bool
	filter    string
	attrs     []string
	page      int
	cookie    string
	critical  string // a control nobody knows
}

func (q query) body(t testing.TB) []byte {
	b := appendText(nil, tagOctets, q.base)
	b = appendInt(appendInt(b, tagEnumerated, int(q.scope)), tagEnumerated, 0)
	b = appendInt(appendInt(b, tagInteger, q.size), tagInteger, q.time)
	b = appendBool(b, tagBoolean, q.typesOnly)
	filter, err := encodeFilter(nil, q.filter)
	if err != nil {
		t.Fatalf("filter %s: %v", q.filter, err)
	}
	b = append(b, filter...)
	b, list := open(b, tagSequence)
	for _, a := range q.attrs {
		b = appendText(b, tagOctets, a)
	}
	return shut(b, list)
}

func (q query) controls() []byte {
	var b []byte
	if q.page > 0 || q.cookie != "" {
		in, seq := open(nil, tagSequence)
		in = shut(appendText(appendInt(in, tagInteger, q.page), tagOctets, q.cookie), seq)
		var one int
		b, one = open(b, tagSequence)
		b = shut(appendText(appendBool(appendText(b, tagOctets, pagedControl), tagBoolean, true), tagOctets, string(in)), one)
	}
	if q.critical != "" {
		var one int
		b, one = open(b, tagSequence)
		b = shut(appendBool(appendText(b, tagOctets, q.critical), tagBoolean, true), one)
	}
	return b
}

type found struct {
	dn    string
	lines []string // "attr: value"
}

func readEntry(m message) found {
	r := reader{rest: m.body}
	f := found{dn: r.text(tagOctets)}
	list := r.inside(tagSequence)
	for list.more() {
		one := list.inside(tagSequence)
		name, values := one.text(tagOctets), parseValues(&one)
		if len(values) == 0 {
			f.lines = append(f.lines, name+":")
		}
		for _, v := range values {
			f.lines = append(f.lines, name+": "+v)
		}
	}
	return f
}

func (c *client) search(q query) ([]found, answer) {
	c.t.Helper()
	c.send(opSearch, q.body(c.t), q.controls())
	var list []found
	for {
		m, err := c.receive()
		if err != nil {
			c.t.Fatalf("search: %v", err)
		}
		if m.op == opSearchEntry {
			list = append(list, readEntry(m))
			continue
		}
		return list, readAnswer(m)
	}
}

func extendedBody(oid string, value []byte) []byte {
	b := appendText(nil, primitive(0), oid)
	if value != nil {
		b = appendText(b, primitive(1), string(value))
	}
	return b
}

func (c *client) whoAmI() string {
	c.t.Helper()
	return c.call(opExtended, extendedBody(whoAmIOID, nil)).value
}

func passwordBody(user, old, fresh string) []byte {
	b, seq := open(nil, tagSequence)
	for i, v := range []string{user, old, fresh} {
		if v != "" {
			b = appendText(b, primitive(byte(i)), v)
		}
	}
	return extendedBody(passwordModifyOID, shut(b, seq))
}

func addBody(name string, lines []string) []byte {
	b, list := open(appendText(nil, tagOctets, name), tagSequence)
	for _, g := range grouped(lines) {
		b = appendAttribute(b, g)
	}
	return shut(b, list)
}

func appendAttribute(b []byte, g []string) []byte {
	b, one := open(b, tagSequence)
	b, set := open(appendText(b, tagOctets, g[0]), tagSet)
	for _, v := range g[1:] {
		b = appendText(b, tagOctets, v)
	}
	return shut(shut(b, set), one)
}

// grouped collects "attr: value" lines by attribute.
func grouped(lines []string) [][]string {
	var list [][]string
	for _, l := range lines {
		attr, value, _ := strings.Cut(l, ":")
		if n := len(list); n == 0 || list[n-1][0] != attr {
			list = append(list, []string{attr})
		}
		if value = strings.TrimPrefix(value, " "); value != "" {
			list[len(list)-1] = append(list[len(list)-1], value)
		}
	}
	return list
}

// modifyBody takes lines like "replace mail: a@x"; lines of the same change and
// attribute are one change.
func modifyBody(name string, lines []string) []byte {
	b, list := open(appendText(nil, tagOctets, name), tagSequence)
	for _, g := range grouped(lines) {
		how, attr, _ := strings.Cut(g[0], " ")
		var one int
		b, one = open(b, tagSequence)
		b = appendInt(b, tagEnumerated, map[string]int{"add": 0, "delete": 1, "replace": 2, "increment": 3}[how])
		b = shut(appendAttribute(b, append([]string{attr}, g[1:]...)), one)
	}
	return shut(b, list)
}

var errText = errors.New("bad filter text")

// encodeFilter reads the text form of RFC 4515 and appends the wire form.
func encodeFilter(dst []byte, s string) ([]byte, error) {
	dst, rest, err := encodeOne(dst, s)
	if err == nil && rest != "" {
		err = errText
	}
	return dst, err
}

func encodeOne(dst []byte, s string) ([]byte, string, error) {
	if len(s) < 3 || s[0] != '(' {
		return dst, "", errText
	}
	s = s[1:]
	if i := strings.IndexByte("&|!", s[0]); i >= 0 {
		dst, mark := open(dst, nested(byte(i)))
		s = s[1:]
		for strings.HasPrefix(s, "(") {
			var err error
			if dst, s, err = encodeOne(dst, s); err != nil {
				return dst, "", err
			}
		}
		if !strings.HasPrefix(s, ")") {
			return dst, "", errText
		}
		return shut(dst, mark), s[1:], nil
	}
	item, rest, ok := strings.Cut(s, ")")
	attr, value, eq := strings.Cut(item, "=")
	if !ok || !eq {
		return dst, "", errText
	}
	dst, err := encodeItem(dst, attr, value)
	return dst, rest, err
}

func encodeItem(dst []byte, attr, value string) ([]byte, error) {
	kind := nested(3)
	switch {
	case strings.HasSuffix(attr, ":"):
		return encodeExtensible(dst, attr[:len(attr)-1], value)
	case strings.HasSuffix(attr, ">"):
		kind, attr = nested(5), attr[:len(attr)-1]
	case strings.HasSuffix(attr, "<"):
		kind, attr = nested(6), attr[:len(attr)-1]
	case strings.HasSuffix(attr, "~"):
		kind, attr = nested(8), attr[:len(attr)-1]
	case value == "*":
		return appendText(dst, primitive(7), attr), nil
	case strings.Contains(value, "*"):
		return encodeSubstrings(dst, attr, strings.Split(value, "*"))
	}
	v, err := unescapeFilter(value)
	dst, mark := open(dst, kind)
	return shut(appendText(appendText(dst, tagOctets, attr), tagOctets, v), mark), err
}

func encodeSubstrings(dst []byte, attr string, pieces []string) ([]byte, error) {
	dst, mark := open(dst, nested(4))
	dst, seq := open(appendText(dst, tagOctets, attr), tagSequence)
	for i, p := range pieces {
		v, err := unescapeFilter(p)
		if err != nil {
			return dst, err
		}
		t := primitive(1)
		switch {
		case p == "":
			continue
		case i == 0:
			t = primitive(0)
		case i == len(pieces)-1:
			t = primitive(2)
		}
		dst = appendText(dst, t, v)
	}
	return shut(shut(dst, seq), mark), nil
}

func encodeExtensible(dst []byte, spec, value string) ([]byte, error) {
	parts := strings.Split(spec, ":")
	attr, rule, inDN := parts[0], "", false
	for _, p := range parts[1:] {
		if p == "dn" {
			inDN = true
		} else {
			rule = p
		}
	}
	v, err := unescapeFilter(value)
	dst, mark := open(dst, nested(9))
	if rule != "" {
		dst = appendText(dst, primitive(1), rule)
	}
	if attr != "" {
		dst = appendText(dst, primitive(2), attr)
	}
	dst = appendText(dst, primitive(3), v)
	if inDN {
		dst = appendBool(dst, primitive(4), true)
	}
	return shut(dst, mark), err
}

func unescapeFilter(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", errText
		}
		raw, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", err
		}
		b.WriteByte(raw[0])
		i += 2
	}
	return b.String(), nil
}

func appendBool(dst []byte, t tag, v bool) []byte {
	if v {
		return append(dst, byte(t), 1, 0xFF)
	}
	return append(dst, byte(t), 1, 0)
}
