package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/directory"
	"github.com/lxdb/lxdb/security/ldapclient"
	"github.com/lxdb/lxdb/security/principal"
)

// company is a directory in memory: the entries by DN.
type company struct {
	mu      sync.Mutex
	entries map[string]*entry
	groups  map[string][]string // members' names by group
	down    error
	binds   []string // DNs, in order
}

type entry struct {
	name, password string
	aliases        []string
	uuid           string
}

func newCompany() *company {
	return &company{
		entries: map[string]*entry{
			"uid=ann,ou=people":  {name: "ann", password: "pw-ann", aliases: []string{"ann@example.org"}},
			"uid=sam,ou=people":  {name: "sam", password: "pw-sam"},
			"uid=root,ou=people": {name: "root", password: "pw-evil"},
			"uid=bob,ou=people":  {name: "bob", password: "pw-company-bob"},
		},
		groups: map[string][]string{"finance": {"ann"}, "staff": {"ann", "sam"}},
	}
}

func (c *company) find(match func(dn string, e *entry) bool) (ldapclient.User, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return ldapclient.User{}, c.down
	}
	for dn, e := range c.entries {
		if match(dn, e) {
			u := ldapclient.User{DN: dn, Name: e.name}
			if e.uuid != "" {
				u.Attributes = map[string][]string{"entryUUID": {e.uuid}}
			}
			return u, nil
		}
	}
	return ldapclient.User{}, ldapclient.ErrNoUser
}

func (c *company) User(_ context.Context, name string) (ldapclient.User, error) {
	return c.find(func(_ string, e *entry) bool {
		return strings.EqualFold(e.name, name) || slices.Contains(e.aliases, name)
	})
}

func (c *company) UserByDN(_ context.Context, dn string) (ldapclient.User, error) {
	return c.find(func(have string, _ *entry) bool { return have == dn })
}

func (c *company) Bind(_ context.Context, u ldapclient.User, password string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.binds = append(c.binds, u.DN)
	if e := c.entries[u.DN]; c.down == nil && (e == nil || e.password != password) {
		return ldapclient.ErrWrongPassword
	}
	return c.down
}

func (c *company) GroupsOf(_ context.Context, u ldapclient.User) (ldapclient.Groups, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var g ldapclient.Groups
	for name, members := range c.groups {
		if slices.Contains(members, u.Name) {
			g.Names = append(g.Names, name)
		}
	}
	slices.Sort(g.Names)
	return g, c.down
}

func (c *company) Group(_ context.Context, name string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for g := range c.groups {
		if strings.EqualFold(g, name) {
			return g, c.down
		}
	}
	return "", errors.Join(ldapclient.ErrNoGroup, c.down)
}

func (c *company) Members(_ context.Context, group string) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.groups[group]; !ok {
		return nil, ldapclient.ErrNoGroup
	}
	return c.groups[group], c.down
}

func (c *company) set(change func(*company)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *company) bound() (dns []string) {
	c.set(func(c *company) { dns, c.binds = c.binds, nil })
	return dns
}

// world is an engine in memory with the company's directory before it.
type world struct {
	*testing.T
	engine  *engine.Engine
	company *company
	dir     *directory.Directory
	now     time.Time
	open    []principal.ID
}

