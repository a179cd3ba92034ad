package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/security/principal"
)

// company is a directory in memory.
type company struct {
	engine *Engine
	groups map[string][]string // members by group
	down   error
	asked  []string
}

func (c *company) Group(_ context.Context, name string) (string, error) {
	c.asked = append(c.asked, name)
	for g := range c.groups {
		if strings.EqualFold(g, name) {
			return g, c.down
		}
	}
	return "", c.down
}

func (c *company) Refresh(ctx context.Context, group string) error {
	if c.down != nil {
		return c.down
	}
	return c.engine.Accounts().SetOutsideMembers(ctx, group, c.groups[group])
}

func (c *company) Groups(user principal.ID) []string {
	name := c.engine.Catalog().Snapshot().PrincipalByID(user).Name
	var out []string
	for g, members := range c.groups {
		if slices.Contains(members, name) {
			out = append(out, g)
		}
	}
	return out
}

func withCompany(t *testing.T) (*testDB, *company) {
	t.Helper()
	db := lab(t)
	c := &company{engine: db.engine, groups: map[string][]string{"Finance": {"ann", "bob"}, "Staff": {"ann"}}}
	db.engine.UseOutside(c)
	return db, c
}

func TestOutsideAccounts(t *testing.T) {
	db, _ := withCompany(t)
	db.ok("root", `CREATE USER @jdoe; CREATE USER "@jroe" COMMENT 'x'; CREATE USER betsy IDENTIFIED WITH authentication_ldap_simple BY 'uid=betsy,ou=people,dc=example,dc=org';
		CREATE USER den LDAP (DATASOURCE admin.ds USERNAME 'cn=den') 'Denodo', inside IDENTIFIED BY 'pw-inside'`)
	db.rows("root", "SHOW CREATE USER jdoe", "CREATE USER `jdoe` IDENTIFIED WITH `ldap`")
	db.rows("root", "SHOW CREATE USER @betsy", "CREATE USER `betsy` IDENTIFIED WITH `ldap` AS 'uid=betsy,ou=people,dc=example,dc=org'")
	for _, text := range []string{
		"ALTER USER @jdoe SET PASSWORD = 'x'", "ALTER USER jdoe IDENTIFIED BY 'x'", "SET PASSWORD FOR jdoe = 'x'",
		"CREATE USER @new IDENTIFIED BY 'x'", "DROP USER @inside", "ALTER USER @inside ACCOUNT LOCK", "RENAME USER inside TO @other",
		"ALTER USER root IDENTIFIED WITH ldap",
	} {
		db.fails("root", text, sqlerr.CannotUser)
	}
	db.fails("root", "GRANT SELECT ON einstein.t TO @inside", sqlerr.CantCreateUserWithGrant)
	// Nobody says for himself who checks his password.
	db.fails("jdoe", "ALTER USER jdoe IDENTIFIED WITH caching_sha2_password BY 'own'", sqlerr.SpecificAccessDenied)
	db.fails("jdoe", "ALTER USER CURRENT_USER IDENTIFIED WITH ldap AS 'cn=admin'", sqlerr.SpecificAccessDenied)
	db.fails("inside", "ALTER USER inside IDENTIFIED WITH ldap", sqlerr.SpecificAccessDenied)
	db.fails("jdoe", "ALTER USER @inside ACCOUNT LOCK", sqlerr.SpecificAccessDenied)
	db.rows("jdoe", "SET @jdoe := 1; SELECT @jdoe", "1")
	db.ok("root", "GRANT SELECT ON einstein.t TO @jdoe; ALTER USER jdoe IDENTIFIED WITH caching_sha2_password BY 'now-local'")
	db.rows("root", "SHOW CREATE USER jdoe", "CREATE USER `jdoe` IDENTIFIED WITH `caching_sha2_password` AS '"+db.engine.Catalog().Snapshot().Principal("jdoe").Password+"'")
	db.ok("root", "ALTER USER jdoe IDENTIFIED WITH ldap; DROP USER \"@jroe\"")
}

func TestOutsideAccountsNeedADirectory(t *testing.T) {
	db := lab(t)
	db.fails("root", "CREATE USER @jdoe", sqlerr.NotSupportedYet)
	db.fails("root", "ALTER USER tesla IDENTIFIED WITH ldap", sqlerr.NotSupportedYet)
	db.fails("root", "GRANT SELECT ON einstein.t TO ldapGroup:Finance", sqlerr.CantCreateUserWithGrant)
}

