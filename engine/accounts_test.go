package engine

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/accounts"
	"github.com/lxdb/lxdb/security/principal"
)

// What a directory server does through Accounts is what SQL shows, and the
// other way round, under the same rules.
func TestAccountsIsTheSameAsSQL(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	a, root := db.engine.Accounts(), db.engine.Root()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(a.CreateUser(ctx, root, "Noether", "pw-noether", map[string][]string{"mail": {"e@example.org"}}))
	must(a.CreateGroup(ctx, root, "algebra", []string{"noether", "tesla"}, nil))
	must(a.CreateGroup(ctx, root, "science", []string{"ALGEBRA"}, map[string][]string{"description": {"all"}}))
	db.rows("root", "SHOW GROUPS", "algebra|Noether,tesla|", "science||algebra")
	db.ok("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:science")
	db.rows("noether", "SELECT count(*) FROM einstein.t", "3")
	db.rows("noether", "SHOW DATABASES", "Noether", "einstein", "information_schema")

	must(a.RenameGroup(ctx, root, "algebra", "Abstract Algebra"))
	must(a.RenameUser(ctx, root, "noether", "EmmyNoether"))
	db.rows("noether", "SELECT CURRENT_USER_LDAP_GROUPS()", "Abstract Algebra,science")
	must(a.RemoveMembers(ctx, root, "abstract algebra", []string{"emmynoether"}))
	db.fails("noether", "SELECT count(*) FROM einstein.t", sqlerr.TableAccessDenied)
	must(a.AddMembers(ctx, root, "abstract algebra", []string{"emmynoether", "tesla"})) // tesla is in it already
	db.rows("noether", "SELECT count(*) FROM einstein.t", "3")

	db.ok("root", "ALTER GROUP science RENAME TO sciences; DROP GROUP `abstract algebra`")
	if p := db.engine.inst.Cat.Snapshot().Principal("Sciences"); p == nil || p.Attributes["description"][0] != "all" {
		t.Errorf("group is %+v", p)
	}
	must(a.DropGroup(ctx, root, "sciences"))
	db.rows("root", "SHOW GROUPS")

	open := db.as("emmynoether")
	must(a.LockUser(ctx, root, "EMMYNOETHER"))
	<-open.Done()
	must(a.UnlockUser(ctx, root, "emmynoether"))
	open = db.as("emmynoether#2")
	must(a.SetPassword(ctx, root, "emmynoether", "pw-other"))
	<-open.Done()
	must(a.DropUser(ctx, root, "emmynoether"))
	if db.engine.inst.Cat.Snapshot().Database("noether") != nil {
		t.Error("the empty home database outlived its user")
	}
}

// identity is an actor as authentication would give it.
func identity(t *testing.T, e *Engine, name string) principal.Principal {
	t.Helper()
	p := e.inst.Cat.Snapshot().Principal(name)
	if p == nil {
		t.Fatalf("there is no %s", name)
	}
	return principal.Trusted(p.ID, p.Name)
}

