package directory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/security/authn"
	"github.com/lxdb/lxdb/security/directory"
	"github.com/lxdb/lxdb/security/ldapclient"
	"github.com/lxdb/lxdb/security/principal"
)

// change edits the record of an account, as ALTER USER does.
func (w *world) change(id principal.ID, edit func(*catalog.Principal)) {
	w.Helper()
	if err := w.engine.Catalog().Update(context.Background(), func(tx *catalog.Tx) error {
		p := tx.PrincipalByID(id).Clone()
		edit(p)
		return tx.PutPrincipal(p)
	}); err != nil {
		w.Fatal(err)
	}
}

// Two people of the company can have names that fold into one here. The account
// is the one's whose name it has; the other is nobody, in groups too.
func TestNamesThatFold(t *testing.T) {
	w := newWorld(t, directory.Settings{AutoCreate: true, CacheTTL: time.Minute, RequireGroups: []string{"GROSSTEAM"}})
	w.company.set(func(c *company) {
		for _, name := range []string{"strauss", "strauß", "ｓtrauss", "mass"} {
			c.entries["uid="+name] = &entry{name: name, password: "pw-" + name}
		}
		c.groups["Grossteam"] = []string{"strauss", "strauß", "ｓtrauss", "mass"}
		c.groups["Großhandel"] = []string{"mass"}
	})
	w.group("grosshandel")
	w.login("STRAUSS", "pw-strauss", nil)
	for _, name := range []string{"strauß", "ｓtrauss"} {
		w.login(name, "pw-"+name, directory.ErrNotOurs)
	}
	w.login("mass", "pw-mass", nil)
	w.groupsOf("mass")

	strauss := w.engine.Catalog().Snapshot().Principal("strauss").ID
	w.open = []principal.ID{strauss}
	before := w.engine.Catalog().Snapshot().PrincipalByID(strauss).Epoch
	w.company.set(func(c *company) {
		delete(c.entries, "uid=strauss")
		c.entries["uid=strauß"].aliases = []string{"strauss"}
	})
	w.later(2 * time.Minute)
	if w.engine.Catalog().Snapshot().PrincipalByID(strauss).Epoch == before {
		t.Error("the sessions of strauss go on as those of strauß")
	}

	w.company.set(func(c *company) { c.groups["Großteam"] = []string{"mass"}; delete(c.groups, "Grossteam") })
	w.now = w.now.Add(2 * time.Minute)
	w.login("mass", "pw-mass", directory.ErrNotInGroup)
}

// An account that names its entry by a name is the entry's of that name, not of
// one that the filter finds by something else.
func TestPinnedNameIsNoAlias(t *testing.T) {
	w := newWorld(t, directory.Settings{})
	id := w.outside("hopper")
	w.change(id, func(p *catalog.Principal) { p.DirectoryName = "grace" })
	w.company.set(func(c *company) { c.entries["uid=sam,ou=people"].aliases = []string{"grace"} })
	w.login("hopper", "pw-sam", ldapclient.ErrNoUser)
	w.company.set(func(c *company) {
		c.entries["uid=sam,ou=people"].aliases = nil
		c.entries["uid=grace"] = &entry{name: "Grace", password: "pw-grace"}
	})
	w.now = w.now.Add(time.Minute)
	w.login("hopper", "pw-grace", nil)
}

// What was read for an account does not count once it is another's.
func TestGroupsOfAChangedAccount(t *testing.T) {
	for name, edit := range map[string]func(*catalog.Principal){
		"local":   func(p *catalog.Principal) { p.Plugin = "" },
		"pinned":  func(p *catalog.Principal) { p.DirectoryName = "sam" },
		"renamed": func(p *catalog.Principal) { p.Name = "sam" },
	} {
		w := newWorld(t, directory.Settings{})
		id := w.outside("ann")
		w.group("finance")
		w.login("ann", "pw-ann", nil)
		w.groupsOf("ann", "finance")
		w.change(id, edit)
		w.groupsOf(w.engine.Catalog().Snapshot().PrincipalByID(id).Name)
		if got := w.dir.Groups(id); got != nil {
			t.Errorf("%s: groups %q", name, got)
		}
		if a, live := w.dir.Live("ann"); live {
			t.Errorf("%s: may log in by a scramble: %+v", name, a)
		}
		if a, live := w.dir.Live("sam"); live {
			t.Errorf("%s: may log in by a scramble: %+v", name, a)
		}
	}
}

// halfBroken is a company with entries that cannot be read.
type halfBroken struct {
	*company
	broken map[string]bool
	asked  map[string]int
}

func (c *halfBroken) User(ctx context.Context, name string) (ldapclient.User, error) {
	c.asked[name]++
	if c.broken[name] {
		return ldapclient.User{}, fmt.Errorf("%w: no uid", ldapclient.ErrConfiguration)
	}
	return c.company.User(ctx, name)
}

