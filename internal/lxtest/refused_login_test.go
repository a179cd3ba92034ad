package lxtest_test

import (
	"errors"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// TestAttackE33RefusalsLookAlike refuses logins for every reason that there is, on a whole server: number, state
// and text are those of a wrong password.
func TestAttackE33RefusalsLookAlike(t *testing.T) {
	s := lxtest.Start(t)
	s.Exec(
		"CREATE USER known IDENTIFIED BY 'right'", "CREATE USER locked IDENTIFIED BY 'right' ACCOUNT LOCK",
		"CREATE USER elsewhere@'192.0.2.1' IDENTIFIED BY 'right'", "CREATE USER certified IDENTIFIED BY 'right' REQUIRE X509",
		"CREATE USER failing IDENTIFIED BY 'right' FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED", "CREATE USER without",
		"CREATE USER gone IDENTIFIED BY 'right'", "DROP USER gone", "CREATE ROLE clerks", "CREATE GROUP staff",
	)
	said := func(user, password string) string {
		t.Helper()
		err := s.Open(user, password, "").Ping()
		refused, ok := errors.AsType[*driver.MySQLError](err)
		if !ok {
			t.Fatalf("%s: %v", user, err)
		}
		return strings.ReplaceAll(refused.Error(), "'"+user+"'", "USER")
	}
	want := said("known", "wrong")
	if !strings.Contains(want, "1045 (28000)") {
		t.Fatalf("a wrong password: %s", want)
	}
	if err := s.Open("known", "right", "").Ping(); err != nil {
		t.Fatal(err) // the passwords below are right: it is the reason that differs
	}
	_ = said("failing", "wrong")
	for _, user := range []string{"nobody", "locked", "elsewhere", "certified", "failing", "without", "gone", "clerks", "staff", "PUBLIC"} {
		if got := said(user, "right"); got != want {
			t.Errorf("%s: %s\nwant %s", user, got, want)
		}
	}
}
