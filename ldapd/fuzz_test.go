package ldapd

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/internal/netserve"
)

// requireCorpus fails when the seeds of f have been lost: a fuzz test without
// seeds passes without testing anything.
func requireCorpus(f *testing.F) {
	f.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name()))
	if err != nil || len(entries) == 0 {
		f.Fatalf("the seed corpus is empty: %v", err)
	}
}

// FuzzMessage sends bytes to a server as the administrator. Whatever they are,
// the connection ends after an unbind, and no answer is 80.
func FuzzMessage(f *testing.F) {
	requireCorpus(f)
	h := newHouse(f)
	h.user("ann")
	root := h.catalog.Snapshot().PrincipalByID(catalog.Root)
	who, err := h.Login(f.Context(), root.Name, root.Password, "")
	if err != nil {
		f.Fatal(err)
	}
	unbind := packet(1, opUnbind, nil, nil)
	f.Fuzz(func(t *testing.T, raw []byte) {
		theirs, ours := net.Pipe()
		c := newConn(h.server, ours, new(netserve.Place), false)
		c.become(who, root.Epoch)
		go c.Serve()
		go func() {
			_, _ = theirs.Write(append(raw[:len(raw):len(raw)], unbind...))
			if len(raw) > 0 && (raw[0] != byte(tagSequence) || !whole(raw)) {
				theirs.Close() // the server waits for more
			}
		}()
		answers, _ := io.ReadAll(theirs)
		for len(answers) > 0 {
			_, body, rest, err := split(answers)
			if err != nil {
				t.Fatalf("the server sends no BER: %x", answers)
			}
			r := reader{rest: body}
			m := message{id: r.integer(tagInteger)}
			m.op, m.body = r.next()
			if m.op != opSearchEntry && readAnswer(m).code == otherError {
				t.Errorf("internal error: %v", readAnswer(m))
			}
			answers = rest
		}
	})
}

// whole says whether raw is messages without a rest, so that the unbind behind it
// is one as well.
func whole(raw []byte) bool {
	for len(raw) > 0 {
		_, _, rest, err := split(raw)
		if err != nil {
			return false
		}
		raw = rest
	}
	return true
}

// FuzzFilter reads filters in text form. What the server makes of the wire form
// must encode to it again, and a filter and its negation never both match.
func FuzzFilter(f *testing.F) {
	requireCorpus(f)
	h := newHouse(f)
	h.user("ann", "bob")
	v := &view{directory: h.server.directory, snap: h.catalog.Snapshot(), admin: true}
	f.Fuzz(func(t *testing.T, text string) {
		wire, err := encodeFilter(nil, text)
		nodes := maxElements
		if err != nil || checkBER(wire, maxDepth, &nodes) != nil {
			return
		}
		r := reader{rest: wire}
		node, err := parseFilter(&r)
		if err != nil {
			return
		}
		if again := appendFilter(nil, &node); !bytes.Equal(again, wire) {
			t.Errorf("%x became %x", wire, again)
		}
		match, not := v.compile(&node), v.compile(&filterNode{kind: filterNot, children: []filterNode{node}})
		for _, p := range v.snap.Principals() {
			if e := entryOf(p); e != nil && match(e) != -not(e) {
				t.Errorf("%s is %d for %s, its negation %d", text, match(e), p.Name, not(e))
			}
		}
	})
}

