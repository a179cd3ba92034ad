package ldapclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

func TestGroupsOf(t *testing.T) {
	f := startFake(t)
	for name, tc := range map[string]struct {
		user string
		set  func(*Config)
		want string
	}{
		"nested, with cycles": {"alice", func(*Config) {}, "devs everyone loop posix staff unique"},
		"flat":                {"alice", func(c *Config) { c.Flat = true }, "devs loop posix unique"},
		"bob":                 {"bob", func(*Config) {}, "devs everyone staff"},
		"odd names":           {"eve, the (tester)*", func(*Config) {}, "esc (a*b), c"},
		"none":                {"carol", func(*Config) {}, ""},
		"one attribute":       {"alice", func(c *Config) { c.MemberAttrs = []string{"uniqueMember"} }, "unique"},
		"names only":          {"alice", func(c *Config) { c.MemberAttrs = []string{"memberUid"} }, "posix"},
		"own filter":          {"alice", func(c *Config) { c.GroupFilter = "(&(objectClass=groupOfNames)(cn=%GROUP%))" }, "devs everyone loop staff"},
		"base of its own":     {"alice", func(c *Config) { c.GroupBase = groups }, "devs everyone loop posix staff unique"},
	} {
		cfg := settingsFor(f.url())
		tc.set(&cfg)
		got, err := mustNew(t, cfg).GroupsOf(context.Background(), User{DN: uidDN(tc.user), Name: tc.user})
		if err != nil || strings.Join(got.Names, " ") != tc.want || got.Limited {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// chain makes n groups, each in the next, with the user in the first.
func chain(n int, uid string) (list []entry) {
	member := uidDN(uid)
	for i := 1; i <= n; i++ {
		g := groupOf(fmt.Sprintf("c%02d", i), member)
		member = g.dn
		list = append(list, g)
	}
	return list
}

func wide(n int, uid string) (list []entry) {
	for i := range n {
		list = append(list, groupOf(fmt.Sprintf("g%04d", i), uidDN(uid)))
	}
	return list
}

func TestGroupCaps(t *testing.T) {
	ctx := context.Background()
	f := startFake(t, func(f *fake) {
		f.entries = append(f.entries, chain(30, "carol")...)
		f.entries = append(f.entries, wide(1200, "bob")...)
	})
	cfg := settingsFor(f.url())
	c := mustNew(t, cfg)
	if got, err := c.GroupsOf(ctx, User{DN: uidDN("carol"), Name: "carol"}); err != nil || len(got.Names) != 16 || !got.Limited {
		t.Errorf("a chain of 30: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
	if got, err := c.GroupsOf(ctx, User{DN: uidDN("bob"), Name: "bob"}); err != nil || len(got.Names) != 1000 || !got.Limited {
		t.Errorf("1,200 groups: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
	// A cycle that closes at the last level is no further level.
	cyclic := startFake(t, func(f *fake) {
		list := chain(16, "carol")
		list[0].attrs["member"] = append(list[0].attrs["member"], list[15].dn)
		f.entries = append(f.entries, list...)
	})
	if got, err := mustNew(t, settingsFor(cyclic.url())).GroupsOf(ctx, User{DN: uidDN("carol"), Name: "carol"}); err != nil || len(got.Names) != 16 || got.Limited {
		t.Errorf("a cycle of 16: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
	cfg.MaxDepth, cfg.MaxGroups = 30, 2000
	c = mustNew(t, cfg)
	if got, err := c.GroupsOf(ctx, User{DN: uidDN("carol"), Name: "carol"}); err != nil || len(got.Names) != 30 || got.Limited {
		t.Errorf("a chain of 30, cap 30: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
	if got, err := c.GroupsOf(ctx, User{DN: uidDN("bob"), Name: "bob"}); err != nil || len(got.Names) != 1203 || got.Limited {
		t.Errorf("1,203 groups: %d groups, limited %v, %v", len(got.Names), got.Limited, err)
	}
}

// TestSizeLimit: a part of the groups must not pass for all of them, and not for
// none.
func TestSizeLimit(t *testing.T) {
	f := startFake(t, func(f *fake) {
		f.entries = append(f.entries, wide(700, "bob")...)
		f.maxSize = 500
	})
	c := mustNew(t, settingsFor(f.url()))
	got, err := c.GroupsOf(context.Background(), User{DN: uidDN("bob"), Name: "bob"})
	if !errors.Is(err, ErrConfiguration) || errors.Is(err, ErrDenied) || errors.Is(err, ErrUnavailable) || len(got.Names) != 0 {
		t.Errorf("%d groups, %v", len(got.Names), err)
	}
	if !strings.Contains(hint(err), "size limit") {
		t.Errorf("hint: %q", hint(err))
	}
}

// TestGroupWithoutName: a name that is not certain is nobody's right.
func TestGroupWithoutName(t *testing.T) {
	f := startFake(t, func(f *fake) {
		two := groupOf("x", uidDN("bob"))
		two.dn, two.attrs["cn"] = "ou=two,"+groups, []string{"first", "second"}
		odd := groupOf("y", uidDN("bob"))
		odd.dn, odd.attrs["cn"] = "ou=odd,"+groups, []string{"a\nb"}
		f.entries = append(f.entries, two, odd, groupOf("above", two.dn))
	})
	got, err := mustNew(t, settingsFor(f.url())).GroupsOf(context.Background(), User{DN: uidDN("bob"), Name: "bob"})
	if err != nil || strings.Join(got.Names, " ") != "above devs everyone staff" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestGroup(t *testing.T) {
	f := startFake(t, func(f *fake) {
		sales, again := groupOf("sales"), groupOf("sales")
		again.dn = "cn=sales,ou=old," + groups
		several := groupOf("many")
		several.attrs["cn"] = []string{"manifold", "many"}
		other := groupOf("other")
		other.attrs["name"] = []string{"called"} // the default filter also looks here
		f.entries = append(f.entries, sales, again, several, other)
	})
	c := mustNew(t, settingsFor(f.url()))
	for name, want := range map[string]string{"devs": "devs", "DEVS": "devs", "esc (a*b), c": "esc (a*b), c", "posix": "posix", "unique": "unique", "many": "many"} {
		if got, err := c.Group(context.Background(), name); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"dev*", "*", "devs)(cn=*", "nothing", "alice", "people", "manifold", "called", "%GROUP%"} {
		if got, err := c.Group(context.Background(), name); !errors.Is(err, ErrNoGroup) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if got, err := c.Group(context.Background(), "sales"); !errors.Is(err, ErrConfiguration) || !strings.Contains(err.Error(), "2 groups") {
		t.Errorf("two groups of one name: %q, %v", got, err)
	}
}

func TestMembers(t *testing.T) {
	f := startFake(t, func(f *fake) {
		outside := person("zoe")
		outside.dn = "uid=zoe,ou=partners," + suffix
		spelled := groupOf("spelled", "UID=Alice , OU=People,dc=example, dc=ORG", outside.dn, "cn=gone,"+groups, "not a DN", service)
		mixed := groupOf("mixed", cnDN("posix"), uidDN("eve, the (tester)*"), uidDN("jürgen"))
		f.entries = append(f.entries, outside, spelled, mixed)
	})
	cfg := settingsFor(f.url())
	c := mustNew(t, cfg)
	for group, want := range map[string]string{
		"everyone": "alice bob", "devs": "alice bob", "loop": "alice", "posix": "alice", "unique": "alice",
		"spelled": "alice", "esc (a*b), c": "eve, the (tester)*", "mixed": "alice eve, the (tester)* jürgen",
	} {
		if got, err := c.Members(context.Background(), group); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v", group, got, err)
		}
	}
	if got, err := c.Members(context.Background(), "dev*"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("dev*: %q, %v", got, err)
	}
	cfg.Flat = true
	if got, err := mustNew(t, cfg).Members(context.Background(), "staff"); err != nil || strings.Join(got, " ") != "bob" {
		t.Errorf("flat: %q, %v", got, err)
	}
}

// TestMembersOfTheSameName: entries are searched by the first step of a DN, and
// others may begin alike.
func TestMembersOfTheSameName(t *testing.T) {
	f := startFake(t, func(f *fake) {
		guest := person("alice")
		guest.dn, guest.attrs["mail"] = "uid=alice,ou=guests,"+people, []string{"guest@example.org"}
		old := groupOf("devs", uidDN("carol"))
		old.dn = "cn=devs,ou=old," + groups
		f.entries = append(f.entries, guest, old)
	})
	cfg := settingsFor(f.url())
	cfg.UserAttr = "mail"
	if got, err := mustNew(t, cfg).Members(context.Background(), "staff"); err != nil || strings.Join(got, " ") != "alice@example.org bob@example.org" {
		t.Errorf("%q, %v", got, err)
	}
	cfg.UserAttr = "uid"
	if got, err := mustNew(t, cfg).Members(context.Background(), "staff"); err != nil || strings.Join(got, " ") != "bob" {
		t.Errorf("two users called alice: %q, %v", got, err)
	}
}

func TestMembersCaps(t *testing.T) {
	f := startFake(t, func(f *fake) {
		f.entries = append(f.entries, chain(30, "carol")...)
		var users []string
		for i := range 230 {
			p := person(fmt.Sprintf("u%03d", i))
			f.entries = append(f.entries, p)
			users = append(users, p.dn)
		}
		f.entries = append(f.entries, groupOf("big", users...))
	})
	c := mustNew(t, settingsFor(f.url()))
	if got, err := c.Members(context.Background(), "c30"); !errors.Is(err, ErrLimited) {
		t.Errorf("a chain of 30: %q, %v", got, err)
	}
	if got, err := c.Members(context.Background(), "c16"); err != nil || !slices.Equal(got, []string{"carol"}) {
		t.Errorf("a chain of 16: %q, %v", got, err)
	}
	few := settingsFor(f.url())
	few.MaxGroups = 3
	if got, err := mustNew(t, few).Members(context.Background(), "c10"); !errors.Is(err, ErrLimited) || !strings.Contains(err.Error(), "ldap-max-groups") {
		t.Errorf("3 groups at most: %q, %v", got, err)
	}
	if got, err := mustNew(t, few).GroupsOf(context.Background(), User{DN: uidDN("carol"), Name: "carol"}); err != nil || len(got.Names) != 3 || !got.Limited {
		t.Errorf("3 groups at most: %v, %v", got, err)
	}
	before := len(f.requests("search"))
	got, err := c.Members(context.Background(), "big")
	if err != nil || len(got) != 230 {
		t.Errorf("%d users, %v", len(got), err)
	}
	if n := len(f.requests("search")) - before; n > 11 {
		t.Errorf("%d searches for 230 members", n)
	}
}

// TestRangedMembers: Active Directory gives large groups out in parts.
func TestRangedMembers(t *testing.T) {
	f := startFake(t, func(f *fake) {
		g := groupOf("large")
		g.attrs["member"] = nil
		g.attrs["member;range=0-1"] = []string{uidDN("alice"), uidDN("bob")}
		g.attrs["member;range=2-*"] = []string{uidDN("carol")}
		f.entries = append(f.entries, g)
	})
	c := mustNew(t, settingsFor(f.url()))
	// The fake shows both parts at once; ranged must take the one that it asked for.
	e := &ldap.Entry{DN: cnDN("large"), Attributes: []*ldap.EntryAttribute{ldap.NewEntryAttribute("member;range=0-1", []string{uidDN("alice"), uidDN("bob")})}}
	f.mu.Lock()
	last := len(f.entries) - 1
	delete(f.entries[last].attrs, "member;range=0-1")
	f.mu.Unlock()
	got, err := c.values(context.Background(), e, "member")
	if err != nil || !slices.Equal(got, []string{uidDN("alice"), uidDN("bob"), uidDN("carol")}) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestInChain sends Active Directory's rule, and only one search.
func TestInChain(t *testing.T) {
	f := startFake(t)
	cfg := settingsFor(f.url())
	cfg.InChain = true
	if _, err := mustNew(t, cfg).GroupsOf(context.Background(), User{DN: uidDN("alice"), Name: "alice"}); err != nil {
		t.Fatal(err)
	}
	searches := f.requests("search")
	if len(searches) != 1 || !strings.Contains(searches[0].filter, "(member:1.2.840.113556.1.4.1941:="+uidDN("alice")+")") {
		t.Errorf("%+v", searches)
	}
}

// TestEndlessPages: a server that always has one more page is not followed forever.
func TestEndlessPages(t *testing.T) {
	f := startFake(t)
	page := ldap.NewControlPaging(0)
	page.SetCookie([]byte("more"))
	list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	list.AppendChild(page.Encode())
	f.hook = func(r request) action {
		if !r.paged {
			return action{}
		}
		m := ber.NewSequence("message")
		m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, r.id, ""))
		m.AppendChild(done("search", 0, ""))
		m.AppendChild(list)
		return action{raw: m.Bytes()}
	}
	c := mustNew(t, settingsFor(f.url()))
	if _, err := c.GroupsOf(context.Background(), User{DN: uidDN("bob"), Name: "bob"}); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errPages) {
		t.Error(err)
	}
}

// TestDeadBetweenPages: the rest of the pages is on a connection that is gone, so
// the search begins anew.
func TestDeadBetweenPages(t *testing.T) {
	f := startFake(t, func(f *fake) {
		f.entries = append(f.entries, wide(700, "bob")...)
	})
	n := 0
	f.hook = func(r request) action {
		if r.paged && r.conn == 1 {
			n++
		}
		return action{close: r.conn == 1 && n == 2}
	}
	cfg := settingsFor(f.url())
	c := mustNew(t, cfg)
	if _, err := c.User(context.Background(), "bob"); err != nil { // so that the connection is a pooled one
		t.Fatal(err)
	}
	got, err := c.GroupsOf(context.Background(), User{DN: uidDN("bob"), Name: "bob"})
	if err != nil || len(got.Names) != 703 {
		t.Errorf("%d groups, %v", len(got.Names), err)
	}
}

func TestDNKey(t *testing.T) {
	for _, same := range [][]string{
		{"uid=ann,ou=people,dc=org", "UID=Ann, OU=People , DC=ORG", "userid=ann,ou=people,dc=org", "uid=a\\6en,ou=people,dc=org"},
		{"cn=a\\, b,dc=org", "cn=A\\2C  B,dc=org", "CN=a\\,\\20b,dc=org"},
		{"cn=x+ou=y,dc=org", "OU=Y+CN=X,dc=org"},
		{"cn=ju\u0308rgen,dc=org", "cn=jürgen,dc=org", "cn=J\\c3\\9crgen,dc=org"},
	} {
		for _, s := range same[1:] {
			if dnKey(s) != dnKey(same[0]) {
				t.Errorf("%q and %q: %q, %q", same[0], s, dnKey(same[0]), dnKey(s))
			}
		}
	}
	for _, other := range []string{"uid=ann,ou=people", "uid=ann\\,ou\\=people,dc=org", "cn=ann,ou=people,dc=org", "uid=ann,ou=people,dc=org,dc=org"} {
		if dnKey(other) == dnKey("uid=ann,ou=people,dc=org") {
			t.Errorf("%q is taken for another", other)
		}
	}
	for base, want := range map[string]string{"ou=people,dc=example,dc=org": "dc=example,dc=org", "CN=Users,DC=corp,DC=com": "dc=corp,dc=com",
		"dc=example,dc=org": "dc=example,dc=org", "o=company": "o=company", "": ""} {
		if got := parentOf(base); dnKey(got) != dnKey(want) {
			t.Errorf("parent of %q: %q", base, got)
		}
	}
}

// Groups come as names. That another has the name is seen by looking it up.
func TestSeveralGroupsOfOneName(t *testing.T) {
	f := startFake(t, func(f *fake) {
		evil := groupOf("devs", uidDN("carol"))
		evil.dn = "cn=devs,ou=team," + groups
		f.entries = append(f.entries, evil)
	})
	c := mustNew(t, settingsFor(f.url()))
	if got, err := c.GroupsOf(context.Background(), User{DN: uidDN("carol"), Name: "carol"}); err != nil || !slices.Equal(got.Names, []string{"devs"}) {
		t.Errorf("groups of carol: %v, %v", got, err)
	}
	if name, err := c.Group(context.Background(), "devs"); !errors.Is(err, ErrSeveral) || !errors.Is(err, ErrConfiguration) {
		t.Errorf("%q, %v", name, err)
	}
}