func TestAccountsRefusals(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	db.ok("root", "GRANT USER ADMIN TO tesla; CREATE GROUP g; CREATE GROUP strong; GRANT SYSTEM READ TO ldapGroup:strong")
	db.ok("tesla", "CREATE GROUP h")
	a := db.engine.Accounts()
	root, admin, user := db.engine.Root(), identity(t, db.engine, "tesla"), identity(t, db.engine, "mallory")
	g := db.engine.inst.Cat.Snapshot().Principal("g")
	bad := map[string][]string{"1": {"x"}}
	for _, c := range []struct {
		what string
		err  error
		want error
	}{
		{"create by nobody", a.CreateUser(ctx, principal.Principal{}, "x", "pw", nil), accounts.ErrDenied},
		{"create by a user", a.CreateUser(ctx, user, "x", "pw", nil), accounts.ErrDenied},
		{"create group by a user", a.CreateGroup(ctx, user, "x", nil, nil), accounts.ErrDenied},
		{"another's password", a.SetPassword(ctx, user, "einstein", "pw"), accounts.ErrDenied},
		{"an unknown password", a.SetPassword(ctx, user, "nosuch", "pw"), accounts.ErrDenied},
		{"own lock", a.LockUser(ctx, user, "mallory"), accounts.ErrDenied},
		{"own drop", a.DropUser(ctx, user, "mallory"), accounts.ErrDenied},
		{"own rename", a.RenameUser(ctx, user, "mallory", "root2"), accounts.ErrDenied},
		{"another's attributes", a.SetAttributes(ctx, user, "einstein", nil), accounts.ErrDenied},
		{"a group's attributes", a.SetAttributes(ctx, user, "g", nil), accounts.ErrDenied},
		{"unknown attributes", a.SetAttributes(ctx, user, "nosuch", nil), accounts.ErrDenied},
		{"join", a.AddMembers(ctx, user, "g", []string{"mallory"}), accounts.ErrDenied},
		{"leave", a.RemoveMembers(ctx, user, "g", []string{"mallory"}), accounts.ErrDenied},
		{"root's password", a.SetPassword(ctx, admin, "root", "pw"), accounts.ErrDenied},
		{"join what is stronger", a.AddMembers(ctx, admin, "strong", []string{"tesla"}), accounts.ErrDenied},
		{"join another's group in the directory", a.Modify(ctx, admin, "g", accounts.Change{ID: g.ID, Modified: g.Modified, Join: []string{"tesla"}}), accounts.ErrDenied},
		{"join another's group", a.AddMembers(ctx, admin, "g", []string{"tesla"}), accounts.ErrDenied},
		{"contain what is stronger is harmless", a.AddMembers(ctx, admin, "h", []string{"strong"}), nil},
		{"taken by a user", a.CreateUser(ctx, root, "Einstein", "pw", nil), accounts.ErrExists},
		{"taken by a group", a.CreateUser(ctx, root, "G", "pw", nil), accounts.ErrExists},
		{"rename to a taken name", a.RenameGroup(ctx, root, "g", "einstein"), accounts.ErrExists},
		{"not a user", a.SetPassword(ctx, root, "g", "pw"), accounts.ErrNotFound},
		{"not a group", a.DropGroup(ctx, root, "einstein"), accounts.ErrNotFound},
		{"not a member", a.RemoveMembers(ctx, root, "g", []string{"mallory"}), accounts.ErrNotFound},
		{"unknown member", a.AddMembers(ctx, root, "g", []string{"mallory", "nosuch"}), accounts.ErrNotFound},
		{"PUBLIC as a member", a.AddMembers(ctx, root, "g", []string{"PUBLIC"}), accounts.ErrNotFound},
		{"itself", a.AddMembers(ctx, root, "g", []string{"G"}), accounts.ErrCycle},
		{"cycle", a.AddMembers(ctx, root, "strong", []string{"h"}), accounts.ErrCycle},
		{"no password", a.SetPassword(ctx, root, "mallory", ""), accounts.ErrPolicy},
		{"bad name", a.CreateUser(ctx, root, " ", "pw", nil), accounts.ErrInvalid},
		{"bad group name", a.CreateGroup(ctx, root, "a\nb", nil, nil), accounts.ErrInvalid},
		{"bad attributes", a.CreateUser(ctx, root, "x", "pw", bad), accounts.ErrInvalid},
		{"bad attributes of a group", a.CreateGroup(ctx, root, "x", nil, bad), accounts.ErrInvalid},
		{"members do not exist", a.CreateGroup(ctx, root, "x", []string{"nosuch"}, nil), accounts.ErrNotFound},
		{"lock root", a.LockUser(ctx, root, "root"), accounts.ErrInvalid},
		{"drop root", a.DropUser(ctx, root, "root"), accounts.ErrInvalid},
		{"drop an owner", a.DropUser(ctx, root, "einstein"), accounts.ErrOwns},
		{"own password", a.SetPassword(ctx, user, "MALLORY", "pw-2"), nil},
		{"own attributes", a.SetAttributes(ctx, user, "mallory", map[string][]string{"mail": {"m@x"}}), nil},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: got %v, want %v", c.what, c.err, c.want)
		}
	}
	snap := db.engine.inst.Cat.Snapshot()
	if snap.Principal("x") != nil || snap.Database("x") != nil {
		t.Error("a refused statement left an account behind")
	}
	if len(snap.MembersOf(snap.Principal("g").ID)) != 0 {
		t.Error("a refused statement left a member behind")
	}
	if p := snap.Principal("mallory"); p.Attributes["mail"][0] != "m@x" {
		t.Errorf("attributes are %v", p.Attributes)
	}
}