// appendFilter encodes what parseFilter read.
func appendFilter(dst []byte, f *filterNode) []byte {
	dst, mark := open(dst, nested(byte(f.kind)))
	switch f.kind {
	case filterAnd, filterOr, filterNot:
		for i := range f.children {
			dst = appendFilter(dst, &f.children[i])
		}
	case filterPresent:
		return appendText(dst[:mark-2], primitive(7), f.attr)
	case filterSubstrings:
		var seq int
		dst, seq = open(appendText(dst, tagOctets, f.attr), tagSequence)
		if f.parts.initial != "" {
			dst = appendText(dst, primitive(0), f.parts.initial)
		}
		for _, p := range f.parts.any {
			dst = appendText(dst, primitive(1), p)
		}
		if f.parts.final != "" {
			dst = appendText(dst, primitive(2), f.parts.final)
		}
		dst = shut(dst, seq)
	case filterExtensible:
		if f.rule != "" {
			dst = appendText(dst, primitive(1), f.rule)
		}
		if f.attr != "" {
			dst = appendText(dst, primitive(2), f.attr)
		}
		dst = appendText(dst, primitive(3), f.value)
		if f.inDN {
			dst = appendBool(dst, primitive(4), true)
		}
	default:
		dst = appendText(appendText(dst, tagOctets, f.attr), tagOctets, f.value)
	}
	return shut(dst, mark)
}

// FuzzDN: what parses, prints to something that parses to the same, and its key
// is the key of its key.
func FuzzDN(f *testing.F) {
	requireCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		name, err := parseDN(text)
		if err != nil {
			return
		}
		if len(name.String()) > maxDNBytes {
			return // escapes made it longer
		}
		again, err := parseDN(name.String())
		if err != nil || !reflect.DeepEqual(again, name) {
			t.Fatalf("%q prints as %q, which is %q, %v", text, name, again, err)
		}
		if key, err := parseDN(name.key()); err == nil && key.key() != name.key() {
			t.Errorf("%q: key %q has the key %q", text, name.key(), key.key())
		}
	})
}

// TestDNs runs testdata/dn: each input line is parsed, printed and folded.
func TestDNs(t *testing.T) {
	datadriven.RunTest(t, "testdata/dn", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		for line := range strings.Lines(d.Input) {
			line = strings.TrimSuffix(line, "\n")
			name, err := parseDN(line)
			if err != nil {
				out.WriteString(line + " -> " + err.Error() + "\n")
				continue
			}
			out.WriteString(line + " -> " + name.String() + " | " + name.key() + "\n")
		}
		return out.String()
	})
}

// TestBER runs testdata/ber: each input line is the bytes of a message without
// its head, in hex.
func TestBER(t *testing.T) {
	datadriven.RunTest(t, "testdata/ber", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		for line := range strings.Lines(d.Input) {
			line, comment, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "#")
			raw, err := hex.DecodeString(strings.ReplaceAll(line, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			m, err := parseMessage(raw)
			out.WriteString(strings.TrimSpace(comment) + ": ")
			if err != nil {
				out.WriteString(err.Error() + "\n")
				continue
			}
			out.WriteString(strings.TrimSpace(strings.Join([]string{"id " + hex.EncodeToString(appendInt(nil, tagInteger, m.id)[2:]),
				"op " + hex.EncodeToString([]byte{byte(m.op)}), "body " + hex.EncodeToString(m.body)}, " ")))
			for _, c := range m.controls {
				out.WriteString(" control " + c.oid)
				if c.critical {
					out.WriteString(" critical")
				}
				if c.hasValue {
					out.WriteString(" value " + hex.EncodeToString(c.value))
				}
			}
			out.WriteString("\n")
		}
		return out.String()
	})
}

// TestLengths: the encoder's lengths are the reader's, at every border.
func TestLengths(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 20} {
		body := bytes.Repeat([]byte{'x'}, n)
		b, mark := open([]byte("before"), tagOctets)
		b = shut(append(b, body...), mark)
		if want := appendText([]byte("before"), tagOctets, string(body)); !bytes.Equal(b, want) {
			t.Errorf("%d bytes: shut and appendText differ", n)
		}
		if tg, got, rest, err := split(b[6:]); err != nil || tg != tagOctets || len(rest) != 0 || !bytes.Equal(got, body) {
			t.Errorf("%d bytes: read %d, %v", n, len(got), err)
		}
		r := reader{rest: appendInt(nil, tagInteger, n)}
		if got := r.integer(tagInteger); got != n || r.bad {
			t.Errorf("number %d is read as %d", n, got)
		}
	}
}
