package ldapd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// The tests in this file do what go-ldap's own integration tests do with a real
// server (its ldap_test.go and the _test.go files of its operations), and demand
// the results. What it can and this server does not is at the end.

const goPeople = 40

// goHouse has people to search for.
func goHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.user("ann", "bob")
	for i := range goPeople {
		h.user(fmt.Sprintf("doe%02d", i))
	}
	return h
}

// goDial connects in one of the ways: plain, ldaps, StartTLS.
func goDial(t *testing.T, h *house, way string) *ldap.Conn {
	t.Helper()
	url := "ldap://" + h.plain
	if way == "ldaps" {
		url = "ldaps://" + h.secure
	}
	conn, err := ldap.DialURL(url, ldap.DialWithTLSConfig(h.client))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	conn.SetTimeout(patience)
	if way == "StartTLS" {
		if err := conn.StartTLS(h.client); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func goRoot(t *testing.T, h *house, way string) *ldap.Conn {
	t.Helper()
	conn := goDial(t, h, way)
	if err := conn.Bind("uid=root,ou=users,dc=lxdb", "rootpw"); err != nil {
		t.Fatal(err)
	}
	return conn
}

func goSearch(filter string, controls ...ldap.Control) *ldap.SearchRequest {
	return ldap.NewSearchRequest("dc=lxdb", ldap.ScopeWholeSubtree, ldap.DerefAlways, 0, 0, false, filter, []string{"cn", "description"}, controls)
}

func wantGo(t *testing.T, what string, err error, want uint16) {
	t.Helper()
	if want == ldap.LDAPResultSuccess && err == nil {
		return
	}
	if !ldap.IsErrorWithCode(err, want) {
		t.Errorf("%s: %v, want %d", what, err, want)
	}
}

func TestGoConnections(t *testing.T) {
	h := goHouse(t)
	for _, way := range []string{"plain", "ldaps", "StartTLS"} {
		conn := goRoot(t, h, way)
		state, ok := conn.TLSConnectionState()
		if ok != (way != "plain") || ok && !state.HandshakeComplete {
			t.Errorf("%s: TLS state %v", way, ok)
		}
		who, err := conn.WhoAmI(nil)
		if err != nil || who.AuthzID != "dn:uid=root,ou=users,dc=lxdb" {
			t.Errorf("%s: who am I: %v, %v", way, who, err)
		}
		if err := conn.Unbind(); err != nil {
			t.Errorf("%s: unbind: %v", way, err)
		}
		if _, err := conn.WhoAmI(nil); err == nil {
			t.Errorf("%s: an answer after unbind", way)
		}
	}
}

func TestGoBinds(t *testing.T) {
	h := goHouse(t)
	conn := goDial(t, h, "ldaps")
	wantGo(t, "anonymous", conn.UnauthenticatedBind(""), ldap.LDAPResultSuccess)
	wantGo(t, "without a password", conn.UnauthenticatedBind("uid=ann,ou=users,dc=lxdb"), ldap.LDAPResultUnwillingToPerform)
	wantGo(t, "wrong password", conn.Bind("uid=ann,ou=users,dc=lxdb", "wrong"), ldap.LDAPResultInvalidCredentials)
	wantGo(t, "no DN", conn.Bind("ann", "annpw"), ldap.LDAPResultInvalidDNSyntax)
	result, err := conn.SimpleBind(ldap.NewSimpleBindRequest("uid=ann,ou=users,dc=lxdb", "annpw", []ldap.Control{ldap.NewControlBeheraPasswordPolicy()}))
	if err != nil {
		t.Fatal(err)
	}
	policy, ok := ldap.FindControl(result.Controls, ldap.ControlTypeBeheraPasswordPolicy).(*ldap.ControlBeheraPasswordPolicy)
	if !ok || policy.Error != -1 || policy.Expire != -1 || policy.Grace != -1 {
		t.Errorf("policy %+v", policy)
	}
}

func TestGoSearch(t *testing.T) {
	h := goHouse(t)
	for _, way := range []string{"plain", "ldaps", "StartTLS"} {
		conn := goRoot(t, h, way)
		for filter, want := range map[string]int{
			"(cn=doe07)": 1, "(&(sn=doe07)(cn=doe*))": 1, "(|(sn=ann)(cn=doe*))": goPeople + 1, "(objectClass=inetOrgPerson)": goPeople + 3,
		} {
			found, err := conn.Search(goSearch(filter))
			if err != nil || len(found.Entries) != want || len(found.Referrals) != 0 {
				t.Errorf("%s %s: %v, %v, want %d", way, filter, found, err, want)
			}
		}
	}
}

func TestGoPages(t *testing.T) {
	conn := goRoot(t, goHouse(t), "plain")
	for _, controls := range [][]ldap.Control{nil, {ldap.NewControlPaging(5)}} {
		found, err := conn.SearchWithPaging(goSearch("(objectClass=inetOrgPerson)", controls...), 5)
		if err != nil || len(found.Entries) != goPeople+3 {
			t.Errorf("%v entries, %v", found, err)
		}
	}
	if _, err := conn.SearchWithPaging(goSearch("(objectClass=*)", ldap.NewControlPaging(500)), 5); err == nil {
		t.Error("two page sizes at once")
	}
}

// TestGoManyAtOnce: goroutines that share a connection, in each way to connect.
func TestGoManyAtOnce(t *testing.T) {
	h := goHouse(t)
	for _, way := range []string{"plain", "ldaps", "StartTLS"} {
		conn := goRoot(t, h, way)
		var wg sync.WaitGroup
		for i := range 12 { // below Limits.Operations
			wg.Go(func() {
				filter := fmt.Sprintf("(|(uid=doe%02d)(cn=doe%02d))", i, i+1)
				for range 20 {
					found, err := conn.Search(goSearch(filter))
					if err != nil || len(found.Entries) != 2 {
						t.Errorf("%s %s: %v, %v", way, filter, found, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestGoAsync(t *testing.T) {
	conn := goRoot(t, goHouse(t), "plain")
	count := func(ctx context.Context, buffer, stopAt int, stop func()) int {
		n := 0
		r := conn.SearchAsync(ctx, goSearch("(objectClass=inetOrgPerson)"), buffer)
		for r.Next() {
			if n++; n == stopAt {
				stop()
			}
		}
		if err := r.Err(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		return n
	}
	if n := count(t.Context(), 64, 0, nil); n != goPeople+3 {
		t.Errorf("%d entries", n)
	}
	// A client that has enough abandons, and its connection goes on.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n := count(ctx, 0, 10, cancel); n < 10 || n > goPeople+3 {
		t.Errorf("%d entries after a cancel at 10", n)
	}
	if n := count(t.Context(), 64, 0, nil); n != goPeople+3 {
		t.Errorf("%d entries afterwards", n)
	}
}

func TestGoChanges(t *testing.T) {
	conn := goRoot(t, goHouse(t), "StartTLS")
	const zoe, zoey = "uid=zoe,ou=users,dc=lxdb", "uid=zoey,ou=users,dc=lxdb"
	add := ldap.NewAddRequest(zoe, nil)
	add.Attribute("objectClass", []string{"top", "inetOrgPerson"})
	add.Attribute("sn", []string{"Example"})
	add.Attribute("userPassword", []string{"zoepw"})
	wantGo(t, "add", conn.Add(add), ldap.LDAPResultSuccess)
	wantGo(t, "add again", conn.Add(add), ldap.LDAPResultEntryAlreadyExists)

	m := ldap.NewModifyRequest(zoe, []ldap.Control{ldap.NewControlManageDsaIT(true)})
	m.Add("mail", []string{"a@example.org", "b@example.org"})
	m.Replace("sn", []string{"Other"})
	m.Delete("mail", []string{"a@example.org"})
	result, err := conn.ModifyWithResult(m)
	if err != nil || len(result.Controls) != 0 {
		t.Errorf("modify: %v, %v", result, err)
	}
	m = ldap.NewModifyRequest(zoe, nil)
	m.Increment("uidNumber", "1")
	wantGo(t, "increment", conn.Modify(m), ldap.LDAPResultProtocolError)

	equal, err := conn.Compare(zoe, "mail", "B@example.org")
	if err != nil || !equal {
		t.Errorf("compare: %v, %v", equal, err)
	}
	equal, err = conn.Compare(zoe, "mail", "a@example.org")
	if err != nil || equal {
		t.Errorf("compare, other: %v, %v", equal, err)
	}
	wantGo(t, "rename, keep the old name", conn.ModifyDN(ldap.NewModifyDNRequest(zoe, "uid=zoey", false, "")), ldap.LDAPResultUnwillingToPerform)
	wantGo(t, "move", conn.ModifyDN(ldap.NewModifyDNRequest(zoe, "uid=zoey", true, "ou=groups,dc=lxdb")), ldap.LDAPResultUnwillingToPerform)
	wantGo(t, "rename", conn.ModifyDN(ldap.NewModifyDNRequest(zoe, "uid=zoey", true, "ou=users,dc=lxdb")), ldap.LDAPResultSuccess)

	generated, err := conn.PasswordModify(ldap.NewPasswordModifyRequest(zoey, "zoepw", ""))
	if err != nil || len(generated.GeneratedPassword) < 20 {
		t.Errorf("generated password: %v, %v", generated, err)
	}
	_, err = conn.PasswordModify(ldap.NewPasswordModifyRequest(zoey, "zoepw", "new"))
	wantGo(t, "old password again", err, ldap.LDAPResultInvalidCredentials)
	wantGo(t, "delete", conn.Del(ldap.NewDelRequest(zoey, nil)), ldap.LDAPResultSuccess)
	wantGo(t, "delete again", conn.Del(ldap.NewDelRequest(zoey, nil)), ldap.LDAPResultNoSuchObject)
}

// TestGoMatchedDN: what is missing is told with the deepest entry that exists.
func TestGoMatchedDN(t *testing.T) {
	conn := goRoot(t, goHouse(t), "plain")
	for base, matched := range map[string]string{
		"ou=roups,dc=lxdb": "dc=lxdb", "uid=nobody,ou=users,dc=lxdb": "ou=users,dc=lxdb", "ou=roups,dc=umich,dc=edu": "",
	} {
		q := goSearch("(objectClass=*)")
		q.BaseDN = base
		_, err := conn.Search(q)
		wantGo(t, base, err, ldap.LDAPResultNoSuchObject)
		var e *ldap.Error
		if errors.As(err, &e) && e.MatchedDN != matched {
			t.Errorf("%s: matched %q, want %q", base, e.MatchedDN, matched)
		}
	}
}

// TestGoRefusals: what go-ldap can and this server does not is refused by the code
// for it, and the connection is of use afterwards.
func TestGoRefusals(t *testing.T) {
	h := goHouse(t)
	conn := goRoot(t, h, "plain")
	search := func(controls ...ldap.Control) error {
		_, err := conn.Search(goSearch("(objectClass=*)", controls...))
		return err
	}
	critical := ldap.NewControlString("1.2.840.113556.1.4.473", true, "") // server-side sorting
	wantGo(t, "sorting", search(critical), ldap.LDAPResultUnavailableCriticalExtension)
	wantGo(t, "subtree delete", conn.Del(ldap.NewDelRequest("ou=users,dc=lxdb", []ldap.Control{ldap.NewControlSubtreeDelete()})), ldap.LDAPResultUnwillingToPerform)
	wantGo(t, "deleted entries, not critical", search(ldap.NewControlMicrosoftShowDeleted()), ldap.LDAPResultSuccess)
	_, err := conn.DirSync(goSearch("(objectClass=*)"), 0, 0, nil)
	wantGo(t, "DirSync", err, ldap.LDAPResultUnavailableCriticalExtension)
	_, err = conn.Extended(ldap.NewExtendedRequest("1.2.840.113556.1.4.1781", nil)) // fast bind
	wantGo(t, "fast bind", err, ldap.LDAPResultProtocolError)
	if who, err := conn.WhoAmI(nil); err != nil || who.AuthzID == "" {
		t.Errorf("afterwards: %v, %v", who, err)
	}
	wantGo(t, "DIGEST-MD5", goDial(t, h, "plain").MD5Bind("127.0.0.1", "ann", "annpw"), ldap.LDAPResultAuthMethodNotSupported)
	wantGo(t, "NTLM", goDial(t, h, "plain").NTLMBind("", "ann", "annpw"), ldap.LDAPResultAuthMethodNotSupported)
}
