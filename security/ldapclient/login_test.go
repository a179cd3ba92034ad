package ldapclient

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// login is what a caller does.
func login(c *Client, name, password string) (User, error) {
	u, err := c.User(context.Background(), name)
	if err != nil {
		return User{}, err
	}
	return u, c.Bind(context.Background(), u, password)
}

func TestLogin(t *testing.T) {
	f := startFake(t)
	c := mustNew(t, settingsFor(f.url()))
	for _, tc := range []struct {
		name, password, called string
		err                    error
	}{
		{"alice", "pw-alice", "alice", nil},
		{"ALICE", "pw-alice", "alice", nil},
		{" alice ", "pw-alice", "alice", nil},
		{"eve, the (tester)*", "pw-eve, the (tester)*", "eve, the (tester)*", nil},
		{"jürgen", "pässwört", "jürgen", nil},
		{"ju\u0308rgen", "pässwört", "jürgen", nil},
		{"alice", "wrong", "", ErrWrongPassword},
		{"alice", "", "", ErrPassword},
		{"alice", "pw-alice\x00x", "", ErrPassword},
		{"alice", strings.Repeat("x", 1025), "", ErrPassword},
		{"nobody", "x", "", ErrNoUser},
		{"*", "x", "", ErrNoUser},
		{"a*", "pw-alice", "", ErrNoUser},
		{"alice)(uid=*", "pw-alice", "", ErrNoUser},
		{`alice\2a`, "pw-alice", "", ErrNoUser},
		{"svc", "svc-secret", "", ErrNoUser}, // not below the user base
	} {
		u, err := login(c, tc.name, tc.password)
		if !errors.Is(err, tc.err) || err != nil && !errors.Is(err, ErrDenied) || err == nil && u.Name != tc.called {
			t.Errorf("%q: %q, %v; %q, %v expected", tc.name, u.Name, err, tc.called, tc.err)
		}
		if err != nil && tc.password != "" && tc.password != "x" && strings.Contains(err.Error(), tc.password) {
			t.Errorf("%q: the password is in the error: %v", tc.name, err)
		}
	}
	for _, b := range f.requests("bind") {
		if b.password == "" || b.dn == "" {
			t.Errorf("a bind as nobody was sent: %+v", b)
		}
	}
}

func TestUserEntry(t *testing.T) {
	c := mustNew(t, settingsFor(startFake(t).url()))
	u, err := c.User(context.Background(), "Alice")
	if err != nil || u.DN != uidDN("alice") || u.Attributes["mail"][0] != "alice@example.org" || u.Attributes["userPassword"] != nil {
		t.Fatalf("%+v, %v", u, err)
	}
	again, err := c.UserByDN(context.Background(), "UID=Alice, OU=people,dc=EXAMPLE,dc=org")
	if err != nil || again.Name != "alice" {
		t.Errorf("by another spelling of the DN: %+v, %v", again, err)
	}
	for _, dn := range []string{"", "alice", service, cnDN("devs"), uidDN("gone"), "uid=alice,ou=people,dc=example,dc=com", people} {
		if u, err := c.UserByDN(context.Background(), dn); !errors.Is(err, ErrNoUser) {
			t.Errorf("%q: %+v, %v", dn, u, err)
		}
	}
}

