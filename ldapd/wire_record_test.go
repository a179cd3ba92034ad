package ldapd

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

var record = flag.Bool("record", false, "record testdata/wire with the clients of this machine")

// TestRecordWire writes testdata/wire anew. It needs ldap-utils and a python3 with
// the modules ldap3 and ldap.
func TestRecordWire(t *testing.T) {
	if !*record {
		t.Skip("with -record only")
	}
	for name, args := range openLDAPCases {
		recordCase(t, "openldap", name, func(t *testing.T, address string) {
			args := strings.ReplaceAll(args, "ROOT", "-x -D uid=root,ou=users,dc=lxdb -w rootpw")
			line, stdin, _ := strings.Cut(args, "\n")
			words := strings.Split(line, " ")
			run(t, stdin, words[0], append([]string{"-H", "ldap://" + address}, words[1:]...)...)
		})
	}
	for client, script := range map[string]string{"ldap3": "ldap3_cases.py", "python-ldap": "python_ldap_cases.py"} {
		script = filepath.Join("testdata", "wire", script)
		for _, name := range strings.Fields(string(run(t, "", "/usr/bin/python3", script))) {
			recordCase(t, client, name, func(t *testing.T, address string) { run(t, "", "/usr/bin/python3", script, address, name) })
		}
	}
	for name, use := range goLDAPCases {
		recordCase(t, "go-ldap", name, func(t *testing.T, address string) {
			conn, err := ldap.DialURL("ldap://" + address)
			if err != nil {
				t.Fatal(err)
			}
			use(t, conn)
			if err := conn.Unbind(); err != nil {
				t.Log(err)
			}
		})
	}
}

// run runs a client; its exit status is the recording's business.
func run(t *testing.T, stdin, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LDAPNOINIT=1")
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	t.Logf("%s %v: %v\n%s", name, args, err, out)
	return out
}

// openLDAPCases are command lines, with standard input behind the first.
var openLDAPCases = map[string]string{
	"whoami":           "ldapwhoami ROOT",
	"whoami-policy":    "ldapwhoami ROOT -e ppolicy",
	"wrong-password":   "ldapwhoami -x -D uid=root,ou=users,dc=lxdb -w wrong",
	"wrong-policy":     "ldapwhoami -x -D uid=nobody,ou=users,dc=lxdb -w wrong -e ppolicy",
	"version-2":        "ldapsearch -P 2 ROOT -b dc=lxdb",
	"root-dse":         "ldapsearch -x -b  -s base (objectClass=*) * +",
	"anonymous":        "ldapsearch -x -b dc=lxdb",
	"all":              "ldapsearch ROOT -b dc=lxdb (objectClass=*) * +",
	"own":              "ldapsearch -x -D uid=ann,ou=users,dc=lxdb -w annpw -b dc=lxdb",
	"filters":          "ldapsearch ROOT -b dc=lxdb (|(&(objectClass=person)(memberOf=cn=devs,ou=groups,dc=lxdb))(!(uid=*))(cn~=BOB)(uid=r*o*t)(memberOf:1.2.840.113556.1.4.1941:=cn=devs,ou=groups,dc=lxdb)(uid>=b)) 1.1",
	"escaped":          "ldapsearch ROOT -b dc=lxdb (cn=a\\2a\\28\\29\\5c\\00\\c3\\a9)",
	"pages":            "ldapsearch ROOT -b dc=lxdb -E pr=2/noprompt (objectClass=*) 1.1",
	"size-limit":       "ldapsearch ROOT -b dc=lxdb -z 2 (objectClass=*) cn",
	"types-only":       "ldapsearch ROOT -b ou=users,dc=lxdb -s one -A (objectClass=*)",
	"no-base":          "ldapsearch ROOT -b dc=elsewhere",
	"manage-dsa-it":    "ldapsearch -M ROOT -b ou=groups,dc=lxdb -s one",
	"critical-control": "ldapsearch ROOT -b dc=lxdb -e !1.2.3.4",
	"subschema-small":  "ldapsearch ROOT -b cn=subschema -s base (objectClass=subschema) objectClasses",
	"compare-true":     "ldapcompare ROOT uid=ann,ou=users,dc=lxdb uid:ANN",
	"compare-false":    "ldapcompare ROOT uid=ann,ou=users,dc=lxdb uid:bob",
	"compare-password": "ldapcompare ROOT uid=ann,ou=users,dc=lxdb userPassword:annpw",
	"add": "ldapadd ROOT\ndn: uid=zoe\\, the \\\"first\\\",ou=users,dc=lxdb\nobjectClass: inetOrgPerson\ncn:: Wm/Dqw==\nsn: Example\nmail: zoe@example.org\nuserPassword: zoe-secret\n\n" +
		"dn: cn=more,ou=groups,dc=lxdb\nobjectClass: groupOfNames\nmember: cn=devs,ou=groups,dc=lxdb\n",
	"add-exists": "ldapadd ROOT\ndn: uid=ann,ou=users,dc=lxdb\nobjectClass: inetOrgPerson\nsn: x\n",
	"modify": "ldapmodify ROOT\ndn: uid=ann,ou=users,dc=lxdb\nchangetype: modify\nreplace: mail\nmail: a@example.org\nmail: b@example.org\n-\nadd: title\ntitle: Boss\n-\ndelete: mail\nmail: a@example.org\n\n" +
		"dn: cn=devs,ou=groups,dc=lxdb\nchangetype: modify\nadd: member\nmember: uid=bob,ou=users,dc=lxdb\n-\ndelete: member\nmember: uid=ann,ou=users,dc=lxdb\n",
	"modify-increment":   "ldapmodify ROOT\ndn: uid=ann,ou=users,dc=lxdb\nchangetype: modify\nincrement: uidNumber\nuidNumber: 1\n",
	"rename":             "ldapmodrdn ROOT -r uid=ann,ou=users,dc=lxdb uid=anna",
	"rename-keep":        "ldapmodrdn ROOT uid=ann,ou=users,dc=lxdb uid=anna",
	"delete":             "ldapdelete ROOT uid=ann,ou=users,dc=lxdb cn=devs,ou=groups,dc=lxdb",
	"passwd":             "ldappasswd -x -D uid=ann,ou=users,dc=lxdb -w annpw -a annpw -s annpw-2",
	"passwd-short":       "ldappasswd -x -D uid=ann,ou=users,dc=lxdb -w annpw -a annpw -s x",
	"passwd-generate":    "ldappasswd ROOT uid=ann,ou=users,dc=lxdb",
	"passwd-without-old": "ldappasswd -x -D uid=ann,ou=users,dc=lxdb -w annpw -s annpw-2",
	"unknown-extended":   "ldapexop ROOT 1.2.3.4",
	"cancel":             "ldapexop ROOT cancel 77",
}

