package lxtest_test

import (
	"io"
	"log"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/lxdb/lxdb/internal/lxtest"
)

// startAuthzServer starts an empty server; its root has the password pw-root,
// as the scenarios expect of everybody. It ends with the test.
func startAuthzServer(t testing.TB) authzServer {
	srv := lxtest.Start(t)
	return &wireServer{dsn: srv.DSN, again: srv.Restart}
}

// TestMain silences the driver, which logs connections that the server ended.
// Scenarios expect such ends.
func TestMain(m *testing.M) {
	if err := driver.SetLogger(log.New(io.Discard, "", 0)); err != nil {
		panic(err)
	}
	m.Run()
}