// TestNothingIsSent: these are refused before there is any traffic.
func TestNothingIsSent(t *testing.T) {
	f := startFake(t)
	c := mustNew(t, settingsFor(f.url()))
	ctx := context.Background()
	for _, name := range []string{"", "a\x00b", "a\nb", "a\u0085b", "a\xffb", strings.Repeat("a", 257)} {
		if _, err := c.User(ctx, name); !errors.Is(err, ErrName) {
			t.Errorf("User(%q): %v", name, err)
		}
		if _, err := c.Group(ctx, name); !errors.Is(err, ErrNoGroup) {
			t.Errorf("Group(%q): %v", name, err)
		}
		if _, err := c.Members(ctx, name); !errors.Is(err, ErrNoGroup) {
			t.Errorf("Members(%q): %v", name, err)
		}
	}
	if err := c.Bind(ctx, User{DN: uidDN("alice"), Name: "alice"}, ""); !errors.Is(err, ErrPassword) {
		t.Errorf("empty password: %v", err)
	}
	if err := c.Bind(ctx, User{}, "secret"); !errors.Is(err, ErrDenied) {
		t.Errorf("nobody's bind: %v", err)
	}
	if _, err := c.GroupsOf(ctx, User{}); !errors.Is(err, ErrDenied) {
		t.Errorf("nobody's groups: %v", err)
	}
	if n := f.connections(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestEscaping looks at what a server gets to see.
func TestEscaping(t *testing.T) {
	f := startFake(t)
	c := mustNew(t, settingsFor(f.url()))
	const name = `a*)(uid=b\%USER%%GROUP%ü`
	const want = `a\2a\29\28uid=b\5c%USER%%GROUP%\c3\bc`
	_, _ = c.User(context.Background(), name)
	_, _ = c.Group(context.Background(), name)
	_, _ = c.GroupsOf(context.Background(), User{DN: "uid=" + ldap.EscapeDN(name) + "," + people, Name: name})
	searches := f.requests("search")
	if len(searches) != 3 {
		t.Fatalf("%d searches", len(searches))
	}
	for _, r := range searches {
		filter := strings.ReplaceAll(r.filter, `\5c\5c`, `\5c`) // a DN has a backslash escaped already
		if !strings.Contains(filter, want) {
			t.Errorf("filter on the wire: %s", r.filter)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	f := startFake(t, func(f *fake) {
		twin := person("alice")
		twin.dn = "uid=alice,ou=guests," + people
		for _, ou := range []string{"a", "b", "c"} { // more than the search asks for
			third := person("carol")
			third.dn = "uid=carol,ou=" + ou + "," + people
			f.entries = append(f.entries, third)
		}
		several := person("dora")
		several.dn = "cn=dora," + people
		several.attrs["uid"] = []string{"dora", "dorothea"}
		inDN := person("fred")
		inDN.attrs["uid"] = []string{"frederick", "fred"}
		noName := person("gina")
		noName.dn = "cn=gina," + people
		noName.attrs = map[string][]string{"objectClass": {"person"}, "mail": {"gina@example.org"}}
		f.entries = append(f.entries, twin, several, inDN, noName)
	})
	cfg := settingsFor(f.url())
	cfg.UserFilter = "(|(uid=%USER%)(mail=%USER%))"
	c := mustNew(t, cfg)
	for name, want := range map[string]error{"alice": ErrAmbiguous, "carol": ErrAmbiguous, "dora": ErrAmbiguous, "dorothea": ErrAmbiguous, "gina@example.org": ErrConfiguration} {
		if u, err := c.User(context.Background(), name); !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
	for _, name := range []string{"frederick", "fred", "FRED@example.org"} {
		if u, err := c.User(context.Background(), name); err != nil || u.Name != "fred" {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
}

// TestNameOfSomebodyElse: who is found by one attribute and named by another
// must be the only one with the name.
func TestNameOfSomebodyElse(t *testing.T) {
	f := startFake(t, func(f *fake) {
		mallory := person("alice")
		mallory.dn, mallory.attrs["mail"], mallory.attrs["userPassword"] = "cn=mallory,"+people, []string{"mallory@example.org"}, []string{"evil"}
		f.entries = append(f.entries, mallory)
	})
	cfg := settingsFor(f.url())
	cfg.UserFilter = "(mail=%USER%)"
	c := mustNew(t, cfg)
	for _, mail := range []string{"mallory@example.org", "alice@example.org"} {
		if u, err := c.User(context.Background(), mail); !errors.Is(err, ErrAmbiguous) {
			t.Errorf("%s: %+v, %v", mail, u, err)
		}
	}
	// Who is meant by his DN is meant, whatever he is called.
	if u, err := c.UserByDN(context.Background(), "cn=mallory,"+people); err != nil || u.DN != "cn=mallory,"+people {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err := c.User(context.Background(), "bob@example.org"); err != nil || u.Name != "bob" {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestBindCodes: what a server answers to a user's bind is a refusal, a fault of
// the settings, or an outage, and never success.
func TestBindCodes(t *testing.T) {
	kinds := map[uint16]error{
		49: ErrWrongPassword, 19: ErrLocked, 53: ErrLocked, 48: ErrLocked, 50: ErrLocked, 32: ErrNoUser, 34: ErrNoUser,
		8: ErrConfiguration, 13: ErrConfiguration, 7: ErrConfiguration, 10: ErrConfiguration,
		51: ErrUnavailable, 52: ErrUnavailable, 3: ErrUnavailable, 80: ErrUnavailable, 1: ErrUnavailable, 2: ErrUnavailable, 14: ErrUnavailable, 123: ErrUnavailable, 200: ErrUnavailable, 206: ErrUnavailable,
	}
	for code, want := range kinds {
		f := startFake(t, func(f *fake) {
			f.hook = func(r request) action {
				if r.op == "bind" && r.dn != service {
					return action{code: code, text: "line one\nline two"}
				}
				return action{}
			}
		})
		c := mustNew(t, settingsFor(f.url()))
		_, err := login(c, "alice", "pw-alice")
		if !errors.Is(err, want) || errors.Is(err, ErrDenied) != errors.Is(want, ErrDenied) {
			t.Errorf("code %d: %v", code, err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("code %d: a server's line break is in the error: %q", code, err)
		}
	}
}

// TestServiceCodes: what goes wrong for the service account is never a refusal.
func TestServiceCodes(t *testing.T) {
	for code, want := range map[uint16]error{
		49: ErrConfiguration, 50: ErrConfiguration, 32: ErrConfiguration, 34: ErrConfiguration, 10: ErrConfiguration, 11: ErrConfiguration,
		13: ErrConfiguration, 1: ErrConfiguration, 53: ErrConfiguration, 51: ErrUnavailable, 52: ErrUnavailable, 3: ErrUnavailable, 80: ErrUnavailable,
	} {
		for _, op := range []string{"bind", "search"} {
			f := startFake(t, func(f *fake) {
				f.hook = func(r request) action {
					if r.op == op {
						return action{code: code}
					}
					return action{}
				}
			})
			c := mustNew(t, settingsFor(f.url()))
			if _, err := c.User(context.Background(), "alice"); !errors.Is(err, want) || errors.Is(err, ErrDenied) {
				t.Errorf("%s, code %d: %v", op, code, err)
			}
			if _, err := c.Group(context.Background(), "devs"); !errors.Is(err, want) || errors.Is(err, ErrNoGroup) {
				t.Errorf("%s of a group, code %d: %v", op, code, err)
			}
		}
	}
}

// TestAttackE14Referrals: another server that an answer names is not asked, with the service's password or a
// user's, whatever answer that is. One that is named beside the entries is no answer.
func TestAttackE14Referrals(t *testing.T) {
	trap := startFake(t)
	for _, op := range []string{"the service's bind", "search", "the user's bind"} {
		f := startFake(t, func(f *fake) {
			f.hook = func(r request) action {
				if r.op == "search" && op == r.op || r.op == "bind" && (r.dn == service) == (op == "the service's bind") && op != "search" {
					return action{code: 10, refer: trap.url() + "/dc=corp"}
				}
				return action{}
			}
		})
		if _, err := login(mustNew(t, settingsFor(f.url())), "alice", "pw-alice"); err == nil {
			t.Errorf("%s: a referral let alice in", op)
		}
	}
	f := startFake(t, func(f *fake) { f.elsewhere = trap.url() + "/ou=people,dc=corp" })
	c := mustNew(t, settingsFor(f.url()))
	if _, err := login(c, "alice", "pw-alice"); err != nil {
		t.Errorf("a reference beside the entry keeps alice out: %v", err)
	}
	if _, err := login(c, "nobody", "pw-alice"); err == nil {
		t.Error("a reference alone let somebody in")
	}
	if n := trap.connections(); n != 0 {
		t.Errorf("%d connections to the server that was referred to", n)
	}
}

// TestBindStaysApart: searches go on as the service account after users' binds.
func TestBindStaysApart(t *testing.T) {
	f := startFake(t)
	c := mustNew(t, settingsFor(f.url()))
	for range 3 {
		if _, err := login(c, "alice", "pw-alice"); err != nil {
			t.Fatal(err)
		}
		_, _ = login(c, "bob", "wrong")
	}
	bound := map[int]string{}
	for _, r := range f.requests("") {
		switch {
		case r.op == "bind" && bound[r.conn] != "":
			t.Errorf("connection %d was bound twice: %s, %s", r.conn, bound[r.conn], r.dn)
		case r.op == "bind":
			bound[r.conn] = r.dn
		case r.op == "search" && bound[r.conn] != service:
			t.Errorf("a search was sent as %s", bound[r.conn])
		}
	}
	if n := f.connections(); n != 7 {
		t.Errorf("%d connections, 7 expected: one for searches, six for binds", n)
	}
}

// TestRefusedServiceIsNotRepeated: each failed bind counts towards a lockout.
func TestRefusedServiceIsNotRepeated(t *testing.T) {
	f := startFake(t)
	cfg := settingsFor(f.url(), startFake(t).url())
	cfg.BindPassword = "wrong"
	c := mustNew(t, cfg)
	for range 5 {
		if _, err := c.User(context.Background(), "alice"); !errors.Is(err, ErrConfiguration) || !strings.Contains(err.Error(), service) {
			t.Fatal(err)
		}
	}
	if n := len(f.requests("bind")); n != 1 {
		t.Errorf("%d binds with a password that was refused", n)
	}
}