// goLDAPCases are what go-ldap is used for.
var goLDAPCases = map[string]func(*testing.T, *ldap.Conn){
	"bind":  func(t *testing.T, c *ldap.Conn) { note(t, c.Bind("uid=ann,ou=users,dc=lxdb", "annpw")) },
	"wrong": func(t *testing.T, c *ldap.Conn) { note(t, c.Bind("uid=ann,ou=users,dc=lxdb", "wrong")) },
	"policy": func(t *testing.T, c *ldap.Conn) {
		_, err := c.SimpleBind(ldap.NewSimpleBindRequest("uid=ann,ou=users,dc=lxdb", "annpw", []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}))
		note(t, err)
	},
	"search": asRoot(func(c *ldap.Conn) error {
		_, err := c.Search(ldap.NewSearchRequest("dc=lxdb", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(&(objectClass=person)(!(cn=x\\2ay))(uid=*n*))", []string{"*", "+"}, nil))
		return err
	}),
	"pages": asRoot(func(c *ldap.Conn) error {
		_, err := c.SearchWithPaging(ldap.NewSearchRequest("dc=lxdb", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"cn"}, nil), 3)
		return err
	}),
	"modify": asRoot(func(c *ldap.Conn) error {
		m := ldap.NewModifyRequest("uid=ann,ou=users,dc=lxdb", []ldap.Control{ldap.NewControlManageDsaIT(true)})
		m.Replace("mail", []string{"ann@example.org"})
		m.Add("description", []string{"one", "two"})
		return c.Modify(m)
	}),
	"rename": asRoot(func(c *ldap.Conn) error {
		return c.ModifyDN(ldap.NewModifyDNRequest("uid=ann,ou=users,dc=lxdb", "uid=anna", true, "ou=users,dc=lxdb"))
	}),
	"password": asRoot(func(c *ldap.Conn) error {
		_, err := c.PasswordModify(ldap.NewPasswordModifyRequest("uid=ann,ou=users,dc=lxdb", "annpw", "annpw-2"))
		return err
	}),
	"compare": asRoot(func(c *ldap.Conn) error {
		_, err := c.Compare("cn=devs,ou=groups,dc=lxdb", "member", "uid=ANN, ou=Users, dc=lxdb")
		return err
	}),
	"delete": asRoot(func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest("cn=devs,ou=groups,dc=lxdb", nil)) }),
}

func asRoot(use func(*ldap.Conn) error) func(*testing.T, *ldap.Conn) {
	return func(t *testing.T, c *ldap.Conn) {
		note(t, c.Bind("uid=root,ou=users,dc=lxdb", "rootpw"))
		note(t, use(c))
	}
}

func note(t *testing.T, err error) {
	if err != nil {
		t.Log(err)
	}
}

// recordCase runs a client through a proxy and writes what went over the wire.
func recordCase(t *testing.T, client, name string, use func(t *testing.T, address string)) {
	t.Run(client+"/"+name, func(t *testing.T) {
		h := wireHouse(t)
		p := &proxy{t: t, to: h.plain}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go p.serve(l, served)
		use(t, l.Addr().String())
		_ = l.Close()
		<-served
		if p.lines.Len() == 0 {
			t.Fatal("nothing was sent")
		}
		dir := filepath.Join("testdata", "wire", client)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".hex"), []byte(p.lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	})
}

// proxy passes the messages of one connection on, and writes them down.
type proxy struct {
	t     *testing.T
	to    string
	mu    sync.Mutex
	lines strings.Builder
}

func (p *proxy) serve(l net.Listener, served chan struct{}) {
	defer close(served)
	theirs, err := l.Accept()
	if err != nil {
		return
	}
	defer theirs.Close()
	ours, err := net.Dial("tcp", p.to)
	if err != nil {
		p.t.Error(err)
		return
	}
	defer ours.Close()
	back := make(chan struct{})
	go func() {
		defer close(back)
		p.pass("<", ours, theirs)
	}()
	p.pass(">", theirs, ours)
	_ = ours.Close()
	<-back
}

// pass copies messages until either side ends.
func (p *proxy) pass(way string, from, to net.Conn) {
	var seen bytes.Buffer // the bytes themselves: there are several ways to write a length
	r := bufio.NewReader(io.TeeReader(from, &seen))
	for {
		if _, err := readFrame(r, func(int) error { return nil }); err != nil {
			return
		}
		raw := bytes.Clone(seen.Next(seen.Len() - r.Buffered()))
		line := describe(way, raw)
		if way == "<" {
			line = describe(way, normalise(raw))
		}
		p.mu.Lock()
		fmt.Fprint(&p.lines, line)
		p.mu.Unlock()
		if _, err := to.Write(raw); err != nil {
			return
		}
	}
}