// A group of the directory is made by the first grant to it, with its members
// of that moment, and by nobody who could not grant to it.
func TestOutsideGroups(t *testing.T) {
	db, c := withCompany(t)
	db.ok("root", "CREATE USER @ann; CREATE USER @sam; CREATE USER bob IDENTIFIED BY 'pw-bob'")
	db.fails("mallory", "GRANT SELECT ON einstein.t TO ldapGroup:finance", sqlerr.TableAccessDenied)
	db.ok("root", "CREATE GROUP inhouse")
	s := db.as("mallory")
	db.fails("mallory", "GRANT SELECT ON einstein.t TO ldapGroup:inhouse", sqlerr.TableAccessDenied)
	if w := s.sql.Warnings(); len(w) != 1 || w[0].Level != "Error" {
		t.Errorf("beside the error: %d warnings tell who may not grant about a group", len(w)-1)
	}
	db.fails("mallory", "CREATE SCHEMA m AUTHORIZATION ldapGroup:finance", sqlerr.SpecificAccessDenied)
	if len(c.asked) > 0 {
		t.Errorf("the directory was asked about %q for who may not grant", c.asked)
	}
	db.fails("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:`fin*`, tesla", sqlerr.CantCreateUserWithGrant)
	db.fails("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:'finance)(cn=*'", sqlerr.CantCreateUserWithGrant)
	db.fails("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:finance, nosuch", sqlerr.CantCreateUserWithGrant)
	if p := db.engine.Catalog().Snapshot().Principal("finance"); p != nil {
		t.Fatal("a refused grant made the group")
	}
	c.down = errors.New("no answer from ldap.example.org")
	_, err := db.run("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:finance")
	wantNumber(t, err, sqlerr.UnknownError)
	if err == nil || strings.Contains(err.Error(), "example.org") {
		t.Errorf("an outage as a client sees it: %v", err)
	}
	c.down = nil

	db.ok("einstein", "GRANT SELECT ON einstein.t TO LdapGroup : finance")
	db.rows("ann", "SELECT COUNT(*) FROM einstein.t", "3")
	db.fails("bob", "SELECT 1 FROM einstein.t", sqlerr.TableAccessDenied) // the directory's bob is not ours
	db.rows("ann", "SELECT CURRENT_USER_LDAP_GROUPS(), IS_MEMBER('ldapGroup:finance'), IS_MEMBER('staff'), IS_MEMBER('other')", "Finance,Staff|1|1|0")
	for _, text := range []string{"ALTER GROUP finance ADD USER bob", "ALTER GROUP finance DROP USER ann", "ALTER GROUP finance RENAME TO cash"} {
		db.fails("root", text, sqlerr.CannotUser)
	}
	c.groups["Finance"] = []string{"sam"}
	db.fails("tesla", "CALL SYS.REFRESH_LDAP_GROUP('finance')", sqlerr.SpecificAccessDenied)
	db.fails("root", "CALL SYS.REFRESH_LDAP_GROUP('nosuch')", sqlerr.CantCreateUserWithGrant)
	c.down = errors.New("down")
	db.fails("root", "CALL SYS.REFRESH_LDAP_GROUP('finance')", sqlerr.UnknownError)
	db.rows("ann", "SELECT COUNT(*) FROM einstein.t", "3")
	c.down = nil
	db.ok("root", "CALL SYS.REFRESH_LDAP_GROUP('FINANCE'); CALL SYS.REFRESH_LDAP_GROUP('staff')")
	db.fails("ann", "SELECT 1 FROM einstein.t", sqlerr.TableAccessDenied)
	db.rows("sam", "SELECT COUNT(*) FROM einstein.t", "3")

	db.ok("root", "CREATE SCHEMA ledger AUTHORIZATION ldapgroup:staff")
	db.ok("ann", "CREATE TABLE ledger.l (id INT)")
	db.fails("sam", "SELECT 1 FROM ledger.l", sqlerr.TableAccessDenied)
}

