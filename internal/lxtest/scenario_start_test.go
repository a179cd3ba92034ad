package lxtest_test

import (
	"io"
	"log"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/instance"
	"github.com/lxdb/lxdb/internal/lxtest"
	"github.com/lxdb/lxdb/security/accounts"
)

// startAuthzServer starts an empty server; its root has the password pw-root,
// as the scenarios expect of everybody. It ends with the test.
func startAuthzServer(t testing.TB, steps []*step) authzServer {
	var options []lxtest.Option
	var settings [][2]string
	w := &wireServer{}
	for _, s := range steps {
		switch {
		case s.directive == "setting" && s.args[0] == "restrict-table-creation":
			options = append(options, lxtest.With(func(o *instance.Options) { o.RestrictTableCreation = s.args[1] == "true" }))
		case s.directive == "setting" && s.args[0] == "drop-user-keeps-objects":
			options = append(options, lxtest.With(func(o *instance.Options) { o.DropUserKeepsObjects = s.args[1] == "true" }))
		case s.directive == "setting" && s.args[0] == "admin-data-access":
			options = append(options, lxtest.With(func(o *instance.Options) { o.BlindAdmins = s.args[1] == "off" }))
		case s.directive == "setting" && s.args[0] == "user-admin-scope":
			options = append(options, lxtest.With(func(o *instance.Options) {
				if s.args[1] == "own" {
					o.UserAdminScope = accounts.Own
				}
			}))
		case s.directive == "setting":
			settings = append(settings, [2]string{s.args[0], s.args[1]})
		case s.directive == "outside" && w.outside == nil:
			w.outside = startCompany(t)
		}
	}
	if w.outside != nil {
		options = append(options, w.outside.outside(t, settings))
	} else if len(settings) > 0 {
		t.Fatalf("setting %s without outside", settings[0][0])
	}
	srv := lxtest.Start(t, options...)
	w.dsn, w.again = srv.DSN, srv.Restart
	return w
}

// TestMain silences the driver, which logs connections that the server ended.
// Scenarios expect such ends.
func TestMain(m *testing.M) {
	if err := driver.SetLogger(log.New(io.Discard, "", 0)); err != nil {
		panic(err)
	}
	m.Run()
}