// Leaving a group reaches prepared statements, running scans and open
// transactions, through as many groups as lie in between.
func TestLeavingAGroupReachesWhatIsOpen(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	db.ok("root", "CREATE GROUP outer_g, inner_g; ALTER GROUP outer_g ADD GROUP inner_g; ALTER GROUP inner_g ADD USER tesla")
	db.ok("einstein", "USE einstein; CREATE TABLE wide (id INT PRIMARY KEY); GRANT READ, WRITE ON TABLE t TO ldapGroup:outer_g; GRANT READ ON TABLE wide TO ldapGroup:outer_g")
	for i := 0; i < 2000; i += 500 {
		db.ok("einstein", "INSERT INTO einstein.wide SELECT "+itoa(i)+" + a.id*100 + b.id*10 + c.id FROM ("+digits+") a, ("+digits+") b, ("+digits+") c WHERE a.id < 5")
	}
	leave := []string{"ALTER GROUP inner_g DROP USER tesla", "ALTER GROUP outer_g DROP GROUP inner_g", "DROP GROUP inner_g"}
	back := []string{"ALTER GROUP inner_g ADD USER tesla", "ALTER GROUP outer_g ADD GROUP inner_g", "SHOW GROUPS"}
	for i, statement := range leave {
		st, err := db.as("tesla").Prepare(ctx, "SELECT v FROM einstein.t WHERE id = ?")
		if err != nil {
			t.Fatal(err)
		}
		exec := func() error {
			res, err := st.Execute(ctx, []session.Value{session.IntValue(2)})
			if err != nil {
				return err
			}
			_, err = drain(res)
			return err
		}
		if err := exec(); err != nil {
			t.Fatal(err)
		}
		res, _, err := db.as("tesla#2").Query(ctx, "SELECT id FROM einstein.wide")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := res.Next(ctx); err != nil {
			t.Fatal(err)
		}
		db.ok("tesla#3", "BEGIN; INSERT INTO einstein.t VALUES (9,90)")

		db.ok("root", statement)
		wantNumber(t, exec(), sqlerr.TableAccessDenied)
		_, err = drain(res)
		wantNumber(t, err, sqlerr.TableAccessDenied)
		db.fails("tesla#3", "COMMIT", sqlerr.TableAccessDenied)
		db.rows("einstein", "SELECT count(*) FROM einstein.t WHERE id = 9", "0")
		db.ok("root", back[i])
	}
}

// Somebody must be left who can administer the instance.
func TestLastAdministratorStays(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	a, root := db.engine.Accounts(), db.engine.Root()
	db.ok("root", "GRANT SYSTEM ADMIN TO einstein; GRANT SYSTEM ADMIN TO tesla")
	db.ok("einstein", "REVOKE SYSTEM ADMIN FROM root")
	if err := a.LockUser(ctx, root, "tesla"); !errors.Is(err, accounts.ErrDenied) {
		t.Errorf("by one who was administrator: %v", err)
	}
	einstein := identity(t, db.engine, "einstein")
	if err := a.LockUser(ctx, einstein, "tesla"); err != nil {
		t.Error(err)
	}
	if err := a.LockUser(ctx, einstein, "einstein"); !errors.Is(err, accounts.ErrInvalid) {
		t.Errorf("lock of the last administrator: %v", err)
	}
	if err := a.SetPassword(ctx, identity(t, db.engine, "tesla"), "tesla", "pw"); !errors.Is(err, accounts.ErrDenied) {
		t.Errorf("own password while locked: %v", err)
	}
}