// Entries that the directory does not answer for do not keep it from being
// asked about the others.
func TestEveryoneHasATurn(t *testing.T) {
	w := newWorld(t, directory.Settings{})
	c := &halfBroken{w.company, map[string]bool{}, map[string]int{}}
	ctx := context.Background()
	d, err := directory.New(ctx, directory.Options{
		Client: c, Catalog: w.engine.Catalog(), Accounts: w.engine.Accounts(), Local: w.engine.Directory(),
		Settings: directory.Settings{CacheTTL: 8 * time.Second},
		LoggedIn: func() []principal.ID { return w.open }, Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		name := fmt.Sprintf("broken%d", i)
		c.broken[name] = true
		w.open = append(w.open, w.outside(name))
	}
	w.open = append(w.open, w.outside("sam"))
	for range 100 { // as Run does, eight times in CacheTTL
		w.now = w.now.Add(time.Second)
		d.RefreshDue(ctx)
	}
	if c.asked["sam"] < 3 {
		t.Errorf("sam was looked up %d times in 100 s; of the broken ones %v", c.asked["sam"], c.asked)
	}
}

// A password that is proved while the account becomes another entry's is not that
// account's any more.
func TestChangeDuringLogin(t *testing.T) {
	w := newWorld(t, directory.Settings{})
	id := w.outside("ann")
	c := &changing{w.company, func() { w.change(id, func(p *catalog.Principal) { p.DirectoryName = "sam" }) }}
	d, err := directory.New(context.Background(), directory.Options{
		Client: c, Catalog: w.engine.Catalog(), Accounts: w.engine.Accounts(), Local: w.engine.Directory(),
		LoggedIn: func() []principal.ID { return nil }, Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	a := authn.New(authn.Options{Directory: d})
	if _, err := a.Login(context.Background(), authn.Attempt{User: "ann", Password: "pw-ann"}); !errors.Is(err, authn.ErrRefused) {
		t.Errorf("the login went on: %v", err)
	}
}

type changing struct {
	*company
	during func()
}

func (c *changing) Bind(ctx context.Context, u ldapclient.User, password string) error {
	c.during()
	return c.company.Bind(ctx, u, password)
}

// Groups that were read for an entry do not reach the account when it has become
// another entry's meanwhile.
func TestChangeDuringRefresh(t *testing.T) {
	w := newWorld(t, directory.Settings{CacheTTL: time.Minute})
	id := w.outside("ann")
	w.group("finance", "staff")
	w.open = []principal.ID{id}
	c := &regrouping{w.company, func() { w.change(id, func(p *catalog.Principal) { p.DirectoryName = "sam" }) }}
	d, err := directory.New(context.Background(), directory.Options{
		Client: c, Catalog: w.engine.Catalog(), Accounts: w.engine.Accounts(), Local: w.engine.Directory(),
		LoggedIn: func() []principal.ID { return w.open }, Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Minute)
	d.RefreshDue(context.Background())
	w.groupsOf("ann")
	if got := d.Groups(id); got != nil {
		t.Errorf("groups %q of another entry", got)
	}
	w.now = w.now.Add(time.Minute)
	d.RefreshDue(context.Background())
	w.groupsOf("ann", "staff")
}

type regrouping struct {
	*company
	during func()
}

func (c *regrouping) GroupsOf(ctx context.Context, u ldapclient.User) (ldapclient.Groups, error) {
	c.during()
	return c.company.GroupsOf(ctx, u)
}

// A group that somebody made elsewhere in the directory does not count for one of
// the same name.
func TestGroupsOfOneName(t *testing.T) {
	w := newWorld(t, directory.Settings{CacheTTL: time.Minute, RequireGroups: []string{"staff"}})
	ann := w.outside("ann")
	w.group("finance")
	c := &namesakes{company: w.company, names: map[string]bool{}}
	d, err := directory.New(context.Background(), directory.Options{
		Client: c, Catalog: w.engine.Catalog(), Accounts: w.engine.Accounts(), Local: w.engine.Directory(),
		Settings: directory.Settings{CacheTTL: time.Minute, RequireGroups: []string{"staff"}},
		LoggedIn: func() []principal.ID { return []principal.ID{ann} }, Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.dir = d
	w.login("ann", "pw-ann", nil)
	w.groupsOf("ann", "finance")
	asked := c.asked
	w.login("ann", "pw-other", ldapclient.ErrWrongPassword)
	w.later(30 * time.Second)
	if c.asked != asked {
		t.Errorf("looked up %d times within CacheTTL", c.asked)
	}
	c.names["finance"] = true
	w.later(time.Minute)
	w.groupsOf("ann")
	delete(c.names, "finance")
	w.later(time.Minute)
	w.groupsOf("ann", "finance")
	c.names["staff"] = true
	w.now = w.now.Add(2 * time.Minute)
	w.login("ann", "pw-ann", directory.ErrNotInGroup)
}

// namesakes is a company in which several groups have the same name.
type namesakes struct {
	*company
	names map[string]bool
	asked int
}

func (c *namesakes) Group(ctx context.Context, name string) (string, error) {
	c.asked++
	if c.names[name] {
		return "", ldapclient.ErrSeveral
	}
	return c.company.Group(ctx, name)
}

// A locked account and a group take the same questions as a wrong password, and a
// second try is answered from memory like any other: time does not tell them apart.
func TestRefusalsTakeTheSameWork(t *testing.T) {
	w := newWorld(t, directory.Settings{})
	w.outside("ann")
	w.change(w.outside("sam"), func(p *catalog.Principal) { p.Locked = true })
	w.group("finance")
	c := &halfBroken{w.company, map[string]bool{}, map[string]int{}}
	d, err := directory.New(context.Background(), directory.Options{
		Client: c, Catalog: w.engine.Catalog(), Accounts: w.engine.Accounts(), Local: w.engine.Directory(), DecoyDN: "cn=decoy",
		LoggedIn: func() []principal.ID { return nil }, Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "sam", "finance", "nobody"} {
		for try, want := range []int{1, 0} {
			c.asked[name] = 0
			if _, err := d.Verify(context.Background(), name, "wrong"); err == nil {
				t.Errorf("%s got in", name)
			}
			if binds := len(w.company.bound()); c.asked[name] != want || binds != want {
				t.Errorf("%s, try %d: %d searches and %d binds, %d expected", name, try, c.asked[name], binds, want)
			}
		}
	}
	w.change(w.engine.Catalog().Snapshot().Principal("sam").ID, func(p *catalog.Principal) { p.Locked = false })
	w.dir = d
	w.login("sam", "pw-sam", nil)
}
