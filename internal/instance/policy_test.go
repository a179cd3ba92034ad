package instance

import (
	"context"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/security/principal"
)

// TestOnePolicy: SQL and the directory refuse the same passwords.
func TestOnePolicy(t *testing.T) {
	ctx := context.Background()
	s := mustDirectory(t, Options{PasswordMinLength: 10})
	conn := mustBind(t, s, "root", "pw-of-root") // ten characters
	addUser(t, conn, "ann", "ann-secret-1")
	sql, err := s.Engine().OpenSession(ctx, s.Engine().Root(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sql.Close()
	query := func(text string) error {
		res, _, err := sql.Query(ctx, text)
		if err == nil {
			err = res.Close()
		}
		return err
	}
	for password, want := range map[string]string{
		"ninechars":               "at least 10 characters",
		"éééééééé":                "at least 10 characters", // 16 bytes
		"":                        "empty",
		strings.Repeat("x", 1025): "1024 bytes",
		"ann-second":              "",
	} {
		sqlErr := query("ALTER USER ann IDENTIFIED BY " + Quote(password))
		client := session.AsError(sqlErr)
		m := ldap.NewModifyRequest("uid=ann"+inUsers, nil)
		m.Replace("userPassword", []string{password})
		ldapErr := conn.Modify(m)
		if want == "" {
			if sqlErr != nil || ldapErr != nil {
				t.Errorf("%q: %v, %v", password, sqlErr, ldapErr)
			}
			continue
		}
		if client.Number != 1819 || !strings.Contains(client.Error()+"; "+client.Hint, want) {
			t.Errorf("%q by SQL: %d %v, want 1819 with %s", password, client.Number, client, want)
		}
		if password != "" {
			wantCode(t, password, ldapErr, ldap.LDAPResultConstraintViolation)
			if !strings.Contains(ldapErr.Error(), want) {
				t.Errorf("%q by LDAP: %v, want %s", password, ldapErr, want)
			}
		}
	}
	if err := query("CREATE USER alexandria IDENTIFIED BY 'Alexandria'"); err == nil || !strings.Contains(err.Error(), "user's name") {
		t.Errorf("his own name: %v", err)
	}
	// By whatever statement, and when the statement does not name him.
	if err := query("CREATE USER alexandria IDENTIFIED BY 'another-one'"); err != nil {
		t.Fatal(err)
	}
	own, err := s.Engine().OpenSession(ctx, principal.Trusted(s.Engine().Catalog().Snapshot().Principal("alexandria").ID, "alexandria"), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	for _, text := range []string{"SET PASSWORD = 'Alexandria'", "ALTER USER CURRENT_USER() IDENTIFIED BY 'Alexandria'", "SET PASSWORD = 'short'"} {
		if _, _, err := own.Query(ctx, text); session.AsError(err).Number != 1819 {
			t.Errorf("%s: %v", text, err)
		}
	}
	// A generated one satisfies every minimum.
	generated, err := conn.PasswordModify(ldap.NewPasswordModifyRequest("uid=ann"+inUsers, "", ""))
	if err != nil || len(generated.GeneratedPassword) < 26 {
		t.Errorf("generated: %v, %v", generated, err)
	}
}

// TestExpiredInTheDirectory: who must change his password does nothing else in the directory, whatever he holds, as in SQL.
func TestExpiredInTheDirectory(t *testing.T) {
	ctx := context.Background()
	s := mustDirectory(t, Options{})
	root := mustBind(t, s, "root", "pw-of-root")
	addUser(t, root, "ann", "pw-ann")
	addUser(t, root, "boss", "pw-boss")
	sql, err := s.Engine().OpenSession(ctx, s.Engine().Root(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sql.Close()
	for _, text := range []string{"GRANT SYSTEM ADMIN TO boss", "ALTER USER boss PASSWORD EXPIRE"} {
		if _, _, err := sql.Query(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	boss := mustBind(t, s, "boss", "pw-boss")
	found := func(filter string) int {
		res, err := boss.Search(ldap.NewSearchRequest("dc=lxdb", ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, []string{"mail"}, nil))
		if err != nil {
			return 0
		}
		return len(res.Entries)
	}
	change := func(who, old, password string) error {
		_, err := boss.PasswordModify(ldap.NewPasswordModifyRequest("uid="+who+inUsers, old, password))
		return err
	}
	add := ldap.NewAddRequest("uid=new"+inUsers, nil)
	add.Attribute("objectClass", []string{"inetOrgPerson"})
	if err := boss.Add(add); err == nil {
		t.Error("he adds somebody")
	}
	if err := boss.Del(ldap.NewDelRequest("uid=ann"+inUsers, nil)); err == nil {
		t.Error("he deletes somebody")
	}
	if err := change("ann", "", "pw-taken"); err == nil {
		t.Error("he changes another's password")
	}
	if found("(uid=ann)") != 0 || found("(uid=boss)") != 1 {
		t.Error("he reads more than his own entry")
	}
	if err := change("boss", "pw-boss", "pw-boss-2"); err != nil {
		t.Fatal(err)
	}
	if found("(uid=ann)") != 1 {
		t.Error("with a new password he administers nobody")
	}
	if err := change("ann", "", "pw-given"); err != nil {
		t.Error(err)
	}
}