// What the configuration maps, it takes back; what SQL made, it leaves.
func TestMapOutsideGroups(t *testing.T) {
	db, _ := withCompany(t)
	ctx := context.Background()
	db.ok("root", "CREATE GROUP readers; CREATE GROUP writers; CREATE USER @ann; GRANT SELECT ON einstein.t TO ldapGroup:readers")
	missing, err := db.engine.Accounts().MapOutsideGroups(ctx, map[string][]string{"Finance": {"readers", "nosuch"}})
	if err != nil || !slices.Equal(missing, []string{"nosuch"}) {
		t.Fatal(missing, err)
	}
	ann := db.engine.Catalog().Snapshot().Principal("ann").ID
	if err := db.engine.Accounts().SetOutsideGroups(ctx, ann, 0, []string{"FINANCE", "unheard-of"}); err != nil {
		t.Fatal(err)
	}
	db.rows("ann", "SELECT COUNT(*) FROM einstein.t", "3")
	db.ok("root", "ALTER GROUP writers ADD GROUP Finance")
	if _, err := db.engine.Accounts().MapOutsideGroups(ctx, nil); err != nil {
		t.Fatal(err)
	}
	db.fails("ann", "SELECT 1 FROM einstein.t", sqlerr.TableAccessDenied)
	db.rows("ann", "SELECT IS_MEMBER('writers'), IS_MEMBER('readers')", "1|0")
	// Accounts of this database are out of the directory's reach.
	tesla := db.engine.Catalog().Snapshot().Principal("tesla").ID
	if err := db.engine.Accounts().SetOutsideGroups(ctx, tesla, 0, []string{"Finance"}); err != nil {
		t.Fatal(err)
	}
	db.rows("tesla", "SELECT IS_MEMBER('finance')", "0")
	s := db.as("ann")
	if err := db.engine.Accounts().EndOutside(ctx, ann); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Query(ctx, "SELECT 1"); err == nil {
		t.Error("a session of a user whom the directory dropped goes on")
	}
	if len(db.engine.Catalog().Snapshot().MembershipsOf(ann)) != 0 {
		t.Error("memberships of a user whom the directory dropped")
	}
}

func TestRestrictTableCreation(t *testing.T) {
	db := newTestDB(t)
	db.engine.opts.RestrictTableCreation = true
	db.engine.openAccounts()
	db.ok("root", "CREATE USER bob IDENTIFIED BY 'pw-bob'")
	db.fails("bob", "CREATE TABLE bob.y (a INT)", sqlerr.TableAccessDenied)
	db.ok("root", "CREATE TABLE bob.z (a INT)")
	db.fails("bob", "SELECT * FROM bob.z", sqlerr.TableAccessDenied)
	db.ok("root", "GRANT ALL ON SCHEMA bob TO bob")
	db.ok("bob", "CREATE TABLE bob.y (a INT); SELECT * FROM bob.z")
	if db.engine.Catalog().Snapshot().Database("bob").Owner == catalog.Root {
		t.Error("the home database is not the user's")
	}
}

// Who may make accounts does not get what the configuration gives to a group of
// the company by making something of its name first, nor keep the server from
// starting with it.
func TestMapTakenGroups(t *testing.T) {
	db, _ := withCompany(t)
	ctx := context.Background()
	db.ok("root", "CREATE GROUP admins; GRANT SYSTEM ADMIN TO ldapGroup:admins; GRANT USER ADMIN TO mallory")
	db.ok("mallory", "CREATE GROUP finance; ALTER GROUP finance ADD USER mallory; CREATE USER staff IDENTIFIED BY 'pw-staff'")
	missing, err := db.engine.Accounts().MapOutsideGroups(ctx, map[string][]string{"Finance": {"admins"}, "Staff": {"admins"}, "Ops": {"admins"}})
	slices.Sort(missing)
	if err != nil || !slices.Equal(missing, []string{"Finance", "Staff"}) {
		t.Errorf("missing %q, %v", missing, err)
	}
	db.fails("mallory", "CREATE USER m2; GRANT SYSTEM ADMIN TO m2", sqlerr.SpecificAccessDenied)
	snap := db.engine.Catalog().Snapshot()
	if snap.Membership(snap.Principal("ops").ID, snap.Principal("admins").ID) == nil {
		t.Error("the group whose name was free is not mapped")
	}
}

