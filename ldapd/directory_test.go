package ldapd

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/principal"
)

// TestDirectory runs testdata/directory: one server and, for each file, clients
// by name. The commands, with their input lines:
//
//	bind [as=NAME]        DN, then the password
//	search [scope= size= page= types control=]   base, filter, attributes
//	compare               DN, then "attr: value"
//	add                   DN, then "attr: value" lines
//	modify                DN, then "add|delete|replace attr: value" lines
//	delete                DN
//	rename [keep]         DN, new RDN, new superior if any
//	passwd                user, old, new; "-" is absent
//	whoami
//	lock, unlock          name, behind the directory's back, as SQL would
//	member                member and group, likewise
//
// as=NAME picks the connection; the default is "main".
func TestDirectory(t *testing.T) {
	datadriven.Walk(t, "testdata/directory", func(t *testing.T, path string) {
		s := &script{h: newHouse(t), clients: map[string]*client{}}
		datadriven.RunTest(t, path, s.run)
	})
}

type script struct {
	h       *house
	clients map[string]*client
}

// unstable are values that differ in each run.
var unstable = regexp.MustCompile(`\b(20\d{12}Z|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22})`)

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	name := "main"
	if d.HasArg("as") {
		d.ScanArgs(t, "as", &name)
	}
	c := s.clients[name]
	if c == nil {
		c = s.h.dial()
		s.clients[name] = c
	}
	c.t = t
	in := strings.Split(d.Input, "\n")
	switch d.Cmd {
	case "bind":
		return c.bind(strings.Trim(in[0], `"`), at(in, 1)).String()
	case "search":
		return unstable.ReplaceAllString(s.search(t, c, d, in), "(varies)")
	case "compare":
		attr, value, _ := strings.Cut(at(in, 1), ": ")
		b, ava := open(appendText(nil, tagOctets, in[0]), tagSequence)
		return c.call(opCompare, shut(appendText(appendText(b, tagOctets, attr), tagOctets, value), ava)).String()
	case "add":
		return c.call(opAdd, addBody(in[0], in[1:])).String()
	case "modify":
		return c.call(opModify, modifyBody(in[0], in[1:])).String()
	case "delete":
		return c.call(opDelete, []byte(in[0])).String()
	case "rename":
		b := appendText(appendText(nil, tagOctets, in[0]), tagOctets, in[1])
		b = appendBool(b, tagBoolean, !d.HasArg("keep"))
		if len(in) > 2 {
			b = appendText(b, primitive(0), in[2])
		}
		return c.call(opModifyDN, b).String()
	case "passwd":
		word := func(i int) string { return strings.TrimPrefix(at(in, i), "-") }
		a := c.call(opExtended, passwordBody(word(0), word(1), word(2)))
		if a.value != "" {
			return fmt.Sprintf("%v\n%d bytes of generated password", a, len(a.value)-4)
		}
		return a.String()
	case "whoami":
		return "<" + c.whoAmI() + ">"
	case "lock", "unlock":
		return fmt.Sprint(s.h.edit(context.Background(), in[0], func(p *catalog.Principal) { p.Locked = d.Cmd == "lock" }))
	case "member":
		return fmt.Sprint(s.h.AddMembers(context.Background(), principal.Principal{}, in[1], in[:1]))
	}
	t.Fatalf("unknown command %s", d.Cmd)
	return ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func (s *script) search(t *testing.T, c *client, d *datadriven.TestData, in []string) string {
	q := query{base: strings.Trim(in[0], `"`), scope: scopeSub, filter: in[1], attrs: strings.Fields(at(in, 2)), typesOnly: d.HasArg("types")}
	if d.HasArg("scope") {
		var name string
		d.ScanArgs(t, "scope", &name)
		q.scope = map[string]scope{"base": scopeBase, "one": scopeOne, "sub": scopeSub}[name]
	}
	for arg, p := range map[string]*int{"size": &q.size, "page": &q.page} {
		if d.HasArg(arg) {
			d.ScanArgs(t, arg, p)
		}
	}
	if d.HasArg("control") {
		d.ScanArgs(t, "control", &q.critical)
	}
	var out strings.Builder
	for {
		list, a := c.search(q)
		for _, f := range list {
			fmt.Fprintf(&out, "dn: %s\n", f.dn)
			for _, l := range f.lines {
				fmt.Fprintf(&out, "  %s\n", l)
			}
		}
		fmt.Fprintln(&out, a)
		if q.cookie = a.page; q.cookie == "" {
			return out.String()
		}
	}
}
