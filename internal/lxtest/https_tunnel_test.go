package lxtest_test

import (
	"context"
	"database/sql"
	"net"
	"path/filepath"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/internal/lxtest"
)

// TestHTTPSTunnel leads a MySQL client through the HTTPS port. It logs in as ever.
func TestHTTPSTunnel(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	cfg := lxdb.Config{Address: s.Instance().Endpoints().HTTPS, CAFile: filepath.Join(s.Dir, "ca.crt")}
	through := func(c *driver.Config) {
		c.Net = "tunnel-of-test"
		c.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return lxdb.DialTunnel(ctx, cfg) }
	}
	db := s.Open("root", s.Root, "", through)
	var user string
	for range 3 {
		if err := db.QueryRow("SELECT CURRENT_USER()").Scan(&user); err != nil || !strings.HasPrefix(user, "root@") {
			t.Fatalf("%q, %v", user, err)
		}
	}
	if err := s.Open("root", "wrong", "", through).Ping(); err == nil || !strings.Contains(err.Error(), "1045") {
		t.Errorf("a wrong password: %v", err)
	}
	// Who comes by both is refused by the rules of either.
	s.Exec("CREATE USER bob IDENTIFIED BY 'pw-bob'", "CREATE CONNECTION RULE nobob REJECT USER bob TYPE CONSOLE PRIORITY 1", "CREATE CONNECTION RULE rest ALLOW PRIORITY 2")
	if err := s.Open("bob", "pw-bob", "", through).Ping(); err == nil || !strings.Contains(err.Error(), "1045") {
		t.Errorf("the tunnel leads around a rule of TYPE CONSOLE: %v", err)
	}
	if err := s.Open("bob", "pw-bob", "").Ping(); err != nil {
		t.Error(err)
	}
	s.Exec("ALTER CONNECTION RULE nobob TYPE SQL")
	if err := s.Open("bob", "pw-bob", "", through).Ping(); err == nil {
		t.Error("the tunnel leads around a rule of TYPE SQL")
	}
	if err := db.Ping(); err != nil {
		t.Errorf("root: %v", err)
	}
	w := browse(t, s, "", "")
	if status, _ := w.send("GET", "/tunnel/mysql", ""); status != 426 {
		t.Errorf("without an upgrade: %d", status)
	}
	other := lxtest.Start(t, withHTTPS())
	cfg.CAFile = filepath.Join(other.Dir, "ca.crt")
	if c, err := lxdb.DialTunnel(t.Context(), cfg); err == nil {
		c.Close()
		t.Error("another CA was taken")
	}
}

// TestProxyOverHTTPS: a login that PROXY makes another account is it over HTTPS, too, from the next request on.
func TestProxyOverHTTPS(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	s.Exec("CREATE USER ann IDENTIFIED BY 'pw-ann', bob IDENTIFIED BY 'pw-bob'", "CREATE DATABASE shop", "CREATE TABLE shop.t (a INT)", "GRANT SELECT ON shop.t TO ann")
	config := s.Instance().TLS().Client("127.0.0.1")
	db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{Address: s.Instance().Endpoints().HTTPS, User: "bob", Password: "pw-bob", TLS: config}))
	defer db.Close()
	want := func(want string) {
		t.Helper()
		var user, login string
		var err error
		for range 3 { // the driver hears of a session that was ended
			if err = db.QueryRow("SELECT CURRENT_USER(), USER()").Scan(&user, &login); err == nil {
				break
			}
		}
		if err != nil || user != want+"@%" || !strings.HasPrefix(login, "bob@") {
			t.Errorf("%s, logged in as %s, not %s: %v", user, login, want, err)
		}
		_, err = db.Exec("SELECT COUNT(*) FROM shop.t")
		if (err == nil) != (want == "ann") {
			t.Errorf("as %s: %v", want, err)
		}
	}
	want("bob")
	s.Exec("GRANT PROXY ON ann TO bob")
	want("ann")
	s.Exec("REVOKE PROXY ON ann FROM bob")
	want("bob")
}