func newWorld(t *testing.T, s directory.Settings) *world {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{InMemory: true, RootPassword: "pw-root", Hash: authn.Params{MemoryKiB: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	w := &world{T: t, engine: e, company: newCompany(), now: time.Unix(1_800_000_000, 0)}
	w.dir, err = directory.New(ctx, directory.Options{
		Client: w.company, Catalog: e.Catalog(), Accounts: e.Accounts(), Local: e.Directory(), Settings: s,
		LoggedIn: func() []principal.ID { return w.open }, Now: func() time.Time { return w.now }, DecoyDN: "cn=decoy",
	})
	if err != nil {
		t.Fatal(err)
	}
	e.UseOutside(w.dir)
	return w
}

func (w *world) outside(name string) principal.ID {
	w.Helper()
	if err := w.engine.Accounts().AddOutsideUser(context.Background(), name); err != nil {
		w.Fatal(err)
	}
	return w.engine.Catalog().Snapshot().Principal(name).ID
}

func (w *world) group(names ...string) {
	w.Helper()
	mapped := map[string][]string{}
	for _, name := range names {
		mapped[name] = nil
	}
	if _, err := w.engine.Accounts().MapOutsideGroups(context.Background(), mapped); err != nil {
		w.Fatal(err)
	}
}

func (w *world) login(name, password string, want error) {
	w.Helper()
	if account, err := w.dir.Verify(context.Background(), name, password); !errors.Is(err, want) || (err == nil) == (account.ID == 0) {
		w.Errorf("login of %s: %+v, %v; %v expected", name, account, err, want)
	}
}

func (w *world) groupsOf(name string, want ...string) {
	w.Helper()
	snap := w.engine.Catalog().Snapshot()
	var have []string
	for _, id := range snap.Held(snap.Principal(name).ID, false) {
		have = append(have, snap.PrincipalByID(id).Name)
	}
	slices.Sort(have)
	if !slices.Equal(have, want) {
		w.Errorf("%s is in %q, %q expected", name, have, want)
	}
}

func TestWhoMayLogIn(t *testing.T) {
	w := newWorld(t, directory.Settings{})
	ctx := context.Background()
	w.outside("ann")
	w.group("finance")
	if err := w.engine.Accounts().CreateUser(ctx, w.engine.Root(), "bob", "pw-bob", nil); err != nil {
		t.Fatal(err)
	}
	w.login("ann", "pw-ann", nil)
	w.groupsOf("ann", "finance")
	if got := w.dir.Groups(w.engine.Catalog().Snapshot().Principal("ann").ID); !slices.Equal(got, []string{"finance", "staff"}) {
		t.Errorf("groups %q", got)
	}
	w.login("ANN", "pw-ann", nil)
	w.login("ann", "wrong", ldapclient.ErrWrongPassword)
	w.login("sam", "pw-sam", directory.ErrNoAccount)
	w.company.bound()
	w.login("nobody", "x", ldapclient.ErrNoUser)
	if got := w.company.bound(); !slices.Equal(got, []string{"cn=decoy"}) {
		t.Errorf("the work for an unknown name: binds as %q", got)
	}
	// The database's own users are asked for here and nowhere else.
	w.login("root", "pw-root", nil)
	w.login("root", "pw-evil", authn.ErrWrongPassword)
	w.login("bob", "pw-bob", directory.ErrNoFallback)
	w.login("bob", "pw-company-bob", authn.ErrWrongPassword)
	if got := w.company.bound(); len(got) > 0 {
		t.Errorf("passwords of local users went to the directory: %q", got)
	}
	if _, live := w.dir.Live("bob"); live {
		t.Error("bob may log in by a scramble")
	}
	if _, live := w.dir.Live("root"); !live {
		t.Error("root may not log in by a scramble")
	}
	if err := w.engine.Accounts().LockUser(ctx, w.engine.Root(), "ann"); err != nil {
		t.Fatal(err)
	}
	w.login("ann", "pw-ann", authn.ErrLocked)
	if got := w.company.bound(); !slices.Equal(got, []string{"cn=decoy"}) {
		t.Errorf("the password of a locked user went to the directory: %q", got)
	}
}

// The directory's spelling of a name decides, and no entry takes over an account
// that is somebody else's.
func TestNamesAreTheDirectorys(t *testing.T) {
	w := newWorld(t, directory.Settings{AutoCreate: true})
	w.login("ann@example.org", "pw-ann", nil)
	if p := w.engine.Catalog().Snapshot().Principal("ann"); p == nil || !p.Outside() {
		t.Fatalf("account %+v", p)
	}
	if w.engine.Catalog().Snapshot().Principal("ann@example.org") != nil {
		t.Error("what the client typed became an account")
	}
	if a, live := w.dir.Live("ann@example.org"); !live || a.Name != "ann" {
		t.Errorf("the other name right after the login: %+v, %v", a, live)
	}
	w.company.set(func(c *company) { c.entries["uid=root,ou=people"].aliases = []string{"boss", "ann2"} })
	w.login("boss", "pw-evil", directory.ErrNotOurs)
	if err := w.engine.Accounts().CreateGroup(context.Background(), w.engine.Root(), "sam", nil, nil); err != nil {
		t.Fatal(err)
	}
	w.login("sam", "pw-sam", authn.ErrNotAUser)
}

// Another entry under the name or the DN of an earlier one is another person.
func TestAnotherEntryOfTheName(t *testing.T) {
	w := newWorld(t, directory.Settings{AutoCreate: true, CacheTTL: time.Minute, NegativeTTL: time.Second})
	const one, two = "6A2F41A3-c54c-4ce8-9a5e-3d1c2b0f7e11", "0f8fad5b-d9cb-469f-a165-70867728950e"
	be := func(uuid string) {
		w.company.set(func(c *company) { c.entries["uid=ann,ou=people"].uuid = uuid })
		w.now = w.now.Add(2 * time.Minute)
	}
	w.login("ann", "pw-ann", nil) // of before, or of a directory without any
	be(one)
	w.login("ann", "pw-ann", nil)
	be(strings.ToLower(one))
	w.login("ann", "pw-ann", nil)
	p := w.engine.Catalog().Snapshot().Principal("ann")
	if p.DirectoryUUID != strings.ToLower(one) {
		t.Errorf("%q is kept", p.DirectoryUUID)
	}
	be(two)
	w.login("ann", "pw-ann", directory.ErrOtherEntry)
	be("")
	w.login("ann", "pw-ann", directory.ErrOtherEntry)
	be(two)
	w.change(p.ID, func(p *catalog.Principal) { p.DirectoryUUID = "" }) // as ALTER USER does
	if now := w.engine.Catalog().Snapshot().Principal("ann"); now.Epoch == p.Epoch {
		t.Error("sessions of the former entry go on")
	}
	w.login("ann", "pw-ann", nil)
	if now := w.engine.Catalog().Snapshot().Principal("ann"); now.ID != p.ID || now.DirectoryUUID != two {
		t.Errorf("%+v", now)
	}
}

// An entry whose name is a form of names here makes no account: people may name themselves there.
func TestNamesThatAreForms(t *testing.T) {
	w := newWorld(t, directory.Settings{AutoCreate: true})
	for i, name := range []string{"ldapGroup:finance", "LDAPGROUP:x", "@x", "PUBLIC"} {
		dn := fmt.Sprintf("uid=n%d", i)
		w.company.set(func(c *company) { c.entries[dn] = &entry{name: name, password: "pw-n"} })
		if a, err := w.dir.Verify(context.Background(), name, "pw-n"); err == nil {
			t.Errorf("%s logged in as %+v", name, a)
		}
		if p := w.engine.Catalog().Snapshot().Principal(name); p != nil && p.Kind == catalog.KindUser {
			t.Errorf("%s is an account: %+v", name, p)
		}
	}
}

// An account can name its entry; then only that entry proves it, and the entry
// proves no other.
func TestPinnedEntry(t *testing.T) {
	w := newWorld(t, directory.Settings{AutoCreate: true})
	id := w.outside("hopper")
	pin := func(name string) {
		t.Helper()
		if err := w.engine.Catalog().Update(context.Background(), func(tx *catalog.Tx) error {
			p := tx.PrincipalByID(id).Clone()
			p.DirectoryName = name
			return tx.PutPrincipal(p)
		}); err != nil {
			t.Fatal(err)
		}
	}
	pin("uid=ann,ou=people")
	w.login("hopper", "pw-ann", nil)
	w.login("hopper", "pw-sam", ldapclient.ErrWrongPassword)
	pin("sam")
	w.login("hopper", "pw-ann", ldapclient.ErrWrongPassword)
	w.login("hopper", "pw-sam", nil)
	w.company.set(func(c *company) {
		c.entries["uid=h"] = &entry{name: "hopper", password: "pw-h", aliases: []string{"grace"}}
	})
	w.login("grace", "pw-h", directory.ErrNotOurs)
}

func TestRequiredGroup(t *testing.T) {
	w := newWorld(t, directory.Settings{AutoCreate: true, RequireGroups: []string{"Finance"}})
	w.login("ann", "pw-ann", nil)
	w.login("sam", "pw-sam", directory.ErrNotInGroup)
	if w.engine.Catalog().Snapshot().Principal("sam") != nil {
		t.Error("a user who may not log in got an account")
	}
}

// A password counts for CacheTTL without asking, a refusal for NegativeTTL, and
// an outage not at all.
func TestWhatIsRemembered(t *testing.T) {
	w := newWorld(t, directory.Settings{CacheTTL: time.Minute, NegativeTTL: 10 * time.Second})
	w.outside("ann")
	outage := fmt.Errorf("%w: test", ldapclient.ErrUnavailable)
	w.company.set(func(c *company) { c.down = outage })
	w.login("ann", "pw-ann", ldapclient.ErrUnavailable)
	w.company.set(func(c *company) { c.down = nil })
	w.login("ann", "wrong", ldapclient.ErrWrongPassword)
	w.login("ann", "pw-ann", nil)
	w.company.bound()
	w.login("ann", "pw-ann", nil)
	w.login("ann", "wrong", ldapclient.ErrWrongPassword)
	if got := w.company.bound(); len(got) > 0 {
		t.Errorf("asked again: %q", got)
	}
	w.login("ann", "wrong too", ldapclient.ErrWrongPassword)
	if got := w.company.bound(); len(got) != 1 {
		t.Errorf("another password: binds %q", got)
	}
	w.company.set(func(c *company) { c.entries["uid=ann,ou=people"].password = "wrong" })
	w.now = w.now.Add(11 * time.Second)
	w.login("ann", "wrong", nil)
	w.login("ann", "pw-ann", ldapclient.ErrWrongPassword) // the newer proof replaced it
	w.company.set(func(c *company) { c.down = outage })
	w.now = w.now.Add(50 * time.Second)
	w.login("ann", "wrong", nil)
	w.now = w.now.Add(11 * time.Second)
	if _, live := w.dir.Live("ann"); live {
		t.Error("a proof older than CacheTTL counts")
	}
	w.login("ann", "wrong", ldapclient.ErrUnavailable)
}

// run makes the background work happen once at a time of its own.
func (w *world) later(d time.Duration) {
	w.Helper()
	w.now = w.now.Add(d)
	w.dir.RefreshDue(context.Background())
}

func TestGroupsFollow(t *testing.T) {
	w := newWorld(t, directory.Settings{CacheTTL: time.Minute, StaleMax: 5 * time.Minute})
	ann := w.outside("ann")
	w.outside("sam")
	w.group("finance", "staff")
	w.login("ann", "pw-ann", nil)
	w.login("sam", "pw-sam", nil)
	w.open = []principal.ID{ann}
	w.company.set(func(c *company) { c.groups = map[string][]string{"staff": {"ann"}, "finance": nil} })
	w.later(30 * time.Second)
	w.groupsOf("ann", "finance", "staff")
	w.later(31 * time.Second)
	w.groupsOf("ann", "staff")
	w.groupsOf("sam", "staff") // without a session it takes ten times as long
	w.later(9 * time.Minute)
	w.groupsOf("sam")

	outage := fmt.Errorf("%w: test", ldapclient.ErrUnavailable)
	w.company.set(func(c *company) { c.down = outage })
	w.later(5 * time.Minute)
	w.groupsOf("ann", "staff")
	w.later(2 * time.Minute)
	w.groupsOf("ann")
	if got := w.dir.Groups(ann); got != nil {
		t.Errorf("stale groups %q", got)
	}
	w.company.set(func(c *company) { c.down = nil })
	w.later(time.Minute)
	w.groupsOf("ann", "staff")

	epoch := w.engine.Catalog().Snapshot().PrincipalByID(ann).Epoch
	w.company.set(func(c *company) { delete(c.entries, "uid=ann,ou=people") })
	w.later(2 * time.Minute)
	w.groupsOf("ann")
	if w.engine.Catalog().Snapshot().PrincipalByID(ann).Epoch == epoch {
		t.Error("the sessions of a user who left the company go on")
	}
}

func TestRefreshGroup(t *testing.T) {
	w := newWorld(t, directory.Settings{})
	w.outside("ann")
	w.outside("sam")
	w.group("finance")
	ctx := context.Background()
	if err := w.dir.Refresh(ctx, "finance"); err != nil {
		t.Fatal(err)
	}
	w.groupsOf("ann", "finance")
	w.company.set(func(c *company) { c.groups["finance"] = []string{"sam", "root", "bob"} })
	if err := w.dir.Refresh(ctx, "finance"); err != nil {
		t.Fatal(err)
	}
	w.groupsOf("ann")
	w.groupsOf("sam", "finance")
	w.groupsOf("root") // the company's root is not ours
	w.company.set(func(c *company) { c.down = ldapclient.ErrUnavailable })
	if err := w.dir.Refresh(ctx, "finance"); !errors.Is(err, ldapclient.ErrUnavailable) {
		t.Errorf("during an outage: %v", err)
	}
	w.groupsOf("sam", "finance")
	w.company.set(func(c *company) { c.down = nil; delete(c.groups, "finance") })
	if err := w.dir.Refresh(ctx, "finance"); err != nil {
		t.Fatal(err)
	}
	w.groupsOf("sam")
	if name, err := w.dir.Group(ctx, "finance"); name != "" || err != nil {
		t.Errorf("a group that is gone: %q, %v", name, err)
	}
	if name, err := w.dir.Group(ctx, "STAFF"); name != "staff" || err != nil {
		t.Errorf("a group by another spelling: %q, %v", name, err)
	}
}

func TestSettings(t *testing.T) {
	var s directory.Settings
	for _, kv := range [][2]string{
		{"ldap-cache-ttl", "30s"}, {"ldap-auto-create", "true"}, {"ldap-require-group", "a"}, {"ldap-require-group", "b"},
		{"ldap-role-map", "cn=x=readers"}, {"ldap-fallback-local", "admin"}, {"ldap-stale-max", "1h"}, {"ldap-negative-ttl", "1s"},
	} {
		if known, err := s.Set(kv[0], kv[1]); !known || err != nil {
			t.Errorf("%s: %v %v", kv, known, err)
		}
	}
	if !s.AutoCreate || len(s.RequireGroups) != 2 || !slices.Equal(s.RoleMap["cn=x"], []string{"readers"}) || s.CacheTTL != 30*time.Second {
		t.Errorf("%+v", s)
	}
	for _, kv := range [][2]string{
		{"ldap-cache-ttl", "0"}, {"ldap-cache-ttl", "-1s"}, {"ldap-stale-max", "forever"}, {"ldap-auto-create", "maybe"}, {"ldap-role-map", "x"}, {"ldap-role-map", "=x"},
	} {
		if known, err := s.Set(kv[0], kv[1]); !known || err == nil {
			t.Errorf("%s: %v %v", kv, known, err)
		}
	}
	if known, _ := s.Set("ldap-url", "x"); known {
		t.Error("ldap-url is the client's")
	}
}