// A stronger account stays out of reach while it is locked: otherwise who may
// administer accounts could unlock it with a password of his own.
func TestLockedAdministratorIsUntouchable(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	db.ok("root", "GRANT SYSTEM ADMIN TO einstein; GRANT USER ADMIN TO tesla; ALTER USER einstein ACCOUNT LOCK")
	a, tesla := db.engine.Accounts(), identity(t, db.engine, "tesla")
	for what, err := range map[string]error{
		"password": a.SetPassword(ctx, tesla, "einstein", "pw"),
		"unlock":   a.UnlockUser(ctx, tesla, "einstein"),
		"rename":   a.RenameUser(ctx, tesla, "einstein", "e"),
		"drop":     a.DropUser(ctx, tesla, "einstein"),
	} {
		if !errors.Is(err, accounts.ErrDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if p := db.engine.inst.Cat.Snapshot().Principal("einstein"); p == nil || !p.Locked || p.Kind != catalog.KindUser {
		t.Errorf("account is %+v", p)
	}
}

// TestModify: all of a change or nothing, on the record that was looked at, by who
// may do it.
func TestModify(t *testing.T) {
	ctx := context.Background()
	db := lab(t)
	a, root := db.engine.Accounts(), db.engine.Root()
	if err := a.CreateUser(ctx, root, "noether", "pw-noether", map[string][]string{"mail": {"e@example.org"}}); err != nil {
		t.Fatal(err)
	}
	for _, g := range []string{"inner", "outer"} {
		if err := a.CreateGroup(ctx, root, g, []string{"noether"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := func(name string, c accounts.Change) accounts.Change {
		p := db.engine.inst.Cat.Snapshot().Principal(name)
		c.ID, c.Modified = p.ID, p.Modified
		return c
	}
	if err := a.Modify(ctx, root, "outer", seen("outer", accounts.Change{Join: []string{"inner"}, Leave: []string{"noether"}})); err != nil {
		t.Fatal(err)
	}
	db.rows("root", "SHOW GROUPS", "inner|noether|", "outer||inner")
	snapshot := db.engine.inst.Cat.Snapshot()
	noether := principal.Trusted(snapshot.Principal("noether").ID, "noether")
	empty, long, good := "", string(make([]byte, 2000)), "pw-other"
	attrs := map[string][]string{"mail": {"new@example.org"}}
	for _, c := range []struct {
		what   string
		by     principal.Principal
		name   string
		change accounts.Change
		want   error
	}{
		{"cycle", root, "inner", accounts.Change{Leave: []string{"noether"}, Join: []string{"tesla", "outer"}, Attributes: attrs}, accounts.ErrCycle},
		{"no such member", root, "inner", accounts.Change{Leave: []string{"noether"}, Join: []string{"nobody"}}, accounts.ErrNotFound},
		{"leaves what he is not in", root, "inner", accounts.Change{Attributes: attrs, Leave: []string{"tesla"}}, accounts.ErrNotFound},
		{"bad attribute", root, "inner", accounts.Change{Leave: []string{"noether"}, Attributes: map[string][]string{"mail": {""}}}, accounts.ErrInvalid},
		{"password of a group", root, "inner", accounts.Change{Password: &good, Attributes: attrs}, accounts.ErrInvalid},
		{"members of a user", root, "noether", accounts.Change{Attributes: attrs, Join: []string{"tesla"}}, accounts.ErrInvalid},
		{"empty password", root, "noether", accounts.Change{Attributes: attrs, Password: &empty}, accounts.ErrPolicy},
		{"long password", root, "noether", accounts.Change{Attributes: attrs, Password: &long}, accounts.ErrPolicy},
		{"bad attribute and password", root, "noether", accounts.Change{Attributes: map[string][]string{"": {"x"}}, Password: &good}, accounts.ErrInvalid},
		{"somebody else", noether, "tesla", accounts.Change{Attributes: attrs}, accounts.ErrDenied},
		{"somebody else's password", noether, "tesla", accounts.Change{Password: &good}, accounts.ErrDenied},
		{"a group", noether, "inner", accounts.Change{Join: []string{"tesla"}}, accounts.ErrDenied},
		{"nobody", principal.Principal{}, "noether", accounts.Change{Attributes: attrs}, accounts.ErrDenied},
	} {
		if err := a.Modify(ctx, c.by, c.name, seen(c.name, c.change)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
	stale := accounts.Change{ID: noether.ID(), Modified: 1, Attributes: attrs}
	if err := a.Modify(ctx, root, "noether", stale); !errors.Is(err, accounts.ErrStale) {
		t.Errorf("stale: %v", err)
	}
	stale.ID = snapshot.Principal("tesla").ID
	if err := a.Modify(ctx, noether, "tesla", stale); !errors.Is(err, accounts.ErrDenied) {
		t.Errorf("stale, of somebody else: %v", err)
	}
	if v := db.engine.inst.Cat.Snapshot().Version(); v != snapshot.Version() {
		t.Errorf("refused changes made %d catalog versions", v-snapshot.Version())
	}
	if err := a.Modify(ctx, noether, "noether", seen("noether", accounts.Change{Password: &good, Attributes: attrs})); err != nil {
		t.Errorf("himself: %v", err)
	}
	if v := db.engine.inst.Cat.Snapshot().Version(); v != snapshot.Version()+1 {
		t.Errorf("one change made %d catalog versions", v-snapshot.Version())
	}
}

// A statement that changes the session's own account and waits for its turn does
// not keep the session alive when somebody else ends it meanwhile.
func TestOwnChangeThatWaits(t *testing.T) {
	db := lab(t)
	s := db.as("mallory")
	id := db.engine.Catalog().Snapshot().Principal("mallory").ID
	inside, free, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- db.engine.Catalog().Update(context.Background(), func(tx *catalog.Tx) error {
			close(inside)
			<-free
			p := tx.PrincipalByID(id).Clone()
			p.Password = "" // as an administrator's ALTER USER
			return tx.PutPrincipal(p)
		})
	}()
	<-inside
	answer := make(chan error)
	go func() {
		_, _, err := s.Query(context.Background(), "SET PASSWORD = 'stays-mine'")
		answer <- err
	}()
	for stacks := make([]byte, 1<<20); !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), ".ownAccounts("); {
		runtime.Gosched() // it hashes first
	}
	close(free)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err == nil {
		t.Error("a session that was ended changed the password")
	}
	if p := db.engine.Catalog().Snapshot().PrincipalByID(id); p.Password != "" {
		t.Error("the password of the session that was ended is the account's")
	}
	if _, _, err := s.Query(context.Background(), "SELECT 1"); err == nil {
		t.Error("the session goes on after somebody else changed the password")
	}
}

// What every listing of accounts carries about is bounded.
func TestCommentOfAnAccountIsBounded(t *testing.T) {
	db := newTestDB(t)
	fits := strings.Repeat("é", 2048)
	db.ok("root", "CREATE USER u COMMENT '"+fits+"'; CREATE ROLE r COMMENT '"+fits+"'")
	for _, text := range []string{
		"CREATE USER v COMMENT '" + fits + "x'", "ALTER USER u COMMENT '" + fits + "x'", "CREATE ROLE s COMMENT '" + fits + "x'", "ALTER ROLE r COMMENT '" + fits + "x'",
	} {
		db.fails("root", text, sqlerr.CannotUser)
	}
	db.ok("root", "ALTER USER u COMMENT ''; DROP ROLE r")
}
