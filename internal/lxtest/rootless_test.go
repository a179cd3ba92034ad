package lxtest_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/lxdb/lxdb/catalog"
	lxdb "github.com/lxdb/lxdb/drivers/go"
	"github.com/lxdb/lxdb/internal/lxtest"
)

// TestAttackE48RootWithoutAPassword: an account without a password, root's too, is nobody's:
// no listener takes a login as it, whatever password comes along. The directory's is TestAttackE48NoBindWithoutAPassword.
func TestAttackE48RootWithoutAPassword(t *testing.T) {
	t.Parallel()
	s := lxtest.Start(t, withHTTPS())
	s.Exec("CREATE USER ann") // she never had one
	at := s.Instance().Endpoints()
	doors := map[string]func(user, password string) error{
		"mysql": func(user, password string) error { return s.Open(user, password, "").PingContext(t.Context()) },
		"https": func(user, password string) error {
			db := sql.OpenDB(lxdb.NewConnector(lxdb.Config{Address: at.HTTPS, CAFile: filepath.Join(s.Dir, "ca.crt"), User: user, Password: password}))
			defer db.Close()
			return db.PingContext(t.Context())
		},
	}
	for door, login := range doors {
		if err := login("root", s.Root); err != nil {
			t.Fatalf("%s: root cannot log in at all: %v", door, err)
		}
	}
	err := s.Instance().Engine().Catalog().Update(context.Background(), func(tx *catalog.Tx) error {
		root := *tx.PrincipalByID(catalog.Root)
		root.Password = ""
		root.Epoch++
		return tx.PutPrincipal(&root)
	})
	if err != nil {
		t.Fatal(err)
	}
	for door, login := range doors {
		for _, user := range []string{"root", "ann"} {
			for _, password := range []string{"", s.Root, user, "\x00", "pw-ann"} {
				if login(user, password) == nil {
					t.Errorf("%s: %s, who has no password, logged in with %q", door, user, password)
				}
			}
		}
	}
}
