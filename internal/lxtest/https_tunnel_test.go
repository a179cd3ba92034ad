package lxtest_test

import (
	"context"
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
