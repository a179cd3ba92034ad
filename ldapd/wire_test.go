package ldapd

import (
	"bytes"
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/security/principal"
)

// wireHouse is what recordings were made with and are replayed against.
func wireHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.user("ann", "bob")
	err := h.CreateGroup(context.Background(), principal.Principal{}, "devs", []string{"ann"}, map[string][]string{"description": {"developers"}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestWire replays what real clients have sent (testdata/wire, its README says how
// it was recorded): each message must get the answers that are beside it.
func TestWire(t *testing.T) {
	clients := map[string]int{}
	files, err := filepath.Glob("testdata/wire/*/*.hex")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		client, name := filepath.Base(filepath.Dir(path)), strings.TrimSuffix(filepath.Base(path), ".hex")
		clients[client]++
		t.Run(client+"/"+name, func(t *testing.T) { replay(t, path) })
	}
	for client, least := range map[string]int{"openldap": 18, "ldap3": 6, "python-ldap": 6, "go-ldap": 6} {
		if clients[client] < least {
			t.Errorf("%d recordings of %s, at least %d expected", clients[client], client, least)
		}
	}
}

func replay(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := wireHouse(t).dial()
	var again strings.Builder
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fields := strings.Fields(line)
		if len(fields) != 4 && len(fields) != 5 {
			t.Fatalf("%s:%d: not a message", path, n)
		}
		raw, err := hex.DecodeString(fields[len(fields)-1])
		if err != nil {
			t.Fatalf("%s:%d: %v", path, n, err)
		}
		if fields[0] == ">" {
			again.WriteString(line)
			if _, err := c.conn.Write(raw); err != nil {
				t.Fatalf("%s:%d: %v", path, n, err)
			}
			continue
		}
		body, err := readFrame(c.r, func(int) error { return nil })
		if err != nil {
			t.Fatalf("%s:%d: no answer: %v", path, n, err)
		}
		got := normalise(append(appendHead(nil, tagSequence, len(body)), body...))
		again.WriteString(describe("<", got))
		if !bytes.Equal(got, raw) && !rewriting() {
			t.Errorf("%s:%d: %s\n got %x\nwant %x", path, n, strings.Join(fields[1:len(fields)-1], " "), got, raw)
		}
	}
	if n == 0 {
		t.Errorf("%s is empty", path)
	}
	if rewriting() {
		if err := os.WriteFile(path, []byte(again.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rewriting is the flag of the other golden files; it keeps the number of answers.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}

// varying are values that differ from run to run: identifiers, times, generated
// passwords. Each is replaced by as many other bytes.
var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|20\d{12}Z|[A-Z2-7]{26}`)

func normalise(b []byte) []byte {
	return varying.ReplaceAllFunc(b, func(v []byte) []byte { return bytes.Repeat([]byte{'0'}, len(v)) })
}

// opNames are the names of messages in recordings, for the reader.
var opNames = map[tag]string{
	opBind: "bind", opBindResponse: "bindResponse", opUnbind: "unbind", opSearch: "search", opSearchEntry: "entry", opSearchDone: "searchDone",
	opModify: "modify", opModifyResponse: "modifyResponse", opAdd: "add", opAddResponse: "addResponse", opDelete: "delete",
	opDeleteResponse: "deleteResponse", opModifyDN: "modifyDN", opModifyDNResponse: "modifyDNResponse", opCompare: "compare",
	opCompareResponse: "compareResponse", opAbandon: "abandon", opExtended: "extended", opExtendedResponse: "extendedResponse",
}

// describe is the line of a recording for a message.
func describe(way string, raw []byte) string {
	_, body, _, _ := split(raw)
	r := reader{rest: body}
	m := message{id: r.integer(tagInteger)}
	m.op, m.body = r.next()
	what := opNames[m.op]
	if what == "" {
		what = fmt.Sprintf("%#x", byte(m.op))
	}
	if way == "<" && m.op != opSearchEntry {
		what += fmt.Sprintf(" %d", readAnswer(m).code)
	}
	return fmt.Sprintf("%s %d %s %x\n", way, m.id, what, raw)
}