// An account that becomes another entry's, or this database's own, keeps nothing
// of what the directory said of the entry before.
func TestChangedEntry(t *testing.T) {
	for _, change := range []string{
		"ALTER USER ann IDENTIFIED WITH caching_sha2_password BY 'pw-own'",
		"ALTER USER ann IDENTIFIED WITH ldap AS 'uid=sam,ou=people'",
		"RENAME USER ann TO sam",
	} {
		db, _ := withCompany(t)
		db.ok("root", "CREATE GROUP locals; CREATE USER @ann; ALTER GROUP locals ADD USER ann")
		db.ok("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:finance")
		db.rows("ann", "SELECT COUNT(*) FROM einstein.t", "3")
		s := db.as("ann")
		db.ok("root", change)
		if _, _, err := s.Query(context.Background(), "SELECT 1"); err == nil {
			t.Errorf("%s: the session goes on", change)
		}
		snap := db.engine.Catalog().Snapshot()
		have := snap.MembershipsOf(s.login.Load().ID())
		if len(have) != 1 || snap.PrincipalByID(have[0].Role).Name != "locals" {
			t.Errorf("%s: memberships %+v", change, have)
		}
	}
	db, _ := withCompany(t)
	db.ok("root", "CREATE USER @ann")
	db.ok("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:finance")
	db.ok("root", "RENAME USER ann TO ANN; ALTER USER ann COMMENT 'x'")
	db.rows("ann", "SELECT COUNT(*) FROM einstein.t", "3")
}

// Names that are one here can be two in the directory.
func TestOutsideNamesThatFold(t *testing.T) {
	db, c := withCompany(t)
	c.groups["Großhandel"], c.groups["Grosshandel"] = []string{"sam", "Strauß"}, []string{"ann", "strauss"}
	db.ok("root", "CREATE USER @ann; CREATE USER @sam; CREATE USER @strauss; CREATE USER @mary IDENTIFIED WITH ldap AS 'MARY', @groß IDENTIFIED WITH ldap AS 'gross'")
	db.rows("root", "SHOW CREATE USER mary", "CREATE USER `mary` IDENTIFIED WITH `ldap`")
	db.rows("root", "SHOW CREATE USER `groß`", "CREATE USER `groß` IDENTIFIED WITH `ldap` AS 'gross'")
	db.ok("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:GROSSHANDEL")
	db.fails("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:`Großhandel`", sqlerr.CantCreateUserWithGrant)
	db.rows("strauss", "SELECT COUNT(*) FROM einstein.t", "3")
	ctx := context.Background()
	for _, name := range []string{"sam", "ann", "strauss"} {
		id := db.engine.Catalog().Snapshot().Principal(name).ID
		if err := db.engine.Accounts().SetOutsideGroups(ctx, id, 0, []string{"Großhandel"}); err != nil {
			t.Fatal(err)
		}
		db.fails(name, "SELECT 1 FROM einstein.t", sqlerr.TableAccessDenied)
	}
	if err := db.engine.Accounts().SetOutsideMembers(ctx, "Grosshandel", []string{"Strauß"}); err != nil {
		t.Fatal(err)
	}
	db.fails("strauss", "SELECT 1 FROM einstein.t", sqlerr.TableAccessDenied)
}

// What the catalog knows of a group counts, also where the directory was asked earlier.
func TestCurrentGroupsAfterRefresh(t *testing.T) {
	db, c := withCompany(t)
	db.ok("root", "CREATE USER @ann; CREATE GROUP staff")
	db.ok("einstein", "GRANT SELECT ON einstein.t TO ldapGroup:finance")
	ann := db.engine.Catalog().Snapshot().Principal("ann").ID
	if err := db.engine.Accounts().SetOutsideGroups(context.Background(), ann, 0, nil); err != nil {
		t.Fatal(err)
	}
	c.groups["Other"] = []string{"ann"}
	db.rows("ann", "SELECT CURRENT_USER_LDAP_GROUPS(), IS_MEMBER('finance'), IS_MEMBER('staff'), IS_MEMBER('other')", "Other|0|0|1")
}

// A session whose account becomes another entry's is not that entry's.
func TestOwnEntryEndsTheSession(t *testing.T) {
	for _, change := range []string{
		"ALTER USER CURRENT_USER IDENTIFIED WITH ldap AS 'uid=boss,ou=people'", "ALTER USER mallory IDENTIFIED WITH ldap", "RENAME USER mallory TO boss",
	} {
		db, _ := withCompany(t)
		db.ok("root", "GRANT USER ADMIN TO mallory")
		if change[0] == 'R' {
			db.ok("root", "ALTER USER mallory IDENTIFIED WITH ldap")
		}
		s := db.as("mallory")
		_, _ = db.run("mallory", change)
		if _, _, err := s.Query(context.Background(), "SELECT 1"); err == nil {
			t.Errorf("%s: the session goes on, and gets the groups of somebody else", change)
		}
	}
}
